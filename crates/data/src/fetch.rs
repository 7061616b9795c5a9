//! From a mirror or the public homes into the cache: verified, resumable, atomic.

use std::path::PathBuf;

use thiserror::Error;

/// Where files are taken from in place of their public homes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Mirror {
    /// A folder (also given as `file://`).
    Folder(PathBuf),
    /// A base URL, `http://` or `https://`.
    Url(String),
}

impl Mirror {
    /// Reads what the user gave as `--mirror` or `ODDBENCH_MIRROR`; an empty text is an error.
    pub fn parse(text: &str) -> Result<Self, FetchError> {
        let _ = text;
        todo!()
    }
}

/// Follows a download.
pub trait Download: Send + Sync {
    /// A file begins: its name and size in bytes if known.
    fn begin(&self, file: &str, bytes: Option<u64>);
    /// `done` bytes of the current file have arrived.
    fn progress(&self, done: u64);
    /// Something worth a line, such as a retry.
    fn message(&self, text: &str);
    /// The current file is in the cache.
    fn end(&self);
}

/// The folder of verified files, and how to fill it.
pub struct Cache {
    /// The folder.
    pub dir: PathBuf,
    /// In place of the public homes.
    pub mirror: Option<Mirror>,
    /// Never fetch; what is not in the cache (or in a mirror folder) is an error.
    pub offline: bool,
    /// Who follows.
    pub watch: Box<dyn Download>,
}

/// Why a file could not be had.
#[derive(Debug, Error)]
pub enum FetchError {
    /// For a person, with the remedy.
    #[error("{0}")]
    Todo(String),
}
