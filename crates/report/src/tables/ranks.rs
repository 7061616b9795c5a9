//! Mean ranks over blocks, with the test that says whether they differ.

use super::{Cell, Group, Table, heads};
use crate::format;
use crate::ranks::{ALPHA, Blocks, Ranks};
use crate::section::Section;
use crate::spread::Spread;

/// The section: a table with its test, or why there is none.
pub fn ranks(found: &Result<Ranks, String>) -> Section {
    let (text, tables) = match found {
        Ok(ranks) => (sentences(ranks), vec![table(ranks)]),
        Err(why) => (vec![why.clone()], vec![]),
    };
    Section { id: "ranks", title: "Ranks over blocks", text, tables, sortable: false }
}

/// The ranked figures: a line per model, a column per block.
pub fn rank_values(ranks: &Ranks) -> Table {
    let mut head = heads(&[("Model", false)]);
    head.extend(ranks.names.iter().map(|name| super::Head { text: name.clone(), numeric: true }));
    let row = |&model: &usize| {
        let value = |block: &Vec<f64>| Cell {
            value: Some(block[model]),
            ..Cell::new(format::share(block[model]))
        };
        let name = Cell::new(&ranks.models[model]);
        [name].into_iter().chain(ranks.values.iter().map(value)).collect()
    };
    Table {
        caption: "ROC-AUC of each model in each block, means over trials".into(),
        head,
        groups: vec![Group { title: None, rows: ranks.order().iter().map(row).collect() }],
        notes: vec![],
    }
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
        match ranks.blocks {
            Blocks::Folds => "folds",
            Blocks::Seeds => "seeds",
            Blocks::Experiments => "experiments",
        },
        ranks.models.len(),
        test.statistic,
        test.critical_difference,
    )];
    match ranks.blocks {
        Blocks::Seeds => text.push("The blocks are seeds on the same test rows: this says whether the order holds from seed to seed, not whether it would on other data. A model without chance has the same figure in every block.".into()),
        Blocks::Folds => text.push("Folds share training rows, so that the blocks are not independent and p is too small rather than too great.".into()),
        Blocks::Experiments if ranks.names.len() < 5 => text.push("So few blocks tell apart only models that are far from each other.".into()),
        Blocks::Experiments => {}
    }
    text
}

fn table(ranks: &Ranks) -> Table {
    let order = ranks.order();
    let groups = ranks.groups();
    let row = |(place, &model): (usize, &usize)| {
        let values = ranks.values.iter().map(|block| block[model]);
        let mean = Spread::of(values);
        let member = |group: &(usize, usize)| (group.0..=group.1).contains(&place);
        let letters: String =
            groups.iter().zip('a'..).filter(|(g, _)| member(g)).map(|(_, letter)| letter).collect();
        let rank = ranks.test.mean_ranks[model];
        vec![
            Cell::new(&ranks.models[model]),
            Cell { value: Some(rank), ..Cell::new(format!("{rank:.2}")) },
            Cell {
                value: mean.map(|s| s.mean),
                ..Cell::new(format::spread(mean, ranks.values.len(), format::share))
            },
            Cell::new(ranks.values.len().to_string()),
            Cell::new(if letters.is_empty() { format::UNKNOWN } else { &letters }),
        ]
    };
    Table {
        caption: "Mean ranks by ROC-AUC, the best first".into(),
        head: heads(&[
            ("Model", false),
            ("Mean rank", true),
            ("ROC-AUC", true),
            ("Blocks", true),
            ("Group", false),
        ]),
        groups: vec![Group { title: None, rows: order.iter().enumerate().map(row).collect() }],
        notes: vec![format!(
            "Rank 1 is the best of a block, ties share their mean rank. Mean ± sample standard deviation over blocks: {}. Models that share a letter are not told apart; {} with none differs from every other.",
            ranks.names.join(", "),
            format::UNKNOWN
        )],
    }
}
