//! The records of a CSV text as RFC 4180 has it, each with the line in which it begins.

mod escapes;

use std::collections::VecDeque;
use std::io::{self, BufRead, BufReader, Read};
use std::ops::Range;

use csv::{ByteRecord, ReaderBuilder, Trim};

/// The longest record; a file without line ends is no CSV file.
pub(crate) const LONGEST: usize = 16 << 20;

/// The values of one line, blanks around them taken away.
#[derive(Debug, Default)]
pub(crate) struct Record {
    text: Vec<u8>,
    values: Vec<Range<usize>>,
    /// The line in which it begins, from 1.
    pub(crate) line: u64,
    /// The line of a quote that is open at the end of the text.
    pub(crate) unclosed: Option<u64>,
    /// The line of a quote that a backslash escapes, which is not CSV: the values are not what was meant.
    pub(crate) escaped: Option<u64>,
}

impl Record {
    /// Number of values.
    pub(crate) fn len(&self) -> usize {
        self.values.len()
    }

    /// The bytes of a value. Panics out of range.
    pub(crate) fn value(&self, at: usize) -> &[u8] {
        &self.text[self.values[at].clone()]
    }

    /// Leaves the last value out.
    pub(crate) fn drop_last(&mut self) {
        self.values.pop();
    }

    /// The values as texts; `None` if they are not UTF-8.
    pub(crate) fn texts(&self) -> Option<impl Iterator<Item = &str> + Clone> {
        let text = std::str::from_utf8(&self.text).ok()?;
        // A character could span two values only if a delimiter cut its bytes.
        let cut = self.values.iter().any(|value| !text.is_char_boundary(value.start));
        (!cut).then(|| self.values.iter().map(|value| &text[value.clone()]))
    }

    /// Cuts a line without quotes.
    fn cut(&mut self, delimiter: u8) {
        self.values.clear();
        let mut start = 0;
        for (at, &byte) in self.text.iter().enumerate() {
            if byte == delimiter {
                self.values.push(start..at);
                start = at + 1;
            }
        }
        self.values.push(start..self.text.len());
        for value in &mut self.values {
            while value.start < value.end && self.text[value.start].is_ascii_whitespace() {
                value.start += 1;
            }
            while value.start < value.end && self.text[value.end - 1].is_ascii_whitespace() {
                value.end -= 1;
            }
        }
    }

    /// Takes over what the `csv` crate read.
    fn copy(&mut self, record: &ByteRecord) {
        self.text.clear();
        self.text.extend_from_slice(record.as_slice());
        self.values.clear();
        self.values.extend((0..record.len()).filter_map(|at| record.range(at)));
    }
}

/// Records of any width; lines of blanks are none, as for pandas. Lines without quotes, which most files have alone,
/// are cut here; the `csv` crate reads the others.
pub(crate) struct Records<R> {
    content: BufReader<R>,
    delimiter: u8,
    /// Lines that were read.
    lines: u64,
    record: Record,
    /// Records of lines with quotes, each with its line.
    waiting: VecDeque<(ByteRecord, u64)>,
    /// The line of a quote that is open at the end of the text: the last record holds it.
    unclosed: Option<u64>,
    /// The line of an escaped quote in the records that wait.
    escaped: Option<u64>,
}

impl<R: Read> Records<R> {
    /// Begins to read.
    pub(crate) fn new(content: R, delimiter: u8) -> Self {
        Self::with_capacity(1 << 16, content, delimiter)
    }

    /// As [`Self::new`], for a short text.
    pub(crate) fn with_capacity(capacity: usize, content: R, delimiter: u8) -> Self {
        let content = BufReader::with_capacity(capacity, content);
        let (record, waiting) = (Record::default(), VecDeque::new());
        Self { content, delimiter, lines: 0, record, waiting, unclosed: None, escaped: None }
    }

    /// The next record; `None` at the end.
    pub(crate) fn next(&mut self) -> io::Result<Option<&mut Record>> {
        while self.waiting.is_empty() {
            self.record.text.clear();
            self.record.line = self.lines + 1;
            if !self.line()? {
                return Ok(None);
            }
            let text = without_end(&self.record.text);
            if text.contains(&b'"') || text.contains(&b'\r') {
                self.quoted()?;
            } else if !is_blank(text, self.delimiter) {
                self.record.escaped = None;
                let length = text.len();
                self.record.text.truncate(length);
                self.record.cut(self.delimiter);
                return Ok(Some(&mut self.record));
            }
        }
        if let Some((record, line)) = self.waiting.pop_front() {
            self.record.copy(&record);
            self.record.line = line;
            self.record.escaped = self.escaped.take();
            self.record.unclosed = self.unclosed.filter(|_| self.waiting.is_empty());
        }
        Ok(Some(&mut self.record))
    }

