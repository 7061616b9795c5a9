//! The results folder of one experiment. A trial's folder appears whole or not at all; one process
//! at a time writes here; readers need no lock.
//!
//! ```text
//! manifest.json  summary.csv  operator.csv  projection.json  audit.json  .lock
//! earlier/<n>/...                      the same files before the experiment was changed
//! trials/<id>/{record.json, scores.parquet, model/}
//! .prepared/<address>.safetensors      only while trials run
//! ```

mod each;
mod earlier;
mod kin;
mod lines;
mod load;
mod lock;
mod operator;
mod suite;
mod summary;

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use oddbench_core::audit::Audit;
use oddbench_core::preprocess::Preprocessor;
use oddbench_core::record::{
    FORMAT_VERSION, Manifest, Outcome, Projection, Record, Stage, TrialInfo,
};
use oddbench_core::results::{ExperimentResults, TrialResult};
use oddbench_data::files::{self, temporary_beside};
use oddbench_data::scores;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::change_floor::ChangeFloor;
use crate::trial::TrialRun;

pub(crate) use earlier::EARLIER;
pub use kin::kin;
pub use lines::SummaryLine;
pub(crate) use load::{Trials, judged, without_scores};
pub use lock::Lock;
pub use suite::SuiteStore;
pub(crate) use suite::refuse_suite;
pub use summary::columns;

/// A results folder could not be read or written.
#[derive(Debug, Error)]
pub enum StoreError {
    /// The file system said no.
    #[error("{path}: {source}")]
    Io {
        /// The file or folder.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// A file is not what oddbench writes.
    #[error("{path}: {message}; {remedy}")]
    Corrupt {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        message: String,
        /// What to do.
        remedy: String,
    },
    /// There are no results.
    #[error("{path}: there are no results here; run the experiment first")]
    Missing {
        /// The manifest that is not there.
        path: PathBuf,
    },
    /// Another process is at work here.
    #[error(
        "{path}: another oddbench{} is running this experiment; wait until it ends, stop it, or give this run another --results folder",
        pid.map(|pid| format!(" (process {pid})")).unwrap_or_default()
    )]
    Locked {
        /// The lock file.
        path: PathBuf,
        /// The other process, if it could be read.
        pid: Option<u32>,
    },
    /// A threshold rule cannot be applied to the stored scores.
    #[error("{name} (trial {id}): {message}")]
    Evaluate {
        /// The trial's name.
        name: String,
        /// The trial.
        id: String,
        /// Why not.
        message: String,
    },
}

/// The results folder of one experiment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Store {
    dir: PathBuf,
}

impl Store {
    /// The results in that folder, which need not exist yet.
    pub fn at(dir: &Path) -> Self {
        Self { dir: dir.to_owned() }
    }

    /// Everything that a report is made from. Only trials of the current manifest are in it.
    pub fn load(dir: &Path) -> Result<ExperimentResults, StoreError> {
        load::results(&Self::at(dir))
    }

    /// One trial as the manifest names it, with its scores and evaluations.
    pub(crate) fn trial_result(
        &self,
        manifest: &Manifest,
        trial: &TrialInfo,
    ) -> Result<TrialResult, StoreError> {
        load::trial_result(self, manifest, trial)
    }

    /// The folder.
    pub fn dir(&self) -> &Path {
        &self.dir
    }

    /// Makes the folders, takes the lock and sweeps what a killed run left half-written.
    pub fn open(&self) -> Result<Lock, StoreError> {
        let trials = self.dir.join("trials");
        let (prepared, earlier) = (self.prepared_dir(), self.dir.join(EARLIER));
        for folder in [&trials, &prepared] {
            fs::create_dir_all(folder).map_err(|e| io_error(folder, e))?;
        }
        let lock = Lock::take(&self.dir.join(".lock"))?;
        for folder in [&self.dir, &trials, &prepared, &earlier] {
            files::sweep(folder).map_err(|e| io_error(folder, e))?;
        }
        Ok(lock)
    }

    fn manifest_path(&self) -> PathBuf {
        self.dir.join("manifest.json")
    }

    fn summary_path(&self) -> PathBuf {
        self.dir.join("summary.csv")
    }

    fn operator_path(&self) -> PathBuf {
        self.dir.join("operator.csv")
    }

    fn audit_path(&self) -> PathBuf {
        self.dir.join("audit.json")
    }

