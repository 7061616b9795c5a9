//! Comma-separated rows without a header, gzipped or plain, streamed through polars block by block:
//! only the wanted columns are materialised, and no more than one block of text is held.

use std::collections::HashMap;
use std::fs::File;
use std::io::{BufReader, Cursor, Read};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use oddbench_core::{Classes, Column, FeatureKind, Table};
use polars::prelude::{
    CsvParseOptions, CsvReadOptions, DataFrame, DataType, Field, PlSmallStr, PolarsResult, Schema,
    SchemaRef, SerReader,
};

use crate::error::DataError;

/// The first two bytes of every gzip file.
pub(crate) const GZIP_MAGIC: [u8; 2] = [0x1f, 0x8b];

/// Text parsed at a time. Large enough that polars' start-up cost per call vanishes, small enough
/// that the frames of one block do not show in the peak memory.
const BLOCK: usize = 4 << 20;

/// How the rows of a file are laid out.
pub(crate) struct Layout<'a> {
    /// All feature columns in the order of the file.
    pub features: Vec<(&'a str, FeatureKind)>,
    /// Columns after the features; one of them holds the class.
    pub trailing: &'a [&'a str],
    /// Which of `trailing` holds the class.
    pub class: &'a str,
    /// A suffix that every class name carries in this file and loses here (KDD's full stop).
    pub class_suffix: &'a str,
    /// Rows that the file should hold.
    pub rows: usize,
    /// What to do when the file is wrong.
    pub remedy: &'a str,
}

/// Reads the wanted columns, in the wanted order, and the classes.
pub(crate) fn read(path: &Path, layout: &Layout, wanted: &[String]) -> Result<Table, DataError> {
    let mut reader = TableReader::new(path, layout, wanted)?;
    let mut source = open(path)?;
    let mut text = Vec::with_capacity(BLOCK + 1);
    loop {
        let missing = (BLOCK - text.len()) as u64;
        let got = source.by_ref().take(missing).read_to_end(&mut text);
        let at_end = got.map_err(|e| reader.error(e.to_string()))? == 0 || text.len() < BLOCK;
        if at_end && text.last().is_some_and(|&b| b != b'\n') {
            text.push(b'\n');
        }
        let end = text.iter().rposition(|&b| b == b'\n').map_or(0, |at| at + 1);
        if end == 0 && !at_end {
            return Err(reader.error(format!(
                "line {} is longer than {BLOCK} bytes: this is no data file",
                reader.lines + 1
            )));
        }
        reader.block(&text[..end])?;
        text.drain(..end);
        if at_end {
            return reader.finish();
        }
    }
}

/// The content of a file, decompressed if it is gzip.
pub(crate) fn open(path: &Path) -> Result<Box<dyn Read>, DataError> {
    let parse = |e: std::io::Error| DataError::Parse { path: path.into(), message: e.to_string() };
    let mut file = BufReader::with_capacity(1 << 16, File::open(path).map_err(parse)?);
    let mut magic = Vec::with_capacity(2);
    file.by_ref().take(2).read_to_end(&mut magic).map_err(parse)?;
    let gzip = magic == GZIP_MAGIC;
    let content = Cursor::new(magic).chain(file);
    if gzip {
        Ok(Box::new(flate2::read::MultiGzDecoder::new(content)))
    } else {
        Ok(Box::new(content))
    }
}

/// The schema and the columns as they grow, block after block.
struct TableReader<'a> {
    path: PathBuf,
    layout: &'a Layout<'a>,
    /// Every column of the file with its kind, the class included.
    fields: Vec<(&'a str, FeatureKind)>,
    schema: SchemaRef,
    projection: Arc<[PlSmallStr]>,
    columns: Vec<(String, Builder)>,
    classes: Categories,
    lines: usize,
}

