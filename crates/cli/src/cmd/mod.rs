//! One file per verb.

pub mod check;
pub mod compare;
pub mod completions;
pub mod data;
pub mod devices;
pub mod fit;
pub mod models;
pub mod plan;
pub mod report;
pub mod run;
pub mod schema;
pub mod score;
pub mod serve;
pub mod trial;
