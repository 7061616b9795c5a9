//! Rows from bytes that arrive piece by piece: whole lines become rows, half a line waits for its end.

use std::io;
use std::sync::Arc;

use super::{LineParser, ReadOptions, RowError, Rows, TextDecoder};

/// Bytes that arrive, on their way to rows.
pub struct ArrivingRows {
    parser: LineParser,
    /// Makes UTF-8 of what arrives.
    decoder: TextDecoder,
    /// The line whose end has not come yet.
    unfinished: Vec<u8>,
}

/// What some whole lines hold.
#[derive(Debug)]
pub struct Arrived {
    /// The rows; `None` where no line is one.
    pub rows: Option<Rows>,
    /// The faults of the lines that are none.
    pub faults: Vec<RowError>,
}

/// Why nothing more can be read.
#[derive(Debug)]
pub enum ArrivalError {
    /// The bytes are not of the text's encoding.
    Encoding(io::Error),
    /// The first line of all does not say what the columns are.
    Rows(RowError),
}

impl ArrivingRows {
    /// Lines of the source of that name. `needed` are columns that are there in any case: JSON objects leave out keys
    /// that have no value.
    pub fn new(name: &str, options: &ReadOptions, needed: &[String]) -> Self {
        Self {
            parser: LineParser::new(name, options).with_columns(needed),
            decoder: TextDecoder::new(options.encoding),
            unfinished: Vec::new(),
        }
    }

    /// The columns, once the first line has come.
    pub fn names(&self) -> Option<&Arc<[String]>> {
        self.parser.names()
    }

    /// What the user should know of how the lines were read, since the last call.
    pub fn take_notes(&mut self) -> Vec<String> {
        self.parser.take_notes()
    }

    /// Takes bytes; what the lines hold whose ends have come. `None` if no line has ended.
    pub fn take(&mut self, bytes: &[u8]) -> Result<Option<Arrived>, ArrivalError> {
        let mut text = Vec::with_capacity(bytes.len());
        self.decoder.decode(bytes, false, &mut text).map_err(ArrivalError::Encoding)?;
        let Some(end) = text.iter().rposition(|&byte| byte == b'\n') else {
            self.unfinished.extend_from_slice(&text);
            return Ok(None);
        };
        let mut whole = std::mem::take(&mut self.unfinished);
        whole.extend_from_slice(&text[..=end]);
        self.unfinished.extend_from_slice(&text[end + 1..]);
        self.lines(&whole).map(Some)
    }

    /// The end of a stream ends its last line too.
    pub fn end(&mut self) -> Result<Arrived, ArrivalError> {
        let mut rest = std::mem::take(&mut self.unfinished);
        self.decoder.decode(&[], true, &mut rest).map_err(ArrivalError::Encoding)?;
        self.lines(&rest)
    }

    /// The source begins anew. Gives back whether a line without an end was dropped.
    pub fn restart(&mut self) -> bool {
        self.parser.restart();
        self.decoder.restart();
        self.drop_unfinished()
    }

    /// Drops a line without an end, and says whether there was one: half a line may hold half a number.
    pub fn drop_unfinished(&mut self) -> bool {
        let had = !self.unfinished.is_empty();
        self.unfinished.clear();
        had
    }

    fn lines(&mut self, text: &[u8]) -> Result<Arrived, ArrivalError> {
        let (rows, faults) = self.parser.rows(text).map_err(ArrivalError::Rows)?;
        Ok(Arrived { rows, faults })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(arrived: Option<Arrived>) -> Vec<String> {
        let rows = arrived.and_then(|arrived| arrived.rows);
        rows.map(|rows| (0..rows.len()).map(|row| rows.text(row, 0).to_owned()).collect())
            .unwrap_or_default()
    }

    #[test]
    fn half_a_line_waits_and_is_dropped_where_the_source_begins_anew() {
        let mut arriving = ArrivingRows::new("log", &ReadOptions::default(), &[]);
        assert!(arriving.take(b"a,b\n1,2").unwrap().unwrap().rows.is_none());
        assert_eq!(texts(arriving.take(b"5\n3,4\n7").unwrap()), ["1", "3"]);
        assert!(arriving.take(b"7").unwrap().is_none());
        assert!(arriving.restart());
        assert!(!arriving.restart());
        let again = arriving.take(b"a,b\n9,9\nx\n8").unwrap().unwrap();
        assert_eq!(again.faults.len(), 1);
        assert_eq!(again.faults[0].line, Some(3));
        assert_eq!(texts(Some(again)), ["9"]);
        assert_eq!(texts(Some(Arrived { rows: None, faults: Vec::new() })), Vec::<String>::new());
        arriving.take(b",8").unwrap();
        assert_eq!(texts(Some(arriving.end().unwrap())), ["8"]);
    }
}
