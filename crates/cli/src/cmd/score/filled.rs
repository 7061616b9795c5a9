//! Values that were filled in: a score of a row that lacks most of its values says little.

use oddbench_core::counts::counted;
use oddbench_core::list::first_of;
use oddbench_engine::scoring::Filled;

use super::words::of_rows;
use crate::terminal::Terminal;

/// Columns that a note names.
const MOST_NAMED: usize = 12;

/// Counts by column over all blocks.
#[derive(Debug, Default)]
pub struct FilledValues {
    columns: Vec<Filled>,
    /// Columns that a warning was given about.
    warned: Vec<String>,
}

impl FilledValues {
    /// Adds those of a block.
    pub fn add(&mut self, block: &[Filled]) {
        for filled in block {
            match self.columns.iter_mut().find(|known| known.column == filled.column) {
                Some(known) => {
                    known.missing += filled.missing;
                    known.infinite += filled.infinite;
                }
                None => self.columns.push(filled.clone()),
            }
        }
    }

    /// The counts.
    pub fn columns(&self) -> &[Filled] {
        &self.columns
    }

    /// Says once of each column if it is missing in most rows.
    pub fn warn(&mut self, terminal: &Terminal, rows: usize) {
        for filled in self.columns.iter().filter(|filled| is_mostly_missing(filled, rows)) {
            if !self.warned.contains(&filled.column) {
                terminal.note(&warning(filled, rows));
                self.warned.push(filled.column.clone());
            }
        }
    }

    /// Says at the end what was filled.
    pub fn tell(&self, terminal: &Terminal, rows: usize) {
        for filled in self.columns.iter().filter(|filled| is_mostly_missing(filled, rows)) {
            terminal.note(&warning(filled, rows));
        }
        self.in_words(rows).iter().for_each(|note| terminal.note(note));
    }

    fn in_words(&self, rows: usize) -> Vec<String> {
        let missing = self.list(|filled| filled.missing, |n| of_rows(n, rows));
        let infinite = self.list(|filled| filled.infinite, |n| counted(n, "row"));
        let missing = missing.map(|list| {
            format!(
                "missing values are filled with the training median or commonest category in {list}"
            )
        });
        let infinite =
            infinite.map(|list| format!("infinite values are taken for missing in {list}"));
        missing.into_iter().chain(infinite).collect()
    }

    /// The columns that have such values, with how many; `None` without any.
    fn list(&self, of: fn(&Filled) -> usize, count: impl Fn(usize) -> String) -> Option<String> {
        let found = self.columns.iter().filter(|filled| of(filled) > 0);
        let found: Vec<String> =
            found.map(|filled| format!("{:?} ({})", filled.column, count(of(filled)))).collect();
        let columns = if found.len() > MOST_NAMED { " columns" } else { "" };
        (!found.is_empty()).then(|| first_of(&found, MOST_NAMED) + columns)
    }
}

fn is_mostly_missing(filled: &Filled, rows: usize) -> bool {
    2 * filled.missing > rows
}

fn warning(filled: &Filled, rows: usize) -> String {
    let Filled { column, missing, .. } = filled;
    let share = 100.0 * *missing as f64 / rows as f64;
    format!(
        "WARNING: column {column:?} is missing in {} ({share:.1} %), and the model reads it: the scores of these rows say little. Is it another kind of file, or are its values written in another way?",
        of_rows(*missing, rows)
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn gaps(column: &str, missing: usize, infinite: usize) -> Filled {
        Filled { column: column.into(), missing, infinite }
    }

    #[test]
    fn blocks_add_up_and_each_kind_has_one_note() {
        let mut values = FilledValues::default();
        values.add(&[gaps("x", 20, 0), gaps("rate", 0, 70)]);
        values.add(&[gaps("rate", 1, 3), gaps("x", 30, 0)]);
        let expected = [
            "missing values are filled with the training median or commonest category in \
             \"x\" (50 of 100 rows), \"rate\" (1 of 100 rows)",
            "infinite values are taken for missing in \"rate\" (73 rows)",
        ];
        assert_eq!(values.in_words(100), expected);
        assert!(FilledValues::default().in_words(100).is_empty());
    }

    #[test]
    fn more_than_half_is_most() {
        assert!(!is_mostly_missing(&gaps("x", 50, 50), 100));
        assert!(is_mostly_missing(&gaps("x", 51, 0), 100));
        assert!(warning(&gaps("x", 51, 0), 100).contains("51 of 100 rows (51.0 %)"));
    }

    #[test]
    fn a_note_on_many_columns_ends() {
        let mut values = FilledValues::default();
        values.add(&(0..40).map(|i| gaps(&format!("c{i}"), 1, 0)).collect::<Vec<_>>());
        let notes = values.in_words(9);
        assert!(notes[0].ends_with("\"c11\" (1 of 9 rows) and 28 more columns"), "{notes:?}");
    }
}
