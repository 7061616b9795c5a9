//! The exported split of an experiment: its rows, their labels and the fingerprint.

use oddbench_core::Dataset;
use oddbench_core::split::Split;
use oddbench_core::split::exported::{ExportedData, ExportedSplit, FORMAT, VERSION};
use serde_json::json;

use crate::labelled::LabelledTables;
use crate::run_error::RunError;
use crate::spec::Spec;
use crate::troubles::Troubles;

/// One fold of a split, for a file and as the numbers of its rows.
#[derive(Debug, Clone, PartialEq)]
pub struct ExportedFold {
    /// What `split.json` says.
    pub file: ExportedSplit,
    /// The rows by their numbers in the source tables.
    pub split: Split,
}

/// Draws the split of an experiment as a run would; `fold` is one of the split's own.
pub fn export_split(
    dataset: &Dataset,
    spec: &Spec,
    fold: Option<u32>,
) -> Result<ExportedFold, RunError> {
    let tables = LabelledTables::new(dataset, spec).map_err(|error| spec.rows_error(&error))?;
    let mut troubles = Troubles::of(spec);
    let rows = troubles.split(&tables, fold);
    troubles.finish()?;
    let rows = rows.ok_or_else(|| spec.rows_error(&"the rows cannot be split"))?;
    let settings = &spec.experiment.dataset;
    let parts = rows.exported(&tables);
    let file = ExportedSplit {
        format: FORMAT.to_owned(),
        format_version: VERSION,
        fingerprint: rows.fingerprint,
        data: ExportedData {
            dataset: settings.kind.clone(),
            digest: spec.source.digest(),
            labels: settings.labels.clone(),
            policy: Some(settings.policy.clone()),
        },
        split: Some(json!(spec.experiment.split.of_fold(fold))),
        fold,
        parts,
    };
    let split = file.parts.split();
    Ok(ExportedFold { file, split })
}
