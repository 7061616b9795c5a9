//! `k-fold`: each row of the training table is tested on once.

use serde::{Deserialize, Serialize};

use super::{
    DataTables, DefaultValue, Described, Key, KeyFault, Part, SEED, Split, SplitError, SplitKind,
    TRAIN_ON, TableLabels, TableName, TrainOn, Values, check_parts, validation,
};
use crate::numpy_rng;

/// Several splits of one table, stratified by label: each fold is the test part of one of them.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct KFold {
    /// How many folds, at least 2.
    pub folds: u32,
    /// Share of the other folds' rows of each label that is validated on, 0 <= share < 1.
    pub validation: f64,
    /// Seed of the shuffle.
    pub seed: u32,
    /// Which training rows are kept.
    pub train_on: TrainOn,
}

impl Described for KFold {
    const SUMMARY: &'static str = "Tests on each row once, in as many trials as there are folds.";
    const KEYS: &'static [Key] = &[
        Key {
            name: "folds",
            values: Values::Whole { min: 2, max: 20, unit: " folds" },
            default: DefaultValue::Whole(5),
            meaning: "Number of folds, one trial each",
        },
        validation("Share of the rows not tested on that is validated on"),
        SEED,
        TRAIN_ON,
    ];
}

impl SplitKind for KFold {
    fn check(&self, _: DataTables<'_>) -> Result<(), KeyFault> {
        Ok(())
    }

    fn draw(&self, labels: TableLabels<'_>, fold: Option<u32>) -> Result<Split, SplitError> {
        k_fold(labels.train, *self, fold.unwrap_or(1))
    }

    fn trains_on_outliers(&self) -> bool {
        self.train_on == TrainOn::All
    }

    fn has_validation(&self) -> bool {
        self.validation > 0.0
    }

    fn folds(&self) -> Vec<Option<u32>> {
        (1..=self.folds).map(Some).collect()
    }
}

/// The split that tests on one fold, from 1: rows of each label are dealt to the folds in shuffled
/// order, so that neither their counts of a label nor their sizes differ by more than one. With fewer rows of
/// a label than folds some folds test on none of them. Rows of a part are in the order of the table.
/// Panics if there is no such fold.
pub fn k_fold(labels: &[bool], settings: KFold, fold: u32) -> Result<Split, SplitError> {
    let folds = settings.folds as usize;
    assert!((1..=settings.folds).contains(&fold), "fold {fold} of {folds}");
    if labels.len() < folds {
        let (needed, found) = (folds, labels.len());
        return Err(SplitError::TooFew { split: "k-fold", what: "rows", needed, found });
    }
    let mut parts: [Vec<usize>; 3] = Default::default();
    let mut dealt = 0;
    for outlier in [false, true] {
        let rows: Vec<usize> = (0..labels.len()).filter(|&row| labels[row] == outlier).collect();
        let order = numpy_rng::permutation(settings.seed, rows.len());
        let (tested, rest): (Vec<usize>, Vec<usize>) =
            (0..rows.len()).partition(|rank| (dealt + rank) % folds + 1 == fold as usize);
        // Where one label ends dealing the next one begins: that evens out the sizes.
        dealt += rows.len();
        let n_validation = numpy_rng::fraction(rest.len(), settings.validation);
        let source = |rank: &usize| rows[order[*rank]];
        parts[2].extend(tested.iter().map(source));
        parts[1].extend(rest[..n_validation].iter().map(source));
        if !(outlier && settings.train_on == TrainOn::Inliers) {
            parts[0].extend(rest[n_validation..].iter().map(source));
        }
    }
    for part in &mut parts {
        part.sort_unstable();
    }
    check_parts("k-fold", labels, &parts[0], &parts[2])?;
    let [train, validation, test] = parts.map(|rows| Part { table: TableName::Train, rows });
    Ok(Split { train, validation, test })
}
