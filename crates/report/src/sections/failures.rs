//! The trials that have no scores, and why. Those of losing configurations too: no other section says why they failed.

use oddbench_core::record::{Outcome, Stage, TrialInfo};
use oddbench_core::results::{ExperimentResults, TrialResult};
use oddbench_core::sweeps::{Failure, Sweep};

use crate::document::Block;
use crate::figures::Figure;
use crate::format;
use crate::scene::Scene;
use crate::table::{Cell, Table, heads};
use crate::topic::Topic;
use crate::tried;

/// The section.
pub const TOPIC: Topic = Topic::new("failures", "Failures", blocks);

/// Failed trials of a sweep that are listed: a sweep may have thousands, which fail for one reason.
const LISTED: usize = 20;

fn blocks(scene: &Scene<'_>, _: Vec<Figure>) -> Vec<Block> {
    let results = scene.results;
    let mut rows: Vec<Vec<Cell>> =
        results.trials.iter().filter_map(|trial| row(results, trial)).collect();
    rows.extend(
        results.sweeps.iter().flat_map(|sweep| sweep.failures.iter().take(LISTED)).map(lost),
    );
    let head = heads(&["Model", "Backend", "Seed", "Stage", "Why"], &[]);
    let table = Table::new("Trials without scores", head, rows).notes(notes(&results.sweeps));
    Block::tables((!table.groups[0].rows.is_empty()).then_some(table)).collect()
}

/// `None` for a trial that completed.
fn row(results: &ExperimentResults, trial: &TrialResult) -> Option<Vec<Cell>> {
    let info = &trial.trial;
    let (stage, message) = match trial.record.as_ref().map(|record| &record.outcome) {
        Some(Outcome::Completed { .. }) => return None,
        Some(Outcome::Failed { stage, message }) => (stage_name(*stage), message.as_str()),
        // The first trial of a sweep that has no winner stands for all of them.
        None => match tried::sweep_of(results, info).filter(|sweep| sweep.winner.is_none()) {
            Some(sweep) => return Some(unchosen(sweep)),
            None => {
                ("not run", "The experiment ended before this trial; run it again to complete it.")
            }
        },
    };
    Some(cells([&info.name, &info.backend, &seed(info), stage, message]))
}

/// A sweep that has no winner.
fn unchosen(sweep: &Sweep) -> Vec<Cell> {
    let missing = sweep.missing() > 0;
    let stage = if missing { "unfinished" } else { "choice" };
    let mut why = tried::undecided(sweep).unwrap_or_default();
    if missing {
        why.push_str(" Run the experiment again to complete it.");
    }
    cells([&sweep.name, &sweep.backend, "all", stage, &why])
}

/// A trial of a sweep that failed: its configuration could not win.
fn lost(failure: &Failure) -> Vec<Cell> {
    let (info, model) = (&failure.trial, tried::configured(failure));
    cells([&model, &info.backend, &seed(info), stage_name(failure.stage), &failure.message])
}

fn cells(texts: [&str; 5]) -> Vec<Cell> {
    texts.into_iter().map(Cell::new).collect()
}

fn seed(info: &TrialInfo) -> String {
    let mut seed = info.seed.map_or("any".to_owned(), |seed| seed.to_string());
    if let Some(fold) = info.fold_in_words() {
        seed.push_str(&format!(", {fold}"));
    }
    seed
}

fn notes(sweeps: &[Sweep]) -> Vec<String> {
    let mut notes = Vec::new();
    if sweeps.iter().any(|sweep| sweep.winner.is_some() && !sweep.failures.is_empty()) {
        notes.push("A configuration of a sweep that failed could not be chosen.".to_owned());
    }
    for sweep in sweeps.iter().filter(|sweep| sweep.failures.len() > LISTED) {
        let all = format::counted(sweep.failures.len(), "failed trial");
        notes.push(format!("Of the sweep of {}: the first {LISTED} of {all}.", sweep.name));
    }
    notes
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
