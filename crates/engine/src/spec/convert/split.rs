//! `[split]`: which rows train, validate and test.

use oddbench_core::split::{DataTables, SPLITS, SplitSettings};
use schemars::Schema;
use toml::Table;

use super::section::Section;
use crate::spec::error::Fault;
use crate::spec::locate::KeyPath;

/// The section as the registry of splits describes it.
const SECTION: Section =
    Section { tag: "kind", entries: SPLITS, shared: &[], several: "", example: "holdout" };

pub(super) fn split(table: &Table, data: DataTables<'_>) -> Result<SplitSettings, Fault> {
    let at = KeyPath::of(&["split"]);
    let split: SplitSettings = SECTION.read(&at, table)?;
    split.kind().check(data).map_err(|fault| Section::fault(&at, table, fault))?;
    Ok(split)
}

pub(crate) fn schema(_: &mut schemars::SchemaGenerator) -> Schema {
    SECTION.schema()
}
