//! The files that are followed: chosen, started, paused, ended. They go on whether or not a page watches them, until
//! somebody ends them or the server stops.

use std::io::Read;
use std::path::Path as FsPath;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use axum::Json;
use axum::body::Body;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::IntoResponse;
use oddbench_data::rows::{FileFormat, ReadOptions, ReadRequest};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::follow::{Follow, Wanted, unreadable};
use crate::body;
use crate::error::{Answer, ApiError};
use crate::folders::{Folders, OfferedFiles};
use crate::limits::Limits;
use crate::models::chosen_threshold;
use crate::models::columns::Head;
use crate::state::{App, Server, random_name};

/// Endings of files that have no lines to follow.
const NO_LINES: [&str; 8] = ["gz", "bz2", "xz", "zst", "zip", "parquet", "npz", "arff"];

/// Bytes of a file in which its columns are looked for.
const HEAD: u64 = 256 << 10;

/// The folders whose files may be followed, and the files that are followed.
pub struct Follows {
    folders: Folders,
    held: Mutex<Vec<Arc<Follow>>>,
}

/// Whether a file may have lines to follow.
pub fn has_lines(path: &FsPath) -> bool {
    let ending = path.extension().and_then(|ending| ending.to_str()).unwrap_or_default();
    !NO_LINES.contains(&ending.to_ascii_lowercase().as_str())
}

impl Follows {
    /// Nothing is followed yet.
    pub fn new(folders: Folders) -> Self {
        Self { folders, held: Mutex::default() }
    }

    fn held(&self) -> MutexGuard<'_, Vec<Arc<Follow>>> {
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The follow of that id.
    pub fn of(&self, id: &str) -> Answer<Arc<Follow>> {
        let found = self.held().iter().find(|follow| follow.id == id).cloned();
        found.ok_or_else(|| ApiError::none("followed file", "/api/follows"))
    }

    fn keep(&self, follow: Arc<Follow>, limits: &Limits) -> Answer<()> {
        let mut held = self.held();
        if held.len() >= limits.follows {
            return Err(ApiError::busy(
                format!("files that are followed: {}, which is the limit", held.len()),
                "stop to follow one of them",
            ));
        }
        held.push(follow);
        Ok(())
    }

    fn forget(&self, id: &str) {
        self.held().retain(|follow| {
            let other = follow.id != id;
            if !other {
                follow.end();
            }
            other
        });
    }

    /// Ends everything: the server stops.
    pub fn end_all(&self) {
        self.held().drain(..).for_each(|follow| follow.end());
    }

    /// The first lines of one of the files that may be followed.
    pub fn head(&self, file: &str) -> Answer<Head> {
        self.offered()?;
        let allowed = self.folders.find(file, "/api/follows")?;
        let mut bytes = Vec::new();
        let read = allowed.open().and_then(|file| file.take(HEAD).read_to_end(&mut bytes));
        read.map_err(|error| unreadable(file, &error))?;
        Ok(Head::new(&allowed.path, bytes))
    }

    fn offered(&self) -> Answer<()> {
        if self.folders.is_empty() {
            return Err(ApiError::new(
                StatusCode::FORBIDDEN,
                "this server follows no files",
                "start it with a folder whose files may be followed: oddbench serve --follow-dir DIR",
            ));
        }
        Ok(())
    }
}

/// What may be followed and what is.
#[derive(Debug, Serialize, JsonSchema)]
pub struct FollowList {
    /// Whether the server was started with a folder whose files may be followed.
    allowed: bool,
    /// The files that may be followed.
    offered: OfferedFiles,
    follows: Vec<FollowInfo>,
}

/// A file to follow.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct FollowRequest {
    /// One of the files that are offered.
    file: String,
    /// The model's id.
    model: String,
    /// A row whose score is greater is an anomaly; the model's own threshold if left out.
    threshold: Option<f64>,
    /// Whether the rows that the file holds already are passed over.
    #[serde(default)]
    from_end: bool,
}

/// What a follow should do.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct FollowChange {
    /// True: it rests. False: it goes on where it stopped.
    paused: bool,
}

/// Where a follow is.
#[derive(Debug, Clone, Copy, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
enum FollowState {
    Following,
    Paused,
    /// It does not go on.
    Failed,
}

/// A file that is followed.
#[derive(Debug, Serialize, JsonSchema)]
pub struct FollowInfo {
    id: String,
    file: String,
    /// The model's id.
    model: String,
    model_name: String,
    threshold: f64,
    from_end: bool,
    state: FollowState,
    /// Whether everything that is in the file has been read.
    caught_up: bool,
    /// Rows that were scored.
    rows: u64,
    /// Those that are anomalies.
    alarms: u64,
    /// Lines that are no rows, or lack a value that the model needs.
    skipped: u64,
    /// Why, the latest last.
    faults: Vec<String>,
    notes: Vec<String>,
    /// How often the file was truncated, or another one took its name.
    restarts: u64,
    /// Over the last five seconds.
    rows_per_second: f64,
    /// When the latest row was read, in seconds since 1970.
    latest: Option<f64>,
    /// Why it does not go on.
    error: Option<String>,
    /// What to do about that.
    remedy: Option<String>,
}

