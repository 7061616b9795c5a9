//! How to repeat the experiment, and where its figures come from.

use std::collections::BTreeSet;

use oddbench_core::results::ExperimentResults;
use serde_json::json;

use crate::document::Block;
use crate::figures::Figure;
use crate::render::escape::shell;
use crate::scene::Scene;
use crate::topic::Topic;

/// The section.
pub const TOPIC: Topic = Topic::new("reproduce", "How to reproduce", blocks);

fn blocks(scene: &Scene<'_>, _: Vec<Figure>) -> Vec<Block> {
    let manifest = &scene.results.manifest;
    vec![
        Block::Command(command(&manifest.spec_path, &manifest.overrides)),
        Block::Facts(provenance(scene.results)),
        Block::Json("The resolved experiment", json!(manifest.experiment)),
    ]
}

/// Where the figures come from: digests and dates.
fn provenance(results: &ExperimentResults) -> Vec<(&'static str, String)> {
    let manifest = &results.manifest;
    let mut facts = vec![
        ("Experiment file", manifest.spec_path.clone()),
        ("Data digest (SHA-256)", manifest.data.digest.clone()),
        ("Record format", manifest.format_version.to_string()),
    ];
    let ended = results
        .trials
        .iter()
        .filter_map(|trial| trial.record.as_ref())
        .map(|record| &record.finished_at);
    if let Some(last) = ended.max() {
        facts.push(("Last trial ended", last.clone()));
    }
    facts.extend(given(results).map(|files| ("Scores from elsewhere (SHA-256)", files)));
    facts
}

/// The files of scores that were computed elsewhere, each with its digest. The experiment alone does not make
/// them. `None` if there are none.
fn given(results: &ExperimentResults) -> Option<String> {
    let trials = results.trials.iter().filter_map(|trial| trial.trial.given.as_ref());
    let files: BTreeSet<String> =
        trials.map(|given| format!("{} {}", given.path, given.sha256)).collect();
    Some(files.into_iter().collect::<Vec<_>>().join("; ")).filter(|files| !files.is_empty())
}

/// The command that makes these results.
pub fn command(file: &str, overrides: &[String]) -> String {
    let mut words = vec!["oddbench".to_owned(), "run".to_owned(), shell(file)];
    for text in overrides {
        match text.split_once(' ') {
            Some((option, value)) if option.starts_with("--") => {
                words.extend([option.to_owned(), shell(value)]);
            }
            _ => words.push(shell(text)),
        }
    }
    words.join(" ")
}
