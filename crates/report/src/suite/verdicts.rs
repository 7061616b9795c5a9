//! The verdict over all data sets: what the ranks say, then who is the best on each.

use super::over_sets::OverSets;
use super::{SetResults, SuiteResults};
use crate::document::{Block, Section};
use crate::format;
use crate::sections::ranks::Ranks;
use crate::sections::ranks::blocks::ALPHA;

/// The section: the first of every format.
pub fn section(suite: &SuiteResults, over: &[OverSets]) -> Section {
    let mut blocks: Vec<Block> = over
        .iter()
        .map(|over| match &over.ranks {
            Ok(ranks) => {
                Block::Text(overall(ranks, &format::counted(ranks.names.len(), "data set")))
            }
            Err(why) => Block::Text(why.clone()),
        })
        .collect();
    let of_set = |set: &SetResults| format!("{}: {}", set.name, set.verdict.sentences.join(" "));
    let sets: Vec<String> = suite.sets.iter().map(of_set).collect();
    if !sets.is_empty() {
        blocks.push(Block::Text("On each data set:".to_owned()));
        blocks.push(Block::List(sets));
    }
    Section { id: "verdict", title: "Verdict", blocks, paper: true, terminal: true }
}

/// The best mean rank over so many blocks, and which models are not told apart from it.
pub fn overall(ranks: &Ranks, blocks: &str) -> String {
    let order = ranks.order();
    let title = ranks.metric.title();
    let rank = |at: usize| format!("{:.2}", ranks.test.mean_ranks[at]);
    let Some(&best) = order.first() else { return String::new() };
    let of = format!(
        "{} has the best mean rank of {} models by median {title}, {}, over {blocks}",
        ranks.models[best],
        ranks.models.len(),
        rank(best),
    );
    let p = format::p_value(ranks.test.p_value);
    if ranks.test.p_value >= ALPHA {
        return format!(
            "{of}; but the ranks do not differ by more than chance (Friedman's p {p})."
        );
    }
    let near = ranks.groups().first().filter(|group| group.0 == 0).map(|group| group.1);
    let tied: Vec<String> = order[1..=near.unwrap_or(0)]
        .iter()
        .map(|&at| format!("{} ({})", ranks.models[at], rank(at)))
        .collect();
    let with = match tied.as_slice() {
        [] => "no other model is within the critical difference".to_owned(),
        tied => format!("not told apart from it: {}", tied.join(", ")),
    };
    format!("{of} (Friedman's p {p}); {with}.")
}
