//! `holdout`: shares of the training table, stratified by side, inliers and outliers.

use serde::{Deserialize, Serialize};

use super::shares::{self, DUPLICATES, Duplicates, leave_training_rows};
use super::{
    DataTables, DefaultValue, Described, Key, KeyFault, SEED, Split, SplitError, SplitKind,
    SplitTables, TRAIN_ON, TrainOn, Values, of_training_table, validation,
};
use crate::numpy_rng;

/// A single-table split into shares, stratified by side, inliers and outliers.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Holdout {
    /// Share of the rows of each side that are tested on, 0 < share < 1.
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
    /// Whether rows of equal features are drawn together.
    #[serde(default, skip_serializing_if = "Duplicates::is_apart")]
    pub duplicates: Duplicates,
}

impl Described for Holdout {
    const SUMMARY: &'static str = "Shares of the training table.";
    const KEYS: &'static [Key] = &[
        Key {
            name: "test",
            values: Values::Share,
            default: DefaultValue::Number(0.3),
            meaning: "Share of the inliers and of the outliers that is tested on",
        },
        validation("Share of all rows that is validated on"),
        SEED,
        TRAIN_ON,
        Key {
            name: "test_prevalence",
            values: Values::Share,
            default: DefaultValue::Absent,
            meaning: "The greatest share of outliers among the test rows: outliers drawn for the test beyond it are discarded",
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
            meaning: "How many rows are used: from a larger table they are drawn at random",
        },
        Key {
            name: "repeats",
            values: Values::Whole { min: 2, max: 100, unit: " times" },
            default: DefaultValue::Absent,
            meaning: "How many times the split is drawn, each time with the next seed, one trial each",
        },
        DUPLICATES,
    ];
}

impl SplitKind for Holdout {
    fn complete(&mut self, data: &DataTables<'_>) -> Result<(), KeyFault> {
        if self.transfer && self.repeats.is_some() {
            return Err(KeyFault::of(
                &["transfer", "repeats"],
                "transfer rows are scored by the models of one split, and repeats draws several",
                "remove one of the two keys",
            ));
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
        leave_training_rows(self.test, self.validation)
    }

    fn draw(&self, tables: &SplitTables<'_>, fold: Option<u32>) -> Result<Split, SplitError> {
        let seed = self.seed.wrapping_add(fold.unwrap_or(1) - 1);
        holdout(tables.train.labels, tables.train.vectors, Self { seed, ..*self })
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

    /// The number of repeats decides no draw: with more repeats, the earlier draws stay the same.
    fn narrow(&mut self, _: Option<u32>) {
        self.repeats = None;
    }

    fn keeps_duplicates_together(&self) -> bool {
        self.duplicates == Duplicates::Together
    }

    fn transfers(&self) -> bool {
        self.transfer
    }
}

/// A stratified holdout of one table: of each side, the stated shares are drawn for test and
/// validation and the rest trains. Rows of a part are in the order of the table. Where only some rows
/// are used, they are drawn first, without a look at the labels. `vectors` are needed where duplicates are
/// drawn together: one number per row, equal for rows of equal features.
pub fn holdout(
    labels: &[bool],
    vectors: Option<&[u32]>,
    settings: Holdout,
) -> Result<Split, SplitError> {
    let used = used_rows(labels.len(), settings);
    let vectors = vectors.filter(|_| settings.duplicates == Duplicates::Together);
    let shares = [settings.test, settings.validation];
    let mut parts = shares::draw(labels, &used, vectors, settings.seed, &shares);
    if let Some(share) = settings.test_prevalence {
        let [inliers, outliers] = &mut parts[0];
        outliers.truncate(outliers_beside(inliers.len(), share, outliers.len())?);
    }
    of_training_table("holdout", labels, parts, settings.train_on)
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
