//! Objects that arrive line by line: the first one decides the columns, before the others are known.

use std::sync::Arc;

use super::union::{Union, names_of};
use super::{Choice, EVENT_TYPE, Fault, Object, Row};
use crate::rows::{Place, ReadOptions, RowError, Rows, Sink};

/// What is known about the objects that have come.
pub(in crate::rows) struct JsonLines {
    choice: Choice,
    /// The columns, once an object has come that is a row.
    columns: Option<(Union, Row)>,
    /// The type of the first event, where none was chosen.
    event_type: Option<String>,
    /// Columns that are there in any case.
    needed: Vec<String>,
}

impl JsonLines {
    /// The columns are the keys of the first object and the needed ones: a needed key that an object lacks is a gap,
    /// and any other that the first did not have is left out.
    pub(in crate::rows) fn new(options: &ReadOptions, needed: &[String]) -> Self {
        let choice = Choice::of(options);
        Self { choice, columns: None, event_type: None, needed: needed.to_vec() }
    }

    /// The columns, once they are known.
    pub(in crate::rows) fn names(&self) -> Option<&Arc<[String]>> {
        self.columns.as_ref().map(|(union, _)| &union.names)
    }

    /// Takes the object of a line. `true`: it is a row, which [`JsonLines::give`] gives.
    pub(in crate::rows) fn take(
        &mut self,
        text: &str,
        line: u64,
        place: &Place,
    ) -> Result<bool, RowError> {
        if self.columns.is_none() && text.trim_start().starts_with('[') {
            let what = "a JSON array has no lines to follow";
            return Err(place.error(what, "follow a file of one JSON object a line"));
        }
        self.object(text).map_err(|fault| fault.at(place, line))
    }

    /// Gives the row that was taken last.
    pub(in crate::rows) fn give(&self, sink: &mut impl Sink, line: u64) {
        if let Some((_, row)) = &self.columns {
            row.give(sink);
            sink.end_row(line);
        }
    }

    /// No rows yet, of the columns that are known.
    pub(in crate::rows) fn empty(&self, place: &Place) -> Rows {
        let names = self.names().cloned().unwrap_or_default();
        Rows::empty(place.clone(), names).sparse()
    }

    fn object(&mut self, text: &str) -> Result<bool, Fault> {
        let object = Object::parse(text)?;
        if !self.choice.takes(&object) {
            return Ok(false);
        }
        let event_type = match self.choice.is_made() {
            true => None,
            false => object.text_at(EVENT_TYPE),
        };
        match &self.columns {
            None => {
                let names = names_of(&object, &self.needed, event_type.as_deref())?;
                self.columns = Some((Union::of(names.clone().into()), Row::new(names.len())));
                self.event_type = event_type;
            }
            Some(_) if event_type != self.event_type => {
                let (found, first) = (event_type.as_deref(), self.event_type.as_deref());
                return Err(Fault::other_event(found, first));
            }
            Some(_) => {}
        }
        if let Some((union, row)) = &mut self.columns {
            row.fill(union, &object)?;
        }
        Ok(true)
    }
}
