//! Whether a file is the one that the catalog describes.
//!
//! An archive whose own digest matches is right. Otherwise its content decides, because mirrors
//! recompress or serve the plain text. No more is decompressed than the catalog states, and nothing
//! is kept in memory, so a decompression bomb costs no more than the right file.

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
    let archive = file.archive.as_ref().filter(|archive| archive.bytes == Some(bytes));
    let mut differs = None;
    if let Some(archive) = archive {
        let found = Hashed::of(&mut reader, bytes).whole()?.sha256;
        if found == archive.sha256 {
            return Ok(Ok(()));
        }
        differs = Some(Fault::Digest { expected: archive.sha256.clone(), found });
        reader.rewind()?;
    }
    let mut head = Vec::with_capacity(512);
    reader.by_ref().take(512).read_to_end(&mut head)?;
    reader.rewind()?;
    let content = file.content.as_ref().and_then(|content| Some((content, content.bytes?)));
    if let (true, Some((content, bytes))) = (head.starts_with(&GZIP_MAGIC), content) {
        return self::archive(reader, content, bytes);
    }
    if let Some(title) = web_page(&head) {
        return Ok(Err(Fault::Html(title)));
    }
    match content {
        Some((content, expected)) if bytes == expected => {
            Ok(Hashed::of(&mut reader, bytes).whole()?.compare(content, bytes))
        }
        // Neither archive nor text: the archive's size is what a listing shows.
        _ => Ok(Err(differs
            .unwrap_or(Fault::Size { expected: file.bytes().unwrap_or_default(), found: bytes }))),
    }
}

/// SHA-256 of a file and, if it is a gzip archive, of what it holds.
pub(crate) fn digests(path: &Path) -> io::Result<Vec<String>> {
    let mut reader = fs::File::open(path)?;
    let mut head = Vec::with_capacity(GZIP_MAGIC.len());
    reader.by_ref().take(GZIP_MAGIC.len() as u64).read_to_end(&mut head)?;
    reader.rewind()?;
    let mut found = vec![Hashed::of(&mut reader, u64::MAX).whole()?.sha256];
    if head.starts_with(&GZIP_MAGIC) {
        reader.rewind()?;
        let decoder = MultiGzDecoder::new(BufReader::new(reader));
        found.push(Hashed::of(decoder, u64::MAX).whole()?.sha256);
    }
    Ok(found)
}

/// Checks what an archive holds.
fn archive(reader: fs::File, content: &Content, expected: u64) -> io::Result<Result<(), Fault>> {
    // One byte more than expected is enough to know that there is too much.
    let decoder = MultiGzDecoder::new(BufReader::new(reader));
    let hashed = Hashed::of(decoder, expected + 1);
    let found = hashed.bytes;
    match hashed.stopped.as_ref().map(io::Error::kind) {
        None => Ok(hashed.compare(content, expected)),
        Some(io::ErrorKind::UnexpectedEof) => Ok(Err(Fault::Truncated { found, expected })),
        Some(io::ErrorKind::InvalidData | io::ErrorKind::InvalidInput) => {
            Ok(Err(Fault::Damaged(found)))
        }
        Some(_) => hashed.whole().map(|_| Ok(())),
    }
}

/// Size and digest of a stream, read up to a limit or an error.
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

    fn compare(self, content: &Content, expected: u64) -> Result<(), Fault> {
        if self.bytes > expected {
            return Err(Fault::TooLarge(expected));
        }
        if self.bytes < expected {
            return Err(Fault::Size { expected, found: self.bytes });
        }
        if self.sha256 != content.sha256 {
            let expected = content.sha256.clone();
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