impl<'a> TableReader<'a> {
    fn new(path: &Path, layout: &'a Layout, wanted: &[String]) -> Result<Self, DataError> {
        let mut fields = layout.features.clone();
        fields.extend(layout.trailing.iter().map(|&name| (name, FeatureKind::Categorical)));
        let dtype = |kind| match kind {
            FeatureKind::Numeric => DataType::Float64,
            FeatureKind::Categorical => DataType::String,
        };
        let schema: Schema =
            fields.iter().map(|&(name, kind)| Field::new(name.into(), dtype(kind))).collect();
        let mut columns = Vec::with_capacity(wanted.len());
        for name in wanted {
            let Some((_, kind)) = layout.features.iter().find(|(n, _)| n == name) else {
                return Err(DataError::UnknownColumn { column: name.clone() });
            };
            columns.push((name.clone(), Builder::new(*kind, layout.rows)));
        }
        let mut projection: Vec<PlSmallStr> = wanted.iter().map(|n| n.as_str().into()).collect();
        projection.push(layout.class.into());
        Ok(Self {
            path: path.into(),
            layout,
            fields,
            schema: Arc::new(schema),
            projection: projection.into(),
            columns,
            classes: Categories::new(layout.rows),
            lines: 0,
        })
    }

    /// Takes a block of whole lines.
    fn block(&mut self, text: &[u8]) -> Result<(), DataError> {
        if text.is_empty() {
            return Ok(());
        }
        let count = |byte| text.iter().filter(|&&b| b == byte).count();
        let lines = count(b'\n');
        // polars looks no further than the last column that it must read.
        let separators = lines * (self.fields.len() - 1);
        if count(b',') != separators {
            return Err(self.fault(text, "a line has too many or too few values"));
        }
        match self.parse(text) {
            Ok(frame) if frame.height() == lines && self.take(&frame).is_some() => {
                self.lines += lines;
                Ok(())
            }
            Ok(_) => Err(self.fault(text, "a value is missing or not finite")),
            Err(cause) => Err(self.fault(text, &cause.to_string())),
        }
    }

    fn parse(&self, text: &[u8]) -> PolarsResult<DataFrame> {
        CsvReadOptions::default()
            .with_has_header(false)
            .with_infer_schema_length(Some(1))
            .with_schema(Some(self.schema.clone()))
            .with_columns(Some(self.projection.clone()))
            .with_rechunk(false)
            .with_parse_options(CsvParseOptions::default().with_quote_char(None))
            .into_reader_with_file_handle(Cursor::new(text))
            .finish()
    }

    /// Appends the rows of a frame; `None` if a value is missing or not finite.
    fn take(&mut self, frame: &DataFrame) -> Option<()> {
        for (name, builder) in &mut self.columns {
            let column = frame.column(name).ok()?;
            match builder {
                Builder::Numeric(values) => {
                    for value in column.f64().ok()?.iter() {
                        values.push(value.filter(|v| v.is_finite())?);
                    }
                }
                Builder::Categorical(categories) => {
                    for value in column.str().ok()?.iter() {
                        categories.push(value.filter(|v| !v.is_empty())?);
                    }
                }
            }
        }
        let suffix = self.layout.class_suffix;
        for class in frame.column(self.layout.class).ok()?.str().ok()?.iter() {
            let class = class?;
            self.classes.push(class.strip_suffix(suffix).filter(|c| !c.is_empty())?);
        }
        Some(())
    }

    /// The error for a block that polars or [`Self::take`] refused: says where it is.
    fn fault(&self, text: &[u8], cause: &str) -> DataError {
        let lines = text.strip_suffix(b"\n").unwrap_or(text).split(|&b| b == b'\n');
        for (offset, line) in lines.enumerate() {
            if let Some(fault) = self.fault_of(line) {
                return self.error(format!("line {}, {fault}", self.lines + offset + 1));
            }
        }
        self.error(format!("after line {}: {cause}", self.lines))
    }

