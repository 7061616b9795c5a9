//! What the order of the rows says about the labels: a file that is sorted by label, or written attack by attack.

use serde::{Deserialize, Serialize};

use super::OneRule;
use super::measure::figures;
use super::sample::{Halves, Sample};
use super::values::{Grouped, Numbers};
use crate::operating::Estimate;

/// What the order of the test rows in their file says about their labels.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Order {
    /// Runs: longest stretches of test rows of one label, in the order of the file.
    pub runs: u64,
    /// How many a random order would have on average; `None` without both labels.
    pub expected_runs: Option<f64>,
    /// How many standard deviations there are more runs than that (Wald and Wolfowitz 1940): far below 0 where
    /// rows of one label stand together. `None` where a random order could have no other number.
    pub z: Option<f64>,
    /// ROC-AUC of the number of the row, as of a column.
    pub roc_auc: Option<Estimate>,
    /// The one-rule classifier of the number of the row.
    pub one_rule: Option<OneRule>,
}

impl Order {
    /// Describes the order of test rows; it has figures only where there is something to learn from.
    pub(super) fn of(test: &Sample<'_>, halves: Option<&Halves<'_>>) -> Self {
        let mut rows: Vec<(usize, bool)> =
            test.rows.iter().copied().zip(test.labels.iter().copied()).collect();
        rows.sort_unstable();
        let changes = rows.windows(2).filter(|pair| pair[0].1 != pair[1].1).count() as u64;
        let counts = test.counts();
        let moments = random_runs(counts.outliers as f64, counts.inliers as f64);
        let runs = if rows.is_empty() { 0 } else { 1 + changes };
        // A row number says nothing about the rows of another table.
        let own;
        let halves = match halves {
            Some(halves) if !std::ptr::eq(halves.learn.table, test.table) => {
                own = test.halves();
                Some(&own)
            }
            other => other,
        };
        let enough =
            |halves: &&Halves<'_>| halves.learn.counts().both() && halves.judge.counts().both();
        let (roc_auc, one_rule) = match halves.filter(enough) {
            Some(Halves { learn, judge, .. }) => {
                figures(&numbered(learn), learn.counts(), &numbered(judge), judge.counts())
            }
            None => (None, None),
        };
        Self {
            runs,
            expected_runs: moments.map(|(mean, _)| mean),
            z: moments
                .filter(|(_, deviation)| *deviation > 0.0)
                .map(|(mean, deviation)| (runs as f64 - mean) / deviation),
            roc_auc,
            one_rule,
        }
    }
}

/// The numbers of the rows as a column.
fn numbered(sample: &Sample<'_>) -> Grouped<'static> {
    let numbers = sample.rows.iter().map(|&row| row as f64);
    Grouped::Numbers(Numbers::of(numbers.zip(sample.labels.iter().copied())))
}

/// Mean and standard deviation of the number of runs of so many rows of two labels in random order (Wald and
/// Wolfowitz 1940, equations 1 and 2); `None` without both.
fn random_runs(a: f64, b: f64) -> Option<(f64, f64)> {
    let n = a + b;
    let twice = 2.0 * a * b;
    let variance = twice * (twice - n) / (n * n * (n - 1.0));
    (a > 0.0 && b > 0.0).then(|| (twice / n + 1.0, variance.max(0.0).sqrt()))
}
