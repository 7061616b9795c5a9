//! Models that were fitted on uploads. They are kept when the rows of their fit are forgotten, so that other rows can
//! be scored with them, and can be given a name.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use axum::body::Body;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode};
use oddbench_engine::scoring::SavedModel;
use schemars::JsonSchema;
use serde::Deserialize;

use super::jobs::Job;
use super::request::{FitOn, JobRequest};
use crate::body;
use crate::error::{Answer, ApiError};
use crate::state::App;

/// Letters of a name at most.
const LONGEST: usize = 80;

/// A model that was fitted on an upload.
#[derive(Clone)]
pub struct FittedModel {
    /// The id of the job that has fitted it.
    pub job: String,
    /// What it is called.
    pub name: String,
    /// What it was fitted on, in words.
    pub fitted_on: String,
    /// The model.
    pub model: Arc<SavedModel>,
}

/// Those that are kept, the oldest first.
#[derive(Default)]
pub struct FittedModels(Mutex<Vec<FittedModel>>);

impl FittedModels {
    fn held(&self) -> MutexGuard<'_, Vec<FittedModel>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Keeps the model of a job that has fitted one; the oldest make room.
    pub fn keep(&self, job: &Job, most: usize) {
        let (Some(outcome), JobRequest::Fit { name, fit_on, .. }, Some(training)) =
            (job.outcome(), &job.request, job.training())
        else {
            return;
        };
        let rows = match fit_on {
            FitOn::All => "rows",
            FitOn::Normal => "rows marked normal",
        };
        let source = &training.upload.name;
        let model = Arc::clone(&outcome.model);
        let name = name.as_deref().and_then(shown_name);
        let mut held = self.held();
        held.push(FittedModel {
            job: job.id.clone(),
            name: name.unwrap_or_else(|| format!("{} on {source}", model.info().kind)),
            fitted_on: format!("{} {rows} of {source}", training.count()),
            model,
        });
        let over = held.len().saturating_sub(most);
        held.drain(..over);
    }

    /// The model of a job.
    pub fn of(&self, job: &str) -> Option<FittedModel> {
        self.held().iter().find(|fitted| fitted.job == job).cloned()
    }

    /// All of them.
    pub fn all(&self) -> Vec<FittedModel> {
        self.held().clone()
    }

    /// Forgets one; whether it was there.
    pub fn forget(&self, job: &str) -> bool {
        let mut held = self.held();
        let before = held.len();
        held.retain(|fitted| fitted.job != job);
        held.len() < before
    }

    fn rename(&self, job: &str, name: String) -> bool {
        let mut held = self.held();
        let found = held.iter_mut().find(|fitted| fitted.job == job);
        found.map(|fitted| fitted.name = name).is_some()
    }
}

/// A name without control characters; `None` if nothing is left.
fn shown_name(asked: &str) -> Option<String> {
    let name: String = asked.chars().filter(|c| !c.is_control()).take(LONGEST).collect();
    let name = name.trim().to_owned();
    (!name.is_empty()).then_some(name)
}

/// What to call a model.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ModelName {
    name: String,
}

/// `POST /api/fitted/{id}`: another name.
pub async fn rename(
    State(app): State<App>,
    Path(id): Path<String>,
    headers: HeaderMap,
    body: Body,
) -> Answer<StatusCode> {
    let asked: ModelName = body::json(&headers, body, &app).await?;
    let name = shown_name(&asked.name).ok_or_else(|| {
        ApiError::bad("the name is empty", "give the model a name of some letters")
    })?;
    match app.detect.fitted.rename(&id, name) {
        true => Ok(StatusCode::NO_CONTENT),
        false => Err(ApiError::none("model", "/api/models")),
    }
}

/// `DELETE /api/fitted/{id}`.
pub async fn remove(State(app): State<App>, Path(id): Path<String>) -> Answer<StatusCode> {
    match app.detect.fitted.forget(&id) {
        true => Ok(StatusCode::NO_CONTENT),
        false => Err(ApiError::none("model", "/api/models")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_a_line_of_some_letters() {
        assert_eq!(shown_name(" last\nweek "), Some("lastweek".into()));
        assert_eq!(shown_name(" \t "), None);
        assert_eq!(shown_name(&"x".repeat(200)).map(|name| name.len()), Some(LONGEST));
    }
}
