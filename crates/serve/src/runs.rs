//! Experiments that are run from the browser. A run is a process of the same executable, `oddbench run FILE`, so that
//! it goes the way that it goes in a terminal. What happens is read from the file that `--events` writes, its words
//! from the file that its output goes to. Both stay in `.runs/ID` of the results folder.
//!
//! One run goes at a time. It ends in good order, as after Ctrl-C, when its stdin ends: when somebody stops it, when
//! the server stops, and also when the server is killed. `oddbench run` then goes on where it stopped.
//!
//! Clients choose a file among those of the folders that the operator named. They send no path and no option.

mod check;
mod kept;
mod output;
mod process;
mod progress;

use std::path::{Path as FsPath, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use axum::Json;
use axum::body::Body;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::IntoResponse;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::body;
use crate::error::{Answer, ApiError};
use crate::folders::{Folders, OfferedFiles};
use crate::state::{App, Server};
use kept::{Kept, Run};
use progress::{RunTrial, Trials};

pub use check::{Checked, check};
pub use output::{Output, OutputQuery, output};
pub use process::Program;

/// How long a server that stops waits for its run to end.
const FAREWELL: Duration = Duration::from_secs(20);

/// Whether a file is an experiment file by its name.
pub fn is_experiment_file(path: &FsPath) -> bool {
    path.extension().is_some_and(|ending| ending.eq_ignore_ascii_case("toml"))
}

/// The folders whose experiment files may be run, and the runs.
pub struct Runs {
    folders: Folders,
    program: Program,
    reports: PathBuf,
    kept: Kept,
    /// One run starts at a time.
    starting: Mutex<()>,
    /// One file is checked at a time.
    checking: Mutex<()>,
}

impl Runs {
    /// The runs of a results folder; those of earlier servers are among them.
    pub fn new(folders: Folders, program: Program, results: &FsPath) -> Self {
        Self {
            kept: Kept::in_folder(&results.join(".runs"), !folders.is_empty()),
            reports: program.reports.clone(),
            folders,
            program,
            starting: Mutex::default(),
            checking: Mutex::default(),
        }
    }

    /// Asks the run that goes to end, and waits for it. Gives back whether there was one.
    pub fn stop_all(&self) -> bool {
        let going = self.kept.all().into_iter().filter(|run| run.is_going());
        let going: Vec<Arc<Run>> = going.collect();
        going.iter().for_each(|run| run.stop());
        going.iter().for_each(|run| run.wait(FAREWELL));
        !going.is_empty()
    }

    fn permitted(&self) -> Answer<()> {
        if self.folders.is_empty() {
            return Err(ApiError::new(
                StatusCode::FORBIDDEN,
                "this server runs no experiments",
                "start it with a folder of experiment files: oddbench serve --run-dir DIR",
            ));
        }
        Ok(())
    }

    fn of(&self, id: &str) -> Answer<Arc<Run>> {
        let found = self.kept.all().into_iter().find(|run| run.id == id);
        found.ok_or_else(|| ApiError::none("run", "/api/runs"))
    }
}

/// What may be run and what was.
#[derive(Debug, Serialize, JsonSchema)]
pub struct RunList {
    /// Whether the server was started with a folder of experiment files.
    allowed: bool,
    /// The experiment files that may be run.
    offered: OfferedFiles,
    /// The newest first.
    runs: Vec<RunInfo>,
}

/// An experiment file to check or to run.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RunRequest {
    /// One of the files that are offered.
    file: String,
}

/// Where a run is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum RunState {
    Running,
    /// It was asked to stop and ends in good order.
    Stopping,
    /// Every trial is done.
    Done,
    /// It is over, and some trial failed.
    TrialsFailed,
    /// It was stopped; run the file again to go on.
    Stopped,
    /// A signal ended it, and nobody had stopped it from here; run the file again to go on.
    Killed,
    /// It could not run; its output says why.
    Failed,
    /// Nobody saw its end; run the file again to go on.
    Lost,
}

/// A run.
#[derive(Debug, Serialize, JsonSchema)]
pub struct RunInfo {
    id: String,
    file: String,
    state: RunState,
    /// The exit code of `oddbench run`; null while it runs, and null if a signal ended it.
    exit_code: Option<i32>,
    /// The signal that killed it, if it was killed and nobody had stopped it from here.
    signal: Option<i32>,
    /// In seconds since 1970.
    started_at: f64,
    /// In seconds since 1970.
    ended_at: Option<f64>,
    /// The experiment's name, once that is known.
    experiment: Option<String>,
    /// How many trials it has.
    trials: usize,
    /// Trials with scores.
    done: usize,
    failed: usize,
    /// Seconds that the rest is expected to take; null until something is known.
    left_seconds: Option<f64>,
}

/// A run with its trials.
#[derive(Debug, Serialize, JsonSchema)]
pub struct RunDetail {
    #[serde(flatten)]
    info: RunInfo,
    trials_now: Vec<RunTrial>,
    /// What it says of the results as a whole, and what it is preparing.
    notes: Vec<String>,
    /// The experiments whose results are there: one for each data set.
    results: Vec<String>,
    /// Whether there is a report.
    report: bool,
}

