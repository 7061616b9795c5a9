//! Percent signs: a column of numbers may have them in one file and lack them in another.

use oddbench_core::FeatureKind;
use oddbench_core::counts::{agreed, counted};

use super::{CellKind, Rows};
use crate::values;

/// How the values of a column of numbers are written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PercentSigns {
    /// The column.
    pub column: String,
    /// Values with a percent sign, such as `54.4%`, which is read as 54.4.
    pub signed: usize,
    /// Values without one.
    pub plain: usize,
    /// The first value of them all.
    pub example: String,
}

impl PercentSigns {
    /// That both stand in one column; `None` if all values are written alike.
    pub fn mixture(&self) -> Option<String> {
        mixture(self.signed, self.plain)
    }
}

/// That so many values with a percent sign and so many without one stand in one column; `None` without one of the
/// two.
pub(crate) fn mixture(signed: usize, plain: usize) -> Option<String> {
    (signed > 0 && plain > 0).then(|| {
        format!(
            "{} without a percent sign {} beside {}",
            counted(plain, "number"),
            agreed(plain, "stands", "stand"),
            counted(signed, "percentage")
        )
    })
}

impl Rows {
    /// How the columns of numbers among these are written. Those that are not there are left out.
    pub fn percent_signs(&self, columns: &[(String, FeatureKind)]) -> Vec<PercentSigns> {
        let numbers = columns.iter().filter(|(_, kind)| *kind == FeatureKind::Numeric);
        numbers
            .filter_map(|(name, _)| Some(self.percent_signs_at(name, self.position(name)?)))
            .collect()
    }

    fn percent_signs_at(&self, column: &str, at: usize) -> PercentSigns {
        let mut signs =
            PercentSigns { column: column.to_owned(), signed: 0, plain: 0, example: String::new() };
        for row in 0..self.len() {
            let text = self.text(row, at).trim();
            if text.is_empty() || self.cell_kind(row, at) == CellKind::Missing {
                continue;
            }
            if signs.example.is_empty() {
                text.clone_into(&mut signs.example);
            }
            match values::percentage(text) {
                Some(_) => signs.signed += 1,
                None => signs.plain += 1,
            }
        }
        signs
    }
}
