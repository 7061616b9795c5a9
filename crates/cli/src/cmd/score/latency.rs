//! How long lines wait: counted in buckets of 2 % so that a stream may run for months.

use std::time::Duration;

/// Each bucket is so much wider than the one below.
const GROWTH: f64 = 1.02;

/// Counts of waits by length.
#[derive(Debug, Default)]
pub struct Latencies {
    counts: Vec<u64>,
    total: u64,
}

impl Latencies {
    /// Adds that many waits of one length.
    pub fn add(&mut self, wait: Duration, times: u64) {
        let micros = (wait.as_secs_f64() * 1e6).max(1.0);
        // Hours are below bucket 1,200.
        let bucket = (micros.ln() / GROWTH.ln()) as usize;
        if self.counts.len() <= bucket {
            self.counts.resize(bucket + 1, 0);
        }
        self.counts[bucket] += times;
        self.total += times;
    }

    /// The length that a share of `q` of the waits do not exceed, to 2 %; `None` without any.
    pub fn quantile(&self, q: f64) -> Option<Duration> {
        let rank = (q * self.total as f64).ceil().max(1.0) as u64;
        let mut below = 0;
        for (bucket, count) in self.counts.iter().enumerate() {
            below += count;
            if below >= rank {
                return Some(Duration::from_secs_f64(GROWTH.powf(bucket as f64 + 1.0) / 1e6));
            }
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantiles_are_right_to_two_percent() {
        let mut latencies = Latencies::default();
        assert_eq!(latencies.quantile(0.5), None);
        for micros in 1..=1_000 {
            latencies.add(Duration::from_micros(micros), 1);
        }
        for (q, expected) in [(0.5, 500.0), (0.99, 990.0), (1.0, 1_000.0)] {
            let found = latencies.quantile(q).unwrap().as_secs_f64() * 1e6;
            assert!((found / expected - 1.0).abs() < 0.021, "{q}: {found}");
        }
    }
}
