//! The columns of a judged file that are offered beside its features: times, addresses, identifiers, and columns that
//! the user has left out, but never a label.

use oddbench_core::{Beside, FeatureKind, UnreadTimes};

use crate::columns::{ColumnVerdict, Judgement, Role};
use crate::error::DataError;
use crate::rows::{BesideColumn, BesideRead, Cell, RowError, RowReader, Sink};
use crate::times::{Evidence, Resolved, TimeKey, TimeTrouble};

/// What is offered of a data set.
#[derive(Debug, Clone, Default)]
pub(super) struct Offered {
    /// In the order of the file.
    pub(super) columns: Vec<BesideColumn>,
    /// The column of times that figures over time use; it is among `columns`.
    pub(super) time: Option<String>,
    /// The columns of times that cannot be read.
    pub(super) unread: Vec<UnreadTimes>,
}

/// What a user says of times.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct TimeChoice<'a> {
    /// The column.
    pub(super) column: Option<&'a str>,
    /// How its values are read.
    pub(super) key: Option<TimeKey>,
}

/// Why a time column that the user has named cannot be used, or the key that says how times are read.
#[derive(Debug)]
pub(super) enum TimeFault {
    /// The values of a column.
    Values {
        /// The column.
        name: String,
        /// What is wrong.
        trouble: TimeTrouble,
    },
    /// A key for times, and no column holds any.
    NoTimes,
}

impl Offered {
    /// As the data set tells it.
    pub(super) fn beside(&self) -> Vec<Beside> {
        self.columns.iter().map(BesideColumn::offer).collect()
    }

    /// How the asked-for columns are read.
    pub(super) fn read(&self, asked: &[Beside]) -> Result<Vec<BesideColumn>, DataError> {
        let one = |asked: &Beside| {
            let found = self.columns.iter().find(|column| column.offer() == *asked);
            found.cloned().ok_or_else(|| DataError::UnknownColumn { column: asked.name.clone() })
        };
        asked.iter().map(one).collect()
    }

    /// The columns that a judged file offers, and the notes about them. `more` is what a second file holds.
    pub(super) fn of(
        judgement: &Judgement,
        more: Option<&Second>,
        choice: TimeChoice<'_>,
    ) -> Result<(Self, Vec<String>), TimeFault> {
        let (mut columns, mut notes, mut fault) = (Vec::new(), Vec::new(), None);
        let mut unread = Vec::new();
        for column in &judgement.columns {
            let name = &column.name;
            if more.is_some_and(|second| !second.names.contains(name)) {
                continue;
            }
            let mut add = |read| columns.push(BesideColumn { name: name.clone(), read });
            let named = choice.column == Some(name);
            if !named && column.role != Role::Timestamp {
                read_of(column).into_iter().for_each(add);
                continue;
            }
            match resolved(judgement, more, name, choice.key) {
                Ok(found) => {
                    add(BesideRead::Time(found.format));
                    notes.extend(found.notes.iter().map(|note| format!("{name:?} {note}")));
                }
                Err(trouble) => {
                    let why = with_place(&trouble, judgement);
                    let remedy = trouble.remedy.clone();
                    notes.push(format!("the times of {name:?} are not used: it {why}; {remedy}"));
                    unread.push(UnreadTimes { name: name.clone(), why, remedy });
                    let values = TimeFault::Values { name: name.clone(), trouble };
                    match named {
                        true => return Err(values),
                        false => fault = fault.or(Some(values)),
                    }
                }
            }
        }
        let times = columns.iter().filter(|column| matches!(column.read, BesideRead::Time(_)));
        let times: Vec<&String> = times.map(|column| &column.name).collect();
        let time = match (choice.column, times.as_slice()) {
            (Some(name), _) => Some(name.to_owned()),
            (None, [only]) => Some((*only).clone()),
            (None, []) if choice.key.is_some() => return Err(fault.unwrap_or(TimeFault::NoTimes)),
            (None, []) => None,
            (None, several) => {
                let names: Vec<String> = several.iter().map(|name| format!("{name:?}")).collect();
                let names = names.join(", ");
                notes.push(format!(
                    "{names} hold times: time = \"...\" says which one figures over time use"
                ));
                None
            }
        };
        Ok((Self { columns, time, unread }, notes))
    }
}

/// The content of a second file: its columns, and what is known about its columns of times.
#[derive(Debug)]
pub(super) struct Second {
    pub(super) names: Vec<String>,
    pub(super) times: Vec<(String, Evidence)>,
}

impl Second {
    /// Looks through a second file for what its columns of these names say of their times.
    pub(super) fn scan(
        reader: &mut RowReader,
        times: &[(String, Evidence)],
        rows: usize,
    ) -> Result<Self, RowError> {
        let names = reader.names().to_vec();
        let place = |name: &String| names.iter().position(|column| column == name);
        let found = times.iter().filter_map(|(name, _)| Some((place(name)?, Evidence::default())));
        let mut scan = Scan { columns: found.collect(), row: 0 };
        if !scan.columns.is_empty() {
            reader.fill(&mut scan, rows)?;
        }
        let times = scan.columns.into_iter().map(|(at, evidence)| (names[at].clone(), evidence));
        Ok(Self { times: times.collect(), names })
    }
}

/// Looks at columns of times alone.
struct Scan {
    columns: Vec<(usize, Evidence)>,
    row: u64,
}

impl Sink for Scan {
    fn wants(&self, column: usize) -> bool {
        self.columns.iter().any(|(at, _)| *at == column)
    }

    fn cell(&mut self, column: usize, cell: Cell<'_>) {
        for (_, evidence) in self.columns.iter_mut().filter(|(at, _)| *at == column) {
            evidence.meet(cell);
        }
    }

    fn end_row(&mut self, line: u64) {
        for (_, evidence) in &mut self.columns {
            evidence.place(self.row, line);
        }
        self.row += 1;
    }
}

/// How a column of times is read, by what all files say.
fn resolved(
    judgement: &Judgement,
    more: Option<&Second>,
    name: &str,
    key: Option<TimeKey>,
) -> Result<Resolved, TimeTrouble> {
    let of = |times: &[(String, Evidence)]| {
        let found = times.iter().find(|(column, _)| column == name);
        found.map(|(_, evidence)| evidence.clone()).unwrap_or_default()
    };
    let first = of(&judgement.times);
    match more {
        None => first.resolve(key),
        Some(second) => first.and(of(&second.times)).resolve(key),
    }
}

/// What is wrong, and where that shows.
fn with_place(trouble: &TimeTrouble, judgement: &Judgement) -> String {
    let what = &trouble.what;
    let file = if trouble.second { " of the test table" } else { "" };
    match trouble.line {
        Some(line) => format!("{what} ({} {line}{file})", judgement.unit()),
        None => what.clone(),
    }
}

/// How a column that is no feature is read; `None`: it is a feature, or nothing that can be offered.
fn read_of(column: &ColumnVerdict) -> Option<BesideRead> {
    match (column.role, column.kind, column.kind_if_kept) {
        // A user leaves out captures, days and hosts, too.
        (Role::Ignored, ..) => Some(BesideRead::Category),
        (_, Some(_), _) => None,
        (Role::Identifier, None, Some(FeatureKind::Numeric)) => Some(BesideRead::Number),
        (Role::Address | Role::Identifier | Role::TooWide, None, Some(_)) => {
            Some(BesideRead::Category)
        }
        _ => None,
    }
}
