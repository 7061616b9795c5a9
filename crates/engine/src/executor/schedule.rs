//! Which trial of a batch is started next.

use std::time::{Duration, Instant};

use oddbench_core::record::Record;

use super::Batch;
use crate::machine;

/// How often it is looked what became of a trial that another process runs: often at first, because a trial whose
/// parent was killed ends a moment later.
const LOOKS: [Duration; 2] = [Duration::from_millis(100), Duration::from_secs(1)];
/// How long a trial is run elsewhere before somebody hears of it.
const TOLD_AFTER: Duration = Duration::from_secs(2);

/// What a worker is to do.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Next {
    /// Start the trial at that position, with so many threads.
    Run { at: usize, threads: usize },
    /// See what became of the trial at that position, which another process runs.
    Look { at: usize },
    /// Ask again in a moment.
    Wait,
    /// Nothing is left.
    Nothing,
}

enum State {
    Waiting,
    /// A worker has it.
    Running {
        threads: usize,
    },
    /// Another process runs it.
    Elsewhere,
    Over,
}

/// What is known of a trial that another process runs, or ran.
struct Elsewhere {
    since: Instant,
    looked: Instant,
    told: bool,
    /// The record that stood there before.
    before: Option<Box<Record>>,
}

/// The trials of a batch, and how far each is.
pub(super) struct Schedule {
    states: Vec<State>,
    elsewhere: Vec<Option<Elsewhere>>,
    jobs: usize,
    cores: usize,
    stopped: bool,
}

impl Schedule {
    pub(super) fn of(batch: &Batch<'_>) -> Self {
        let count = batch.trials.len();
        Self {
            states: (0..count).map(|_| State::Waiting).collect(),
            elsewhere: (0..count).map(|_| None).collect(),
            jobs: batch.jobs.max(1),
            cores: threads_in_all(),
            stopped: false,
        }
    }

    /// Starts nothing more.
    pub(super) fn stop(&mut self) {
        self.stopped = true;
    }

    pub(super) fn next(&mut self) -> Next {
        if self.stopped || self.states.iter().all(|state| matches!(state, State::Over)) {
            return Next::Nothing;
        }
        if let Some(at) = self.states.iter().position(|state| matches!(state, State::Waiting)) {
            let threads = self.threads();
            self.states[at] = State::Running { threads };
            return Next::Run { at, threads };
        }
        let now = Instant::now();
        let due = self.states.iter().zip(&self.elsewhere).position(|(state, it)| {
            matches!(state, State::Elsewhere) && it.as_ref().is_none_or(|it| it.is_due(now))
        });
        match due {
            None => Next::Wait,
            Some(at) => {
                self.states[at] = State::Running { threads: 0 };
                Next::Look { at }
            }
        }
    }

    /// A fair share of the cores that are free: among the trials that can still start beside this one.
    fn threads(&self) -> usize {
        let mut waiting = 0;
        let (mut running, mut used) = (0, 0);
        for state in &self.states {
            match state {
                State::Waiting => waiting += 1,
                State::Running { threads } => {
                    running += 1;
                    used += threads;
                }
                State::Elsewhere | State::Over => {}
            }
        }
        let places = self.jobs.saturating_sub(running).clamp(1, waiting.max(1));
        (self.cores.saturating_sub(used) / places).max(1)
    }

    /// The trial has ended, or is none of this batch's any more.
    pub(super) fn over(&mut self, at: usize) {
        self.states[at] = State::Over;
    }

    /// The trial can be started after all.
    pub(super) fn again(&mut self, at: usize) {
        self.states[at] = State::Waiting;
    }

    /// Another process runs the trial; whether somebody should hear of it now. `before` reads its record.
    pub(super) fn elsewhere(&mut self, at: usize, before: impl FnOnce() -> Option<Record>) -> bool {
        let now = Instant::now();
        let it = self.elsewhere[at].get_or_insert_with(|| Elsewhere {
            since: now,
            looked: now,
            told: false,
            before: before().map(Box::new),
        });
        it.looked = now;
        let tell = !it.told && now.duration_since(it.since) > TOLD_AFTER;
        it.told |= tell;
        self.states[at] = State::Elsewhere;
        tell
    }

    /// The record that stood there when the trial was first seen to run elsewhere.
    pub(super) fn record_before(&self, at: usize) -> Option<&Record> {
        self.elsewhere[at].as_ref()?.before.as_deref()
    }
}

impl Elsewhere {
    fn is_due(&self, now: Instant) -> bool {
        let young = now.duration_since(self.since) < TOLD_AFTER;
        now.duration_since(self.looked) > LOOKS[usize::from(!young)]
    }
}

/// How many threads all trials may have together: one per core, or fewer where RAYON_NUM_THREADS says so.
fn threads_in_all() -> usize {
    let stated = std::env::var("RAYON_NUM_THREADS").ok().and_then(|text| text.parse().ok());
    // 0 stands for all cores there.
    let most = stated.filter(|&threads: &usize| threads > 0).unwrap_or(usize::MAX);
    machine::cores().min(most)
}
