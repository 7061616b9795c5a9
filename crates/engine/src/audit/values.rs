//! Values that no training row has, and infinite ones: how many rows of a part hold them, by column and
//! class. It is counted on raw values, whatever the preprocessing makes of them.

use std::collections::{BTreeMap, HashSet};

use oddbench_core::audit::{InfiniteValues, UnseenClass, UnseenValues};
use oddbench_core::{Classes, Column, Table};

/// How many values are named.
const MOST_EXAMPLES: usize = 3;

/// The rows of one part in their table.
pub(super) struct PartRows<'a> {
    pub(super) table: &'a Table,
    pub(super) classes: &'a Classes,
    /// Their numbers in the table.
    pub(super) rows: &'a [usize],
    /// `true` for an outlier, one a row.
    pub(super) labels: &'a [bool],
}

/// What training rows have.
pub(super) struct Trained<'a>(Vec<(&'a str, Values<'a>)>);

enum Values<'a> {
    /// The categories of a column.
    Categories(HashSet<&'a str>),
    /// The one value of a column of numbers.
    Constant(f64),
}

impl<'a> Trained<'a> {
    /// Learns the categories of the columns, and which columns of numbers are constant.
    pub(super) fn of(table: &'a Table, rows: &[usize], columns: &'a [String]) -> Self {
        let values = |name: &'a String| {
            let values = match table.column(name)? {
                Column::Categorical { codes, levels } => {
                    let mut there = vec![false; levels.len()];
                    for &row in rows {
                        if let Some(there) = there.get_mut(codes[row] as usize) {
                            *there = true;
                        }
                    }
                    let known = levels.iter().zip(there).filter(|(_, there)| *there);
                    Values::Categories(known.map(|(level, _)| level.as_str()).collect())
                }
                Column::Numeric(values) => {
                    let mut finite = rows.iter().map(|&row| values[row]).filter(|v| v.is_finite());
                    let first = finite.next()?;
                    finite.all(|value| value == first).then_some(Values::Constant(first))?
                }
            };
            Some((name.as_str(), values))
        };
        Self(columns.iter().filter_map(values).collect())
    }

    /// The columns of a part with values that training does not have. Gaps are none.
    pub(super) fn unseen(&self, part: &PartRows<'_>) -> Vec<UnseenValues> {
        let of = |(name, known): &(&str, Values<'_>)| {
            let (constant, strange): (Option<String>, Strange<'_>) =
                match (known, part.table.column(name)?) {
                    (Values::Categories(known), Column::Categorical { codes, levels }) => {
                        let strange: Vec<bool> =
                            levels.iter().map(|level| !known.contains(level.as_str())).collect();
                        let only = (known.len() == 1).then(|| known.iter().next());
                        let only = only.flatten().map(ToString::to_string);
                        let of_row = move |row: usize| {
                            let code = codes[row] as usize;
                            let is_strange = strange.get(code).copied().unwrap_or(false);
                            is_strange.then(|| levels[code].clone())
                        };
                        (only, Box::new(of_row))
                    }
                    (Values::Constant(usual), Column::Numeric(values)) => {
                        let of_row = move |row: usize| {
                            let value = values[row];
                            (value.is_finite() && value != *usual).then(|| value.to_string())
                        };
                        (Some(usual.to_string()), Box::new(of_row))
                    }
                    _ => return None,
                };
            let counted = counted(part, strange)?;
            Some(UnseenValues { column: (*name).to_owned(), constant, ..counted })
        };
        self.0.iter().filter_map(of).collect()
    }
}

/// Counts the rows that have a strange value; `None` if there are none.
fn counted(part: &PartRows<'_>, strange: impl Fn(usize) -> Option<String>) -> Option<UnseenValues> {
    let (mut rows, mut examples) = (0, Vec::new());
    let mut classes: BTreeMap<(&str, bool), usize> = BTreeMap::new();
    for (&row, &outlier) in part.rows.iter().zip(part.labels) {
        let Some(value) = strange(row) else { continue };
        rows += 1;
        *classes.entry((part.classes.of(row), outlier)).or_default() += 1;
        if examples.len() < MOST_EXAMPLES && !examples.contains(&value) {
            examples.push(value);
        }
    }
    let class = |((class, outlier), rows): ((&str, bool), usize)| UnseenClass {
        class: class.to_owned(),
        outlier,
        rows,
    };
    let mut classes: Vec<UnseenClass> = classes.into_iter().map(class).collect();
    classes.sort_by_key(|class| std::cmp::Reverse(class.rows));
    let column = String::new();
    (rows > 0).then_some(UnseenValues { column, constant: None, rows, examples, classes })
}

/// What a row has that training did not have; `None`: nothing.
type Strange<'a> = Box<dyn Fn(usize) -> Option<String> + 'a>;

/// The columns of a part with infinite values.
pub(super) fn infinite(part: &PartRows<'_>, columns: &[String]) -> Vec<InfiniteValues> {
    let of = |name: &String| {
        let Column::Numeric(values) = part.table.column(name)? else { return None };
        let rows = part.rows.iter().filter(|&&row| values[row].is_infinite()).count();
        (rows > 0).then(|| InfiniteValues { column: name.clone(), rows })
    };
    columns.iter().filter_map(of).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table() -> Table {
        let levels = ["http", "dns", "irc", "ssh"].map(String::from).to_vec();
        Table {
            columns: vec![
                (
                    "service".into(),
                    Column::Categorical { codes: vec![0, 1, 2, 3, 2, Column::MISSING], levels },
                ),
                (
                    "fragments".into(),
                    Column::Numeric(vec![0.0, 0.0, 0.0, 3.0, f64::NAN, f64::INFINITY]),
                ),
                ("bytes".into(), Column::Numeric(vec![1.0, 2.0, 3.0, 9e9, 5.0, 6.0])),
            ],
            classes: None,
            beside: Vec::new(),
        }
    }

    #[test]
    fn unseen_values_are_counted_by_column_and_class() {
        let (table, columns) = (table(), ["service", "fragments", "bytes"].map(String::from));
        let classes =
            Classes { names: vec!["normal".into(), "scan".into()], codes: vec![0, 0, 1, 0, 1, 1] };
        let trained = Trained::of(&table, &[0, 1], &columns);
        let labels = [true, false, true, true];
        let part =
            PartRows { table: &table, classes: &classes, rows: &[2, 3, 4, 5], labels: &labels };
        let found = trained.unseen(&part);
        let names: Vec<_> = found.iter().map(|of| (of.column.as_str(), of.rows)).collect();
        assert_eq!(names, [("service", 3), ("fragments", 1)]);
        assert_eq!(found[0].examples, ["irc", "ssh"]);
        assert_eq!(found[0].constant, None);
        assert_eq!((found[1].constant.as_deref(), found[1].examples[0].as_str()), (Some("0"), "3"));
        let classes: Vec<_> =
            found[0].classes.iter().map(|c| (c.class.as_str(), c.outlier, c.rows)).collect();
        assert_eq!(classes, [("scan", true, 2), ("normal", false, 1)]);
        let infinite = infinite(&part, &columns);
        assert_eq!((infinite.len(), infinite[0].rows), (1, 1));
        let train =
            PartRows { table: &table, classes: part.classes, rows: &[0, 1], labels: &[false; 2] };
        assert_eq!(trained.unseen(&train), []);
    }
}
