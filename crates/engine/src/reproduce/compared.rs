//! Every trial of two results, side by side.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use oddbench_core::record::{Environment, Manifest, Outcome, Record, TrialInfo};
use oddbench_core::scores::Scores;
use oddbench_data::{files, scores};
use serde::Serialize;

use super::elsewhere::{Differences, Elsewhere};
use super::figures::Figures;
use super::original::{Original, OriginalSet};
use super::verdict::{MetricDifference, Verdict, difference};
use super::{METRIC_TOLERANCE, ReproduceError};
use crate::store::{SCORES, Store, StoreError, SuiteStore, push_line};

/// A trial with its verdict.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Compared {
    /// The data set, in results on several.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub set: Option<String>,
    /// Its address.
    pub trial: String,
    /// The model name in tables.
    pub name: String,
    /// Its seed, if it has one.
    pub seed: Option<u64>,
    /// Its fold, if it has one.
    pub fold: Option<String>,
    /// Its backend.
    pub backend: String,
    /// How it stands to the first run.
    #[serde(flatten)]
    pub verdict: Verdict,
}

/// How many trials have each verdict.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
pub struct Count {
    /// The same bits.
    pub bit_equal: usize,
    /// Scores within the tolerance, metrics equal to three decimals.
    pub within_tolerance: usize,
    /// Scores or metrics that differ by more.
    pub different: usize,
    /// The scores differ from the first ones, which are gone.
    pub not_bit_equal: usize,
    /// Failed or not run here.
    pub without_scores: usize,
    /// Nothing to compare with.
    pub nothing_there: usize,
}

/// What a second run says of the first.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Reproduced {
    /// The results that were reproduced.
    pub original: PathBuf,
    /// Where the second run is.
    pub dir: PathBuf,
    /// How far scores may differ.
    pub tolerance: f64,
    /// How many trials have each verdict.
    pub count: Count,
    /// The trials that were run again, in the order of the file.
    pub trials: Vec<Compared>,
    /// The differences of program and machine.
    pub environment: Vec<Elsewhere>,
    /// What the results do not say of program and machine.
    pub not_told_there: Vec<String>,
}

/// Holds the results of a second run, in the folder `here`, against the original, and writes `reproduction.csv` there.
pub fn hold(
    original: &Original,
    here: &Path,
    tolerance: f64,
) -> Result<Reproduced, ReproduceError> {
    let (mut trials, mut differences) = (Vec::new(), Differences::default());
    let several = SuiteStore::is_at(here);
    for there in &original.sets {
        let name = there.manifest.experiment.name.rsplit('/').next().unwrap_or_default();
        let set = several.then(|| name.to_owned());
        let store = match &set {
            Some(set) => Store::at(&here.join(set)),
            None => Store::at(here),
        };
        let manifest = store.manifest()?;
        let pair = Pair {
            there,
            here: &store,
            figures: [Figures::read(&there.store)?, Figures::read(&store)?],
            digests: there.store.score_digests()?,
            tolerance,
        };
        differences.add_whole(&there.manifest, &manifest);
        for trial in &manifest.trials {
            let verdict = pair.compare(trial, &mut differences)?;
            trials.push(Compared {
                set: set.clone(),
                trial: trial.id.clone(),
                name: trial.name.clone(),
                seed: trial.seed,
                fold: trial.fold_in_short(),
                backend: trial.backend.clone(),
                verdict,
            });
        }
    }
    let (environment, not_told_there) = differences.finish();
    let (original, dir) = (original.dir().to_owned(), here.to_owned());
    let count = count(&trials);
    let reproduced =
        Reproduced { original, dir, tolerance, count, trials, environment, not_told_there };
    let path = here.join("reproduction.csv");
    files::write(&path, table(&reproduced.trials).as_bytes())
        .map_err(|source| StoreError::Io { path, source })?;
    Ok(reproduced)
}

/// Two results of one data set.
struct Pair<'a> {
    there: &'a OriginalSet,
    here: &'a Store,
    figures: [Figures; 2],
    /// Digests of the original's scores, where they are listed.
    digests: BTreeMap<String, String>,
    tolerance: f64,
}

