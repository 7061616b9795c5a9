//! `split.json`: a split that is exported and imported again. [`oddbench_core::split::exported`] says what is
//! in it and which bytes its fingerprint covers.

use std::fs;
use std::path::Path;

use oddbench_core::split::exported::{ExportedParts, ExportedSplit, FORMAT, VERSION};
use sha2::{Digest as _, Sha256};

use crate::digest::hex;
use crate::error::DataError;
use crate::export::unwritten;
use crate::files;

/// The fingerprint of the rows, tables and labels of a split of the data with that digest.
pub fn fingerprint(parts: &ExportedParts, digest: &str) -> String {
    let mut hasher = Sha256::new();
    parts.lines(digest, &mut |text| hasher.update(text));
    hex(&hasher.finalize())
}

/// Writes the file at once; one that is there is replaced.
pub fn write(split: &ExportedSplit, path: &Path) -> Result<(), DataError> {
    let fault = |message: String| DataError::Export { path: path.into(), message };
    let mut text = serde_json::to_string(split).map_err(|error| fault(error.to_string()))?;
    text.push('\n');
    files::write(path, text.as_bytes()).map_err(unwritten(path))
}

/// Why a file is no split that can be imported, and what to do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NoSplit {
    /// What is wrong, in lower case.
    pub message: String,
    /// What to do.
    pub help: String,
}

/// Reads a file and compares its rows with its fingerprint.
pub fn read(path: &Path) -> Result<ExportedSplit, NoSplit> {
    let fault = |message: String, help: &str| NoSplit { message, help: help.to_owned() };
    let shown = path.display();
    let text = fs::read_to_string(path).map_err(|error| {
        let help = "write the path of a split.json, relative to the experiment file; `oddbench data export` writes one";
        match error.kind() {
            std::io::ErrorKind::NotFound => fault(format!("there is no file {shown}"), help),
            _ => fault(format!("{shown} cannot be read: {error}"), help),
        }
    })?;
    // The version first: a later one may have other keys.
    let value: serde_json::Value = serde_json::from_str(&text).map_err(|error| {
        let help = "the file may be cut off: export the split again, or copy the whole file";
        fault(format!("{shown} is no JSON: {error}"), help)
    })?;
    let is = |key: &str, expected: &serde_json::Value| value.get(key) == Some(expected);
    if !is("format", &FORMAT.into()) {
        let help = "name a file that `oddbench data export` wrote";
        return Err(fault(format!("{shown} has no \"format\": \"{FORMAT}\""), help));
    }
    if !is("format_version", &VERSION.into()) {
        let found = value.get("format_version").map_or("none".to_owned(), ToString::to_string);
        let message =
            format!("{shown} has the format version {found}, and this is version {VERSION}");
        return Err(fault(message, "export the split again with this oddbench"));
    }
    let split: ExportedSplit = serde_json::from_value(value).map_err(|error| {
        fault(format!("{shown}: {error}"), "docs/FORMAT.md lists the keys of split.json")
    })?;
    let found = fingerprint(&split.parts, &split.data.digest);
    match found == split.fingerprint {
        true => Ok(split),
        false => Err(fault(
            format!(
                "{shown} was changed: its rows have the fingerprint {found}, and it says {}",
                split.fingerprint
            ),
            "export the split again; a program that changes rows writes the new fingerprint, too",
        )),
    }
}

#[cfg(test)]
mod tests {
    use oddbench_core::split::TableName;
    use oddbench_core::split::exported::{ExportedData, ExportedPart};

    use super::*;

    fn part(table: TableName, rows: &[usize], labels: &[u8]) -> ExportedPart {
        ExportedPart { table, rows: rows.to_vec(), labels: labels.to_vec() }
    }

    fn split() -> ExportedSplit {
        let parts = ExportedParts {
            train: part(TableName::Train, &[4, 0], &[0, 0]),
            validation: part(TableName::Train, &[2], &[1]),
            test: part(TableName::Test, &[0, 1], &[1, 0]),
        };
        let data = ExportedData {
            dataset: "d".into(),
            digest: "ab".into(),
            labels: "published".into(),
            policy: None,
        };
        ExportedSplit {
            format: FORMAT.into(),
            format_version: VERSION,
            fingerprint: fingerprint(&parts, "ab"),
            data,
            split: None,
            fold: None,
            parts,
        }
    }

    #[test]
    fn the_fingerprint_is_that_of_the_documented_bytes() {
        // printf 'oddbench split 1\ndata ab\ntrain train\n4 0\n0 0\nvalidation train\n2 1\ntest test\n0 1\n1 0\n' |
        // sha256sum
        let expected = "c6313cffa84b56eeec8d3d0988e43de639f7d6e700a7af943ae3744edaf024ac";
        assert_eq!(split().fingerprint, expected);
    }

    #[test]
    fn what_is_written_is_read_and_what_was_changed_is_refused() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("split.json");
        write(&split(), &path).unwrap();
        assert_eq!(read(&path), Ok(split()));
        let text = fs::read_to_string(&path).unwrap();
        let refused = |text: &str| {
            fs::write(&path, text).unwrap();
            read(&path).unwrap_err().message
        };
        assert!(refused(&text.replace("[4,0]", "[3,0]")).contains("was changed"));
        assert!(refused(&text.replace("\"labels\":[1]", "\"labels\":[0]")).contains("was changed"));
        assert!(
            refused(&text.replace("\"digest\":\"ab\"", "\"digest\":\"cd\""))
                .contains("was changed")
        );
        assert!(refused(&text[..text.len() / 2]).contains("is no JSON"));
        assert!(refused(&text.replace("_version\":1", "_version\":2")).contains("version 2"));
        assert!(refused(&text.replace("oddbench-split", "else")).contains("has no \"format\""));
        assert!(
            refused(&text.replace("\"fold", "\"fool").replace("\"parts", "\"parks"))
                .contains("unknown field")
        );
        fs::remove_file(&path).unwrap();
        assert!(read(&path).unwrap_err().message.contains("there is no file"));
    }
}
