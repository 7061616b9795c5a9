//! How to repeat the experiment, and where its figures come from.

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
    facts
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
