//! CSV, quoted where it must be.

use std::io::Write;

use csv::Writer;

use super::{Decisions, number, share_text, unwritable};
use crate::rows::{RowError, Rows};

pub(super) struct CsvSink<W: Write> {
    writer: Writer<W>,
    escape: bool,
}

impl<W: Write> CsvSink<W> {
    pub(super) fn new(
        out: W,
        delimiter: u8,
        names: &[&str],
        escape: bool,
    ) -> Result<Self, RowError> {
        let writer = csv::WriterBuilder::new().delimiter(delimiter).from_writer(out);
        let mut sink = Self { writer, escape };
        for name in names {
            sink.field(name)?;
        }
        sink.end()?;
        Ok(sink)
    }

    pub(super) fn write(&mut self, rows: &Rows, decisions: &Decisions) -> Result<(), RowError> {
        for row in 0..rows.len() {
            for column in 0..rows.names().len() {
                self.field(rows.text(row, column))?;
            }
            self.plain(&number(decisions.scores[row]))?;
            self.plain(if decisions.anomalies[row] { "true" } else { "false" })?;
            for entry in decisions.top[row] {
                match entry {
                    Some((feature, value)) => {
                        self.field(&decisions.features[feature])?;
                        self.plain(&share_text(value).unwrap_or_default())?;
                    }
                    None => {
                        self.plain("")?;
                        self.plain("")?;
                    }
                }
            }
            self.field(&decisions.unseen_names(row))?;
            self.end()?;
        }
        Ok(())
    }

    pub(super) fn flush(&mut self) -> Result<(), RowError> {
        self.writer.flush().map_err(unwritable)
    }

    fn field(&mut self, text: &str) -> Result<(), RowError> {
        match self.escape && is_formula(text) {
            true => self.plain(&format!("'{text}")),
            false => self.plain(text),
        }
    }

    fn plain(&mut self, text: &str) -> Result<(), RowError> {
        self.writer.write_field(text).map_err(unwritable)
    }

    fn end(&mut self) -> Result<(), RowError> {
        self.writer.write_record(None::<&[u8]>).map_err(unwritable)
    }
}

/// Whether a spreadsheet might run the text (OWASP: CSV injection). Plain numbers are no formulas, and neither is a
/// hyphen alone, by which Zeek and other tools write that there is no value.
fn is_formula(text: &str) -> bool {
    let begins = text.starts_with(['=', '+', '-', '@', '\t', '\r', '\n']);
    begins && text != "-" && text.parse::<f64>().is_err()
}
