//! `GET /api/live`: the rows of an experiment as they might pass on a wire, in mixed order, scored one after the
//! other. A reader pauses by closing the stream and continues from the last cursor that it saw.
//!
//! [`follows`] does the same with lines that are appended to a file of the user's.

pub mod alarms;
pub mod follow;
pub mod follows;
mod order;
mod recent;
mod usual_rows;

use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::extract::{Query, State};
use axum::response::sse::{Event, KeepAlive, Sse};
use futures_util::{Stream, stream};
use oddbench_core::Table;
use oddbench_engine::scoring::SavedModel;
use oddbench_models::find;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use tokio::sync::OwnedSemaphorePermit;

use crate::error::{Answer, ApiError, ErrorBody};
use crate::features::pick;
use crate::library::Experiment;
use crate::rows::Part;
use crate::rows::parts::PartRows;
use crate::rows::table::column;
use crate::state::App;

/// Events a second at most; faster streams put several rows into one.
const BEATS: f64 = 10.0;

/// Rows a second at most.
const FASTEST: f64 = 5_000.0;

/// Which rows pass, and how fast.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct LiveQuery {
    /// The experiment's name.
    experiment: String,
    /// The trial's id.
    trial: String,
    /// Position of the threshold rule.
    #[serde(default)]
    rule: usize,
    /// Which rows.
    #[serde(default)]
    part: Part,
    /// The cursor to begin at: how many rows of the mixed order have passed.
    #[serde(default)]
    from: usize,
    /// Rows a second, 1 to 5,000.
    #[serde(default = "usual_speed")]
    speed: f64,
}

fn usual_speed() -> f64 {
    50.0
}

/// An event of the stream.
#[derive(Debug, Serialize)]
#[serde(untagged)]
enum LiveEvent {
    /// `order_seed`: of the mixed order, in which every row passes once.
    Begin {
        total: usize,
        threshold: Option<f64>,
        name: String,
        rescored: bool,
        order_seed: u64,
    },
    Rows {
        cursor: usize,
        items: Vec<Item>,
        latency_us: Option<u64>,
    },
    Done {
        cursor: usize,
    },
    Failed(ErrorBody),
}

/// A row that has passed.
#[derive(Debug, Serialize)]
struct Item {
    position: usize,
    row: u32,
    class: String,
    outlier: bool,
    score: f64,
    anomaly: Option<bool>,
}

impl LiveEvent {
    fn encoded(&self) -> Result<Event, axum::Error> {
        let name = match self {
            Self::Begin { .. } => "begin",
            Self::Rows { .. } => "rows",
            Self::Done { .. } => "done",
            Self::Failed(_) => "failed",
        };
        Event::default().event(name).json_data(self)
    }
}

/// What a stream needs to go on.
struct Source {
    experiment: Arc<Experiment>,
    trial: String,
    part: Part,
    rule: usize,
    /// The positions of the rows in the order in which they pass.
    order: Vec<usize>,
    /// The saved model and the raw rows; without them stored scores are played back.
    fresh: Option<(Arc<SavedModel>, Arc<PartRows>)>,
}

/// The stream.
pub async fn live(
    State(app): State<App>,
    Query(query): Query<LiveQuery>,
) -> Answer<Sse<impl Stream<Item = Result<Event, axum::Error>>>> {
    let place = app.stream_place()?;
    let speed = query.speed;
    if !(1.0..=FASTEST).contains(&speed) {
        return Err(ApiError::bad(
            format!("speed is {speed}"),
            format!("speed is 1 to {FASTEST} rows a second"),
        ));
    }
    let (state, from) = (app.clone(), query.from);
    let source = app.compute(move || open(&state, query)).await?;
    let begin = begin(&source)?;
    let run = Run {
        app,
        source: Arc::new(source),
        cursor: from,
        speed,
        step: Step::Begin(begin),
        _place: place,
    };
    let events = stream::unfold(run, |mut run| async move {
        let event = run.next().await?;
        Some((event.encoded(), run))
    });
    Ok(Sse::new(events).keep_alive(KeepAlive::default()))
}