    fn projection_path(&self) -> PathBuf {
        self.dir.join("projection.json")
    }

    fn prepared_dir(&self) -> PathBuf {
        self.dir.join(".prepared")
    }

    /// Where the rows of that address are kept while trials run.
    pub(crate) fn prepared_path(&self, address: &str) -> PathBuf {
        self.prepared_dir().join(format!("{address}.safetensors"))
    }

    /// The folder of a trial.
    pub fn trial_dir(&self, id: &str) -> PathBuf {
        let own = self.dir.join("trials");
        match self.home_of_earlier() {
            Some(home) if !own.exists() => home.join("trials").join(id),
            _ => own.join(id),
        }
    }

    /// Removes the prepared rows.
    pub(crate) fn remove_prepared(&self) -> Result<(), StoreError> {
        let folder = self.prepared_dir();
        remove_dir(&folder).map_err(|e| io_error(&folder, e))
    }

    /// Removes the folder with all that is in it.
    pub(crate) fn remove(&self) -> Result<(), StoreError> {
        remove_dir(&self.dir).map_err(|e| io_error(&self.dir, e))
    }

    /// The experiment as it was last run; an error if it never was.
    pub fn manifest(&self) -> Result<Manifest, StoreError> {
        let path = self.manifest_path();
        let remedy = "run the experiment again: trials that this version finished are kept";
        read_versioned(&path, remedy)?.ok_or(StoreError::Missing { path })
    }

    pub(crate) fn write_manifest(&self, manifest: &Manifest) -> Result<(), StoreError> {
        write_json(&self.manifest_path(), manifest)
    }

    /// The scatter of the test rows, if it was made.
    pub fn projection(&self) -> Result<Option<Projection>, StoreError> {
        read_json(&self.projection_path(), "delete this file and run the experiment again")
    }

    pub(crate) fn write_projection(&self, projection: &Projection) -> Result<(), StoreError> {
        // Thousands of numbers: one a line would only make the file long.
        let path = self.projection_path();
        let bytes = serde_json::to_vec(projection).map_err(|e| io_error(&path, e.into()))?;
        files::write(&path, &bytes).map_err(|e| io_error(&path, e))
    }

    /// The audit of the rows, if it was made.
    pub fn audit(&self) -> Result<Option<Audit>, StoreError> {
        read_json(&self.audit_path(), "delete this file and run the experiment again")
    }

    pub(crate) fn write_audit(&self, audit: &Audit) -> Result<(), StoreError> {
        write_json(&self.audit_path(), audit)
    }

    /// Removes what was made from the rows and not from scores.
    pub(crate) fn forget_rows(&self) -> Result<(), StoreError> {
        for path in [self.projection_path(), self.audit_path()] {
            match fs::remove_file(&path) {
                Err(error) if error.kind() != io::ErrorKind::NotFound => {
                    return Err(io_error(&path, error));
                }
                _ => {}
            }
        }
        Ok(())
    }

    /// Writes `summary.csv` and `operator.csv`.
    pub(crate) fn write_tables(
        &self,
        manifest: &Manifest,
        trials: &Trials,
    ) -> Result<(), StoreError> {
        let tables = [
            (self.summary_path(), trials.summary(manifest)),
            (self.operator_path(), trials.operator(manifest)),
        ];
        for (path, text) in tables {
            files::write(&path, text.as_bytes()).map_err(|e| io_error(&path, e))?;
        }
        Ok(())
    }

    /// The record of a trial; `None` if it has not been run.
    pub fn record(&self, id: &str) -> Result<Option<Record>, StoreError> {
        let dir = self.trial_dir(id);
        let path = dir.join("record.json");
        let remedy = format!("delete the folder {} and run the experiment again", dir.display());
        let record: Option<Record> = read_versioned(&path, &remedy)?;
        let Some(record) = record else {
            return match dir.exists() {
                false => Ok(None),
                true => Err(StoreError::Corrupt {
                    path,
                    message: "the trial's folder has no record".into(),
                    remedy,
                }),
            };
        };
        match record.trial.id == id {
            true => Ok(Some(record)),
            false => Err(StoreError::Corrupt {
                path,
                message: format!("this is the record of trial {}", record.trial.id),
                remedy,
            }),
        }
    }

