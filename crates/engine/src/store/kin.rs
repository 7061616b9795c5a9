//! Trials of the same file under other options: they are taken over, not run again. A trial is identified by
//! everything that decides its scores, so it is the same in each of these folders.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::Path;

use oddbench_core::record::{Manifest, Record};

use super::earlier::share;
use super::{Earlier, Store, StoreError, Trials, io_error, remove_dir};
use crate::reproduce::REPRODUCED;
use crate::spec::{NAME_MARK, Spec};

/// The results folders of the same file: under its own name, and under the names that options gave it.
/// That of this run is not among them.
pub fn kin(results: &Path, spec: &Spec) -> Vec<Store> {
    let name = spec.name_in_file();
    let entries = fs::read_dir(results).into_iter().flatten().flatten();
    let names = entries.filter_map(|entry| entry.file_name().into_string().ok());
    let is_kin = |other: &String| {
        let rest = other.strip_prefix(name);
        // A reproduction is compared with the experiment: neither may have the other's trials.
        !name.is_empty()
            && !other.contains(REPRODUCED)
            && rest.is_some_and(|rest| rest.is_empty() || rest.starts_with(NAME_MARK))
    };
    let mut names: Vec<String> = names.filter(is_kin).collect();
    names.sort();
    let below = |name: String| match spec.set_name() {
        Some(set) => format!("{name}/{set}"),
        None => name,
    };
    let others = names.into_iter().map(below).filter(|name| *name != spec.experiment.name);
    others.map(|name| Store::at(&results.join(name))).collect()
}

impl Store {
    /// Whether the trial is completed here. A trial whose record cannot be read is not.
    pub fn has_completed(&self, id: &str) -> bool {
        matches!(self.record(id), Ok(Some(record)) if record.outcome.is_completed())
    }

    /// Takes a completed trial from another folder; whether it was there, undamaged.
    pub(crate) fn take_over(&self, from: &Self, id: &str) -> Result<bool, StoreError> {
        let whole = |record: &Record| {
            record.outcome.is_completed()
                && from.verify(record).is_ok()
                && from.scores(record).is_ok()
        };
        if !from.record(id).ok().flatten().is_some_and(|record| whole(&record)) {
            return Ok(false);
        }
        let temporary = self.unfinished_trial(id);
        let failed = |e| io_error(&temporary, e);
        match share_folder(&from.trial_dir(id), &temporary) {
            Ok(()) => {}
            // Another run is replacing it just now.
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                remove_dir(&temporary).map_err(failed)?;
                return Ok(false);
            }
            Err(error) => return Err(failed(error)),
        }
        self.put_trial(&temporary, id, Earlier::Stays)?;
        Ok(true)
    }
}

impl Trials {
    /// Takes completed trials from other results of the same file. If there are some, says how many and from
    /// where.
    pub(crate) fn take_over(
        &mut self,
        store: &Store,
        manifest: &Manifest,
        kin: &[Store],
    ) -> Result<Option<String>, StoreError> {
        let mut folders = BTreeMap::new();
        for (position, trial) in manifest.trials.iter().enumerate() {
            if self.results()[position].is_completed() {
                continue;
            }
            for other in kin {
                if !store.has_completed(&trial.id) && store.take_over(other, &trial.id)? {
                    *folders.entry(other.dir().display().to_string()).or_insert(0) += 1;
                }
            }
            // Two trials of one address are there at once.
            if store.has_completed(&trial.id) {
                self.put(position, store.trial_result(manifest, trial)?);
            }
        }
        let taken: Vec<String> =
            folders.iter().map(|(folder, count)| format!("{count} from {folder}")).collect();
        let said = format!(
            "trials of the same file under other options are taken over: {}",
            taken.join(", ")
        );
        Ok((!taken.is_empty()).then_some(said))
    }
}

fn share_folder(from: &Path, to: &Path) -> io::Result<()> {
    fs::create_dir(to)?;
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        let target = to.join(entry.file_name());
        match entry.file_type()?.is_dir() {
            true => share_folder(&entry.path(), &target)?,
            false => share(&entry.path(), &target)?,
        }
    }
    Ok(())
}
