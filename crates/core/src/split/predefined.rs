//! `predefined`: the data set's own test table is tested on.

use serde::{Deserialize, Serialize};

use super::{
    DataTables, Described, Key, KeyFault, Part, PartTables, SEED, Split, SplitError, SplitKind,
    TRAIN_ON, TableLabels, TableName, TrainOn, check_parts, validation,
};
use crate::numpy_rng;

/// The source's own test table is tested on; a share of the training table validates.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Predefined {
    /// Share of the training table's rows of each label that is validated on, 0 <= share < 1.
    pub validation: f64,
    /// Seed of the shuffle.
    pub seed: u32,
    /// Which training rows are kept.
    pub train_on: TrainOn,
}

impl Described for Predefined {
    const SUMMARY: &'static str = "Tests on the data set's own test table.";
    const KEYS: &'static [Key] =
        &[validation("Share of the training table that is validated on"), SEED, TRAIN_ON];
}

impl SplitKind for Predefined {
    fn check(&self, data: DataTables<'_>) -> Result<(), KeyFault> {
        match data.has_test {
            true => Ok(()),
            false => Err(KeyFault::at(
                "kind",
                format!(
                    "\"predefined\" needs a separate test table, which {} does not have",
                    data.kind
                ),
                "use kind = \"holdout\", or a data set of two tables, such as dataset.kind = \"nsl-kdd\"",
            )),
        }
    }

    fn draw(&self, labels: TableLabels<'_>, _: Option<u32>) -> Result<Split, SplitError> {
        let test = labels.test.ok_or(SplitError::NoTestTable { split: "predefined" })?;
        predefined(labels.train, test, *self)
    }

    fn tables(&self) -> PartTables {
        PartTables { validation: TableName::Train, test: TableName::Test }
    }

    fn trains_on_outliers(&self) -> bool {
        self.train_on == TrainOn::All
    }

    fn has_validation(&self) -> bool {
        self.validation > 0.0
    }
}

/// The split that the source came with: the whole test table tests, and of each label of the training
/// table the stated share is drawn for validation and the rest trains. Rows of a part are in the order
/// of their table. The labels have one entry per row, `true` = outlier.
pub fn predefined(
    train_labels: &[bool],
    test_labels: &[bool],
    settings: Predefined,
) -> Result<Split, SplitError> {
    let (mut train, mut validation) = (Vec::new(), Vec::new());
    for outlier in [false, true] {
        let rows: Vec<usize> =
            (0..train_labels.len()).filter(|&row| train_labels[row] == outlier).collect();
        let n_validation = numpy_rng::fraction(rows.len(), settings.validation);
        let order = numpy_rng::permutation(settings.seed, rows.len());
        let (validated, trained) = order.split_at(n_validation);
        validation.extend(validated.iter().map(|&position| rows[position]));
        if !(outlier && settings.train_on == TrainOn::Inliers) {
            train.extend(trained.iter().map(|&position| rows[position]));
        }
    }
    train.sort_unstable();
    validation.sort_unstable();
    let test: Vec<usize> = (0..test_labels.len()).collect();
    check_parts("predefined", train_labels, &train, &test)?;
    Ok(Split {
        train: Part { table: TableName::Train, rows: train },
        validation: Part { table: TableName::Train, rows: validation },
        test: Part { table: TableName::Test, rows: test },
    })
}
