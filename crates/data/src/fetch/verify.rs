//! Whether a file is the one that the catalog describes.
//!
//! An archive whose own digest matches is right. Otherwise what it holds decides, because mirrors
//! recompress or serve the plain text. No more is decompressed than the catalog states, and nothing
//! is kept in memory, so that a decompression bomb costs no more than the right file.

use std::fs;
use std::io::{self, BufReader, Read, Seek};
use std::path::Path;

use flate2::read::MultiGzDecoder;
use sha2::{Digest as _, Sha256};

use super::error::Fault;
use crate::catalog::{Content, File};
use crate::digest::hex;
use crate::rows::GZIP_MAGIC;

/// Reads the whole file; the outer error is the disk's, the inner one says that the file is wrong.
pub(super) fn check(path: &Path, file: &File) -> io::Result<Result<(), Fault>> {
    let mut reader = fs::File::open(path)?;
    let bytes = reader.metadata()?.len();
    if bytes == 0 {
        return Ok(Err(Fault::Empty));
    }
    if bytes == file.archive.bytes {
        if Hashed::of(&mut reader, bytes).whole()?.sha256 == file.archive.sha256 {
            return Ok(Ok(()));
        }
        reader.rewind()?;
    }
    let mut head = Vec::with_capacity(512);
    reader.by_ref().take(512).read_to_end(&mut head)?;
    reader.rewind()?;
    if head.starts_with(&GZIP_MAGIC) {
        return archive(reader, &file.content);
    }
    if let Some(title) = web_page(&head) {
        return Ok(Err(Fault::Html(title)));
    }
    if bytes != file.content.bytes {
        // Neither archive nor text: the archive's size is what a listing shows.
        return Ok(Err(Fault::Size { expected: file.archive.bytes, found: bytes }));
    }
    Ok(Hashed::of(&mut reader, bytes).whole()?.compare(&file.content))
}

/// Checks what an archive holds.
fn archive(reader: fs::File, expected: &Content) -> io::Result<Result<(), Fault>> {
    // One byte more than expected is enough to know that there is too much.
    let decoder = MultiGzDecoder::new(BufReader::new(reader));
    let hashed = Hashed::of(decoder, expected.bytes + 1);
    let (found, expected_bytes) = (hashed.bytes, expected.bytes);
    match hashed.stopped.as_ref().map(io::Error::kind) {
        None => Ok(hashed.compare(expected)),
        Some(io::ErrorKind::UnexpectedEof) => {
            Ok(Err(Fault::Truncated { found, expected: expected_bytes }))
        }
        Some(io::ErrorKind::InvalidData | io::ErrorKind::InvalidInput) => {
            Ok(Err(Fault::Damaged(found)))
        }
        Some(_) => hashed.whole().map(|_| Ok(())),
    }
}

/// What was read of a stream, up to a limit or an error.
struct Hashed {
    bytes: u64,
    sha256: String,
    stopped: Option<io::Error>,
}

impl Hashed {
    fn of(stream: impl Read, limit: u64) -> Self {
        let mut stream = stream.take(limit);
        let (mut hasher, mut bytes) = (Sha256::new(), 0);
        let mut block = vec![0; 1 << 16];
        let stopped = loop {
            match stream.read(&mut block) {
                Ok(0) => break None,
                Ok(n) => {
                    hasher.update(&block[..n]);
                    bytes += n as u64;
                }
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => break Some(error),
            }
        };
        Self { bytes, sha256: hex(&hasher.finalize()), stopped }
    }

    fn whole(self) -> io::Result<Self> {
        match self.stopped {
            Some(error) => Err(error),
            None => Ok(self),
        }
    }

    fn compare(self, expected: &Content) -> Result<(), Fault> {
        if self.bytes > expected.bytes {
            return Err(Fault::TooLarge(expected.bytes));
        }
        if self.bytes < expected.bytes {
            return Err(Fault::Size { expected: expected.bytes, found: self.bytes });
        }
        if self.sha256 != expected.sha256 {
            let expected = expected.sha256.clone();
            return Err(Fault::Digest { expected, found: self.sha256 });
        }
        Ok(())
    }
}

/// If the text begins as a web page does: its title, where it has one near the beginning.
pub(super) fn web_page(head: &[u8]) -> Option<Option<String>> {
    let text = String::from_utf8_lossy(head);
    let text = text.trim_start_matches(['\u{feff}', ' ', '\t', '\r', '\n']);
    let lower = text.to_ascii_lowercase();
    let starts = ["<!doctype", "<html", "<head", "<body", "<?xml", "<!--"];
    if !starts.iter().any(|start| lower.starts_with(start)) {
        return None;
    }
    let title = lower.find("<title>").map(|at| at + "<title>".len()).and_then(|from| {
        let to = from + lower[from..].find("</title>")?;
        Some(text[from..to].trim().to_owned())
    });
    Some(title.filter(|title| !title.is_empty()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn web_pages_are_told_from_data() {
        assert_eq!(web_page(b"0,tcp,http,SF,181,5450"), None);
        assert_eq!(web_page(b"\n <!DOCTYPE html><p>hello"), Some(None));
        let page = b"<HTML><head><TITLE> Sign in </TITLE>";
        assert_eq!(web_page(page), Some(Some("Sign in".into())));
    }
}
