//! What this program was built from, as its build script found it.

use std::sync::OnceLock;

use oddbench_core::record::Build;
use oddbench_data::digest;
use oddbench_models::Backend;

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

/// The version, the revision of the sources and the features, in one line:
/// `0.2.0, revision 0123456789ab, features: wgpu`.
pub fn version() -> &'static str {
    static VERSION: OnceLock<String> = OnceLock::new();
    VERSION.get_or_init(|| {
        let features = features();
        let features = if features.is_empty() { "none".to_owned() } else { features.join(", ") };
        let revision = build().revision.map_or_else(|| "unknown".to_owned(), |id| short(&id));
        format!("{}, revision {revision}, features: {features}", env!("CARGO_PKG_VERSION"))
    })
}

/// The features that were compiled in: the backends beside the CPU.
pub fn features() -> Vec<&'static str> {
    Backend::ALL.into_iter().filter_map(Backend::feature).collect()
}

/// Twelve digits of a commit name one in any repository; `-dirty` stays.
fn short(revision: &str) -> String {
    let (commit, rest) = revision.split_at(revision.find('-').unwrap_or(revision.len()));
    format!("{}{rest}", commit.get(..12).unwrap_or(commit))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_revision_is_cut_and_says_that_files_were_changed() {
        assert_eq!(short("0123456789abcdef0123-dirty"), "0123456789ab-dirty");
        assert_eq!(short("0123456789abcdef0123"), "0123456789ab");
        assert!(version().starts_with(env!("CARGO_PKG_VERSION")));
    }

    #[test]
    fn the_lock_file_is_that_of_the_workspace() {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../Cargo.lock");
        let there = digest::of_bytes(&std::fs::read(path).unwrap());
        assert_eq!(build().lock_sha256, Some(there));
        assert!(build().rustc.unwrap().starts_with("rustc 1."));
    }
}
