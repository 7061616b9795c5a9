//! From a mirror or the public homes into the cache: verified, resumable, atomic.
//!
//! A file is received into `.incoming/` inside the cache folder, verified there, and renamed to its
//! place, so every file in the cache is complete and right at every moment. A lock in the same
//! folder lets one process receive at a time; the others wait and find the file. The part that a broken
//! connection left behind stays in `.incoming/` for the next try; a wrong file is removed.

mod cached;
mod error;
mod http;
mod incoming;
mod mirror;
pub(crate) mod verify;

use std::path::PathBuf;
use std::time::Duration;

pub use cached::FileStatus;
pub use error::{Attempt, Fault, FetchError};
pub use mirror::Mirror;

use crate::catalog::File;
use incoming::Incoming;

/// Follows a download.
pub trait Download: Send + Sync {
    /// A file begins: its name and size in bytes if known.
    fn begin(&self, file: &str, bytes: Option<u64>);
    /// `done` bytes of the current file have arrived.
    fn progress(&self, done: u64);
    /// Something worth a line, such as a retry.
    fn message(&self, text: &str);
    /// The current file is in the cache, or could not be fetched.
    fn end(&self);
}

/// Follows nothing: for tests and benches.
pub struct Silent;

impl Download for Silent {
    fn begin(&self, _: &str, _: Option<u64>) {}
    fn progress(&self, _: u64) {}
    fn message(&self, _: &str) {}
    fn end(&self) {}
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

/// How long a download waits and how often it tries again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Patience {
    /// Tries per URL, the first included.
    pub attempts: u32,
    /// Pause before the second try; doubled before each further one.
    pub pause: Duration,
    /// For a connection to be made.
    pub connect: Duration,
    /// Without a single byte.
    pub stall: Duration,
    /// For a whole try, however steadily bytes trickle in.
    pub whole: Duration,
}

impl Default for Patience {
    fn default() -> Self {
        Self {
            attempts: 5,
            pause: Duration::from_secs(1),
            connect: Duration::from_secs(15),
            stall: Duration::from_secs(30),
            whole: Duration::from_secs(3_600),
        }
    }
}

impl Cache {
    /// The path of the verified file in the cache. A missing file is fetched first, and a file that is not what the
    /// catalog states is fetched again.
    pub fn ensure(&self, file: &File) -> Result<PathBuf, FetchError> {
        self.ensure_with(file, &Patience::default())
    }

    /// [`Self::ensure`] with other waiting times.
    pub fn ensure_with(&self, file: &File, patience: &Patience) -> Result<PathBuf, FetchError> {
        if let Some(path) = self.have(file)? {
            return Ok(path);
        }
        self.check_reachable(file)?;
        let incoming = Incoming::open(&self.dir, file, self.watch.as_ref())?;
        // Another process may have put it there while this one waited.
        if let Some(path) = self.have(file)? {
            return Ok(path);
        }
        if let Err(FetchError::Corrupt { fault, .. }) = self.verify(file) {
            let text = format!("{} in the cache is damaged ({fault}): fetching it anew", file.name);
            self.watch.message(&text);
        }
        self.watch.begin(&file.name, file.bytes());
        let received = self.receive(file, &incoming, patience);
        self.watch.end();
        received?;
        cached::place(&incoming.part, &self.path(file), file)?;
        Ok(self.path(file))
    }

    /// Whether there is any place to have the file from.
    fn check_reachable(&self, file: &File) -> Result<(), FetchError> {
        let folder = matches!(self.mirror, Some(Mirror::Folder(_)));
        let homeless = self.mirror.is_none() && file.homes.is_empty();
        if (!self.offline || folder) && !homeless {
            return Ok(());
        }
        // A damaged file says more than a missing one.
        let (name, cache) = (file.path.clone(), self.path(file));
        match self.verify(file) {
            Err(FetchError::Missing { .. }) | Ok(()) if homeless => {
                Err(FetchError::NoHome { file: name, cache })
            }
            Err(FetchError::Missing { .. }) | Ok(()) => {
                Err(FetchError::Offline { file: name, cache })
            }
            Err(damaged) => Err(damaged),
        }
    }

    /// Brings a verified copy to `incoming.part`.
    fn receive(&self, f: &File, incoming: &Incoming, p: &Patience) -> Result<(), FetchError> {
        match &self.mirror {
            Some(Mirror::Folder(folder)) => mirror::copy(folder, f, incoming),
            Some(Mirror::Url(base)) => {
                let url = format!("{base}/{}", f.path);
                http::fetch_any(&[url], f, incoming, p, self.watch.as_ref())
            }
            None => http::fetch_any(&f.homes, f, incoming, p, self.watch.as_ref()),
        }
    }
}
