//! Scores that were computed elsewhere, for the rows that `oddbench data export` writes. docs/EXTERNAL.md
//! describes them.
//!
//! `file` reads the file of a trial, `matched` compares it with the rows of the split.

mod file;
mod matched;

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use oddbench_core::experiment::ModelSettings;
use oddbench_core::given::{GivenScores, GivenSettings, NOTE};
use oddbench_core::quote;
use oddbench_core::record::{Outcome, Timing, TrialInfo};
use oddbench_core::scores::Scores;
use oddbench_core::{DetectorError, Watch};
use oddbench_data::digest;

use self::file::GivenFile;
use self::matched::matched;
use crate::change_floor::ChangeFloor;
use crate::prepared::Prepared;
use crate::spec::{Fault, KeyPath, Spec, SpecError};
use crate::trial::{Done, Failure, with_scores};

/// What is wrong with a file of scores, and what to do.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Wrong {
    message: String,
    help: String,
}

/// The seeds that a model of given scores has files for; a single `None` if there is one for all.
pub(crate) fn seeds(model: &ModelSettings, given: &GivenSettings) -> Vec<Option<u64>> {
    match given.is_by_seed() {
        true => model.seeds.iter().copied().map(Some).collect(),
        false => vec![None],
    }
}

/// The file of a trial with its digest; `index` is the position of its model. An error says how to make the
/// file if it is not there.
pub(crate) fn locate(
    spec: &Spec,
    (index, given): (usize, &GivenSettings),
    (seed, fold): (Option<u64>, Option<u32>),
) -> Result<GivenScores, SpecError> {
    let path = path(spec, given, seed, fold);
    let sha256 = digest::of_file(&path).map_err(|error| {
        let message = match error.kind() {
            std::io::ErrorKind::NotFound => format!("there is no file {}", path.display()),
            _ => format!("{} cannot be read: {error}", path.display()),
        };
        let fault = Fault::value(&key(index), message, how_to_make(spec, fold));
        spec.document.error(fault)
    })?;
    Ok(GivenScores { path: path.display().to_string(), sha256 })
}

/// Refuses two seeds with the same scores: they are one fit, and a spread over such seeds would be made up.
pub(crate) fn seeds_differ<'t>(
    spec: &Spec,
    trials: impl Iterator<Item = &'t TrialInfo>,
) -> Result<(), SpecError> {
    let mut seen = HashMap::new();
    for trial in trials {
        let Some(given) = &trial.given else { continue };
        let Some(first) = seen.insert((&trial.name, trial.fold, &given.sha256), &given.path) else {
            continue;
        };
        let index = spec.experiment.models.iter().position(|model| model.name == trial.name);
        let message = format!("{first} and {} have the same content", given.path);
        let help = "each seed stands for a fit of its own: give each file the scores of its seed, or name one file without {seed} if the model does not depend on the seed";
        let fault = Fault::value(&key(index.unwrap_or_default()), message, help);
        return Err(spec.document.error(fault));
    }
    Ok(())
}

fn key(index: usize) -> KeyPath {
    KeyPath::of(&["model"]).index(index).key("file")
}

fn path(spec: &Spec, given: &GivenSettings, seed: Option<u64>, fold: Option<u32>) -> PathBuf {
    let base = spec.path().parent().unwrap_or(Path::new(""));
    base.join(given.file_of(seed, fold))
}

fn how_to_make(spec: &Spec, fold: Option<u32>) -> String {
    let experiment = spec.path().display().to_string();
    let set = spec.document.set.as_ref().map(|(_, set)| format!("{set}/")).unwrap_or_default();
    let fold = fold.map(|fold| format!("fold-{fold}/")).unwrap_or_default();
    format!(
        "export the rows with `oddbench data export --experiment {} OUT`, score those of OUT/{set}{fold}to_score.csv, and write row_id and score of each to this file",
        quote::shell(&experiment)
    )
}

/// What is wrong with the files of a model for a fold, as far as it can be known before the run.
pub(crate) fn faults<X>(
    spec: &Spec,
    index: usize,
    fold: Option<u32>,
    prepared: &Prepared<X>,
) -> Vec<Fault> {
    let model = &spec.experiment.models[index];
    let Some(given) = &model.given else { return Vec::new() };
    let check = |seed| {
        let wrong = read(&path(spec, given, seed, fold), prepared).err()?;
        let again = format!("; to begin anew, {}", how_to_make(spec, fold));
        Some(Fault::value(&key(index), wrong.message, wrong.help + &again))
    };
    seeds(model, given).into_iter().filter_map(check).collect()
}

/// The scores of a file for the rows of a split, and the notes about how the file was read.
fn read<X>(path: &Path, prepared: &Prepared<X>) -> Result<(Scores, Vec<String>), Wrong> {
    let file = GivenFile::read(path)?;
    let [validation, test] = matched(&file, prepared)?;
    let scores = Scores {
        validation: with_scores(validation, &prepared.validation),
        test: with_scores(test, &prepared.test),
        transfer: None,
    };
    Ok((scores, file.notes))
}

/// A trial whose scores are given: nothing is fitted.
pub(crate) fn attempt(
    given: &GivenScores,
    prepared: &Prepared,
    watch: &mut dyn Watch,
) -> Result<Done, Failure> {
    let path = Path::new(&given.path);
    let stuck =
        |message: String| Failure::from(DetectorError::Store { path: path.to_owned(), message });
    if digest::of_file(path).map_err(|error| stuck(error.to_string()))? != given.sha256 {
        let message = "the file has changed since the experiment was read: run it again";
        return Err(stuck(message.to_owned()));
    }
    let (scores, told) = read(path, prepared)
        .map_err(|Wrong { message, help }| Failure::Because(format!("{message}; {help}")))?;
    let notes: Vec<String> = std::iter::once(NOTE.to_owned()).chain(told).collect();
    notes.iter().for_each(|note| watch.note(note));
    let outcome = Outcome::Completed {
        fit_seconds: None,
        score_seconds: None,
        peak_rss_mb: None,
        native_threshold: None,
        epochs: vec![],
        notes,
    };
    Ok(Done { outcome, timing: Timing::default(), scores, fitted: None, floor: ChangeFloor::NONE })
}
