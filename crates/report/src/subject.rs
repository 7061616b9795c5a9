//! The experiment that a report is about, with its rows and the words that many sections use of it.

use oddbench_core::results::{ExperimentResults, TrialResult};
use oddbench_core::scores::ScoredPart;

use crate::aggregate::SummaryRow;
use crate::runs::run_name;

/// An experiment and its rows. It is shared by all threads that draw.
#[derive(Clone, Copy)]
pub struct Subject<'a> {
    /// The experiment.
    pub results: &'a ExperimentResults,
    /// Its rows.
    pub rows: &'a [SummaryRow],
}

impl<'a> Subject<'a> {
    /// What must stand on every figure of generated rows.
    pub fn stamp(self) -> Option<&'static str> {
        self.results.manifest.data.synthetic.then_some("synthetic data")
    }

    /// The caption of a table, which says that rows are generated.
    pub fn caption(self, text: &str) -> String {
        let mark = if self.results.manifest.data.synthetic { " (synthetic data)" } else { "" };
        format!("{text}{mark}")
    }

    /// Whether the first threshold rule has seen the test rows.
    pub fn is_oracle(self) -> bool {
        self.results.manifest.experiment.thresholds.first().is_some_and(|rule| rule.is_oracle())
    }

    /// Whether any rule has.
    pub fn has_oracle(self) -> bool {
        self.results.manifest.experiment.thresholds.iter().any(|rule| rule.is_oracle())
    }

    /// The test rows of any trial, or of the first fold.
    pub fn test(self) -> Option<&'a ScoredPart> {
        let trials = self.results.trials.iter();
        let mut shown = trials.filter(|trial| trial.trial.fold.is_none_or(|fold| fold == 1));
        Some(&shown.find_map(|trial| trial.scores.as_ref())?.test)
    }

    /// The trial that figures of a row show: the median trial, or the first one if no trial has scores.
    pub fn shown(self, row: &SummaryRow) -> &'a TrialResult {
        &self.results.trials[row.median_trial.unwrap_or(row.trials[0])]
    }

    /// `seed 7, the median of 10 by ROC-AUC`, `seed 7`, or that there is nothing to tell apart.
    pub fn seed_words(self, row: &SummaryRow) -> String {
        let name = row.median_trial.map(|at| run_name(&self.results.trials[at].trial));
        match (name.filter(|name| !name.is_empty()), row.status.completed) {
            (None, _) => "the same for every seed".into(),
            (Some(name), 1) => name,
            (Some(name), n) => format!("{name}, the median of {n} by ROC-AUC"),
        }
    }

    /// What `(s)` in a legend means, if it is there.
    pub fn supervised_note(self) -> &'static str {
        let any = self.rows.iter().any(|row| row.supervised);
        if any { " (s): supervised, trained with labels." } else { "" }
    }
}
