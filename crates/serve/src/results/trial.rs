//! `GET /api/experiments/{name}/trials/{id}`: a trial's record, its learning curve, its figures under
//! every rule, and the scores that charts are drawn from.

#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use axum::Json;
use axum::extract::{Path, State};
use oddbench_core::Epoch;
use oddbench_core::evaluate::Evaluation;
use oddbench_core::metrics::{Metric, PerMetric};
use oddbench_core::record::{Outcome, Projection};
use oddbench_core::results::TrialResult;
use oddbench_core::scores::ScoredPart;
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::{Value, json};

use super::detail::{Described, described};
use crate::detect::jobs::EpochLine;
use crate::detect::result::{Plane, digits};
use crate::error::Answer;
use crate::library::{Experiment, rule_name};
use crate::page::evenly;
use crate::rows::table::Counts;
use crate::state::App;

/// Test rows whose scores are sent at most.
const MOST_SCORES: usize = 20_000;

/// A trial: its record, learning curve, metrics under every rule, and scores.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "Trial")]
pub struct Detail {
    id: String,
    experiment: String,
    name: String,
    /// As the manifest has it.
    trial: Value,
    /// As the run left it; null if it has not been run.
    record: Value,
    #[schemars(with = "Vec<EpochLine>")]
    epochs: Vec<Epoch>,
    metrics: Vec<Described>,
    evaluations: Vec<EvaluationLine>,
    /// On the rows of the external test.
    transfer: Vec<EvaluationLine>,
    /// Null if it failed.
    test: Option<TestScores>,
    #[schemars(with = "Option<Plane>")]
    projection: Option<Projection>,
}

/// Metrics under one threshold rule.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "Evaluation")]
struct EvaluationLine {
    rule: String,
    oracle: bool,
    /// Null where the rule gives none.
    threshold: Option<f64>,
    #[schemars(with = "BTreeMap<String, Option<f64>>")]
    metrics: PerMetric<Option<f64>>,
    confusion: Option<Counts>,
    /// Why there is no threshold.
    undefined: Option<String>,
}

/// Scores of the test rows, or of 20,000 evenly spaced ones.
#[derive(Debug, Serialize, JsonSchema)]
struct TestScores {
    scores: Vec<f64>,
    /// `0` or `1` for each row.
    labels: String,
    classes: Vec<String>,
    class_codes: Vec<u16>,
    /// How many rows there are, if these are a sample.
    sampled_from: Option<usize>,
    /// Where the rows of a sample stand in the part.
    positions: Option<Vec<usize>>,
}

/// The trial.
pub async fn trial(
    State(app): State<App>,
    Path((name, id)): Path<(String, String)>,
) -> Answer<Json<Detail>> {
    let state = app.clone();
    app.compute(move || {
        let experiment = state.library.experiment(&name)?;
        let trial = experiment.trial(&id)?;
        Ok(Json(detail(&experiment, trial)))
    })
    .await
}

fn detail(experiment: &Experiment, result: &TrialResult) -> Detail {
    let epochs = match result.record.as_ref().map(|record| &record.outcome) {
        Some(Outcome::Completed { epochs, .. }) => epochs.clone(),
        _ => Vec::new(),
    };
    // The projection is of the only split's test rows, or of the first fold's.
    let shown = result.trial.fold.is_none_or(|fold| fold == 1);
    Detail {
        id: result.trial.id.clone(),
        experiment: experiment.name.clone(),
        name: result.trial.name.clone(),
        trial: json!(result.trial),
        record: json!(result.record),
        epochs,
        metrics: Metric::ALL.map(|metric| described(metric.into())).into(),
        evaluations: result.evaluations.iter().map(evaluation).collect(),
        transfer: result.transfer.iter().map(evaluation).collect(),
        test: result.scores.as_ref().map(|scores| part(&scores.test)),
        projection: experiment.results.projection.clone().filter(|_| shown),
    }
}

fn evaluation(of: &Evaluation) -> EvaluationLine {
    EvaluationLine {
        rule: rule_name(&of.settings),
        oracle: of.oracle,
        threshold: of.threshold,
        metrics: of.metrics,
        confusion: of.confusion.map(Counts::from),
        undefined: of.undefined.map(|why| why.to_string()),
    }
}

fn part(part: &ScoredPart) -> TestScores {
    let n = part.scores.len();
    let positions = evenly(n, MOST_SCORES);
    let sampled = n > MOST_SCORES;
    TestScores {
        scores: positions.iter().map(|&at| part.scores[at]).collect(),
        labels: digits(positions.iter().map(|&at| part.labels[at])),
        classes: part.classes.names.clone(),
        class_codes: positions.iter().map(|&at| part.classes.codes[at]).collect(),
        sampled_from: sampled.then_some(n),
        positions: sampled.then_some(positions),
    }
}
