//! The time that a run as a whole may take.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::thread;
use std::time::Duration;

/// Does the work. After that many seconds `cancel` is set, as Ctrl-C does; the second value says whether it was.
pub(crate) fn within<T>(
    seconds: Option<u64>,
    cancel: &AtomicBool,
    work: impl FnOnce() -> T,
) -> (T, bool) {
    let Some(seconds) = seconds else { return (work(), false) };
    let expired = AtomicBool::new(false);
    let done = thread::scope(|scope| {
        let (over, is_over) = mpsc::channel::<()>();
        scope.spawn(|| {
            let limit = Duration::from_secs(seconds);
            if let Err(RecvTimeoutError::Timeout) = is_over.recv_timeout(limit) {
                expired.store(true, Ordering::Relaxed);
                cancel.store(true, Ordering::Relaxed);
            }
            // Dropped here, not before: the receiver is this thread's.
            drop(is_over);
        });
        let done = work();
        drop(over);
        done
    });
    (done, expired.into_inner())
}

#[cfg(test)]
mod tests {
    use std::time::Instant;

    use super::*;

    #[test]
    fn work_that_is_quick_enough_is_not_stopped_and_waits_for_nothing() {
        let cancel = AtomicBool::new(false);
        let started = Instant::now();
        assert_eq!(within(Some(3600), &cancel, || 1), (1, false));
        assert_eq!(within(None, &cancel, || 2), (2, false));
        assert!(!cancel.into_inner() && started.elapsed() < Duration::from_secs(600));
    }

    #[test]
    fn work_that_takes_too_long_is_told_to_stop() {
        let cancel = AtomicBool::new(false);
        let work = || {
            while !cancel.load(Ordering::Relaxed) {
                thread::sleep(Duration::from_millis(5));
            }
        };
        assert_eq!(within(Some(1), &cancel, work), ((), true));
    }
}