    /// Stores a trial and returns its record as stored. If its model or scores cannot be written, that is a
    /// failed one.
    pub(crate) fn write_trial(
        &self,
        run: &TrialRun,
        preprocessor: Option<&Preprocessor>,
    ) -> Result<Record, StoreError> {
        let id = &run.record.trial.id;
        let target = self.trial_dir(id);
        let temporary = temporary_beside(&target);
        let folder = |e| io_error(&temporary, e);
        remove_dir(&temporary).map_err(folder)?;
        fs::create_dir_all(&temporary).map_err(folder)?;
        let mut record = run.record.clone();
        if let Err(message) = write_contents(run, preprocessor, &temporary) {
            remove_dir(&temporary).map_err(folder)?;
            fs::create_dir_all(&temporary).map_err(folder)?;
            record.outcome = Outcome::Failed { stage: Stage::Store, message };
        }
        write_json(&temporary.join("record.json"), &record)?;
        replace_dir(&temporary, &target).map_err(|e| io_error(&target, e))?;
        Ok(record)
    }
}

/// Scores and model, before the record.
fn write_contents(
    run: &TrialRun,
    preprocessor: Option<&Preprocessor>,
    folder: &Path,
) -> Result<(), String> {
    if let Some(scores) = &run.scores {
        scores::write(&folder.join("scores.parquet"), scores).map_err(|e| e.to_string())?;
    }
    if let (Some(fitted), Some(preprocessor)) = (&run.fitted, preprocessor) {
        let model = folder.join("model");
        fs::create_dir(&model).map_err(|e| e.to_string())?;
        fitted.save(&model).map_err(|e| e.to_string())?;
        write_json(&model.join("preprocessor.json"), preprocessor).map_err(|e| e.to_string())?;
        write_json(&model.join(ChangeFloor::FILE), &run.floor).map_err(|e| e.to_string())?;
    }
    Ok(())
}

/// Puts a finished folder in the place of an older one. Killed in between, the trial is missing and
/// is run again.
fn replace_dir(finished: &Path, target: &Path) -> io::Result<()> {
    if target.exists() {
        let old = temporary_beside(&target.with_extension("old"));
        remove_dir(&old)?;
        fs::rename(target, &old)?;
        fs::rename(finished, target)?;
        return remove_dir(&old);
    }
    fs::rename(finished, target)
}

fn remove_dir(path: &Path) -> io::Result<()> {
    match fs::remove_dir_all(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}

fn io_error(path: &Path, source: io::Error) -> StoreError {
    StoreError::Io { path: path.to_owned(), source }
}

/// Reads a file that states its format version. Another version is named before anything else is read,
/// because its fields may have other names.
pub(crate) fn read_versioned<T: DeserializeOwned>(
    path: &Path,
    remedy: &str,
) -> Result<Option<T>, StoreError> {
    #[derive(Deserialize)]
    struct Header {
        format_version: u32,
    }
    let Some(bytes) = read(path)? else { return Ok(None) };
    match serde_json::from_slice(&bytes) {
        Ok(Header { format_version }) if format_version != FORMAT_VERSION => {
            Err(StoreError::Corrupt {
                path: path.to_owned(),
                message: format!(
                    "its format version is {format_version}, this oddbench writes {FORMAT_VERSION}"
                ),
                remedy: remedy.to_owned(),
            })
        }
        _ => parse(&bytes, path, remedy).map(Some),
    }
}

pub(crate) fn read_json<T: DeserializeOwned>(
    path: &Path,
    remedy: &str,
) -> Result<Option<T>, StoreError> {
    read(path)?.map(|bytes| parse(&bytes, path, remedy)).transpose()
}

/// The bytes of a file; `None` if there is none.
fn read(path: &Path) -> Result<Option<Vec<u8>>, StoreError> {
    match fs::read(path) {
        Ok(bytes) => Ok(Some(bytes)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(io_error(path, error)),
    }
}

fn parse<T: DeserializeOwned>(bytes: &[u8], path: &Path, remedy: &str) -> Result<T, StoreError> {
    serde_json::from_slice(bytes).map_err(|error| StoreError::Corrupt {
        path: path.to_owned(),
        message: format!("this is not what oddbench writes ({error})"),
        remedy: remedy.to_owned(),
    })
}

pub(crate) fn write_json(path: &Path, value: &impl Serialize) -> Result<(), StoreError> {
    let mut bytes = serde_json::to_vec_pretty(value).map_err(|e| io_error(path, e.into()))?;
    bytes.push(b'\n');
    files::write(path, &bytes).map_err(|e| io_error(path, e))
}
