//! The defects of the published study with their effects on this run.

mod effects;
mod judged;
mod rows;

use super::Topic;
use crate::aggregate::Spread;
use crate::document::Block;
use crate::figures::Figure;
use crate::format::{self, UNKNOWN};
use crate::scene::Scene;
use crate::table::{Cell, Group, Head, Table, heads};
use effects::Effect;

/// The section, for an experiment that repeats the study.
pub const TOPIC: Topic = Topic::new("defects", "Defects of the published study", blocks);

fn blocks(scene: &Scene<'_>, figures: Vec<Figure>) -> Vec<Block> {
    let Some(found) = effects::defects(scene.results, scene.rows) else { return vec![] };
    let mut notes = vec![
        "With less without, by the first threshold rule. Mean ± sample standard deviation over n trials; the same scores judged twice are compared trial by trial, different rows by their means.".to_owned(),
    ];
    let figures_of = ["n", "With the defect", "Without", "Difference"];
    let mut head = heads(&["Model", "Metric"], &figures_of);
    head.push(Head::new("Without it is", false));
    let groups = found.iter().map(|defect| {
        let mut lines: Vec<Vec<Cell>> = defect.effects.iter().map(line).collect();
        if let Some(missing) = defect.missing {
            let mut cells = vec![Cell::new(UNKNOWN); head.len()];
            cells[0] = Cell::new("not in this run");
            cells[head.len() - 1] = Cell::new(missing);
            lines.push(cells);
        }
        Group { title: Some(defect.title.to_owned()), rows: lines }
    });
    let groups = groups.collect::<Vec<_>>();
    notes.push(format!("{UNKNOWN} not in this run, and from nowhere else."));
    let text = "Six defects of the published study, and what each does to the figures of this run";
    let table = Table::grouped(scene.caption(text), head, groups).notes(notes);
    let text = "The study is repeated here with its faults. Each figure below is computed from the records and scores of this run.";
    Block::usual([text.to_owned()], figures, [table])
}

fn line(effect: &Effect) -> Vec<Cell> {
    let spread = |spread: Spread| Cell::spread(Some(spread), 0, format::share);
    let difference = effect.difference;
    let mut text = format::difference(difference.mean);
    if let Some(sd) = difference.sd {
        text.push_str(&format!(" ± {}", format::share(sd)));
    }
    vec![
        Cell::new(&effect.model),
        Cell::new(effect.metric),
        Cell::new(effect.with.n.to_string()),
        spread(effect.with),
        spread(effect.without),
        Cell::of(difference.mean, text),
        Cell::new(&effect.how),
    ]
}
