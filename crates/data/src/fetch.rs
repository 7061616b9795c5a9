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
        if text.trim().is_empty() {
            return Err(FetchError::Todo("the mirror is empty".into()));
        }
        match text {
            _ if text.starts_with("http://") || text.starts_with("https://") => {
                Ok(Self::Url(text.trim_end_matches('/').to_owned()))
            }
            _ => Ok(Self::Folder(text.strip_prefix("file://").unwrap_or(text).into())),
        }
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

impl Cache {
    /// The verified file in the cache, fetched if it is not there yet.
    pub fn ensure(&self, file: &crate::catalog::File) -> Result<PathBuf, FetchError> {
        let here = self.dir.join(&file.path);
        if here.exists() {
            return Ok(here);
        }
        if let Some(Mirror::Folder(folder)) = &self.mirror {
            let there = folder.join(&file.path);
            if there.exists() {
                return Ok(there);
            }
        }
        Err(FetchError::Todo(format!("{}: not in the cache", file.path)))
    }
}

/// Why a file could not be had.
#[derive(Debug, Error)]
pub enum FetchError {
    /// For a person, with the remedy.
    #[error("{0}")]
    Todo(String),
}
