//! What two runs say about program and machine.

use oddbench_core::record::Manifest;
use oddbench_core::settings::{Setting, differing};
use serde_json::json;

/// Program and machine, key by key where they differ.
pub(super) fn provenance(manifests: [&Manifest; 2]) -> Vec<Setting> {
    differing(manifests.map(|manifest| {
        json!({
            "git_revision": manifest.git_revision,
            "oddbench": manifest.oddbench,
            "machine": manifest.environment,
            "overrides": manifest.overrides,
        })
    }))
}
