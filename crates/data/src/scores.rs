//! `scores.parquet`: columns `set` (validation | test | transfer), `row`, `class`, `label`, `score` and, where the
//! rows have times, `time`.
//!
//! Validation rows come first, then test rows, then transfer rows if there are any, each in their own
//! order. `row` is the row number in the source table from 0, `label` is true for an outlier, `score`
//! is a 64-bit float, and so is `time`, in seconds since 1970-01-01 UTC; NaN where a row has none. A part without times
//! beside one with times has NaN alone.

use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::iter;
use std::ops::Range;
use std::path::Path;

use oddbench_core::Classes;
use oddbench_core::scores::{ScoredPart, Scores};
use polars_arrow::array::{Array, BooleanArray, PrimitiveArray, StaticArray, Utf8ViewArray};
use sha2::{Digest, Sha256};

use crate::categories::Categories;
use crate::digest;
use crate::error::DataError;
use crate::parquet::{BlockWriter, Pages};

const VALIDATION: &str = "validation";
const TEST: &str = "test";
const TRANSFER: &str = "transfer";

/// Writes the scores of a trial; bytes are the same for the same scores.
pub fn write(path: &Path, scores: &Scores) -> Result<(), DataError> {
    for (name, part) in named(scores) {
        check(path, part, name)?;
    }
    let unwritten = |source| DataError::Unwritten { path: path.into(), source };
    let mut out = Told { out: BufWriter::new(File::create(path).map_err(unwritten)?), error: None };
    let written = write_blocks(&mut out, scores);
    match out.error {
        // The crate that encodes the file makes a text of it, without the remedy.
        Some(source) => Err(unwritten(source)),
        None => written.map_err(|e| refused(path, e)),
    }
}

/// Remembers why the system did not write.
struct Told<W> {
    out: W,
    error: Option<io::Error>,
}

impl<W: Write> Told<W> {
    fn told<T>(&mut self, result: io::Result<T>) -> io::Result<T> {
        result.inspect_err(|error| {
            let copy = error.raw_os_error().map(io::Error::from_raw_os_error);
            self.error = Some(copy.unwrap_or_else(|| error.kind().into()));
        })
    }
}

impl<W: Write> Write for Told<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let written = self.out.write(bytes);
        self.told(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        let flushed = self.out.flush();
        self.told(flushed)
    }
}

/// Reads them back, bit for bit.
pub fn read(path: &Path) -> Result<Scores, DataError> {
    parse(path, std::fs::read(path).map_err(|e| refused(path, e))?)
}

/// The same of the bytes of a file; the path is for messages.
pub fn parse(path: &Path, bytes: Vec<u8>) -> Result<Scores, DataError> {
    Pages::of(bytes).and_then(|pages| parts(&pages)).map_err(|e| refused(path, e))
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

/// Rows of a block: a trial of the published study is written as one.
const BLOCK: usize = 1 << 18;

fn write_blocks(out: impl Write, scores: &Scores) -> Result<(), String> {
    let columns = columns(scores);
    let types = columns.iter().map(|(name, array)| ((*name).to_owned(), array.dtype().clone()));
    let mut writer = BlockWriter::new(out, types)?;
    let rows = columns[0].1.len();
    // A file without rows has one block all the same: some readers expect it.
    for start in (0..rows.max(1)).step_by(BLOCK) {
        let length = BLOCK.min(rows - start);
        let arrays = columns.iter().map(|(_, array)| array.sliced(start, length));
        writer.write(length, arrays.collect())?;
    }
    writer.finish()
}

fn columns(scores: &Scores) -> Vec<(&'static str, Box<dyn Array>)> {
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
        ("set", Utf8ViewArray::from_slice_values(set).boxed()),
        ("row", PrimitiveArray::from_vec(row).boxed()),
        ("class", Utf8ViewArray::from_slice_values(class).boxed()),
        ("label", BooleanArray::from_slice(label).boxed()),
        ("score", PrimitiveArray::from_vec(score).boxed()),
    ];
    columns.extend(time.map(|time| ("time", PrimitiveArray::from_vec(time).boxed())));
    columns
}

