//! `GET /api/experiments`: what is in the results folder, without loading a score.

use axum::Json;
use axum::extract::State;
use oddbench_core::record::{Manifest, Outcome};
use oddbench_engine::Store;
use schemars::JsonSchema;
use serde::Serialize;

use crate::error::{Answer, Broken};
use crate::library::rule_name;
use crate::state::App;

/// What is in the results folder.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Experiments {
    experiments: Vec<Summary>,
    /// Those that cannot be read.
    broken: Vec<Broken>,
}

/// An experiment in the list.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "ExperimentSummary")]
pub struct Summary {
    name: String,
    description: String,
    dataset: String,
    /// Whether its rows were generated.
    synthetic: bool,
    features: String,
    labels: String,
    split: String,
    /// The names of its models.
    models: Vec<String>,
    trials: usize,
    completed: usize,
    failed: usize,
    missing: usize,
    thresholds: Vec<Rule>,
    /// RFC 3339, UTC.
    finished_at: Option<String>,
}

/// A threshold rule.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Rule {
    name: String,
    /// Whether it sees the labels of the test rows.
    oracle: bool,
}

/// Every experiment, and those that cannot be read with the reason.
pub async fn experiments(State(app): State<App>) -> Answer<Json<Experiments>> {
    let state = app.clone();
    app.compute(move || {
        let (mut experiments, mut broken) = (Vec::new(), Vec::new());
        for name in state.library.names() {
            match state.library.store(&name).and_then(|store| summary(&name, &store)) {
                Ok(summary) => experiments.push(summary),
                Err(error) => broken.push(error.named(&name)),
            }
        }
        Ok(Json(Experiments { experiments, broken }))
    })
    .await
}

fn summary(name: &str, store: &Store) -> Answer<Summary> {
    let manifest = store.manifest()?;
    let (mut completed, mut failed, mut missing) = (0, 0, 0);
    let mut finished_at: Option<String> = None;
    for trial in &manifest.trials {
        let Some(record) = store.record(&trial.id)? else {
            missing += 1;
            continue;
        };
        match record.outcome {
            Outcome::Completed { .. } => completed += 1,
            Outcome::Failed { .. } => failed += 1,
        }
        // RFC 3339 in UTC sorts as text.
        finished_at = finished_at.max(Some(record.finished_at));
    }
    let mut models: Vec<String> = Vec::new();
    for trial in &manifest.trials {
        if !models.contains(&trial.name) {
            models.push(trial.name.clone());
        }
    }
    let (thresholds, data) = (thresholds(&manifest), manifest.data);
    Ok(Summary {
        name: name.to_owned(),
        description: manifest.experiment.description,
        dataset: data.dataset,
        synthetic: data.synthetic,
        features: data.features,
        labels: data.labels,
        split: data.split,
        models,
        trials: manifest.trials.len(),
        completed,
        failed,
        missing,
        thresholds,
        finished_at,
    })
}

/// The rules with what a reader must know of each.
pub fn thresholds(manifest: &Manifest) -> Vec<Rule> {
    let rules = manifest.experiment.thresholds.iter();
    rules.map(|rule| Rule { name: rule_name(rule), oracle: rule.is_oracle() }).collect()
}
