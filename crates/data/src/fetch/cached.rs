//! The files in the cache, and how they get there.
//!
//! Beside each verified file lies `<name>.verified` with its size and time of change, so that a file
//! that has not been touched is not decompressed and hashed again on every run.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::UNIX_EPOCH;

use serde::{Deserialize, Serialize};

use super::error::{Fault, FetchError};
use super::{Cache, verify};
use crate::catalog::File;

/// What the cache has of a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FileStatus {
    /// Nothing.
    Missing,
    /// The right file.
    Present {
        /// Where it is.
        path: PathBuf,
        /// Its size there.
        bytes: u64,
    },
    /// Something else.
    Corrupt {
        /// Where it is.
        path: PathBuf,
        /// What is wrong with it.
        fault: Fault,
    },
}

/// The contents of `<name>.verified`.
#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Mark {
    /// SHA-256 of the content that the catalog asked for when the file was verified.
    content_sha256: String,
    bytes: u64,
    modified_ns: u64,
}

impl Mark {
    fn of(path: &Path, file: &File) -> Option<Self> {
        let metadata = fs::metadata(path).ok()?;
        let modified = metadata.modified().ok()?.duration_since(UNIX_EPOCH).ok()?;
        Some(Self {
            content_sha256: file.sha256()?.to_owned(),
            bytes: metadata.len(),
            modified_ns: u64::try_from(modified.as_nanos()).ok()?,
        })
    }

    fn path(of: &Path) -> PathBuf {
        let mut name = of.as_os_str().to_owned();
        name.push(".verified");
        name.into()
    }

    fn read(of: &Path) -> Option<Self> {
        serde_json::from_str(&fs::read_to_string(Self::path(of)).ok()?).ok()
    }

    /// Notes that the file is verified. Where that fails it is verified again next time.
    fn write(of: &Path, file: &File) {
        if let Some(text) = Self::of(of, file).and_then(|mark| serde_json::to_string(&mark).ok()) {
            let _ = fs::write(Self::path(of), text);
        }
    }
}

impl Cache {
    /// Where the file is, or would be.
    pub fn path(&self, file: &File) -> PathBuf {
        self.dir.join(&file.path)
    }

    /// What the cache has of the file. A file that was verified and not touched since is not read.
    pub fn status(&self, file: &File) -> Result<FileStatus, FetchError> {
        let path = self.path(file);
        let marked = Mark::of(&path, file);
        if marked.is_none() || marked != Mark::read(&path) {
            match self.verify(file) {
                Ok(()) => {}
                Err(FetchError::Missing { .. }) => return Ok(FileStatus::Missing),
                Err(FetchError::Corrupt { path, fault }) => {
                    return Ok(FileStatus::Corrupt { path, fault });
                }
                Err(other) => return Err(other),
            }
        }
        let bytes = fs::metadata(&path).map_err(FetchError::io(&path))?.len();
        Ok(FileStatus::Present { path, bytes })
    }

    /// Reads the whole file in the cache and compares it with the catalog, whatever is known about it.
    pub fn verify(&self, file: &File) -> Result<(), FetchError> {
        let path = self.path(file);
        if !path.is_file() {
            return Err(FetchError::Missing { file: file.path.clone(), cache: path });
        }
        match verify::check(&path, file).map_err(FetchError::io(&path))? {
            Ok(()) => {
                Mark::write(&path, file);
                Ok(())
            }
            Err(fault) => {
                let _ = fs::remove_file(Mark::path(&path));
                Err(FetchError::Corrupt { path, fault })
            }
        }
    }

    /// The path of the file if the cache has it and it is right.
    pub(super) fn have(&self, file: &File) -> Result<Option<PathBuf>, FetchError> {
        match self.status(file)? {
            FileStatus::Present { path, .. } => Ok(Some(path)),
            FileStatus::Missing | FileStatus::Corrupt { .. } => Ok(None),
        }
    }
}

/// Moves a verified file to its place, where it appears whole or not at all.
pub(super) fn place(from: &Path, to: &Path, file: &File) -> Result<(), FetchError> {
    if let Some(folder) = to.parent() {
        fs::create_dir_all(folder).map_err(FetchError::io(folder))?;
    }
    let synced = fs::OpenOptions::new().append(true).open(from).and_then(|part| part.sync_all());
    synced.map_err(FetchError::io(from))?;
    fs::rename(from, to).map_err(FetchError::io(to))?;
    Mark::write(to, file);
    Ok(())
}
