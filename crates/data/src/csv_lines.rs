//! The lines of a CSV file that oddbench itself wrote, by the names in its header.

use std::io;
use std::path::Path;

use serde::de::DeserializeOwned;

/// Every line. The error of a line that does not fit names it; other columns are not looked at.
pub fn csv_lines<T: DeserializeOwned>(path: &Path) -> io::Result<Vec<T>> {
    let mut reader = csv::Reader::from_path(path)?;
    Ok(reader.deserialize().collect::<Result<_, _>>()?)
}
