//! Model by model: notes, figures, every trial, parameters.

mod confusion;
mod histogram;
mod learning;
mod roc;
mod threshold_curve;
mod trials;

use oddbench_core::given::SCORES;
use oddbench_core::record::{Outcome, TrialInfo};
use oddbench_core::results::{ExperimentResults, TrialResult};

use crate::aggregate::SummaryRow;
use crate::document::{Block, Part};
use crate::figures::{Figure, Plot};
use crate::runs::{has_folds, run_name};
use crate::scene::Scene;
use crate::slug::slugs;
use crate::topic::Topic;

/// The section, with a part per row.
pub const TOPIC: Topic = Topic { plots, ..Topic::new("models", "Models", blocks) };

fn blocks(scene: &Scene<'_>, figures: Vec<Figure>) -> Vec<Block> {
    let mut figures = figures.into_iter().peekable();
    let mut part = |(at, row): (usize, &SummaryRow)| {
        let mut own = Vec::new();
        while let Some(figure) = figures.next_if(|figure| figure.row == Some(at)) {
            own.push(figure);
        }
        Block::Part(part(scene, at, row, own))
    };
    scene.rows.iter().enumerate().map(&mut part).collect()
}

fn part(scene: &Scene<'_>, at: usize, row: &SummaryRow, figures: Vec<Figure>) -> Part {
    let mut blocks = vec![Block::Tags(tags(row))];
    let notes = notes(scene.results, row);
    blocks.extend((!notes.is_empty()).then_some(Block::List(notes)));
    let none = || Block::Text("No trial of this model has scores.".into());
    blocks.push(Block::figures(figures).unwrap_or_else(none));
    let title = match row.trials.len() {
        1 => "Its one trial".to_owned(),
        n => format!("All {n} trials"),
    };
    let rules = 0..scene.results.manifest.experiment.thresholds.len();
    let tables = rules.map(|rule| trials::table(scene, row, rule)).collect();
    blocks.push(Block::Folded(title, tables));
    blocks.push(Block::Json("Parameters", row.params.clone()));
    Part { id: format!("model-{}", at + 1), title: row.name.clone(), blocks, folded: true }
}

fn tags(row: &SummaryRow) -> Vec<(String, bool)> {
    let backend = match row.device.as_deref() {
        // Files of scores, which differ from seed to seed.
        _ if row.kind == SCORES => "fitted elsewhere".into(),
        Some(device) if device != row.backend => format!("{} on {device}", row.backend),
        _ => row.backend.clone(),
    };
    let supervised = row.supervised.then(|| ("supervised: trained with labels".to_owned(), true));
    let incomplete = row.status.completed < row.trials.len();
    let status = row.progress_in_words();
    let kind = [(row.kind.clone(), false)].into_iter().chain(supervised);
    kind.chain([(backend, false), (status, incomplete)]).collect()
}

fn plots<'s>(scene: &'s Scene<'_>) -> Vec<Plot<'s>> {
    let subject = scene.subject();
    let curves = scene.curves();
    let names = slugs(subject.rows.iter().map(|row| row.name.as_str()));
    let mut plots = Vec::new();
    for (position, (row, slug)) in subject.rows.iter().zip(names).enumerate() {
        let Some(median) = row.median_trial else { continue };
        let mut add = |plot: Plot<'s>| plots.push(plot.of_row(position));
        add(Plot::new(format!("histogram-{slug}"), move || histogram::draw(subject, row)));
        if curves[median].is_some() {
            add(Plot::new(format!("roc-{slug}"), move || roc::draw(subject, curves, row)));
            let draw = move || threshold_curve::draw(subject, row);
            add(Plot::new(format!("threshold-{slug}"), draw));
        }
        let evaluation = subject.results.trials[median].evaluations.first();
        if evaluation.is_some_and(|evaluation| evaluation.confusion.is_some()) {
            add(Plot::new(format!("confusion-{slug}"), move || confusion::draw(subject, row)));
        }
        if row.trials.iter().any(|&at| learning::epochs(&subject.results.trials[at]).is_some()) {
            add(Plot::new(format!("learning-{slug}"), move || learning::draw(subject, row)));
        }
    }
    plots
}

/// What the trials of a row noted, each once, with the seeds and folds that noted it.
fn notes(results: &ExperimentResults, row: &SummaryRow) -> Vec<String> {
    let mut notes: Vec<(&str, Vec<&TrialInfo>)> = Vec::new();
    for trial in row.trials.iter().map(|&at| &results.trials[at]) {
        for note in own_notes(trial) {
            match notes.iter_mut().find(|(known, _)| known == note) {
                Some((_, trials)) => trials.push(&trial.trial),
                None => notes.push((note, vec![&trial.trial])),
            }
        }
    }
    let shown = |(note, trials): (&str, Vec<&TrialInfo>)| match noted_by(
        &trials,
        row.trials.len(),
        has_folds(results),
    ) {
        Some(who) => format!("{note} ({who})"),
        None => note.to_owned(),
    };
    notes.into_iter().map(shown).collect()
}

fn own_notes(trial: &TrialResult) -> &[String] {
    match trial.record.as_ref().map(|record| &record.outcome) {
        Some(Outcome::Completed { notes, .. }) => notes,
        _ => &[],
    }
}

/// `seed 3`, `seeds 1, 3`, `every seed`; `fold 2; seed 1, fold 3` where there are folds. `None` if the
/// row has one trial.
fn noted_by(trials: &[&TrialInfo], of: usize, folds: bool) -> Option<String> {
    let names = || trials.iter().map(|trial| run_name(trial)).collect::<Vec<_>>();
    let seeds = || {
        let seed = |trial: &&TrialInfo| trial.seed.map_or("any".to_owned(), |s| s.to_string());
        trials.iter().map(seed).collect::<Vec<_>>().join(", ")
    };
    match (folds, trials.len()) {
        _ if of <= 1 => None,
        (true, n) if n == of => Some("every trial".into()),
        (true, _) => Some(names().join("; ")),
        (false, n) if n == of => Some("every seed".into()),
        (false, 1) => Some(format!("seed {}", seeds())),
        (false, _) => Some(format!("seeds {}", seeds())),
    }
}
