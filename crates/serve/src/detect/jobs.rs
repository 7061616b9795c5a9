//! Jobs: what is asked for, how far it is, and its end; over plain requests and as an event stream.

use std::convert::Infallible;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant};

use axum::Json;
use axum::body::Body;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::IntoResponse;
use axum::response::sse::{Event, KeepAlive, Sse};
use futures_util::{Stream, stream};
use oddbench_core::Epoch;
use oddbench_engine::scoring::SavedModel;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use tokio::sync::watch;

use super::labels::{self, Chosen, Truth};
use super::outcome::Outcome;
use super::uploads::Upload;
use super::work;
use crate::body;
use crate::error::{Answer, ApiError};
use crate::state::{App, random_name};

/// Kinds that can be fitted on an upload.
const FITTED: [&str; 2] = ["isolation-forest", "autoencoder"];

/// Between two events of a stream.
const BEAT: Duration = Duration::from_millis(100);

/// What is asked for.
#[derive(Debug, Clone, Deserialize)]
#[serde(tag = "action", rename_all = "kebab-case", deny_unknown_fields)]
pub enum Asked {
    /// Score with a model that exists.
    Score {
        /// Its id.
        model: String,
        /// The truth, if the table has it.
        label: Option<Chosen>,
    },
    /// Fit a model on the upload, and score the upload with it.
    Fit {
        /// Its kind.
        kind: String,
        /// Parameters that are not to be the defaults.
        params: Option<Value>,
        /// Of everything random; 1 if left out.
        seed: Option<u64>,
        /// The columns to fit on; all but the label if left out.
        columns: Option<Vec<String>>,
        /// The share of the upload's scores that the threshold lies above; 0.95 if left out.
        quantile: Option<f64>,
        /// The truth, if the table has it.
        label: Option<Chosen>,
    },
}

impl Asked {
    fn label(&self) -> Option<&Chosen> {
        match self {
            Self::Score { label, .. } | Self::Fit { label, .. } => label.as_ref(),
        }
    }
}

/// Where a job is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum JobState {
    /// For a place.
    Waiting,
    /// At work.
    Running,
    /// It has a result.
    Done,
    /// It has none.
    Failed,
    /// It was stopped.
    Cancelled,
}

/// How far a job is.
#[derive(Debug, Clone, Serialize)]
pub struct Progress {
    state: JobState,
    stage: &'static str,
    progress: f64,
    epochs: Vec<Epoch>,
    error: Option<String>,
    remedy: Option<String>,
}

/// A job.
pub struct Job {
    /// Its id.
    pub id: String,
    /// The rows.
    pub upload: Arc<Upload>,
    /// What is asked for.
    pub asked: Asked,
    /// The truth about the rows, if it was named.
    pub truth: Option<Truth>,
    /// The model to score with, if it exists already.
    pub model: Option<Arc<SavedModel>>,
    cancel: AtomicBool,
    progress: watch::Sender<Progress>,
    outcome: OnceLock<Outcome>,
}

impl Job {
    fn new(upload: Arc<Upload>, asked: Asked, model: Option<Arc<SavedModel>>) -> Answer<Self> {
        let truth = asked.label().map(|chosen| labels::truth(&upload.rows, chosen)).transpose()?;
        let id = format!("j-{}", random_name().map_err(ApiError::internal)?);
        let progress = Progress {
            state: JobState::Waiting,
            stage: "waiting",
            progress: 0.0,
            epochs: Vec::new(),
            error: None,
            remedy: None,
        };
        Ok(Self {
            id,
            upload,
            asked,
            truth,
            model,
            cancel: AtomicBool::new(false),
            progress: watch::Sender::new(progress),
            outcome: OnceLock::new(),
        })
    }

    /// Whether it has ended.
    pub fn is_over(&self) -> bool {
        self.progress.borrow().is_over()
    }

    /// Whether it fits a model.
    pub fn fits(&self) -> bool {
        matches!(self.asked, Asked::Fit { .. })
    }

    /// Asks it to stop.
    pub fn cancel(&self) {
        self.cancel.store(true, Ordering::Relaxed);
    }

    /// Whether it was asked to.
    pub fn cancelled(&self) -> bool {
        self.cancel.load(Ordering::Relaxed)
    }

