//! The first reading of a user's table: which of its columns are features, and which classes it has.

use std::collections::HashMap;
use std::path::Path;

use oddbench_core::FeatureKind;

use super::choose::check_names;
use super::kinds::TableOptions;
use super::read::{missing_label, of_row, refuse_empty};
use crate::columns::{Choices, ColumnVerdict, Judge, Judgement, Remedies};
use crate::datasets::keys::KeyFault;
use crate::rows::{Cell, RowReader, Sink};
use crate::values::class_name;

/// What the first reading found.
#[derive(Debug)]
pub(super) struct Judged {
    pub(super) judgement: Judgement,
    /// The classes that occur, in order of appearance.
    pub(super) classes: Vec<String>,
}

impl Judged {
    /// Every column that can be a feature, with the kind that it has.
    pub(super) fn columns(&self) -> Vec<(String, FeatureKind)> {
        let kind = |column: &ColumnVerdict| Some((column.name.clone(), column.kind_if_kept?));
        self.judgement.columns.iter().filter_map(kind).collect()
    }
}

/// Reads the training table once.
pub(super) fn judged(options: &TableOptions) -> Result<Judged, KeyFault> {
    let (path, key) = (options.path.as_path(), "path");
    let file = path.display().to_string();
    refuse_empty(path, key)?;
    let fault = |error| of_row(key, error);
    let mut reader = RowReader::open(path, &options.read).map_err(fault)?;
    let label = check_names(options, &file, reader.names())?;
    let choices = choices(options);
    let judge = Judge::of(&reader, choices).map_err(fault)?;
    let mut sink = Labelled { judge, label, classes: Classes::default() };
    let read = reader.fill(&mut sink, options.limit.unwrap_or(usize::MAX));
    // A label that is missing comes before the line at which reading stopped.
    if let Some(line) = sink.classes.missing_line {
        return Err(fault(missing_label(&reader, line, &sink.classes.missing_text)));
    }
    read.map_err(fault)?;
    if sink.judge.rows() == 0 {
        return Err(fault(reader.error(None, "there are no rows", "give a file that has some")));
    }
    let judgement = sink.judge.finish(reader.place().clone()).with_notes(reader.take_notes());
    if let Some(error) = judgement.refusal(false, Remedies::Toml) {
        return Err(fault(error));
    }
    if judgement.features().is_empty() {
        return Err(no_feature(path, &judgement));
    }
    Ok(Judged { judgement, classes: sink.classes.names })
}

fn choices(options: &TableOptions) -> Choices {
    Choices {
        label: Some(options.label.clone()),
        ignore: options.ignore.clone(),
        keep: options.keep.clone(),
        categorical: options.categorical.clone(),
        time: options.time.clone(),
        // `[preprocess]` decides how categories are encoded, and so how many are too many.
        most_categories: None,
    }
}

fn no_feature(path: &Path, judgement: &Judgement) -> KeyFault {
    let message =
        format!("{}: there is no column beside the label and what is left out", path.display());
    let told = judgement.told(Remedies::Toml);
    match (told.is_empty(), judgement.columns.len()) {
        (true, 0 | 1) => {
            KeyFault::value("path", message, "features are needed: is the delimiter right?")
        }
        (true, _) => {
            let help = "features are needed: take a column out of dataset.ignore";
            KeyFault::value("path", message, help)
        }
        (false, _) => KeyFault::value(
            "path",
            message,
            &format!("{}; keep = [\"...\"] takes a column all the same", told.join("; ")),
        ),
    }
}

/// Gives the rows to the judge, and notes the classes.
struct Labelled {
    judge: Judge,
    label: usize,
    classes: Classes,
}

#[derive(Default)]
struct Classes {
    names: Vec<String>,
    /// Classes of labels that were met.
    known: HashMap<String, ()>,
    last: String,
    rows: u64,
    missing_row: Option<u64>,
    /// The mark that stands there.
    missing_text: String,
    missing_line: Option<u64>,
}

impl Classes {
    fn meet(&mut self, cell: Cell<'_>) {
        let label = cell.category();
        self.rows += 1;
        if label.is_empty() {
            if self.missing_row.is_none() {
                self.missing_row = Some(self.rows - 1);
                if let Cell::Text(text, _) = cell {
                    self.missing_text = text.trim().to_owned();
                }
            }
        } else if label.as_ref() != self.last {
            self.last.clear();
            self.last.push_str(&label);
            if self.known.insert(label.clone().into_owned(), ()).is_none() {
                let class = class_name(&label);
                if !self.names.contains(&class) {
                    self.names.push(class);
                }
            }
        }
    }
}

impl Sink for Labelled {
    fn wants(&self, column: usize) -> bool {
        column == self.label || self.judge.wants(column)
    }

    fn cell(&mut self, column: usize, cell: Cell<'_>) {
        if column == self.label {
            self.classes.meet(cell);
        }
        self.judge.cell(column, cell);
    }

    fn end_row(&mut self, line: u64) {
        if self.classes.missing_row == Some(self.judge.rows()) {
            self.classes.missing_line = Some(line);
        }
        self.judge.end_row(line);
    }
}
