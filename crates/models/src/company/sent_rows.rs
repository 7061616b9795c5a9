//! Rows that a company's trials have sent to the device. Trials that read the same rows in memory read the same rows there,
//! in training and when they score: the rows are sent once.

use std::fmt;
use std::sync::{Mutex, PoisonError};

use oddbench_core::Matrix;

/// Bytes of rows that stay on the device at most.
const MOST_BYTES: usize = 512 << 20;

/// Where rows are in memory. Trials of one process have the same rows, not copies of them, and keep them while they wait
/// for each other.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Place {
    begin: usize,
    values: usize,
}

impl Place {
    /// The place of a matrix. A missing matrix counts as one without rows.
    pub(crate) fn of(x: Option<&Matrix>) -> Self {
        let values = x.map_or(&[][..], Matrix::as_slice);
        let begin = if values.is_empty() { 0 } else { values.as_ptr().addr() };
        Self { begin, values: values.len() }
    }
}

/// Rows on the device, by their place in memory. `R` are rows there; its clones are the same rows.
pub(crate) struct SentRows<R> {
    /// Whether there is more than one trial: else nobody would find what stays.
    stay: bool,
    sent: Mutex<Vec<Sent<R>>>,
}

struct Sent<R> {
    /// It keeps the memory, so that no other rows come to the same place.
    x: Matrix,
    rows: R,
}

impl<R: Clone> SentRows<R> {
    /// Nothing is sent yet.
    pub(crate) fn of(trials: usize) -> Self {
        Self { stay: trials > 1, sent: Mutex::default() }
    }

    /// The rows on the device; `send` sends them if they are not there. They stay there if their place in memory can
    /// be kept, and if they are not too large.
    pub(crate) fn get<E>(
        &self,
        x: &Matrix,
        send: impl FnOnce(&Matrix) -> Result<R, E>,
    ) -> Result<R, E> {
        if !self.stay || !x.is_shared() {
            return send(x);
        }
        // A thread that needs the same rows waits, and finds them. Nothing is half done after a panic.
        let mut sent = self.sent.lock().unwrap_or_else(PoisonError::into_inner);
        let is_same =
            |it: &&Sent<R>| Place::of(Some(&it.x)) == Place::of(Some(x)) && it.x.cols() == x.cols();
        if let Some(found) = sent.iter().find(is_same) {
            return Ok(found.rows.clone());
        }
        let rows = send(x)?;
        let bytes = |x: &Matrix| size_of_val(x.as_slice());
        if sent.iter().map(|it| bytes(&it.x)).sum::<usize>() + bytes(x) <= MOST_BYTES {
            sent.push(Sent { x: x.clone(), rows: rows.clone() });
        }
        Ok(rows)
    }

    /// How many times rows were sent that stay on the device.
    #[cfg(test)]
    pub(crate) fn staying(&self) -> usize {
        self.sent.lock().unwrap_or_else(PoisonError::into_inner).len()
    }
}

impl<R> fmt::Debug for SentRows<R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SentRows").field("stay", &self.stay).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use std::convert::Infallible;
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::*;

    fn rows(first: f32) -> Matrix {
        Matrix::new(2, 2, vec![first, 2.0, 3.0, 4.0]).unwrap()
    }

    /// How often rows are sent, and what their first values are there.
    fn asked(of: usize, asks: &[&Matrix]) -> (usize, Vec<f32>) {
        let (sent, times) = (SentRows::of(of), AtomicUsize::new(0));
        let send = |x: &Matrix| {
            times.fetch_add(1, Ordering::Relaxed);
            Ok::<_, Infallible>(x.as_slice()[0])
        };
        let got = asks.iter().map(|x| sent.get(x, send).unwrap()).collect();
        (times.into_inner(), got)
    }

    #[test]
    fn the_same_rows_are_sent_once() {
        let (a, b) = (rows(1.0).into_shared(), rows(5.0).into_shared());
        let asks = [&a, &b, &a.clone(), &a.slice(0..2), &b];
        assert_eq!(asked(3, &asks), (2, vec![1.0, 5.0, 1.0, 1.0, 5.0]));
        // A part of them is something else, and so are the same values in other columns.
        let parts = [a.slice(0..1), a.slice(1..2)];
        assert_eq!(asked(3, &[&a, &parts[0], &parts[1]]), (3, vec![1.0, 1.0, 3.0]));
    }

    #[test]
    fn rows_whose_memory_is_not_kept_are_sent_again() {
        let a = rows(1.0);
        assert_eq!(asked(3, &[&a, &a]).0, 2);
    }

    #[test]
    fn rows_of_a_trial_alone_do_not_stay() {
        let a = rows(1.0).into_shared();
        assert_eq!(asked(1, &[&a, &a]).0, 2);
    }

    #[test]
    fn rows_that_were_not_sent_are_sent_at_the_next_call() {
        let (sent, a) = (SentRows::<f32>::of(2), rows(1.0).into_shared());
        assert_eq!(sent.get(&a, |_| Err("lost")), Err("lost"));
        assert_eq!(sent.get(&a, |_| Ok::<_, &str>(7.0)), Ok(7.0));
        assert_eq!(sent.staying(), 1);
        assert_eq!(sent.get(&a, |_| Err("not asked")), Ok(7.0));
    }
}
