//! The engine as its users meet it: experiment files in, errors or results out.

#![expect(clippy::unwrap_used, reason = "a test that panics has failed")]

mod broken_files;
mod broken_tables;
mod broken_text;
mod checked_rows;
mod documents;
mod ensembles;
mod exported;
mod external;
mod fakes;
mod faults;
mod fitted_models;
mod given;
mod good_files;
mod names;
mod plans;
mod processes;
mod protocols;
mod results;
mod runs;
mod schema;
mod scoring;
mod spellings;
mod splits;
mod suites;
mod sweeps;
mod transfer;
mod views;
