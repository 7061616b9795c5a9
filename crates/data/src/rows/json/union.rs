//! The columns of a JSON text: the keys of all its objects.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use oddbench_core::counts::counted;

use super::REMEDY;
use super::by_columns::{REMEDY as BY_ROWS, WHAT, is_by_columns};
use super::events::{self, Choice};
use super::flat::{Fault, Object};
use super::records::{Layout, Records};
use crate::rows::{CellKind, Place, ReadOptions, RowError};

/// More columns are keys that name rows or values, and no traits of rows.
const WIDEST: usize = 10_000;

/// The columns, in the order in which their keys first appear.
pub(in crate::rows) struct Union {
    pub(in crate::rows) names: Arc<[String]>,
    positions: HashMap<String, usize>,
}

impl Union {
    pub(in crate::rows) fn of(names: Arc<[String]>) -> Self {
        let positions = names.iter().cloned().zip(0..).collect();
        Self { names, positions }
    }

    /// The column of a key; most objects have their keys in the same order, so it is often the next one.
    pub(in crate::rows) fn position(&self, key: &str, next: usize) -> Option<usize> {
        match self.names.get(next).is_some_and(|name| name == key) {
            true => Some(next),
            false => self.positions.get(key).copied(),
        }
    }
}

/// The columns that the first object of a stream says: its keys, and behind them those that are needed. An error if
/// it has none of these.
pub(in crate::rows) fn names_of(
    object: &Object<'_>,
    needed: &[String],
    event_type: Option<&str>,
) -> Result<Vec<String>, Fault> {
    let mut names: Vec<String> = Vec::new();
    object.each(&mut |key, _, _| match names.iter().any(|name| name == key) {
        true => Err(Fault::twice(key)),
        false => {
            names.push(key.to_owned());
            Ok(())
        }
    })?;
    if !needed.is_empty() && !needed.iter().any(|name| names.contains(name)) {
        return Err(Fault::no_needed(needed, event_type));
    }
    let absent: Vec<String> = needed.iter().filter(|name| !names.contains(name)).cloned().collect();
    names.extend(absent);
    Ok(names)
}

/// The columns as they are found.
pub(super) struct Scan<'a> {
    choice: &'a Choice,
    place: &'a Place,
    names: Vec<String>,
    positions: HashMap<String, usize>,
    event_types: BTreeMap<String, u64>,
    objects: u64,
}

impl<'a> Scan<'a> {
    pub(super) fn new(choice: &'a Choice, place: &'a Place) -> Self {
        let (names, positions, event_types) = Default::default();
        Self { choice, place, names, positions, event_types, objects: 0 }
    }

    /// Takes the keys of an object.
    pub(super) fn add(&mut self, object: &Object<'_>) -> Result<(), Fault> {
        self.objects += 1;
        if let Some(name) = object.text_at(events::KEY) {
            *self.event_types.entry(name).or_default() += 1;
        }
        if !self.choice.takes(object) {
            return Ok(());
        }
        let mut next = 0;
        object.each(&mut |key, _, _| {
            if self.names.get(next).is_some_and(|name| name == key) {
                next += 1;
                return Ok(());
            }
            match self.positions.get(key) {
                Some(&column) => next = column + 1,
                None if self.names.len() < WIDEST => {
                    self.positions.insert(key.to_owned(), self.names.len());
                    self.names.push(key.to_owned());
                    next = self.names.len();
                }
                None => return Err(Fault::too_wide(WIDEST, key)),
            }
            Ok(())
        })
    }

    pub(super) fn finish(self, options: &ReadOptions) -> Result<Union, RowError> {
        self.choice.check(&self.event_types, self.place)?;
        if self.objects == 0 {
            return Err(self.place.error("the file is empty", REMEDY));
        }
        if self.names.is_empty() {
            return Err(self.place.error("no object has a key", REMEDY));
        }
        options.limits.check(self.place, None, self.names.len())?;
        Ok(Union { names: self.names.into(), positions: self.positions })
    }
}

/// Reads a text for its keys.
pub(super) fn scan(
    mut records: Records,
    choice: &Choice,
    place: &Place,
    options: &ReadOptions,
) -> Result<Union, RowError> {
    let layout = records.layout();
    let mut scan = Scan::new(choice, place);
    let mut list = None;
    let mut by_columns = false;
    while let Some(record) = records.next()? {
        let added = record.and_then(|record| {
            let added = Object::parse(record.text).and_then(|object| {
                if scan.objects == 0 && layout != Layout::Array {
                    list = longest_list(&object);
                    by_columns = is_by_columns(&object);
                }
                scan.add(&object)
            });
            added.map_err(|fault| fault.at(place, record.line))
        });
        match added {
            // It is found again when the rows are read; the note comes then.
            Err(_) if options.skip_bad => {}
            added => added?,
        }
    }
    match list.filter(|_| scan.objects == 1) {
        Some((key, length)) => Err(wrapped(&key, length, place)),
        None if by_columns && scan.objects == 1 => Err(place.error(WHAT, BY_ROWS)),
        None => scan.finish(options),
    }
}

/// The file is one object around a list of rows.
fn wrapped(key: &str, length: usize, place: &Place) -> RowError {
    let what = format!(
        "the file is one object, and its key \"{key}\" holds a list of {}",
        counted(length, "object")
    );
    let remedy = format!("give the list alone, e.g. jq {} FILE > rows.json", jq_path(key));
    place.error(what, &remedy)
}

/// The path of a flattened key for `jq`, in the shell's quotes.
fn jq_path(key: &str) -> String {
    let is_letter = |c: char| c.is_ascii_alphabetic() || c == '_';
    let is_plain = |part: &str| {
        part.starts_with(is_letter) && part.chars().all(|c| is_letter(c) || c.is_ascii_digit())
    };
    let part = |part: &str| match is_plain(part) {
        true => format!(".{part}"),
        false => format!(".{}", serde_json::Value::from(part)),
    };
    let path: String = key.split('.').map(part).collect();
    format!("'{}'", path.replace('\'', r"'\''"))
}

/// The key that holds the longest list of objects, if one holds several: a file of one such object is a list with
/// words around it.
fn longest_list(object: &Object<'_>) -> Option<(String, usize)> {
    let mut longest: Option<(String, usize)> = None;
    // Faults show when the pairs are taken.
    let _ = object.each(&mut |key, value, kind| {
        if kind == CellKind::Text
            && value.starts_with('[')
            && let Ok(list) =
                serde_json::from_str::<Vec<serde_json::Map<String, serde_json::Value>>>(value)
            && list.len() > longest.as_ref().map_or(1, |(_, length)| *length)
        {
            longest = Some((key.to_owned(), list.len()));
        }
        Ok(())
    });
    longest
}
