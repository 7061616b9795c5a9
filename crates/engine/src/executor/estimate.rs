//! What a trial is expected to need: from the records of similar trials, else from the size of its rows.

use std::collections::{BTreeMap, HashMap, HashSet};

use oddbench_core::record::{DataInfo, Manifest, Outcome, Record, TrialInfo};
use serde_json::json;

use super::row_memory::RowMemory;
use super::{Batch, Queued};
use crate::canonical;
use crate::store::Store;

/// How many records of trials that differ in seed and fold alone are read.
const READ: usize = 5;

/// MiB that a process holds before it has read any rows, and how often it holds the file of its rows. There were 700
/// records of 26 kinds, with up to 3,750,000 rows and 74 columns. Only records of kernel machines and of commands had
/// a `peak_rss_mb` above this.
const PROCESS_MB: f64 = 48.0;
const OF_ROWS: f64 = 2.25;
/// How often a kernel machine holds what its `cache_mb` says: its cache, and the rows of its support vectors.
const OF_CACHE: f64 = 2.0;
/// MiB of a user's command, about which nothing is known: Python with a library for networks.
const COMMAND_MB: f64 = 1_024.0;

/// What a trial is expected to need.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Expected {
    pub(super) memory_mb: f64,
    /// `None` if no similar trial has been run.
    pub(super) seconds: Option<f64>,
}

/// What a trial needed.
#[derive(Debug, Clone, Copy)]
pub(super) struct Needed {
    pub(super) memory_mb: Option<f64>,
    pub(super) seconds: Option<f64>,
}

impl Needed {
    pub(super) fn of(record: &Record) -> Option<Self> {
        match record.outcome {
            Outcome::Completed { fit_seconds, score_seconds, peak_rss_mb, .. } => {
                let seconds = fit_seconds.zip(score_seconds).map(|(fit, score)| fit + score);
                Some(Self { memory_mb: peak_rss_mb, seconds })
            }
            Outcome::Failed { .. } => None,
        }
    }
}

/// Which trials are similar.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
struct Likeness {
    /// Key of the trials of one model on the same data set: they differ in seed and fold.
    model: String,
    /// Key of the trials of one kind on the same data set.
    kind: String,
}

impl Likeness {
    fn of(trial: &TrialInfo, data: &DataInfo) -> Self {
        let TrialInfo { kind, params, backend, train_rows, external, given, .. } = trial;
        let is_given = given.is_some();
        let of_kind = canonical::address(&json!([kind, backend, train_rows, is_given, data]));
        let model = canonical::address(&json!([of_kind, params, external]));
        Self { model, kind: of_kind }
    }
}

/// What is known about the trials of a batch.
pub(super) struct Estimates {
    likeness: Vec<Likeness>,
    /// MiB that each trial needs, by the size of its rows.
    by_rows: Vec<f64>,
    needed: HashMap<String, Vec<Needed>>,
}

impl Estimates {
    /// From the records of these experiments and of their kin.
    pub(super) fn of(batch: &Batch<'_>, rows: &RowMemory) -> Self {
        let data = |queued: &Queued<'_>| queued.manifest.data_of(queued.trial());
        let likeness: Vec<Likeness> =
            batch.trials.iter().map(|queued| Likeness::of(queued.trial(), &data(queued))).collect();
        let sizes = (0..batch.trials.len()).map(|at| rows.size_mb(at));
        let by_rows = batch.trials.iter().zip(sizes).map(|(it, rows)| by_rows(it, rows)).collect();
        let mut all = Self { likeness, by_rows, needed: HashMap::new() };
        if batch.trials.len() > 1 {
            let own = batch.trials.iter().map(|queued| (queued.store.dir(), queued));
            for queued in own.collect::<BTreeMap<_, _>>().into_values() {
                all.read(queued.store, queued.manifest);
            }
            for store in batch.kin {
                // Results that cannot be read are no evidence.
                if let Ok(manifest) = store.manifest() {
                    all.read(store, &manifest);
                }
            }
        }
        all
    }

    /// Estimates for trials that have no similar trials.
    #[cfg(test)]
    pub(super) fn nothing() -> Self {
        Self { likeness: vec![], by_rows: vec![], needed: HashMap::new() }
    }

    /// Reads the records of trials that are like one of the batch.
    fn read(&mut self, store: &Store, manifest: &Manifest) {
        let kinds: HashSet<&String> = self.likeness.iter().map(|like| &like.kind).collect();
        let mut read: HashMap<String, usize> = HashMap::new();
        let mut found = Vec::new();
        for trial in &manifest.trials {
            let like = Likeness::of(trial, &manifest.data_of(trial));
            let count = read.entry(like.model.clone()).or_default();
            if !kinds.contains(&like.kind) || *count == READ {
                continue;
            }
            if let Ok(Some(record)) = store.record(&trial.id) {
                *count += 1;
                found.extend(Needed::of(&record).map(|needed| (like, needed)));
            }
        }
        found.into_iter().for_each(|(like, needed)| self.learn(&like, needed));
    }

    fn learn(&mut self, like: &Likeness, needed: Needed) {
        for key in [&like.model, &like.kind] {
            self.needed.entry(key.clone()).or_default().push(needed);
        }
    }

    /// A trial of the batch has ended.
    pub(super) fn ended(&mut self, at: usize, needed: Needed) {
        let like = self.likeness[at].clone();
        self.learn(&like, needed);
    }

    /// What a trial of the batch is expected to need.
    pub(super) fn expected(&self, at: usize) -> Expected {
        let Likeness { model, kind } = &self.likeness[at];
        let alike = || [model, kind].into_iter().filter_map(|key| self.needed.get(key));
        let memory =
            alike().find_map(|all| all.iter().filter_map(|it| it.memory_mb).reduce(f64::max));
        let seconds = alike().find_map(|all| {
            let all: Vec<f64> = all.iter().filter_map(|it| it.seconds).collect();
            (!all.is_empty()).then(|| all.iter().sum::<f64>() / all.len() as f64)
        });
        Expected { memory_mb: memory.unwrap_or(self.by_rows[at]), seconds }
    }
}

/// MiB that a trial needs by the size of its rows; never more than its limit.
fn by_rows(queued: &Queued<'_>, rows_mb: f64) -> f64 {
    let trial = queued.trial();
    let cache = trial.params.get("cache_mb").and_then(serde_json::Value::as_f64).unwrap_or(0.0);
    let command = if trial.external.is_some() { COMMAND_MB } else { 0.0 };
    let expected = PROCESS_MB + OF_ROWS * rows_mb + OF_CACHE * cache + command;
    let limit = queued.limits().max_memory_mb.map_or(f64::INFINITY, |limit| limit as f64);
    expected.min(limit)
}
