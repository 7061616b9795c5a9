//! How many rows a second arrive: counted over the last few seconds.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

/// How far back is counted.
const WINDOW: Duration = Duration::from_secs(5);

/// The batches of the last few seconds.
#[derive(Debug, Default)]
pub struct Recent(VecDeque<(Instant, usize)>);

impl Recent {
    /// That many rows have arrived now.
    pub fn add(&mut self, rows: usize, now: Instant) {
        self.forget(now);
        self.0.push_back((now, rows));
    }

    /// Rows a second.
    pub fn rate(&mut self, now: Instant) -> f64 {
        self.forget(now);
        let rows: usize = self.0.iter().map(|(_, rows)| rows).sum();
        rows as f64 / WINDOW.as_secs_f64()
    }

    fn forget(&mut self, now: Instant) {
        while self.0.front().is_some_and(|(at, _)| now.duration_since(*at) >= WINDOW) {
            self.0.pop_front();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_rate_is_that_of_the_last_seconds_alone() {
        let (mut recent, start) = (Recent::default(), Instant::now());
        recent.add(100, start);
        recent.add(50, start + WINDOW / 2);
        assert_eq!(recent.rate(start + WINDOW / 2), 30.0);
        assert_eq!(recent.rate(start + WINDOW), 10.0);
        assert_eq!(recent.rate(start + 2 * WINDOW), 0.0);
    }
}