fn parts(pages: &Pages) -> Result<Scores, String> {
    let (mut validation, mut test) = (PartBuilder::default(), PartBuilder::default());
    let mut transfer: Option<PartBuilder> = None;
    let mut start = 0;
    while start < pages.rows() {
        let rows = pages.group_of(start);
        start = rows.end;
        let block = Block::read(pages, rows)?;
        for (set, rows) in block.sets() {
            let part = match set {
                VALIDATION => &mut validation,
                TEST => &mut test,
                TRANSFER => transfer.get_or_insert_default(),
                other => return Err(format!("there is a set {other:?}")),
            };
            block.give(rows, part);
        }
    }
    Ok(Scores {
        validation: validation.finish()?,
        test: test.finish()?,
        transfer: transfer.map(PartBuilder::finish).transpose()?,
    })
}

/// The columns of one row group.
struct Block {
    set: Utf8ViewArray,
    row: PrimitiveArray<u32>,
    class: Utf8ViewArray,
    label: BooleanArray,
    score: PrimitiveArray<f64>,
    /// Files from before times were kept have no such column.
    time: Option<PrimitiveArray<f64>>,
}

impl Block {
    /// An error if a value is missing: rows may lack a time alone.
    fn read(pages: &Pages, rows: Range<usize>) -> Result<Self, String> {
        let names = pages.names();
        let place = |name: &str| names.iter().position(|known| known == name);
        let rows = || rows.clone();
        let block = Self {
            set: typed(pages, place("set"), "set", rows())?,
            row: typed(pages, place("row"), "row", rows())?,
            class: typed(pages, place("class"), "class", rows())?,
            label: typed(pages, place("label"), "label", rows())?,
            score: typed(pages, place("score"), "score", rows())?,
            time: match place("time") {
                None => None,
                time => Some(typed(pages, time, "time", rows())?),
            },
        };
        let columns: [&dyn Array; 5] =
            [&block.set, &block.row, &block.class, &block.label, &block.score];
        match columns.iter().any(|column| column.null_count() > 0) {
            true => Err("a value is missing".into()),
            false => Ok(block),
        }
    }

    /// The sets of neighbouring rows. The file has each set once, so that whole columns can be copied.
    fn sets(&self) -> impl Iterator<Item = (&str, Range<usize>)> {
        let set = |at: usize| (at < self.set.len()).then(|| self.set.value(at));
        let mut start = 0;
        iter::from_fn(move || {
            let name = set(start)?;
            let length = (start..).take_while(|&at| set(at) == Some(name)).count();
            let rows = start..start + length;
            start = rows.end;
            Some((name, rows))
        })
    }

    /// Adds rows to their part.
    fn give(&self, at: Range<usize>, part: &mut PartBuilder) {
        part.rows.extend_from_slice(&self.row.values()[at.clone()]);
        part.labels.extend(self.label.values().clone().sliced(at.start, at.len()).iter());
        part.scores.extend_from_slice(&self.score.values()[at.clone()]);
        part.classes.codes.reserve(at.len());
        at.clone().for_each(|at| part.classes.push(self.class.value(at)));
        if let Some(time) = &self.time {
            part.times.extend(at.map(|at| time.get(at).unwrap_or(f64::NAN)));
        }
    }
}

/// A column as an array of the type that the file should have for it.
fn typed<A: Array + Clone>(
    pages: &Pages,
    column: Option<usize>,
    name: &str,
    rows: Range<usize>,
) -> Result<A, String> {
    let column = column.ok_or_else(|| format!("the column {name:?} is not there"))?;
    let array = pages.decode(column, rows)?;
    let typed = array.as_any().downcast_ref::<A>().cloned();
    typed.ok_or_else(|| format!("the column {name:?} has the type {:?}", array.dtype()))
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
