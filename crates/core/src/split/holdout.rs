//! `holdout`: shares of the training table, stratified by label.

use serde::{Deserialize, Serialize};

use super::{
    DataTables, DefaultValue, Described, Key, KeyFault, Part, SEED, Split, SplitError, SplitKind,
    TRAIN_ON, TableLabels, TableName, TrainOn, Values, check_parts, validation,
};
use crate::numpy_rng;

/// A single-table split into shares, stratified by label.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Holdout {
    /// Share of the rows of each label that are tested on, 0 < share < 1.
    pub test: f64,
    /// Share that is validated on, 0 <= share; `test + validation < 1`.
    pub validation: f64,
    /// Seed of the shuffle.
    pub seed: u32,
    /// Which training rows are kept.
    pub train_on: TrainOn,
    /// Share of outliers among the test rows, 0 < share < 1: of the outliers drawn for the test, only so
    /// many stay, rounded down. `None`: all.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub test_prevalence: Option<f64>,
    /// Whether every row of the separate test table is scored too. It is part of every trial's address.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub transfer: bool,
    /// How many rows of the table are used, drawn at random from all of them. `None`: every row.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rows: Option<usize>,
    /// How many times the split is drawn, each time with the next seed. `None`: once.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub repeats: Option<u32>,
}

impl Described for Holdout {
    const SUMMARY: &'static str = "Shares of the training table.";
    const KEYS: &'static [Key] = &[
        Key {
            name: "test",
            values: Values::Share,
            default: DefaultValue::Number(0.3),
            meaning: "Share of the rows of each label that are tested on",
        },
        validation("Share of all rows that is validated on"),
        SEED,
        TRAIN_ON,
        Key {
            name: "test_prevalence",
            values: Values::Share,
            default: DefaultValue::Absent,
            meaning: "Share of outliers among the test rows: surplus outliers drawn for the test are left out",
        },
        Key {
            name: "transfer",
            values: Values::Flag,
            default: DefaultValue::Flag(false),
            meaning: "Also score every row of the data set's separate test table with the same fitted models",
        },
        Key {
            name: "rows",
            values: Values::Whole { min: 10, max: u32::MAX as u64, unit: " rows" },
            default: DefaultValue::Absent,
            meaning: "The most rows of the table that are used: of a larger table so many are drawn at random",
        },
        Key {
            name: "repeats",
            values: Values::Whole { min: 2, max: 100, unit: " times" },
            default: DefaultValue::Absent,
            meaning: "How many times the split is drawn, each time with the next seed, one trial each",
        },
    ];
}

impl SplitKind for Holdout {
    fn check(&self, data: DataTables<'_>) -> Result<(), KeyFault> {
        let Self { test, validation, .. } = self;
        if self.transfer && self.repeats.is_some() {
            return Err(KeyFault {
                keys: vec!["transfer", "repeats"],
                message:
                    "transfer rows are scored by the models of one split, and repeats draws several"
                        .into(),
                help: "remove one of the two keys".to_owned(),
            });
        }
        if self.transfer && !data.has_test {
            return Err(KeyFault::at(
                "transfer",
                format!(
                    "there is nothing to transfer to: {} has no separate test table",
                    data.kind
                ),
                "remove this key, or use a data set of two tables, such as dataset.kind = \"kdd99\"",
            ));
        }
        match test + validation < 1.0 {
            true => Ok(()),
            false => Err(KeyFault {
                keys: vec!["test", "validation"],
                message: format!(
                    "test ({test}) and validation ({validation}) leave no rows to train on"
                ),
                help: "their sum must be below 1".to_owned(),
            }),
        }
    }

    fn draw(&self, labels: TableLabels<'_>, fold: Option<u32>) -> Result<Split, SplitError> {
        let seed = self.seed.wrapping_add(fold.unwrap_or(1) - 1);
        holdout(labels.train, Self { seed, ..*self })
    }

    fn trains_on_outliers(&self) -> bool {
        self.train_on == TrainOn::All
    }

    fn has_validation(&self) -> bool {
        self.validation > 0.0
    }

    fn folds(&self) -> Vec<Option<u32>> {
        self.repeats.map_or(vec![None], |repeats| (1..=repeats).map(Some).collect())
    }

    fn transfers(&self) -> bool {
        self.transfer
    }
}

/// A stratified holdout of one table: of each label, the stated shares are drawn for test and
/// validation and the rest trains. Rows of a part are in the order of the table. Where only some rows
/// are used, they are drawn first, without a look at the labels.
pub fn holdout(labels: &[bool], settings: Holdout) -> Result<Split, SplitError> {
    let used = used_rows(labels.len(), settings);
    let mut parts: [Vec<usize>; 3] = Default::default();
    let mut tested = usize::MAX;
    for outlier in [false, true] {
        let rows: Vec<usize> = used.iter().copied().filter(|&row| labels[row] == outlier).collect();
        let n_test = numpy_rng::fraction(rows.len(), settings.test);
        let stay = match settings.test_prevalence {
            Some(share) if outlier => outliers_beside(tested, share, n_test)?,
            _ => n_test,
        };
        tested = n_test;
        let n_validation = numpy_rng::fraction(rows.len(), settings.validation);
        let order = numpy_rng::permutation(settings.seed, rows.len());
        for (rank, position) in order.into_iter().enumerate() {
            let part = match rank {
                _ if rank < stay => 2,
                _ if rank < n_test => continue,
                _ if rank < n_test + n_validation => 1,
                _ if outlier && settings.train_on == TrainOn::Inliers => continue,
                _ => 0,
            };
            parts[part].push(rows[position]);
        }
    }
    for part in &mut parts {
        part.sort_unstable();
    }
    check_parts("holdout", labels, &parts[0], &parts[2])?;
    let [train, validation, test] = parts.map(|rows| Part { table: TableName::Train, rows });
    Ok(Split { train, validation, test })
}

/// The rows that are used, in the order of the table.
fn used_rows(total: usize, settings: Holdout) -> Vec<usize> {
    match settings.rows.filter(|&rows| rows < total) {
        None => (0..total).collect(),
        Some(rows) => {
            let mut drawn = numpy_rng::sample(settings.seed, total, rows);
            drawn.sort_unstable();
            drawn
        }
    }
}

/// How many outliers make up that share beside so many inliers; there must be as many.
pub(super) fn outliers_beside(
    inliers: usize,
    share: f64,
    drawn: usize,
) -> Result<usize, SplitError> {
    let exact = inliers as f64 * share / (1.0 - share);
    let needed = exact as usize;
    match needed <= drawn {
        true => Ok(needed),
        false => {
            let (split, what) = ("holdout", "test outliers for its test_prevalence");
            Err(SplitError::TooFew { split, what, needed, found: drawn })
        }
    }
}
