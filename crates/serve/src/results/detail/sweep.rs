//! The sweeps of an experiment, as their validation rows saw them. Trials of losing configurations have no address of
//! their own, because their test rows are not looked at: this is where a reader learns how they went.

use oddbench_core::results::ExperimentResults;
use oddbench_core::sweeps::{Configuration, Failure, Sweep};
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::{Value, json};

/// A sweep: the configurations of one model on one backend.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "Sweep")]
pub struct SweepLine {
    name: String,
    backend: String,
    /// The metric of the validation rows that chooses.
    select: &'static str,
    /// The position of the chosen configuration; null while a trial is missing, and where none can be chosen.
    chosen: Option<usize>,
    configurations: Vec<ConfigurationLine>,
    failures: Vec<FailureLine>,
}

/// A configuration of a sweep.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "SweepConfiguration")]
struct ConfigurationLine {
    /// The swept parameters.
    values: Value,
    /// The mean over its trials; null unless all of them have it.
    validation: Option<f64>,
    completed: usize,
    failed: usize,
    missing: usize,
    /// The ids of its trials.
    trials: Vec<String>,
}

/// A trial of a sweep that failed.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "SweepFailure")]
struct FailureLine {
    id: String,
    seed: Option<u64>,
    fold: Option<u32>,
    /// Where it failed.
    stage: Value,
    message: String,
}

/// What the API shows of a sweep.
pub fn line(results: &ExperimentResults, sweep: &Sweep) -> SweepLine {
    SweepLine {
        name: sweep.name.clone(),
        backend: sweep.backend.clone(),
        select: sweep.select.name(),
        chosen: sweep.winner,
        configurations: sweep.configurations.iter().map(|of| configuration(results, of)).collect(),
        failures: sweep.failures.iter().map(failure).collect(),
    }
}

fn configuration(results: &ExperimentResults, of: &Configuration) -> ConfigurationLine {
    let id = |&at: &usize| Some(results.manifest.trials.get(at)?.id.clone());
    ConfigurationLine {
        values: of.values.clone(),
        validation: of.mean(),
        completed: of.completed,
        failed: of.failed,
        missing: of.missing,
        trials: of.trials.iter().filter_map(id).collect(),
    }
}

fn failure(of: &Failure) -> FailureLine {
    FailureLine {
        id: of.trial.id.clone(),
        seed: of.trial.seed,
        fold: of.trial.fold,
        stage: json!(of.stage),
        message: of.message.clone(),
    }
}
