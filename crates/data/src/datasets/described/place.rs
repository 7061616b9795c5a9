//! Finds the user's copy of a file: where `path` says, or beside the user's file of the data set.

use std::path::{Path, PathBuf};

use super::parts::{Local, Part};
use crate::catalog::{Content, Entry};
use crate::datasets::keys::KeyFault;
use crate::fetch::verify;

/// Fills in `part.local` if the cache does not have the part. An error if it is nowhere.
pub(super) fn find(entry: &Entry, part: &mut Part, path: Option<&Path>) -> Result<(), KeyFault> {
    let single = entry.files.len() == 1 && part.file.members.len() <= 1;
    let found = match (path, &entry.folder) {
        (Some(path), _) => Some(beside(part, path, single)?),
        (None, Some(folder)) => {
            let path = folder.join(&part.file.path);
            let here = path.is_file() || !part.file.can_be_fetched();
            here.then(|| beside(part, &path, true)).transpose()?
        }
        (None, _) => None,
    };
    match found {
        Some((copy, archived)) => {
            let beside = path.is_none();
            part.local = Some(Local { beside, ..look_at(part, copy, archived)? });
        }
        None if part.file.can_be_fetched() => {}
        None => {
            let page =
                entry.page.as_ref().map(|page| format!(" (from {page})")).unwrap_or_default();
            let message = format!("{} has no home from which it could be fetched", part.name());
            let help =
                format!("get the files{page}, and add path = \"...\": the folder that holds them");
            return Err(KeyFault::value("path", message, &help));
        }
    }
    Ok(())
}

/// The file at that path or in that folder, and whether it is an archive that holds the member.
fn beside(part: &Part, path: &Path, single: bool) -> Result<(PathBuf, bool), KeyFault> {
    let is_zip =
        |path: &Path| path.extension().is_some_and(|ending| ending.eq_ignore_ascii_case("zip"));
    if path.is_file() {
        return match part.member {
            Some(_) if is_zip(path) => Ok((path.to_owned(), true)),
            _ if single
                || path
                    .file_name()
                    .is_some_and(|name| names(part).iter().any(|n| name == n.0.as_str())) =>
            {
                Ok((path.to_owned(), false))
            }
            _ => {
                let message =
                    format!("{}: it is one file, and the data set has several", path.display());
                let help = format!("give the folder that holds {}", part.name());
                Err(KeyFault::value("path", message, &help))
            }
        };
    }
    let names = names(part);
    let mut tried = names.iter().map(|(name, archived)| (path.join(name), *archived));
    tried.find(|(path, _)| path.is_file()).ok_or_else(|| {
        let (message, help) = match path.is_dir() {
            true => {
                let names: Vec<&str> = names.iter().map(|(name, _)| name.as_str()).collect();
                (
                    format!("{} does not hold {}", path.display(), part.name()),
                    format!("put there {}", names.join(" or ")),
                )
            }
            false => (
                format!("{}: there is no such file or folder", path.display()),
                "a relative path starts at the folder of the file that names it".to_owned(),
            ),
        };
        KeyFault::value("path", message, &help)
    })
}

/// The names that a copy may have in a folder, and whether each is an archive that holds the member.
fn names(part: &Part) -> Vec<(String, bool)> {
    let last = part.file.last();
    match part.member {
        Some(member) => vec![(member.file.clone(), false), (last.to_owned(), true)],
        None => {
            let mut names = vec![last.to_owned()];
            match last.strip_suffix(".gz") {
                Some(plain) => names.push(plain.to_owned()),
                None => names.push(format!("{last}.gz")),
            }
            names.into_iter().map(|name| (name, false)).collect()
        }
    }
}

/// Compares a copy with what is known about the published file.
fn look_at(part: &Part, path: PathBuf, archived: bool) -> Result<Local, KeyFault> {
    let digests = verify::digests(&path).map_err(|error| {
        let message = format!("{}: it cannot be read: {error}", path.display());
        KeyFault::value("path", message, "give the path of a file that you may read")
    })?;
    let known: Vec<&Content> = match part.member.filter(|_| !archived) {
        Some(member) => member.content.iter().collect(),
        None => [&part.file.archive, &part.file.content].into_iter().flatten().collect(),
    };
    let right = |content: &&Content| digests.contains(&content.sha256);
    let published = (!known.is_empty()).then(|| known.iter().any(right));
    let sha256 = digests.last().cloned().unwrap_or_default();
    Ok(Local { path, archived, beside: false, sha256, published })
}
