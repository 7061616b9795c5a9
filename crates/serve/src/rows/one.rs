//! `GET /api/experiments/{name}/rows/{position}`: one row, feature by feature.

use std::collections::HashMap;

use axum::Json;
use axum::extract::{Path, Query, State};
use oddbench_core::Table;
use oddbench_engine::scoring::SavedModel;
use serde::Deserialize;
use serde_json::{Value, json};

use super::table::column;
use crate::error::{Answer, ApiError};
use crate::explained::explained;
use crate::features::{Cell, Explained, Usual, line, pick};
use crate::state::App;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Asked {
    part: Option<String>,
    trial: Option<String>,
    trials: Option<String>,
    rule: Option<usize>,
}

/// The row.
pub async fn row(
    State(app): State<App>,
    Path((name, position)): Path<(String, usize)>,
    Query(asked): Query<Asked>,
) -> Answer<Json<Value>> {
    let state = app.clone();
    app.compute(move || {
        let experiment = state.library.experiment(&name)?;
        let part = asked.part.as_deref().unwrap_or("test");
        let median = || {
            let at = experiment.rows.iter().find_map(|row| row.median_trial)?;
            Some(experiment.results.trials[at].trial.id.clone())
        };
        let id = asked.trial.clone().or_else(median).ok_or_else(|| {
            ApiError::conflict("no trial of this experiment completed", "run it again")
        })?;
        let trial = experiment.trial(&id)?;
        let scored = super::table::part_of(trial, part)?;
        if position >= scored.scores.len() {
            return Err(ApiError::none("row", &format!("/api/experiments/{name}/rows")));
        }
        let mut predictions = Vec::new();
        let others = asked.trials.as_deref().unwrap_or(&id);
        for id in others.split(',').take(8) {
            let column = column(experiment.trial(id)?, part, asked.rule.unwrap_or(0))?;
            if position < column.scored.scores.len() {
                let mut prediction = column.prediction(position);
                prediction["trial"] = json!(column.trial.id);
                prediction["name"] = json!(column.trial.name);
                prediction["threshold"] = json!(column.threshold);
                predictions.push(prediction);
            }
        }
        let rows = state.data.rows(&experiment, trial)?;
        let table = rows.part(part).ok_or_else(|| {
            ApiError::bad("there is no such part", "part is test, validation or transfer")
        })?;
        let row = pick(table, &[position]);
        // A trial without a saved model still has its row shown.
        let model = state.model(&format!("{name}/{id}")).ok();
        let (features, notes) = features(&row, &rows.usual, model.as_deref())?;
        Ok(Json(json!({
            "position": position, "row": scored.rows[position],
            "class": scored.classes.of(position), "outlier": scored.labels[position],
            "part": part, "trial": id, "predictions": predictions,
            "features": features, "notes": notes,
        })))
    })
    .await
}

/// A line per column of a table of one row, those that the model reads first.
pub fn features(
    row: &Table,
    usual: &[(String, Usual)],
    model: Option<&SavedModel>,
) -> Answer<(Vec<Value>, Vec<String>)> {
    let said: HashMap<String, Explained> = match model {
        Some(model) => explained(model, row)?,
        None => HashMap::new(),
    };
    let usual: HashMap<&str, &Usual> =
        usual.iter().map(|(name, usual)| (name.as_str(), usual)).collect();
    let lines = row.columns.iter().map(|(name, column)| {
        let cell = Cell::of(column, 0);
        line(name, &cell, usual.get(name.as_str()).copied(), said.get(name))
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
