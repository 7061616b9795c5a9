//! Who prepares the rows: one process at a time, and only those that are not there.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::atomic::AtomicBool;

use oddbench_core::record::Manifest;

use crate::executor::prepared_path;
use crate::progress::{Event, Listener};
use crate::run_error::RunError;
use crate::spec::Spec;
use crate::store::{Claim, Holder, Store};

/// Claims manifest and rows; another process that is writing them is waited for.
pub(crate) fn claim_preparation(
    store: &Store,
    spec: &Spec,
    cancel: &AtomicBool,
    listener: &dyn Listener,
) -> Result<Claim, RunError> {
    let mut wait = |holder: &Holder| {
        let text = format!("the rows are being prepared by {holder}; waiting for it");
        listener.event(&Event::Told { set: spec.set_name().map(str::to_owned), text });
    };
    store.claim_preparation(cancel, &mut wait)?.ok_or(RunError::Interrupted)
}

/// Those of the trials at these positions whose prepared rows are missing, by that test.
pub(crate) fn without_rows(
    store: &Store,
    manifest: &Manifest,
    trials: &[usize],
    are_there: impl Fn(&Path) -> bool,
) -> Vec<usize> {
    let mut known: HashMap<PathBuf, bool> = HashMap::new();
    let mut lacks = |position: &usize| {
        let path = prepared_path(store, manifest, &manifest.trials[*position]);
        !*known.entry(path).or_insert_with_key(|path| are_there(path))
    };
    trials.iter().copied().filter(|position| lacks(position)).collect()
}
