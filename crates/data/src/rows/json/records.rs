//! The objects of a JSON text with the lines in which they begin: of lines, of an array, or of objects that are
//! laid out over several lines.

use std::io::{BufRead, BufReader, Read};

use super::REMEDY;
use crate::rows::content::Content;
use crate::rows::error::unreadable;
use crate::rows::{Place, RowError};

/// The longest object, in bytes.
const LONGEST: usize = 16 << 20;

/// How the objects lie in the text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Layout {
    /// One a line.
    Lines,
    /// In an array.
    Array,
    /// One after the other over several lines.
    Spread,
}

/// Cuts a text into objects.
pub(super) struct Records {
    place: Place,
    content: BufReader<Content>,
    layout: Layout,
    /// Bytes of the object that was cut last, or of the first line.
    text: Vec<u8>,
    /// The first line waits in `text`.
    waiting: bool,
    line: u64,
    ended: bool,
}

/// The text of an object, and the line in which it begins.
pub(super) struct Record<'a> {
    pub(super) text: &'a str,
    pub(super) line: u64,
}

impl Records {
    pub(super) fn new(content: Content, place: &Place) -> Result<Self, RowError> {
        let mut records = Self {
            place: place.clone(),
            content: BufReader::with_capacity(1 << 16, content),
            layout: Layout::Lines,
            text: Vec::new(),
            waiting: false,
            line: 1,
            ended: false,
        };
        records.begin()?;
        Ok(records)
    }

    pub(super) fn layout(&self) -> Layout {
        self.layout
    }

    /// The next object; an error inside is one of that object alone.
    pub(super) fn next(&mut self) -> Result<Option<Result<Record<'_>, RowError>>, RowError> {
        let line = match self.layout {
            Layout::Lines => self.next_line()?,
            Layout::Array | Layout::Spread => self.next_element()?,
        };
        let Some(line) = line else { return Ok(None) };
        let text = std::str::from_utf8(&self.text);
        let text = text
            .map_err(|_| self.place.at(line, "the text is not UTF-8", "save the file as UTF-8"));
        Ok(Some(text.map(|text| Record { text, line })))
    }

    /// Looks at the first byte that is no blank, and of an object at its first line.
    fn begin(&mut self) -> Result<(), RowError> {
        while let Some(byte) = self.peek()? {
            match byte {
                b'[' => {
                    self.layout = Layout::Array;
                    self.take();
                    return Ok(());
                }
                // Byte order mark.
                0xef | 0xbb | 0xbf => self.take(),
                blank if blank.is_ascii_whitespace() => self.take(),
                _ => break,
            }
        }
        self.waiting = self.read_line()?;
        if self.waiting && opens_more_than_it_closes(&self.text) {
            self.layout = Layout::Spread;
            let first = std::mem::take(&mut self.text);
            let rest = std::mem::replace(
                &mut self.content,
                BufReader::with_capacity(1, Box::new(std::io::empty())),
            );
            let again: Content = Box::new(std::io::Cursor::new(first).chain(rest));
            self.content = BufReader::with_capacity(1 << 16, again);
            self.waiting = false;
        }
        Ok(())
    }

    /// Reads a line into `text`, its end included; `false` at the end.
    fn read_line(&mut self) -> Result<bool, RowError> {
        self.text.clear();
        let mut limited = self.content.by_ref().take(LONGEST as u64);
        let read = limited.read_until(b'\n', &mut self.text);
        let read = read.map_err(|error| unreadable(&self.place.name, &error))?;
        if read == LONGEST {
            return Err(self.too_long(self.line));
        }
        Ok(read > 0)
    }

    fn next_line(&mut self) -> Result<Option<u64>, RowError> {
        loop {
            if !std::mem::take(&mut self.waiting) && !self.read_line()? {
                return Ok(None);
            }
            let line = self.line;
            self.line += 1;
            if !self.text.iter().all(u8::is_ascii_whitespace) {
                return Ok(Some(line));
            }
        }
    }

    /// Cuts the next element out of an array, or the next object out of a row of them.
    fn next_element(&mut self) -> Result<Option<u64>, RowError> {
        while let Some(byte) = self.peek()? {
            match byte {
                b',' => self.take(),
                b']' if self.layout == Layout::Array => {
                    self.take();
                    self.ended = true;
                }
                blank if blank.is_ascii_whitespace() => self.take(),
                _ if self.ended => {
                    let what = "there is more text behind the array";
                    return Err(self.place.at(self.line, what, REMEDY));
                }
                _ => return self.element().map(Some),
            }
        }
        match self.layout == Layout::Array && !self.ended {
            true => {
                let what = "the text ends before the array does";
                Err(self.place.at(self.line, what, "was the file copied whole?"))
            }
            false => Ok(None),
        }
    }

    /// One value into `text`: up to the comma or bracket behind it.
    fn element(&mut self) -> Result<u64, RowError> {
        let begun = self.line;
        self.text.clear();
        let mut nesting = Nesting::default();
        while let Some(byte) = self.peek()? {
            let outside = nesting.depth == 0 && !nesting.quoted;
            if outside && matches!(byte, b',' | b']') && !self.text.is_empty() {
                break;
            }
            nesting.pass(byte);
            self.text.push(byte);
            self.take();
            if self.text.len() > LONGEST {
                return Err(self.too_long(begun));
            }
            if nesting.depth <= 0 && !nesting.quoted && matches!(byte, b'}' | b']') {
                break;
            }
        }
        Ok(begun)
    }

    fn peek(&mut self) -> Result<Option<u8>, RowError> {
        let buffer =
            self.content.fill_buf().map_err(|error| unreadable(&self.place.name, &error))?;
        Ok(buffer.first().copied())
    }

    /// Passes over the byte that was looked at.
    fn take(&mut self) {
        if self.content.buffer().first() == Some(&b'\n') {
            self.line += 1;
        }
        self.content.consume(1);
    }

    fn too_long(&self, line: u64) -> RowError {
        let what = format!("an object is longer than {LONGEST} bytes");
        self.place.at(line, what, REMEDY)
    }
}

/// Whether an object that begins in a line does not end in it.
fn opens_more_than_it_closes(line: &[u8]) -> bool {
    let mut nesting = Nesting::default();
    line.iter().for_each(|&byte| nesting.pass(byte));
    // A line that ends inside of a string is broken, and not laid out over several lines.
    nesting.depth > 0 && !nesting.quoted
}

/// Where a place in a JSON text is.
#[derive(Debug, Default)]
struct Nesting {
    /// Brackets and braces that are open.
    depth: i64,
    /// Inside of a string.
    quoted: bool,
    /// Behind a backslash in a string.
    escaped: bool,
}

impl Nesting {
    fn pass(&mut self, byte: u8) {
        match byte {
            _ if self.escaped => self.escaped = false,
            b'\\' if self.quoted => self.escaped = true,
            b'"' => self.quoted = !self.quoted,
            _ if self.quoted => {}
            b'{' | b'[' => self.depth += 1,
            b'}' | b']' => self.depth -= 1,
            _ => {}
        }
    }
}
