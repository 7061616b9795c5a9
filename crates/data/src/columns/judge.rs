//! The judge as a sink: it sees all rows once.

use std::sync::Arc;

use crate::rows::{Cell, Place, Reading, RowError, RowReader, Sink};

use super::attacks::class_word;
use super::codes::OTHER;
use super::names::{LabelName, label, time, time_alone, words};
use super::observed::{Class, Observed};
use super::related::{Related, is_counted};
use super::verdict::verdicts;
use super::{Choices, Judgement, Role};
use crate::times::Evidence;

/// Sees all rows once.
pub(crate) struct Judge {
    names: Arc<[String]>,
    choices: Choices,
    columns: Vec<Observed>,
    /// Whether the values of a column are looked at, by column.
    wanted: Vec<bool>,
    /// Codes of the values of counted rows that are not whole yet, by column.
    open: Vec<Vec<u8>>,
    /// The counted row that ends next, from the first in `open`.
    at: usize,
    rows: u64,
    related: Related,
    /// The first values whose line is not known yet: row, column and class of each.
    unplaced: Vec<(u64, usize, Class)>,
    /// The first row among them.
    next_unplaced: u64,
    times: Vec<Times>,
    /// Columns of `times` with a value whose line is not known yet.
    unplaced_times: Vec<usize>,
}

/// Whether a column may hold times.
enum Times {
    /// So many rows, and none has a value.
    Unseen(u64),
    No,
    Maybe(Box<Evidence>),
}

impl Judge {
    /// Judges the columns of a source that is open, whose types count. It is an error if a column that is
    /// looked at has a type that cannot be read.
    pub(crate) fn of(reader: &RowReader, choices: Choices) -> Result<Self, RowError> {
        let mut judge = Self::new(reader.names(), choices);
        for at in 0..judge.columns.len() {
            if judge.wanted[at] {
                judge.columns[at].stated = reader.stated_type(at)?;
            }
        }
        Ok(judge)
    }

    /// Judges columns of these names.
    pub(crate) fn new(names: &Arc<[String]>, choices: Choices) -> Self {
        let wanted: Vec<bool> = names.iter().map(|name| !choices.ignore.contains(name)).collect();
        let mut related = Related::new(names.len());
        for (at, name) in names.iter().enumerate() {
            let stated = choices.label.as_ref() == Some(name);
            if stated || (wanted[at] && label(&words(name)) >= LabelName::Likely) {
                related.add(at);
            }
        }
        Self {
            names: Arc::clone(names),
            choices,
            columns: names.iter().map(|_| Observed::new()).collect(),
            wanted,
            open: vec![Vec::new(); names.len()],
            at: 0,
            rows: 0,
            related,
            unplaced: Vec::new(),
            next_unplaced: u64::MAX,
            times: names.iter().map(|_| Times::Unseen(0)).collect(),
            unplaced_times: Vec::new(),
        }
    }

    /// Rows so far.
    pub(crate) fn rows(&self) -> u64 {
        self.rows
    }

    /// The verdicts.
    pub(crate) fn finish(self, place: Place) -> Judgement {
        let (columns, troubles) =
            verdicts(&self.names, &self.choices, &self.columns, &self.related, self.rows);
        let seen = columns.iter().zip(self.times).filter_map(|(column, times)| match times {
            Times::Maybe(evidence)
                if column.role == Role::Timestamp
                    || self.choices.time.as_ref() == Some(&column.name) =>
            {
                Some((column.name.clone(), *evidence))
            }
            _ => None,
        });
        let times = seen.collect();
        Judgement { columns, troubles, times, rows: self.rows, notes: Vec::new(), place }
    }

    /// Whether the user says that the column holds times.
    fn is_time(&self, column: usize) -> bool {
        self.choices.time.is_some() && self.choices.time.as_ref() == self.names.get(column)
    }

    /// Looks at a value as one of a column that may hold times.
    fn meet_time(&mut self, column: usize, cell: Cell<'_>) {
        let rows = match &mut self.times[column] {
            Times::No => return,
            Times::Maybe(evidence) => {
                if evidence.meet(cell) {
                    self.unplaced_times.push(column);
                }
                return;
            }
            Times::Unseen(rows) => *rows,
        };
        if cell.reading() == Reading::Missing {
            self.times[column] = Times::Unseen(rows + 1);
            return;
        }
        let words = words(&self.names[column]);
        let named = time(&words) || time_alone(&words);
        if self.is_time(column) || Evidence::may_begin_with(cell, named) {
            self.times[column] = Times::Maybe(Box::new(Evidence::after(rows)));
            self.meet_time(column, cell);
        } else {
            self.times[column] = Times::No;
        }
    }

    /// Knows the line of the row that has ended, for values of times.
    fn place_times(&mut self, line: u64) {
        let (row, times) = (self.rows, &mut self.times);
        self.unplaced_times.retain(|&column| match &mut times[column] {
            Times::Maybe(evidence) => {
                evidence.place(row, line);
                evidence.waits()
            }
            Times::Unseen(_) | Times::No => false,
        });
    }

    /// Knows the line of the row that has ended.
    fn place(&mut self, line: u64) {
        let row = self.rows;
        let columns = &mut self.columns;
        self.unplaced.retain(|&(of, column, class)| {
            if of == row {
                columns[column].place(class, line);
            }
            of != row
        });
        self.next_unplaced = self.unplaced.iter().map(|(of, ..)| *of).min().unwrap_or(u64::MAX);
    }
}

impl Sink for Judge {
    fn wants(&self, column: usize) -> bool {
        self.wanted.get(column).copied().unwrap_or(false) || self.is_time(column)
    }

    fn cell(&mut self, column: usize, cell: Cell<'_>) {
        self.meet_time(column, cell);
        if !self.wanted[column] {
            return;
        }
        let row = self.columns[column].rows;
        let met = self.columns[column].meet(cell);
        if met.first_of_class {
            self.unplaced.push((row, column, met.class));
            self.next_unplaced = self.next_unplaced.min(row);
        }
        if met.new && met.code != OTHER && met.class == Class::Plain && !self.related.is_full() {
            let texts = &self.columns[column].codes.first;
            let text = texts.get(usize::from(met.code)).map(|value| value.text.as_str());
            if text.is_some_and(|text| class_word(text).is_some()) {
                self.related.add(column);
            }
        }
        if is_counted(row) {
            self.open[column].push(met.code);
        }
    }

    fn end_row(&mut self, line: u64) {
        if self.rows == self.next_unplaced {
            self.place(line);
        }
        if !self.unplaced_times.is_empty() {
            self.place_times(line);
        }
        if is_counted(self.rows) {
            self.related.count(&self.open, self.at);
            self.at += 1;
            // A source gives row after row, or a block of one column after the other.
            if self.open.iter().all(|codes| codes.len() <= self.at) {
                self.open.iter_mut().for_each(Vec::clear);
                self.at = 0;
            }
        }
        self.rows += 1;
    }
}
