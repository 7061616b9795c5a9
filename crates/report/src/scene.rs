//! What the sections of a report are made from: the experiment, and what several of them need, computed
//! once and only if a section asks for it.

use std::cell::OnceCell;
use std::ops::Deref;

use oddbench_core::metrics::{RocCurve, roc_curve};
use oddbench_core::results::{ExperimentResults, TrialResult};
use rayon::prelude::*;

use crate::aggregate::SummaryRow;
use crate::pairs::{Compared, Pairs};
use crate::sections::attacks::counted::{Attacks, Judged};
use crate::sections::audit::known_rows::KnownRows;
use crate::sections::backends::at_once;
use crate::sections::backends::study::Study;
use crate::sections::certainty::resampled::{Intervals, Resampled};
use crate::sections::over_time::measured::OverTime;
use crate::sections::ranks::blocks::{self, Ranks};
use crate::subject::Subject;

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
    at_once: OnceCell<Vec<at_once::Line>>,
    resampled: OnceCell<Option<Resampled<'a>>>,
    intervals: OnceCell<Option<Intervals<'a>>>,
    known_rows: OnceCell<Option<KnownRows>>,
    over_time: OnceCell<Option<OverTime>>,
    compared: OnceCell<Compared<'a>>,
    pairs: OnceCell<Pairs>,
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
        self.computed.ranks.get_or_init(|| blocks::within(self.results, self.rows))
    }

    /// All trials on resamples of their rows.
    pub fn compared(&self) -> &Compared<'a> {
        let Subject { results, rows } = self.subject;
        self.computed.compared.get_or_init(|| Compared::new(results, rows))
    }

    /// The best models against the others.
    pub fn pairs(&self) -> &Pairs {
        self.computed.pairs.get_or_init(|| self.compared().by_roc_auc())
    }

    /// The comparison of backends, if there are several.
    pub fn study(&self) -> Option<&Study> {
        self.computed.study.get_or_init(|| Study::new(self.results, self.rows)).as_ref()
    }

    /// Epochs by number of models at once.
    pub fn at_once(&self) -> &[at_once::Line] {
        let Subject { results, rows } = self.subject;
        self.computed.at_once.get_or_init(|| at_once::lines(results, rows))
    }

    /// The median seeds on resamples of the test rows.
    pub fn resampled(&self) -> Option<&Resampled<'a>> {
        let Subject { results, rows } = self.subject;
        self.computed.resampled.get_or_init(|| Resampled::new(results, rows)).as_ref()
    }

    /// Where the figures of the median seeds may lie.
    pub fn intervals(&self) -> Option<&Intervals<'a>> {
        let Subject { results, rows } = self.subject;
        let found = || Intervals::new(results, rows, self.resampled());
        self.computed.intervals.get_or_init(found).as_ref()
    }

    /// What the median seeds did over time, where the test rows have times.
    pub fn over_time(&self) -> Option<&OverTime> {
        let Subject { results, rows } = self.subject;
        self.computed.over_time.get_or_init(|| OverTime::new(results, rows)).as_ref()
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
