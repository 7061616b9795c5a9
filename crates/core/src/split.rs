//! Which rows train, validate and test. Pure and seeded: the same labels give the same split.

#[cfg(test)]
mod tests;

use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::numpy_rng;

/// Which table of a data set a part's rows come from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum TableName {
    /// The training table (the only one, for data sets of one table).
    Train,
    /// The separate test table.
    Test,
}

/// Some rows of one table, in an order that matters.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Part {
    /// The table.
    pub table: TableName,
    /// Row numbers from 0.
    pub rows: Vec<usize>,
}

/// The three parts; no row is in two of them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Split {
    /// Rows to fit on.
    pub train: Part,
    /// Rows to tune on.
    pub validation: Part,
    /// Rows that figures are computed on.
    pub test: Part,
}

/// The test part of the published split.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Published {
    /// 8,000 inliers and 2,000 outliers.
    P8020,
    /// 9,000 inliers and 1,000 outliers.
    P9010,
    /// Every row that is not validated on.
    All,
}

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
    /// Whether training rows that are outliers are left out (unsupervised) or kept (supervised).
    pub inliers_only: bool,
    /// Share of outliers among the test rows, 0 < share < 1: of the outliers drawn for the test, only so
    /// many stay, rounded down. `None`: all.
    pub test_prevalence: Option<f64>,
}

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
    /// Whether training rows that are outliers are left out (unsupervised) or kept (supervised).
    pub inliers_only: bool,
}

/// The source's own test table is tested on; a share of the training table validates.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Predefined {
    /// Share of the training table's rows of each label that is validated on, 0 <= share < 1.
    pub validation: f64,
    /// Seed of the shuffle.
    pub seed: u32,
    /// Whether training rows that are outliers are left out (unsupervised) or kept (supervised).
    pub inliers_only: bool,
}

/// Why a split could not be made.
#[derive(Debug, Error, PartialEq)]
pub enum SplitError {
    /// Too few rows of one label.
    #[error("the {split} split needs {needed} {what}, there are {found}")]
    TooFew {
        /// The split as the experiment file names it.
        split: &'static str,
        /// `inliers` or `outliers`, and of which part.
        what: &'static str,
        /// How many it needs.
        needed: usize,
        /// How many there are.
        found: usize,
    },
    /// The data set lacks a test table.
    #[error("the {split} split needs a separate test table, which this data set does not have")]
    NoTestTable {
        /// The split as the experiment file names it.
        split: &'static str,
    },
}

/// Shuffles the rows of each file before anything is drawn.
const SHUFFLE_SEED: u32 = 200;
/// Draws the validation rows.
const VALIDATION_SEED: u32 = 200;
/// Draws the test rows from what validation left.
const TEST_SEED: u32 = 250;
/// The share of the rows of each label that is validated on.
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
    let (split, wanted) = match test {
        Published::P8020 => ("published-8020", Some((8_000, 2_000))),
        Published::P9010 => ("published-9010", Some((9_000, 1_000))),
        Published::All => ("published-all", None),
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

/// A stratified holdout of one table: of each label, the stated shares are drawn for test and
/// validation and the rest trains. Rows of a part are in the order of the table.
pub fn holdout(labels: &[bool], settings: Holdout) -> Result<Split, SplitError> {
    let mut parts: [Vec<usize>; 3] = Default::default();
    let mut tested = usize::MAX;
    for outlier in [false, true] {
        let rows: Vec<usize> = (0..labels.len()).filter(|&row| labels[row] == outlier).collect();
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
                _ if outlier && settings.inliers_only => continue,
                _ => 0,
            };
            parts[part].push(rows[position]);
        }
    }
    for part in &mut parts {
        part.sort_unstable();
    }
    check_parts("holdout", labels, &parts)?;
    let [train, validation, test] = parts.map(|rows| Part { table: TableName::Train, rows });
    Ok(Split { train, validation, test })
}

