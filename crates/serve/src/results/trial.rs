//! `GET /api/experiments/{name}/trials/{id}`: a trial's record, its learning curve, its figures under
//! every rule, and the scores that charts are drawn from.

use axum::Json;
use axum::extract::{Path, State};
use oddbench_core::evaluate::Evaluation;
use oddbench_core::metrics::Metric;
use oddbench_core::record::{Outcome, ScoredPart, TrialResult};
use serde_json::{Value, json};

use super::detail::described;
use crate::error::Answer;
use crate::library::{Experiment, rule_name};
use crate::page::evenly;
use crate::state::App;

/// Test rows whose scores are sent at most.
const MOST_SCORES: usize = 20_000;

/// The trial.
pub async fn trial(
    State(app): State<App>,
    Path((name, id)): Path<(String, String)>,
) -> Answer<Json<Value>> {
    let state = app.clone();
    app.compute(move || {
        let experiment = state.library.experiment(&name)?;
        let trial = experiment.trial(&id)?;
        Ok(Json(detail(&experiment, trial)))
    })
    .await
}

fn detail(experiment: &Experiment, result: &TrialResult) -> Value {
    let epochs = match result.record.as_ref().map(|record| &record.outcome) {
        Some(Outcome::Completed { epochs, .. }) => epochs.as_slice(),
        _ => &[],
    };
    // The projection is of the only split's test rows, or of the first fold's.
    let shown = result.trial.fold.is_none_or(|fold| fold == 1);
    json!({
        "id": result.trial.id, "experiment": experiment.name, "name": result.trial.name,
        "trial": result.trial, "record": result.record, "epochs": epochs,
        "metrics": Metric::ALL.map(|metric| described(metric.into())),
        "evaluations": result.evaluations.iter().map(evaluation).collect::<Vec<_>>(),
        "transfer": result.transfer.iter().map(evaluation).collect::<Vec<_>>(),
        "test": result.scores.as_ref().map(|scores| part(&scores.test)),
        "projection": experiment.results.projection.as_ref().filter(|_| shown),
    })
}

fn evaluation(of: &Evaluation) -> Value {
    json!({
        "rule": rule_name(&of.settings), "oracle": of.oracle, "threshold": of.threshold,
        "metrics": of.metrics,
        "confusion": of.confusion.map(|c| json!({ "tp": c.tp, "fp": c.fp, "tn": c.tn, "fn": c.fn_ })),
        "undefined": of.undefined.map(|why| why.to_string()),
    })
}

fn part(part: &ScoredPart) -> Value {
    let n = part.scores.len();
    let positions = evenly(n, MOST_SCORES);
    let sampled = n > MOST_SCORES;
    json!({
        "scores": positions.iter().map(|&at| part.scores[at]).collect::<Vec<_>>(),
        "labels": positions.iter().map(|&at| if part.labels[at] { '1' } else { '0' }).collect::<String>(),
        "classes": part.classes.names,
        "class_codes": positions.iter().map(|&at| part.classes.codes[at]).collect::<Vec<_>>(),
        "sampled_from": sampled.then_some(n),
        "positions": sampled.then_some(positions),
    })
}
