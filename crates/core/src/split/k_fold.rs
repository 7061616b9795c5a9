//! `k-fold`: each row of the training table is tested on once.

use serde::{Deserialize, Serialize};

use super::shares::{self, DUPLICATES, Duplicates};
use super::{
    DataTables, DefaultValue, Described, Key, KeyFault, SEED, Split, SplitError, SplitKind,
    SplitTables, TRAIN_ON, TrainOn, Values, of_training_table, validation,
};
use crate::numpy_rng;

/// Several splits of one table, stratified by side, inliers and outliers: each fold is the test part of one of them.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct KFold {
    /// How many folds, at least 2.
    pub folds: u32,
    /// Share of the other folds' rows of each side that is validated on, 0 <= share < 1.
    pub validation: f64,
    /// Seed of the shuffle.
    pub seed: u32,
    /// Which training rows are kept.
    pub train_on: TrainOn,
    /// Whether rows of equal features are dealt together.
    #[serde(default, skip_serializing_if = "Duplicates::is_apart")]
    pub duplicates: Duplicates,
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
        DUPLICATES,
    ];
}

impl SplitKind for KFold {
    fn complete(&mut self, _: &DataTables<'_>) -> Result<(), KeyFault> {
        Ok(())
    }

    fn draw(&self, tables: &SplitTables<'_>, fold: Option<u32>) -> Result<Split, SplitError> {
        k_fold(tables.train.labels, tables.train.vectors, *self, fold.unwrap_or(1))
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

    fn folds(&self) -> Vec<Option<u32>> {
        (1..=self.folds).map(Some).collect()
    }
}

/// The split that tests on one fold, from 1: rows of each side are dealt to the folds in shuffled
/// order, so that neither their counts of a side nor their sizes differ by more than one. With fewer rows of
/// a label than folds some folds test on none of them. Rows of a part are in the order of the table.
/// `vectors` are needed where duplicates are dealt together: one number per row, equal for rows of equal
/// features. Panics if there is no such fold.
pub fn k_fold(
    labels: &[bool],
    vectors: Option<&[u32]>,
    settings: KFold,
    fold: u32,
) -> Result<Split, SplitError> {
    let folds = settings.folds as usize;
    assert!((1..=settings.folds).contains(&fold), "fold {fold} of {folds}");
    if labels.len() < folds {
        let (needed, found) = (folds, labels.len());
        return Err(SplitError::TooFew { split: "k-fold", what: "rows", needed, found });
    }
    let vectors = vectors.filter(|_| settings.duplicates == Duplicates::Together);
    let parts = match vectors {
        None => dealt_singly(labels, settings, fold as usize),
        Some(vectors) => dealt_together(labels, vectors, settings, fold as usize),
    };
    of_training_table("k-fold", labels, parts, settings.train_on)
}

/// Test, validation and training rows of a fold, inliers and outliers apart.
fn dealt_singly(labels: &[bool], settings: KFold, fold: usize) -> Vec<[Vec<usize>; 2]> {
    let folds = settings.folds as usize;
    let mut parts = vec![<[Vec<usize>; 2]>::default(); 3];
    let mut dealt = 0;
    for outlier in [false, true] {
        let rows: Vec<usize> = (0..labels.len()).filter(|&row| labels[row] == outlier).collect();
        let order = numpy_rng::permutation(settings.seed, rows.len());
        let (tested, rest): (Vec<usize>, Vec<usize>) =
            (0..rows.len()).partition(|rank| (dealt + rank) % folds + 1 == fold);
        // Where one label ends dealing the next one begins: that evens out the sizes.
        dealt += rows.len();
        let n_validation = numpy_rng::fraction(rest.len(), settings.validation);
        let (validated, trained) = rest.split_at(n_validation);
        for (part, ranks) in parts.iter_mut().zip([tested.as_slice(), validated, trained]) {
            part[usize::from(outlier)] = ranks.iter().map(|&rank| rows[order[rank]]).collect();
        }
    }
    parts
}

/// The same with groups of equal rows: the largest first, each to the fold that has the fewest rows of the
/// label, so that the folds' counts of a side differ by no more than the largest group.
fn dealt_together(
    labels: &[bool],
    vectors: &[u32],
    settings: KFold,
    fold: usize,
) -> Vec<[Vec<usize>; 2]> {
    let rows: Vec<usize> = (0..labels.len()).collect();
    let mut all = vec![0; settings.folds as usize];
    let (mut tested, mut rest) = (<[Vec<usize>; 2]>::default(), Vec::new());
    for mut groups in shares::groups(labels, &rows, vectors, settings.seed) {
        groups.sort_by_key(|group| std::cmp::Reverse(group.len()));
        let mut of_label = vec![0; all.len()];
        for group in groups {
            let least = (0..all.len()).min_by_key(|&at| (of_label[at], all[at])).unwrap_or(0);
            of_label[least] += group.len();
            all[least] += group.len();
            for row in group {
                match least + 1 == fold {
                    true => tested[usize::from(labels[row])].push(row),
                    false => rest.push(row),
                }
            }
        }
    }
    rest.sort_unstable();
    let shares = [settings.validation];
    let others = shares::draw(labels, &rest, Some(vectors), settings.seed, &shares);
    std::iter::once(tested).chain(others).collect()
}
