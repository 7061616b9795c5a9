//! `.incoming/`: where a file is received, one process at a time.

use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::Download;
use super::error::FetchError;
use crate::catalog::File;

/// Where a partial file came from: what is needed to continue it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Origin {
    pub url: String,
    /// The server's name for this version of the file (a strong `ETag`, or `Last-Modified`).
    pub validator: Option<String>,
}

/// The place where one file is received, held until dropped.
pub(super) struct Incoming {
    folder: PathBuf,
    lock_path: PathBuf,
    /// Held for its lock; released by the system, however the process ends.
    lock: Option<fs::File>,
    /// The file as it grows.
    pub part: PathBuf,
    origin: PathBuf,
}

impl Incoming {
    /// Waits until no other process receives this file.
    pub(super) fn open(dir: &Path, file: &File, watch: &dyn Download) -> Result<Self, FetchError> {
        let folder = dir.join(".incoming");
        let name = file.path.replace('/', "-");
        let lock_path = folder.join(format!("{name}.lock"));
        let lock = loop {
            fs::create_dir_all(&folder).map_err(FetchError::io(&folder))?;
            let lock = match fs::File::create(&lock_path) {
                Ok(lock) => lock,
                // Another process has just cleaned up.
                Err(e) if e.kind() == ErrorKind::NotFound => continue,
                Err(e) => return Err(FetchError::io(&lock_path)(e)),
            };
            acquire(&lock, file, watch).map_err(FetchError::io(&lock_path))?;
            if still_there(&lock, &lock_path) {
                break lock;
            }
        };
        let part = folder.join(format!("{name}.part"));
        let origin = folder.join(format!("{name}.origin"));
        Ok(Self { folder, lock_path, lock: Some(lock), part, origin })
    }

    /// Bytes received so far.
    pub(super) fn received(&self) -> u64 {
        fs::metadata(&self.part).map_or(0, |m| m.len())
    }

    /// Where the partial file came from; `None` if there is none that can be continued.
    pub(super) fn origin(&self) -> Option<Origin> {
        serde_json::from_str(&fs::read_to_string(&self.origin).ok()?).ok()
    }

    pub(super) fn set_origin(&self, origin: &Origin) -> Result<(), FetchError> {
        let text = serde_json::to_vec(origin).map_err(std::io::Error::from);
        text.and_then(|text| fs::write(&self.origin, text)).map_err(FetchError::io(&self.origin))
    }

    /// Throws away what was received.
    pub(super) fn discard(&self) {
        // A file that cannot be removed is overwritten by the next try.
        let _ = fs::remove_file(&self.part);
        let _ = fs::remove_file(&self.origin);
    }
}

impl Drop for Incoming {
    fn drop(&mut self) {
        if !self.part.exists() {
            let _ = fs::remove_file(&self.origin);
        }
        // Removed before it is released, so that a waiting process sees that it is gone.
        let _ = fs::remove_file(&self.lock_path);
        self.lock = None;
        let _ = fs::remove_dir(&self.folder); // only if it is empty
    }
}

fn acquire(lock: &fs::File, file: &File, watch: &dyn Download) -> std::io::Result<()> {
    match lock.try_lock() {
        Ok(()) => Ok(()),
        Err(fs::TryLockError::WouldBlock) => {
            watch.message(&format!("another process is fetching {}: waiting for it", file.name));
            lock.lock()
        }
        Err(fs::TryLockError::Error(error)) if error.kind() == ErrorKind::Unsupported => {
            watch.message("the cache's file system has no locks: let only one process fetch");
            Ok(())
        }
        Err(fs::TryLockError::Error(error)) => Err(error),
    }
}

/// Whether the locked file is still the one at the path: its last holder removes it.
#[cfg(unix)]
fn still_there(lock: &fs::File, path: &Path) -> bool {
    use std::os::unix::fs::MetadataExt;
    let id = |m: fs::Metadata| (m.dev(), m.ino());
    matches!((lock.metadata().map(id), fs::metadata(path).map(id)), (Ok(a), Ok(b)) if a == b)
}

/// Elsewhere an open file cannot be removed.
#[cfg(not(unix))]
fn still_there(_: &fs::File, _: &Path) -> bool {
    true
}
