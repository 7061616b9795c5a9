//! A split as CSV files, one per part and label: `test_inliers.csv`, `val_outliers.csv`, ...; and the rows that are
//! scored, with ids and without labels: `to_score.csv`.
//!
//! The format of the former is the one in which the 2020 study published its split, pandas' `to_csv(index=False)`:
//! the raw columns, then `target` (0 inlier, 1 outlier); whole-number columns plain, floats as the
//! shortest text that reads back the same, lines end in `\n`.

mod to_score;

use std::fmt::Write as _;
use std::fs;
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

use oddbench_core::split::{Part, Split, TableName};
use oddbench_core::{Column, Dataset, LabelPolicy, Table, quote};
use sha2::{Digest as _, Sha256};

use crate::digest::hex;
use crate::error::DataError;
use crate::files::NewFile;

pub use to_score::to_score;

/// The label column.
const TARGET: &str = "target";

/// The column of ids in `to_score.csv`.
pub const ROW_ID: &str = "row_id";

/// A file that was written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Exported {
    /// Where it is.
    pub path: PathBuf,
    /// Rows, without the header.
    pub rows: usize,
    /// SHA-256 of the file.
    pub sha256: String,
}

/// Writes a file per part and label that has rows into `out_dir`, which is made if need be; a file
/// that is there is replaced. `columns` are the raw columns in the order wanted; `watch` is called with
/// each file when it is done.
pub fn export(
    split: &Split,
    dataset: &Dataset,
    columns: &[String],
    policy: &LabelPolicy,
    out_dir: &Path,
    watch: &mut dyn FnMut(&Exported),
) -> Result<Vec<Exported>, DataError> {
    let refused = |message: &str| refused(out_dir, message);
    if columns.iter().any(|name| name == TARGET) {
        return Err(refused("a feature is called `target`, which is the name of the label column"));
    }
    fs::create_dir_all(out_dir).map_err(unwritten(out_dir))?;
    let mut written = Vec::new();
    for (name, part) in [("test", &split.test), ("val", &split.validation), ("train", &split.train)]
    {
        let table = table_of(part, dataset).ok_or_else(|| refused(NO_TEST_TABLE))?;
        let classes = table.classes.as_ref().ok_or_else(|| refused("the rows have no classes"))?;
        let labels = policy.labels(classes);
        let columns = formats(table, columns)?;
        for (suffix, outlier) in [("inliers", false), ("outliers", true)] {
            let rows = rows_of(part, &labels, outlier).ok_or_else(|| {
                refused("the split is of another data set: it has a row that the table lacks")
            })?;
            if rows.is_empty() {
                continue;
            }
            let path = out_dir.join(format!("{name}_{suffix}.csv"));
            let label = if outlier { ",1" } else { ",0" };
            let header = format!("{},{TARGET}", names(&columns));
            let file = write(&path, &header, rows.len(), |line, at| {
                push_row(line, &columns, rows[at]);
                line.push_str(label);
            })?;
            watch(&file);
            written.push(file);
        }
    }
    Ok(written)
}

/// The part's rows of that label, in the part's order; `None` if the table lacks one.
fn rows_of(part: &Part, labels: &[bool], outlier: bool) -> Option<Vec<usize>> {
    if part.rows.iter().any(|&row| row >= labels.len()) {
        return None;
    }
    Some(part.rows.iter().copied().filter(|&row| labels[row] == outlier).collect())
}

/// A column and how its values are written.
enum Format<'a> {
    Whole(&'a [f64]),
    Float(&'a [f64]),
    Text { codes: &'a [u32], levels: &'a [String] },
}

fn formats<'a>(
    table: &'a Table,
    names: &'a [String],
) -> Result<Vec<(&'a str, Format<'a>)>, DataError> {
    let format = |name: &'a String| {
        let column = table.column(name);
        let column = column.ok_or_else(|| DataError::UnknownColumn { column: name.clone() })?;
        Ok((
            name.as_str(),
            match column {
                // pandas decides by the whole file, so the whole table decides here.
                Column::Numeric(values) if values.iter().all(|v| is_whole(*v)) => {
                    Format::Whole(values)
                }
                Column::Numeric(values) => Format::Float(values),
                Column::Categorical { codes, levels } => Format::Text { codes, levels },
            },
        ))
    };
    names.iter().map(format).collect()
}

