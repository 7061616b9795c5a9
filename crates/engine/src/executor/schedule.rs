//! Which trial of a batch is started next: as many at once as there are jobs and as the memory allows, those that
//! take longest first.

use std::time::{Duration, Instant};

use oddbench_core::record::Record;

use super::Batch;
use super::estimate::{Estimates, Expected, Needed};
use super::room;
use super::row_memory::RowMemory;
use super::together::Together;
use crate::external::memory::held_mb;
use crate::machine;

/// How often it is looked what became of a trial that another process runs: often at first, because a trial whose
/// parent was killed ends a moment later.
const LOOKS: [Duration; 2] = [Duration::from_millis(100), Duration::from_secs(1)];
/// How long a trial is run elsewhere before somebody hears of it.
const TOLD_AFTER: Duration = Duration::from_secs(2);

/// What a worker is to do.
#[derive(Debug, PartialEq)]
pub(super) enum Next {
    /// Start a process.
    Run(Start),
    /// Look at the trial at that position again, which another process runs.
    Look { at: usize },
    /// Ask again in a moment.
    Wait,
    /// Nothing is left.
    Nothing,
}

/// A trial that is to be started, or several that train together in one process.
#[derive(Debug, PartialEq)]
pub(super) struct Start {
    /// At least one.
    pub(super) trials: Vec<usize>,
    /// How many threads the process may use.
    pub(super) threads: usize,
    /// MiB that it is expected to need and that are there, if that is less: it runs alone.
    pub(super) too_large: Option<(f64, f64)>,
}

enum State {
    Waiting,
    /// A worker has it: it runs in one of the processes, or is looked at.
    Running {
        since: Instant,
    },
    /// Another process runs it.
    Elsewhere,
    Over,
}

/// A process. It counts with its threads and its memory until its last trial is over.
struct Process {
    /// The trial that counts with all the memory that it is expected to need.
    at: usize,
    /// Those that train with it, and the MiB that each takes.
    beside: Vec<(usize, f64)>,
    threads: usize,
    /// Once it has been started.
    pid: Option<u32>,
    /// Whether it was started for several trials.
    is_shared: bool,
}

/// A process before its start.
struct Planned {
    at: usize,
    /// Those that train with it, and the MiB that each takes.
    beside: Vec<(usize, f64)>,
    threads: usize,
    too_large: Option<(f64, f64)>,
}

/// What is known about a trial that another process runs, or ran.
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
    /// Those that have a trial that is not over.
    processes: Vec<Process>,
    elsewhere: Vec<Option<Elsewhere>>,
    estimates: Estimates,
    expected: Vec<Expected>,
    rows: RowMemory,
    together: Together,
    jobs: usize,
    cores: usize,
    /// MiB for all trials together, if that is stated.
    most_mb: Option<f64>,
    stopped: bool,
}

impl Schedule {
    pub(super) fn of(batch: &Batch<'_>) -> Self {
        let count = batch.trials.len();
        let rows = RowMemory::of(batch);
        let estimates = Estimates::of(batch, &rows);
        Self {
            states: (0..count).map(|_| State::Waiting).collect(),
            processes: Vec::new(),
            elsewhere: (0..count).map(|_| None).collect(),
            expected: (0..count).map(|at| estimates.expected(at)).collect(),
            estimates,
            rows,
            together: Together::of(batch),
            jobs: batch.jobs.max(1),
            cores: threads_in_all(),
            most_mb: batch.max_memory_mb.map(|most| most as f64),
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
        if let Some(start) = self.start() {
            return Next::Run(self.running_now(start));
        }
        let now = Instant::now();
        let due = self.states.iter().zip(&self.elsewhere).position(|(state, it)| {
            matches!(state, State::Elsewhere) && it.as_ref().is_none_or(|it| it.is_due(now))
        });
        match due {
            None => Next::Wait,
            Some(at) => {
                self.states[at] = State::Running { since: now };
                Next::Look { at }
            }
        }
    }

    /// The first trial that there is room for, with those that train with it. If nothing else runs, any trial
    /// may start.
    fn start(&self) -> Option<Planned> {
        let order = self.order();
        let &first = order.first()?;
        let free = self.free_mb();
        let needs = |at: usize| self.expected[at].memory_mb;
        let fits = |at: &usize| needs(*at) <= free(*at);
        let is_alone = self.processes.is_empty();
        let at = if is_alone { first } else { order.iter().copied().find(fits)? };
        let too_large = (!fits(&at)).then(|| (needs(at), free(at)));
        let beside = self.together.beside(at, order.iter().copied(), free(at) - needs(at));
        let threads = self.threads(1 + beside.len());
        Some(Planned { at, beside, threads, too_large })
    }

    /// Notes that the trials run.
    fn running_now(&mut self, planned: Planned) -> Start {
        let Planned { at, beside, threads, too_large } = planned;
        let others = beside.iter().map(|(at, _)| *at);
        let trials: Vec<usize> = [at].into_iter().chain(others).collect();
        let since = Instant::now();
        trials.iter().for_each(|at| self.states[*at] = State::Running { since });
        self.processes.push(Process { at, beside, threads, pid: None, is_shared: false });
        Start { trials, threads, too_large }
    }

    /// The waiting trials: first those without any record, then those that take longest.
    fn order(&self) -> Vec<usize> {
        let states = self.states.iter().enumerate();
        let waiting = states.filter(|(_, state)| matches!(state, State::Waiting));
        let mut order: Vec<usize> = waiting.map(|(at, _)| at).collect();
        let seconds = |at: &usize| self.expected[*at].seconds.unwrap_or(f64::INFINITY);
        order.sort_by(|a, b| seconds(b).total_cmp(&seconds(a)));
        order
    }

    /// MiB for another trial, by its position: what is there, without what the running ones are still expected to
    /// take. Rows take nothing of the memory that the system has free: it takes the pages of a file back.
    fn free_mb(&self) -> impl Fn(usize) -> f64 + '_ {
        let expected = |at: usize| self.expected[at].memory_mb;
        let to_come = |process: &Process| {
            let held = process.pid.map_or(0.0, held_mb);
            (expected(process.at) + process.beside_mb() - held).max(0.0)
        };
        let system = match self.most_mb {
            None => {
                let to_come = || self.processes.iter().map(to_come).sum::<f64>();
                room::available_mb().map(|free| free - to_come())
            }
            Some(_) => None,
        };
        move |at| {
            let Some(most) = self.most_mb else { return system.unwrap_or(f64::INFINITY) };
            let alone = expected(at);
            let beside: f64 = self.processes.iter().map(Process::beside_mb).sum();
            let running = self.processes.iter().map(|it| (it.at, expected(it.at)));
            most - beside - (self.rows.together_mb(running.chain([(at, alone)])) - alone)
        }
    }

