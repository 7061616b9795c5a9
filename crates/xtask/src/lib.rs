//! Chores of this repository that write parts of its documents. `main.rs` has the commands.

use std::path::{Path, PathBuf};
use std::process::Command;

pub mod figures;
pub mod program;
pub mod reference;

/// Cargo, as a user would start it: without what an outer cargo says of this package. Some build scripts look at it
/// (that of `ring` does), and cargo would build them and all that needs them once more.
#[must_use]
pub fn cargo() -> Command {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let mut command = Command::new(cargo);
    for (name, _) in std::env::vars_os() {
        let of_package = ["CARGO_PKG_", "CARGO_MANIFEST_", "CARGO_BIN_", "CARGO_CRATE_"];
        if name.to_str().is_some_and(|name| of_package.iter().any(|part| name.starts_with(part))) {
            command.env_remove(name);
        }
    }
    command
}

/// The root of the repository.
#[must_use]
pub fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}
