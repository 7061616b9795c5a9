//! Shares of time: what trials that are computed together took of it.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

/// Measures a trial's share of the time. While several watches of a company run, each gets an equal part, so
/// that all together measure the time that has passed. A single watch measures all of it.
#[derive(Debug, Clone)]
pub(crate) struct Stopwatch {
    times: Arc<Mutex<Times>>,
    at: usize,
}

#[derive(Debug)]
struct Times {
    until: Instant,
    watches: Vec<Watch>,
}

#[derive(Debug, Clone, Copy, Default)]
struct Watch {
    runs: bool,
    seconds: f64,
}

impl Stopwatch {
    /// The watches of a company; none of them runs.
    pub(crate) fn of(members: usize) -> Vec<Self> {
        let watches = vec![Watch::default(); members];
        let times = Arc::new(Mutex::new(Times { until: Instant::now(), watches }));
        (0..members).map(|at| Self { times: Arc::clone(&times), at }).collect()
    }

    /// The times until now.
    fn now(&self) -> MutexGuard<'_, Times> {
        let mut times = self.times.lock().unwrap_or_else(PoisonError::into_inner);
        times.pass(Instant::now());
        times
    }

    /// Starts it, or lets it run on.
    pub(crate) fn start(&self) {
        self.now().watches[self.at].runs = true;
    }

    /// Stops it.
    pub(crate) fn stop(&self) {
        self.now().watches[self.at].runs = false;
    }

    /// Whether it runs.
    pub(crate) fn runs(&self) -> bool {
        self.now().watches[self.at].runs
    }

    /// The seconds that it has measured.
    pub(crate) fn seconds(&self) -> f64 {
        self.now().watches[self.at].seconds
    }
}

impl Times {
    fn pass(&mut self, now: Instant) {
        let passed = now.saturating_duration_since(self.until).as_secs_f64();
        self.until = now;
        let running = self.watches.iter().filter(|watch| watch.runs).count();
        for watch in self.watches.iter_mut().filter(|watch| watch.runs) {
            watch.seconds += passed / running as f64;
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn watches_that_run_together_share_the_time() {
        let begin = Instant::now();
        let mut times = Times { until: begin, watches: vec![Watch::default(); 3] };
        let mut pass = |runs: [bool; 3], until: u64| {
            for (watch, runs) in times.watches.iter_mut().zip(runs) {
                watch.runs = runs;
            }
            times.pass(begin + Duration::from_secs(until));
            times.watches.iter().map(|watch| watch.seconds).collect::<Vec<_>>()
        };
        assert_eq!(pass([false; 3], 10), [0.0; 3]);
        assert_eq!(pass([true, false, false], 12), [2.0, 0.0, 0.0]);
        assert_eq!(pass([true, true, false], 16), [4.0, 2.0, 0.0]);
        assert_eq!(pass([false, true, true], 17), [4.0, 2.5, 0.5]);
    }

    #[test]
    fn a_watch_alone_measures_the_time_while_it_runs() {
        let watch = Stopwatch::of(1).remove(0);
        assert_eq!(watch.seconds(), 0.0);
        watch.start();
        std::thread::sleep(Duration::from_millis(5));
        watch.stop();
        let seconds = watch.seconds();
        assert!(seconds >= 0.005);
        std::thread::sleep(Duration::from_millis(5));
        assert_eq!(watch.seconds(), seconds);
    }
}
