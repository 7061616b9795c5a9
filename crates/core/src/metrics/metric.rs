//! The metrics: each is one entry of a table that gives its names, what it means, its range and how it is
//! computed. Everything that lists metrics (files, tables, the API, the schema) reads this table.
//!
//! A greater value of a metric is always better: tables, sweeps and `compare` rely on it.

use serde::{Deserialize, Serialize};

use super::areas::Areas;
use super::basis::{Basis, ClassCalls, Counted};
use super::confusion::{ClassWeights, Confusion, WeightedConfusion};
use super::tally::{Tally, tallies};
use crate::operating::benign_rows_for;

/// What a metric is computed from.
#[derive(Clone, Copy)]
enum Source {
    /// The decisions at a threshold.
    Decisions(fn(&WeightedConfusion) -> Option<f64>),
    /// The order of the rows, whatever the threshold.
    Ranking(fn(&Areas) -> Option<f64>),
    /// The decisions on outliers at a threshold, class by class.
    Classes(fn(&[ClassCalls]) -> Option<f64>),
    /// The outliers that are found at the threshold of the false positive rate at that position of
    /// [`Metric::FPRS`], which the benign validation rows give, whatever the threshold rule.
    FoundAtFpr(usize),
    /// The decisions at a threshold, as if a share of the rows were outliers: the one at that position of
    /// [`Metric::PREVALENCES`].
    AtPrevalence(usize),
}

/// Who asks for a figure.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Group {
    /// A study that compares models on the rows as they are: the columns of the comparison.
    Study,
    /// An operator, whose network has few attacks and many flows.
    Operator,
}

/// One entry of the table.
struct Entry {
    group: Group,
    name: &'static str,
    title: &'static str,
    definition: &'static str,
    range: [f64; 2],
    source: Source,
}

