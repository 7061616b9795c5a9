//! The data sets that an experiment may name: one file each, which exports a [`DatasetKind`], and one
//! line each in [`KINDS`]. Names, keys, defaults, schema and messages are derived from these.

mod catalogued;
mod fixed_csv;
mod kdd99;
mod keys;
mod kind;
mod nsl_kdd;
mod set;
mod synthetic;
mod table;

pub use kdd99::kdd99;
pub use keys::{Help, KeyFault, Trouble};
pub use kind::{DatasetKind, Source};
pub use nsl_kdd::{NslTest, NslTrain, nsl_kdd};
pub use set::SourceInfo;
pub use synthetic::synthetic;

/// Every kind of data set, in the order of `oddbench data list`.
static KINDS: [DatasetKind; 6] =
    [kdd99::KIND, nsl_kdd::KIND, table::CSV, table::JSON_LINES, table::PARQUET, synthetic::KIND];

/// Every kind of data set.
pub fn kinds() -> &'static [DatasetKind] {
    &KINDS
}

/// The kind of that name.
pub fn find(name: &str) -> Option<&'static DatasetKind> {
    KINDS.iter().find(|kind| kind.name == name)
}
