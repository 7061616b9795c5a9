//! How many steps one dispatch runs. A long dispatch can trip the watchdog of a desktop's driver (two
//! seconds on some), so the number follows from measured time.

use std::time::Duration;

/// What one dispatch should take at most.
const BUDGET: Duration = Duration::from_millis(250);

/// Steps of the first dispatch, before anything is measured.
const FIRST: usize = 8;

/// How much longer than the one before a dispatch may be.
const GROWTH: usize = 8;

/// Decides the lengths of dispatches.
#[derive(Debug, Clone)]
pub(crate) struct Spans {
    next: usize,
    most: usize,
}

impl Spans {
    /// At most `most` steps a dispatch, whatever the time.
    pub(crate) fn new(most: usize) -> Self {
        Self { next: FIRST.min(most).max(1), most: most.max(1) }
    }

    /// From now on at most `most` steps a dispatch.
    pub(crate) fn allow(&mut self, most: usize) {
        self.most = most.max(1);
        self.next = self.next.min(self.most);
    }

    /// The steps of the next dispatch.
    pub(crate) fn next(&self) -> usize {
        self.next
    }

    /// Takes what a dispatch of that many steps took.
    pub(crate) fn measured(&mut self, steps: usize, took: Duration) {
        let seconds = took.as_secs_f64().max(1e-6);
        let within = (steps as f64 * BUDGET.as_secs_f64() / seconds) as usize;
        self.next = within.clamp(1, self.most).min((GROWTH * steps).max(self.next));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dispatches_grow_to_the_budget_and_shrink_back() {
        let mut spans = Spans::new(10_000);
        assert_eq!(spans.next(), 8);
        spans.measured(8, Duration::from_micros(80));
        assert_eq!(spans.next(), 64, "not more than eight times as long");
        spans.measured(64, Duration::from_millis(64));
        assert_eq!(spans.next(), 250, "a millisecond a step");
        spans.measured(250, Duration::from_secs(2));
        assert_eq!(spans.next(), 31);
        spans.measured(1, Duration::from_secs(2));
        assert_eq!(spans.next(), 1, "never less than a step");
    }

    #[test]
    fn a_limit_of_iterations_holds() {
        let mut spans = Spans::new(5);
        assert_eq!(spans.next(), 5);
        spans.measured(5, Duration::from_micros(1));
        assert_eq!(spans.next(), 5);
    }
    #[test]
    fn fewer_models_allow_longer_dispatches_and_more_shorter_ones() {
        let mut spans = Spans::new(16);
        spans.allow(64);
        spans.measured(8, Duration::from_micros(8));
        assert_eq!(spans.next(), 64);
        spans.allow(3);
        assert_eq!(spans.next(), 3);
    }
}
