//! The trials that have no scores, and why.

use oddbench_core::record::{Outcome, Stage};
use oddbench_core::results::TrialResult;

use crate::document::Block;
use crate::figures::Figure;
use crate::scene::Scene;
use crate::table::{Cell, Table, heads};
use crate::topic::Topic;

/// The section.
pub const TOPIC: Topic = Topic::new("failures", "Failures", blocks);

fn blocks(scene: &Scene<'_>, _: Vec<Figure>) -> Vec<Block> {
    let rows: Vec<Vec<Cell>> = scene.results.trials.iter().filter_map(row).collect();
    let head = heads(&["Model", "Backend", "Seed", "Stage", "Why"], &[]);
    let table = Table::new("Trials without scores", head, rows);
    Block::tables((!table.groups[0].rows.is_empty()).then_some(table)).collect()
}

/// `None` for a trial that completed.
fn row(trial: &TrialResult) -> Option<Vec<Cell>> {
    let (stage, message) = match trial.record.as_ref().map(|record| &record.outcome) {
        Some(Outcome::Completed { .. }) => return None,
        Some(Outcome::Failed { stage, message }) => (stage_name(*stage), message.as_str()),
        None => ("not run", "The experiment ended before this trial; run it again to complete it."),
    };
    let info = &trial.trial;
    let mut seed = info.seed.map_or("any".to_owned(), |seed| seed.to_string());
    if let Some(fold) = info.fold_in_words() {
        seed.push_str(&format!(", {fold}"));
    }
    let texts = [&info.name, &info.backend, &seed, stage, message];
    Some(texts.into_iter().map(Cell::new).collect())
}

/// A stage in a word.
pub fn stage_name(stage: Stage) -> &'static str {
    match stage {
        Stage::Prepare => "prepare",
        Stage::Fit => "fit",
        Stage::Score => "score",
        Stage::Store => "store",
        Stage::Process => "process",
    }
}
