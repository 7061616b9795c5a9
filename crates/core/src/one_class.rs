//! Which parts have rows of only one class, and which metrics are undefined on them.

use std::fmt;

use crate::metrics::Metric;
use crate::record::PartSizes;

/// A part that lacks a class in some folds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OneClass {
    /// `test` or `transfer`.
    pub part: &'static str,
    /// The folds, from 1; empty where there are none.
    pub folds: Vec<u32>,
    /// The class that is missing: `outlier` or `inlier`.
    pub missing: &'static str,
    /// The metrics that are undefined there, whatever the scores.
    pub metrics: Vec<Metric>,
}

impl OneClass {
    /// The test and transfer parts that lack a class, from the sizes of each fold. A fold may be given
    /// more than once.
    pub fn among(sizes: impl IntoIterator<Item = (Option<u32>, PartSizes)>) -> Vec<Self> {
        let mut found: Vec<Self> = Vec::new();
        for (fold, sizes) in sizes {
            let transfer = sizes.transfer.zip(sizes.transfer_outliers);
            let parts = [("test", Some((sizes.test, sizes.test_outliers))), ("transfer", transfer)];
            for (part, counts) in parts {
                let one = counts.and_then(|(rows, outliers)| Self::of(part, rows, outliers));
                let Some(one) = one else { continue };
                let same = |other: &Self| other.part == part && other.missing == one.missing;
                let at = found.iter().position(same).unwrap_or(found.len());
                if at == found.len() {
                    found.push(one);
                }
                found[at].folds.extend(fold);
            }
        }
        for one in &mut found {
            one.folds.sort_unstable();
            one.folds.dedup();
        }
        found
    }

    fn of(part: &'static str, rows: usize, outliers: usize) -> Option<Self> {
        let missing = match (rows, outliers) {
            (0, _) => return None,
            (_, 0) => "outlier",
            (rows, outliers) if rows == outliers => "inlier",
            _ => return None,
        };
        let (outliers, inliers) = (outliers as u64, (rows - outliers) as u64);
        let undefined = |metric: &Metric| metric.is_undefined_on(outliers, inliers);
        let metrics = Metric::ALL.into_iter().filter(undefined).collect();
        Some(Self { part, folds: Vec::new(), missing, metrics })
    }
}

impl fmt::Display for OneClass {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let titles: Vec<String> = self.metrics.iter().map(|m| m.title().to_owned()).collect();
        let verb = if titles.len() == 1 { "is" } else { "are" };
        let of = match self.folds.as_slice() {
            [] => String::new(),
            folds => format!(" of {}", folds_in_words(folds)),
        };
        let Self { part, missing, .. } = self;
        write!(f, "{} {verb} undefined: the {part} rows{of} have no {missing}", listed(&titles))?;
        match *missing {
            "inlier" => f.write_str(", so that every alarm is right and precision says nothing"),
            _ => Ok(()),
        }
    }
}

/// `fold 3`, `folds 1, 2 and 5`.
pub fn folds_in_words(folds: &[u32]) -> String {
    let numbers: Vec<String> = folds.iter().map(ToString::to_string).collect();
    let noun = if folds.len() == 1 { "fold" } else { "folds" };
    format!("{noun} {}", listed(&numbers))
}

/// `a, b and c`.
fn listed(items: &[String]) -> String {
    match items {
        [first @ .., last] if !first.is_empty() => format!("{} and {last}", first.join(", ")),
        [only] => only.clone(),
        _ => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sizes(test: usize, test_outliers: usize) -> PartSizes {
        PartSizes {
            train: 9,
            train_outliers: 0,
            validation: 3,
            validation_outliers: 0,
            test,
            test_outliers,
            transfer: None,
            transfer_outliers: None,
            columns: 2,
        }
    }

    #[test]
    fn folds_without_outliers_are_named_together() {
        let folds = [(Some(3), sizes(4, 0)), (Some(1), sizes(4, 0)), (Some(2), sizes(4, 1))];
        let again = [(Some(1), sizes(4, 0))];
        let found = OneClass::among(folds.into_iter().chain(again));
        let texts: Vec<String> = found.iter().map(ToString::to_string).collect();
        assert_eq!(
            texts,
            [
                "Recall, MCC, ROC-AUC, Avg. precision, Balanced accuracy, Macro recall, Partial ROC-AUC, Recall at FPR 0.01, Recall at FPR 0.001, Recall at FPR 0.0001, Precision at 1 % outliers and Precision at 0.1 % outliers are undefined: the test rows of folds 1 and 3 have no outlier"
            ]
        );
    }

    #[test]
    fn without_folds_the_part_alone_is_named() {
        assert_eq!(OneClass::among([(None, sizes(4, 1))]), []);
        let moved = PartSizes { transfer: Some(5), transfer_outliers: Some(5), ..sizes(4, 1) };
        let found = OneClass::among([(None, moved)]);
        assert_eq!(
            found[0].to_string(),
            "MCC, ROC-AUC, Balanced accuracy, Partial ROC-AUC, Recall at FPR 0.01, Recall at FPR 0.001, Recall at FPR 0.0001, Precision at 1 % outliers and Precision at 0.1 % outliers are undefined: the transfer rows have no inlier, so that every alarm is right and precision says nothing"
        );
        assert_eq!(folds_in_words(&[3]), "fold 3");
    }
}
