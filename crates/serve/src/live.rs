//! `GET /api/live`: the rows of an experiment as they might pass on a wire, scored one after the other.
//! A reader pauses by closing the stream and goes on from the cursor that it saw last.

use std::convert::Infallible;
use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::extract::{Query, State};
use axum::response::sse::{Event, KeepAlive, Sse};
use futures_util::{Stream, stream};
use oddbench_core::Table;
use oddbench_engine::scoring::SavedModel;
use serde::Deserialize;
use serde_json::{Value, json};
use tokio::sync::OwnedSemaphorePermit;

use crate::error::{Answer, ApiError};
use crate::features::pick;
use crate::library::Experiment;
use crate::rows::parts::PartRows;
use crate::rows::table::column;
use crate::state::App;

/// Events a second at most; faster streams put several rows into one.
const BEATS: f64 = 10.0;

/// Rows a second at most.
const FASTEST: f64 = 5_000.0;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Asked {
    experiment: String,
    trial: String,
    rule: Option<usize>,
    part: Option<String>,
    from: Option<usize>,
    speed: Option<f64>,
}

/// What a stream needs to go on.
struct Source {
    experiment: Arc<Experiment>,
    trial: String,
    part: String,
    rule: usize,
    /// The saved model and the raw rows; without them stored scores are played back.
    fresh: Option<(Arc<SavedModel>, Arc<PartRows>)>,
}

/// The stream.
pub async fn live(
    State(app): State<App>,
    Query(asked): Query<Asked>,
) -> Answer<Sse<impl Stream<Item = Result<Event, Infallible>>>> {
    let place = app.stream_place()?;
    let speed = asked.speed.unwrap_or(50.0);
    if !(1.0..=FASTEST).contains(&speed) {
        return Err(ApiError::bad(
            format!("speed is {speed}"),
            format!("speed is 1 to {FASTEST} rows a second"),
        ));
    }
    let (state, from) = (app.clone(), asked.from.unwrap_or(0));
    let source = app.compute(move || open(&state, asked)).await?;
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
        Some((Ok(event), run))
    });
    Ok(Sse::new(events).keep_alive(KeepAlive::default()))
}

fn open(app: &App, asked: Asked) -> Answer<Source> {
    let experiment = app.library.experiment(&asked.experiment)?;
    let part = asked.part.unwrap_or_else(|| "test".into());
    let trial = experiment.trial(&asked.trial)?;
    column(trial, &part, 0)?;
    let rows = app.data.rows(&experiment, trial).ok();
    let model = app.model(&format!("{}/{}", asked.experiment, asked.trial)).ok();
    let fresh = model.zip(rows);
    Ok(Source { experiment, trial: asked.trial, part, rule: asked.rule.unwrap_or(0), fresh })
}

fn begin(source: &Source) -> Answer<Value> {
    let column = column(source.experiment.trial(&source.trial)?, &source.part, source.rule)?;
    Ok(json!({
        "total": column.scored.scores.len(), "threshold": column.threshold,
        "name": column.trial.name, "rescored": source.fresh.is_some(),
    }))
}

enum Step {
    Begin(Value),
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
    async fn next(&mut self) -> Option<Event> {
        match std::mem::replace(&mut self.step, Step::Rows) {
            Step::Begin(begin) => Some(event("begin", &begin)),
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
                        Some(event("done", &json!({ "cursor": self.cursor })))
                    }
                    Ok(Some((cursor, rows))) => {
                        self.cursor = cursor;
                        Some(event("rows", &rows))
                    }
                    Err(error) => {
                        self.step = Step::Over;
                        Some(event(
                            "failed",
                            &json!({ "error": error.error, "remedy": error.remedy }),
                        ))
                    }
                }
            }
        }
    }
}

fn event(name: &str, data: &Value) -> Event {
    Event::default().event(name).data(data.to_string())
}

/// The next rows with their scores, and the new cursor; `None` at the end.
fn passed(source: &Source, from: usize, most: usize) -> Answer<Option<(usize, Value)>> {
    let column = column(source.experiment.trial(&source.trial)?, &source.part, source.rule)?;
    let scored = column.scored;
    let end = from.saturating_add(most).min(scored.scores.len());
    if from >= end {
        return Ok(None);
    }
    let positions: Vec<usize> = (from..end).collect();
    let fresh =
        source.fresh.as_ref().and_then(|(model, rows)| Some((model, rows.part(&source.part)?)));
    let (scores, took) = match fresh {
        None => (positions.iter().map(|&at| scored.scores[at]).collect(), None),
        Some((model, table)) => {
            let (scores, took) = rescore(model, table, &positions)?;
            (scores, Some(took.as_micros()))
        }
    };
    let item = |(&at, &score): (&usize, &f64)| {
        json!({
            "position": at, "row": scored.rows[at], "class": scored.classes.of(at),
            "outlier": scored.labels[at], "score": score,
            "anomaly": column.threshold.map(|threshold| score > threshold),
        })
    };
    let items: Vec<Value> = positions.iter().zip(&scores).map(item).collect();
    // Lossless: microseconds of one batch.
    let latency = took.map(|micros| micros as u64);
    Ok(Some((end, json!({ "cursor": end, "items": items, "latency_us": latency }))))
}

fn rescore(model: &SavedModel, table: &Table, positions: &[usize]) -> Answer<(Vec<f64>, Duration)> {
    let rows = pick(table, positions);
    let started = Instant::now();
    let scored = model.score(&rows)?;
    Ok((scored.scores, started.elapsed()))
}
