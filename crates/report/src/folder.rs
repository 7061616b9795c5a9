//! The report's folder: files appear whole or not at all, and files of an earlier report that this
//! one no longer has are removed. What isn't ours is left alone.

use std::collections::BTreeSet;
use std::path::{Component, Path, PathBuf};
use std::{fs, io};

use rayon::prelude::*;

use crate::ReportError;

/// The list of the files that the last report made, one a line.
const LIST: &str = ".oddbench-report";

/// A file of the report: its path below the folder, with `/`, and its bytes.
pub struct File {
    /// Relative path.
    pub path: String,
    /// Content.
    pub bytes: Vec<u8>,
}

impl File {
    /// A text file.
    pub fn text(path: impl Into<String>, content: String) -> Self {
        Self { path: path.into(), bytes: content.into_bytes() }
    }
}

/// Writes the files into `out`, removes those of the last report that are not among them, and
/// returns the paths in the given order.
pub fn write(out: &Path, files: &[File]) -> Result<Vec<PathBuf>, ReportError> {
    let stale = stale(out, files);
    for dir in
        files.iter().filter_map(|file| Path::new(&file.path).parent()).collect::<BTreeSet<_>>()
    {
        let dir = out.join(dir);
        fs::create_dir_all(&dir).map_err(|source| ReportError::Write { path: dir, source })?;
    }
    files.par_iter().try_for_each(|file| replace(&out.join(&file.path), &file.bytes))?;
    let list: String = files.iter().map(|file| format!("{}\n", file.path)).collect();
    replace(&out.join(LIST), list.as_bytes())?;
    for path in stale {
        match fs::remove_file(&path) {
            Err(source) if source.kind() != io::ErrorKind::NotFound => {
                return Err(ReportError::Write { path, source });
            }
            _ => {}
        }
    }
    Ok(files.iter().map(|file| out.join(&file.path)).collect())
}

/// Adds a file that is there to the list of those that the last report made, so that the next one removes it.
pub fn own(out: &Path, file: &str) -> Result<(), ReportError> {
    let path = out.join(LIST);
    let failed = |source| ReportError::Write { path: path.clone(), source };
    let mut list = fs::read_to_string(&path).map_err(failed)?;
    list.push_str(&format!("{file}\n"));
    replace(&path, list.as_bytes())
}

/// Files that the last report listed and this one lacks.
fn stale(out: &Path, files: &[File]) -> Vec<PathBuf> {
    let Ok(list) = fs::read_to_string(out.join(LIST)) else { return Vec::new() };
    let kept: BTreeSet<&str> = files.iter().map(|file| file.path.as_str()).collect();
    // A list that was cut off may name a folder.
    list.lines()
        .filter(|line| !kept.contains(line) && is_inside(line))
        .map(|l| out.join(l))
        .filter(|path| !path.is_dir())
        .collect()
}

/// A list that somebody edited must not lead out of the folder.
fn is_inside(path: &str) -> bool {
    !path.is_empty()
        && Path::new(path).components().all(|part| matches!(part, Component::Normal(_)))
}

fn replace(path: &Path, bytes: &[u8]) -> Result<(), ReportError> {
    let failed = |source| ReportError::Write { path: path.to_owned(), source };
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let temporary = path.with_file_name(format!(".tmp-{name}"));
    fs::write(&temporary, bytes).and_then(|()| fs::rename(&temporary, path)).map_err(|source| {
        let _ = fs::remove_file(&temporary);
        failed(source)
    })
}