impl Pair<'_> {
    fn compare(
        &self,
        trial: &TrialInfo,
        differences: &mut Differences,
    ) -> Result<Verdict, StoreError> {
        let id = &trial.id;
        let Some(record) = self.here.record(id)? else { return Ok(Verdict::NotRun) };
        let there = known(&self.there.store, id)?;
        let environment = there.record.as_ref().map(|record| &record.environment);
        differences.add(
            environment.unwrap_or(&as_a_trial(&self.there.manifest, &record.environment)),
            &record.environment,
        );
        if let Outcome::Failed { message, .. } = &record.outcome {
            return Ok(Verdict::Failed { message: message.clone() });
        }
        let here = self.here.scores(&record)?;
        match self.same_bits(&there, &record, &here) {
            None => return Ok(Verdict::NothingThere { message: self.why_nothing(&there, id) }),
            Some(true) => return Ok(Verdict::BitEqual),
            Some(false) => {}
        }
        let [figures_there, figures_here] = &self.figures;
        let metric = figures_there.largest(figures_here, id);
        Ok(match &there.scores {
            None => Verdict::NotBitEqual { metric },
            Some(there) => self.judged(difference(there, &here), metric),
        })
    }

    /// Whether the scores have the digest of the first run's scores; `None` if that digest is unknown.
    fn same_bits(&self, there: &Known, record: &Record, here: &Scores) -> Option<bool> {
        let kept = there.record.as_ref();
        let of_scores = there.scores.as_ref().map(scores::sha256);
        let of_record = kept.and_then(|record| record.score_sha256.clone());
        let listed = || self.digests.get(&record.trial.id).cloned();
        if let Some(digest) = of_scores.or(of_record).or_else(listed) {
            return Some(digest == scores::sha256(here));
        }
        // An older record has no digest of the scores, only a digest of their file.
        let file = |record: &Record| record.files.get(SCORES).cloned();
        Some(kept.and_then(file)? == file(record)?)
    }

    fn why_nothing(&self, there: &Known, id: &str) -> String {
        match &there.record {
            Some(Record { outcome: Outcome::Failed { message, .. }, .. }) => {
                format!("it failed there: {message}")
            }
            _ if self.figures[0].failed(id) => "it failed there".into(),
            _ => there.damaged.clone().unwrap_or_else(|| "it was not run there".into()),
        }
    }

    fn judged(&self, difference: Option<f64>, metric: Option<MetricDifference>) -> Verdict {
        let equal = metric.as_ref().is_none_or(|metric| metric.distance() < METRIC_TOLERANCE);
        match difference {
            Some(difference) if equal && difference <= self.tolerance => {
                Verdict::WithinTolerance { difference, metric }
            }
            _ => Verdict::Different { difference, metric },
        }
    }
}

/// What is left of a trial of the original.
struct Known {
    record: Option<Record>,
    scores: Option<Scores>,
    /// What cannot be read.
    damaged: Option<String>,
}

/// A file of a trial that cannot be read counts as gone: the original may be a part of a results folder.
fn known(store: &Store, id: &str) -> Result<Known, StoreError> {
    let (record, damaged) = unless_corrupt(store.record(id))?;
    let record = record.flatten();
    let completed = record.as_ref().filter(|record| record.outcome.is_completed());
    let (scores, also) = match completed.map(|record| store.scores(record)) {
        Some(scores) => unless_corrupt(scores)?,
        None => (None, None),
    };
    Ok(Known { record, scores, damaged: damaged.or(also) })
}

/// The value, or the message that it is damaged or missing.
fn unless_corrupt<T>(
    read: Result<T, StoreError>,
) -> Result<(Option<T>, Option<String>), StoreError> {
    match read {
        Ok(value) => Ok((Some(value), None)),
        Err(StoreError::Corrupt { path, message, .. }) => {
            Ok((None, Some(format!("{}: {message}", path.display()))))
        }
        Err(error) => Err(error),
    }
}

/// The environment of an experiment whose records are gone, for one of its trials.
fn as_a_trial(manifest: &Manifest, here: &Environment) -> Environment {
    Environment { threads: here.threads, ..manifest.environment.clone() }
}

fn count(trials: &[Compared]) -> Count {
    let mut count = Count::default();
    for Compared { verdict, .. } in trials {
        *match verdict {
            Verdict::BitEqual => &mut count.bit_equal,
            Verdict::WithinTolerance { .. } => &mut count.within_tolerance,
            Verdict::Different { .. } => &mut count.different,
            Verdict::NotBitEqual { .. } => &mut count.not_bit_equal,
            Verdict::Failed { .. } | Verdict::NotRun => &mut count.without_scores,
            Verdict::NothingThere { .. } => &mut count.nothing_there,
        } += 1;
    }
    count
}

/// The text of `reproduction.csv`.
fn table(trials: &[Compared]) -> String {
    let mut text = String::from(
        "set,trial,name,seed,fold,backend,verdict,score_difference,metric,rule,there,here,message\n",
    );
    for of in trials {
        let metric = of.verdict.metric();
        let message = match &of.verdict {
            Verdict::Failed { message } | Verdict::NothingThere { message } => {
                Some(message.clone())
            }
            _ => None,
        };
        let cells = [
            of.set.clone(),
            Some(of.trial.clone()),
            Some(of.name.clone()),
            of.seed.map(|seed| seed.to_string()),
            of.fold.clone(),
            Some(of.backend.clone()),
            Some(of.verdict.words().to_owned()),
            of.verdict.difference().map(|difference| difference.to_string()),
            metric.map(|metric| metric.metric.clone()),
            metric.map(|metric| metric.rule.clone()),
            metric.and_then(|metric| metric.there).map(|value| value.to_string()),
            metric.and_then(|metric| metric.here).map(|value| value.to_string()),
            message,
        ];
        push_line(&mut text, cells.into_iter().map(Option::unwrap_or_default));
    }
    text
}
