//! The records of a CSV text as RFC 4180 has it, each with the line in which it begins.

use std::io::{Chain, Cursor, Read};

use csv::{ByteRecord, Reader, ReaderBuilder, Trim};

/// Bytes that are looked at before the first line is read.
const FIRST_BYTES: usize = 1 << 16;

/// How the lines of a file end.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Ends {
    /// `\n`
    Lf,
    /// `\r\n`
    CrLf,
}

/// A text whose first bytes have been looked at.
type Begun<R> = Chain<Cursor<Vec<u8>>, R>;

/// Records of any width; blank lines are none.
pub(crate) struct Records<R> {
    reader: Reader<Chain<Begun<R>, &'static [u8]>>,
    record: ByteRecord,
    ends: Ends,
}

/// Begins to read; a byte order mark is no part of the first record.
pub(crate) fn records<R: Read>(content: R, delimiter: u8) -> std::io::Result<Records<R>> {
    let (content, ends) = begin(content)?;
    // A last line without an end would be counted as if it had begun.
    let content = content.chain(&b"\n"[..]);
    let reader = ReaderBuilder::new()
        .has_headers(false)
        .flexible(true)
        .delimiter(delimiter)
        .trim(Trim::All)
        .from_reader(content);
    Ok(Records { reader, record: ByteRecord::new(), ends })
}

/// Takes a byte order mark away and looks at the end of the first line.
fn begin<R: Read>(mut content: R) -> std::io::Result<(Begun<R>, Ends)> {
    const MARK: &[u8] = "\u{feff}".as_bytes();
    let mut start = Vec::new();
    // No more than the first line: what follows may be long in coming.
    while start.len() < FIRST_BYTES && !start.contains(&b'\n') {
        let filled = start.len();
        start.resize(FIRST_BYTES, 0);
        let length = content.read(&mut start[filled..])?;
        start.truncate(filled + length);
        if length == 0 {
            break;
        }
    }
    if start.starts_with(MARK) {
        start.drain(..MARK.len());
    }
    let end = start.iter().position(|&byte| byte == b'\n').unwrap_or(0);
    let ends = if end > 0 && start[end - 1] == b'\r' { Ends::CrLf } else { Ends::Lf };
    Ok((Cursor::new(start).chain(content), ends))
}

impl<R: Read> Records<R> {
    /// The next record and its line; `None` at the end.
    pub(crate) fn next(&mut self) -> csv::Result<Option<(&ByteRecord, u64)>> {
        match self.reader.read_byte_record(&mut self.record)? {
            false => Ok(None),
            true => Ok(Some((&self.record, self.line()))),
        }
    }

    /// The line in which the record that was read last begins. The reader's own count is that of the
    /// blank lines before it, if there are any; here it is counted back from where the record ends.
    fn line(&self) -> u64 {
        let inside = self.record.as_slice().iter().filter(|&&byte| byte == b'\n').count() as u64;
        // Of `\r\n` the reader leaves the second byte to the next record.
        let ended = u64::from(self.ends == Ends::Lf);
        self.reader.position().line().saturating_sub(inside + ended).max(1)
    }
}
