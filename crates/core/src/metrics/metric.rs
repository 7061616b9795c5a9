//! The metrics: each is one entry of a table that gives its names, what it means, its range and how it is
//! computed. Everything that lists metrics (files, tables, the API, the schema) reads this table.
//!
//! Of every metric the greater value is the better one: tables, sweeps and `compare` rely on it.

use serde::{Deserialize, Serialize};

use super::areas::Areas;
use super::confusion::{ClassWeights, Confusion, WeightedConfusion};
use super::tally::{Tally, tallies};

/// What a metric is computed from.
#[derive(Clone, Copy)]
enum Source {
    /// The decisions at a threshold.
    Decisions(fn(&WeightedConfusion) -> Option<f64>),
    /// The order of the rows, whatever the threshold.
    Ranking(fn(&Areas) -> Option<f64>),
}

/// One entry of the table.
struct Entry {
    name: &'static str,
    title: &'static str,
    definition: &'static str,
    range: [f64; 2],
    source: Source,
}

/// Each entry: what it means, then variant, name in files, title in tables, range and source.
macro_rules! metrics {
    ($(#[doc = $definition:literal] $metric:ident: $name:literal, $title:literal, $range:expr, $source:expr;)+) => {
        /// A figure that says how good a model is.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(try_from = "String", into = "&'static str")]
        pub enum Metric { $(#[doc = $definition] $metric),+ }

        const TABLE: &[Entry] = &[$(Entry {
            name: $name,
            title: $title,
            definition: $definition,
            range: $range,
            source: $source,
        }),+];

        impl Metric {
            /// All of them, in the order of columns.
            pub const ALL: [Self; TABLE.len()] = [$(Self::$metric),+];
        }
    };
}

metrics! {
    /// Share of rows that are called rightly.
    Accuracy: "accuracy", "Accuracy", [0.0, 1.0], Source::Decisions(WeightedConfusion::accuracy);
    /// Share of called outliers that are outliers.
    Precision: "precision", "Precision", [0.0, 1.0], Source::Decisions(WeightedConfusion::precision);
    /// Share of outliers that are called so.
    Recall: "recall", "Recall", [0.0, 1.0], Source::Decisions(WeightedConfusion::recall);
    /// Harmonic mean of precision and recall.
    F1: "f1", "F1", [0.0, 1.0], Source::Decisions(|decisions| decisions.f_beta(1.0));
    /// Harmonic mean of precision and recall, where recall weighs twice as much.
    F2: "f2", "F2", [0.0, 1.0], Source::Decisions(|decisions| decisions.f_beta(2.0));
    /// Correlation of calls and labels after Matthews: 1 if all calls are right, 0 for chance, -1 if all are wrong.
    Mcc: "mcc", "MCC", [-1.0, 1.0], Source::Decisions(WeightedConfusion::mcc);
    /// Share of pairs of an outlier and an inlier in which the outlier scores higher.
    RocAuc: "roc_auc", "ROC-AUC", [0.0, 1.0], Source::Ranking(|areas| areas.roc_auc);
    /// Step-wise area under precision over recall.
    AveragePrecision: "average_precision", "Avg. precision", [0.0, 1.0], Source::Ranking(|areas| areas.average_precision);
}

impl WeightedConfusion {
    /// Right decisions / all; `None` without rows.
    pub fn accuracy(&self) -> Option<f64> {
        ratio(self.tp + (self.inliers - self.fp), self.outliers + self.inliers)
    }

    /// tp / (tp + fp); `None` if no row was called an outlier.
    pub fn precision(&self) -> Option<f64> {
        ratio(self.tp, self.tp + self.fp)
    }

    /// tp / outliers; `None` if there is no outlier.
    pub fn recall(&self) -> Option<f64> {
        ratio(self.tp, self.outliers)
    }

    /// (1 + β²) tp / ((1 + β²) tp + β² fn + fp): van Rijsbergen's F, recall weighted β times as much as
    /// precision. `None` if there is neither an outlier nor a row that was called one.
    pub fn f_beta(&self, beta: f64) -> Option<f64> {
        let squared = beta * beta;
        let hits = (1.0 + squared) * self.tp;
        let misses = squared * (self.outliers - self.tp) + self.fp;
        ratio(hits, hits + misses)
    }

    /// (tp tn - fp fn) / √((tp + fp) (tp + fn) (tn + fp) (tn + fn)) (Matthews 1975). 0 where every row is
    /// called alike, as in scikit-learn; `None` if a class is absent.
    pub fn mcc(&self) -> Option<f64> {
        let called = self.tp + self.fp;
        let rest = self.outliers + self.inliers - called;
        let spread = (called * rest).sqrt() * (self.outliers * self.inliers).sqrt();
        let both = self.outliers > 0.0 && self.inliers > 0.0;
        let value = ratio(self.tp * self.inliers - self.fp * self.outliers, spread);
        both.then(|| value.unwrap_or(0.0))
    }
}

fn ratio(part: f64, whole: f64) -> Option<f64> {
    (whole > 0.0).then(|| part / whole)
}

impl Metric {
    /// Those that a sweep or an ensemble may choose by, on validation rows.
    pub const CRITERIA: [Self; 3] = [Self::RocAuc, Self::AveragePrecision, Self::F1];

    fn entry(self) -> &'static Entry {
        &TABLE[self as usize]
    }

    /// Its name in every file, key and address.
    pub fn name(self) -> &'static str {
        self.entry().name
    }

    /// The head of its column.
    pub fn title(self) -> &'static str {
        self.entry().title
    }

    /// What it means, in a sentence.
    pub fn definition(self) -> &'static str {
        self.entry().definition.trim_start()
    }

    /// Its least and its greatest value.
    pub fn range(self) -> [f64; 2] {
        self.entry().range
    }

    /// The metric of that name.
    pub fn of_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|metric| metric.name() == name)
    }

    /// Whether it depends on the threshold.
    pub fn needs_threshold(self) -> bool {
        matches!(self.entry().source, Source::Decisions(_))
    }

    /// Its value from decisions alone; `None` if it is undefined, or is made from the order of the rows.
    pub fn of_counts(self, counts: &Confusion) -> Option<f64> {
        self.of_weighted(&counts.weighted())
    }

    /// The same from sums of weights.
    pub(crate) fn of_weighted(self, decisions: &WeightedConfusion) -> Option<f64> {
        match self.entry().source {
            Source::Decisions(value) => value(decisions),
            Source::Ranking(_) => None,
        }
    }

    /// Whether no scores and no threshold give it a value on so many outliers and inliers.
    pub fn is_undefined_on(self, outliers: u64, inliers: u64) -> bool {
        let all = Tally { score: 0.0, outliers, inliers };
        match self.entry().source {
            Source::Ranking(value) => {
                value(&Areas::of_steps(&[all], &ClassWeights::new(all, None))).is_none()
            }
            Source::Decisions(_) => {
                let called = Confusion { tp: outliers, fp: inliers, ..Confusion::default() };
                let passed = Confusion { fn_: outliers, tn: inliers, ..Confusion::default() };
                self.of_counts(&called).or(self.of_counts(&passed)).is_none()
            }
        }
    }

    /// Its value from the areas or, if it needs a threshold, from the decisions at it.
    pub(super) fn value(self, areas: &Areas, counts: Option<&Confusion>) -> Option<f64> {
        match self.entry().source {
            Source::Decisions(value) => value(&counts?.weighted()),
            Source::Ranking(value) => value(areas),
        }
    }

    /// The greatest value that some threshold gives these rows, which only somebody who knows their labels
    /// can find. "Everything is an outlier" is no candidate, as with the threshold rules. `None` without
    /// outliers, or where the metric is undefined. Panics if the lengths differ.
    pub fn best(self, labels: &[bool], scores: &[f64]) -> Option<f64> {
        let steps = tallies(labels, scores);
        let (all, candidates) = steps.split_last()?;
        self.best_of(&steps, candidates, &ClassWeights::new(*all, None))
    }

    /// The same with weighted classes. Each candidate calls the rows that it counts outliers; calling
    /// nothing is always tried as well.
    pub(crate) fn best_of(
        self,
        steps: &[Tally],
        candidates: &[Tally],
        weights: &ClassWeights,
    ) -> Option<f64> {
        if let Source::Ranking(value) = self.entry().source {
            return value(&Areas::of_steps(steps, weights));
        }
        steps.last().filter(|all| all.outliers > 0)?;
        let called = candidates.iter().map(|step| weights.called(step.outliers, step.inliers));
        let decisions = called.chain([weights.called(0, 0)]);
        decisions.filter_map(|decisions| self.of_weighted(&decisions)).reduce(f64::max)
    }
}

