//! Integration tests of `oddbench-data`, in one binary.
#![expect(clippy::unwrap_used, reason = "tests")]

mod export;
mod fetch;
mod judged_values;
mod kdd99;
mod messy_texts;
mod nsl_kdd;
mod parquet_types;
mod scores;
mod sets;
mod support;
mod synthetic;
mod unsw_nb15;
