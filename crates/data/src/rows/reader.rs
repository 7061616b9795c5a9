//! Blocks of rows from a file or a stream, whatever its format.

use std::fs::File;
use std::io::BufReader;
use std::path::Path;
use std::sync::Arc;

use oddbench_core::counts::counted;

use super::content::{self, Content};
use super::encoding;
use super::error::unreadable;
use super::formats::{FileFormat, Source};
use super::input::Input;
use super::options::{Limits, ReadOptions, SourceFormat};
use super::{Marked, MissingMarks, Place, RowError, Rows, Sink, StatedType, Unit, foreign};

/// Bytes that say what a source is: the magic bytes of parquet, of zip and of most others.
const FIRST_BYTES: usize = 4;

/// Bytes that are looked at where they are there.
const MORE_BYTES: usize = 1 << 14;

/// Reads rows block by block.
pub struct RowReader {
    place: Place,
    limits: Limits,
    source: Source,
    rows: usize,
    /// Bytes of text that blocks of rows may still hold.
    bytes_left: u64,
    missing: MissingMarks,
    notes: Vec<String>,
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
        let file = File::open(path).map_err(unreadable)?;
        let metadata = file.metadata().map_err(unreadable)?;
        if metadata.is_dir() {
            return Err(RowError::new(&name, "it is a folder", "give the path of a file"));
        }
        let content = Box::new(BufReader::with_capacity(1 << 16, file));
        match metadata.is_file() {
            true => Self::of(content, Some(path), &name, options),
            // A pipe gives its bytes once.
            false => Self::of(content, None, &name, options),
        }
    }

    /// Reads from a stream; `name` is what messages call it. Formats that are not read from front to back are
    /// taken into memory.
    pub fn new(content: Content, name: &str, options: &ReadOptions) -> Result<Self, RowError> {
        Self::of(content, None, name, options)
    }

    fn of(
        content: Content,
        file: Option<&Path>,
        name: &str,
        options: &ReadOptions,
    ) -> Result<Self, RowError> {
        let failed = |error: std::io::Error| unreadable(name, &error);
        let (content, gzip) = content::open(content, options.limits.bytes).map_err(failed)?;
        let least = if file.is_some() { MORE_BYTES } else { FIRST_BYTES };
        let (start, content) = content::peek(content, least, MORE_BYTES).map_err(failed)?;
        let mut notes = Vec::new();
        let known = FileFormat::of_content(&start);
        let text = known.is_none_or(|format| format.format().keys.contains(&"encoding"));
        let (start, content) = match text && !is_binary(&start) {
            false => (start, content),
            true => {
                let (content, found) =
                    encoding::decode(content, options.encoding).map_err(failed)?;
                if let Some(found) = found.filter(|found| options.encoding != Some(*found)) {
                    notes.push(format!("the text is {}; it is read as such", found.name()));
                }
                content::peek(content, least, MORE_BYTES).map_err(failed)?
            }
        };
        let format = format(&start, options.format, &Place::new(name, Unit::Line))?;
        let place = Place::new(name, format.format().unit);
        let input = Input::new(content, file.map(Path::to_owned), !gzip);
        let input = input.in_encoding(options.encoding);
        let source = Source::open(format, input, &place, options)?;
        let limits = options.limits;
        let missing = options.missing.clone();
        Ok(Self { place, limits, source, rows: 0, bytes_left: limits.bytes, missing, notes })
    }

    /// The column names in the order of the source.
    pub fn names(&self) -> &Arc<[String]> {
        self.source.names()
    }

    /// The unit of positions in the source, such as lines.
    pub fn unit(&self) -> Unit {
        self.place.unit
    }

    /// What the source turned out to be.
    pub fn format(&self) -> SourceFormat {
        self.source.source_format()
    }

    /// Up to that many rows (at least one is asked for); `None` at the end.
    pub fn next(&mut self, most: usize) -> Result<Option<Rows>, RowError> {
        let mut rows = self.empty();
        self.fill(&mut rows, most.max(1))?;
        // Compressed columns may have far more text than their file has bytes.
        self.bytes_left = self
            .bytes_left
            .checked_sub(rows.text_bytes() as u64)
            .ok_or_else(|| RowError::too_many_bytes(&self.place.name))?;
        Ok((!rows.is_empty()).then_some(rows))
    }

    fn empty(&self) -> Rows {
        let rows = Rows::empty(self.place.clone(), Arc::clone(self.names()));
        match &self.source {
            Source::JsonLines(_) => rows.sparse(),
            Source::Parquet(parquet) => rows.typed(parquet.types()),
            _ => rows,
        }
    }

    /// Gives up to that many rows to a sink, and says how many; fewer only at the end.
    pub(crate) fn fill(&mut self, sink: &mut impl Sink, most: usize) -> Result<usize, RowError> {
        let rows = match self.missing.is_empty() {
            true => self.source.fill(sink, most)?,
            false => self.source.fill(&mut Marked { marks: &self.missing, sink }, most)?,
        };
        self.rows += rows;
        if self.rows > self.limits.rows {
            let what = format!("there are more than {}", counted(self.limits.rows, "row"));
            return Err(RowError::over(&self.place.name, what));
        }
        Ok(rows)
    }

    /// The type that the source itself states for a column; an error if no value of that type can be a feature.
    pub fn stated_type(&self, column: usize) -> Result<Option<StatedType>, RowError> {
        self.source.stated_type(column)
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

    /// What the user should know of how the source was read, since the last call: what was recognised,
    /// renamed or passed over. Complete once the source has been read to its end.
    pub fn take_notes(&mut self) -> Vec<String> {
        let mut notes = std::mem::take(&mut self.notes);
        notes.extend(self.source.take_notes());
        notes
    }

    /// The lines that were left out since the last call; none unless `skip_bad` was asked for.
    pub fn take_faults(&mut self) -> Vec<RowError> {
        self.source.take_faults()
    }

    /// Everything; an error if there is no row.
    pub fn read_all(mut self) -> Result<Rows, RowError> {
        const BLOCK: usize = 16_384;
        let mut all = self.empty();
        while let Some(rows) = self.next(BLOCK)? {
            all.append(rows)?;
        }
        match all.is_empty() {
            false => Ok(all),
            true => Err(self.place.error("there are no rows", "give a file that has some")),
        }
    }
}

/// Whether the first bytes are of a format that is no text.
fn is_binary(start: &[u8]) -> bool {
    FileFormat::of_content(start).is_some_and(|format| !format.format().by_lines)
        || foreign::is_binary(start)
}

/// The format of the source: as stated, or as its first bytes show. It is an error if they show another format
/// than the stated one.
fn format(start: &[u8], stated: Option<FileFormat>, place: &Place) -> Result<FileFormat, RowError> {
    let found = FileFormat::of_content(start);
    if found.is_none()
        && let Some(refusal) = foreign::refusal(start, place)
    {
        return Err(refusal);
    }
    match (stated, found) {
        (Some(stated), Some(found)) if stated != found => {
            let (found, stated) = (found.format().name, stated.format().name);
            let what = format!("this is {found}, and {stated} is asked for");
            let remedy = format!("say so: kind = \"{found}\" in [dataset], --input-format {found}");
            Err(place.error(what, &remedy))
        }
        (Some(stated), _) => Ok(stated),
        (None, found) => Ok(found.unwrap_or(FileFormat::Csv)),
    }
}
