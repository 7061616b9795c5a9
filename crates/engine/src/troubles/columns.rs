//! Columns that cannot be preprocessed: all of them at once, each with how many of its values are at
//! fault and where the first one stands in its file.

use oddbench_core::Column;
use oddbench_core::experiment::View;
use oddbench_core::preprocess::{
    Constant, Infinite, MOST_CATEGORIES, Missing, PreprocessError, PreprocessSettings, Preprocessor,
};
use oddbench_core::split::TableName;

use super::{Seen, Troubles};
use crate::labelled::{LabelledTables, NamedPart, SplitRows};
use crate::spec::{Fault, KeyPath};

/// Columns that one message names at most.
const MOST_NAMED: usize = 20;

/// A row of a table, from 0. Where no table is named, the row belongs to another data set.
type Place = (Option<TableName>, usize);

/// What is wrong with a column.
#[derive(Debug, Clone, PartialEq)]
enum Wrong {
    /// So many values are missing, the first of them in this row.
    Missing(usize, Place),
    /// So many are infinite.
    Infinite(usize, Place),
    /// No training row has a value.
    Empty,
    /// So many categories.
    Wide(usize),
    /// Anything else, in words.
    Other(String),
}

impl Troubles<'_> {
    /// Finds every column that the preprocessing of a view refuses. `first` is what it refused.
    pub(super) fn columns(
        &mut self,
        first: &PreprocessError,
        seen: Seen<'_>,
        view: &View,
        tables: &LabelledTables<'_>,
        split: &SplitRows,
    ) {
        let found: Vec<(&str, Wrong)> = view
            .columns
            .iter()
            .flat_map(|name| {
                let wrong = wrong(name, view.preprocess, tables, split);
                wrong.into_iter().map(move |wrong| (name.as_str(), wrong))
            })
            .collect();
        let place = self.place(seen);
        if found.is_empty() {
            // It is about all columns together.
            let text = first.to_string();
            let (message, help) = text.split_once("; ").unwrap_or((&text, "give other rows"));
            self.say(&place.to_string(), Fault::value(&place, message, help));
            return;
        }
        for fault in self.faults(&found, &place) {
            let name = format!("{}: {}", fault.key, fault.help);
            self.say(&name, fault);
        }
    }

    /// The section that says how the rows are seen; without one, the section of the data set.
    fn place(&self, seen: Seen<'_>) -> KeyPath {
        let models = &self.spec.experiment.models;
        let own = |_| models.iter().position(|model| model.view.as_ref() == seen.view);
        let section = match seen.view.and_then(own) {
            Some(at) => KeyPath::of(&["model"]).index(at).key("preprocess"),
            None => KeyPath::of(&["preprocess"]),
        };
        if self.spec.document.has(&section) {
            return section;
        }
        features()
    }

    /// One fault for each kind of trouble.
    fn faults(&self, found: &[(&str, Wrong)], place: &KeyPath) -> Vec<Fault> {
        let missing = self.missing(found, place);
        let infinite = self.infinite(found, place);
        let empty = self.empty(found);
        let others = found.iter().filter_map(|(name, wrong)| match wrong {
            Wrong::Other(message) => {
                Some(Fault::value(&features(), message, self.leave_out(&[*name])))
            }
            _ => None,
        });
        missing
            .into_iter()
            .chain(infinite)
            .chain(empty)
            .chain(self.wide(found))
            .chain(others)
            .collect()
    }

    fn missing(&self, found: &[(&str, Wrong)], place: &KeyPath) -> Option<Fault> {
        let (names, list) = self.gaps(found, |wrong| match wrong {
            Wrong::Missing(rows, first) => Some((*rows, *first)),
            _ => None,
        })?;
        let key = place.key("missing");
        let key = if self.spec.document.has(&key) { &key } else { place };
        let help = format!(
            "set missing = \"median\" or \"drop-row\" in [preprocess], mend the data, or {}",
            self.leave_out(&names)
        );
        Some(Fault::value(key, format!("values are missing in {list}"), help))
    }

    fn infinite(&self, found: &[(&str, Wrong)], place: &KeyPath) -> Option<Fault> {
        let (names, list) = self.gaps(found, |wrong| match wrong {
            Wrong::Infinite(rows, first) => Some((*rows, *first)),
            _ => None,
        })?;
        let help = format!(
            "set infinite = \"missing\" in [preprocess], with missing = \"median\" or \"drop-row\", mend the data, or {}",
            self.leave_out(&names)
        );
        Some(Fault::value(place, format!("values are infinite in {list}"), help))
    }

    fn empty(&self, found: &[(&str, Wrong)]) -> Option<Fault> {
        let (names, list) = named(found, |wrong| matches!(wrong, Wrong::Empty).then(String::new))?;
        let message = format!("no training row has a value in {list}");
        Some(Fault::value(&features(), message, self.leave_out(&names)))
    }

    fn wide(&self, found: &[(&str, Wrong)]) -> Option<Fault> {
        let (names, list) = named(found, |wrong| match wrong {
            Wrong::Wide(categories) => Some(format!(" ({categories} categories)")),
            _ => None,
        })?;
        let message = format!(
            "one-hot encoding takes at most {MOST_CATEGORIES} categories in the training rows, and there are more in {list}"
        );
        let help =
            format!("{}, or set encode = \"ordinal\" in [preprocess]", self.leave_out(&names));
        Some(Fault::value(&features(), message, help))
    }

    /// Columns with gaps of one kind: their names, and a list of names with counts and first lines.
    fn gaps<'n>(
        &self,
        found: &[(&'n str, Wrong)],
        of: impl Fn(&Wrong) -> Option<(usize, Place)>,
    ) -> Option<(Vec<&'n str>, String)> {
        let gaps: Vec<_> = found.iter().filter_map(|(n, wrong)| Some((*n, of(wrong)?))).collect();
        let first: Vec<Place> =
            gaps.iter().take(MOST_NAMED).map(|(_, (_, first))| *first).collect();
        let places = self.spec.places(&first);
        let gap = |((name, (rows, _)), place): (&(&str, (usize, _)), &String)| {
            let noun = if *rows == 1 { "row" } else { "rows" };
            format!("{name:?} ({rows} {noun}, first {place})")
        };
        let shown: Vec<String> = gaps.iter().zip(&places).map(gap).collect();
        let names: Vec<&str> = gaps.iter().map(|(name, _)| *name).collect();
        (!names.is_empty()).then(|| (names.clone(), counted(names.len(), &shown)))
    }

    /// How a column is kept from the models.
    fn leave_out(&self, names: &[&str]) -> String {
        let quoted: Vec<String> = names.iter().map(|name| format!("{name:?}")).collect();
        match self.spec.source.kind().keys().iter().any(|key| key == "ignore") {
            true => format!("leave out in [dataset]: ignore = [{}]", quoted.join(", ")),
            false => format!("leave {} out of features in [dataset]", quoted.join(", ")),
        }
    }
}

