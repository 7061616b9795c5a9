//! Tables, free of any format.

use std::borrow::Cow;

use oddbench_core::results::ExperimentResults;

use crate::aggregate::{Column, SummaryRow};
use crate::format::{self, ORACLE, UNKNOWN};
use crate::runs;
use crate::spread::Spread;

/// The heading above rows of models that saw labels.
pub const SUPERVISED: &str = "Supervised: trained with labels";

/// What `(s)` means where there are no groups.
pub const SUPERVISED_NOTE: &str = "(s) supervised: trained with labels.";

/// Where a page has room for a column.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Place {
    /// On every screen.
    #[default]
    Always,
    /// Not on a phone.
    Wide,
    /// Where a reader asks for all columns.
    Asked,
}

/// A column's head.
#[derive(Debug, Clone, PartialEq)]
pub struct Head {
    /// What it says.
    pub text: String,
    /// What it says in the terminal, where that is less.
    pub short: Option<String>,
    /// Whether its cells are figures, set flush right.
    pub numeric: bool,
    /// A footnote that belongs to the column.
    pub note: Option<&'static str>,
    /// Whether a table in a paper has the column.
    pub paper: bool,
    /// Whether the table in the terminal has it.
    pub terminal: bool,
    /// Whether tables without much room, in a paper and in the terminal, show the ranges of its cells.
    pub range: bool,
    /// Where a page shows it.
    pub place: Place,
}

impl Head {
    /// A column that every format shows.
    pub fn new(text: impl Into<String>, numeric: bool) -> Self {
        let text = text.into();
        Self {
            text,
            short: None,
            numeric,
            note: None,
            paper: true,
            terminal: true,
            range: true,
            place: Place::default(),
        }
    }
}

/// Columns that every format shows: of text, then of figures.
pub fn heads(texts: &[&str], figures: &[&str]) -> Vec<Head> {
    let texts = texts.iter().map(|&text| Head::new(text, false));
    texts.chain(figures.iter().map(|&text| Head::new(text, true))).collect()
}

/// The title of a metric, marked where an oracle's threshold decides it.
pub fn metric_head(column: impl Into<Column>, oracle: bool) -> Head {
    let column = column.into();
    let mark = if oracle && column.needs_threshold() { ORACLE } else { "" };
    Head::new(format!("{}{mark}", column.title()), true)
}

/// A cell.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Cell {
    /// What it says.
    pub text: String,
    /// Where the value may lie: `0.901 to 0.922`. Every format shows it where there is room ([`Head::range`]).
    pub range: Option<String>,
    /// Its least and greatest over the trials, where there is room: `0.679 to 0.969`. A page shows it on demand.
    pub trials: Option<String>,
    /// More on it, line by line, where there is room. A page shows it on demand.
    pub details: Vec<String>,
    /// Whether it is the best of its column.
    pub best: bool,
    /// A share from 0 to 1 that a bar can show.
    pub share: Option<f64>,
    /// What it sorts by.
    pub value: Option<f64>,
    /// Whether it says that something is amiss.
    pub attention: bool,
    /// The folder of the report that it leads to, below the report's own folder.
    pub link: Option<String>,
}

impl Cell {
    /// Text alone.
    pub fn new(text: impl Into<String>) -> Self {
        Self { text: text.into(), ..Self::default() }
    }

    /// The text with its range, as far as it is shown.
    pub fn with_range(&self, shown: bool) -> Cow<'_, str> {
        match &self.range {
            Some(range) if shown => Cow::Owned(format!("{} ({range})", self.text)),
            _ => Cow::Borrowed(&self.text),
        }
    }

    /// The text with all its ranges.
    pub fn in_full(&self) -> Cow<'_, str> {
        match &self.trials {
            Some(trials) => Cow::Owned(format!("{} ({trials})", self.with_range(true))),
            None => self.with_range(true),
        }
    }

    /// Text that sorts by a value.
    pub fn of(value: f64, text: impl Into<String>) -> Self {
        Self { value: Some(value), ..Self::new(text) }
    }

    /// A name that leads to a report in a folder of that name.
    pub fn linked(name: &str) -> Self {
        Self { link: Some(name.to_owned()), ..Self::new(name) }
    }

    /// A value in words, or that it is unknown.
    pub fn known(value: Option<f64>, show: impl Fn(f64) -> String) -> Self {
        value.map_or_else(|| Self::new(UNKNOWN), |value| Self::of(value, show(value)))
    }

    /// A count.
    pub fn count(count: usize) -> Self {
        Self::of(count as f64, format::count(count))
    }

    /// The median of a figure over trials with its range; `expected` is the number of trials that should have it.
    pub fn spread(spread: Option<Spread>, expected: usize, show: impl Fn(f64) -> String) -> Self {
        let text = format::median(spread, expected, &show);
        let trials = format::range(spread, &show);
        Self { text, trials, value: spread.map(|s| s.median), ..Self::default() }
    }

    /// The same with a bar up to its value.
    pub fn with_bar(self) -> Self {
        Self { share: self.value.map(|value| value.clamp(0.0, 1.0)), ..self }
    }

    /// The number of trials of a row, and how they went if not all completed.
    pub fn trials(row: &SummaryRow) -> Self {
        let counts = row.progress();
        let all = counts.completed == counts.total() && row.undecided.is_none();
        let text = if all { counts.total().to_string() } else { row.progress_in_words() };
        Self { attention: !all, ..Self::of(counts.completed as f64, text) }
    }
}