    /// The next line that is not empty, uncut and without its end; `None` at the end.
    pub(crate) fn line_text(&mut self) -> io::Result<Option<(&[u8], u64)>> {
        loop {
            self.record.text.clear();
            self.record.line = self.lines + 1;
            if !self.line()? {
                return Ok(None);
            }
            if !without_end(&self.record.text).is_empty() {
                break;
            }
        }
        Ok(Some((without_end(&self.record.text), self.record.line)))
    }

    /// Appends the next line with its end; `false` at the end of the text.
    fn line(&mut self) -> io::Result<bool> {
        let text = &mut self.record.text;
        let left = (LONGEST + 1).saturating_sub(text.len());
        let length = self.content.by_ref().take(left as u64).read_until(b'\n', text)?;
        if text.len() > LONGEST {
            let what = format!("line {} is longer than {LONGEST} bytes", self.record.line);
            return Err(io::Error::new(io::ErrorKind::Unsupported, what));
        }
        if self.lines == 0 {
            text.drain(..text.len() - without_byte_order_marks(text).len());
        }
        self.lines += u64::from(length > 0);
        Ok(length > 0)
    }

    /// Reads on to the end of a quoted value that goes over lines, and has the `csv` crate read all.
    fn quoted(&mut self) -> io::Result<()> {
        let (mut quotes, mut seen) = (Quotes::ValueStart, 0);
        let mut opened = self.lines;
        loop {
            let was_inside = quotes == Quotes::Inside;
            quotes = quotes.after(&self.record.text[seen..], self.delimiter);
            if !was_inside {
                opened = self.lines;
            }
            seen = self.record.text.len();
            if quotes != Quotes::Inside {
                break;
            }
            let more = self.line();
            if !more.map_err(|error| too_long(error, opened))? {
                self.unclosed = Some(opened);
                break;
            }
        }
        let text = self.record.text.as_slice();
        let escape = escapes::escape(text, self.delimiter, self.unclosed.is_some());
        self.escaped = escape.map(|at| {
            let lines = text[..at].iter().filter(|&&byte| byte == b'\n').count();
            self.record.line + lines as u64
        });
        let mut reader = ReaderBuilder::new()
            .has_headers(false)
            .flexible(true)
            .delimiter(self.delimiter)
            .trim(Trim::All)
            .from_reader(text);
        let mut line = self.record.line;
        let mut record = ByteRecord::new();
        while reader.read_byte_record(&mut record)? {
            self.waiting.push_back((record.clone(), line));
            line = self.record.line + reader.position().line() - 1;
        }
        Ok(())
    }
}

/// Names the line in which the quote opens that is so long.
fn too_long(error: io::Error, opened: u64) -> io::Error {
    match error.kind() {
        io::ErrorKind::Unsupported => io::Error::new(
            error.kind(),
            format!(
                "a quote opens in line {opened} and is not closed within {LONGEST} bytes; close the quote, or take it out"
            ),
        ),
        _ => error,
    }
}

/// Whether a line holds nothing but blanks. Delimiters alone make a row of missing values.
fn is_blank(line: &[u8], delimiter: u8) -> bool {
    let blank = |&byte: &u8| byte != delimiter && byte.is_ascii_whitespace();
    line.first().is_none_or(|byte| blank(byte) && line.iter().all(blank))
}

/// A text without the byte order marks in front of it. A program that writes one in front of a file that has one
/// leaves several.
pub(crate) fn without_byte_order_marks(mut text: &[u8]) -> &[u8] {
    while let Some(rest) = text.strip_prefix("\u{feff}".as_bytes()) {
        text = rest;
    }
    text
}

fn without_end(line: &[u8]) -> &[u8] {
    let line = line.strip_suffix(b"\n").unwrap_or(line);
    line.strip_suffix(b"\r").unwrap_or(line)
}

/// Where a text stands with its quotes.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Quotes {
    /// Before a value: a quote here begins a quoted one.
    ValueStart,
    /// In a value that is not quoted.
    Outside,
    /// In a quoted value.
    Inside,
    /// After a quote in a quoted value: its end, unless another quote follows.
    Closing,
}

impl Quotes {
    fn after(self, text: &[u8], delimiter: u8) -> Self {
        text.iter().fold(self, |quotes, &byte| match (quotes, byte) {
            (Self::ValueStart | Self::Closing, b'"') => Self::Inside,
            (Self::Inside, b'"') => Self::Closing,
            (Self::Inside, _) => Self::Inside,
            (_, byte) if byte == delimiter || matches!(byte, b'\n' | b'\r') => Self::ValueStart,
            _ => Self::Outside,
        })
    }
}
