//! Which trial of a batch is started next: as many at once as there are jobs and as the memory allows, those that
//! take longest first.

use std::time::{Duration, Instant};

use oddbench_core::record::Record;

use super::Batch;
use super::estimate::{Estimates, Expected, Needed};
use super::room;
use super::shared_rows::SharedRows;
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
    /// Start the trial at that position.
    Run(Start),
    /// Look at the trial at that position again, which another process runs.
    Look { at: usize },
    /// Ask again in a moment.
    Wait,
    /// Nothing is left.
    Nothing,
}

/// A trial that is to be started.
#[derive(Debug, PartialEq)]
pub(super) struct Start {
    pub(super) at: usize,
    /// How many it may use.
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
    threads: usize,
    /// Once its process has been started.
    pid: Option<u32>,
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
    rows: SharedRows,
    jobs: usize,
    cores: usize,
    /// MiB for all trials together, if that is stated.
    most_mb: Option<f64>,
    stopped: bool,
}

impl Schedule {
    pub(super) fn of(batch: &Batch<'_>) -> Self {
        let count = batch.trials.len();
        let rows = SharedRows::of(batch);
        let estimates = Estimates::of(batch, &rows);
        Self {
            states: (0..count).map(|_| State::Waiting).collect(),
            elsewhere: (0..count).map(|_| None).collect(),
            expected: (0..count).map(|at| estimates.expected(at)).collect(),
            estimates,
            rows,
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
            let Start { at, threads, .. } = start;
            self.states[at] = State::Running(Running { since: Instant::now(), threads, pid: None });
            return Next::Run(start);
        }
        let now = Instant::now();
        let due = self.states.iter().zip(&self.elsewhere).position(|(state, it)| {
            matches!(state, State::Elsewhere) && it.as_ref().is_none_or(|it| it.is_due(now))
        });
        match due {
            None => Next::Wait,
            Some(at) => {
                self.states[at] = State::Running(Running { since: now, threads: 0, pid: None });
                Next::Look { at }
            }
        }
    }

    /// The first trial that there is room for. Alone, any trial may start.
    fn start(&self) -> Option<Start> {
        let order = self.order();
        let &first = order.first()?;
        let (threads, free) = (self.threads(), self.free_mb());
        if self.running().all(|(_, running)| running.threads == 0) {
            let (needs, free) = (self.expected[first].memory_mb, free(first));
            let too_large = (needs > free).then_some((needs, free));
            return Some(Start { at: first, threads, too_large });
        }
        let fits = |at: &usize| self.expected[*at].memory_mb <= free(*at);
        let at = order.into_iter().find(fits)?;
        Some(Start { at, threads, too_large: None })
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
        let running: Vec<(usize, f64, Option<u32>)> =
            running.map(|(at, running)| (at, self.expected[at].memory_mb, running.pid)).collect();
        let to_come = |&(_, expected, pid): &(usize, f64, Option<u32>)| {
            (expected - pid.map_or(0.0, held_mb)).max(0.0)
        };
        let system = match self.most_mb {
            None => {
                room::available_mb().map(|free| free - running.iter().map(to_come).sum::<f64>())
            }
            Some(_) => None,
        };
        move |at| {
            let Some(most) = self.most_mb else { return system.unwrap_or(f64::INFINITY) };
            let alone = self.expected[at].memory_mb;
            let running = running.iter().map(|&(at, expected, _)| (at, expected));
            most - (self.rows.together_mb(running.chain([(at, alone)])) - alone)
        }
    }

