//! The judge of columns: it says what it takes each column of a file for, and why. So row
//! numbers, addresses, timestamps and labels are no features unless a user asks for it.
//!
//! A `Judge` sees all rows once and keeps counts, never the values: its memory depends on the number of
//! columns, not of rows. `check`, `run`, `fit`, `serve` and `oddbench data describe` ask the same judge.

mod attacks;
mod choices;
mod codes;
mod hints;
mod judge;
mod labels;
mod looks;
mod message;
mod names;
mod observed;
mod related;
mod run;
mod spelled;
#[cfg(test)]
mod tests;
mod units;
mod verdict;

use std::path::Path;

use oddbench_core::FeatureKind;
use serde::{Deserialize, Serialize};

use crate::rows::{ReadOptions, RowError, RowReader, Rows};
use crate::times::Evidence;

pub use attacks::is_normal_class;
pub use choices::{Choices, split_names};
pub(crate) use judge::Judge;
pub use labels::{FoundLabels, find_labels, is_label_name};
pub use message::{Remedies, Trouble, Wrong, setting};

pub use crate::values::class_name;

/// What a column is taken for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Role {
    /// A number.
    Number,
    /// A category.
    Category,
    /// True or false.
    Boolean,
    /// A point in time.
    Timestamp,
    /// An IP or hardware address.
    Address,
    /// A number of a port.
    Port,
    /// The name or the number of a row, or of a thing.
    Identifier,
    /// The label, or something that is derived from it.
    Label,
    /// What `oddbench score` wrote beside the columns of a row.
    Scores,
    /// One value in all rows.
    Constant,
    /// No value in any row.
    Empty,
    /// More categories than one-hot encoding takes.
    TooWide,
    /// Numbers and texts.
    Mixed,
    /// A user left it out; its values were not looked at.
    Ignored,
}

impl Role {
    /// In one or two words.
    pub fn words(self) -> &'static str {
        match self {
            Self::Number => "number",
            Self::Category => "category",
            Self::Boolean => "boolean",
            Self::Timestamp => "timestamp",
            Self::Address => "address",
            Self::Port => "port",
            Self::Identifier => "identifier",
            Self::Label => "label",
            Self::Scores => "scores",
            Self::Constant => "constant",
            Self::Empty => "empty",
            Self::TooWide => "too wide",
            Self::Mixed => "mixed",
            Self::Ignored => "ignored",
        }
    }
}

/// What is known about one column.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ColumnVerdict {
    /// Its name.
    pub name: String,
    /// What it is taken for.
    pub role: Role,
    /// The kind of the feature that it is; `None`: it is left out.
    pub kind: Option<FeatureKind>,
    /// The kind that it has, or would have if it were kept; `None`: it is to be ignored, is the label, or
    /// holds nothing, or numbers and texts.
    pub kind_if_kept: Option<FeatureKind>,
    /// Why, as a clause that can follow a colon.
    pub reason: String,
    /// What may be wrong with a column that is kept.
    pub note: Option<String>,
    /// Rows without a value.
    pub missing: u64,
    /// Rows with an infinite value.
    pub infinite: u64,
    /// Rows with a percent sign behind the number; `None` in files that were written before they were counted.
    #[serde(default)]
    pub percentages: Option<u64>,
    /// Different values; `None`: more than are counted (20,000, and 2,000 numbers after 100,000 rows).
    pub distinct: Option<usize>,
    /// The smallest finite number; `None` without numbers.
    pub min: Option<f64>,
    /// The largest finite number.
    pub max: Option<f64>,
    /// The first different values.
    pub examples: Vec<String>,
}

impl ColumnVerdict {
    /// Whether a user has said that it is no feature.
    fn is_users_choice(&self) -> bool {
        self.role == Role::Ignored || (self.role == Role::Label && self.kind_if_kept.is_none())
    }
}

/// What is known about all columns of a file.
#[derive(Debug, Clone, PartialEq)]
pub struct Judgement {
    /// In the order of the file.
    pub columns: Vec<ColumnVerdict>,
    /// Everything that prevents a fit, in the order of the file. Columns that are left out prevent none.
    pub troubles: Vec<Trouble>,
    /// The columns of times, and the one that the user has named: what their values say of how they are read.
    pub(crate) times: Vec<(String, Evidence)>,
    /// Rows that were seen.
    pub rows: u64,
    /// What the reader recognised, renamed or passed over.
    pub notes: Vec<String>,
    /// The file's name and the unit of positions in it, for messages.
    place: crate::rows::Place,
}

impl Judgement {
    /// The unit of positions in the file, such as lines.
    pub(crate) fn unit(&self) -> crate::rows::Unit {
        self.place.unit()
    }

