//! What this program was built from, as its build script found it.

use oddbench_core::record::Build;
use oddbench_data::digest;

const LOCK: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/Cargo.lock"));

/// The revision of the sources, the lock file, the compiler and the target.
pub fn build() -> Build {
    Build {
        revision: option_env!("ODDBENCH_BUILD_REVISION").map(str::to_owned),
        lock_sha256: (!LOCK.is_empty()).then(|| digest::of_bytes(LOCK)),
        rustc: option_env!("ODDBENCH_BUILD_RUSTC").map(str::to_owned),
        target: option_env!("ODDBENCH_BUILD_TARGET").map(str::to_owned),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_lock_file_is_that_of_the_workspace() {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../Cargo.lock");
        let there = digest::of_bytes(&std::fs::read(path).unwrap());
        assert_eq!(build().lock_sha256, Some(there));
        assert!(build().rustc.unwrap().starts_with("rustc 1."));
    }
}
