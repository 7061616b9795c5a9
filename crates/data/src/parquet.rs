//! Parquet files as columns of arrays: [`Pages`] decodes them, [`BlockWriter`] writes them.
//!
//! polars-parquet does the work. The whole of polars is not used: its data frames are a third of the time that a
//! clean build takes, and nothing here needs them.

mod blocks;
mod pages;

pub(crate) use blocks::{BlockWriter, write_columns};
pub(crate) use pages::Pages;
