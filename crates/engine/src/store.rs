//! The results folder of one experiment. A trial's folder appears whole or not at all. One `run` at a time writes
//! here, and as many processes as there are trials, each of which claims its trial; readers need no lock. Every
//! file is compared with a digest when it is read.
//!
//! ```text
//! manifest.json  summary.csv  operator.csv  score-digests.csv  SHA256SUMS  projection.json  audit.json  .lock
//! earlier/<n>/...                      the same files before the experiment was changed
//! trials/<id>/{record.json, scores.parquet, model/}
//! .damaged/<name>-<n>                  what was not as it was written
//! .prepared/<address>.safetensors      while trials are left
//! .claims/<id>                         while a process runs that trial
//! .slurm/{jobs.json, *.tasks, *.log}   while tasks of Slurm are to be collected
//! ```

mod claims;
mod digests;
mod earlier;
mod json;
mod kin;
mod known_rows;
mod lines;
mod load;
mod lock;
mod mend;
mod operator;
mod suite;
mod summary;
pub(crate) mod sums;
mod trials;

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use oddbench_core::audit::Audit;
use oddbench_core::record::{Manifest, Projection, TrialInfo};
use oddbench_core::remedy;
use oddbench_core::results::{ExperimentResults, TrialResult};
use oddbench_data::digest;
use oddbench_data::files;
use thiserror::Error;

use crate::executor::slurm;
use json::write_sealed_line;
use sums::SUMS;

pub use claims::{Claim, Claimed, Holder};
pub(crate) use earlier::EARLIER;
pub(crate) use json::{read_json, read_versioned, write_json, write_sealed};
pub use kin::kin;
pub use lines::SummaryLine;
pub(crate) use load::{Trials, judged, without_scores};
pub use lock::Lock;
pub use suite::SuiteStore;
pub(crate) use suite::refuse_suite;
pub use summary::columns;
pub(crate) use summary::push_line;
pub(crate) use trials::{Earlier, MEND, RECORD, SCORES, file_digests, verify};

/// A results folder could not be read or written.
#[derive(Debug, Error)]
pub enum StoreError {
    /// The file system said no.
    #[error("{path}: {source}; {}", remedy::of_io(source))]
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

    /// Writes `summary.csv` and the other tables again if trials have ended since they were written: after a run that was
    /// killed, or after `oddbench trial`. Whether it did; a run that goes on writes them itself.
    pub fn mend_tables(&self) -> Result<bool, StoreError> {
        let manifest = self.manifest()?;
        if !self.tables_are_behind(&manifest) {
            return Ok(false);
        }
        let _lock = match self.open() {
            Err(StoreError::Locked { .. }) => return Ok(false),
            lock => lock?,
        };
        self.write_tables(&manifest, &Trials::read(self, &manifest)?)?;
        Ok(true)
    }