/// Each entry: what it means, then variant, name in files, title in tables, range and source, by group.
macro_rules! metrics {
    ($($group:ident { $(#[doc = $definition:literal] $metric:ident: $name:literal, $title:literal, $range:expr, $source:expr;)+ })+) => {
        /// A figure that says how good a model is.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(try_from = "String", into = "&'static str")]
        pub enum Metric { $($(#[doc = $definition] $metric),+),+ }

        const TABLE: &[Entry] = &[$($(Entry {
            group: Group::$group,
            name: $name,
            title: $title,
            definition: $definition,
            range: $range,
            source: $source,
        }),+),+];

        impl Metric {
            /// All of them, in the order of columns.
            pub const ALL: [Self; TABLE.len()] = [$($(Self::$metric),+),+];
        }
    };
}

metrics! {
    Study {
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
    Operator {
        /// Mean of the share of outliers that are called so and the share of inliers that are not: 1/2 for chance.
        BalancedAccuracy: "balanced_accuracy", "Balanced accuracy", [0.0, 1.0], Source::Decisions(WeightedConfusion::balanced_accuracy);
        /// Mean, over the classes of outliers, of the share of a class that is called an outlier: a rare attack counts as much as a frequent one.
        MacroRecall: "macro_recall", "Macro recall", [0.0, 1.0], Source::Classes(ClassCalls::macro_recall);
        /// Area under the ROC curve up to a false positive rate of 0.01, standardised after McClish: 1/2 for chance, 1 at best.
        PartialRocAuc: "partial_roc_auc", "Partial ROC-AUC", [0.0, 1.0], Source::Ranking(|areas| areas.partial_roc_auc);
        /// Recall at the threshold that 1 of 100 benign validation rows is above.
        RecallAtFpr1e2: "recall_at_fpr_0_01", "Recall at FPR 0.01", [0.0, 1.0], Source::FoundAtFpr(0);
        /// Recall at the threshold that 1 of 1,000 benign validation rows is above.
        RecallAtFpr1e3: "recall_at_fpr_0_001", "Recall at FPR 0.001", [0.0, 1.0], Source::FoundAtFpr(1);
        /// Recall at the threshold that 1 of 10,000 benign validation rows is above.
        RecallAtFpr1e4: "recall_at_fpr_0_0001", "Recall at FPR 0.0001", [0.0, 1.0], Source::FoundAtFpr(2);
        /// Precision that the same decisions would have if 1 row of 100 were an outlier.
        PrecisionAt1e2: "precision_at_prevalence_0_01", "Precision at 1 % outliers", [0.0, 1.0], Source::AtPrevalence(0);
        /// Precision that the same decisions would have if 1 row of 1,000 were an outlier.
        PrecisionAt1e3: "precision_at_prevalence_0_001", "Precision at 0.1 % outliers", [0.0, 1.0], Source::AtPrevalence(1);
    }
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

    /// (tp / outliers + tn / inliers) / 2; `None` if a class is absent.
    pub fn balanced_accuracy(&self) -> Option<f64> {
        let specificity = ratio(self.inliers - self.fp, self.inliers)?;
        Some(f64::midpoint(self.recall()?, specificity))
    }

    /// p TPR / (p TPR + (1 - p) FPR): the precision of the same decisions where a share of `prevalence` of all
    /// rows are outliers (Brabec et al. 2020). `None` if a class is absent or no row was called an outlier.
    pub fn precision_at(&self, prevalence: f64) -> Option<f64> {
        let found = prevalence * self.recall()?;
        let alarms = (1.0 - prevalence) * ratio(self.fp, self.inliers)?;
        ratio(found, found + alarms)
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
    /// called the same, as in scikit-learn; `None` if a class is absent.
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

    /// The false positive rates that metrics have a threshold of, from the highest.
    pub const FPRS: [f64; 3] = [1e-2, 1e-3, 1e-4];

    /// The shares of outliers that metrics state a precision at.
    pub const PREVALENCES: [f64; 2] = [1e-2, 1e-3];

    fn entry(self) -> &'static Entry {
        &TABLE[self as usize]
    }

    /// Those of a group, in the order of columns.
    pub fn of_group(group: Group) -> impl Iterator<Item = Self> {
        Self::ALL.into_iter().filter(move |metric| metric.group() == group)
    }

    /// Who asks for it.
    pub fn group(self) -> Group {
        self.entry().group
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

    /// Whether it depends on the threshold rule.
    pub fn needs_threshold(self) -> bool {
        match self.entry().source {
            Source::Decisions(_) | Source::Classes(_) | Source::AtPrevalence(_) => true,
            Source::Ranking(_) | Source::FoundAtFpr(_) => false,
        }
    }

    /// Its value from decisions at the threshold of the rule alone; `None` if it is undefined, or is made
    /// from anything else.
    pub fn of_counts(self, counts: &Confusion) -> Option<f64> {
        self.of_weighted(&counts.weighted())
    }

    /// The same from sums of weights.
    pub(crate) fn of_weighted(self, decisions: &WeightedConfusion) -> Option<f64> {
        match self.entry().source {
            Source::Decisions(value) => value(decisions),
            Source::AtPrevalence(at) => decisions.precision_at(Self::PREVALENCES[at]),
            Source::Ranking(_) | Source::Classes(_) | Source::FoundAtFpr(_) => None,
        }
    }

    /// Whether no scores and no threshold give it a value on so many outliers and inliers.
    pub fn is_undefined_on(self, outliers: u64, inliers: u64) -> bool {
        let all = Tally { score: 0.0, outliers, inliers };
        let called = Confusion { tp: outliers, fp: inliers, ..Confusion::default() };
        let passed = Confusion { fn_: outliers, tn: inliers, ..Confusion::default() };
        [called, passed].into_iter().all(|counts| {
            let basis = Basis {
                areas: Areas::of_steps(&[all], &ClassWeights::new(all, None)),
                counts: Some(counts),
                classes: vec![ClassCalls { rows: outliers, called: counts.tp }],
                at_fprs: Self::FPRS
                    .map(|fpr| Some(counts).filter(|_| inliers >= benign_rows_for(fpr))),
            };
            self.value(&basis).is_none()
        })
    }

    /// Its value on rows of which this is known.
    pub(super) fn value(self, basis: &Basis) -> Option<f64> {
        match self.entry().source {
            Source::Ranking(value) => value(&basis.areas),
            Source::Classes(value) => value(&basis.classes),
            Source::Decisions(value) => value(&basis.counts?.weighted()),
            Source::FoundAtFpr(_) | Source::AtPrevalence(_) => self.counted(basis)?.value(),
        }
    }

    /// The counts that it is made of, if its interval is a function of them.
    pub(crate) fn counted(self, basis: &Basis) -> Option<Counted> {
        match self.entry().source {
            Source::FoundAtFpr(at) => {
                let counts = basis.at_fprs[at]?;
                Some(Counted::Share { part: counts.tp, whole: counts.tp + counts.fn_ })
            }
            Source::AtPrevalence(at) => {
                let prevalence = Self::PREVALENCES[at];
                Some(Counted::PrecisionAt { counts: basis.counts?, prevalence })
            }
            Source::Decisions(_) | Source::Ranking(_) | Source::Classes(_) => None,
        }
    }

    /// The greatest value that some threshold gives these rows, which only somebody who knows their labels
    /// can find. "Everything is an outlier" is no candidate, as with the threshold rules. `None` without
    /// outliers, where the metric is undefined, or where it needs more than labels and scores. Panics if the
    /// lengths differ.
    pub fn best(self, labels: &[bool], scores: &[f64]) -> Option<f64> {
        let steps = tallies(labels, scores);
        let (all, candidates) = steps.split_last()?;
        self.best_of(&steps, candidates, &ClassWeights::new(*all, None))
    }

    /// The same with weighted classes. A candidate calls the rows outliers that it has counted. To call no row is always a
    /// candidate too.
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
        use Metric::*;
        assert_eq!(undefined(1, 100_000), []);
        assert_eq!(undefined(1, 99_999), [RecallAtFpr1e4]);
        assert_eq!(undefined(1, 1), [RecallAtFpr1e2, RecallAtFpr1e3, RecallAtFpr1e4]);
        let both = [
            Mcc,
            RocAuc,
            BalancedAccuracy,
            PartialRocAuc,
            RecallAtFpr1e2,
            RecallAtFpr1e3,
            RecallAtFpr1e4,
            PrecisionAt1e2,
            PrecisionAt1e3,
        ];
        let outliers = [Recall, AveragePrecision, MacroRecall];
        let of = |lists: &[&[Metric]]| {
            lists.concat().into_iter().collect::<std::collections::BTreeSet<_>>()
        };
        assert_eq!(of(&[&undefined(0, 9)]), of(&[&both, &outliers]));
        assert_eq!(of(&[&undefined(9, 0)]), of(&[&both]));
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