impl FollowInfo {
    fn of(follow: &Follow) -> Self {
        let mut state = follow.state();
        let state = &mut *state;
        let now = match (&state.trouble, follow.is_paused()) {
            (Some(_), _) => FollowState::Failed,
            (None, true) => FollowState::Paused,
            (None, false) => FollowState::Following,
        };
        Self {
            id: follow.id.clone(),
            file: follow.file.clone(),
            model: follow.model_id.clone(),
            model_name: follow.model.info().name.clone(),
            threshold: follow.threshold,
            from_end: follow.from_end,
            state: now,
            caught_up: state.caught_up,
            rows: state.rows,
            alarms: state.anomalies,
            skipped: state.skipped,
            faults: state.faults.iter().cloned().collect(),
            notes: state.notes.clone(),
            restarts: state.restarts,
            rows_per_second: state.recent.rate(Instant::now()),
            latest: state.latest,
            error: state.trouble.as_ref().map(|trouble| trouble.error.clone()),
            remedy: state.trouble.as_ref().map(|trouble| trouble.remedy.clone()),
        }
    }
}

/// `GET /api/follows`.
pub async fn list(State(app): State<App>) -> Answer<Json<FollowList>> {
    let state = app.clone();
    app.compute(move || {
        let Follows { folders, .. } = &state.follows;
        let follows: Vec<Arc<Follow>> = state.follows.held().clone();
        Ok(Json(FollowList {
            allowed: !folders.is_empty(),
            offered: folders.list(),
            follows: follows.iter().map(|follow| FollowInfo::of(follow)).collect(),
        }))
    })
    .await
}

/// `POST /api/follows`.
pub async fn create(
    State(app): State<App>,
    headers: HeaderMap,
    body: Body,
) -> Answer<impl IntoResponse> {
    app.follows.offered()?;
    let request: FollowRequest = body::json(&headers, body, &app).await?;
    let state = app.clone();
    let follow = app.compute(move || started(&state, request)).await?;
    Ok((StatusCode::CREATED, Json(FollowInfo::of(&follow))))
}

fn started(app: &Server, request: FollowRequest) -> Answer<Arc<Follow>> {
    let allowed = app.follows.folders.find(&request.file, "/api/follows")?;
    let model = app.model(&request.model)?;
    let threshold = chosen_threshold(&model, request.threshold)?.ok_or_else(|| {
        ApiError::unusable("the model has no threshold of its own", "give a threshold")
    })?;
    let id = format!("f-{}", random_name().map_err(ApiError::internal)?);
    let options = options(model.reading(), &allowed.path)?;
    let wanted = Wanted {
        file: request.file,
        model_id: request.model,
        model,
        threshold,
        from_end: request.from_end,
        options,
    };
    let follow = Arc::new(Follow::new(id, wanted));
    app.follows.keep(Arc::clone(&follow), &app.limits)?;
    if let Err(error) = follow.start(allowed) {
        app.follows.forget(&follow.id);
        return Err(error);
    }
    Ok(follow)
}

/// The lines are read as those of the model's training file were; what nothing was said of, as the first ones say.
pub fn options(reading: Option<&ReadRequest>, path: &FsPath) -> Answer<ReadOptions> {
    let stated = ReadRequest { format: FileFormat::of_path(path), ..ReadRequest::default() };
    let taken = reading.map(|earlier| stated.taken_from(earlier)).unwrap_or_default();
    let options = taken.options().map_err(|fault| ApiError::internal(fault.what))?;
    Ok(ReadOptions { skip_bad: true, ..options })
}

/// `GET /api/follows/{id}`.
pub async fn info(State(app): State<App>, Path(id): Path<String>) -> Answer<Json<FollowInfo>> {
    Ok(Json(FollowInfo::of(&*app.follows.of(&id)?)))
}

/// `POST /api/follows/{id}`.
pub async fn change(
    State(app): State<App>,
    Path(id): Path<String>,
    headers: HeaderMap,
    body: Body,
) -> Answer<Json<FollowInfo>> {
    let follow = app.follows.of(&id)?;
    let change: FollowChange = body::json(&headers, body, &app).await?;
    follow.pause(change.paused);
    Ok(Json(FollowInfo::of(&follow)))
}

/// `DELETE /api/follows/{id}`.
pub async fn remove(State(app): State<App>, Path(id): Path<String>) -> Answer<StatusCode> {
    app.follows.of(&id)?;
    app.follows.forget(&id);
    Ok(StatusCode::NO_CONTENT)
}
