//! Keeps the limits of a trial's process: looks at its time and its memory, and says when one is exceeded.

use std::time::{Duration, Instant};

use oddbench_core::experiment::Limits;

use crate::external::memory::Memory;

/// How often the process is looked at.
pub(super) const TICK: Duration = Duration::from_millis(20);

/// Watches one process.
pub(super) struct Watchdog {
    limits: Limits,
    started: Instant,
    memory: Option<Memory>,
}

impl Watchdog {
    /// From now on; `None` if nothing is limited.
    pub(super) fn of(limits: Limits, pid: u32) -> Option<Self> {
        (!limits.are_none()).then(|| Self {
            limits,
            started: Instant::now(),
            memory: limits.max_memory_mb.map(|_| Memory::watch(pid)),
        })
    }

    /// The limit that is exceeded, in words and with the remedy; `None` if none is.
    pub(super) fn exceeded(&self) -> Option<String> {
        let Limits { timeout_seconds, max_memory_mb } = self.limits;
        if let Some(seconds) = timeout_seconds
            && self.started.elapsed() > Duration::from_secs(seconds)
        {
            let time = humantime::format_duration(Duration::from_secs(seconds));
            return Some(format!(
                "it took longer than its limit of {time}; raise `timeout` of the model or of [limits], or \
                 give it less work"
            ));
        }
        let (most, memory) = max_memory_mb.zip(self.memory.as_ref())?;
        let held = memory.now_mb();
        (held > most as f64).then(|| {
            format!(
                "it held {held:.0} MiB, more than its limit of {most} MiB; raise `max_memory` of the model or of \
                 [limits], or give it fewer rows (`train_rows`)"
            )
        })
    }
}
