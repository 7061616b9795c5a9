//! The raw rows of an experiment's parts, and what is usual among its training inliers: read from the
//! data set if that is on this machine. Only the rows of the parts are kept.

use std::collections::HashSet;
use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use oddbench_core::record::Manifest;
use oddbench_core::results::TrialResult;
use oddbench_core::scores::ScoredPart;
use oddbench_core::split::TableName;
use oddbench_core::{Dataset, LabelPolicy, Table};
use oddbench_data::datasets;
use oddbench_data::{Cache, DataError, Source};
use serde_json::{Map, Value};

use super::Part;
use crate::error::{Answer, ApiError};
use crate::features::{Usual, pick, usual};
use crate::library::Experiment;

/// Experiments whose rows are held at once.
const HELD: usize = 3;

/// Where data sets come from. Nothing is ever fetched for a request: the cache is offline.
pub struct DataSets {
    cache: Cache,
    held: Mutex<Vec<Arc<PartRows>>>,
    loading: Mutex<()>,
}

/// The rows of the parts that a trial scored, every column of the data set.
pub struct PartRows {
    experiment: Arc<Experiment>,
    fold: Option<u32>,
    /// What is usual among the training inliers.
    pub usual: Vec<(String, Usual)>,
    test: Table,
    validation: Table,
    transfer: Option<Table>,
}

impl PartRows {
    /// The rows of that part, in the order of its scores.
    pub fn part(&self, part: Part) -> Option<&Table> {
        match part {
            Part::Test => Some(&self.test),
            Part::Validation => Some(&self.validation),
            Part::Transfer => self.transfer.as_ref(),
        }
    }
}

impl DataSets {
    /// Data sets of that cache; it is not used to fetch.
    pub fn new(cache: Cache) -> Self {
        let cache = Cache { offline: true, ..cache };
        Self { cache, held: Mutex::new(Vec::new()), loading: Mutex::new(()) }
    }

    /// The cache.
    pub fn cache(&self) -> &Cache {
        &self.cache
    }

    /// The rows that a trial of the experiment scored.
    pub fn rows(&self, experiment: &Arc<Experiment>, trial: &TrialResult) -> Answer<Arc<PartRows>> {
        let fold = trial.trial.fold;
        let same =
            |rows: &Arc<PartRows>| Arc::ptr_eq(&rows.experiment, experiment) && rows.fold == fold;
        let _loading = self.loading.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(found) = self.held().iter().find(|rows| same(rows)) {
            return Ok(Arc::clone(found));
        }
        let loaded = Arc::new(self.load(experiment, trial)?);
        let mut held = self.held();
        held.retain(|rows| {
            rows.experiment.name != experiment.name || Arc::ptr_eq(&rows.experiment, experiment)
        });
        held.push(Arc::clone(&loaded));
        if held.len() > HELD {
            held.remove(0);
        }
        Ok(loaded)
    }

    fn held(&self) -> MutexGuard<'_, Vec<Arc<PartRows>>> {
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Transfer rows: of the data set's own test table, or of another data set.
    fn transferred(
        &self,
        manifest: &Manifest,
        dataset: &Dataset,
        part: &ScoredPart,
    ) -> Answer<Table> {
        let other = manifest.experiment.transfer.as_ref().zip(manifest.data.transfer.as_ref());
        let Some((settings, info)) = other else { return selected(dataset, part, TableName::Test) };
        let source = source(&settings.kind, &settings.params, &info.digest)?;
        let rows = source.load_as_one(&self.cache, &source.info().column_names());
        picked(&rows.map_err(|error| not_on_this_machine(&settings.kind, &error))?, part)
    }

