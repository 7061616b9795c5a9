//! What a process and its descendants hold, from /proc. Elsewhere than on Linux nothing is known.

use std::fs;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread;
use std::time::Duration;

/// How often it is looked. A process that grows and shrinks in between is seen by the greatest size that
/// the system remembers of it.
const TICK: Duration = Duration::from_millis(20);

/// Follows the memory of a process tree until it is dropped.
pub(crate) struct Memory {
    peak_kib: Arc<AtomicU64>,
    now_kib: Arc<AtomicU64>,
    over: Arc<AtomicBool>,
}

impl Memory {
    pub(crate) fn watch(pid: u32) -> Self {
        let (peak, now, over) = <(Arc<AtomicU64>, Arc<AtomicU64>, Arc<AtomicBool>)>::default();
        let memory = Self { peak_kib: peak.clone(), now_kib: now.clone(), over: over.clone() };
        thread::spawn(move || {
            while !over.load(Ordering::Relaxed) {
                let held = tree(pid).into_iter().filter_map(held);
                let (sum, most) =
                    held.fold((0, 0), |(sum, most), (now, peak)| (sum + now, u64::max(most, peak)));
                now.store(sum, Ordering::Relaxed);
                peak.fetch_max(u64::max(sum, most), Ordering::Relaxed);
                thread::sleep(TICK);
            }
        });
        memory
    }

    /// What the tree holds, in MiB.
    pub(crate) fn now_mb(&self) -> f64 {
        mib(self.now_kib.load(Ordering::Relaxed))
    }

    /// The most that it held, in MiB; `None` if nothing is known.
    pub(super) fn peak_mb(&self) -> Option<f64> {
        let kib = self.peak_kib.load(Ordering::Relaxed);
        (kib > 0).then(|| mib(kib))
    }
}

impl Drop for Memory {
    fn drop(&mut self) {
        self.over.store(true, Ordering::Relaxed);
    }
}

fn mib(kib: u64) -> f64 {
    (kib as f64 / 1024.0 * 10.0).round() / 10.0
}

/// The memory that a process and its descendants use now, in MiB; 0 if it is unknown.
pub(crate) fn held_mb(pid: u32) -> f64 {
    mib(tree(pid).into_iter().filter_map(held).map(|(now, _)| now).sum())
}

/// A process and its descendants.
pub(super) fn tree(pid: u32) -> Vec<u32> {
    let mut found = vec![pid];
    let mut at = 0;
    while let Some(&pid) = found.get(at) {
        found.extend(children(pid));
        at += 1;
    }
    found
}

fn children(pid: u32) -> Vec<u32> {
    let tasks = fs::read_dir(format!("/proc/{pid}/task"));
    let lists = tasks
        .into_iter()
        .flatten()
        .filter_map(|task| fs::read_to_string(task.ok()?.path().join("children")).ok());
    lists
        .flat_map(|list| {
            list.split_whitespace().filter_map(|pid| pid.parse().ok()).collect::<Vec<u32>>()
        })
        .collect()
}

/// The memory that a process uses now, and its peak, in KiB.
fn held(pid: u32) -> Option<(u64, u64)> {
    let status = fs::read_to_string(format!("/proc/{pid}/status")).ok()?;
    let value = |name: &str| {
        let line = status.lines().find_map(|line| line.strip_prefix(name))?;
        line.trim().strip_suffix("kB")?.trim().parse::<u64>().ok()
    };
    Some((value("VmRSS:")?, value("VmHWM:")?))
}
