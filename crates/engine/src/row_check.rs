//! What `oddbench check` does with the rows: everything that a run does before its first trial, as far
//! as the rows are here.

use oddbench_core::one_class::{OneClass, folds_in_words};
use oddbench_core::record::PartSizes;
use oddbench_core::threshold::Undefined;
use oddbench_data::{Cache, DataError, FileStatus};

use crate::executor::ExecuteError;
use crate::labelled::LabelledTables;
use crate::preparation::views;
use crate::run_error::RunError;
use crate::spec::Spec;
use crate::troubles::{Seen, Troubles, without_threshold};

/// What was found of the rows of an experiment that can be run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RowCheck {
    /// They are not here; the kinds of data set of which the cache lacks files.
    NotHere(Vec<Lacking>),
    /// They were looked at; what a reader should know.
    Checked(Vec<String>),
}

/// A kind of data set of which the cache lacks files.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lacking {
    /// Its name.
    pub kind: &'static str,
    /// Whether the mirror is a folder that has all files which the cache lacks: a run copies them from there.
    pub in_mirror: bool,
}

/// Loads the rows, splits and prepares them as a run would, and asks every model whether its parameters
/// suit them. Nothing is fetched, fitted or written. All troubles come in one error.
pub fn check_rows(spec: &Spec, cache: &Cache) -> Result<RowCheck, RunError> {
    let lacking = not_here(spec, cache)?;
    if !lacking.is_empty() {
        return Ok(RowCheck::NotHere(lacking));
    }
    let experiment = &spec.experiment;
    let dataset = spec.load(cache).map_err(RunError::Data)?;
    let tables = LabelledTables::new(&dataset, spec).map_err(|error| spec.rows_error(&error))?;
    let mut troubles = Troubles::of(spec);
    let mut found = Notes::default();
    let views = views(spec);
    for fold in experiment.split.kind().folds() {
        let Some(split) = troubles.split(&tables, fold) else { continue };
        for view in &views {
            let seen = Seen { fold, view: view.as_ref() };
            let encoded = view.clone().unwrap_or_else(|| experiment.view());
            let prepared = troubles
                .prepare(seen, &encoded, &tables, &split, |rows| Ok(rows.try_encode()?))
                .map_err(ExecuteError::Prepared)?;
            let Some(prepared) = prepared else { continue };
            if view.is_none() {
                found.sizes.push((fold, prepared.sizes()));
                let without = without_threshold(spec, &prepared).into_iter();
                found.without_threshold.extend(without.map(|(rule, why)| (fold, rule, why)));
            }
        }
    }
    troubles.finish()?;
    Ok(RowCheck::Checked(found.in_words(spec)))
}

/// The kinds of data set of which the cache lacks files.
fn not_here(spec: &Spec, cache: &Cache) -> Result<Vec<Lacking>, RunError> {
    let mut lacking: Vec<Lacking> = Vec::new();
    for source in spec.sources() {
        let kind = source.kind().name;
        for file in source.files() {
            let status = cache.status(file);
            let status = status.map_err(|error| RunError::Data(DataError::from(error)))?;
            if matches!(status, FileStatus::Present { .. }) {
                continue;
            }
            let in_mirror = cache.is_in_mirror_folder(file);
            match lacking.iter_mut().find(|one| one.kind == kind) {
                Some(known) => known.in_mirror &= in_mirror,
                None => lacking.push(Lacking { kind, in_mirror }),
            }
        }
    }
    Ok(lacking)
}

/// What the folds have in common.
#[derive(Default)]
struct Notes {
    sizes: Vec<(Option<u32>, PartSizes)>,
    /// The fold, the position of the rule, and why it gives no threshold there.
    without_threshold: Vec<(Option<u32>, usize, Undefined)>,
}

impl Notes {
    fn in_words(self, spec: &Spec) -> Vec<String> {
        let mut notes: Vec<String> =
            OneClass::among(self.sizes).iter().map(ToString::to_string).collect();
        for (rule, settings) in spec.experiment.thresholds.iter().enumerate() {
            let of_rule = || self.without_threshold.iter().filter(|(_, at, _)| *at == rule);
            let Some((.., why)) = of_rule().next() else { continue };
            let folds: Vec<u32> = of_rule().filter_map(|(fold, ..)| *fold).collect();
            let place = match folds.as_slice() {
                [] => String::new(),
                folds => format!(" in {}", folds_in_words(folds)),
            };
            let words = settings.describe("†");
            notes.push(format!("{words}: there is no threshold{place}: {why}"));
        }
        notes
    }
}
