//! `GET /api/experiments/{name}/progress`: how far an experiment is, without loading a score, so that a page can ask
//! every few seconds.

use axum::Json;
use axum::extract::{Path, State};
use oddbench_core::record::Outcome;
use schemars::JsonSchema;
use serde::Serialize;

use crate::error::{Answer, ApiError};
use crate::state::App;

/// How many trials there are, and how they went.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Progress {
    trials: usize,
    completed: usize,
    failed: usize,
    missing: usize,
    /// Of the missing ones, those that a living process works on.
    running: usize,
}

/// Counts them.
pub async fn progress(State(app): State<App>, Path(name): Path<String>) -> Answer<Json<Progress>> {
    let state = app.clone();
    app.compute(move || {
        let store = state.library.store(&name)?;
        let manifest = store.manifest()?;
        let trials = manifest.trials.len();
        let mut found = Progress { trials, completed: 0, failed: 0, missing: 0, running: 0 };
        for trial in &manifest.trials {
            match store.record(&trial.id)?.map(|record| record.outcome) {
                Some(Outcome::Completed { .. }) => found.completed += 1,
                Some(Outcome::Failed { .. }) => found.failed += 1,
                None => {
                    found.missing += 1;
                    let held = store.holder(&trial.id).map_err(ApiError::from)?;
                    found.running += usize::from(held.is_some());
                }
            }
        }
        Ok(Json(found))
    })
    .await
}
