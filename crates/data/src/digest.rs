//! SHA-256 digests as lower-case hexadecimal digits.

use std::fmt::Write as _;
use std::fs::File;
use std::io::{self, Error, Read, Write};
use std::path::Path;

use sha2::{Digest as _, Sha256};

/// SHA-256 over the parts, each followed by a line feed.
pub fn of_parts<'a>(parts: impl IntoIterator<Item = &'a str>) -> String {
    let mut hasher = Sha256::new();
    for part in parts {
        hasher.update(part);
        hasher.update("\n");
    }
    hex(&hasher.finalize())
}

/// SHA-256 of these bytes.
pub fn of_bytes(bytes: &[u8]) -> String {
    hex(&Sha256::digest(bytes))
}

/// SHA-256 of a file's content. A folder, a named pipe or a device is an error: to read one may never end.
pub fn of_file(path: &Path) -> std::io::Result<String> {
    must_be_file(path)?;
    of_reader(File::open(path)?)
}

/// An error if something other than a regular file is there.
pub fn must_be_file(path: &Path) -> std::io::Result<()> {
    let found = std::fs::metadata(path)?;
    match (found.is_file(), found.is_dir()) {
        (true, _) => Ok(()),
        (false, true) => Err(Error::other("it is a folder")),
        (false, false) => Err(Error::other("it is no regular file but a pipe or a device")),
    }
}

/// SHA-256 of everything that a reader gives.
pub fn of_reader(mut reader: impl Read) -> io::Result<String> {
    let mut hasher = Sha256::new();
    let mut buffer = vec![0; 1 << 16];
    loop {
        match reader.read(&mut buffer)? {
            0 => return Ok(hex(&hasher.finalize())),
            length => hasher.update(&buffer[..length]),
        }
    }
}

/// Passes bytes on, and knows the SHA-256 of all of them.
pub struct Digesting<W> {
    out: W,
    hasher: Sha256,
}

impl<W> Digesting<W> {
    /// Nothing has passed.
    pub fn new(out: W) -> Self {
        Self { out, hasher: Sha256::new() }
    }

    /// Where the bytes went, and their digest.
    pub fn finish(self) -> (W, String) {
        (self.out, hex(&self.hasher.finalize()))
    }
}

impl<W: Write> Write for Digesting<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let written = self.out.write(bytes)?;
        self.hasher.update(&bytes[..written]);
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.out.flush()
    }
}

/// Lower-case hexadecimal digits. The arrays that `sha2` returns have no `{:x}`.
pub fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::with_capacity(2 * bytes.len()), |mut text, byte| {
        // Writing to a String cannot fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}