/// Rows that belong together.
#[derive(Debug, Clone, PartialEq)]
pub struct Group {
    /// What they have in common, if it needs saying.
    pub title: Option<String>,
    /// The rows; the first cell is the row's head.
    pub rows: Vec<Vec<Cell>>,
}

/// A table.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Table {
    /// What it shows.
    pub caption: String,
    /// One per column.
    pub head: Vec<Head>,
    /// The body.
    pub groups: Vec<Group>,
    /// Footnotes, after those of the columns.
    pub notes: Vec<String>,
    /// What the terminal says below it in place of the footnotes.
    pub terminal_notes: Vec<String>,
    /// Whether a reader may want to sort it by a column.
    pub sortable: bool,
    /// Whether a page folds it away, because only some readers want it.
    pub folded: bool,
}

impl Table {
    /// A table whose rows are in one group.
    pub fn new(caption: impl Into<String>, head: Vec<Head>, rows: Vec<Vec<Cell>>) -> Self {
        Self::grouped(caption, head, vec![Group { title: None, rows }])
    }

    /// A table whose rows are in several.
    pub fn grouped(caption: impl Into<String>, head: Vec<Head>, groups: Vec<Group>) -> Self {
        Self { caption: caption.into(), head, groups, ..Self::default() }
    }

    /// With footnotes.
    pub fn notes<S: Into<String>>(self, notes: impl IntoIterator<Item = S>) -> Self {
        Self { notes: notes.into_iter().map(Into::into).collect(), ..self }
    }

    /// A reader may sort it.
    pub fn sortable(self) -> Self {
        Self { sortable: true, ..self }
    }

    /// Columns at these positions are not on a phone, until a reader asks for them.
    pub fn wide(mut self, columns: impl IntoIterator<Item = usize>) -> Self {
        for at in columns {
            if let Some(head) = self.head.get_mut(at).filter(|head| head.place == Place::Always) {
                head.place = Place::Wide;
            }
        }
        self
    }

    /// Only some readers want it: a page folds it away.
    pub fn folded(self) -> Self {
        Self { folded: true, ..self }
    }

    /// Every footnote: those of the columns, each once, and those of the table.
    pub fn footnotes(&self) -> Vec<&str> {
        let mut notes: Vec<&str> = Vec::new();
        for note in self.head.iter().filter_map(|head| head.note) {
            if !notes.contains(&note) {
                notes.push(note);
            }
        }
        notes.extend(self.notes.iter().map(String::as_str));
        notes
    }
}

/// Unsupervised models first, then supervised ones in a separate group with a heading.
pub fn by_supervision<'r>(
    rows: impl Iterator<Item = &'r SummaryRow>,
    cells: impl Fn(&'r SummaryRow) -> Vec<Cell>,
) -> Vec<Group> {
    let (supervised, unsupervised): (Vec<_>, Vec<_>) = rows.partition(|row| row.supervised);
    let group = |title: Option<&str>, rows: Vec<&'r SummaryRow>| Group {
        title: title.map(str::to_owned),
        rows: rows.into_iter().map(&cells).collect(),
    };
    let groups = [group(None, unsupervised), group(Some(SUPERVISED), supervised)];
    groups.into_iter().filter(|group| !group.rows.is_empty()).collect()
}

/// What a figure is the median of, if some row has several trials.
pub fn median_note(results: &ExperimentResults, rows: &[SummaryRow]) -> Option<String> {
    let several = rows.iter().any(|row| row.trials.len() > 1);
    let over = runs::varied(results);
    several.then(|| format!("Medians over {over}, with the least and the greatest."))
}
