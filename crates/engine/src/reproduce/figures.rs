//! The metrics of `summary.csv` in two results, line by line.

use std::collections::BTreeMap;

use oddbench_core::metrics::Metric;

use super::verdict::MetricDifference;
use crate::store::{Store, StoreError};

type Line = BTreeMap<String, String>;

/// The lines of each trial by its id, in the order of the file.
#[derive(Default)]
pub(super) struct Figures(BTreeMap<String, Vec<Line>>);

impl Figures {
    /// The figures of a results folder; none if it has no `summary.csv`.
    pub(super) fn read(store: &Store) -> Result<Self, StoreError> {
        let path = store.summary_path();
        if !path.exists() {
            return Ok(Self::default());
        }
        let mut figures = Self::default();
        for line in store.checked_lines::<Line>(&path)? {
            let trial = line.get("trial").cloned().unwrap_or_default();
            figures.0.entry(trial).or_default().push(line);
        }
        Ok(figures)
    }

    /// Whether the trial has a line that says that it failed.
    pub(super) fn failed(&self, trial: &str) -> bool {
        let lines = self.0.get(trial).into_iter().flatten();
        lines.filter_map(|line| line.get("status")).any(|status| status == "failed")
    }

    /// The metric that differs most, if one does. Two names of one trial have the same lines twice, so that lines are
    /// matched in their order.
    pub(super) fn largest(&self, here: &Self, trial: &str) -> Option<MetricDifference> {
        let of = |figures: &Self| figures.0.get(trial).cloned().unwrap_or_default();
        let pairs = of(self).into_iter().zip(of(here));
        let differences = pairs.flat_map(|(there, here)| {
            // A table from before a metric was computed says nothing of it.
            let both = Metric::ALL.into_iter().map(Metric::name);
            let both = both.filter(|name| there.contains_key(*name) && here.contains_key(*name));
            let difference = |name: &str| MetricDifference {
                metric: name.to_owned(),
                rule: there.get("rule").cloned().unwrap_or_default(),
                there: there[name].parse().ok(),
                here: here[name].parse().ok(),
            };
            both.map(difference).collect::<Vec<_>>()
        });
        let differing = differences.filter(|difference| difference.distance() > 0.0);
        differing.max_by(|one, other| one.distance().total_cmp(&other.distance()))
    }
}
