//! The experiments of the results folder. A name from a request is looked up among the folders that
//! are there; no path is built from it. What was loaded is kept until its files change.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::SystemTime;

use axum::http::StatusCode;
use oddbench_core::results::{ExperimentResults, TrialResult};
use oddbench_core::sweeps;
use oddbench_engine::{Store, SuiteStore};
use oddbench_report::{Figure, SummaryRow, Verdict};

use crate::error::{Answer, ApiError};

/// Experiments that are held in memory at once; each is some tens of megabytes of scores.
const HELD: usize = 3;

/// The results folder.
pub struct Library {
    dir: PathBuf,
    held: Mutex<Vec<Arc<Experiment>>>,
    /// One experiment is loaded at a time.
    loading: Mutex<()>,
}

/// A loaded experiment.
pub struct Experiment {
    /// Its name.
    pub name: String,
    /// Its results.
    pub results: ExperimentResults,
    /// Its rows, as tables show them.
    pub rows: Vec<SummaryRow>,
    stamp: Stamp,
    figures: OnceLock<Result<Vec<Figure>, String>>,
    verdict: OnceLock<Verdict>,
}

/// What changes when an experiment is run again.
type Stamp = BTreeMap<&'static str, Option<SystemTime>>;

impl Library {
    /// The experiments in that folder, which need not exist yet.
    pub fn new(dir: PathBuf) -> Self {
        Self { dir, held: Mutex::new(Vec::new()), loading: Mutex::new(()) }
    }

    /// The names that are there, sorted. One of several data sets of a file is called `file/set`.
    pub fn names(&self) -> Vec<String> {
        let mut names = Vec::new();
        for (name, dir) in folders(&self.dir) {
            if dir.join("manifest.json").is_file() {
                names.push(name);
            } else if SuiteStore::is_at(&dir) {
                let sets = folders(&dir).filter(|(_, dir)| dir.join("manifest.json").is_file());
                names.extend(sets.map(|(set, _)| format!("{name}/{set}")));
            }
        }
        names.sort();
        names
    }

    /// The store of an experiment that is there.
    pub fn store(&self, name: &str) -> Answer<Store> {
        let names = self.names();
        let known = names.iter().find(|known| *known == name);
        let known = known.ok_or_else(|| ApiError::none("experiment", "/api/experiments"))?;
        Ok(Store::at(&self.dir.join(known)))
    }

    /// An experiment with all its scores, from memory if its files have not changed.
    pub fn experiment(&self, name: &str) -> Answer<Arc<Experiment>> {
        let store = self.store(name)?;
        let _loading = self.loading.lock().unwrap_or_else(PoisonError::into_inner);
        let stamp = stamp(store.dir());
        {
            let mut held = self.held();
            if let Some(at) = held.iter().position(|e| e.name == name) {
                let found = held.remove(at);
                if found.stamp == stamp {
                    held.push(Arc::clone(&found));
                    return Ok(found);
                }
            }
        }
        let results = Store::load(store.dir())?;
        let loaded = Arc::new(Experiment {
            name: name.to_owned(),
            rows: oddbench_report::summarize(&results),
            results,
            stamp,
            figures: OnceLock::new(),
            verdict: OnceLock::new(),
        });
        let mut held = self.held();
        held.push(Arc::clone(&loaded));
        if held.len() > HELD {
            held.remove(0);
        }
        Ok(loaded)
    }

    fn held(&self) -> std::sync::MutexGuard<'_, Vec<Arc<Experiment>>> {
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Experiment {
    /// Its figures, drawn once.
    pub fn figures(&self) -> Answer<&[Figure]> {
        let drawn = self.figures.get_or_init(|| {
            oddbench_report::figures(&self.results, &self.rows).map_err(|error| error.to_string())
        });
        drawn.as_deref().map_err(ApiError::internal)
    }

    /// Who is the best and how sure that is, computed once.
    pub fn verdict(&self) -> &Verdict {
        self.verdict.get_or_init(|| oddbench_report::verdict(&self.results, &self.rows))
    }

    /// The trial of that id.
    pub fn trial(&self, id: &str) -> Answer<&TrialResult> {
        let mut trials = self.results.trials.iter();
        trials.find(|trial| trial.trial.id == id).ok_or_else(|| self.not_shown(id))
    }

    /// Why no trial of that id is shown: a trial that another answer lists by its id is not called missing.
    fn not_shown(&self, id: &str) -> ApiError {
        let mut planned = self.results.manifest.trials.iter();
        let address = address(&self.name);
        let Some(trial) = planned.find(|trial| trial.id == id && trial.sweep.is_some()) else {
            return ApiError::none("trial", &address);
        };
        let decided = sweeps::of_trial(&self.results.sweeps, trial)
            .is_some_and(|sweep| sweep.winner.is_some());
        let why = match decided {
            true => "this configuration of a sweep was not chosen, so that it has no test figures",
            false => {
                "its sweep has not chosen a configuration, so that none of its trials has test figures"
            }
        };
        let remedy = format!("GET {address} has the sweep with all its configurations");
        ApiError::new(StatusCode::NOT_FOUND, why, remedy)
    }
}

/// Where the API has an experiment: the slash of one of several data sets is no step of the path.
pub fn address(name: &str) -> String {
    format!("/api/experiments/{}", name.replace('/', "%2F"))
}

/// `max-f1 on validation`, `fixed`, `native`.
pub fn rule_name(settings: &oddbench_core::threshold::ThresholdSettings) -> String {
    match settings.tuned_on() {
        Some(part) => format!("{} on {part}", settings.rule_name()),
        None => settings.rule_name().to_owned(),
    }
}

/// The folders in that folder with their names; none if it cannot be read.
fn folders(dir: &Path) -> impl Iterator<Item = (String, PathBuf)> {
    let entries = fs::read_dir(dir).into_iter().flatten().flatten();
    entries.filter_map(|entry| Some((entry.file_name().into_string().ok()?, entry.path())))
}

fn stamp(dir: &Path) -> Stamp {
    let files = ["manifest.json", "summary.csv", "projection.json", "audit.json", "trials"];
    let changed = |file: &str| fs::metadata(dir.join(file)).and_then(|meta| meta.modified()).ok();
    files.into_iter().map(|file| (file, changed(file))).collect()
}
