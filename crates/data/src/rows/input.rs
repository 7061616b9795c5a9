//! The bytes of a source on their way to the reader of its format.

use std::io::Read as _;
use std::path::{Path, PathBuf};

use super::RowError;
use super::content::Content;
use super::error::unreadable;

/// A source whose format is known.
pub(super) struct Input {
    /// The bytes after decompression, from the first on.
    content: Content,
    /// The file that they are from; `None` for a stream.
    file: Option<PathBuf>,
    /// Whether the bytes are those of the file: it is not compressed.
    plain: bool,
}

impl Input {
    pub(super) fn new(content: Content, file: Option<PathBuf>, plain: bool) -> Self {
        Self { content, file, plain }
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
}
