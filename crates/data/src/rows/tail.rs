//! Follows a file that others append to. The file may be truncated, and another one may take its name.

use std::fs::{File, Metadata};
use std::io::{self, Read, Seek, SeekFrom};
use std::path::Path;
use std::thread;
use std::time::{Duration, Instant};

/// Bytes taken at a time.
const CHUNK: usize = 1 << 16;

/// How often a file is looked at.
const POLL: Duration = Duration::from_millis(10);

/// What a look found.
#[derive(Debug)]
pub enum Arrival {
    /// Bytes, and when they were read.
    Bytes(Vec<u8>, Instant),
    /// The file begins anew: it was truncated, or another took its name.
    Restart,
    /// Nothing within the wait.
    Nothing,
    /// There will be no more. A file never says so.
    End,
}

/// A file that grows, is truncated, or is replaced by another of its name.
pub struct Tail {
    open: Box<dyn FnMut() -> io::Result<File> + Send>,
    file: File,
    offset: u64,
}

impl Tail {
    /// The file of that path, from the first byte on.
    pub fn open(path: &Path) -> io::Result<Self> {
        let path = path.to_owned();
        Self::through(move || File::open(&path))
    }

    /// The same of a file that `open` opens. It is called again and again: another file may have taken the name.
    pub fn through(
        mut open: impl FnMut() -> io::Result<File> + Send + 'static,
    ) -> io::Result<Self> {
        let file = open()?;
        Ok(Self { open: Box::new(open), file, offset: 0 })
    }

    /// Looks for bytes that have come since the last call; waits for 10 ms if there are none.
    pub fn look(&mut self) -> io::Result<Arrival> {
        let mut chunk = vec![0; CHUNK];
        let length = self.file.read(&mut chunk)?;
        if length > 0 {
            chunk.truncate(length);
            self.offset += length as u64;
            return Ok(Arrival::Bytes(chunk, Instant::now()));
        }
        if self.file.metadata()?.len() < self.offset {
            self.file.seek(SeekFrom::Start(0))?;
            self.offset = 0;
            return Ok(Arrival::Restart);
        }
        // A file that was renamed has been read to its end; while no file has the name, wait.
        if let Ok(file) = (self.open)()
            && !same_file(&file.metadata()?, &self.file.metadata()?)
        {
            self.file = file;
            self.offset = 0;
            return Ok(Arrival::Restart);
        }
        thread::sleep(POLL);
        Ok(Arrival::Nothing)
    }
}

#[cfg(unix)]
fn same_file(one: &Metadata, other: &Metadata) -> bool {
    use std::os::unix::fs::MetadataExt;
    (one.dev(), one.ino()) == (other.dev(), other.ino())
}

/// Elsewhere a rotation is seen when the new file is shorter.
#[cfg(not(unix))]
fn same_file(one: &Metadata, other: &Metadata) -> bool {
    one.created().ok() == other.created().ok()
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::io::Write;

    use super::*;

    /// The next arrival that is not a wait.
    fn next(tail: &mut Tail) -> Option<Vec<u8>> {
        loop {
            match tail.look().unwrap() {
                Arrival::Bytes(bytes, _) => return Some(bytes),
                Arrival::Restart => return None,
                Arrival::Nothing | Arrival::End => {}
            }
        }
    }

    #[test]
    fn what_is_appended_truncated_and_renamed_is_seen() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("log");
        fs::write(&path, "one\n").unwrap();
        let mut tail = Tail::open(&path).unwrap();
        assert_eq!(next(&mut tail).unwrap(), b"one\n");
        fs::OpenOptions::new().append(true).open(&path).unwrap().write_all(b"two\n").unwrap();
        assert_eq!(next(&mut tail).unwrap(), b"two\n");
        fs::write(&path, "3\n").unwrap();
        assert!(next(&mut tail).is_none(), "a shorter file begins anew");
        assert_eq!(next(&mut tail).unwrap(), b"3\n");
        fs::rename(&path, folder.path().join("log.1")).unwrap();
        fs::write(&path, "another, longer one\n").unwrap();
        assert!(next(&mut tail).is_none(), "another file has the name");
        assert_eq!(next(&mut tail).unwrap(), b"another, longer one\n");
    }
}
