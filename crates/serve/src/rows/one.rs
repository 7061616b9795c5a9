//! `GET /api/experiments/{name}/rows/{position}`: one row, feature by feature.

use std::collections::HashMap;

use axum::Json;
use axum::extract::{Path, Query, State};
use oddbench_core::Table;
use oddbench_engine::scoring::SavedModel;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::Part;
use super::table::{Prediction, column, part_of};
use crate::error::{Answer, ApiError};
use crate::explained::explained;
use crate::features::{Cell, Explained, Feature, Usual, feature, pick};
use crate::library::address;
use crate::state::{App, Server};

/// Whose predictions and explanation.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RowQuery {
    /// Which rows.
    #[serde(default)]
    part: Part,
    /// Whose explanation; the median trial of the first model if left out.
    trial: Option<String>,
    /// Whose predictions, with commas between.
    trials: Option<String>,
    /// Position of the threshold rule.
    #[serde(default)]
    rule: usize,
}

/// A row, feature by feature.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Row {
    /// In the part.
    position: usize,
    /// In the source table.
    row: u32,
    class: String,
    outlier: bool,
    part: Part,
    /// Whose explanation it is.
    trial: String,
    predictions: Vec<TrialPrediction>,
    features: Vec<Feature>,
    notes: Vec<String>,
}

/// What one of several trials says of the row.
#[derive(Debug, Serialize, JsonSchema)]
struct TrialPrediction {
    trial: String,
    name: String,
    threshold: Option<f64>,
    #[serde(flatten)]
    prediction: Prediction,
}

/// The row.
pub async fn row(
    State(app): State<App>,
    Path((name, position)): Path<(String, usize)>,
    Query(query): Query<RowQuery>,
) -> Answer<Json<Row>> {
    let state = app.clone();
    app.compute(move || found(&state, &name, position, query).map(Json)).await
}

fn found(state: &Server, name: &str, position: usize, query: RowQuery) -> Answer<Row> {
    let experiment = state.library.experiment(name)?;
    let part = query.part;
    let median = || {
        let at = experiment.rows.iter().find_map(|row| row.median_trial)?;
        Some(experiment.results.trials[at].trial.id.clone())
    };
    let id = query.trial.or_else(median).ok_or_else(|| {
        ApiError::conflict("no trial of this experiment completed", "run it again")
    })?;
    let trial = experiment.trial(&id)?;
    let scored = part_of(trial, part)?;
    if position >= scored.scores.len() {
        return Err(ApiError::none("row", &format!("{}/rows", address(name))));
    }
    let mut predictions = Vec::new();
    for id in query.trials.as_deref().unwrap_or(&id).split(',').take(8) {
        let column = column(experiment.trial(id)?, part, query.rule)?;
        if position < column.scored.scores.len() {
            predictions.push(TrialPrediction {
                trial: column.trial.id.clone(),
                name: column.trial.name.clone(),
                threshold: column.threshold,
                prediction: column.prediction(position),
            });
        }
    }
    let rows = state.data.rows(&experiment, trial)?;
    let table = rows.part(part).ok_or_else(|| {
        ApiError::bad("there is no such part", "not every experiment has all parts")
    })?;
    let row = pick(table, &[position]);
    // A trial without a saved model still has its row shown.
    let model = state.model(&format!("{name}/{id}")).ok();
    let (features, notes) = features(&row, &rows.usual, model.as_deref())?;
    Ok(Row {
        position,
        row: scored.rows[position],
        class: scored.classes.of(position).to_owned(),
        outlier: scored.labels[position],
        part,
        trial: id,
        predictions,
        features,
        notes,
    })
}

/// A line per column of a table of one row, those that the model reads first.
pub fn features(
    row: &Table,
    usual: &[(String, Usual)],
    model: Option<&SavedModel>,
) -> Answer<(Vec<Feature>, Vec<String>)> {
    let said: HashMap<String, Explained> = match model {
        Some(model) => explained(model, row)?,
        None => HashMap::new(),
    };
    let usual: HashMap<&str, &Usual> =
        usual.iter().map(|(name, usual)| (name.as_str(), usual)).collect();
    let lines = row.columns.iter().map(|(name, column)| {
        feature(name, Cell::of(column, 0), usual.get(name.as_str()).copied(), said.get(name))
    });
    let mut notes = Vec::new();
    match model {
        None => {
            notes.push("the model of this trial is not saved, so that it explains nothing".into())
        }
        Some(model) if !model.info().explains => {
            notes.push("this kind of model does not say where its scores come from".into());
        }
        Some(_) => notes.push(
            "share: a feature's contribution over the sum of all contributions' sizes".into(),
        ),
    }
    Ok((lines.collect(), notes))
}
