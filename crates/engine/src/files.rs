//! Files that are either whole or not there: written under a temporary name, then renamed.

use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

/// Begins the names of unfinished files and folders; whatever bears it when a run begins is swept.
pub(crate) const TEMPORARY: &str = ".tmp-";

/// A temporary name beside `path` that no other process uses.
pub(crate) fn temporary_beside(path: &Path) -> PathBuf {
    let name = path.file_name().and_then(|name| name.to_str()).unwrap_or("file");
    path.with_file_name(format!("{TEMPORARY}{}-{name}", std::process::id()))
}

/// Replaces a file at once: a reader sees the old text or the new, never half.
pub(crate) fn write_atomically(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let temporary = temporary_beside(path);
    let written = (|| {
        let mut file = fs::File::create(&temporary)?;
        file.write_all(bytes)?;
        file.sync_all()?;
        fs::rename(&temporary, path)
    })();
    if written.is_err() {
        // What matters is the first error; a leftover is swept by the next run.
        let _ = fs::remove_file(&temporary);
    }
    written
}

/// Removes what unfinished writes left in a folder.
pub(crate) fn sweep(folder: &Path) -> io::Result<()> {
    let entries = match fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        Err(error) => return Err(error),
    };
    for entry in entries {
        let entry = entry?;
        if !entry.file_name().to_string_lossy().starts_with(TEMPORARY) {
            continue;
        }
        match entry.file_type()?.is_dir() {
            true => fs::remove_dir_all(entry.path())?,
            false => fs::remove_file(entry.path())?,
        }
    }
    Ok(())
}
