//! A data set that a user's file describes: `[dataset] kind = "my-set.toml"`.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::{LazyLock, Mutex, PoisonError};

use super::described;
use super::keys::KeyFault;
use super::kind::DatasetKind;
use crate::catalog::{self, Entry};

/// Kinds that were read, by path. A kind lives as long as the program, so each state of a file is kept once.
static READ: LazyLock<Mutex<HashMap<PathBuf, &'static DatasetKind>>> =
    LazyLock::new(Mutex::default);

/// Whether the name of a kind is the path of a file.
pub(super) fn is_path(name: &str) -> bool {
    Path::new(name).extension().is_some_and(|ending| ending.eq_ignore_ascii_case("toml"))
}

/// The kind that the file describes; a fault at the key `kind` if it cannot be read.
pub fn from_file(path: &Path) -> Result<&'static DatasetKind, KeyFault> {
    let entry = catalog::from_path(path).map_err(|error| {
        let message = format!("{}: {error}", path.display());
        KeyFault::value("kind", message, "docs/FORMAT.md describes the file of a data set")
    })?;
    let mut read = READ.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(kind) = read.get(path).filter(|kind| kind.entry == Some(&entry)) {
        return Ok(kind);
    }
    let entry: &'static Entry = Box::leak(Box::new(entry));
    let kind: &'static DatasetKind = Box::leak(Box::new(described::kind(entry)));
    read.insert(path.to_owned(), kind);
    Ok(kind)
}
