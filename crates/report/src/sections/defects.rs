//! The six defects of the published 2020 study, and the effect of each on this run: from the same scores judged
//! otherwise, or from the row beside it that lacks the defect. The report names what a run does not hold. No figure is
//! from elsewhere.

mod effects;
mod judged;
mod rows;

use oddbench_core::results::ExperimentResults;

use crate::aggregate::{Spread, SummaryRow};
use crate::document::Block;
use crate::figures::Figure;
use crate::format::{self, UNKNOWN};
use crate::scene::Scene;
use crate::table::{Cell, Group, Head, Table, heads};
use crate::topic::Topic;
use effects::{Defect, Effect};

/// The anchors of the study whose defects these are.
const STUDY: &str = "deepad-2020";

/// The section, for an experiment that repeats the study.
pub const TOPIC: Topic = Topic::new("defects", "Defects of the published study", blocks);

fn blocks(scene: &Scene<'_>, figures: Vec<Figure>) -> Vec<Block> {
    let Some(found) = defects(scene.results, scene.rows) else { return vec![] };
    let mut notes = vec![
        "With less without, by the first threshold rule. Medians over n trials, with the least and the greatest. The same scores judged twice are compared trial by trial, and the difference is the median of the trials' differences; different rows are compared by their medians.".to_owned(),
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
    let table = Table::grouped(scene.caption(text), head, groups).notes(notes).wide([2]);
    let text = "The study is repeated here with its faults. Each figure below is computed from the records and scores of this run.";
    Block::usual([text.to_owned()], figures, [table])
}

/// The six defects; `None` if the experiment is not compared with the study under the study's labels.
fn defects(results: &ExperimentResults, rows: &[SummaryRow]) -> Option<Vec<Defect>> {
    let study = results.manifest.anchors.iter().find(|anchors| anchors.name == STUDY)?;
    if results.manifest.data.labels != "published" {
        return None;
    }
    let names = study.anchors.iter().map(|anchor| &anchor.name);
    let of_name = |name: &String| rows.iter().find(|row| row.model == *name);
    let models: Vec<&SummaryRow> = names.filter_map(of_name).collect();
    Some(vec![
        judged::labels(results, &models),
        judged::threshold_on_test(results, &models),
        judged::rounding(results, &models),
        rows::sign(results, rows),
        rows::batches(results, rows),
        rows::hundred_rows(results, &models),
    ])
}

fn line(effect: &Effect) -> Vec<Cell> {
    let spread = |spread: Spread| Cell::spread(Some(spread), 0, format::share);
    let difference = effect.difference;
    vec![
        Cell::new(&effect.model),
        Cell::new(effect.metric),
        Cell::new(effect.with.n.to_string()),
        spread(effect.with),
        spread(effect.without),
        Cell::spread(Some(difference), 0, format::difference),
        Cell::new(&effect.how),
    ]
}
