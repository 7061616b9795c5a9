//! Files that are either complete or absent: written under a temporary name, then renamed.
//!
//! The temporary name of a file is always the same. What a killed process left is overwritten by the
//! next one, so old files do not accumulate.

use std::fs::{self, File, TryLockError};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

/// Begins the names of unfinished files and folders.
pub const TEMPORARY: &str = ".tmp-";

/// The temporary name of a file or folder, beside it.
pub fn temporary_beside(path: &Path) -> PathBuf {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    path.with_file_name(format!("{TEMPORARY}{name}"))
}

/// Replaces a file at once: a reader sees the old content or the new, never half.
pub fn write(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut file = NewFile::create(path)?;
    file.write_all(bytes)?;
    file.keep()
}

/// A file under its temporary name. Unless it is kept, it is removed.
#[derive(Debug)]
pub struct NewFile {
    file: File,
    path: PathBuf,
    kept: bool,
}

impl NewFile {
    /// Begins to write the file of that path. An error if another process is writing it.
    pub fn create(path: &Path) -> io::Result<Self> {
        let file = File::options()
            .create(true)
            .truncate(false)
            .write(true)
            .open(temporary_beside(path))?;
        // A file system without locks is no reason not to write.
        if let Err(TryLockError::WouldBlock) = file.try_lock() {
            let text = "another process is writing this file";
            return Err(io::Error::new(io::ErrorKind::WouldBlock, text));
        }
        file.set_len(0)?;
        Ok(Self { file, path: path.to_owned(), kept: false })
    }

    /// Another handle on it, for a writer that takes one.
    pub fn handle(&self) -> io::Result<File> {
        self.file.try_clone()
    }

    /// Puts the file in its place once it is on the disk.
    pub fn keep(self) -> io::Result<()> {
        self.file.sync_all()?;
        self.keep_unsynced()
    }

    /// Puts the file in its place without waiting for the disk: it may be large.
    pub fn keep_unsynced(mut self) -> io::Result<()> {
        fs::rename(temporary_beside(&self.path), &self.path)?;
        self.kept = true;
        Ok(())
    }
}

impl Write for NewFile {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.file.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}

impl Drop for NewFile {
    fn drop(&mut self) {
        if !self.kept {
            // Whatever ended the writing is what matters.
            let _ = fs::remove_file(temporary_beside(&self.path));
        }
    }
}

/// Removes what unfinished writes left in a folder.
pub fn sweep(folder: &Path) -> io::Result<()> {
    sweep_if(folder, |_| true)
}

/// The same for those alone that are left over, by their names without the mark of what is unfinished.
pub fn sweep_if(folder: &Path, is_left_over: impl Fn(&str) -> bool) -> io::Result<()> {
    let entries = match fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        Err(error) => return Err(error),
    };
    for entry in entries {
        let entry = entry?;
        let name = entry.file_name();
        let name = name.to_string_lossy();
        if !name.strip_prefix(TEMPORARY).is_some_and(&is_left_over) {
            continue;
        }
        match entry.file_type()?.is_dir() {
            true => fs::remove_dir_all(entry.path())?,
            false => fs::remove_file(entry.path())?,
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(folder: &Path) -> Vec<String> {
        let entries = fs::read_dir(folder).unwrap();
        entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect()
    }

    #[test]
    fn a_file_appears_whole_and_what_is_not_kept_goes() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("table.csv");
        fs::write(temporary_beside(&path), "left by a killed process, and longer").unwrap();
        write(&path, b"a,b\n").unwrap();
        assert_eq!(fs::read_to_string(&path).unwrap(), "a,b\n");
        let mut file = NewFile::create(&path).unwrap();
        file.write_all(b"half").unwrap();
        assert_eq!(NewFile::create(&path).unwrap_err().kind(), io::ErrorKind::WouldBlock);
        drop(file);
        assert_eq!(fs::read_to_string(&path).unwrap(), "a,b\n");
        assert_eq!(names(folder.path()), ["table.csv"]);
    }

    #[test]
    fn a_sweep_takes_unfinished_files_and_folders() {
        let folder = tempfile::tempdir().unwrap();
        let path = |name: &str| folder.path().join(name);
        fs::create_dir_all(temporary_beside(&path("trial")).join("model")).unwrap();
        fs::write(temporary_beside(&path("a.csv")), "").unwrap();
        fs::write(path("b.csv"), "").unwrap();
        sweep(folder.path()).unwrap();
        assert_eq!(names(folder.path()), ["b.csv"]);
        sweep(&path("not there")).unwrap();
    }
}
