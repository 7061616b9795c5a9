//! The bytes of a source on their way to the reader of its format.

use std::fs::File;
use std::io::{self, BufReader, Read, Seek as _};
use std::path::{Path, PathBuf};

use super::RowError;
use super::content::{self, Content};
use super::encoding::{self, Encoding};
use super::error::unreadable;

/// A source whose format is known.
pub(super) struct Input {
    /// The bytes after decompression, from the first on.
    content: Content,
    /// The file that they are from; `None` for a stream.
    file: Option<PathBuf>,
    /// Whether these are the file's own bytes: it is not compressed.
    plain: bool,
    /// The encoding of the text, if it is stated.
    encoding: Option<Encoding>,
}

impl Input {
    pub(super) fn new(content: Content, file: Option<PathBuf>, plain: bool) -> Self {
        Self { content, file, plain, encoding: None }
    }

    /// The same source of a text in that encoding.
    pub(super) fn in_encoding(self, encoding: Option<Encoding>) -> Self {
        Self { encoding, ..self }
    }

    /// The bytes as a stream.
    pub(super) fn into_content(self) -> Content {
        self.content
    }

    /// The file, if its bytes need no decompression.
    pub(super) fn plain_file(&self) -> Option<&Path> {
        self.file.as_deref().filter(|_| self.plain)
    }

    /// All bytes.
    pub(super) fn into_bytes(mut self, name: &str) -> Result<Vec<u8>, RowError> {
        let mut bytes = Vec::new();
        self.content.read_to_end(&mut bytes).map_err(|error| unreadable(name, &error))?;
        Ok(bytes)
    }

    /// The bytes twice. A file is opened again; a stream gives its bytes once, and is kept in a temporary file.
    pub(super) fn twice(mut self, name: &str, limit: u64) -> Result<(Content, Content), RowError> {
        let failed = |error: io::Error| unreadable(name, &error);
        if let Some(path) = &self.file {
            let file = BufReader::with_capacity(1 << 16, File::open(path).map_err(failed)?);
            let (again, _) = content::open(Box::new(file), limit).map_err(failed)?;
            let (again, _) = encoding::decode(again, self.encoding).map_err(failed)?;
            return Ok((self.content, again));
        }
        let unkept = |error: io::Error| {
            let what = format!("the stream cannot be kept in a temporary file: {error}");
            let remedy = "is the disk full? give a file in place of a stream";
            RowError::new(name, what, remedy)
        };
        let mut kept = tempfile::NamedTempFile::new().map_err(unkept)?;
        let mut buffer = vec![0; 1 << 16];
        loop {
            let length = self.content.read(&mut buffer).map_err(failed)?;
            if length == 0 {
                break;
            }
            io::Write::write_all(&mut kept, &buffer[..length]).map_err(unkept)?;
        }
        let first = kept.reopen().map_err(unkept)?;
        kept.rewind().map_err(unkept)?;
        Ok((Box::new(first), Box::new(kept)))
    }
}