    /// A fair share of the cores that are free: among the trials that can still start beside this one.
    fn threads(&self) -> usize {
        let waiting = self.states.iter().filter(|state| matches!(state, State::Waiting)).count();
        let running = self.running().filter(|(_, running)| running.threads > 0);
        let (running, used) = running.fold((0, 0), |(n, sum), (_, it)| (n + 1, sum + it.threads));
        let places = self.jobs.saturating_sub(running).clamp(1, waiting.max(1));
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
            State::Running(Running { since, pid: Some(_), .. }) => {
                Some(since.elapsed().as_secs_f64())
            }
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
mod tests {
    use super::*;

    /// A batch of trials that wait, each with the memory and the seconds that it is expected to take.
    fn schedule(expected: &[(f64, Option<f64>)], jobs: usize, most_mb: Option<f64>) -> Schedule {
        let count = expected.len();
        let expected = expected.iter().map(|&(memory_mb, seconds)| Expected { memory_mb, seconds });
        Schedule {
            states: (0..count).map(|_| State::Waiting).collect(),
            elsewhere: (0..count).map(|_| None).collect(),
            estimates: Estimates::nothing(),
            expected: expected.collect(),
            rows: SharedRows::default(),
            jobs,
            cores: 8,
            most_mb,
            stopped: false,
        }
    }

    fn started(schedule: &mut Schedule) -> (usize, usize) {
        match schedule.next() {
            Next::Run(Start { at, threads, too_large: None }) => (at, threads),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn the_unknown_start_first_and_then_the_longest() {
        let seconds = [Some(1.0), None, Some(5.0), None, Some(3.0)];
        let mut schedule = schedule(&seconds.map(|seconds| (1.0, seconds)), 5, Some(1e6));
        let order: Vec<usize> = (0..5).map(|_| started(&mut schedule).0).collect();
        assert_eq!(order, [1, 3, 2, 4, 0]);
        assert_eq!(schedule.next(), Next::Wait);
        (0..5).for_each(|at| schedule.over(at, None));
        assert_eq!(schedule.next(), Next::Nothing);
    }

    #[test]
    fn what_does_not_fit_waits_and_what_fits_beside_is_started() {
        let needs = [(600.0, None), (600.0, None), (300.0, None)];
        let mut schedule = schedule(&needs, 3, Some(1000.0));
        assert_eq!(started(&mut schedule).0, 0);
        assert_eq!(started(&mut schedule).0, 2);
        assert_eq!(schedule.next(), Next::Wait);
        schedule.over(2, None);
        assert_eq!(schedule.next(), Next::Wait);
        schedule.over(0, None);
        assert_eq!(started(&mut schedule).0, 1);
    }

    #[test]
    fn rows_that_processes_share_count_once() {
        let mut schedule = schedule(&[(500.0, None); 4], 4, Some(1000.0));
        schedule.rows = SharedRows::new(&[0, 1, 0, 0], &[300.0, 300.0]);
        let order = [started(&mut schedule).0, started(&mut schedule).0];
        assert_eq!(order, [0, 1], "other rows count in full, and fit exactly");
        schedule.over(1, None);
        // 500, and twice the 200 of those that read the same rows.
        let order = [started(&mut schedule).0, started(&mut schedule).0];
        assert_eq!(order, [2, 3]);
    }

    #[test]
    fn what_is_too_large_for_all_runs_alone_and_is_told() {
        let mut schedule = schedule(&[(5000.0, None), (10.0, None)], 2, Some(1000.0));
        let start = Start { at: 0, threads: 4, too_large: Some((5000.0, 1000.0)) };
        assert_eq!(schedule.next(), Next::Run(start));
        assert_eq!(schedule.next(), Next::Wait);
        schedule.over(0, None);
        assert_eq!(started(&mut schedule), (1, 8));
    }

    #[test]
    fn threads_are_shared_and_never_more_than_cores() {
        let mut four = schedule(&[(1.0, None); 6], 4, Some(1e6));
        let threads: Vec<usize> = (0..4).map(|_| started(&mut four).1).collect();
        assert_eq!(threads, [2, 2, 2, 2]);
        // The last ones have the cores to themselves.
        (0..4).for_each(|at| four.over(at, None));
        assert_eq!([started(&mut four).1, started(&mut four).1], [4, 4]);
        let mut three = schedule(&[(1.0, None); 3], 3, Some(1e6));
        let threads: Vec<usize> = (0..3).map(|_| started(&mut three).1).collect();
        assert_eq!(threads.iter().sum::<usize>(), 8);
        let mut many = schedule(&[(1.0, None); 20], 20, Some(1e6));
        assert!((0..20).all(|_| started(&mut many).1 == 1));
    }

    #[test]
    fn the_time_left_is_that_of_all_places_together_and_at_least_the_longest() {
        let of = |seconds: &[Option<f64>], jobs| {
            let expected: Vec<_> = seconds.iter().map(|&seconds| (1.0, seconds)).collect();
            schedule(&expected, jobs, None).seconds_left()
        };
        assert_eq!(of(&[None, None], 2), None);
        assert_eq!(of(&[Some(10.0), Some(20.0), Some(30.0)], 1), Some(60.0));
        assert_eq!(of(&[Some(10.0), Some(20.0), Some(30.0)], 2), Some(30.0));
        assert_eq!(of(&[Some(10.0), None, Some(30.0)], 1), Some(60.0), "the mean stands in");
        assert_eq!(of(&[Some(2.0), Some(50.0)], 2), Some(50.0));
    }

    #[test]
    fn a_trial_elsewhere_is_looked_at_and_can_come_back() {
        let mut schedule = schedule(&[(1.0, None)], 1, Some(1e6));
        assert_eq!(started(&mut schedule).0, 0);
        assert!(!schedule.elsewhere(0, || None), "nobody hears of it at once");
        assert_eq!(schedule.next(), Next::Wait);
        std::thread::sleep(LOOKS[0] + Duration::from_millis(20));
        assert_eq!(schedule.next(), Next::Look { at: 0 });
        schedule.again(0);
        assert_eq!(started(&mut schedule).0, 0);
    }
}