    /// What it has found, once it is done.
    pub fn outcome(&self) -> Option<&Outcome> {
        self.outcome.get()
    }

    /// What it has found; an error that says how it is, if it has found nothing.
    pub fn result(&self) -> Answer<&Outcome> {
        self.outcome().ok_or_else(|| {
            let progress = self.progress.borrow();
            match progress.is_over() {
                false => ApiError::conflict(
                    "the job is not done",
                    format!("wait for it: GET /api/jobs/{}/events", self.id),
                ),
                true => ApiError::conflict(
                    "the job has no result: it failed or was cancelled",
                    "start another one",
                ),
            }
        })
    }

    /// A new stage, with the share of the whole that is done before it.
    pub fn stage(&self, stage: &'static str, done: f64) {
        self.progress.send_modify(|progress| {
            progress.state = JobState::Running;
            progress.stage = stage;
            progress.progress = done;
        });
    }

    /// An epoch of the fit has ended; `done` is the share of the whole.
    pub fn epoch(&self, epoch: Epoch, done: f64) {
        self.progress.send_modify(|progress| {
            progress.epochs.push(epoch);
            progress.progress = done;
        });
    }

    fn end(&self, ended: Result<Outcome, Ending>) {
        let ended = ended.map(|outcome| {
            // Only the job's own thread sets it, once.
            let _ = self.outcome.set(outcome);
        });
        self.progress.send_modify(|progress| match ended {
            Ok(()) => {
                progress.state = JobState::Done;
                progress.progress = 1.0;
            }
            Err(Ending::Cancelled) => progress.state = JobState::Cancelled,
            Err(Ending::Failed(error)) => {
                progress.state = JobState::Failed;
                progress.error = Some(error.error);
                progress.remedy = Some(error.remedy);
            }
        });
    }

    fn json(&self) -> Value {
        self.with(&self.progress.borrow())
    }

    fn with(&self, progress: &Progress) -> Value {
        let mut value = json!(progress);
        value["id"] = json!(self.id);
        value["upload"] = json!(self.upload.id);
        let (action, kind, model) = match &self.asked {
            Asked::Score { model, .. } => ("score", None, model.clone()),
            Asked::Fit { kind, .. } => ("fit", Some(kind), format!("fitted/{}", self.id)),
        };
        value["action"] = json!(action);
        value["kind"] = json!(kind.or(self.model.as_ref().map(|model| &model.info().kind)));
        value["model"] = json!(model);
        value
    }

    /// The id of its model, as other routes take it.
    pub fn model_id(&self) -> String {
        match &self.asked {
            Asked::Score { model, .. } => model.clone(),
            Asked::Fit { .. } => format!("fitted/{}", self.id),
        }
    }
}

impl Progress {
    fn is_over(&self) -> bool {
        !matches!(self.state, JobState::Waiting | JobState::Running)
    }

    fn event(&self) -> &'static str {
        match self.state {
            JobState::Waiting | JobState::Running => "progress",
            JobState::Done => "done",
            JobState::Failed => "failed",
            JobState::Cancelled => "cancelled",
        }
    }
}

/// Why a job has no result.
pub enum Ending {
    /// It was asked to stop.
    Cancelled,
    /// It could not.
    Failed(ApiError),
}

impl<E: Into<ApiError>> From<E> for Ending {
    fn from(error: E) -> Self {
        Self::Failed(error.into())
    }
}

/// `POST /api/uploads/{id}/jobs`.
pub async fn create(
    State(app): State<App>,
    Path(upload): Path<String>,
    headers: HeaderMap,
    body: Body,
) -> Answer<impl IntoResponse> {
    let upload = app.detect.upload(&upload, &app.limits)?;
    let asked: Asked = body::json(&headers, body, &app).await?;
    let state = app.clone();
    let job = app.compute(move || {
        let model = checked(&state, &upload, &asked)?;
        Job::new(upload, asked, model)
    });
    let job = Arc::new(job.await?);
    app.detect.add_job(Arc::clone(&job), &app.limits)?;
    let answer = job.json();
    tokio::spawn(run(app, job));
    Ok((StatusCode::ACCEPTED, Json(answer)))
}

