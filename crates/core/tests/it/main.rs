//! The crate's functions compared with independent truths.

#![expect(clippy::unwrap_used, reason = "clippy's allowance for tests ends at their own functions")]

mod ensemble;
mod fpr;
mod golden;
mod metrics;
mod mixture;
mod normal;
mod operating;
mod preprocess;
mod records;
mod shortcuts;
mod stats;
mod two_models;
