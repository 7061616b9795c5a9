//! `GET /api/experiments`: what is in the results folder, without loading a score.

use axum::Json;
use axum::extract::State;
use oddbench_core::record::{Manifest, Outcome};
use oddbench_engine::Store;
use serde_json::{Value, json};

use crate::error::Answer;
use crate::library::rule_name;
use crate::state::App;

/// Every experiment, and those that cannot be read with the reason.
pub async fn experiments(State(app): State<App>) -> Answer<Json<Value>> {
    let state = app.clone();
    app.compute(move || {
        let (mut experiments, mut broken) = (Vec::new(), Vec::new());
        for name in state.library.names() {
            match state.library.store(&name).and_then(|store| summary(&name, &store)) {
                Ok(summary) => experiments.push(summary),
                Err(error) => broken.push(error.named(&name)),
            }
        }
        Ok(Json(json!({ "experiments": experiments, "broken": broken })))
    })
    .await
}

fn summary(name: &str, store: &Store) -> Answer<Value> {
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
    let mut models: Vec<&str> = Vec::new();
    for trial in &manifest.trials {
        if !models.contains(&trial.name.as_str()) {
            models.push(&trial.name);
        }
    }
    let data = &manifest.data;
    Ok(json!({
        "name": name, "description": manifest.description, "dataset": data.dataset,
        "synthetic": data.synthetic, "features": data.features, "labels": data.labels,
        "split": data.split, "models": models, "trials": manifest.trials.len(),
        "completed": completed, "failed": failed, "missing": missing,
        "thresholds": thresholds(&manifest), "finished_at": finished_at,
    }))
}

/// The rules with what a reader must know of each.
pub fn thresholds(manifest: &Manifest) -> Vec<Value> {
    let rules = manifest.thresholds.iter();
    rules.map(|rule| json!({ "name": rule_name(rule), "oracle": rule.is_oracle() })).collect()
}
