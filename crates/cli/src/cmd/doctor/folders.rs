//! The folders that oddbench writes: whether it can, how large they are, and how much room the disk has.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use super::Finding;

/// Less room than this fills up during one study.
const LITTLE_ROOM: u64 = 1_000_000_000;

/// The cache of downloaded files.
pub(super) fn cache(dir: &Path) -> Vec<Finding> {
    let subject = "cache";
    let remedy = "choose another folder with --data-dir DIR, or set ODDBENCH_DATA_DIR";
    vec![match (writable(dir), dir.is_dir()) {
        (Err(why), _) => Finding::problem(subject, format!("{}: {why}", dir.display()), remedy),
        (Ok(()), true) => {
            let (files, bytes) = size(dir);
            let found = format!("{}: {files} files, {}", dir.display(), megabytes(bytes));
            Finding::ok(subject, found)
        }
        (Ok(()), false) => {
            Finding::ok(subject, format!("{}: not there yet, and can be made", dir.display()))
        }
    }]
}

/// The folder of results, and the room on its disk.
pub(super) fn results(dir: &Path) -> Vec<Finding> {
    let shown = dir.display();
    let writable = match writable(dir) {
        Ok(()) => Finding::ok("results", format!("{shown}: oddbench can write there")),
        Err(why) => {
            let remedy = "choose another folder with --results DIR, or change its permissions";
            Finding::problem("results", format!("{shown}: {why}"), remedy)
        }
    };
    let there = existing(dir);
    let room = match free_bytes(&there) {
        None => Finding::note(
            "disk",
            format!("how much room {} has is unknown: `df` gave no answer", there.display()),
            "look yourself: a study takes some hundred megabytes",
        ),
        Some(bytes) if bytes < LITTLE_ROOM => Finding::problem(
            "disk",
            format!("{} has {} free", there.display(), megabytes(bytes)),
            "delete what you do not need, or choose a folder on another disk with --results DIR",
        ),
        Some(bytes) => {
            Finding::ok("disk", format!("{} has {} free", there.display(), megabytes(bytes)))
        }
    };
    vec![writable, room]
}

/// Whether a file can be made in the folder, or in the nearest one above it that is there.
fn writable(dir: &Path) -> Result<(), String> {
    let there = existing(dir);
    if !there.is_dir() {
        return Err(format!("{} is a file, not a folder", there.display()));
    }
    // The file is gone again when it is dropped.
    tempfile::NamedTempFile::new_in(&there)
        .map(drop)
        .map_err(|error| format!("nothing can be written into {}: {error}", there.display()))
}

/// The folder itself, or the nearest one above it that is there.
fn existing(dir: &Path) -> PathBuf {
    let full = std::path::absolute(dir).unwrap_or_else(|_| dir.to_owned());
    let there = full.ancestors().find(|folder| folder.exists());
    there.map_or(full.clone(), Path::to_path_buf)
}

/// How many files are below a folder, and their bytes. What cannot be read is not counted.
fn size(dir: &Path) -> (u64, u64) {
    let (mut files, mut bytes) = (0, 0);
    for entry in fs::read_dir(dir).into_iter().flatten().flatten() {
        let Ok(metadata) = entry.metadata() else { continue };
        if metadata.is_dir() {
            let (more, larger) = size(&entry.path());
            (files, bytes) = (files + more, bytes + larger);
        } else {
            (files, bytes) = (files + 1, bytes + metadata.len());
        }
    }
    (files, bytes)
}

/// The bytes that a user can still write. The standard library does not tell; `df -P` has one form everywhere (POSIX).
fn free_bytes(folder: &Path) -> Option<u64> {
    let output = Command::new("df").arg("-Pk").arg(folder).output().ok()?;
    free_in(&String::from_utf8_lossy(&output.stdout)).filter(|_| output.status.success())
}

/// The fourth value of the second line: blocks of 1,024 bytes that are available. The name of a device may hold
/// blanks, so that values are counted from the one that ends with %.
fn free_in(df: &str) -> Option<u64> {
    let values: Vec<&str> = df.lines().nth(1)?.split_whitespace().collect();
    let used = values.iter().position(|value| value.ends_with('%'))?;
    let blocks: u64 = values.get(used.checked_sub(1)?)?.parse().ok()?;
    blocks.checked_mul(1024)
}

/// `12 MB`, `3.4 GB`.
fn megabytes(bytes: u64) -> String {
    match bytes {
        0..1_000_000_000 => format!("{} MB", bytes / 1_000_000),
        _ => format!("{:.1} GB", bytes as f64 / 1e9),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_room_is_read_from_the_answer_of_df() {
        let answer = "Filesystem 1024-blocks Used Available Capacity Mounted on\n\
                      /dev/my disk 100 60 40 60% /home\n";
        assert_eq!(free_in(answer), Some(40 * 1024));
        assert_eq!(free_in("nothing"), None);
    }

    #[test]
    fn a_folder_that_is_not_there_is_judged_by_the_one_above() {
        let folder = tempfile::tempdir().unwrap();
        assert_eq!(writable(&folder.path().join("a/b")), Ok(()));
        let file = folder.path().join("file");
        fs::write(&file, "x").unwrap();
        let why = writable(&file.join("results")).unwrap_err();
        assert!(why.contains("is a file, not a folder"), "{why}");
        assert_eq!(size(folder.path()), (1, 1));
    }
}