    fn tables_are_behind(&self, manifest: &Manifest) -> bool {
        let time = |path: &Path| fs::metadata(path).and_then(|of| of.modified()).ok();
        let record = |trial: &TrialInfo| time(&self.trial_dir(&trial.id).join(trials::RECORD));
        let newest = manifest.trials.iter().filter_map(record).max();
        newest.is_some_and(|newest| time(&self.summary_path()).is_none_or(|it| it < newest))
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

    /// Makes the folders and takes the lock of a run.
    pub fn open(&self) -> Result<Lock, StoreError> {
        self.make_folders()?;
        Lock::take(&self.dir)
    }

    pub(crate) fn make_folders(&self) -> Result<(), StoreError> {
        [self.dir.join("trials"), self.prepared_dir()]
            .iter()
            .try_for_each(|folder| fs::create_dir_all(folder).map_err(|e| io_error(folder, e)))
    }

    /// Removes what killed processes left half-written. The caller has claimed the preparation, so no other process
    /// else writes but to trials.
    pub(crate) fn sweep(&self) -> Result<(), StoreError> {
        for folder in [&self.dir, &self.prepared_dir(), &self.dir.join(EARLIER)] {
            files::sweep(folder).map_err(|e| io_error(folder, e))?;
        }
        self.sweep_unfinished_trials()
    }

    /// The end of a run: nothing that is not a result stays. Prepared rows stay while somebody may need them.
    pub(crate) fn tidy_up(&self, trials_are_left: bool) -> Result<(), StoreError> {
        self.sweep_unfinished_trials()?;
        if !trials_are_left {
            self.remove_prepared()?;
        }
        self.sweep_claims()
    }

    fn manifest_path(&self) -> PathBuf {
        self.dir.join("manifest.json")
    }

    pub(crate) fn summary_path(&self) -> PathBuf {
        self.dir.join("summary.csv")
    }

    fn operator_path(&self) -> PathBuf {
        self.dir.join("operator.csv")
    }

    pub(crate) fn audit_path(&self) -> PathBuf {
        self.dir.join("audit.json")
    }

    pub(crate) fn projection_path(&self) -> PathBuf {
        self.dir.join("projection.json")
    }

    fn claims_dir(&self) -> PathBuf {
        self.dir.join(".claims")
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

    /// Removes the prepared rows, unless another process is at work on this experiment, or a cluster is. The
    /// preparation is claimed meanwhile: else another process could write rows into a folder that is being removed.
    pub(crate) fn remove_prepared(&self) -> Result<(), StoreError> {
        let Some(_claim) = self.claim_preparation_now()? else { return Ok(()) };
        if self.has_claimed_trials()? || slurm::has_jobs(self) {
            return Ok(());
        }
        let folder = self.prepared_dir();
        remove_dir(&folder).map_err(|e| io_error(&folder, e))
    }

    /// Removes the folders that [`Store::open`] has made for nothing.
    pub(crate) fn remove_empty_folders(&self) {
        for folder in [self.prepared_dir(), self.dir.join("trials"), self.claims_dir()] {
            // One that is not empty stays.
            let _ = fs::remove_dir(folder);
        }
    }

    /// Removes the folder with all that is in it.
    pub(crate) fn remove(&self) -> Result<(), StoreError> {
        remove_dir(&self.dir).map_err(|e| io_error(&self.dir, e))
    }

    /// The experiment as it was last run; an error if it never was.
    pub fn manifest(&self) -> Result<Manifest, StoreError> {
        let path = self.manifest_path();
        let remedy = "run the experiment again: trials that are done are kept";
        read_versioned(&path, remedy)?.ok_or(StoreError::Missing { path })
    }

    pub(crate) fn write_manifest(&self, manifest: &Manifest) -> Result<(), StoreError> {
        write_sealed(&self.manifest_path(), manifest)
    }

    /// The scatter of the test rows, if it was made.
    pub fn projection(&self) -> Result<Option<Projection>, StoreError> {
        read_json(&self.projection_path(), "run the experiment again: it makes this file anew")
    }

    pub(crate) fn write_projection(&self, projection: &Projection) -> Result<(), StoreError> {
        write_sealed_line(&self.projection_path(), projection)
    }

    /// The audit of the rows, if it was made.
    pub fn audit(&self) -> Result<Option<Audit>, StoreError> {
        read_json(&self.audit_path(), "run the experiment again: it makes this file anew")
    }

    pub(crate) fn write_audit(&self, audit: &Audit) -> Result<(), StoreError> {
        write_sealed(&self.audit_path(), audit)
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

    /// Writes `summary.csv`, `operator.csv` and `score-digests.csv`, and their digests as `sha256sum` does.
    pub(crate) fn write_tables(
        &self,
        manifest: &Manifest,
        trials: &Trials,
    ) -> Result<(), StoreError> {
        let tables = [
            (self.summary_path(), trials.summary(manifest)),
            (self.operator_path(), trials.operator(manifest)),
            (self.dir.join(digests::FILE), digests::text(trials.results())),
        ];
        for (path, text) in &tables {
            files::write(path, text.as_bytes()).map_err(|e| io_error(path, e))?;
        }
        let line =
            |(path, text): &(PathBuf, String)| (file_name(path), digest::of_bytes(text.as_bytes()));
        let lines: Vec<(String, String)> = tables.iter().map(line).collect();
        let path = self.dir.join(SUMS);
        let text = sums::text(lines.iter().map(|(name, digest)| (name.as_str(), digest.as_str())));
        files::write(&path, text.as_bytes()).map_err(|e| io_error(&path, e))
    }
}

fn file_name(path: &Path) -> String {
    path.file_name().unwrap_or_default().to_string_lossy().into_owned()
}

fn remove_dir(path: &Path) -> io::Result<()> {
    match fs::remove_dir_all(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}

pub(crate) fn io_error(path: &Path, source: io::Error) -> StoreError {
    StoreError::Io { path: path.to_owned(), source }
}
