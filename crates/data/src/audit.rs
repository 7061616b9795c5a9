//! Which rows have equal features: the raw values of the feature columns, before scaling and encoding,
//! numbered in the same way over several tables. `oddbench_core::audit` draws the conclusions.

use std::collections::HashMap;

use oddbench_core::{Column, Table};

/// Rows of a table, each by its number.
#[derive(Debug, Clone, Copy)]
pub struct Rows<'a> {
    /// The table.
    pub table: &'a Table,
    /// Row numbers from 0.
    pub rows: &'a [usize],
}

/// One number per row of each part: equal for rows whose values are equal in all of the given columns,
/// whichever part they are in. Two missing values are equal, and so are 0 and -0. Columns that a table
/// lacks count as missing there. Panics if a row is not in its table.
///
/// Column by column, the number so far and the next value become the next number, so that the memory
/// does not grow with the number of columns.
pub fn feature_vectors(parts: &[Rows<'_>], columns: &[String]) -> Vec<Vec<u32>> {
    let mut vectors: Vec<Vec<u32>> = parts.iter().map(|part| vec![0; part.rows.len()]).collect();
    for name in columns {
        let mut levels = HashMap::new();
        let mut numbers: HashMap<(u32, u64), u32> = HashMap::new();
        for (part, vectors) in parts.iter().zip(&mut vectors) {
            let keys = part.table.column(name).map(|column| Keys::new(column, &mut levels));
            for (vector, &row) in vectors.iter_mut().zip(part.rows) {
                let key = keys.as_ref().map_or(MISSING, |keys| keys.of(row));
                let next = numbers.len();
                // There are fewer rows than u32 counts: `Prepared` refuses more.
                *vector = *numbers.entry((*vector, key)).or_insert(next as u32);
            }
        }
    }
    vectors
}

/// A column's values as numbers that are equal when the values are, in every table.
enum Keys<'a> {
    Numeric(&'a [f64]),
    Categorical { codes: &'a [u32], shared: Vec<u64> },
}

/// Bits that stand for a missing value: no number has them once all NaNs have the same bits.
const MISSING: u64 = u64::MAX;

impl<'a> Keys<'a> {
    fn new(column: &'a Column, levels: &mut HashMap<&'a str, u64>) -> Self {
        match column {
            Column::Numeric(values) => Self::Numeric(values),
            Column::Categorical { codes, levels: names } => {
                let mut number = |name: &'a str| {
                    let next = levels.len() as u64;
                    *levels.entry(name).or_insert(next)
                };
                Self::Categorical { codes, shared: names.iter().map(|n| number(n)).collect() }
            }
        }
    }

    fn of(&self, row: usize) -> u64 {
        match self {
            Self::Numeric(values) => match values[row] {
                value if value.is_nan() => MISSING,
                // 0 and -0 differ in their bits.
                value => (value + 0.0).to_bits(),
            },
            Self::Categorical { codes, shared } => {
                shared.get(codes[row] as usize).copied().unwrap_or(MISSING)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table(numbers: &[f64], codes: &[u32], levels: &[&str]) -> Table {
        let categories = Column::Categorical {
            codes: codes.to_vec(),
            levels: levels.iter().map(ToString::to_string).collect(),
        };
        let columns = [("n", Column::Numeric(numbers.to_vec())), ("c", categories)];
        Table {
            columns: columns.map(|(name, c)| (name.to_owned(), c)).into(),
            classes: None,
            beside: Vec::new(),
        }
    }

    #[test]
    fn equal_rows_have_equal_numbers_across_tables_with_other_dictionaries() {
        let nan = f64::NAN;
        let a = table(&[1.0, 0.0, nan, 1.0], &[0, 1, u32::MAX, 0], &["tcp", "udp"]);
        let b = table(&[-0.0, 1.0, 1.0, -nan], &[0, 1, 0, u32::MAX], &["udp", "tcp"]);
        let parts =
            [Rows { table: &a, rows: &[0, 1, 2, 3] }, Rows { table: &b, rows: &[0, 1, 2, 3] }];
        let columns = ["n".to_owned(), "c".to_owned()];
        let vectors = feature_vectors(&parts, &columns);
        let (a, b) = (&vectors[0], &vectors[1]);
        assert_eq!(a[0], a[3]);
        assert_eq!((b[0], b[1], b[3]), (a[1], a[0], a[2]));
        assert!(!a.contains(&b[2]), "1 with udp is a row of its own");
        assert_ne!(a[0], a[1]);
        // With fewer columns, more rows are equal.
        let vectors = feature_vectors(&parts, &columns[..1]);
        assert_eq!(vectors[1][1], vectors[1][2]);
    }
}
