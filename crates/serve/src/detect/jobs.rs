//! Jobs of Detect: the request, its progress and its end. Clients ask for them, or read them as a stream of events.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::{Duration, Instant};

use axum::Json;
use axum::body::Body;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::IntoResponse;
use axum::response::sse::{Event, KeepAlive, Sse};
use futures_util::{Stream, stream};
use oddbench_core::Epoch;
use schemars::JsonSchema;
use serde::Serialize;
use tokio::sync::watch;

use super::labels::{self, Chosen, Truth};
use super::outcome::Outcome;
use super::request::{Checked, JobRequest, Training, checked};
use super::uploads::Upload;
use super::work;
use crate::body;
use crate::error::{Answer, ApiError};
use crate::state::{App, random_name};

/// Between two events of a stream.
const BEAT: Duration = Duration::from_millis(100);

/// Where a job is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
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
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct Progress {
    state: JobState,
    stage: &'static str,
    /// The share that is done.
    progress: f64,
    #[schemars(with = "Vec<EpochLine>")]
    epochs: Vec<Epoch>,
    error: Option<String>,
    remedy: Option<String>,
}

/// A pass over the training rows.
#[derive(JsonSchema)]
#[schemars(rename = "Epoch")]
#[expect(
    dead_code,
    reason = "core's type has no schema; this describes it, and a test holds them equal"
)]
pub struct EpochLine {
    /// From 1.
    epoch: u32,
    epochs: u32,
    loss: f64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    validation_loss: Option<f64>,
}

/// A job as clients see it.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "Job")]
pub struct JobInfo {
    id: String,
    upload: String,
    action: Action,
    kind: Option<String>,
    /// The model that it scores with, or will have fitted.
    model: String,
    #[serde(flatten)]
    progress: Progress,
}

/// What a job does.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
enum Action {
    Score,
    Fit,
}

/// The jobs that are kept.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Jobs {
    jobs: Vec<JobInfo>,
}

/// A job.
pub struct Job {
    /// Its id.
    pub id: String,
    /// The rows.
    pub upload: Arc<Upload>,
    /// What is asked for.
    pub request: JobRequest,
    /// What the request comes to.
    pub checked: Checked,
    /// The truth about the rows, if it was named; it may be named again when the job is done.
    truth: Mutex<Option<Arc<Truth>>>,
    cancel: AtomicBool,
    progress: watch::Sender<Progress>,
    outcome: OnceLock<Outcome>,
}

impl Job {
    fn new(upload: Arc<Upload>, request: JobRequest, checked: Checked) -> Answer<Self> {
        let truth = truth_of(&upload, request.label())?;
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
            request,
            checked,
            truth: Mutex::new(truth),
            cancel: AtomicBool::new(false),
            progress: watch::Sender::new(progress),
            outcome: OnceLock::new(),
        })
    }

    /// The truth about the rows, if it was named.
    pub fn truth(&self) -> Option<Arc<Truth>> {
        self.truth.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Takes another truth; the scores stay.
    pub fn judge_by(&self, chosen: Option<&Chosen>) -> Answer<()> {
        let truth = truth_of(&self.upload, chosen)?;
        *self.truth.lock().unwrap_or_else(PoisonError::into_inner) = truth;
        Ok(())
    }

    /// The rows that it fits on.
    pub fn training(&self) -> Option<&Training> {
        match &self.checked {
            Checked::Fit(training) => Some(training),
            Checked::Score(_) => None,
        }
    }

    /// Whether it has ended.
    pub fn is_over(&self) -> bool {
        self.progress.borrow().is_over()
    }

    /// Whether it fits a model.
    pub fn fits(&self) -> bool {
        matches!(self.request, JobRequest::Fit { .. })
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

    fn end(&self, app: &App, ended: Result<Outcome, Ending>) {
        let ended = ended.map(|outcome| {
            // Only the job's own thread sets it, once.
            let _ = self.outcome.set(outcome);
            // A client that hears of the end finds the model.
            app.detect.keep_fitted(self, &app.limits);
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

    fn info(&self) -> JobInfo {
        self.with(self.progress.borrow().clone())
    }

    fn with(&self, progress: Progress) -> JobInfo {
        let (action, kind) = match &self.request {
            JobRequest::Score { .. } => (Action::Score, None),
            JobRequest::Fit { kind, .. } => (Action::Fit, Some(kind)),
        };
        let scored_with = match &self.checked {
            Checked::Score(model) => Some(&model.info().kind),
            Checked::Fit(_) => None,
        };
        let kind = kind.or(scored_with).cloned();
        JobInfo {
            id: self.id.clone(),
            upload: self.upload.id.clone(),
            action,
            kind,
            model: self.model_id(),
            progress,
        }
    }

    /// The id of its model, as other routes take it.
    pub fn model_id(&self) -> String {
        match &self.request {
            JobRequest::Score { model, .. } => model.clone(),
            JobRequest::Fit { .. } => format!("fitted/{}", self.id),
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
    let request: JobRequest = body::json(&headers, body, &app).await?;
    let state = app.clone();
    let job = app.compute(move || {
        let checked = checked(&state, &upload, &request)?;
        Job::new(upload, request, checked)
    });
    let job = Arc::new(job.await?);
    app.detect.add_job(Arc::clone(&job), &app.limits)?;
    let answer = job.info();
    tokio::spawn(run(app, job));
    Ok((StatusCode::ACCEPTED, Json(answer)))
}

/// Waits for a place, works, and ends within the time limit. A panic fails the job and no other.
async fn run(app: App, job: Arc<Job>) {
    let Ok(place) = Arc::clone(&app.detect.running).acquire_owned().await else { return };
    if job.cancelled() {
        return job.end(&app, Err(Ending::Cancelled));
    }
    let deadline = Instant::now() + app.limits.job_time;
    let worker = Arc::clone(&job);
    let worked = tokio::task::spawn_blocking(move || {
        let _place = place;
        work::work(&worker, deadline)
    });
    let ended = match worked.await {
        Ok(ended) => ended,
        Err(panic) => Err(Ending::Failed(ApiError::internal(panic))),
    };
    job.end(&app, ended);
}

/// The truth that a column holds.
fn truth_of(upload: &Upload, chosen: Option<&Chosen>) -> Answer<Option<Arc<Truth>>> {
    let truth = chosen.map(|chosen| labels::truth(&upload.rows, chosen)).transpose()?;
    Ok(truth.map(Arc::new))
}

/// `GET /api/jobs`.
pub async fn list(State(app): State<App>) -> Json<Jobs> {
    Json(Jobs { jobs: app.detect.all_jobs().iter().map(|job| job.info()).collect() })
}

/// `GET /api/jobs/{id}`.
pub async fn info(State(app): State<App>, Path(id): Path<String>) -> Answer<Json<JobInfo>> {
    Ok(Json(app.detect.job(&id)?.info()))
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
) -> Answer<Sse<impl Stream<Item = Result<Event, axum::Error>>>> {
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
        let place = (!progress.is_over()).then_some(place);
        let event = Event::default().event(progress.event()).json_data(job.with(progress));
        Some((event, (job, told, false, place)))
    });
    Ok(Sse::new(events).keep_alive(KeepAlive::new().interval(Duration::from_secs(15))))
}
