//! What several modules need: a silent download, caches, and the real data where there is any.

use std::io::Write;
use std::path::{Path, PathBuf};

pub use oddbench_data::Silent;
use oddbench_data::{Cache, Mirror};

/// A cache in that folder that never uses the network.
pub fn offline(dir: &Path, mirror: Option<Mirror>) -> Cache {
    Cache { dir: dir.into(), mirror, offline: true, watch: Box::new(Silent) }
}

/// The folder of the real data, or a line that says that the test was skipped.
pub fn real_data(test: &str) -> Option<PathBuf> {
    match std::env::var_os("ODDBENCH_MIRROR") {
        Some(folder) if !folder.is_empty() => Some(folder.into()),
        _ => {
            // libtest keeps what `eprintln!` prints of a test that passes; this reaches the reader.
            let _ = writeln!(std::io::stderr(), "SKIPPED (no ODDBENCH_MIRROR): {test}");
            None
        }
    }
}
