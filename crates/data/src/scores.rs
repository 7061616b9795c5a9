//! `scores.parquet`: columns `set` (validation | test | transfer), `row`, `class`, `label`, `score` and, where the
//! rows have times, `time`.
//!
//! Validation rows come first, then test rows, then transfer rows if there are any, each in their own
//! order. `row` is the row number in the source table from 0, `label` is true for an outlier, `score`
//! is a 64-bit float, and so is `time`, in seconds since 1970-01-01 UTC; NaN where a row has none. A part without times
//! beside one with times has NaN alone.

use std::fs::File;
use std::io::{BufWriter, Cursor, Write};
use std::path::Path;

use oddbench_core::Classes;
use oddbench_core::scores::{ScoredPart, Scores};
use polars::prelude::{
    DataFrame, NamedFrom, ParquetCompression, ParquetReader, ParquetWriter, PolarsError, SerReader,
    Series,
};
use sha2::{Digest, Sha256};

use crate::categories::Categories;
use crate::digest;
use crate::error::DataError;

const VALIDATION: &str = "validation";
const TEST: &str = "test";
const TRANSFER: &str = "transfer";

/// Writes the scores of a trial; bytes are the same for the same scores.
pub fn write(path: &Path, scores: &Scores) -> Result<(), DataError> {
    for (name, part) in named(scores) {
        check(path, part, name)?;
    }
    let mut frame = frame(scores).map_err(|e| refused(path, e))?;
    let mut out = BufWriter::new(File::create(path).map_err(|e| refused(path, e))?);
    ParquetWriter::new(&mut out)
        .with_compression(ParquetCompression::Zstd(None))
        .with_row_group_size(None)
        .finish(&mut frame)
        .map_err(|e| refused(path, e))?;
    out.flush().map_err(|e| refused(path, e))
}

/// Reads them back, bit for bit.
pub fn read(path: &Path) -> Result<Scores, DataError> {
    parse(path, std::fs::read(path).map_err(|e| refused(path, e))?)
}

/// The same of the bytes of a file; the path is for messages.
pub fn parse(path: &Path, bytes: Vec<u8>) -> Result<Scores, DataError> {
    let frame = ParquetReader::new(Cursor::new(bytes)).finish().map_err(|e| refused(path, e))?;
    parts(&frame).map_err(|e| refused(path, e))
}

/// SHA-256 (hex) of the scores themselves. It stays the same where another version writes the file otherwise.
///
/// For each part in the file's order it runs over the part's name, a zero byte, the number of rows as 64-bit
/// integer, and of every row its number as 32-bit integer and its score as 64-bit float, all little-endian.
pub fn sha256(scores: &Scores) -> String {
    let mut hasher = Sha256::new();
    for (name, part) in named(scores) {
        hasher.update(name);
        hasher.update([0]);
        hasher.update((part.rows.len() as u64).to_le_bytes());
        let rows = part.rows.iter().zip(&part.scores);
        let bytes: Vec<u8> = rows
            .flat_map(|(row, score)| row.to_le_bytes().into_iter().chain(score.to_le_bytes()))
            .collect();
        hasher.update(bytes);
    }
    digest::hex(&hasher.finalize())
}

fn refused(path: &Path, cause: impl std::fmt::Display) -> DataError {
    DataError::Scores { path: path.into(), message: cause.to_string() }
}

fn check(path: &Path, part: &ScoredPart, set: &str) -> Result<(), DataError> {
    let n = part.rows.len();
    let (classes, labels, scores) = (part.classes.len(), part.labels.len(), part.scores.len());
    if [classes, labels, scores] != [n; 3] {
        return Err(refused(
            path,
            format!("{set}: {n} rows, {classes} classes, {labels} labels and {scores} scores"),
        ));
    }
    match part.times.as_ref().map(|times| times.len()).filter(|times| *times != n) {
        Some(times) => Err(refused(path, format!("{set}: {n} rows and {times} times"))),
        None => Ok(()),
    }
}

/// The parts in the file's order.
fn named(scores: &Scores) -> Vec<(&'static str, &ScoredPart)> {
    let mut parts = vec![(VALIDATION, &scores.validation), (TEST, &scores.test)];
    parts.extend(scores.transfer.as_ref().map(|part| (TRANSFER, part)));
    parts
}

