//! Data sets: where they come from, how they are fetched, verified, parsed or generated, and the
//! parquet files that scores are kept in. The only crate that names parquet and an HTTP client.

pub mod anchors;
pub mod audit;
pub mod catalog;
mod categories;
pub mod columns;
mod csv_lines;
mod csv_records;
pub mod datasets;
pub mod describe;
pub mod digest;
mod error;
pub mod exchange;
pub mod export;
pub mod fetch;
pub mod files;
pub mod measured_epochs;
mod parquet;
pub mod rows;
pub mod scores;
pub mod split_file;
mod times;
mod values;

pub use csv_lines::csv_lines;
pub use datasets::{DatasetKind, Source, SourceInfo};
pub use describe::{Description, describe};
pub use error::DataError;
pub use export::{Exported, export};
pub use fetch::{
    Attempt, Cache, Download, Fault, FetchError, FileStatus, Mirror, Patience, Silent,
};
pub use times::TimeKey;