    /// The threads of a process of that many trials. It shares the free cores equally with the processes that can
    /// still start beside it.
    fn threads(&self, trials: usize) -> usize {
        let waiting = self.states.iter().filter(|state| matches!(state, State::Waiting)).count();
        let waiting = 1 + waiting.saturating_sub(trials);
        let used = self.processes.iter().map(|process| process.threads).sum();
        let places = self.jobs.saturating_sub(self.processes.len()).clamp(1, waiting);
        (self.cores.saturating_sub(used) / places).max(1)
    }

    /// The process of a trial has been started.
    pub(super) fn started(&mut self, at: usize, pid: u32) {
        if let Some(process) = self.processes.iter_mut().find(|process| process.has(at)) {
            process.pid = Some(pid);
            process.is_shared = !process.beside.is_empty();
        }
    }

    /// The trial runs no longer, and leaves its process if it has one. Returns what it was.
    fn becomes(&mut self, at: usize, state: State) -> State {
        self.processes.retain_mut(|process| process.goes_on_without(at));
        std::mem::replace(&mut self.states[at], state)
    }

    /// The trial has ended, or is none of this batch's any more. Its record says what trials like it need.
    pub(super) fn over(&mut self, at: usize, record: Option<&Record>) {
        let had_its_own =
            |process: &Process| process.at == at && process.pid.is_some() && !process.is_shared;
        let had_its_own = self.processes.iter().any(had_its_own);
        let was = self.becomes(at, State::Over);
        let Some(needed) = record.and_then(Needed::of) else { return };
        let seconds = match was {
            State::Running { since } if had_its_own => Some(since.elapsed().as_secs_f64()),
            // Its share, if others were trained in the same process.
            _ => needed.seconds,
        };
        self.estimates.ended(at, Needed { seconds, ..needed });
        for (at, expected) in self.expected.iter_mut().enumerate() {
            if !matches!(self.states[at], State::Over) {
                *expected = self.estimates.expected(at);
            }
        }
    }

    /// The trial can be started after all.
    pub(super) fn again(&mut self, at: usize) {
        self.becomes(at, State::Waiting);
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
        self.becomes(at, State::Elsewhere);
        tell
    }

    /// The record that stood there when the trial was first seen to run elsewhere.
    pub(super) fn record_before(&self, at: usize) -> Option<&Record> {
        self.elsewhere[at].as_ref()?.before.as_deref()
    }

    /// Seconds until all trials have ended, if those that wait share the places and none waits for memory. A trial of
    /// which nothing is known counts as the mean of the others; `None` where nothing is known at all.
    pub(super) fn seconds_left(&self) -> Option<f64> {
        let left = self.states.iter().enumerate().filter_map(|(at, state)| match state {
            State::Waiting | State::Elsewhere => Some((at, 0.0)),
            State::Running { since } => Some((at, since.elapsed().as_secs_f64())),
            State::Over => None,
        });
        let left: Vec<(usize, f64)> = left.collect();
        let known: Vec<f64> =
            left.iter().filter_map(|(at, _)| self.expected[*at].seconds).collect();
        if left.is_empty() {
            return Some(0.0);
        }
        if known.is_empty() {
            return None;
        }
        let mean = known.iter().sum::<f64>() / known.len() as f64;
        let rest = left
            .iter()
            .map(|&(at, elapsed)| (self.expected[at].seconds.unwrap_or(mean) - elapsed).max(0.0));
        let (sum, longest) =
            rest.fold((0.0, 0.0), |(sum, most), one| (sum + one, f64::max(most, one)));
        Some(f64::max(sum / self.jobs.min(left.len()) as f64, longest))
    }
}

impl Process {
    fn has(&self, at: usize) -> bool {
        self.at == at || self.beside.iter().any(|(other, _)| *other == at)
    }

    /// MiB that the trials beside the first are expected to take.
    fn beside_mb(&self) -> f64 {
        self.beside.iter().map(|(_, mb)| mb).sum()
    }

    /// Takes a trial out of it, if it has it. Whether another one is left.
    fn goes_on_without(&mut self, at: usize) -> bool {
        self.beside.retain(|(other, _)| *other != at);
        if self.at != at {
            return true;
        }
        // Another trial counts in full now, because the process still holds what all of them share.
        let is_left = !self.beside.is_empty();
        if is_left {
            self.at = self.beside.remove(0).0;
        }
        is_left
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

#[cfg(test)]
mod tests;
