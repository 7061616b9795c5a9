//! Data sets: where they come from, how they are fetched, verified, parsed or generated, and the
//! parquet files that scores are kept in. The only crate that names polars and an HTTP client.

pub mod anchors;
pub mod audit;
pub mod catalog;
mod csv_lines;
mod csv_records;
mod delimited;
pub mod describe;
pub mod digest;
mod error;
pub mod export;
pub mod fetch;
pub mod files;
mod kdd99;
mod nsl_kdd;
pub mod rows;
pub mod scores;
pub mod source;
mod synthetic;
pub mod table_file;

pub use csv_lines::csv_lines;
pub use describe::{Description, describe};
pub use error::DataError;
pub use export::{Exported, export};
pub use fetch::{Attempt, Cache, Download, Fault, FetchError, FileStatus, Mirror, Patience};
pub use nsl_kdd::{NslTest, NslTrain};
pub use source::{Source, SourceInfo};
