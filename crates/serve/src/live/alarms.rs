//! The alarms of a followed file: its latest anomalies, each with what made it odd; and one of them, feature by feature.

use std::collections::{BTreeMap, VecDeque};
use std::time::{SystemTime, UNIX_EPOCH};

use axum::Json;
use axum::extract::{Path, Query, State};
use oddbench_core::FeatureKind;
use oddbench_data::rows::Rows;
use oddbench_engine::scoring::{SavedModel, Scored};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::follow::Follow;
use crate::detect::reasons::{Reason, cell};
use crate::error::{Answer, ApiError};
use crate::features::{Cell, Feature, Usual};
use crate::rows::one::features;
use crate::score::TOP;
use crate::state::App;

/// Alarms that are kept at most.
pub const KEPT: usize = 500;

/// Alarms that are listed unless a number is asked for.
const LISTED: usize = 50;

/// An anomaly.
#[derive(Debug, Clone)]
struct Alarm {
    /// How many rows were scored before it.
    position: u64,
    seen_at: f64,
    /// One row.
    row: Rows,
    /// Its score and what it is made of.
    scored: Scored,
}

/// The latest anomalies, the oldest first.
#[derive(Debug, Default)]
pub struct Alarms(VecDeque<Alarm>);

impl Alarms {
    /// Keeps the anomalies of a batch, those at `anomalies`; `before` rows were scored before it.
    pub fn add(&mut self, rows: &Rows, scored: &Scored, anomalies: &[usize], before: u64) {
        let seen_at = now();
        // Of a batch of many only those that stay are taken apart.
        let last = anomalies.len().saturating_sub(KEPT);
        for &at in &anomalies[last..] {
            self.0.push_back(Alarm {
                position: before + at as u64,
                seen_at,
                row: rows.select(&[at]),
                scored: scored.slice(at..at + 1),
            });
        }
        let more = self.0.len().saturating_sub(KEPT);
        self.0.drain(..more);
    }
}

/// Seconds since 1970.
pub fn now() -> f64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0.0, |since| since.as_secs_f64())
}

/// How many.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct AlarmsQuery {
    /// 1 to 500.
    size: Option<usize>,
}

/// The latest alarms of a followed file.
#[derive(Debug, Serialize, JsonSchema)]
pub struct AlarmList {
    /// How many there were in all.
    total: u64,
    /// How many of them are kept.
    kept: usize,
    /// The newest first.
    alarms: Vec<AlarmLine>,
}

/// An alarm.
#[derive(Debug, Serialize, JsonSchema)]
struct AlarmLine {
    /// Its position among the rows that were scored, from 0.
    position: u64,
    /// Its line in the file as it was then.
    line: u64,
    /// When it was read, in seconds since 1970.
    seen_at: f64,
    score: f64,
    /// What contributed most to the score.
    top: Vec<Reason>,
    /// The texts as the file has them.
    values: BTreeMap<String, String>,
}

/// An alarm, feature by feature.
#[derive(Debug, Serialize, JsonSchema)]
pub struct AlarmRow {
    /// Its position among the rows that were scored, from 0.
    position: u64,
    /// Its line in the file as it was then.
    line: u64,
    /// When it was read, in seconds since 1970.
    seen_at: f64,
    score: f64,
    threshold: f64,
    features: Vec<Feature>,
    notes: Vec<String>,
}

/// `GET /api/follows/{id}/alarms`.
pub async fn list(
    State(app): State<App>,
    Path(id): Path<String>,
    Query(query): Query<AlarmsQuery>,
) -> Answer<Json<AlarmList>> {
    let follow = app.follows.of(&id)?;
    let size = query.size.unwrap_or(LISTED);
    if !(1..=KEPT).contains(&size) {
        return Err(ApiError::bad(format!("size is {size}"), format!("size is 1 to {KEPT}")));
    }
    app.compute(move || {
        let (total, kept, latest, usual) = {
            let state = follow.state();
            let latest: Vec<Alarm> = state.alarms.0.iter().rev().take(size).cloned().collect();
            (state.anomalies, state.alarms.0.len(), latest, state.usual.usual(&follow.model))
        };
        let alarms = latest.iter().map(|alarm| line(alarm, &follow.model, &usual)).collect();
        Ok(Json(AlarmList { total, kept, alarms }))
    })
    .await
}

fn line(alarm: &Alarm, model: &SavedModel, usual: &[(String, Usual)]) -> AlarmLine {
    let names = alarm.row.names().iter().enumerate();
    AlarmLine {
        position: alarm.position,
        line: alarm.row.line(0),
        seen_at: alarm.seen_at,
        score: alarm.scored.scores[0],
        top: reasons(alarm, model, usual),
        values: names.map(|(at, name)| (name.clone(), alarm.row.text(0, at).to_owned())).collect(),
    }
}

fn reasons(alarm: &Alarm, model: &SavedModel, usual: &[(String, Usual)]) -> Vec<Reason> {
    let reason = |(at, share): (usize, f64)| {
        let (name, kind) = &model.columns()[at];
        let column = alarm.row.position(name);
        let value = column.map_or(Cell::Missing, |column| cell(&alarm.row, 0, column, *kind));
        let usual = usual.iter().find(|(known, _)| known == name).map(|(_, usual)| usual);
        let contribution = alarm.scored.contributions.as_ref().map(|all| all.row(0)[at]);
        Reason::new(name, (contribution, share), value, usual)
    };
    alarm.scored.top(0, TOP).into_iter().map(reason).collect()
}

/// `GET /api/follows/{id}/alarms/{position}`.
pub async fn one(
    State(app): State<App>,
    Path((id, position)): Path<(String, u64)>,
) -> Answer<Json<AlarmRow>> {
    let follow = app.follows.of(&id)?;
    app.compute(move || opened(&follow, position).map(Json)).await
}

fn opened(follow: &Follow, position: u64) -> Answer<AlarmRow> {
    let (alarm, usual) = {
        let state = follow.state();
        let alarm = state.alarms.0.iter().find(|alarm| alarm.position == position).cloned();
        (alarm, state.usual.usual(&follow.model))
    };
    let alarm = alarm.ok_or_else(|| {
        ApiError::new(
            axum::http::StatusCode::NOT_FOUND,
            "there is no such alarm, or it is no longer kept",
            format!("GET /api/follows/{}/alarms lists the latest ones", follow.id),
        )
    })?;
    let mut kinds = follow.model.columns().to_vec();
    let others = alarm.row.names().iter().filter(|name| kinds.iter().all(|(of, _)| of != *name));
    // Nothing is known of a column that the model does not read: it is shown as it was written.
    let others: Vec<_> = others.map(|name| (name.clone(), FeatureKind::Categorical)).collect();
    kinds.extend(others);
    let (features, notes) =
        features(&alarm.row.table(&kinds)?, &usual, Some(follow.model.as_ref()))?;
    Ok(AlarmRow {
        position,
        line: alarm.row.line(0),
        seen_at: alarm.seen_at,
        score: alarm.scored.scores[0],
        threshold: follow.threshold,
        features,
        notes,
    })
}
