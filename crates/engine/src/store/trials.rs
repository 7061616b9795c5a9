//! The folder of a trial. Its record has the digests of all its other files and of its own text.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};

use oddbench_core::preprocess::Preprocessor;
use oddbench_core::record::{Outcome, Record, Stage};
use oddbench_core::scores::Scores;
use oddbench_data::{digest, files, scores};

use super::claims::Token;
use super::json::{CHANGED, MISSING, read_versioned, write_json, write_sealed};
use super::{Store, StoreError, io_error, remove_dir, sums};
use crate::change_floor::ChangeFloor;
use crate::trial::TrialRun;

pub(crate) const RECORD: &str = "record.json";
pub(crate) const SCORES: &str = "scores.parquet";

/// What to do if a file of a trial is damaged.
pub(crate) const MEND: &str = "run the experiment again: it puts the damaged trial into .damaged, runs it \
                               again, and keeps all others";

impl Store {
    /// The record of a trial; `None` if it has not been run.
    pub fn record(&self, id: &str) -> Result<Option<Record>, StoreError> {
        let dir = self.trial_dir(id);
        let path = dir.join(RECORD);
        let mut record: Option<Record> = read_versioned(&path, MEND)?;
        if record.is_none() && dir.exists() {
            // Another process may have put it there in between.
            record = read_versioned(&path, MEND)?;
        }
        let Some(record) = record else {
            return match dir.exists() {
                false => Ok(None),
                true => Err(damaged(&path, "the trial's folder has no record")),
            };
        };
        match record.trial.id == id {
            true => Ok(Some(record)),
            false => {
                Err(damaged(&path, &format!("this is the record of trial {}", record.trial.id)))
            }
        }
    }

    /// The scores of a completed trial.
    pub(crate) fn scores(&self, record: &Record) -> Result<Scores, StoreError> {
        let path = self.trial_dir(&record.trial.id).join(SCORES);
        let bytes = match fs::read(&path) {
            Ok(bytes) => bytes,
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                return Err(damaged(&path, MISSING));
            }
            Err(error) => return Err(io_error(&path, error)),
        };
        if let Some(digest) = digest_of(record, SCORES)
            && digest != digest::of_bytes(&bytes)
        {
            return Err(damaged(&path, CHANGED));
        }
        scores::parse(&path, bytes).map_err(|error| damaged(&path, &error.to_string()))
    }

    /// Holds every file of a completed trial against its digest; nothing of a trial from before digests
    /// were kept.
    pub(super) fn verify(&self, record: &Record) -> Result<(), StoreError> {
        verify(&self.trial_dir(&record.trial.id), record, "")
    }

    /// Adds the digests of the files and of these scores to the record of a completed trial from before they were
    /// kept.
    pub(super) fn seal(&self, record: &mut Record, scores: &Scores) -> Result<(), StoreError> {
        let dir = self.trial_dir(&record.trial.id);
        if record.files.is_empty() {
            record.files = file_digests(&dir).map_err(|e| io_error(&dir, e))?;
        }
        record.score_sha256 = Some(scores::sha256(scores));
        write_sealed(&dir.join(RECORD), record)
    }

    /// Stores a trial and returns the record that stands there now. If its model or scores cannot be written,
    /// that is a failed one.
    pub(crate) fn write_trial(
        &self,
        run: &TrialRun,
        preprocessor: Option<&Preprocessor>,
        earlier: Earlier,
    ) -> Result<Record, StoreError> {
        let id = &run.record.trial.id;
        let temporary = self.unfinished_trial(id);
        let folder = |e| io_error(&temporary, e);
        fs::create_dir_all(&temporary).map_err(folder)?;
        let mut record = run.record.clone();
        let written = write_contents(run, preprocessor, &temporary)
            .and_then(|()| file_digests(&temporary).map_err(|error| error.to_string()));
        match written {
            Ok(files) => {
                record.files = files;
                record.score_sha256 = run.scores.as_ref().map(scores::sha256);
            }
            Err(message) => {
                remove_dir(&temporary).map_err(folder)?;
                fs::create_dir_all(&temporary).map_err(folder)?;
                record.outcome = Outcome::Failed { stage: Stage::Store, message };
            }
        }
        write_sealed(&temporary.join(RECORD), &record)?;
        Ok(self.put_trial(&temporary, id, earlier)?.unwrap_or(record))
    }

    /// The record of a completed trial of which every file is as it was written.
    pub(crate) fn completed(&self, id: &str) -> Option<Record> {
        completed(&self.trial_dir(id), id)
    }

    /// Where a trial is written before it is whole: a name that no other process and no other attempt has.
    pub(super) fn unfinished_trial(&self, id: &str) -> PathBuf {
        let name = format!("{}{id}~{}", files::TEMPORARY, Token::next().as_str());
        self.trial_dir(id).with_file_name(name)
    }

    /// Puts a finished folder in its place. If an earlier result stays, it is returned and the new one is removed.
    /// Killed in between, the trial is missing and is run again.
    pub(super) fn put_trial(
        &self,
        finished: &Path,
        id: &str,
        earlier: Earlier,
    ) -> Result<Option<Record>, StoreError> {
        let target = self.trial_dir(id);
        let failed = |e| io_error(&target, e);
        let stays = |dir: &Path| match earlier {
            Earlier::Stays => completed(dir, id),
            Earlier::IsReplaced => None,
        };
        let old = finished.with_extension("old");
        loop {
            // A folder that is not empty is never replaced by this.
            match fs::rename(finished, &target) {
                Ok(()) => return Ok(None),
                Err(error) if !target.exists() => return Err(failed(error)),
                Err(_) => {}
            }
            if let Some(record) = stays(&target) {
                remove_dir(finished).map_err(failed)?;
                return Ok(Some(record));
            }
            match fs::rename(&target, &old) {
                Err(error) if error.kind() == io::ErrorKind::NotFound => continue,
                other => other.map_err(failed)?,
            }
            // Another process may have finished it in between.
            if stays(&old).is_some() {
                // If there is a third one by now, that stays.
                let _ = fs::rename(&old, &target);
            }
            remove_dir(&old).map_err(failed)?;
        }
    }

    /// Removes what processes that are gone have left unfinished.
    pub(super) fn sweep_unfinished_trials(&self) -> Result<(), StoreError> {
        let folder = self.dir().join("trials");
        let is_left = |name: &str| {
            let Some((id, token)) = name.split_once('~') else { return true };
            let token = Token::of(token);
            let lives = || self.holder(id).is_ok_and(|holder| holder.is_some());
            !token.is_here() && (token.is_gone() || !lives())
        };
        files::sweep_if(&folder, is_left).map_err(|e| io_error(&folder, e))
    }
}

