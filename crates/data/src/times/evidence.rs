//! What all values of a column say about how its times are written.

use oddbench_core::time::SINCE_1970;

use super::format::{Numbers, TimeFormat, TimeKey};
use super::text::{self, Date, is_date_number};
use crate::rows::{Cell, Reading};

/// A value that shows something, with the row that holds it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Shown {
    /// From 0, counted over whatever was looked at.
    pub(crate) row: u64,
    /// Where its row began; 0 while that is not known.
    pub(crate) line: u64,
    pub(crate) text: String,
    /// Whether it stands in the second of two files.
    pub(crate) second: bool,
}

/// The evidence of a column that may hold times.
#[derive(Debug, Clone, PartialEq, Default)]
pub(crate) struct Evidence {
    rows: u64,
    numbers: u64,
    texts: u64,
    min: f64,
    max: f64,
    /// Whether every number reads as year, month and day.
    dates: bool,
    day_first: Option<Shown>,
    month_first: Option<Shown>,
    /// A date that does not say which number is the month.
    either: Option<Shown>,
    /// Neither a time nor a number.
    unreadable: Option<Shown>,
    no_year: bool,
    no_date: bool,
}

/// Why the times of a column cannot be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct TimeTrouble {
    /// The line of the value that shows it.
    pub(crate) line: Option<u64>,
    /// Whether that is a line of the second of two files.
    pub(crate) second: bool,
    /// What is wrong, as a clause whose subject is the column.
    pub(crate) what: String,
    /// What to do.
    pub(crate) remedy: String,
}

/// How the times of a column are read, and the notes about that.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Resolved {
    pub(crate) format: TimeFormat,
    /// Clauses whose subject is the column.
    pub(crate) notes: Vec<String>,
}

const ORDER: &str = "say which with time_format = \"day-first\" or time_format = \"month-first\"";

impl Evidence {
    /// For a column whose first rows have no value.
    pub(crate) fn after(rows: u64) -> Self {
        Self { rows, ..Self::default() }
    }

    /// Whether a first value may be one of a column of times; `named`: the column's name is usual for times.
    pub(crate) fn may_begin_with(cell: Cell<'_>, named: bool) -> bool {
        match cell.reading() {
            Reading::Number(value) => named || unit_of(value, value).is_some(),
            Reading::Text => matches!(cell, Cell::Text(text, _) if is_time(text)),
            Reading::Missing
            | Reading::Boolean(_)
            | Reading::Hexadecimal(_)
            | Reading::Percentage(_) => false,
        }
    }

    /// The next value of the column. `true`: [`Self::place`] should get its line.
    pub(crate) fn meet(&mut self, cell: Cell<'_>) -> bool {
        let row = self.rows;
        self.rows += 1;
        match (cell.reading(), cell) {
            (Reading::Missing, _) => false,
            (Reading::Number(value), _) if value.is_finite() => {
                self.number(value);
                false
            }
            (Reading::Text, Cell::Text(text, _)) => self.text(text, row),
            (_, Cell::Text(text, _)) => keep(&mut self.unreadable, row, text),
            (_, cell) => keep(&mut self.unreadable, row, &cell.category()),
        }
    }

    fn number(&mut self, value: f64) {
        let first = self.numbers == 0;
        self.numbers += 1;
        (self.min, self.max) = match first {
            true => (value, value),
            false => (self.min.min(value), self.max.max(value)),
        };
        let date = value.fract() == 0.0
            && (0.0..=f64::from(u32::MAX)).contains(&value)
            && is_date_number(value as u32);
        self.dates = date && (first || self.dates);
    }

    fn text(&mut self, text: &str, row: u64) -> bool {
        self.texts += 1;
        let written = match (text::read(text), text::clock(text)) {
            (Some(written), _) => written,
            (None, Some(_)) => {
                self.no_date = true;
                return false;
            }
            (None, None) => return keep(&mut self.unreadable, row, text),
        };
        let day_first = !matches!(written.date, Some(Date::Either { second: 13.., .. }));
        let format = TimeFormat { day_first, ..TimeFormat::stated(None, 0) };
        if format.of_written(written).is_none() {
            return keep(&mut self.unreadable, row, text);
        }
        match written.date {
            None => self.no_date = true,
            Some(Date::Known { year, .. }) => self.no_year |= year.is_none(),
            Some(Date::Either { first: 13.., .. }) => {
                return keep(&mut self.day_first, row, text);
            }
            Some(Date::Either { second: 13.., .. }) => {
                return keep(&mut self.month_first, row, text);
            }
            Some(Date::Either { first, second, .. }) if first == second => {}
            // Dates with dots between the numbers begin with the day.
            Some(Date::Either { dotted: true, .. }) => return keep(&mut self.day_first, row, text),
            Some(Date::Either { .. }) => return keep(&mut self.either, row, text),
        }
        false
    }

    /// Says in which line a row began.
    pub(crate) fn place(&mut self, row: u64, line: u64) {
        let slots =
            [&mut self.day_first, &mut self.month_first, &mut self.either, &mut self.unreadable];
        for shown in slots.into_iter().flatten().filter(|shown| shown.line == 0) {
            if shown.row == row {
                shown.line = line;
            }
        }
    }

    /// Whether the line of a value that counts is not known yet.
    pub(crate) fn waits(&self) -> bool {
        let slots = [&self.day_first, &self.month_first, &self.either, &self.unreadable];
        slots.into_iter().flatten().any(|shown| shown.line == 0)
    }

