//! What runs have left: experiments, their tables and figures, their trials.

pub mod detail;
pub mod figures;
pub mod list;
pub mod progress;
pub mod report;
pub mod trial;
pub mod verdict;