impl From<Metric> for &'static str {
    fn from(metric: Metric) -> Self {
        metric.name()
    }
}

impl TryFrom<String> for Metric {
    type Error = String;

    fn try_from(name: String) -> Result<Self, String> {
        let known = || Self::ALL.map(Self::name).join(", ");
        Self::of_name(&name)
            .ok_or_else(|| format!("unknown metric {name:?}; known are {}", known()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_spelled_alike_and_once() {
        for metric in Metric::ALL {
            let name = metric.name();
            assert!(name.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_'));
            assert_eq!(Metric::of_name(name), Some(metric));
            assert_eq!(serde_json::to_value(metric).unwrap(), name);
            assert_eq!(serde_json::from_value::<Metric>(name.into()).unwrap(), metric);
            assert!(!metric.title().is_empty() && metric.definition().ends_with('.'));
        }
        let error = serde_json::from_value::<Metric>("roc-auc".into()).unwrap_err().to_string();
        assert!(error.contains("known are accuracy") && error.contains("roc_auc"), "{error}");
    }

    #[test]
    fn what_is_undefined_is_none() {
        let nothing_called = Confusion { tn: 3, ..Confusion::default() };
        let nothing_called = nothing_called.weighted();
        assert_eq!(nothing_called.precision(), None);
        assert_eq!(nothing_called.recall(), None);
        assert_eq!(nothing_called.f_beta(1.0), None);
        assert_eq!(nothing_called.accuracy(), Some(1.0));
        assert_eq!(Confusion::default().weighted().accuracy(), None);
        let all_missed = Confusion { fn_: 2, tn: 1, ..Confusion::default() };
        assert_eq!(all_missed.weighted().f_beta(1.0), Some(0.0));
    }

    #[test]
    fn what_one_class_cannot_have() {
        let undefined = |outliers, inliers| -> Vec<Metric> {
            Metric::ALL.into_iter().filter(|m| m.is_undefined_on(outliers, inliers)).collect()
        };
        assert_eq!(undefined(1, 1), []);
        use Metric::{AveragePrecision, Mcc, Recall, RocAuc};
        let of = |list: &[Metric]| list.iter().copied().collect::<std::collections::BTreeSet<_>>();
        assert_eq!(of(&undefined(0, 9)), of(&[Recall, Mcc, RocAuc, AveragePrecision]));
        assert_eq!(of(&undefined(9, 0)), of(&[Mcc, RocAuc]));
    }

    #[test]
    fn the_best_f1_by_hand() {
        // Above 0.2: two outliers and one inlier, F1 = 4 / (4 + 1); above 0.3: one and none, 2 / 3.
        let labels = [false, false, true, false, true];
        let scores = [0.1, 0.2, 0.3, 0.3, 0.9];
        assert_eq!(Metric::F1.best(&labels, &scores), Some(0.8));
        assert_eq!(Metric::F1.best(&[false, false], &[1.0, 2.0]), None);
        assert_eq!(
            Metric::F1.best(&[true, true], &[1.0, 1.0]),
            Some(0.0),
            "no candidate calls both"
        );
    }
}
