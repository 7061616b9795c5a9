//! What is appended to a file, or arrives on stdin.

use std::fs::{File, Metadata};
use std::io::{self, Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, RecvTimeoutError, sync_channel};
use std::time::{Duration, Instant};

/// Bytes taken at a time.
const CHUNK: usize = 1 << 16;

/// How often a file is looked at.
const POLL: Duration = Duration::from_millis(10);

/// What a look found.
pub enum Arrival {
    /// Bytes, and when they were read.
    Bytes(Vec<u8>, Instant),
    /// The file begins anew: it was truncated, or another took its name.
    Restart,
    /// Nothing within the wait.
    Nothing,
    /// There will be no more.
    End,
}

/// A place where bytes arrive.
pub enum Source {
    /// A file that grows.
    File(Tail),
    /// A pipe.
    Stdin(Receiver<io::Result<(Vec<u8>, Instant)>>),
}

impl Source {
    /// Reads stdin in a thread of its own, so that waiting for it can end.
    pub fn stdin() -> Self {
        let (sender, receiver) = sync_channel(4);
        std::thread::spawn(move || {
            let mut stdin = io::stdin().lock();
            loop {
                let mut chunk = vec![0; CHUNK];
                let arrived = match stdin.read(&mut chunk) {
                    Ok(0) => return,
                    Ok(length) => {
                        chunk.truncate(length);
                        Ok((chunk, Instant::now()))
                    }
                    Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                    Err(error) => Err(error),
                };
                let failed = arrived.is_err();
                if sender.send(arrived).is_err() || failed {
                    return;
                }
            }
        });
        Self::Stdin(receiver)
    }

    /// The next bytes, or nothing after a short wait.
    pub fn next(&mut self) -> io::Result<Arrival> {
        match self {
            Self::File(tail) => tail.next(),
            Self::Stdin(receiver) => match receiver.recv_timeout(POLL) {
                Ok(arrived) => arrived.map(|(bytes, at)| Arrival::Bytes(bytes, at)),
                Err(RecvTimeoutError::Timeout) => Ok(Arrival::Nothing),
                Err(RecvTimeoutError::Disconnected) => Ok(Arrival::End),
            },
        }
    }
}

/// A file that grows, is truncated, or is replaced by another of its name.
pub struct Tail {
    path: PathBuf,
    file: File,
    offset: u64,
}

impl Tail {
    /// From the first byte on.
    pub fn open(path: &Path) -> io::Result<Self> {
        Ok(Self { path: path.to_owned(), file: File::open(path)?, offset: 0 })
    }

    fn next(&mut self) -> io::Result<Arrival> {
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
        // What was renamed away has been read to its end; while no file has the name, wait.
        if let Ok(file) = File::open(&self.path)
            && !same_file(&file.metadata()?, &self.file.metadata()?)
        {
            self.file = file;
            self.offset = 0;
            return Ok(Arrival::Restart);
        }
        std::thread::sleep(POLL);
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