impl RunInfo {
    fn of(run: &Run) -> Self {
        let known = run.trials();
        Self {
            id: run.id.clone(),
            file: run.file.clone(),
            state: run.state(),
            exit_code: run.exit_code(),
            signal: run.signal(),
            started_at: run.started_at,
            ended_at: run.ended_at(),
            experiment: known.experiment.clone(),
            trials: known.lines.len(),
            done: known.done(),
            failed: known.failed(),
            left_seconds: known.left_seconds.filter(|_| run.is_going()),
        }
    }
}

/// `GET /api/runs`.
pub async fn list(State(app): State<App>) -> Answer<Json<RunList>> {
    let state = app.clone();
    app.compute(move || {
        let runs = &state.runs;
        let mut infos: Vec<RunInfo> = runs.kept.all().iter().map(|run| RunInfo::of(run)).collect();
        infos.sort_by(|a, b| b.started_at.total_cmp(&a.started_at));
        Ok(Json(RunList {
            allowed: !runs.folders.is_empty(),
            offered: runs.folders.list(),
            runs: infos,
        }))
    })
    .await
}

/// `POST /api/runs`.
pub async fn create(
    State(app): State<App>,
    headers: HeaderMap,
    body: Body,
) -> Answer<impl IntoResponse> {
    app.runs.permitted()?;
    let request: RunRequest = body::json(&headers, body, &app).await?;
    let state = app.clone();
    let info = app.compute(move || started(&state.runs, request)).await?;
    Ok((StatusCode::ACCEPTED, Json(info)))
}

fn started(runs: &Runs, request: RunRequest) -> Answer<RunInfo> {
    let allowed = runs.folders.find(&request.file, "/api/runs")?;
    let _starting = runs.starting.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(other) = runs.kept.all().iter().find(|run| run.is_going()) {
        return Err(ApiError::conflict(
            format!("{} is running; one experiment runs at a time", other.file),
            "wait until it is done, or stop it",
        ));
    }
    let run = runs.kept.start(&runs.program, request.file, &allowed.path)?;
    Ok(RunInfo::of(&run))
}

/// `GET /api/runs/{id}`.
pub async fn detail(State(app): State<App>, Path(id): Path<String>) -> Answer<Json<RunDetail>> {
    let state = app.clone();
    app.compute(move || {
        let run = state.runs.of(&id)?;
        // The state first: what ends meanwhile is told by the next answer.
        let info = RunInfo::of(&run);
        let known = run.trials();
        Ok(Json(RunDetail {
            results: results(&state, &known),
            report: report_of(&state.runs, &known).is_some(),
            notes: known.notes.clone(),
            trials_now: known.lines.clone(),
            info,
        }))
    })
    .await
}

/// The experiments of the library that the run has written.
fn results(app: &Server, known: &Trials) -> Vec<String> {
    let Some(name) = &known.experiment else { return Vec::new() };
    let of_run = |other: &String| {
        other.strip_prefix(name).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
    };
    app.library.names().into_iter().filter(of_run).collect()
}

/// The page of the report, if it is there.
fn report_of(runs: &Runs, known: &Trials) -> Option<PathBuf> {
    let name = known.experiment.as_deref()?;
    // An experiment's name is one folder.
    let plain = FsPath::new(name).file_name().is_some_and(|file| file == name);
    let page = runs.reports.join(name).join("index.html");
    (plain && page.is_file()).then_some(page)
}

/// `DELETE /api/runs/{id}`: stops a run that goes, forgets one that is over.
pub async fn remove(State(app): State<App>, Path(id): Path<String>) -> Answer<StatusCode> {
    app.runs.permitted()?;
    let state = app.clone();
    app.compute(move || {
        let run = state.runs.of(&id)?;
        match run.is_going() {
            true => run.stop(),
            false => state.runs.kept.forget(&run),
        }
        Ok(StatusCode::NO_CONTENT)
    })
    .await
}

/// `GET /api/runs/{id}/report`: the report's page, to be kept.
pub async fn report(State(app): State<App>, Path(id): Path<String>) -> Answer<impl IntoResponse> {
    let state = app.clone();
    let (name, bytes) = app
        .compute(move || {
            let run = state.runs.of(&id)?;
            let known = run.trials();
            let missing = || {
                ApiError::conflict(
                    "the run has no report",
                    "wait until it is done, or run it again",
                )
            };
            let page = report_of(&state.runs, &known).ok_or_else(missing)?;
            let name = known.experiment.clone().ok_or_else(missing)?;
            Ok((name, std::fs::read(page).map_err(|_| missing())?))
        })
        .await?;
    let safe = |letter: char| letter.is_ascii_alphanumeric() || "-_.+=,".contains(letter);
    let name: String = name.chars().map(|c| if safe(c) { c } else { '_' }).collect();
    let disposition = format!("attachment; filename=\"{name}.html\"");
    let kind = "text/html; charset=utf-8".to_owned();
    Ok(([(header::CONTENT_TYPE, kind), (header::CONTENT_DISPOSITION, disposition)], bytes))
}

/// Locks what a panic cannot leave half changed.
fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