fn open(app: &App, query: LiveQuery) -> Answer<Source> {
    let experiment = app.library.experiment(&query.experiment)?;
    let trial = experiment.trial(&query.trial)?;
    let order = order::mixed(column(trial, query.part, 0)?.scored.scores.len());
    // A score that depends on a row's place among others is the stored one.
    let positional = find(&trial.trial.kind).is_some_and(|kind| kind.positional);
    let rows = app.data.rows(&experiment, trial).ok();
    let model = app.model(&format!("{}/{}", query.experiment, query.trial)).ok();
    let fresh = model.zip(rows).filter(|_| !positional);
    let (trial, part, rule) = (query.trial, query.part, query.rule);
    Ok(Source { experiment, trial, part, rule, order, fresh })
}

fn begin(source: &Source) -> Answer<LiveEvent> {
    let column = column(source.experiment.trial(&source.trial)?, source.part, source.rule)?;
    Ok(LiveEvent::Begin {
        total: column.scored.scores.len(),
        threshold: column.threshold,
        name: column.trial.name.clone(),
        rescored: source.fresh.is_some(),
        order_seed: order::SEED,
    })
}

enum Step {
    Begin(LiveEvent),
    Rows,
    Over,
}

struct Run {
    app: App,
    source: Arc<Source>,
    cursor: usize,
    speed: f64,
    step: Step,
    _place: OwnedSemaphorePermit,
}

impl Run {
    async fn next(&mut self) -> Option<LiveEvent> {
        match std::mem::replace(&mut self.step, Step::Rows) {
            Step::Begin(begin) => Some(begin),
            Step::Over => None,
            Step::Rows => {
                let rows = (self.speed / BEATS).ceil().max(1.0);
                tokio::time::sleep(Duration::from_secs_f64(rows / self.speed)).await;
                let (source, from) = (Arc::clone(&self.source), self.cursor);
                // A number between 1 and 500.
                let most = rows as usize;
                match self.app.compute(move || passed(&source, from, most)).await {
                    Ok(None) => {
                        self.step = Step::Over;
                        Some(LiveEvent::Done { cursor: self.cursor })
                    }
                    Ok(Some((cursor, rows))) => {
                        self.cursor = cursor;
                        Some(rows)
                    }
                    Err(error) => {
                        self.step = Step::Over;
                        Some(LiveEvent::Failed(error.into()))
                    }
                }
            }
        }
    }
}

/// The next rows with their scores, and the new cursor; `None` at the end.
fn passed(source: &Source, from: usize, most: usize) -> Answer<Option<(usize, LiveEvent)>> {
    let column = column(source.experiment.trial(&source.trial)?, source.part, source.rule)?;
    let scored = column.scored;
    let end = from.saturating_add(most).min(source.order.len());
    if from >= end {
        return Ok(None);
    }
    let positions = &source.order[from..end];
    let fresh =
        source.fresh.as_ref().and_then(|(model, rows)| Some((model, rows.part(source.part)?)));
    let (scores, took) = match fresh {
        None => (positions.iter().map(|&at| scored.scores[at]).collect(), None),
        Some((model, table)) => {
            let (scores, took) = rescore(model, table, positions)?;
            (scores, Some(took.as_micros()))
        }
    };
    let item = |(&at, &score): (&usize, &f64)| Item {
        position: at,
        row: scored.rows[at],
        class: scored.classes.of(at).to_owned(),
        outlier: scored.labels[at],
        score,
        anomaly: column.threshold.map(|threshold| score > threshold),
    };
    let items = positions.iter().zip(&scores).map(item).collect();
    // Lossless: microseconds of one batch.
    let latency_us = took.map(|micros| micros as u64);
    Ok(Some((end, LiveEvent::Rows { cursor: end, items, latency_us })))
}

fn rescore(model: &SavedModel, table: &Table, positions: &[usize]) -> Answer<(Vec<f64>, Duration)> {
    let rows = pick(table, positions);
    let started = Instant::now();
    let scored = model.score(&rows)?;
    Ok((scored.scores, started.elapsed()))
}
