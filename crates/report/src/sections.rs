//! The registry of a report's sections: one file or folder each, and one line here. A section's file holds what it
//! computes, its words, its tables and its figures.

use crate::document::Block;
use crate::figures::{Figure, Plot};
use crate::scene::Scene;

/// Declares the sections and lists them in the order of the documents.
macro_rules! sections {
    ($($visible:vis $section:ident),+ $(,)?) => {
        $($visible mod $section;)+

        /// Every section, in the order of the documents.
        pub const TOPICS: &[Topic] = &[$($section::TOPIC),+];
    };
}

sections! {
    comparison,
    transfer,
    medians,
    cost,
    pub published,
    overview,
    defects,
    pub attacks,
    sweep,
    pub certainty,
    pub ranks,
    pub backends,
    pub audit,
    models,
    failures,
    run,
    reproduce,
}

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