fn frame(scores: &Scores) -> Result<DataFrame, PolarsError> {
    let parts = named(scores);
    let n = parts.iter().map(|(_, part)| part.rows.len()).sum();
    let (mut set, mut class) = (Vec::with_capacity(n), Vec::with_capacity(n));
    let (mut row, mut label, mut score) =
        (Vec::with_capacity(n), Vec::with_capacity(n), Vec::with_capacity(n));
    let mut time =
        parts.iter().any(|(_, part)| part.times.is_some()).then(|| Vec::with_capacity(n));
    for (name, part) in parts {
        if let Some(time) = &mut time {
            match &part.times {
                Some(times) => time.extend_from_slice(times),
                None => time.extend(std::iter::repeat_n(f64::NAN, part.rows.len())),
            }
        }
        set.extend(std::iter::repeat_n(name, part.rows.len()));
        class.extend((0..part.rows.len()).map(|i| part.classes.of(i)));
        row.extend_from_slice(&part.rows);
        label.extend_from_slice(&part.labels);
        score.extend_from_slice(&part.scores);
    }
    let mut columns = vec![
        Series::new("set".into(), set).into(),
        Series::new("row".into(), row).into(),
        Series::new("class".into(), class).into(),
        Series::new("label".into(), label).into(),
        Series::new("score".into(), score).into(),
    ];
    columns.extend(time.map(|time| Series::new("time".into(), time).into()));
    DataFrame::new(n, columns)
}

fn parts(frame: &DataFrame) -> Result<Scores, String> {
    let text = |e: PolarsError| e.to_string();
    let set = frame.column("set").and_then(|c| c.str()).map_err(text)?;
    let row = frame.column("row").and_then(|c| c.u32()).map_err(text)?;
    let class = frame.column("class").and_then(|c| c.str()).map_err(text)?;
    let label = frame.column("label").and_then(|c| c.bool()).map_err(text)?;
    let score = frame.column("score").and_then(|c| c.f64()).map_err(text)?;
    // Files from before times were kept have no such column.
    let time = match frame.column("time") {
        Ok(column) => Some(column.f64().map_err(text)?),
        Err(_) => None,
    };
    let (mut validation, mut test) = (PartBuilder::default(), PartBuilder::default());
    let mut transfer: Option<PartBuilder> = None;
    let rows = set.iter().zip(row.iter()).zip(class.iter()).zip(label.iter()).zip(score.iter());
    for (at, ((((set, row), class), label), score)) in rows.enumerate() {
        let part = match set {
            Some(VALIDATION) => &mut validation,
            Some(TEST) => &mut test,
            Some(TRANSFER) => transfer.get_or_insert_default(),
            other => return Err(format!("there is a set {other:?}")),
        };
        let (Some(row), Some(class), Some(label), Some(score)) = (row, class, label, score) else {
            return Err("a value is missing".into());
        };
        part.rows.push(row);
        part.labels.push(label);
        part.scores.push(score);
        if let Some(time) = time {
            part.times.push(time.get(at).unwrap_or(f64::NAN));
        }
        part.classes.push(class);
    }
    Ok(Scores {
        validation: validation.finish()?,
        test: test.finish()?,
        transfer: transfer.map(PartBuilder::finish).transpose()?,
    })
}

/// A part as it is read.
struct PartBuilder {
    rows: Vec<u32>,
    labels: Vec<bool>,
    scores: Vec<f64>,
    times: Vec<f64>,
    classes: Categories,
}

impl Default for PartBuilder {
    fn default() -> Self {
        let (rows, labels, scores, times) = (vec![], vec![], vec![], vec![]);
        Self { rows, labels, scores, times, classes: Categories::new(0) }
    }
}

impl PartBuilder {
    fn finish(self) -> Result<ScoredPart, String> {
        let codes: Result<_, _> = self.classes.codes.iter().map(|&c| u16::try_from(c)).collect();
        let codes = codes.map_err(|_| "more than 65,536 class names".to_owned())?;
        // A part of which no row has a time has none.
        let times = self.times.iter().any(|time| !time.is_nan()).then(|| self.times.into());
        Ok(ScoredPart {
            rows: self.rows.into(),
            classes: Classes { names: self.classes.names, codes }.into(),
            labels: self.labels.into(),
            scores: self.scores,
            times,
        })
    }
}
