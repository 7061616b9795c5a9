//! The folder of a trial. Its record has the digests of all its other files and of its own text.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io;
use std::path::Path;

use oddbench_core::preprocess::Preprocessor;
use oddbench_core::record::{Outcome, Record, Stage};
use oddbench_core::scores::Scores;
use oddbench_data::files::temporary_beside;
use oddbench_data::{digest, scores};

use super::json::{CHANGED, read_versioned, write_json, write_sealed};
use super::{Store, StoreError, io_error, remove_dir, replace_dir};
use crate::change_floor::ChangeFloor;
use crate::trial::TrialRun;

pub(crate) const RECORD: &str = "record.json";
const SCORES: &str = "scores.parquet";

/// What to do where a file of a trial is damaged.
pub(crate) const MEND: &str = "run the experiment again: it puts the damaged trial into .damaged, runs it \
                               again, and keeps all others";

impl Store {
    /// The record of a trial; `None` if it has not been run.
    pub fn record(&self, id: &str) -> Result<Option<Record>, StoreError> {
        let dir = self.trial_dir(id);
        let path = dir.join(RECORD);
        let record: Option<Record> = read_versioned(&path, MEND)?;
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
    pub(super) fn scores(&self, record: &Record) -> Result<Scores, StoreError> {
        let path = self.trial_dir(&record.trial.id).join(SCORES);
        let bytes = match fs::read(&path) {
            Ok(bytes) => bytes,
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                return Err(damaged(&path, "the file is missing"));
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

    /// Adds the digests to the record of a completed trial from before they were kept.
    pub(super) fn seal(&self, record: &mut Record) -> Result<(), StoreError> {
        let dir = self.trial_dir(&record.trial.id);
        record.files = digests(&dir).map_err(|e| io_error(&dir, e))?;
        write_sealed(&dir.join(RECORD), record)
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
        let written = write_contents(run, preprocessor, &temporary)
            .and_then(|()| digests(&temporary).map_err(|error| error.to_string()));
        match written {
            Ok(files) => record.files = files,
            Err(message) => {
                remove_dir(&temporary).map_err(folder)?;
                fs::create_dir_all(&temporary).map_err(folder)?;
                record.outcome = Outcome::Failed { stage: Stage::Store, message };
            }
        }
        write_sealed(&temporary.join(RECORD), &record)?;
        replace_dir(&temporary, &target).map_err(|e| io_error(&target, e))?;
        Ok(record)
    }
}

/// Holds the files of a trial whose names begin so against the digests of its record.
pub(crate) fn verify(dir: &Path, record: &Record, prefix: &str) -> Result<(), StoreError> {
    let files = record.files.iter().filter(|(name, _)| name.starts_with(prefix));
    for (name, expected) in files {
        let path = dir.join(name);
        match File::open(&path).and_then(digest::of_reader) {
            Ok(found) if found == *expected => {}
            Ok(_) => return Err(damaged(&path, CHANGED)),
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                return Err(damaged(&path, "the file is missing"));
            }
            Err(error) => return Err(io_error(&path, error)),
        }
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
fn digests(folder: &Path) -> io::Result<BTreeMap<String, String>> {
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