    fn load(&self, experiment: &Arc<Experiment>, trial: &TrialResult) -> Answer<PartRows> {
        let manifest = &experiment.results.manifest;
        let scores = trial.scores.as_ref().ok_or_else(|| {
            ApiError::conflict(
                format!("trial {} has no scores", trial.trial.id),
                "choose a trial that completed",
            )
        })?;
        let settings = &manifest.experiment.dataset;
        let source = source(&settings.kind, &settings.params, &manifest.data.digest)?;
        let columns = source.info().column_names();
        let dataset = source.load(&self.cache, &columns, &[]);
        let dataset =
            dataset.map_err(|error| not_on_this_machine(&manifest.data.dataset, &error))?;
        let tables = manifest.experiment.split.kind().tables();
        let selected = |part: &ScoredPart, table| selected(&dataset, part, table);
        let (test, validation) = (
            selected(&scores.test, tables.test)?,
            selected(&scores.validation, tables.validation)?,
        );
        let transfer =
            scores.transfer.as_ref().map(|part| self.transferred(manifest, &dataset, part));
        let transfer = transfer.transpose()?;
        let mut left_out = HashSet::new();
        for (part, table) in [(&scores.test, tables.test), (&scores.validation, tables.validation)]
        {
            if table == TableName::Train {
                left_out.extend(part.rows.iter().map(|&row| row as usize));
            }
        }
        let usual = training_inliers(&dataset, &manifest.experiment.dataset.policy, &left_out);
        Ok(PartRows {
            experiment: Arc::clone(experiment),
            fold: trial.trial.fold,
            usual,
            test,
            validation,
            transfer,
        })
    }
}

fn selected(dataset: &Dataset, part: &ScoredPart, name: TableName) -> Answer<Table> {
    let table = match name {
        TableName::Train => &dataset.train,
        TableName::Test => {
            dataset.test.as_ref().ok_or_else(|| not_here("there is no test table"))?
        }
    };
    picked(table, part)
}

/// The rows of a part.
fn picked(table: &Table, part: &ScoredPart) -> Answer<Table> {
    let rows: Vec<usize> = part.rows.iter().map(|&row| row as usize).collect();
    if rows.iter().any(|&row| row >= table.rows()) {
        return Err(not_here("the data set has fewer rows than the experiment scored"));
    }
    let picked = pick(table, &rows);
    // A row under another class would show another row than was scored.
    let agree = picked
        .classes
        .as_ref()
        .is_none_or(|classes| (0..rows.len()).all(|at| classes.of(at) == part.classes.of(at)));
    match agree {
        true => Ok(picked),
        false => Err(not_here("the data set's rows are not those that the experiment scored")),
    }
}

fn training_inliers(
    dataset: &Dataset,
    policy: &LabelPolicy,
    left_out: &HashSet<usize>,
) -> Vec<(String, Usual)> {
    let Some(classes) = &dataset.train.classes else { return Vec::new() };
    let labels = policy.labels(classes);
    let rows: Vec<usize> =
        (0..labels.len()).filter(|row| !labels[*row] && !left_out.contains(row)).collect();
    usual(&dataset.train, &rows)
}

fn not_here(error: &str) -> ApiError {
    ApiError::conflict(error, "run the experiment again on this machine: oddbench run FILE")
}

fn not_on_this_machine(dataset: &str, error: &DataError) -> ApiError {
    ApiError::conflict(
        format!("the rows of {dataset} are not on this machine: {error}"),
        format!("fetch them with: oddbench data fetch {dataset}; then start the server again"),
    )
}

/// The source that the manifest names; its content must have that digest.
fn source(name: &str, params: &Map<String, Value>, digest: &str) -> Answer<Source> {
    let Some(kind) = datasets::find(name).filter(|kind| !kind.own_files) else {
        let able = datasets::kinds().iter().filter(|kind| !kind.own_files);
        let able: Vec<&str> = able.map(|kind| kind.name).collect();
        return Err(ApiError::conflict(
            format!("the dashboard reads single rows of {}, not of {name}", able.join(", ")),
            "upload the table under Detect: there every row can be opened",
        ));
    };
    let source = kind
        .open(params, Path::new(""))
        .map_err(|_| not_here("the manifest does not say which rows were read"))?;
    match source.digest() == digest {
        true => Ok(source),
        false => Err(not_here("the data set has changed since the experiment was run")),
    }
}
