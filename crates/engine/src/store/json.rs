//! The JSON files of a results folder. Those that stand alone have the SHA-256 of their own text, so that
//! a changed byte is found when they are read.
//!
//! The line `  "sha256": "...",` follows the first brace. The digest covers the text without this
//! line. Older files have no such line and are read without a check.

use std::fs;
use std::io;
use std::path::Path;

use oddbench_core::record::FORMAT_VERSION;
use oddbench_data::digest::hex;
use oddbench_data::files;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::{StoreError, io_error};

/// The text before and after the digest, which follows the first brace.
const BEFORE: &[u8] = b"\n  \"sha256\": \"";
const AFTER: &[u8] = b"\",";

/// The message about a file whose bytes differ from those that were written.
pub(super) const CHANGED: &str = "its content is not what was written";

/// The message about a file that is not there although something names it.
pub(super) const MISSING: &str = "the file is missing";

/// Reads a file that states its format version. Another version is named before anything else is read,
/// because its fields may have other names.
pub(crate) fn read_versioned<T: DeserializeOwned>(
    path: &Path,
    remedy: &str,
) -> Result<Option<T>, StoreError> {
    #[derive(Deserialize)]
    struct Header {
        format_version: u32,
    }
    let Some(bytes) = read(path, remedy)? else { return Ok(None) };
    match serde_json::from_slice(&bytes) {
        Ok(Header { format_version }) if format_version != FORMAT_VERSION => {
            Err(StoreError::Corrupt {
                path: path.to_owned(),
                message: format!(
                    "its format version is {format_version}, this oddbench writes {FORMAT_VERSION}"
                ),
                remedy: remedy.to_owned(),
            })
        }
        _ => parse(&bytes, path, remedy).map(Some),
    }
}

/// Reads a file that states no version; `None` if there is none.
pub(crate) fn read_json<T: DeserializeOwned>(
    path: &Path,
    remedy: &str,
) -> Result<Option<T>, StoreError> {
    read(path, remedy)?.map(|bytes| parse(&bytes, path, remedy)).transpose()
}

/// Writes a file that something else has the digest of, or nothing.
pub(crate) fn write_json(path: &Path, value: &impl Serialize) -> Result<(), StoreError> {
    let bytes = pretty(value).map_err(|e| io_error(path, e))?;
    files::write(path, &bytes).map_err(|e| io_error(path, e))
}

/// Writes a file that carries its own digest.
pub(crate) fn write_sealed(path: &Path, value: &impl Serialize) -> Result<(), StoreError> {
    let bytes = pretty(value).map_err(|e| io_error(path, e))?;
    files::write(path, &sealed(&bytes)).map_err(|e| io_error(path, e))
}

/// The same on one line: thousands of numbers, one a line, would only make the file long.
pub(super) fn write_sealed_line(path: &Path, value: &impl Serialize) -> Result<(), StoreError> {
    let bytes = serde_json::to_vec(value).map_err(|e| io_error(path, e.into()))?;
    files::write(path, &sealed(&bytes)).map_err(|e| io_error(path, e))
}

fn pretty(value: &impl Serialize) -> io::Result<Vec<u8>> {
    let mut bytes = serde_json::to_vec_pretty(value)?;
    bytes.push(b'\n');
    Ok(bytes)
}

/// The text of an object with its digest in front.
fn sealed(text: &[u8]) -> Vec<u8> {
    let Some((brace, rest)) = text.split_first() else { return Vec::new() };
    let digest = hex(&Sha256::digest(text));
    [std::slice::from_ref(brace), BEFORE, digest.as_bytes(), AFTER, rest].concat()
}

/// The text without its digest; `None` if it is another text's.
fn unsealed(bytes: Vec<u8>) -> Option<Vec<u8>> {
    const DIGITS: usize = 64;
    let after_brace = bytes.get(1..).and_then(|rest| rest.strip_prefix(BEFORE));
    let Some(rest) = after_brace else { return Some(bytes) };
    let (digest, rest) = rest.split_at_checked(DIGITS)?;
    let rest = rest.strip_prefix(AFTER)?;
    let text = [&bytes[..1], rest].concat();
    (digest == hex(&Sha256::digest(&text)).as_bytes()).then_some(text)
}

/// The text of a file without its digest; `None` if there is no such file.
fn read(path: &Path, remedy: &str) -> Result<Option<Vec<u8>>, StoreError> {
    match fs::read(path) {
        Ok(bytes) => unsealed(bytes).map(Some).ok_or_else(|| StoreError::Corrupt {
            path: path.to_owned(),
            message: CHANGED.into(),
            remedy: remedy.to_owned(),
        }),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(io_error(path, error)),
    }
}

fn parse<T: DeserializeOwned>(bytes: &[u8], path: &Path, remedy: &str) -> Result<T, StoreError> {
    serde_json::from_slice(bytes).map_err(|error| StoreError::Corrupt {
        path: path.to_owned(),
        message: format!("this is not what oddbench writes ({error})"),
        remedy: remedy.to_owned(),
    })
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    #[test]
    fn every_changed_byte_is_found_and_the_rest_reads_as_json() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.json");
        let value = json!({ "a": 0.1, "b": [1, 2], "c": "text" });
        for on_one_line in [false, true] {
            match on_one_line {
                true => write_sealed_line(&path, &value).unwrap(),
                false => write_sealed(&path, &value).unwrap(),
            }
            assert_eq!(read_json::<Value>(&path, "").unwrap().unwrap(), value);
            let bytes = fs::read(&path).unwrap();
            let plain: Value = serde_json::from_slice(&bytes).unwrap();
            assert_eq!(plain["a"], value["a"], "any other program reads it");
            for at in 0..bytes.len() {
                for bit in 0..8 {
                    let mut broken = bytes.clone();
                    broken[at] ^= 1 << bit;
                    fs::write(&path, &broken).unwrap();
                    // If the name of the digest is changed, the file has no digest, and one key too many.
                    if let Ok(Some(read)) = read_json::<Value>(&path, "") {
                        assert!(at <= BEFORE.len(), "byte {at}");
                        assert!(value.as_object().unwrap().iter().all(|(k, v)| read[k] == *v));
                    }
                }
            }
            for length in 0..bytes.len() {
                fs::write(&path, &bytes[..length]).unwrap();
                let all_but_line_end = length + 1 == bytes.len() && bytes.ends_with(b"\n");
                assert!(all_but_line_end || read_json::<Value>(&path, "").is_err(), "{length}");
            }
        }
    }

    #[test]
    fn a_file_without_a_digest_is_read_as_it_is() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.json");
        write_json(&path, &json!({ "a": 1 })).unwrap();
        assert_eq!(read_json::<Value>(&path, "").unwrap().unwrap(), json!({ "a": 1 }));
    }
}
