//! How often tables are written while trials end.
//!
//! Tables are about all trials, so that each writing takes longer the more trials there are. With a thousand trials,
//! writing them after each trial took longer than the trials.

use std::time::{Duration, Instant};

/// After a writing, tables rest for so many times as long as it took.
const REST: u32 = 20;

/// When tables were written, and whether anything has changed since.
#[derive(Debug, Default)]
pub(crate) struct Pace {
    rests_until: Option<Instant>,
    is_behind: bool,
}

impl Pace {
    /// Something has changed: writes, unless the tables rest.
    pub(crate) fn after_change<E>(
        &mut self,
        write: impl FnOnce() -> Result<(), E>,
    ) -> Result<(), E> {
        self.is_behind = true;
        let began = Instant::now();
        if self.rests(began) {
            return Ok(());
        }
        self.catch_up(write)?;
        self.rest(Instant::now(), began.elapsed());
        Ok(())
    }

    /// Writes if something has changed since the last writing.
    pub(crate) fn catch_up<E>(&mut self, write: impl FnOnce() -> Result<(), E>) -> Result<(), E> {
        if self.is_behind {
            write()?;
            self.is_behind = false;
        }
        Ok(())
    }

    fn rests(&self, now: Instant) -> bool {
        self.rests_until.is_some_and(|until| now < until)
    }

    fn rest(&mut self, from: Instant, took: Duration) {
        self.rests_until = Some(from + took * REST);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// How often tables are written.
    struct Written(u32);

    impl Written {
        fn again(&mut self) -> Result<(), &'static str> {
            self.0 += 1;
            Ok(())
        }
    }

    #[test]
    fn resting_tables_are_written_later_and_once() {
        let (mut pace, mut written) = (Pace::default(), Written(0));
        pace.after_change(|| written.again()).unwrap();
        assert_eq!(written.0, 1);
        pace.catch_up(|| written.again()).unwrap();
        assert_eq!(written.0, 1, "nothing has changed");
        pace.rest(Instant::now(), Duration::from_secs(60));
        pace.after_change(|| written.again()).unwrap();
        pace.after_change(|| written.again()).unwrap();
        assert_eq!(written.0, 1, "they rest");
        for _ in 0..2 {
            pace.catch_up(|| written.again()).unwrap();
            assert_eq!(written.0, 2);
        }
    }

    #[test]
    fn a_rest_is_twenty_times_as_long_as_a_writing() {
        let (mut pace, now) = (Pace::default(), Instant::now());
        assert!(!pace.rests(now));
        pace.rest(now, Duration::from_millis(10));
        assert!(pace.rests(now + Duration::from_millis(199)));
        assert!(!pace.rests(now + Duration::from_millis(200)));
    }

    #[test]
    fn tables_that_could_not_be_written_are_still_behind() {
        let (mut pace, mut written) = (Pace::default(), Written(0));
        assert_eq!(pace.after_change(|| Err("disk full")), Err("disk full"));
        pace.catch_up(|| written.again()).unwrap();
        assert_eq!(written.0, 1);
    }
}
