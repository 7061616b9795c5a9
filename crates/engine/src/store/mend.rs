//! What a run does about damaged files: it moves them to `.damaged` and says so,
//! and then continues as if they had never been there.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use oddbench_core::record::{Manifest, TrialInfo};
use oddbench_core::results::TrialResult;

use super::{Claimed, Store, StoreError, io_error, load};

/// Where damaged files and folders go.
const DAMAGED: &str = ".damaged";

impl Store {
    /// A stored trial, with every file compared with its digest. A damaged trial counts as not run,
    /// and the text says so.
    pub(super) fn mended(
        &self,
        manifest: &Manifest,
        trial: &TrialInfo,
    ) -> Result<(TrialResult, Option<String>), StoreError> {
        let read = || {
            let Some(mut record) = self.record(&trial.id)? else { return Ok(None) };
            self.verify(&record)?;
            let unsealed = record.files.is_empty() || record.score_sha256.is_none();
            if record.outcome.is_completed() && unsealed {
                // This trial is older than digests. It counts as undamaged if it can be read.
                let scores = self.scores(&record)?;
                self.seal(&mut record, &scores)?;
            }
            load::trial_result(self, manifest, trial).map(Some)
        };
        let blank = || load::without_scores(trial, None);
        match read() {
            Ok(result) => Ok((result.unwrap_or_else(blank), None)),
            Err(error) => {
                let told = self.set_aside(&self.trial_dir(&trial.id), error)?;
                let what =
                    |told| format!("{} (trial {}): {told}, and run again", trial.name, trial.id);
                Ok((blank(), told.map(what)))
            }
        }
    }

    /// The same for a trial that is about to be run alone: a damaged one is put aside, unless another process runs it.
    /// Said is what was done.
    pub(crate) fn put_damaged_trial_aside(
        &self,
        manifest: &Manifest,
        trial: &TrialInfo,
    ) -> Result<Option<String>, StoreError> {
        if !self.trial_dir(&trial.id).exists() {
            return Ok(None);
        }
        match self.claim(&trial.id)? {
            Claimed::Mine(_claim) => self.mended(manifest, trial).map(|(_, told)| told),
            Claimed::Others(_) => Ok(None),
        }
    }

    /// The result of `read`; if the file is damaged, `None` and a note about its new place.
    pub(crate) fn or_set_aside<T>(
        &self,
        path: &Path,
        read: Result<Option<T>, StoreError>,
    ) -> Result<(Option<T>, Option<String>), StoreError> {
        match read {
            Ok(value) => Ok((value, None)),
            Err(error) => self.set_aside(path, error).map(|told| (None, told)),
        }
    }

    /// Puts a damaged file or folder aside and says so; `None` if somebody else has done it. An error that
    /// is no damage is passed on.
    fn set_aside(&self, path: &Path, error: StoreError) -> Result<Option<String>, StoreError> {
        if !is_damage(&error) {
            return Err(error);
        }
        let target = self.place_for(path)?;
        match fs::rename(path, &target) {
            Ok(()) => Ok(Some(format!("{}; it is put into {}", words(&error), target.display()))),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(io_error(path, error)),
        }
    }

    /// A name in `.damaged` that nothing has.
    fn place_for(&self, path: &Path) -> Result<PathBuf, StoreError> {
        let folder = self.dir().join(DAMAGED);
        fs::create_dir_all(&folder).map_err(|e| io_error(&folder, e))?;
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        let free = (1..).map(|number: usize| folder.join(format!("{name}-{number}")));
        Ok(free.into_iter().find(|target| !target.exists()).unwrap_or(folder))
    }
}

/// Whether an error says that a file is not as it was written. A file that this process may not read is not damaged.
fn is_damage(error: &StoreError) -> bool {
    match error {
        StoreError::Corrupt { .. } => true,
        StoreError::Io { source, .. } => source.kind() != io::ErrorKind::PermissionDenied,
        _ => false,
    }
}

/// The error without its remedy.
fn words(error: &StoreError) -> String {
    match error {
        StoreError::Corrupt { path, message, .. } => format!("{}: {message}", path.display()),
        other => other.to_string(),
    }
}