/// How many outliers make up that share beside so many inliers; there must be as many.
fn outliers_beside(inliers: usize, share: f64, drawn: usize) -> Result<usize, SplitError> {
    #[expect(clippy::cast_precision_loss, reason = "row counts are far below 2^53")]
    let exact = inliers as f64 * share / (1.0 - share);
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "saturates")]
    let needed = exact as usize;
    match needed <= drawn {
        true => Ok(needed),
        false => {
            let (split, what) = ("holdout", "test outliers for its test_prevalence");
            Err(SplitError::TooFew { split, what, needed, found: drawn })
        }
    }
}

/// The split that tests on one fold, from 1: rows of each label are dealt to the folds in shuffled
/// order, so that neither their counts of a label nor their sizes differ by more than one. Rows of a
/// part are in the order of the table. Panics if there is no such fold.
pub fn k_fold(labels: &[bool], settings: KFold, fold: u32) -> Result<Split, SplitError> {
    let folds = settings.folds as usize;
    assert!((1..=settings.folds).contains(&fold), "fold {fold} of {folds}");
    let mut parts: [Vec<usize>; 3] = Default::default();
    let mut dealt = 0;
    for (outlier, what) in [(false, "inliers"), (true, "outliers")] {
        let rows: Vec<usize> = (0..labels.len()).filter(|&row| labels[row] == outlier).collect();
        if rows.len() < folds {
            let (needed, found) = (folds, rows.len());
            return Err(SplitError::TooFew { split: "k-fold", what, needed, found });
        }
        let order = numpy_rng::permutation(settings.seed, rows.len());
        let (tested, rest): (Vec<usize>, Vec<usize>) =
            (0..rows.len()).partition(|rank| (dealt + rank) % folds + 1 == fold as usize);
        // Where one label ends dealing the next one begins: that evens out the sizes.
        dealt += rows.len();
        let n_validation = numpy_rng::fraction(rest.len(), settings.validation);
        let source = |rank: &usize| rows[order[*rank]];
        parts[2].extend(tested.iter().map(source));
        parts[1].extend(rest[..n_validation].iter().map(source));
        if !(outlier && settings.inliers_only) {
            parts[0].extend(rest[n_validation..].iter().map(source));
        }
    }
    for part in &mut parts {
        part.sort_unstable();
    }
    check_parts("k-fold", labels, &parts)?;
    let [train, validation, test] = parts.map(|rows| Part { table: TableName::Train, rows });
    Ok(Split { train, validation, test })
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
        if !(outlier && settings.inliers_only) {
            train.extend(trained.iter().map(|&position| rows[position]));
        }
    }
    train.sort_unstable();
    validation.sort_unstable();
    let count = |labels: &[bool], outlier| labels.iter().filter(|&&l| l == outlier).count();
    for (what, found) in [
        ("training inliers", train.iter().filter(|&&row| !train_labels[row]).count()),
        ("test inliers", count(test_labels, false)),
        ("test outliers", count(test_labels, true)),
    ] {
        if found == 0 {
            return Err(SplitError::TooFew { split: "predefined", what, needed: 1, found });
        }
    }
    Ok(Split {
        train: Part { table: TableName::Train, rows: train },
        validation: Part { table: TableName::Train, rows: validation },
        test: Part { table: TableName::Test, rows: (0..test_labels.len()).collect() },
    })
}

fn check_parts(
    split: &'static str,
    labels: &[bool],
    parts: &[Vec<usize>; 3],
) -> Result<(), SplitError> {
    let count =
        |rows: &[usize], outlier| rows.iter().filter(|&&row| labels[row] == outlier).count();
    for (what, found) in [
        ("training inliers", count(&parts[0], false)),
        ("test inliers", count(&parts[2], false)),
        ("test outliers", count(&parts[2], true)),
    ] {
        if found == 0 {
            return Err(SplitError::TooFew { split, what, needed: 1, found });
        }
    }
    Ok(())
}
