//! The server as its clients meet it: every route over a real socket on loopback, with a small
//! experiment on generated rows; and what must not bring it down.

#![expect(clippy::unwrap_used, reason = "a test that panics has failed")]

mod columns;
mod detect;
mod experiment;
mod follows;
mod fuzz;
mod http;
mod refusals;
mod results;
mod runs;
mod safety;
mod schema;
mod scoring;
mod server;
mod triage;
