//! Many files read at once, by plain threads.
//!
//! Not rayon's: parquet is read on a pool of polars' own, and a rayon worker that waits for it takes up
//! another trial on the same stack, trial upon trial until the stack is full.

use crate::machine;

/// What `read` makes of 0 to `count - 1`, in that order; the error is the first in that order.
pub(super) fn each<T: Send, E: Send>(
    count: usize,
    read: impl Fn(usize) -> Result<T, E> + Sync,
) -> Result<Vec<T>, E> {
    let (read, threads) = (&read, machine::cores());
    let every = |first: usize| (first..count).step_by(threads).map(|at| (at, read(at)));
    let mut all: Vec<(usize, Result<T, E>)> = std::thread::scope(|scope| {
        let work = |first| scope.spawn(move || every(first).collect::<Vec<_>>());
        let running: Vec<_> = (0..threads.min(count)).map(work).collect();
        #[expect(clippy::expect_used, reason = "a panic of a thread goes on in this one")]
        running
            .into_iter()
            .flat_map(|thread| thread.join().expect("read without a panic"))
            .collect()
    });
    all.sort_by_key(|(at, _)| *at);
    all.into_iter().map(|(_, result)| result).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_one_is_read_once_and_in_order() {
        let all: Result<Vec<usize>, ()> = each(1_000, |at| Ok(at * at));
        assert_eq!(all.unwrap(), (0..1_000).map(|at| at * at).collect::<Vec<_>>());
        assert_eq!(each(0, |_| Err::<(), ()>(())), Ok(vec![]));
    }

    #[test]
    fn the_first_error_in_order_is_told() {
        let read = |at| if at % 10 == 7 { Err(at) } else { Ok(()) };
        assert_eq!(each(100, read), Err(7));
    }
}
