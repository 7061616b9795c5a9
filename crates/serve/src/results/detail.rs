//! `GET /api/experiments/{name}` and its figures: everything that a page of one experiment shows.

use axum::Json;
use axum::extract::{Path, State};
use axum::http::header;
use axum::response::IntoResponse;
use oddbench_core::record::{Outcome, Record, TrialResult};
use oddbench_report::{Column, RuleSummary, SummaryRow};
use serde_json::{Value, json};

use super::list::thresholds;
use crate::error::{Answer, ApiError};
use crate::library::Experiment;
use crate::state::App;

/// The experiment with its rows, trials, anchors, audit and figures.
pub async fn experiment(State(app): State<App>, Path(name): Path<String>) -> Answer<Json<Value>> {
    let state = app.clone();
    app.compute(move || {
        let experiment = state.library.experiment(&name)?;
        let store = state.library.store(&name)?;
        let has_model = |id: &str| store.trial_dir(id).join("model/model.json").is_file();
        Ok(Json(detail(&experiment, has_model)?))
    })
    .await
}

fn detail(experiment: &Experiment, has_model: impl Fn(&str) -> bool) -> Answer<Value> {
    let results = &experiment.results;
    let manifest = &results.manifest;
    let data = &manifest.data;
    let name = &experiment.name;
    let sizes = results.trials.iter().find_map(|trial| trial.record.as_ref()?.sizes);
    let model = |id: &str| has_model(id).then(|| format!("{name}/{id}"));
    let trials: Vec<Value> =
        results.trials.iter().map(|trial| trial_line(trial, model(&trial.trial.id))).collect();
    let rows: Vec<Value> = experiment.rows.iter().map(|row| row_line(experiment, row)).collect();
    let metrics: Vec<Value> = Column::all().map(described).collect();
    Ok(json!({
        "name": name, "description": manifest.experiment.description, "dataset": data.dataset,
        "synthetic": data.synthetic, "features": data.features, "labels": data.labels,
        "split": data.split, "preprocess": data.preprocess, "oddbench": manifest.oddbench,
        "git_revision": manifest.git_revision, "environment": manifest.environment,
        "overrides": manifest.overrides, "spec": manifest.experiment, "sizes": sizes,
        "thresholds": thresholds(manifest), "metrics": metrics, "rows": rows, "trials": trials,
        "anchors": manifest.anchors, "figures": figures(experiment)?, "audit": results.audit,
    }))
}

/// The name of a column in this API, and its title.
pub(super) fn described(column: Column) -> Value {
    json!({ "key": column.name(), "title": column.title() })
}

fn row_line(experiment: &Experiment, row: &SummaryRow) -> Value {
    let id = |&at: &usize| &experiment.results.trials[at].trial.id;
    json!({
        "name": row.name, "model": row.model, "kind": row.kind, "backend": row.backend,
        "device": row.device, "supervised": row.supervised, "params": row.params,
        "status": row.status,
        "rules": row.rules.iter().map(rule_line).collect::<Vec<_>>(),
        "fit_seconds": row.fit_seconds, "score_seconds": row.score_seconds,
        "peak_rss_mb": row.peak_rss_mb,
        "trials": row.trials.iter().map(id).collect::<Vec<_>>(),
        "median_trial": row.median_trial.as_ref().map(id),
    })
}

fn rule_line(rule: &RuleSummary) -> Value {
    json!({
        "oracle": rule.oracle,
        "metrics": rule.metrics,
        "undefined": rule.undefined.map(|why| why.to_string()),
        "transfer": rule.transfer.as_ref().map(|transfer| {
            json!({ "metrics": transfer.metrics, "fall": transfer.fall })
        }),
    })
}

fn trial_line(result: &TrialResult, model: Option<String>) -> Value {
    let trial = &result.trial;
    let first = result.evaluations.first();
    json!({
        "id": trial.id, "name": trial.name, "kind": trial.kind, "seed": trial.seed,
        "fold": trial.fold, "backend": trial.backend, "status": status(result.record.as_ref()),
        "metrics": first.map(|e| e.metrics),
        "thresholds": result.evaluations.iter().map(|e| e.threshold).collect::<Vec<_>>(),
        "model": model,
    })
}

fn status(record: Option<&Record>) -> &'static str {
    match record.map(|record| &record.outcome) {
        Some(Outcome::Completed { .. }) => "completed",
        Some(Outcome::Failed { .. }) => "failed",
        None => "missing",
    }
}

fn figures(experiment: &Experiment) -> Answer<Vec<Value>> {
    let line = |figure: &oddbench_report::Figure| {
        json!({
            "stem": figure.stem, "title": figure.title, "caption": figure.caption,
            "alt": figure.alt, "row": figure.row,
            "href": format!("/api/experiments/{}/figures/{}.svg", experiment.name, figure.stem),
        })
    };
    Ok(experiment.figures()?.iter().map(line).collect())
}

/// `GET /api/experiments/{name}/figures/{file}`: one of the figures that were drawn.
pub async fn figure(
    State(app): State<App>,
    Path((name, file)): Path<(String, String)>,
) -> Answer<impl IntoResponse> {
    let state = app.clone();
    let svg = app.compute(move || {
        let experiment = state.library.experiment(&name)?;
        let stem = file.strip_suffix(".svg").unwrap_or(&file);
        let mut figures = experiment.figures()?.iter();
        let found = figures.find(|figure| figure.stem == stem).map(|figure| figure.svg());
        found.ok_or_else(|| ApiError::none("figure", &format!("/api/experiments/{name}")))
    });
    Ok(([(header::CONTENT_TYPE, "image/svg+xml")], svg.await?))
}
