//! Many files read at once, by plain threads.
//!
//! Not rayon's: parquet is read on a pool of polars' own, and a rayon worker that waits for it takes up
//! another trial on the same stack, trial upon trial until the stack is full.

use std::sync::OnceLock;
use std::sync::atomic::{AtomicUsize, Ordering};

use crate::machine;

/// What `read` makes of 0 to `count - 1`, in that order; the error is the first in that order.
pub(super) fn each<T: Send + Sync, E: Send + Sync>(
    count: usize,
    read: impl Fn(usize) -> Result<T, E> + Sync,
) -> Result<Vec<T>, E> {
    let next = AtomicUsize::new(0);
    let slots: Vec<OnceLock<Result<T, E>>> = (0..count).map(|_| OnceLock::new()).collect();
    let work = || {
        loop {
            let at = next.fetch_add(1, Ordering::Relaxed);
            let Some(slot) = slots.get(at) else { return };
            slot.get_or_init(|| read(at));
        }
    };
    std::thread::scope(|scope| {
        (0..machine::cores().min(count)).for_each(|_| {
            scope.spawn(work);
        });
    });
    #[expect(clippy::expect_used, reason = "the threads go on until every one was taken")]
    slots.into_iter().map(|slot| slot.into_inner().expect("every one was read")).collect()
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
