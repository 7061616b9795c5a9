//! What the sections of a report are made from: the experiment, and what several of them need, computed
//! once and only if a section asks for it.

use std::cell::OnceCell;
use std::ops::Deref;

use oddbench_core::metrics::{RocCurve, roc_curve};
use oddbench_core::results::{ExperimentResults, TrialResult};
use oddbench_core::scores::ScoredPart;
use rayon::prelude::*;

use crate::aggregate::SummaryRow;
use crate::runs::run_name;
use crate::sections::attacks::{Attacks, Judged};
use crate::sections::audit::KnownRows;
use crate::sections::backends::Study;
use crate::sections::certainty::Resampled;
use crate::sections::ranks::{self, Ranks};

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

    /// The trial that figures of a row show: the median one or, where nothing has scores, the first.
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

/// An experiment with what its sections share. It stays on one thread: a thread that waits for a value
/// while it draws could wait for itself. Figures take the values that they need.
pub struct Scene<'a> {
    subject: Subject<'a>,
    computed: Computed<'a>,
}

#[derive(Default)]
struct Computed<'a> {
    curves: OnceCell<Vec<Option<RocCurve>>>,
    attacks: OnceCell<Vec<Attacks>>,
    ranks: OnceCell<Result<Ranks, String>>,
    study: OnceCell<Option<Study>>,
    resampled: OnceCell<Option<Resampled<'a>>>,
    known_rows: OnceCell<Option<KnownRows>>,
}

impl<'a> Scene<'a> {
    /// Nothing is computed yet.
    pub fn new(results: &'a ExperimentResults, rows: &'a [SummaryRow]) -> Self {
        Self { subject: Subject { results, rows }, computed: Computed::default() }
    }

    /// The experiment and its rows.
    pub fn subject(&self) -> Subject<'a> {
        self.subject
    }

    /// One ROC curve per trial, where it has scores of both classes.
    pub fn curves(&self) -> &[Option<RocCurve>] {
        let curve = |trial: &TrialResult| {
            let test = &trial.scores.as_ref()?.test;
            roc_curve(&test.labels, &test.scores)
        };
        self.computed.curves.get_or_init(|| self.results.trials.par_iter().map(curve).collect())
    }

    /// What becomes of each class of test rows and, if there are such, of transfer rows.
    pub fn attacks(&self) -> &[Attacks] {
        let of = |judged| Attacks::new(self.results, self.rows, judged);
        let all = || [Judged::Test, Judged::Transfer].into_iter().filter_map(of).collect();
        self.computed.attacks.get_or_init(all)
    }

    /// The order of the models over blocks, or why there is none.
    pub fn ranks(&self) -> &Result<Ranks, String> {
        self.computed.ranks.get_or_init(|| ranks::within(self.results, self.rows))
    }

    /// The comparison of backends, if there are several.
    pub fn study(&self) -> Option<&Study> {
        self.computed.study.get_or_init(|| Study::new(self.results, self.rows)).as_ref()
    }

    /// The median seeds on resamples of the test rows.
    pub fn resampled(&self) -> Option<&Resampled<'a>> {
        let Subject { results, rows } = self.subject;
        self.computed.resampled.get_or_init(|| Resampled::new(results, rows)).as_ref()
    }

    /// Every row on the test rows that no training row equals.
    pub fn known_rows(&self) -> Option<&KnownRows> {
        let known = || KnownRows::new(self.results, self.rows, self.resampled());
        self.computed.known_rows.get_or_init(known).as_ref()
    }
}

impl<'a> Deref for Scene<'a> {
    type Target = Subject<'a>;

    fn deref(&self) -> &Subject<'a> {
        &self.subject
    }
}
