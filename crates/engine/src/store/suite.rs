//! The results folder of an experiment on several data sets.
//!
//! ```text
//! suite.json  summary.csv  .lock
//! earlier/<n>/summary.csv   the table before the experiment was changed
//! <set>/      the results folder of the experiment on that data set
//! ```

use std::fs;
use std::path::{Path, PathBuf};

use oddbench_core::record::SuiteManifest;
use oddbench_core::results::ExperimentResults;
use oddbench_data::files;

use super::json::write_sealed;
use super::{Lock, Store, StoreError, io_error, read_versioned};

const FILE: &str = "suite.json";

/// The results folder of an experiment on several data sets.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SuiteStore {
    dir: PathBuf,
}

impl SuiteStore {
    /// The results in that folder, which need not exist yet.
    pub fn at(dir: &Path) -> Self {
        Self { dir: dir.to_owned() }
    }

    /// Whether that folder holds results on several data sets.
    pub fn is_at(dir: &Path) -> bool {
        dir.join(FILE).is_file()
    }

    /// The folder.
    pub fn dir(&self) -> &Path {
        &self.dir
    }

    /// Makes the folder and takes its lock. The folder of an experiment on one data set is refused.
    pub fn open(&self) -> Result<Lock, StoreError> {
        fs::create_dir_all(&self.dir).map_err(|e| io_error(&self.dir, e))?;
        let path = self.dir.join("manifest.json");
        if path.exists() {
            let message = "these are results of an experiment on one data set".into();
            return Err(StoreError::Corrupt { path, message, remedy: another_name() });
        }
        Lock::take(&self.dir)
    }

    /// The experiment as it was last run; an error if it never was.
    pub fn manifest(&self) -> Result<SuiteManifest, StoreError> {
        let path = self.dir.join(FILE);
        let remedy = "run the experiment again: trials that this version finished are kept";
        read_versioned(&path, remedy)?.ok_or(StoreError::Missing { path })
    }

    /// Keeps a copy of the table that stands here now, and returns its folder.
    pub(crate) fn keep_earlier(&self) -> Result<(), StoreError> {
        Store::at(&self.dir).keep_earlier(None).map(drop)
    }

    pub(crate) fn write_manifest(&self, manifest: &SuiteManifest) -> Result<(), StoreError> {
        write_sealed(&self.dir.join(FILE), manifest)
    }

    /// The store of one data set.
    pub fn set(&self, name: &str) -> Store {
        Store::at(&self.dir.join(name))
    }

    /// Everything that a report of one data set is made from.
    pub fn load_set(&self, name: &str) -> Result<ExperimentResults, StoreError> {
        Store::load(&self.dir.join(name))
    }

    /// Writes `summary.csv`: the lines of every data set with its name in front.
    pub(crate) fn write_summary(
        &self,
        sets: impl Iterator<Item = String>,
    ) -> Result<(), StoreError> {
        let mut text = format!("set,{}\n", super::columns().join(","));
        text.extend(sets);
        let path = self.dir.join("summary.csv");
        files::write(&path, text.as_bytes()).map_err(|e| io_error(&path, e))
    }
}

/// Refuses the folder of an experiment on several data sets.
pub(crate) fn refuse_suite(dir: &Path) -> Result<(), StoreError> {
    match SuiteStore::is_at(dir) {
        false => Ok(()),
        true => Err(StoreError::Corrupt {
            path: dir.join(FILE),
            message: "these are results of an experiment on several data sets".into(),
            remedy: another_name(),
        }),
    }
}

fn another_name() -> String {
    "give this experiment another name, or this run another --results folder".into()
}
