//! The verdict as a section: the first of every format.

use crate::document::Block;
use crate::figures::Figure;
use crate::scene::Scene;
use crate::sections::cost;
use crate::topic::Topic;
use crate::verdict;

/// The section, with the figure of quality and cost below the answer.
pub const TOPIC: Topic = Topic {
    plots: cost::plots,
    paper: true,
    terminal: true,
    ..Topic::new("verdict", "Verdict", blocks)
};

fn blocks(scene: &Scene<'_>, figures: Vec<Figure>) -> Vec<Block> {
    let found = verdict::of_scene(scene);
    let mut blocks: Vec<Block> = found.sentences.into_iter().map(Block::Text).collect();
    if !found.caveats.is_empty() {
        blocks.push(Block::Text("What would change it:".to_owned()));
        blocks.push(Block::List(found.caveats));
    }
    blocks.extend(Block::figures(figures));
    blocks
}
