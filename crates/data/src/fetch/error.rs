//! What can go wrong on the way into the cache, each fault with its remedy. The exit code is always 3.

use std::fmt;
use std::path::{Path, PathBuf};

use thiserror::Error;

use crate::catalog;

/// Why a file is not the one that the catalog describes.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum Fault {
    /// No bytes at all.
    #[error("it is empty")]
    Empty,
    /// A web page, such as a login form or an error message.
    #[error("it is a web page{}, not a data file", title(.0))]
    Html(Option<String>),
    /// The gzip stream ends too early.
    #[error("the gzip archive is cut short: {found} of {expected} decompressed bytes")]
    Truncated {
        /// Bytes that could be decompressed.
        found: u64,
        /// Bytes that it should hold.
        expected: u64,
    },
    /// The gzip stream is damaged.
    #[error("the gzip archive is damaged after {0} decompressed bytes")]
    Damaged(u64),
    /// Another number of bytes than there should be.
    #[error("it has {found} bytes instead of {expected}")]
    Size {
        /// What the catalog states.
        expected: u64,
        /// What was found.
        found: u64,
    },
    /// More bytes than there should be; how many more was not looked at.
    #[error("it has more than {0} bytes")]
    TooLarge(u64),
    /// Right in size, and other content.
    #[error("its content has SHA-256 {found}, expected {expected}")]
    Digest {
        /// What the catalog states.
        expected: String,
        /// What was found.
        found: String,
    },
}

fn title(title: &Option<String>) -> String {
    title.as_ref().map(|title| format!(" ({title:?})")).unwrap_or_default()
}

/// A URL that was tried in vain.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attempt {
    /// The URL, without any password.
    pub url: String,
    /// Why it failed.
    pub cause: String,
}

impl fmt::Display for Attempt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "\n  {}: {}", self.url, self.cause)
    }
}

/// Why a file could not be fetched.
#[derive(Debug, Error)]
pub enum FetchError {
    /// The text that the user gave is no mirror.
    #[error(
        "the mirror {text:?} {reason}; give a folder, a file:// path, or an http:// or https:// URL"
    )]
    BadMirror {
        /// What was given.
        text: String,
        /// What is wrong with it.
        reason: &'static str,
    },
    /// It is not in the cache and must not be fetched.
    #[error(
        "{file} is not in the cache ({cache}) and --offline forbids to fetch it\nset ODDBENCH_MIRROR to a folder that holds {file}, or leave out --offline"
    )]
    Offline {
        /// Path below a mirror.
        file: String,
        /// Where it would be.
        cache: PathBuf,
    },
    /// There is nowhere to fetch it from.
    #[error(
        "{file} is not in the cache ({cache}), and the catalog knows no public home of it\nset ODDBENCH_MIRROR (--mirror) to a folder or URL that holds {file}; in a folder the plain text, without .gz, is as good"
    )]
    NoHome {
        /// Path below a mirror.
        file: String,
        /// Where it would be.
        cache: PathBuf,
    },
    /// The mirror is a folder that does not exist.
    #[error(
        "there is no folder {folder}, which --mirror (ODDBENCH_MIRROR) names\n{}",
        mend("name a folder that is there", *.has_home)
    )]
    NoMirrorFolder {
        /// The folder.
        folder: PathBuf,
        /// Whether the file could be fetched without a mirror.
        has_home: bool,
    },
    /// The mirror folder lacks it.
    #[error("the mirror folder {folder} does not hold {file}\n{}", mend("put the file there", *.has_home))]
    NotInMirror {
        /// The folder.
        folder: PathBuf,
        /// Path below the folder.
        file: String,
        /// Whether it could be fetched without a mirror.
        has_home: bool,
    },
    /// The mirror folder has another file under that name.
    #[error(
        "{path} is not the file that the catalog describes: {fault}\n{}",
        mend("replace it", *.has_home)
    )]
    WrongInMirror {
        /// The file in the mirror.
        path: PathBuf,
        /// What is wrong with it.
        fault: Fault,
        /// Whether it could be fetched without a mirror.
        has_home: bool,
    },
    /// It is not in the cache; nothing was fetched because only the cache was asked.
    #[error("{file} is not in the cache ({cache})\nrun `{}`", fetch_command(Path::new(.file)))]
    Missing {
        /// Path below a mirror.
        file: String,
        /// Where it would be.
        cache: PathBuf,
    },
    /// The file in the cache is damaged, and fetching it again was not possible or not allowed.
    #[error(
        "{path} is not the file that the catalog describes: {fault}\ndelete it and run `{}`",
        fetch_command(.path)
    )]
    Corrupt {
        /// The file in the cache.
        path: PathBuf,
        /// What is wrong with it.
        fault: Fault,
    },
    /// No URL gave the right file.
    #[error(
        "{file} could not be fetched; the cache is as it was{}\ncheck the network, or set ODDBENCH_MIRROR to a folder or URL that holds {file}",
        list(.attempts)
    )]
    Download {
        /// Path below a mirror.
        file: String,
        /// Every URL that was tried, in order.
        attempts: Vec<Attempt>,
    },
    /// The disk failed: permissions, space, a folder in the way.
    #[error(
        "{path}: {source}\ncheck the folder, or choose another one with --data-dir (ODDBENCH_DATA_DIR)"
    )]
    Io {
        /// The file or folder.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
}

fn mend(first: &str, has_home: bool) -> String {
    match has_home {
        true => {
            format!("{first}, or unset ODDBENCH_MIRROR (--mirror) to fetch it from its public home")
        }
        false => format!("{first}: the catalog knows no public home of it"),
    }
}

fn list(attempts: &[Attempt]) -> String {
    attempts.iter().map(ToString::to_string).collect()
}

impl FetchError {
    /// For `map_err`: an error of the disk at that path.
    pub(super) fn io(path: impl Into<PathBuf>) -> impl FnOnce(std::io::Error) -> Self {
        let path = path.into();
        |source| Self::Io { path, source }
    }
}

/// The command that fetches a file: the folder that holds it has the name of its data set.
fn fetch_command(path: &Path) -> String {
    let folder = path.parent().and_then(Path::file_name).and_then(|name| name.to_str());
    let set = folder.filter(|name| catalog::dataset(name).is_some());
    format!("oddbench data fetch {}", set.unwrap_or("NAME"))
}