    /// With the notes of the reader.
    pub(crate) fn with_notes(self, notes: Vec<String>) -> Self {
        Self { notes, ..self }
    }

    /// The columns that are features, with their kinds.
    pub fn features(&self) -> Vec<(String, FeatureKind)> {
        let kept = |column: &ColumnVerdict| column.kind.map(|kind| (column.name.clone(), kind));
        self.columns.iter().filter_map(kept).collect()
    }

    /// What every column holds, feature or not; `None` where no row has a value. Numbers and texts in one
    /// column are categories.
    pub fn kinds(&self) -> Vec<(String, Option<FeatureKind>)> {
        let kind = |column: &ColumnVerdict| match column.role {
            Role::Mixed => Some(FeatureKind::Categorical),
            _ => column.kind_if_kept,
        };
        self.columns.iter().map(|column| (column.name.clone(), kind(column))).collect()
    }

    /// The columns that are no features.
    pub fn left_out(&self) -> impl Iterator<Item = &ColumnVerdict> {
        self.columns.iter().filter(|column| column.kind.is_none())
    }

    /// The verdict on the column of that name.
    pub fn of(&self, name: &str) -> Option<&ColumnVerdict> {
        self.columns.iter().find(|column| column.name == name)
    }

    /// The notes of the reader, what the judge leaves out and why, one line per reason, and what may be wrong with a
    /// column that is kept. Names are in quotes. Columns that a user has named as the label or ignores are not listed.
    pub fn told(&self, remedies: Remedies) -> Vec<String> {
        let features: Vec<String> = self.features().into_iter().map(|(name, _)| name).collect();
        self.told_beside(&features, remedies)
    }

    /// As [`Self::told`], if the features are not the ones that the judge chose.
    pub fn told_beside(&self, features: &[String], remedies: Remedies) -> Vec<String> {
        let mut lines: Vec<(&str, Vec<String>)> = Vec::new();
        let mut notes = Vec::new();
        for column in &self.columns {
            let name = format!("{:?}", column.name);
            if features.contains(&column.name) {
                notes.extend(column.note.as_ref().map(|note| format!("{name} is kept: {note}")));
            } else if column.kind.is_none() && !column.is_users_choice() {
                match lines.iter_mut().find(|(reason, _)| *reason == column.reason) {
                    Some((_, names)) => names.push(name),
                    None => lines.push((&column.reason, vec![name])),
                }
            }
        }
        let line = |(reason, names): (&str, Vec<String>)| {
            format!("left out {}: {reason}", names.join(", "))
        };
        let scores = self.left_out().find(|column| column.role == Role::Scores);
        let scores = scores.filter(|column| !features.contains(&column.name));
        let own = scores.map(|column| {
            let keep = setting("keep", &[&column.name], remedies);
            format!("if a column of these names is your own, give it another name, or {keep}")
        });
        let lines = lines.into_iter().map(line);
        self.notes.iter().cloned().chain(lines).chain(own).chain(notes).collect()
    }
}

/// What a column is by its name alone, if its values were not looked at and the name speaks against
/// learning from it: an address, a port, a point in time, an identifier or a label.
pub fn role_of_name(name: &str) -> Option<Role> {
    let words = names::words(name);
    let label = names::label(&words) == names::LabelName::Yes || names::difficulty(&words);
    let roles = [
        (names::address(&words), Role::Address),
        (names::port(&words), Role::Port),
        (names::surely_time(&words), Role::Timestamp),
        (names::identifier(&words) == names::IdName::Yes, Role::Identifier),
        (label, Role::Label),
    ];
    roles.into_iter().find(|(is, _)| *is).map(|(_, role)| role)
}

/// Judges the columns of rows in memory.
pub fn judge_rows(rows: &Rows, choices: &Choices) -> Result<Judgement, RowError> {
    choices.check(rows.names(), rows.place())?;
    let mut judge = Judge::new(rows.names(), choices.clone());
    rows.give(&mut judge);
    Ok(judge.finish(rows.place().clone()))
}

/// Judges the columns of a file, row by row.
pub fn judge_file(
    path: &Path,
    options: &ReadOptions,
    choices: &Choices,
) -> Result<Judgement, RowError> {
    judge_source(RowReader::open(path, options)?, choices)
}

/// Judges the columns of a source that is open; an error if it has no row.
pub fn judge_source(mut reader: RowReader, choices: &Choices) -> Result<Judgement, RowError> {
    choices.check(reader.names(), reader.place())?;
    let mut judge = Judge::of(&reader, choices.clone())?;
    reader.fill(&mut judge, usize::MAX)?;
    match judge.rows() {
        0 => Err(reader.error(None, "there are no rows", "give a file that has some")),
        _ => Ok(judge.finish(reader.place().clone()).with_notes(reader.take_notes())),
    }
}
