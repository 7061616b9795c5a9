//! Folders of commands whose oddbench was killed. A later run removes them, because they may hold gigabytes of rows.

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::Path;
use std::time::Duration;

/// What the names of the folders begin with.
pub(super) const PREFIX: &str = "oddbench-external-";

/// The file that oddbench holds locked while it needs the folder. A folder without it is kept for a reader.
pub(super) const LOCK: &str = ".oddbench-lock";

/// What a reader of the file should know.
const TOLD: &[u8] = b"oddbench holds this file locked while it needs the folder.\n";

/// A folder may be unlocked for a moment after it was made.
const YOUNG: Duration = Duration::from_secs(60);

/// Holds a folder until the returned file is dropped. Returns `None` if the file system has no locks. Later runs then leave
/// the folder alone.
pub(super) fn hold(dir: &Path) -> io::Result<Option<File>> {
    let path = dir.join(LOCK);
    let mut file = File::create_new(&path)?;
    file.write_all(TOLD)?;
    if file.lock().is_ok() {
        return Ok(Some(file));
    }
    fs::remove_file(path)?;
    Ok(None)
}

/// Removes the folders in `parent` that nobody holds. A folder that cannot be removed stays: it is another user's.
pub(super) fn remove_from(parent: &Path) {
    let Ok(entries) = fs::read_dir(parent) else { return };
    for entry in entries.flatten() {
        if entry.file_name().to_string_lossy().starts_with(PREFIX) && is_left(&entry.path()) {
            let _ = fs::remove_dir_all(entry.path());
        }
    }
}

fn is_left(dir: &Path) -> bool {
    let Ok(lock) = File::open(dir.join(LOCK)) else { return false };
    let made = lock.metadata().and_then(|of| of.modified());
    let is_old = made.is_ok_and(|made| made.elapsed().is_ok_and(|age| age > YOUNG));
    is_old && lock.try_lock().is_ok()
}

#[cfg(test)]
mod tests {
    use std::time::SystemTime;

    use super::*;

    #[test]
    fn only_folders_that_nobody_holds_or_keeps_are_removed() {
        let temporary = tempfile::tempdir().unwrap();
        let make = |name: &str| {
            let dir = temporary.path().join(name);
            fs::create_dir(&dir).unwrap();
            fs::write(dir.join("train.parquet"), "rows").unwrap();
            dir
        };
        let old = SystemTime::now() - 2 * YOUNG;
        let held = |name: &str| {
            let lock = hold(&make(name)).unwrap().unwrap();
            lock.set_modified(old).unwrap();
            lock
        };
        let lives = held("oddbench-external-lives");
        drop(held("oddbench-external-left"));
        drop(hold(&make("oddbench-external-young")).unwrap());
        drop(held("other"));
        make("oddbench-external-kept");
        remove_from(temporary.path());
        let mut stay: Vec<String> = fs::read_dir(temporary.path())
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        stay.sort();
        let [lives_on, kept, young] = ["lives", "kept", "young"].map(|it| format!("{PREFIX}{it}"));
        assert_eq!(stay, [kept, lives_on.clone(), young, "other".to_owned()]);
        drop(lives);
        remove_from(temporary.path());
        assert!(!temporary.path().join(lives_on).exists());
    }
}
