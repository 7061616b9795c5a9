//! What the file of a section provides: its names, and the functions that make it.

use crate::document::{Block, Section};
use crate::figures::{Figure, Plot};
use crate::scene::Scene;

/// A section of the report: its subject, and the functions that make it.
pub struct Topic {
    /// Names it in links: lower-case letters and hyphens, all different.
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
    pub const fn new(
        id: &'static str,
        title: &'static str,
        blocks: fn(&Scene<'_>, Vec<Figure>) -> Vec<Block>,
    ) -> Self {
        Self { id, title, blocks, plots: |_| Vec::new(), paper: false, terminal: false }
    }

    /// Its section with these figures; `None` if there is nothing to say.
    pub fn section(&self, scene: &Scene<'_>, figures: Vec<Figure>) -> Option<Section> {
        let blocks = (self.blocks)(scene, figures);
        (!blocks.is_empty()).then_some(Section {
            id: self.id,
            title: self.title,
            blocks,
            paper: self.paper,
            terminal: self.terminal,
        })
    }
}