/// What happens to a complete result of a completed trial if another one should be stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Earlier {
    /// The first one wins.
    Stays,
    /// The user wants it to run again.
    IsReplaced,
}

/// The record of a completed trial of which every file is as it was written.
fn completed(dir: &Path, id: &str) -> Option<Record> {
    let record: Record = read_versioned(&dir.join(RECORD), MEND).ok()??;
    let whole =
        record.trial.id == id && record.outcome.is_completed() && verify(dir, &record, "").is_ok();
    whole.then_some(record)
}

/// Holds the files of a trial whose names begin so against the digests of its record.
pub(crate) fn verify(dir: &Path, record: &Record, prefix: &str) -> Result<(), StoreError> {
    let files = record.files.iter().filter(|(name, _)| name.starts_with(prefix));
    for (name, expected) in files {
        sums::check(&dir.join(name), expected, MEND)?;
    }
    Ok(())
}

fn digest_of<'a>(record: &'a Record, file: &str) -> Option<&'a str> {
    record.files.get(file).map(String::as_str)
}

fn damaged(path: &Path, message: &str) -> StoreError {
    StoreError::Corrupt {
        path: path.to_owned(),
        message: message.to_owned(),
        remedy: MEND.to_owned(),
    }
}

/// The digest of every file but the record, by its path from the folder with `/`.
pub(crate) fn file_digests(folder: &Path) -> io::Result<BTreeMap<String, String>> {
    fn add(folder: &Path, before: &str, files: &mut BTreeMap<String, String>) -> io::Result<()> {
        for entry in fs::read_dir(folder)? {
            let entry = entry?;
            let name = format!("{before}{}", entry.file_name().to_string_lossy());
            match entry.file_type()?.is_dir() {
                true => add(&entry.path(), &format!("{name}/"), files)?,
                false if name == RECORD => {}
                false => {
                    files.insert(name, digest::of_reader(File::open(entry.path())?)?);
                }
            }
        }
        Ok(())
    }
    let mut files = BTreeMap::new();
    add(folder, "", &mut files)?;
    Ok(files)
}

/// Scores and model, before the record.
fn write_contents(
    run: &TrialRun,
    preprocessor: Option<&Preprocessor>,
    folder: &Path,
) -> Result<(), String> {
    if let Some(scores) = &run.scores {
        scores::write(&folder.join(SCORES), scores).map_err(|e| e.to_string())?;
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
