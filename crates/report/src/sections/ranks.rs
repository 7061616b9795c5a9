//! Mean ranks over blocks, with the test that says whether they differ.

pub mod blocks;
mod diagram;

use crate::document::Block;
use crate::figures::{Figure, Plot};
use crate::format;
use crate::spread::Spread;
use crate::table::{Cell, Head, Table, heads};
use crate::topic::Topic;
use blocks::{ALPHA, Blocks};
pub use blocks::{Ranks, across, over_sets};

/// The section: a table with its test, or why there is none.
pub const TOPIC: Topic = Topic {
    plots: |scene| plot(scene.ranks(), scene.stamp()).into_iter().collect(),
    ..Topic::new("ranks", "Ranks over blocks", |scene, figures| said(scene.ranks(), figures))
};

/// The diagram, if models are ranked.
pub fn plot<'s>(ranks: &'s Result<Ranks, String>, stamp: Option<&'static str>) -> Option<Plot<'s>> {
    let ranks = ranks.as_ref().ok()?;
    let stem = match ranks.blocks {
        Blocks::Sets => format!("critical-difference-{}", ranks.metric.name().replace('_', "-")),
        _ => "critical-difference".to_owned(),
    };
    Some(Plot::new(stem, move || diagram::draw(ranks, stamp)))
}

/// What the test says with its table, or why there is none.
pub fn said(ranks: &Result<Ranks, String>, figures: Vec<Figure>) -> Vec<Block> {
    match ranks {
        Ok(ranks) => Block::usual(sentences(ranks), figures, [table(ranks)]),
        Err(why) => Block::usual([why.clone()], figures, []),
    }
}

/// The ranked figures: a line per model, a column per block.
pub fn values(ranks: &Ranks) -> Table {
    let mut head = heads(&["Model"], &[]);
    head.extend(ranks.names.iter().map(|name| Head::new(name, true)));
    let row = |&model: &usize| {
        let value = |block: &Vec<f64>| Cell::of(block[model], format::share(block[model]));
        let name = Cell::new(&ranks.models[model]);
        [name].into_iter().chain(ranks.values.iter().map(value)).collect()
    };
    let rows = ranks.order().iter().map(row).collect();
    Table::new("ROC-AUC of each model in each block, medians over trials", head, rows)
}

/// What the test says, in words.
fn sentences(ranks: &Ranks) -> Vec<String> {
    let test = &ranks.test;
    let p = match test.p_value {
        p if p < 0.001 => "below 0.001".to_owned(),
        p => format!("{p:.3}"),
    };
    let says = match test.p_value < ALPHA {
        true => "the models' ranks differ by more than chance",
        false => {
            "the models' ranks do not differ by more than chance, and no pair should be read as different"
        }
    };
    let mut text = vec![format!(
        "Friedman's chi-squared over {} {} and {} models is {:.3}, p {p}: {says}. Nemenyi's critical difference at {ALPHA} is {:.3} ranks; models whose mean ranks are closer are not told apart (Demšar 2006).",
        ranks.names.len(),
        ranks.blocks.word(),
        ranks.models.len(),
        test.statistic,
        test.critical_difference,
    )];
    match ranks.blocks {
        Blocks::Seeds => text.push("The blocks are seeds on the same test rows: this says whether the order holds from seed to seed, not whether it would on other data. A model without chance has the same figure in every block.".into()),
        Blocks::Folds => text.push("Folds share training rows, so that the blocks are not independent and p is too small rather than too great.".into()),
        Blocks::Experiments if ranks.names.len() < 5 => text.push("So few blocks tell apart only models that are far from each other.".into()),
        Blocks::Experiments => {}
        Blocks::Sets => text.push("A block is a data set, and a model's value on it is the median over its trials.".into()),
    }
    text
}

fn table(ranks: &Ranks) -> Table {
    let order = ranks.order();
    let groups = ranks.groups();
    let over_sets = ranks.blocks == Blocks::Sets;
    let row = |(place, &model): (usize, &usize)| {
        let values = ranks.values.iter().map(|block| block[model]);
        let spread = Spread::of(values);
        let member = |group: &(usize, usize)| (group.0..=group.1).contains(&place);
        let letters: String =
            groups.iter().zip('a'..).filter(|(g, _)| member(g)).map(|(_, letter)| letter).collect();
        let rank = ranks.test.mean_ranks[model];
        let mut cells = vec![
            Cell::new(&ranks.models[model]),
            Cell::of(rank, format!("{rank:.2}")),
            Cell::spread(spread, ranks.values.len(), format::share),
            Cell::new(ranks.values.len().to_string()),
        ];
        cells.extend(over_sets.then(|| Cell::count(ranks.wins(model))));
        cells.push(Cell::new(if letters.is_empty() { format::UNKNOWN } else { &letters }));
        cells
    };
    let mut head = heads(
        &["Model"],
        &["Mean rank", &format!("{}, median over blocks", ranks.metric.title()), "Blocks"],
    );
    head.extend(over_sets.then(|| Head::new("Best on", true)));
    head.push(Head::new("Group", false));
    let rows = order.iter().enumerate().map(row).collect();
    let caption = format!("Mean ranks by {}, the best first", ranks.metric.title());
    Table::new(caption, head, rows).notes([format!(
            "Rank 1 is the best of a block, ties share their mean rank. Median over blocks, with the least and the greatest: {}. Models that share a letter are not told apart; {} with none differs from every other.",
            ranks.names.join(", "),
            format::UNKNOWN
    )])
}
