//! Blocks of rows from a file or a stream, whatever its format.

use std::fs::File;
use std::io::Read;
use std::path::Path;
use std::sync::Arc;

use oddbench_core::FeatureKind;

use super::content::{self, Content};
use super::csv::CsvRows;
use super::error::unreadable;
use super::json_lines::JsonRows;
use super::options::{FileFormat, Limits, ReadOptions, SourceFormat};
use super::parquet::ParquetRows;
use super::{Place, RowError, Rows, Sink, Unit};

/// Reads rows block by block.
pub struct RowReader {
    place: Place,
    limits: Limits,
    source: Source,
    rows: usize,
}

enum Source {
    Csv(CsvRows),
    Json(JsonRows),
    Parquet(ParquetRows),
}

impl RowReader {
    /// Opens a file.
    pub fn open(path: &Path, options: &ReadOptions) -> Result<Self, RowError> {
        let name = path.display().to_string();
        let unreadable = |error: std::io::Error| {
            let what = match error.kind() {
                std::io::ErrorKind::NotFound => "there is no such file".to_owned(),
                _ => format!("it cannot be read: {error}"),
            };
            RowError::new(&name, what, "give the path of a file that you may read")
        };
        let mut file = File::open(path).map_err(unreadable)?;
        let metadata = file.metadata().map_err(unreadable)?;
        if metadata.is_dir() {
            return Err(RowError::new(&name, "it is a folder", "give the path of a file"));
        }
        if !metadata.is_file() {
            // A pipe gives its bytes once.
            return Self::new(Box::new(file), &name, options);
        }
        let mut magic = [0; parquet_magic().len()];
        let is_parquet = file.read_exact(&mut magic).is_ok() && &magic == parquet_magic();
        let stated = options.format;
        if stated.map_or(is_parquet, |format| format == FileFormat::Parquet) {
            let place = Place::new(&name, Unit::Row);
            let rows = ParquetRows::open(path, &place, options.limits)?;
            return Ok(Self {
                place,
                limits: options.limits,
                source: Source::Parquet(rows),
                rows: 0,
            });
        }
        let file = File::open(path).map_err(unreadable)?;
        Self::new(Box::new(std::io::BufReader::with_capacity(1 << 16, file)), &name, options)
    }

    /// Reads from a stream; `name` is what messages call it. A parquet file is taken into memory.
    pub fn new(
        content: Box<dyn Read + Send>,
        name: &str,
        options: &ReadOptions,
    ) -> Result<Self, RowError> {
        let limits = options.limits;
        let failed = |error: std::io::Error| unreadable(name, &error);
        let content = content::open(content, limits.bytes).map_err(failed)?;
        let (start, content) = content::peek(content, parquet_magic().len()).map_err(failed)?;
        let format = options.format.unwrap_or_else(|| by_content(&start));
        let line = Place::new(name, Unit::Line);
        let (place, source) = match format {
            FileFormat::Csv { delimiter } => {
                let rows = CsvRows::new(content, &line, delimiter, options)?;
                (line, Source::Csv(rows))
            }
            FileFormat::JsonLines => {
                let rows = JsonRows::new(content, &line, options)?;
                (line, Source::Json(rows))
            }
            FileFormat::Parquet => {
                let place = Place::new(name, Unit::Row);
                let bytes = whole(content, name)?;
                let rows = ParquetRows::new(bytes, &place, limits)?;
                (place, Source::Parquet(rows))
            }
        };
        Ok(Self { place, limits, source, rows: 0 })
    }

    /// The column names in the order of the source.
    pub fn names(&self) -> &Arc<[String]> {
        match &self.source {
            Source::Csv(rows) => rows.names(),
            Source::Json(rows) => rows.names(),
            Source::Parquet(rows) => rows.names(),
        }
    }

    /// What the source turned out to be.
    pub fn format(&self) -> SourceFormat {
        match &self.source {
            Source::Csv(rows) => rows.format(),
            Source::Json(_) => SourceFormat::JsonLines,
            Source::Parquet(_) => SourceFormat::Parquet,
        }
    }

    /// Up to that many rows (at least one is asked for); `None` at the end.
    pub fn next(&mut self, most: usize) -> Result<Option<Rows>, RowError> {
        let mut rows = Rows::empty(self.place.clone(), Arc::clone(self.names()));
        self.fill(&mut rows, most.max(1))?;
        if let Source::Parquet(source) = &mut self.source {
            source.count(rows.text_bytes())?;
        }
        Ok((!rows.is_empty()).then_some(rows))
    }

    /// Gives up to that many rows to a sink, and says how many; fewer only at the end.
    pub(crate) fn fill(&mut self, sink: &mut impl Sink, most: usize) -> Result<usize, RowError> {
        let rows = match &mut self.source {
            Source::Csv(source) => source.fill(sink, most),
            Source::Json(source) => source.fill(sink, most),
            Source::Parquet(source) => source.fill(sink, most),
        }?;
        self.rows += rows;
        if self.rows > self.limits.rows {
            let what = format!("there are more than {} rows", self.limits.rows);
            return Err(RowError::over(&self.place.name, what));
        }
        Ok(rows)
    }

    /// What the source itself says of a column's kind; an error if it is of a type that is neither.
    pub(crate) fn stated_kind(&self, column: usize) -> Result<Option<FeatureKind>, RowError> {
        match &self.source {
            Source::Parquet(source) => source.kind(column).map(Some),
            Source::Csv(_) | Source::Json(_) => Ok(None),
        }
    }

    /// Where the rows come from.
    pub(crate) fn place(&self) -> &Place {
        &self.place
    }

    /// An error about the source.
    pub(crate) fn error(
        &self,
        line: Option<u64>,
        what: impl Into<String>,
        remedy: &str,
    ) -> RowError {
        match line {
            Some(line) => self.place.at(line, what, remedy),
            None => self.place.error(what, remedy),
        }
    }

    /// The lines that were left out since the last call; none unless `skip_bad` was asked for.
    pub fn take_faults(&mut self) -> Vec<RowError> {
        match &mut self.source {
            Source::Csv(rows) => rows.take_faults(),
            Source::Json(rows) => rows.take_faults(),
            Source::Parquet(_) => Vec::new(),
        }
    }

    /// Everything; an error if there is no row.
    pub fn read_all(mut self) -> Result<Rows, RowError> {
        const BLOCK: usize = 16_384;
        let mut all = Rows::empty(self.place.clone(), Arc::clone(self.names()));
        while let Some(rows) = self.next(BLOCK)? {
            all.append(rows)?;
        }
        match all.is_empty() {
            false => Ok(all),
            true => Err(self.place.error("there are no rows", "give a file that has some")),
        }
    }
}

const fn parquet_magic() -> &'static [u8; 4] {
    b"PAR1"
}

/// What the first bytes look like.
fn by_content(start: &[u8]) -> FileFormat {
    let first = start.iter().find(|byte| !byte.is_ascii_whitespace());
    match first {
        _ if start == parquet_magic() => FileFormat::Parquet,
        Some(b'{') => FileFormat::JsonLines,
        _ => FileFormat::Csv { delimiter: None },
    }
}

fn whole(mut content: Content, name: &str) -> Result<Vec<u8>, RowError> {
    let mut bytes = Vec::new();
    content.read_to_end(&mut bytes).map_err(|error| unreadable(name, &error))?;
    Ok(bytes)
}