/// The key that names columns.
fn features() -> KeyPath {
    KeyPath::of(&["dataset", "features"])
}

/// The columns to which `of` applies: their names, and a list with what it says of each.
fn named<'n>(
    found: &[(&'n str, Wrong)],
    of: impl Fn(&Wrong) -> Option<String>,
) -> Option<(Vec<&'n str>, String)> {
    let list: Vec<(&str, String)> =
        found.iter().filter_map(|(name, wrong)| Some((*name, of(wrong)?))).collect();
    let shown: Vec<String> =
        list.iter().take(MOST_NAMED).map(|(name, more)| format!("{name:?}{more}")).collect();
    let names: Vec<&str> = list.iter().map(|(name, _)| *name).collect();
    (!names.is_empty()).then(|| (names.clone(), counted(names.len(), &shown)))
}

/// `column "a"`, `3 columns: "a", "b", "c"`.
fn counted(total: usize, shown: &[String]) -> String {
    let more = match total - shown.len() {
        0 => String::new(),
        more => format!(" and {more} more"),
    };
    match total {
        1 => format!("column {}", shown.join(", ")),
        _ => format!("{total} columns: {}{more}", shown.join(", ")),
    }
}

/// What is wrong with one column in any part.
fn wrong(
    name: &str,
    settings: PreprocessSettings,
    tables: &LabelledTables<'_>,
    split: &SplitRows,
) -> Vec<Wrong> {
    let features = [name.to_owned()];
    let alone = PreprocessSettings { constant: Constant::Keep, ..settings };
    let mut parts = split.parts(tables);
    parts.retain(|part| !part.rows.is_empty());
    let table = tables.of(&split.train).table;
    let tried = Preprocessor::fit(table, &split.train.rows, &features, alone).and_then(|fitted| {
        parts.iter().try_for_each(|part| fitted.transform(part.table.table, part.rows).map(|_| ()))
    });
    let is_gap = |column: &Column, row: usize| is_gap(column, row, settings.infinite);
    let empty = |column: &Column| split.train.rows.iter().all(|&row| is_gap(column, row));
    match tried {
        Ok(()) => Vec::new(),
        Err(PreprocessError::TooManyCategories { found, .. }) => vec![Wrong::Wide(found)],
        Err(PreprocessError::AllMissing(_)) => vec![Wrong::Empty],
        Err(_) if table.column(name).is_some_and(empty) => vec![Wrong::Empty],
        Err(other) => {
            let refused = settings.missing != Missing::Median;
            let count = |is_so: &dyn Fn(&Column, usize) -> bool| count(name, &parts, is_so);
            let missing = count(&|column, row| refused && is_gap(column, row));
            let infinite = count(&|column, row| is_infinite(column, row) && !is_gap(column, row));
            let missing = missing.map(|(rows, first)| Wrong::Missing(rows, first));
            let infinite = infinite.map(|(rows, first)| Wrong::Infinite(rows, first));
            let found: Vec<Wrong> = missing.into_iter().chain(infinite).collect();
            if found.is_empty() { vec![Wrong::Other(other.to_string())] } else { found }
        }
    }
}

/// How many rows of the parts are so, and the first of them.
fn count(
    name: &str,
    parts: &[NamedPart<'_, '_>],
    is_so: &dyn Fn(&Column, usize) -> bool,
) -> Option<(usize, Place)> {
    let mut found: Vec<Place> = Vec::new();
    for part in parts {
        let column = part.table.table.column(name)?;
        let rows = part.rows.iter().copied().filter(|&row| is_so(column, row));
        found.extend(rows.map(|row| (part.of, row)));
    }
    let order = |table: Option<TableName>| match table {
        Some(TableName::Train) => 0,
        Some(TableName::Test) => 1,
        None => 2,
    };
    let first = found.iter().min_by_key(|(table, row)| (order(*table), *row)).copied();
    first.map(|first| (found.len(), first))
}

fn is_infinite(column: &Column, row: usize) -> bool {
    matches!(column, Column::Numeric(values) if values[row].is_infinite())
}

/// Whether the value is missing under the rule for infinite ones.
fn is_gap(column: &Column, row: usize, infinite: Infinite) -> bool {
    match column {
        Column::Numeric(values) => infinite.is_gap(values[row]),
        Column::Categorical { codes, .. } => codes[row] == Column::MISSING,
    }
}
