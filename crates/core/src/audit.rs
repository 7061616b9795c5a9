//! What the rows of an experiment allow to conclude: duplicates, test rows that were trained on, labels
//! that contradict each other, and the ceiling that these set for every scorer. Only counting; where
//! rows come from, and which of them are equal, is found by `oddbench-data`.

mod composition;

use std::collections::{BTreeMap, HashSet};

use serde::{Deserialize, Serialize};

use crate::dataset::Classes;
use crate::shortcuts::Shortcuts;

pub use composition::{Composition, GroupRows};

/// The audit of the rows of an experiment.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Audit {
    /// Training, validation, test, and a further test part if there is one.
    pub parts: Vec<PartAudit>,
    /// What single columns say about the labels; `None` in audits from before this was kept.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub shortcuts: Option<Shortcuts>,
}

/// The audit of one part.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PartAudit {
    /// `train`, `validation`, `test` or `transfer`.
    pub part: String,
    /// Rows.
    pub rows: usize,
    /// Rows that the label policy calls outliers.
    pub outliers: usize,
    /// Different feature vectors; the other rows are exact duplicates in what a model sees.
    pub distinct: usize,
    /// Rows whose feature vector a training row has, too; `None` for the training part.
    pub in_training: Option<usize>,
    /// Outliers among those.
    pub outliers_in_training: Option<usize>,
    /// Which rows those are: their positions in the part, from 0, ascending. `None` for the training
    /// part, and in audits from before this was kept.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub known_rows: Option<Vec<u32>>,
    /// Rows whose feature vector occurs in this part under both labels.
    pub contradictory: usize,
    /// What no scorer can surpass on these rows with these features; `None` without both labels.
    pub ceiling: Option<Ceiling>,
    /// Inliers of a class that no training inlier has: what the label policy may not know.
    pub out_of_range_inliers: usize,
    /// The classes, the most frequent first.
    pub classes: Vec<ClassAudit>,
    /// Columns with values that no training row has: other categories, or a change of a column that is
    /// constant in training. Empty for the training part.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub unseen: Vec<UnseenValues>,
    /// Columns with infinite values.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub infinite: Vec<InfiniteValues>,
    /// The composition of the part after a split by time, order or group; `None` for other splits and without rows.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub composition: Option<Composition>,
}

/// A column of a part with values that no training row has.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct UnseenValues {
    /// The column.
    pub column: String,
    /// The one value of training, if there was no other.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub constant: Option<String>,
    /// Rows with such a value.
    pub rows: usize,
    /// Some of the values, each once, in the order of the rows.
    pub examples: Vec<String>,
    /// The rows by class, the most frequent first.
    pub classes: Vec<UnseenClass>,
}

/// Rows of one class with values that no training row has.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct UnseenClass {
    /// Its name.
    pub class: String,
    /// Whether the label policy calls it an outlier.
    pub outlier: bool,
    /// Rows.
    pub rows: usize,
}

/// A column of a part with infinite values.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct InfiniteValues {
    /// The column.
    pub column: String,
    /// Rows with such a value.
    pub rows: usize,
}

/// Whether so many rows with values that training never saw call for a warning and not for a remark:
/// several, and more than one in ten. It may be another kind of file, or `80.0` where training had `80`.
pub fn is_much_unseen(unseen: usize, rows: usize) -> bool {
    unseen > 1 && unseen * 10 > rows
}

/// One class of a part.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ClassAudit {
    /// Its name.
    pub class: String,
    /// The kind of attack, if the data set's catalog knows it.
    pub category: Option<String>,
    /// Whether the label policy calls it an outlier.
    pub outlier: bool,
    /// Whether rows of that class are in the table that training rows come from.
    pub seen: bool,
    /// Rows.
    pub rows: usize,
}

