//! `predefined`: the data set's own test table is tested on.

use serde::{Deserialize, Serialize};

use super::shares::{self, DUPLICATES, Duplicates};
use super::{
    DataTables, Described, Key, KeyFault, Part, PartTables, SEED, Split, SplitError, SplitKind,
    SplitTables, TRAIN_ON, TableName, TrainOn, check_parts, kept, validation,
};

/// The source's own test table is tested on; a share of the training table validates.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Predefined {
    /// Share of the training table's rows of each side that is validated on, 0 <= share < 1.
    pub validation: f64,
    /// Seed of the shuffle.
    pub seed: u32,
    /// Which training rows are kept.
    pub train_on: TrainOn,
    /// Whether training and validation rows of equal features are drawn together. The test table stays as
    /// it is.
    #[serde(default, skip_serializing_if = "Duplicates::is_apart")]
    pub duplicates: Duplicates,
}

impl Described for Predefined {
    const SUMMARY: &'static str = "Tests on the data set's own test table.";
    const KEYS: &'static [Key] = &[
        validation("Share of the training table that is validated on"),
        SEED,
        TRAIN_ON,
        DUPLICATES,
    ];
}

impl SplitKind for Predefined {
    fn complete(&mut self, data: &DataTables<'_>) -> Result<(), KeyFault> {
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

    fn draw(&self, tables: &SplitTables<'_>, _: Option<u32>) -> Result<Split, SplitError> {
        let test = tables.test.ok_or(SplitError::NoTestTable { split: "predefined" })?;
        let train = tables.train;
        predefined(train.labels, train.vectors, test.labels, *self)
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

    fn keeps_duplicates_together(&self) -> bool {
        self.duplicates == Duplicates::Together
    }
}

/// The split that the source came with: the whole test table tests, and of each side of the training
/// table the stated share is drawn for validation and the rest trains. Rows of a part are in the order
/// of their table. The labels have one entry per row, `true` = outlier. `vectors` are needed where duplicates
/// are drawn together: one number per training row, equal for rows of equal features.
pub fn predefined(
    train_labels: &[bool],
    vectors: Option<&[u32]>,
    test_labels: &[bool],
    settings: Predefined,
) -> Result<Split, SplitError> {
    let rows: Vec<usize> = (0..train_labels.len()).collect();
    let vectors = vectors.filter(|_| settings.duplicates == Duplicates::Together);
    let mut parts =
        shares::draw(train_labels, &rows, vectors, settings.seed, &[settings.validation])
            .into_iter();
    let validation = parts.next().map_or_else(Vec::new, |part| kept(part, TrainOn::All));
    let train = parts.next().map_or_else(Vec::new, |part| kept(part, settings.train_on));
    let test: Vec<usize> = (0..test_labels.len()).collect();
    check_parts("predefined", train_labels, &train, &test)?;
    Ok(Split {
        train: Part { table: TableName::Train, rows: train },
        validation: Part { table: TableName::Train, rows: validation },
        test: Part { table: TableName::Test, rows: test },
    })
}