    fn fault_of(&self, line: &[u8]) -> Option<String> {
        let Ok(line) = std::str::from_utf8(line) else {
            return Some("the text is not UTF-8".into());
        };
        let values: Vec<&str> = line.split(',').collect();
        if values.len() != self.fields.len() {
            let (found, needed) = (values.len(), self.fields.len());
            return Some(format!("{found} values instead of {needed}: {:?}", shorten(line)));
        }
        let wanted = |name: &str| self.projection.iter().any(|p| p == name);
        for (&(name, kind), value) in self.fields.iter().zip(values).filter(|(f, _)| wanted(f.0)) {
            let suffix = if name == self.layout.class { self.layout.class_suffix } else { "" };
            let expected = match kind {
                FeatureKind::Numeric if !value.parse().is_ok_and(f64::is_finite) => "a number",
                FeatureKind::Categorical if value.is_empty() => "a name",
                FeatureKind::Categorical if !value.ends_with(suffix) || value == suffix => {
                    "a class name that ends in a full stop"
                }
                _ => continue,
            };
            return Some(format!("column {name}: {:?} is not {expected}", shorten(value)));
        }
        None
    }

    fn error(&self, message: String) -> DataError {
        let message = format!("{message}\n{}", self.layout.remedy);
        DataError::Parse { path: self.path.clone(), message }
    }

    fn finish(self) -> Result<Table, DataError> {
        if self.lines != self.layout.rows {
            let (found, needed) = (self.lines, self.layout.rows);
            return Err(self.error(format!("the file has {found} rows instead of {needed}")));
        }
        let Ok(codes) = self.classes.codes.iter().map(|&c| u16::try_from(c)).collect() else {
            let found = self.classes.names.len();
            return Err(self.error(format!("{found} class names are more than 65,536")));
        };
        let classes = Classes { names: self.classes.names, codes };
        let columns = self.columns.into_iter().map(|(name, b)| (name, b.finish())).collect();
        Ok(Table { columns, classes: Some(classes) })
    }
}

/// The start of a text that may be anything.
fn shorten(text: &str) -> String {
    match text.char_indices().nth(60) {
        Some((at, _)) => format!("{}...", &text[..at]),
        None => text.into(),
    }
}

/// A column as it grows.
enum Builder {
    Numeric(Vec<f64>),
    Categorical(Categories),
}

impl Builder {
    fn new(kind: FeatureKind, rows: usize) -> Self {
        match kind {
            FeatureKind::Numeric => Self::Numeric(Vec::with_capacity(rows)),
            FeatureKind::Categorical => Self::Categorical(Categories::new(rows)),
        }
    }

    fn finish(self) -> Column {
        match self {
            Self::Numeric(values) => Column::Numeric(values),
            Self::Categorical(Categories { codes, names, .. }) => {
                Column::Categorical { codes, levels: names }
            }
        }
    }
}

/// Names as codes, in order of first appearance.
pub(crate) struct Categories {
    pub(crate) codes: Vec<u32>,
    pub(crate) names: Vec<String>,
    by_name: HashMap<String, u32>,
}

impl Categories {
    pub(crate) fn new(rows: usize) -> Self {
        Self { codes: Vec::with_capacity(rows), names: Vec::new(), by_name: HashMap::new() }
    }

    pub(crate) fn push(&mut self, name: &str) {
        // Traffic comes in bursts: often it is the category of the row before.
        let is_name = |code: &&u32| self.names.get(**code as usize).is_some_and(|n| n == name);
        let last = self.codes.last().filter(is_name);
        let code = match last.or_else(|| self.by_name.get(name)) {
            Some(&code) => code,
            None => {
                // Lossless: fewer names than 2^32 rows.
                let code = self.names.len() as u32;
                self.names.push(name.to_owned());
                self.by_name.insert(name.to_owned(), code);
                code
            }
        };
        self.codes.push(code);
    }
}

#[cfg(test)]
mod tests;
