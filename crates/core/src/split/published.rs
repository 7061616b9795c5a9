//! `published-8020`, `published-9010`, `published-all`: the splits of the 2020 study, row for row.

use serde::{Deserialize, Serialize};

use super::{
    DataTables, Described, Key, KeyFault, Part, PartTables, Split, SplitError, SplitKind,
    SplitTables, TableName,
};
use crate::numpy_rng;

/// The data set that the study split.
const DATASET: &str = "kdd99";

/// The test part of the published split.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Published {
    /// 8,000 inliers and 2,000 outliers.
    P8020,
    /// 9,000 inliers and 1,000 outliers.
    P9010,
    /// Every row that is not validated on.
    All,
}

impl Published {
    fn name(self) -> &'static str {
        match self {
            Self::P8020 => "published-8020",
            Self::P9010 => "published-9010",
            Self::All => "published-all",
        }
    }
}

macro_rules! published {
    ($Kind:ident, $which:ident, $summary:literal) => {
        #[doc = $summary]
        #[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
        #[serde(deny_unknown_fields)]
        pub struct $Kind {}

        impl Described for $Kind {
            const SUMMARY: &'static str = $summary;
            const KEYS: &'static [Key] = &[];
        }

        impl SplitKind for $Kind {
            fn complete(&mut self, data: &DataTables<'_>) -> Result<(), KeyFault> {
                check(Published::$which.name(), *data)
            }

            fn draw(&self, tables: &SplitTables<'_>, _: Option<u32>) -> Result<Split, SplitError> {
                let which = Published::$which;
                let test = tables.test.ok_or(SplitError::NoTestTable { split: which.name() })?;
                published(tables.train.labels, test.labels, which)
            }

            fn tables(&self) -> PartTables {
                PartTables { validation: TableName::Test, test: TableName::Test }
            }

            fn trains_on_outliers(&self) -> bool {
                false
            }

            fn has_validation(&self) -> bool {
                true
            }
        }
    };
}

published!(Published8020, P8020, "The 2020 study's split of kdd99: 8,000 and 2,000 test rows.");
published!(Published9010, P9010, "The 2020 study's split of kdd99: 9,000 and 1,000 test rows.");
published!(
    PublishedAll,
    All,
    "The 2020 study's split of kdd99. It tests on all rows that it does not validate on."
);

fn check(name: &str, data: DataTables<'_>) -> Result<(), KeyFault> {
    let kind = data.kind;
    match data.has_test {
        _ if kind == DATASET => Ok(()),
        true => Err(KeyFault::at(
            "kind",
            format!("\"{name}\" is the 2020 study's split of {DATASET}, not of {kind}"),
            "use kind = \"predefined\": it tests on the test table of the data set",
        )),
        false => Err(KeyFault::at(
            "kind",
            format!("\"{name}\" needs a separate test table, which {kind} does not have"),
            "use kind = \"holdout\", or dataset.kind = \"kdd99\"",
        )),
    }
}

/// Shuffles the rows of each file before anything is drawn.
const SHUFFLE_SEED: u32 = 200;
/// Draws the validation rows.
const VALIDATION_SEED: u32 = 200;
/// Draws the test rows from what validation left.
const TEST_SEED: u32 = 250;
/// The share of the rows of each side that is validated on.
const VALIDATION_SHARE: f64 = 0.2;

/// The split of the 2020 study, row for row: NumPy's legacy generator with its seeds and order of
/// draws. `train_labels` and `test_labels` have one label per row of the two tables, `true` = outlier.
/// Training rows are the inliers of the training table; validation and test rows come from the test
/// table, inliers before outliers in each part.
pub fn published(
    train_labels: &[bool],
    test_labels: &[bool],
    test: Published,
) -> Result<Split, SplitError> {
    let (train, _) = shuffled(train_labels);
    let (inliers, outliers) = shuffled(test_labels);
    let split = test.name();
    let wanted = match test {
        Published::P8020 => Some((8_000, 2_000)),
        Published::P9010 => Some((9_000, 1_000)),
        Published::All => None,
    };
    let (validation_inliers, rest_inliers) = draw_validation(&inliers);
    let (validation_outliers, rest_outliers) = draw_validation(&outliers);
    let (test_inliers, test_outliers) = match wanted {
        None => (rest_inliers, rest_outliers),
        Some((n_inliers, n_outliers)) => (
            draw_test(split, "test inliers", &rest_inliers, n_inliers)?,
            draw_test(split, "test outliers", &rest_outliers, n_outliers)?,
        ),
    };
    for (what, rows) in [
        ("training inliers", &train),
        ("test inliers", &test_inliers),
        ("test outliers", &test_outliers),
    ] {
        if rows.is_empty() {
            return Err(SplitError::TooFew { split, what, needed: 1, found: 0 });
        }
    }
    Ok(Split {
        train: Part { table: TableName::Train, rows: train },
        validation: Part {
            table: TableName::Test,
            rows: [validation_inliers, validation_outliers].concat(),
        },
        test: Part { table: TableName::Test, rows: [test_inliers, test_outliers].concat() },
    })
}

/// The rows of a table in shuffled order: inliers, outliers.
fn shuffled(labels: &[bool]) -> (Vec<usize>, Vec<usize>) {
    let order = numpy_rng::permutation(SHUFFLE_SEED, labels.len());
    order.into_iter().partition(|&row| !labels[row])
}

/// Validation rows in the order drawn, and the rest in the order it had.
fn draw_validation(rows: &[usize]) -> (Vec<usize>, Vec<usize>) {
    let count = numpy_rng::fraction(rows.len(), VALIDATION_SHARE);
    let drawn = numpy_rng::sample(VALIDATION_SEED, rows.len(), count);
    let mut taken = vec![false; rows.len()];
    for &position in &drawn {
        taken[position] = true;
    }
    let rest = rows.iter().zip(&taken).filter(|(_, taken)| !**taken).map(|(&row, _)| row).collect();
    (drawn.into_iter().map(|position| rows[position]).collect(), rest)
}

fn draw_test(
    split: &'static str,
    what: &'static str,
    rest: &[usize],
    needed: usize,
) -> Result<Vec<usize>, SplitError> {
    if rest.len() < needed {
        return Err(SplitError::TooFew { split, what, needed, found: rest.len() });
    }
    let drawn = numpy_rng::sample(TEST_SEED, rest.len(), needed);
    Ok(drawn.into_iter().map(|position| rest[position]).collect())
}
