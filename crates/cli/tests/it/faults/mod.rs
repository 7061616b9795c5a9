//! Planted faults: a disk that fails at any write, files that are not as they were written, storage without locks or
//! links, a folder that is read-only, a clock that goes back. Each time: no wrong figure, no panic, always a way on.
//!
//! Here a spread sample is tried. `scripts/faults.sh` tries all and says how many that are.

mod at_rest;
mod disk;
mod figures;
mod single;
mod storage;
mod writes;

use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

/// Quick trials of two models and an ensemble.
const SMALL: &str = r#"
name = "small"
dataset = { kind = "synthetic", rows = 400, features = ["src_bytes", "count", "serror_rate"] }
split = { kind = "holdout" }
threshold = { rule = "max-f1" }
model = [
  { kind = "hbos" },
  { kind = "isolation-forest", params = { n_estimators = 3 } },
]
ensemble = [{ members = ["hbos", "isolation-forest"] }]
"#;

/// A table to fit a model on and to score.
fn table() -> String {
    let mut text = "a,b,c\n".to_owned();
    for row in 0..120 {
        text.push_str(&format!("{},{},{}\n", row % 7, (row * row) % 31, row % 2));
    }
    text
}

/// Whether all faults are to be tried, as `scripts/faults.sh` wants it.
fn all() -> bool {
    std::env::var_os("ODDBENCH_FAULTS").is_some_and(|what| what == "all")
}

/// At most that many of 0 to `count - 1`, evenly spread; all of them if all are to be tried.
fn sample(count: usize, most: usize) -> Vec<usize> {
    match all() || count <= most {
        true => (0..count).collect(),
        false => (0..most).map(|at| at * count / most).collect(),
    }
}

/// Does something with each, as many at a time as there are cores.
fn in_parallel<T: Sync>(items: &[T], work: impl Fn(&T) + Sync) {
    let next = AtomicUsize::new(0);
    let threads = thread::available_parallelism().map_or(2, usize::from);
    thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| {
                while let Some(item) = items.get(next.fetch_add(1, Ordering::Relaxed)) {
                    work(item);
                }
            });
        }
    });
}

/// A line for `scripts/faults.sh`, past libtest's capture.
fn count(text: &str) {
    if all() {
        use std::io::Write;
        let _ = writeln!(std::io::stderr(), "FAULTS {text}");
    }
}