    /// What the values of a second file add.
    pub(crate) fn and(mut self, mut more: Self) -> Self {
        let slots =
            [&mut more.day_first, &mut more.month_first, &mut more.either, &mut more.unreadable];
        slots.into_iter().flatten().for_each(|shown| shown.second = true);
        let (min, max) = match (self.numbers, more.numbers) {
            (_, 0) => (self.min, self.max),
            (0, _) => (more.min, more.max),
            _ => (self.min.min(more.min), self.max.max(more.max)),
        };
        self.dates = (self.dates || self.numbers == 0) && (more.dates || more.numbers == 0);
        (self.min, self.max) = (min, max);
        self.numbers += more.numbers;
        self.texts += more.texts;
        self.day_first = self.day_first.or(more.day_first);
        self.month_first = self.month_first.or(more.month_first);
        self.either = self.either.or(more.either);
        self.unreadable = self.unreadable.or(more.unreadable);
        self.no_year |= more.no_year;
        self.no_date |= more.no_date;
        self
    }

    /// How the values are read, `key` being what the user says of them.
    pub(crate) fn resolve(&self, key: Option<TimeKey>) -> Result<Resolved, TimeTrouble> {
        if let Some(shown) = &self.unreadable {
            let what = format!("holds {:?}, which is no point in time", shown.text);
            return Err(shown.trouble(what, "mend the value, or leave it empty"));
        }
        if self.numbers > 0 && self.texts > 0 {
            let what = "holds numbers and dates".to_owned();
            return Err(trouble(what, "write all its times in one way"));
        }
        if self.numbers == 0 && self.texts == 0 {
            return Err(trouble("holds no time".to_owned(), "name another column"));
        }
        let mut notes = Vec::new();
        let day_first = self.day_first(key)?;
        let numbers = match (self.numbers, key.and_then(Numbers::of)) {
            (0, None) => Numbers::PerSecond(1),
            (0, Some(_)) => {
                let what = "holds texts, and time_format is for numbers".to_owned();
                return Err(trouble(what, "take time_format away"));
            }
            (_, Some(numbers)) => numbers,
            (_, None) => self.unit(&mut notes),
        };
        if self.no_year {
            notes.push("has no year; its times are read as those of one year".to_owned());
        }
        if self.no_date {
            notes.push("has no date; its times are read as those of one day".to_owned());
        }
        Ok(Resolved { format: TimeFormat { day_first, numbers, first_hour: 0 }, notes })
    }

    fn day_first(&self, key: Option<TimeKey>) -> Result<bool, TimeTrouble> {
        let stated = match key {
            Some(TimeKey::DayFirst) => Some(true),
            Some(TimeKey::MonthFirst) => Some(false),
            _ => None,
        };
        let first = |found: &Option<Shown>, what: &str| match found {
            Some(shown) => {
                let what = format!("holds {:?}, where the {what} comes first", shown.text);
                Err(shown.trouble(what, "write all its dates in one order, or mend time_format"))
            }
            None => Ok(()),
        };
        match (stated, &self.day_first, &self.month_first, &self.either) {
            (Some(true), ..) => first(&self.month_first, "month").map(|()| true),
            (Some(false), ..) => first(&self.day_first, "day").map(|()| false),
            (None, Some(_), Some(_), _) => {
                first(&self.month_first, "month").map(|()| true).map_err(|found| TimeTrouble {
                    what: format!("{}, and others begin with the day", found.what),
                    ..found
                })
            }
            (None, Some(_), None, _) => Ok(true),
            (None, None, Some(_), _) => Ok(false),
            (None, None, None, Some(shown)) => {
                let what = format!(
                    "holds dates such as {:?}, and none of them tells the day from the month",
                    shown.text
                );
                Err(shown.trouble(what, ORDER))
            }
            (None, None, None, None) => Ok(true),
        }
    }

    /// The unit of the numbers, by their size.
    fn unit(&self, notes: &mut Vec<String>) -> Numbers {
        if let Some((count, unit)) = unit_of(self.min, self.max) {
            if count > 1 {
                notes.push(format!("is read as {unit} since 1970, by the size of its numbers"));
            }
            return Numbers::PerSecond(count);
        }
        if self.dates {
            notes.push("is read as dates, such as 20240305".to_owned());
            return Numbers::Dates;
        }
        notes.push("is read as seconds since a moment that nobody states".to_owned());
        Numbers::PerSecond(1)
    }
}

/// The unit in which numbers of that range count since 1970, and how many of them are a second.
fn unit_of(min: f64, max: f64) -> Option<(u32, &'static str)> {
    const UNITS: [(u32, &str); 4] = [
        (1, "seconds"),
        (1_000, "milliseconds"),
        (1_000_000, "microseconds"),
        (1_000_000_000, "nanoseconds"),
    ];
    UNITS.into_iter().find(|(count, _)| {
        let scale = f64::from(*count);
        min >= SINCE_1970.start() * scale && max <= SINCE_1970.end() * scale
    })
}

fn is_time(text: &str) -> bool {
    text::is_timestamp(text) || text::is_clock(text)
}

/// Keeps the first value that shows something, and says whether this is it.
fn keep(slot: &mut Option<Shown>, row: u64, text: &str) -> bool {
    let first = slot.is_none();
    if first {
        *slot = Some(Shown { row, line: 0, text: text.trim().to_owned(), second: false });
    }
    first
}

/// A trouble of the column as a whole.
fn trouble(what: String, remedy: &str) -> TimeTrouble {
    TimeTrouble { line: None, second: false, what, remedy: remedy.to_owned() }
}

impl Shown {
    /// A trouble that this value shows.
    fn trouble(&self, what: String, remedy: &str) -> TimeTrouble {
        let line = (self.line > 0).then_some(self.line);
        TimeTrouble { line, second: self.second, ..trouble(what, remedy) }
    }
}
