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
    /// A worker has it.
    Running(Running),
    /// Another process runs it.
    Elsewhere,
    Over,
}

struct Running {
    since: Instant,
    /// 0 for a trial that runs in the process of another one, and for one that is looked at.
    threads: usize,
    /// MiB that others are expected to take in its process.
    beside_mb: f64,
    /// Once its own process has been started.
    pid: Option<u32>,
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
                let looked_at = Running { since: now, threads: 0, beside_mb: 0.0, pid: None };
                self.states[at] = State::Running(looked_at);
                Next::Look { at }
            }
        }
    }

    /// The first trial that there is room for, with those that train with it. Alone, any trial may start.
    fn start(&self) -> Option<Planned> {
        let order = self.order();
        let &first = order.first()?;
        let free = self.free_mb();
        let needs = |at: usize| self.expected[at].memory_mb;
        let fits = |at: &usize| needs(*at) <= free(*at);
        let is_alone = self.running().all(|(_, running)| running.threads == 0);
        let at = if is_alone { first } else { order.iter().copied().find(fits)? };
        let too_large = (!fits(&at)).then(|| (needs(at), free(at)));
        let beside = self.together.beside(at, order.iter().copied(), free(at) - needs(at));
        let threads = self.threads(1 + beside.len());
        Some(Planned { at, beside, threads, too_large })
    }

    /// Notes that the trials run.
    fn running_now(&mut self, planned: Planned) -> Start {
        let Planned { at, beside, threads, too_large } = planned;
        let since = Instant::now();
        let beside_mb = beside.iter().map(|(_, mb)| mb).sum();
        self.states[at] = State::Running(Running { since, threads, beside_mb, pid: None });
        let mut trials = vec![at];
        for (at, _) in beside {
            let in_its_process = Running { since, threads: 0, beside_mb: 0.0, pid: None };
            self.states[at] = State::Running(in_its_process);
            trials.push(at);
        }
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

    fn running(&self) -> impl Iterator<Item = (usize, &Running)> {
        self.states.iter().enumerate().filter_map(|(at, state)| match state {
            State::Running(running) => Some((at, running)),
            _ => None,
        })
    }

    /// MiB for another trial, by its position: what is there, without what the running ones are still expected to
    /// take. Rows take nothing of the memory that the system has free: it takes the pages of a file back.
    fn free_mb(&self) -> impl Fn(usize) -> f64 + '_ {
        let running = self.running().filter(|(_, running)| running.threads > 0);
        let running: Vec<(usize, &Running)> = running.collect();
        let expected = |at: usize| self.expected[at].memory_mb;
        let to_come = |&(at, running): &(usize, &Running)| {
            let held = running.pid.map_or(0.0, held_mb);
            (expected(at) + running.beside_mb - held).max(0.0)
        };
        let system = match self.most_mb {
            None => {
                room::available_mb().map(|free| free - running.iter().map(to_come).sum::<f64>())
            }
            Some(_) => None,
        };
        move |at| {
            let Some(most) = self.most_mb else { return system.unwrap_or(f64::INFINITY) };
            let alone = expected(at);
            let beside: f64 = running.iter().map(|(_, running)| running.beside_mb).sum();
            let running = running.iter().map(|&(at, _)| (at, expected(at)));
            most - beside - (self.rows.together_mb(running.chain([(at, alone)])) - alone)
        }
    }

    /// A fair share of the cores that are free: among the processes that can still start beside one of that many
    /// trials.
    fn threads(&self, trials: usize) -> usize {
        let waiting = self.states.iter().filter(|state| matches!(state, State::Waiting)).count();
        let waiting = 1 + waiting.saturating_sub(trials);
        let running = self.running().filter(|(_, running)| running.threads > 0);
        let (running, used) = running.fold((0, 0), |(n, sum), (_, it)| (n + 1, sum + it.threads));
        let places = self.jobs.saturating_sub(running).clamp(1, waiting);
        (self.cores.saturating_sub(used) / places).max(1)
    }

    /// The process of a trial has been started.
    pub(super) fn started(&mut self, at: usize, pid: u32) {
        if let State::Running(running) = &mut self.states[at] {
            running.pid = Some(pid);
        }
    }

    /// The trial has ended, or is none of this batch's any more. Its record says what trials like it need.
    pub(super) fn over(&mut self, at: usize, record: Option<&Record>) {
        let was = std::mem::replace(&mut self.states[at], State::Over);
        let Some(needed) = record.and_then(Needed::of) else { return };
        let seconds = match was {
            State::Running(Running { since, beside_mb: 0.0, pid: Some(_), .. }) => {
                Some(since.elapsed().as_secs_f64())
            }
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

    /// Seconds until all trials have ended, if those that wait share the places and none waits for memory. A trial of
    /// which nothing is known counts as the mean of the others; `None` where nothing is known at all.
    pub(super) fn seconds_left(&self) -> Option<f64> {
        let left = self.states.iter().enumerate().filter_map(|(at, state)| match state {
            State::Waiting | State::Elsewhere => Some((at, 0.0)),
            State::Running(running) => Some((at, running.since.elapsed().as_secs_f64())),
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
