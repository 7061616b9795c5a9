//! `[split]`: which rows train, validate and test.

use std::path::Path;

use oddbench_core::experiment::DatasetSettings;
use oddbench_core::keys::KeyFault;
use oddbench_core::split::{DataTables, Imported, SPLITS, SplitSettings};
use oddbench_data::{Source, split_file};
use schemars::Schema;
use toml::Table;

use super::section::{Section, as_schema};
use crate::spec::error::Fault;
use crate::spec::locate::{Document, KeyPath};
use crate::spec::structure::control_fault;

/// The section as the registry of splits describes it.
const SECTION: Section =
    Section { tag: "kind", entries: SPLITS, shared: &[], several: "", example: "holdout" };

/// The section, resolved for the data set.
pub(super) fn split(
    table: &Table,
    dataset: &DatasetSettings,
    source: &Source,
    base: &Path,
) -> Result<SplitSettings, Fault> {
    let at = KeyPath::of(&["split"]);
    let mut split: SplitSettings = SECTION.read(&at, table)?;
    if let SplitSettings::Imported(imported) = &mut split {
        import(imported, &at.key("file"), source, base)?;
    }
    let info = source.info();
    let families = info.outlier_families(&dataset.policy);
    let data = DataTables {
        kind: &dataset.kind,
        has_test: source.has_test_table(),
        columns: &info.columns,
        beside: &info.beside,
        unread: &info.unread,
        families: families.as_deref(),
    };
    split
        .complete(&data)
        .map_err(|fault| Section::fault(&at, |key| table.contains_key(key), fault))?;
    Ok(split)
}

/// Reads the file of an imported split and compares it with the data set.
fn import(
    imported: &mut Imported,
    key: &KeyPath,
    source: &Source,
    base: &Path,
) -> Result<(), Fault> {
    control_fault(key, &imported.file).map_or(Ok(()), Err)?;
    let content = split_file::read(&base.join(&imported.file))
        .map_err(|fault| Fault::value(key, fault.message, fault.help))?;
    imported
        .take(content, &source.digest())
        .map_err(|fault| Section::fault(&KeyPath::of(&["split"]), |_| true, fault))
}

/// The place of a fault that the rows have shown.
pub(crate) fn key_fault(document: &Document, fault: KeyFault) -> Fault {
    let at = KeyPath::of(&["split"]);
    Section::fault(&at, |key| document.has(&at.key(key)), fault)
}

pub(crate) fn schema(_: &mut schemars::SchemaGenerator) -> Schema {
    as_schema(SECTION.schema(|_| &[]))
}
