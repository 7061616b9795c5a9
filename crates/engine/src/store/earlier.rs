//! The figures of an experiment before its file was changed: `earlier/<n>` has the small files that say
//! them. The trials stay where they are, so a report of the earlier figures is possible too.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use oddbench_core::record::Manifest;
use oddbench_data::files::temporary_beside;

use super::json::write_sealed;
use super::sums::SUMS;
use super::{Store, StoreError, digests, io_error, remove_dir};

/// The folder that holds them.
pub(crate) const EARLIER: &str = "earlier";

const MANIFEST: &str = "manifest.json";
const FILES: [&str; 7] =
    [MANIFEST, "summary.csv", "operator.csv", digests::FILE, SUMS, "projection.json", "audit.json"];

impl Store {
    /// Keeps a copy of the current figures, and returns its folder. `manifest` is theirs, if it can be
    /// read.
    pub(crate) fn keep_earlier(&self, manifest: Option<&Manifest>) -> Result<PathBuf, StoreError> {
        let home = self.dir.join(EARLIER);
        let last = last_number(&home);
        let folder = |number: usize| home.join(number.to_string());
        let named = |number: usize| {
            manifest.cloned().map(|mut manifest| {
                manifest.experiment.name.push_str(&format!("/{EARLIER}/{number}"));
                manifest
            })
        };
        // A run that was killed behind this step has kept them already.
        if last > 0 && manifest.is_some() && Self::at(&folder(last)).manifest().ok() == named(last)
        {
            return Ok(folder(last));
        }
        let target = folder(last + 1);
        let temporary = temporary_beside(&target);
        remove_dir(&temporary).map_err(|e| io_error(&temporary, e))?;
        fs::create_dir_all(&temporary).map_err(|e| io_error(&temporary, e))?;
        for name in FILES {
            let path = self.dir.join(name);
            share(&path, &temporary.join(name)).map_err(|e| io_error(&path, e))?;
        }
        if let Some(manifest) = named(last + 1) {
            write_sealed(&temporary.join(MANIFEST), &manifest)?;
        }
        fs::rename(&temporary, &target).map_err(|e| io_error(&target, e))?;
        Ok(target)
    }

    /// The folder whose trials these figures are of, if they are kept figures.
    pub(crate) fn home_of_earlier(&self) -> Option<&Path> {
        let parent = self.dir.parent().filter(|parent| parent.ends_with(EARLIER))?;
        parent.parent()
    }
}

/// The greatest number among the folders; 0 if there is none.
fn last_number(home: &Path) -> usize {
    let entries = fs::read_dir(home).into_iter().flatten().flatten();
    let numbers = entries.filter_map(|entry| entry.file_name().to_str()?.parse().ok());
    numbers.max().unwrap_or(0)
}

/// Puts a file in a second place: as a link where the file system has links, since files here are
/// replaced and never changed; else as a copy. Nothing if there is no such file.
pub(super) fn share(from: &Path, to: &Path) -> io::Result<()> {
    match fs::hard_link(from, to) {
        Ok(()) => Ok(()),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        Err(_) => fs::copy(from, to).map(drop),
    }
}
