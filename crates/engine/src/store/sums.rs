//! `SHA256SUMS`: the digests of files beside it, as `sha256sum -c` reads them.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io;
use std::path::Path;

use oddbench_data::digest;

use super::json::{CHANGED, MISSING};
use super::{StoreError, io_error};

/// The file.
pub(crate) const SUMS: &str = "SHA256SUMS";

const DIGITS: usize = 64;

/// The file's text.
pub(crate) fn text<'a>(digests: impl IntoIterator<Item = (&'a str, &'a str)>) -> String {
    digests.into_iter().map(|(name, digest)| format!("{digest}  {name}\n")).collect()
}

/// The digests by name; `None` if there is no such file, as in folders from before it was written.
pub(crate) fn read(
    folder: &Path,
    remedy: &str,
) -> Result<Option<BTreeMap<String, String>>, StoreError> {
    let path = folder.join(SUMS);
    let damaged = || StoreError::Corrupt {
        path: path.clone(),
        message: CHANGED.to_owned(),
        remedy: remedy.to_owned(),
    };
    let bytes = match fs::read(&path) {
        Ok(bytes) => bytes,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(source) => return Err(StoreError::Io { path, source }),
    };
    let text = String::from_utf8(bytes).map_err(|_| damaged())?;
    parse(&text).ok_or_else(damaged).map(Some)
}

/// An error unless a file is there and has that digest.
pub(super) fn check(path: &Path, written: &str, remedy: &str) -> Result<(), StoreError> {
    let damaged = |message: &str| StoreError::Corrupt {
        path: path.to_owned(),
        message: message.to_owned(),
        remedy: remedy.to_owned(),
    };
    match File::open(path).and_then(digest::of_reader) {
        Ok(found) if found == written => Ok(()),
        Ok(_) => Err(damaged(CHANGED)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Err(damaged(MISSING)),
        Err(error) => Err(io_error(path, error)),
    }
}

/// `None` if a line is not as it is written, or if the last one has no end.
fn parse(text: &str) -> Option<BTreeMap<String, String>> {
    let mut lines = text.split('\n');
    if lines.next_back() != Some("") || text.is_empty() {
        return None;
    }
    lines
        .map(|line| {
            let (digest, name) = line.split_once("  ")?;
            let is_hex = |c: u8| matches!(c, b'0'..=b'9' | b'a'..=b'f');
            let whole = digest.len() == DIGITS && digest.bytes().all(is_hex) && !name.is_empty();
            whole.then(|| (name.to_owned(), digest.to_owned()))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read_and_half_a_file_is_not() {
        let folder = tempfile::tempdir().unwrap();
        assert!(read(folder.path(), "").unwrap().is_none());
        let digests = [("a b.csv", "a".repeat(DIGITS)), ("model/c.json", "0".repeat(DIGITS))];
        let text = text(digests.iter().map(|(name, digest)| (*name, digest.as_str())));
        let path = folder.path().join(SUMS);
        fs::write(&path, &text).unwrap();
        let found = read(folder.path(), "").unwrap().unwrap();
        assert!(digests.iter().all(|(name, digest)| found.get(*name) == Some(digest)));
        let line = text.find('\n').unwrap() + 1;
        for length in (0..text.len()).filter(|length| *length != line) {
            fs::write(&path, &text[..length]).unwrap();
            assert!(read(folder.path(), "").is_err(), "{length}");
        }
        for broken in [text.replace("  ", " "), text.replace('0', "O"), format!("{text}\n")] {
            fs::write(&path, broken).unwrap();
            assert!(read(folder.path(), "").is_err());
        }
        fs::write(&path, b"\xff\n").unwrap();
        assert!(read(folder.path(), "").is_err());
    }
}
