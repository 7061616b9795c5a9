//! How a split by time, order or group composed a part: its first and last row, or its groups.

use std::collections::HashMap;

use serde::{Deserialize, Serialize};

use crate::dataset::Column;
use crate::split::group_name;

/// Groups of a part that are listed at most, the largest ones.
const MOST_LISTED: usize = 50;

/// What a part is made of, in terms of the column that the split goes by.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub enum Composition {
    /// The rows are ordered.
    Span {
        /// By this column; `None`: by their number in the file, from 0.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        column: Option<String>,
        /// Whether its values are seconds since 1970-01-01 UTC.
        time: bool,
        /// The least value.
        first: f64,
        /// The greatest.
        last: f64,
    },
    /// Rows of a group stand together.
    Groups {
        /// The column of the groups.
        column: String,
        /// How many there are.
        total: usize,
        /// The largest, at most 50, in order of size.
        largest: Vec<GroupRows>,
    },
}

/// A group of a part.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GroupRows {
    /// Its name.
    pub group: String,
    /// Rows.
    pub rows: usize,
    /// Rows that the label policy calls outliers.
    pub outliers: usize,
}

impl Composition {
    /// Describes ordered rows with these values; `None` without any.
    pub fn span(
        column: Option<&str>,
        time: bool,
        values: impl Iterator<Item = f64>,
    ) -> Option<Self> {
        let ends = values.fold(None, |ends: Option<(f64, f64)>, value| {
            let (first, last) = ends.unwrap_or((value, value));
            Some((first.min(value), last.max(value)))
        });
        let (first, last) = ends?;
        Some(Self::Span { column: column.map(str::to_owned), time, first, last })
    }

    /// Describes some rows of a table, with a label for each; `days`: the column holds times, and its groups are days.
    pub fn groups(
        name: &str,
        column: &Column,
        days: bool,
        rows: &[usize],
        labels: &[bool],
    ) -> Option<Self> {
        let mut counts: HashMap<String, (usize, usize)> = HashMap::new();
        for (&row, &outlier) in rows.iter().zip(labels) {
            let count = counts.entry(group_name(column, row, days)).or_default();
            count.0 += 1;
            count.1 += usize::from(outlier);
        }
        let mut largest: Vec<GroupRows> = counts
            .into_iter()
            .map(|(group, (rows, outliers))| GroupRows { group, rows, outliers })
            .collect();
        largest.sort_by(|a, b| b.rows.cmp(&a.rows).then_with(|| a.group.cmp(&b.group)));
        let total = largest.len();
        largest.truncate(MOST_LISTED);
        (total > 0).then(|| Self::Groups { column: name.to_owned(), total, largest })
    }
}