/// Opens the model to score with, or checks what is to be fitted: mistakes are told at once.
fn checked(app: &App, upload: &Upload, asked: &Asked) -> Answer<Option<Arc<SavedModel>>> {
    match asked {
        Asked::Score { model, .. } => {
            let model = app.model(model)?;
            let lacking: Vec<&str> = model
                .info()
                .columns
                .iter()
                .map(|column| column.name.as_str())
                .filter(|name| upload.rows.position(name).is_none())
                .collect();
            match lacking.is_empty() {
                true => Ok(Some(model)),
                false => Err(ApiError::unusable(
                    format!(
                        "the model reads columns that the table has not: {}",
                        lacking.join(", ")
                    ),
                    "choose a model that was fitted on such tables, or fit one on this upload",
                )),
            }
        }
        Asked::Fit { kind, columns, quantile, .. } => {
            if !FITTED.contains(&kind.as_str()) {
                return Err(ApiError::bad(
                    format!("{kind:?} cannot be fitted here"),
                    format!("kind is one of: {}", FITTED.join(", ")),
                ));
            }
            if quantile.is_some_and(|q| !(q > 0.0 && q < 1.0)) {
                return Err(ApiError::bad(
                    "the quantile is not between 0 and 1",
                    "0.95 calls the upper 5 % anomalies",
                ));
            }
            let unknown =
                columns.iter().flatten().find(|name| upload.rows.position(name).is_none());
            match unknown {
                Some(name) => Err(ApiError::unusable(
                    format!("there is no column {name:?}"),
                    "GET /api/uploads/{id} lists the columns",
                )),
                None => Ok(None),
            }
        }
    }
}

/// Waits for a place, works, and ends within the time limit. A panic fails the job and no other.
async fn run(app: App, job: Arc<Job>) {
    let Ok(place) = Arc::clone(&app.detect.running).acquire_owned().await else { return };
    if job.cancelled() {
        return job.end(Err(Ending::Cancelled));
    }
    let deadline = Instant::now() + app.limits.job_time;
    let worker = Arc::clone(&job);
    let worked = tokio::task::spawn_blocking(move || {
        let _place = place;
        work::work(&worker, deadline)
    });
    job.end(match worked.await {
        Ok(ended) => ended,
        Err(panic) => Err(Ending::Failed(ApiError::internal(panic))),
    });
}

/// `GET /api/jobs`.
pub async fn list(State(app): State<App>) -> Json<Value> {
    let jobs: Vec<Value> = app.detect.all_jobs().iter().map(|job| job.json()).collect();
    Json(json!({ "jobs": jobs }))
}

/// `GET /api/jobs/{id}`.
pub async fn info(State(app): State<App>, Path(id): Path<String>) -> Answer<Json<Value>> {
    Ok(Json(app.detect.job(&id)?.json()))
}

/// `DELETE /api/jobs/{id}`.
pub async fn remove(State(app): State<App>, Path(id): Path<String>) -> Answer<StatusCode> {
    app.detect.remove_job(&id)?;
    Ok(StatusCode::NO_CONTENT)
}

/// `GET /api/jobs/{id}/events`: every change, the last one first seen at once, until the job is over.
pub async fn events(
    State(app): State<App>,
    Path(id): Path<String>,
) -> Answer<Sse<impl Stream<Item = Result<Event, Infallible>>>> {
    let job = app.detect.job(&id)?;
    let place = app.stream_place()?;
    let told = job.progress.subscribe();
    let start = (job, told, true, Some(place));
    let events = stream::unfold(start, |(job, mut told, first, place)| async move {
        let place = place?;
        if !first {
            // Epochs may end by the thousand: a reader sees the last one of each beat. The sender
            // lives in the job that is held here, so this ends with the job and no sooner.
            tokio::time::sleep(BEAT).await;
            told.changed().await.ok()?;
        }
        let progress = told.borrow_and_update().clone();
        let event = Event::default().event(progress.event()).data(job.with(&progress).to_string());
        let place = (!progress.is_over()).then_some(place);
        Some((Ok(event), (job, told, false, place)))
    });
    Ok(Sse::new(events).keep_alive(KeepAlive::new().interval(Duration::from_secs(15))))
}
