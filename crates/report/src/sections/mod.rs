//! The sections of a report, one file or folder each: what it computes, its words, tables and figures.

pub mod attacks;
pub mod audit;
pub mod backends;
pub mod certainty;
mod comparison;
mod cost;
mod defects;
mod failures;
mod medians;
mod models;
mod overview;
pub mod published;
pub mod ranks;
mod reproduce;
mod run;
mod sweep;
mod transfer;

use crate::document::Block;
use crate::figures::{Figure, Plot};
use crate::scene::Scene;

/// Every section, in the order of the documents. A new one needs its file and its line here.
pub const TOPICS: &[Topic] = &[
    comparison::TOPIC,
    transfer::TOPIC,
    medians::TOPIC,
    cost::TOPIC,
    published::TOPIC,
    overview::TOPIC,
    defects::TOPIC,
    attacks::TOPIC,
    sweep::TOPIC,
    certainty::TOPIC,
    ranks::TOPIC,
    backends::TOPIC,
    audit::TOPIC,
    models::TOPIC,
    failures::TOPIC,
    run::TOPIC,
    reproduce::TOPIC,
];

/// What a section is about, and what makes it.
pub struct Topic {
    /// Names it in links: lower-case letters and hyphens, no two alike.
    pub id: &'static str,
    /// The heading.
    pub title: &'static str,
    /// What it says, around its figures as [`Topic::plots`] lists them. Nothing: there is no section.
    pub blocks: fn(&Scene<'_>, Vec<Figure>) -> Vec<Block>,
    /// Its figures, still to be drawn.
    pub plots: for<'s> fn(&'s Scene<'_>) -> Vec<Plot<'s>>,
    /// Whether its tables are for a paper.
    pub paper: bool,
    /// Whether the terminal shows its first table.
    pub terminal: bool,
}

impl Topic {
    /// A section without figures, for pages alone.
    const fn new(
        id: &'static str,
        title: &'static str,
        blocks: fn(&Scene<'_>, Vec<Figure>) -> Vec<Block>,
    ) -> Self {
        Self { id, title, blocks, plots: |_| Vec::new(), paper: false, terminal: false }
    }
}