/// Whether the value is an integer that an f64 holds exactly.
fn is_whole(value: f64) -> bool {
    value.fract() == 0.0 && value.abs() < 9e15
}

/// Writes a header and that many lines, each without its end.
fn write(
    path: &Path,
    header: &str,
    rows: usize,
    push_line: impl Fn(&mut String, usize),
) -> Result<Exported, DataError> {
    let mut hasher = Sha256::new();
    let mut put = || -> std::io::Result<()> {
        let mut out = BufWriter::new(NewFile::create(path)?);
        let mut line = String::from(header);
        for at in 0..=rows {
            if at > 0 {
                line.clear();
                push_line(&mut line, at - 1);
            }
            line.push('\n');
            hasher.update(&line);
            out.write_all(line.as_bytes())?;
        }
        out.into_inner().map_err(std::io::IntoInnerError::into_error)?.keep()
    };
    put().map_err(unwritten(path))?;
    Ok(Exported { path: path.into(), rows, sha256: hex(&hasher.finalize()) })
}

/// The error of what the system did not write.
pub(crate) fn unwritten(path: &Path) -> impl Fn(io::Error) -> DataError {
    move |source| DataError::Unwritten { path: path.into(), source }
}

fn refused(path: &Path, message: &str) -> DataError {
    DataError::Export { path: path.into(), message: message.into() }
}

const NO_TEST_TABLE: &str = "there is no test table";

/// The table of a part; `None` if the data set lacks it.
fn table_of<'a>(part: &Part, dataset: &'a Dataset) -> Option<&'a Table> {
    match part.table {
        TableName::Train => Some(&dataset.train),
        TableName::Test => dataset.test.as_ref(),
    }
}

/// The names of the columns, with commas between them.
fn names(columns: &[(&str, Format)]) -> String {
    columns.iter().map(|(name, _)| quote::csv(name)).collect::<Vec<_>>().join(",")
}

/// The values of a row, with commas between them.
fn push_row(line: &mut String, columns: &[(&str, Format)], row: usize) {
    for (at, (_, format)) in columns.iter().enumerate() {
        if at > 0 {
            line.push(',');
        }
        push_value(line, format, row);
    }
}

fn push_value(line: &mut String, format: &Format, row: usize) {
    match format {
        // Lossless: is_whole.
        Format::Whole(values) => {
            let _ = write!(line, "{}", values[row] as i64);
        }
        Format::Float(values) => push_float(line, values[row]),
        Format::Text { codes, levels } => {
            if let Some(level) = levels.get(codes[row] as usize) {
                line.push_str(&quote::csv(level));
            }
        }
    }
}

