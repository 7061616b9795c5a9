//! Chores of this repository that write parts of its documents. `main.rs` has the commands.

use std::path::{Path, PathBuf};

pub mod figures;
pub mod program;
pub mod reference;

/// The root of the repository.
#[must_use]
pub fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}