/// The best that any function of the features can reach on given rows: rows with equal features get
/// equal scores, whatever their labels. Computed, not estimated; it knows the labels, as no model does.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Ceiling {
    /// Calling every vector by the majority of its rows.
    pub accuracy: f64,
    /// The best set of vectors to call outliers.
    pub f1: f64,
    /// Ranking the vectors by their share of outliers (Neyman and Pearson 1933: no other order of
    /// them has a higher ROC curve anywhere).
    pub roc_auc: f64,
}

/// Rows of one part as the audit sees them; all slices have one length.
#[derive(Debug, Clone, Copy)]
pub struct AuditedRows<'a> {
    /// `train`, `validation`, `test` or `transfer`.
    pub part: &'a str,
    /// Equal numbers for equal feature vectors, over all parts.
    pub vectors: &'a [u32],
    /// `true` for an outlier.
    pub labels: &'a [bool],
    /// The class of each row.
    pub classes: &'a Classes,
}

/// Audits the parts, of which the first is the training part. Values are not looked at: what is unseen or
/// infinite, shortcuts and the composition are for the caller to add. `category` names the kind of attack of a
/// class, `seen` says whether the training table has it. Panics if a part's lengths differ.
pub fn audit(
    parts: &[AuditedRows<'_>],
    category: impl Fn(&str) -> Option<String>,
    seen: impl Fn(&str) -> bool,
) -> Audit {
    let Some(train) = parts.first() else { return Audit::default() };
    let trained: HashSet<u32> = train.vectors.iter().copied().collect();
    let usual: HashSet<&str> = inliers(train).map(|row| train.classes.of(row)).collect();
    let parts = parts.iter().enumerate().map(|(at, rows)| {
        let known = |row: &usize| trained.contains(&rows.vectors[*row]);
        let overlap: Vec<usize> = (0..rows.vectors.len()).filter(known).collect();
        let groups = groups(rows.vectors, rows.labels);
        let mixed = groups.iter().filter(|group| group.inliers > 0 && group.outliers > 0);
        let is_training = at == 0;
        PartAudit {
            part: rows.part.to_owned(),
            rows: rows.vectors.len(),
            outliers: rows.labels.iter().filter(|label| **label).count(),
            distinct: groups.len(),
            in_training: (!is_training).then_some(overlap.len()),
            outliers_in_training: (!is_training)
                .then(|| overlap.iter().filter(|&&row| rows.labels[row]).count()),
            known_rows: (!is_training)
                .then(|| overlap.iter().filter_map(|&row| u32::try_from(row).ok()).collect()),
            contradictory: mixed.map(Group::rows).sum(),
            ceiling: Ceiling::of_groups(groups),
            out_of_range_inliers: inliers(rows)
                .filter(|&row| !usual.contains(rows.classes.of(row)))
                .count(),
            classes: classes(rows, &category, &seen),
            unseen: Vec::new(),
            infinite: Vec::new(),
            composition: None,
        }
    });
    Audit { parts: parts.collect(), shortcuts: None }
}

fn inliers<'a>(rows: &'a AuditedRows<'_>) -> impl Iterator<Item = usize> + 'a {
    (0..rows.labels.len()).filter(|&row| !rows.labels[row])
}

fn classes(
    rows: &AuditedRows<'_>,
    category: impl Fn(&str) -> Option<String>,
    seen: impl Fn(&str) -> bool,
) -> Vec<ClassAudit> {
    let mut counts: BTreeMap<(u16, bool), usize> = BTreeMap::new();
    for (&code, &label) in rows.classes.codes.iter().zip(rows.labels) {
        *counts.entry((code, label)).or_default() += 1;
    }
    let named = counts.into_iter().map(|((code, outlier), rows_of_class)| {
        let class = &rows.classes.names[usize::from(code)];
        ClassAudit {
            class: class.clone(),
            category: category(class),
            outlier,
            seen: seen(class),
            rows: rows_of_class,
        }
    });
    let mut list: Vec<ClassAudit> = named.collect();
    list.sort_by(|a, b| b.rows.cmp(&a.rows).then_with(|| a.class.cmp(&b.class)));
    list
}

/// The rows of one feature vector.
#[derive(Debug, Clone, Copy, Default)]
struct Group {
    inliers: usize,
    outliers: usize,
}

impl Group {
    fn rows(&self) -> usize {
        self.inliers + self.outliers
    }
}

fn groups(vectors: &[u32], labels: &[bool]) -> Vec<Group> {
    assert_eq!(vectors.len(), labels.len());
    let mut by_vector: BTreeMap<u32, Group> = BTreeMap::new();
    for (&vector, &outlier) in vectors.iter().zip(labels) {
        let group = by_vector.entry(vector).or_default();
        match outlier {
            true => group.outliers += 1,
            false => group.inliers += 1,
        }
    }
    by_vector.into_values().collect()
}

impl Ceiling {
    /// The ceiling of rows whose equal vectors have equal numbers; `None` without both labels. Panics
    /// if the lengths differ.
    pub fn of(vectors: &[u32], labels: &[bool]) -> Option<Self> {
        Self::of_groups(groups(vectors, labels))
    }

    fn of_groups(mut groups: Vec<Group>) -> Option<Self> {
        let all_inliers: usize = groups.iter().map(|group| group.inliers).sum();
        let all_outliers: usize = groups.iter().map(|group| group.outliers).sum();
        if all_inliers == 0 || all_outliers == 0 {
            return None;
        }
        // The largest share of outliers first, compared without division.
        groups.sort_by(|a, b| (b.outliers * a.rows()).cmp(&(a.outliers * b.rows())));
        let right: usize = groups.iter().map(|group| group.inliers.max(group.outliers)).sum();
        let (mut above, mut called, mut pairs, mut best_f1) = (0, 0, 0.0, 0.0f64);
        for group in &groups {
            // Inliers of this vector lie below the outliers above it, and tie with its own.
            pairs += group.inliers as f64 * (above as f64 + group.outliers as f64 / 2.0);
            above += group.outliers;
            called += group.rows();
            best_f1 = best_f1.max(2.0 * above as f64 / (called + all_outliers) as f64);
        }
        Some(Self {
            accuracy: right as f64 / (all_inliers + all_outliers) as f64,
            f1: best_f1,
            roc_auc: pairs / (all_inliers as f64 * all_outliers as f64),
        })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::metrics::{Confusion, Metric, roc_auc};

    fn classes_of(names: &[&str], codes: &[u16]) -> Classes {
        Classes { names: names.iter().map(ToString::to_string).collect(), codes: codes.to_vec() }
    }

    #[test]
    fn duplicates_overlap_contradictions_and_strange_classes_are_counted() {
        let names = ["normal", "smurf", "mailbomb"];
        let (train, test) = (classes_of(&names, &[0, 0, 0]), classes_of(&names, &[0, 1, 2, 1, 0]));
        let parts = [
            AuditedRows {
                part: "train",
                vectors: &[7, 7, 8],
                labels: &[false; 3],
                classes: &train,
            },
            AuditedRows {
                part: "test",
                vectors: &[7, 9, 9, 8, 5],
                // Mailbomb is called an inlier, as under the published policy.
                labels: &[false, true, false, true, false],
                classes: &test,
            },
        ];
        let audit = audit(&parts, |class| (class != "normal").then(|| "dos".into()), |_| true);
        let train = &audit.parts[0];
        assert_eq!((train.rows, train.distinct, train.in_training), (3, 2, None));
        assert_eq!((train.ceiling, train.out_of_range_inliers), (None, 0));
        assert_eq!(train.known_rows, None);
        let test = &audit.parts[1];
        assert_eq!((test.distinct, test.outliers), (4, 2));
        assert_eq!((test.in_training, test.outliers_in_training), (Some(2), Some(1)));
        assert_eq!(test.known_rows.as_deref(), Some([0, 3].as_slice()));
        assert_eq!((test.contradictory, test.out_of_range_inliers), (2, 1));
        let names: Vec<_> = test.classes.iter().map(|c| (c.class.as_str(), c.rows)).collect();
        assert_eq!(names, [("normal", 2), ("smurf", 2), ("mailbomb", 1)]);
        assert_eq!(test.classes[1].category.as_deref(), Some("dos"));
    }

    #[test]
    fn the_ceiling_of_a_small_table_by_hand() {
        // Vector 0: three outliers, one inlier; vector 1: two inliers; vector 2: one of each.
        let vectors = [0, 0, 0, 0, 1, 1, 2, 2];
        let labels = [true, true, true, false, false, false, true, false];
        let ceiling = Ceiling::of(&vectors, &labels).unwrap();
        assert_eq!(ceiling.accuracy, 6.0 / 8.0);
        // Call vectors 0 and 2: 4 of 4 found among 6 calls.
        assert_eq!(ceiling.f1, 0.8);
        // Pairs of 4 outliers and 4 inliers: 1.5 for vector 0, 3.5 for vector 2, 2 x 4 for vector 1.
        assert_eq!(ceiling.roc_auc, 13.0 / 16.0);
        assert_eq!(Ceiling::of(&[1, 2], &[true, true]), None);
        let clean = Ceiling::of(&[1, 2, 2], &[true, false, false]).unwrap();
        assert_eq!((clean.accuracy, clean.f1, clean.roc_auc), (1.0, 1.0, 1.0));
    }

    proptest! {
        #[test]
        fn no_scorer_of_the_vectors_is_above_the_ceiling_and_one_reaches_it(
            rows in proptest::collection::vec((0u32..5, any::<bool>()), 2..40),
            scorer in proptest::collection::vec(0.0f64..1.0, 5),
            threshold in 0.0f64..1.0,
        ) {
            let (vectors, labels): (Vec<u32>, Vec<bool>) = rows.into_iter().unzip();
            prop_assume!(labels.contains(&true) && labels.contains(&false));
            let ceiling = Ceiling::of(&vectors, &labels).unwrap();
            let scores_by = |scorer: &[f64]| -> Vec<f64> {
                vectors.iter().map(|&v| scorer[v as usize]).collect()
            };
            let scores = scores_by(&scorer);
            prop_assert!(roc_auc(&labels, &scores).unwrap() <= ceiling.roc_auc + 1e-12);
            let calls = Confusion::at(&labels, &scores, threshold);
            prop_assert!(Metric::Accuracy.of_counts(&calls).unwrap() <= ceiling.accuracy + 1e-12);
            prop_assert!(Metric::F1.of_counts(&calls).unwrap_or(0.0) <= ceiling.f1 + 1e-12);
            // The share of outliers of each vector reaches all three.
            let share: Vec<f64> = (0..5).map(|v| {
                let of: Vec<bool> =
                    vectors.iter().zip(&labels).filter(|(w, _)| **w == v).map(|(_, l)| *l).collect();
                of.iter().filter(|l| **l).count() as f64 / of.len().max(1) as f64
            }).collect();
            let scores = scores_by(&share);
            prop_assert!((roc_auc(&labels, &scores).unwrap() - ceiling.roc_auc).abs() < 1e-12);
            let thresholds = share.iter().copied().chain([-1.0]);
            let best = |metric: Metric| {
                let counts = thresholds.clone().map(|t| Confusion::at(&labels, &scores, t));
                counts.filter_map(|counts| metric.of_counts(&counts)).fold(0.0, f64::max)
            };
            prop_assert!((best(Metric::Accuracy) - ceiling.accuracy).abs() < 1e-12);
            prop_assert!((best(Metric::F1) - ceiling.f1).abs() < 1e-12);
        }
    }
}