/// As Python's `repr`: shortest digits, an exponent below 1e-4 and from 1e16 on; NaN is empty.
fn push_float(line: &mut String, value: f64) {
    if value.is_nan() {
        return;
    }
    let text = format!("{value:e}");
    let parts = text.split_once('e').and_then(|(digits, e)| Some((digits, e.parse::<i32>().ok()?)));
    match parts {
        Some((digits, exponent)) if !(-4..16).contains(&exponent) => {
            let sign = if exponent < 0 { '-' } else { '+' };
            let _ = write!(line, "{digits}e{sign}{:02}", exponent.abs());
        }
        Some(_) => {
            let _ = write!(line, "{value}{}", if value.fract() == 0.0 { ".0" } else { "" });
        }
        None => {
            let _ = write!(line, "{value}"); // inf, -inf
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use oddbench_core::Classes;

    #[test]
    fn floats_are_written_as_python_writes_them() {
        // Expected: repr() of CPython 3.
        for (value, expected) in [
            (0.0, "0.0"),
            (-0.0, "-0.0"),
            (1.0, "1.0"),
            (0.07, "0.07"),
            (0.1 + 0.2, "0.30000000000000004"),
            (0.0001, "0.0001"),
            (0.00001, "1e-05"),
            (1.5e-7, "1.5e-07"),
            (1e15, "1000000000000000.0"),
            (1e16, "1e+16"),
            (-2.5e123, "-2.5e+123"),
            (f64::INFINITY, "inf"),
            (f64::NAN, ""),
        ] {
            let mut text = String::new();
            push_float(&mut text, value);
            assert_eq!(text, expected);
        }
    }

    fn small() -> (Dataset, Split) {
        let levels = ["a", "b,\"c\""].map(String::from).to_vec();
        let table = Table {
            columns: vec![
                ("n".into(), Column::Numeric(vec![1.0, 2.0, 300.0, 4.0])),
                ("x".into(), Column::Numeric(vec![0.5, 1.0, 0.0, f64::NAN])),
                ("s".into(), Column::Categorical { codes: vec![0, 1, 1, 0], levels }),
            ],
            beside: Vec::new(),
            classes: Some(Classes {
                names: ["normal", "smurf"].map(String::from).to_vec(),
                codes: vec![0, 1, 0, 1],
            }),
        };
        let part = |rows: &[usize]| Part { table: TableName::Train, rows: rows.to_vec() };
        let split = Split { train: part(&[2]), validation: part(&[]), test: part(&[3, 0, 1]) };
        (
            Dataset { name: "d".into(), synthetic: true, train: table, test: None, other: None },
            split,
        )
    }

    #[test]
    fn a_file_per_part_and_label_in_the_parts_order() {
        let (data, split) = small();
        let dir = tempfile::tempdir().unwrap();
        let out = dir.path().join("new/folder");
        let columns = ["s", "x", "n"].map(String::from);
        let policy = LabelPolicy::InliersAre(["normal".to_owned()].into());
        let mut seen = 0;
        let files = export(&split, &data, &columns, &policy, &out, &mut |_| seen += 1).unwrap();
        assert_eq!(seen, 3);
        let read = |name: &str| fs::read_to_string(out.join(name)).unwrap();
        assert_eq!(read("test_inliers.csv"), "s,x,n,target\na,0.5,1,0\n");
        assert_eq!(read("test_outliers.csv"), "s,x,n,target\na,,4,1\n\"b,\"\"c\"\"\",1.0,2,1\n");
        assert_eq!(read("train_inliers.csv"), "s,x,n,target\n\"b,\"\"c\"\"\",0.0,300,0\n");
        assert_eq!(fs::read_dir(&out).unwrap().count(), 3, "no empty and no partial files");
        for file in files {
            let sha256 = hex(&Sha256::digest(fs::read(&file.path).unwrap()));
            assert_eq!(sha256, file.sha256);
        }
    }

    #[test]
    fn what_cannot_be_written_is_refused() {
        let (mut data, mut split) = small();
        let dir = tempfile::tempdir().unwrap();
        let policy = LabelPolicy::InliersAre(["normal".to_owned()].into());
        let names = |name: &str| vec![name.to_owned()];
        let run = |data: &Dataset, split: &Split, columns: &[String]| {
            let result = export(split, data, columns, &policy, dir.path(), &mut |_| {});
            result.unwrap_err().to_string()
        };
        assert!(run(&data, &split, &names("absent")).contains("absent"));
        assert!(run(&data, &split, &names("target")).contains("label column"));
        split.test.rows.push(4);
        assert!(run(&data, &split, &names("n")).contains("another data set"));
        data.train.classes = None;
        assert!(run(&data, &split, &names("n")).contains("no classes"));
    }
}
