//! `GET /api/experiments/{name}`: everything that a page of one experiment shows. What takes time to compute has routes
//! of its own, so that a page can show the tables first.

mod sweep;

use std::collections::BTreeMap;

use axum::Json;
use axum::extract::{Path, Query, State};
use oddbench_core::metrics::{Group, Metric, PerMetric};
use oddbench_core::record::{Outcome, Record};
use oddbench_core::results::TrialResult;
use oddbench_report::elsewhere;
use oddbench_report::operating::{self, OperatingFigure, OperatingSummary, Words};
use oddbench_report::{Column, RuleSummary, Spread, SummaryRow, contends};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::figures::{FigureLine, figures};
use super::list::{Rule, thresholds};
use super::verdict::VerdictLine;
use crate::error::Answer;
use crate::library::Experiment;
use crate::state::App;
use sweep::SweepLine;

/// The experiment with its rows, trials, anchors, audit and figures.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "Experiment")]
pub struct Detail {
    name: String,
    description: String,
    dataset: String,
    /// Whether its rows were generated.
    synthetic: bool,
    features: String,
    labels: String,
    split: String,
    preprocess: Value,
    /// The version of oddbench that ran it.
    oddbench: String,
    git_revision: Option<String>,
    environment: Value,
    /// The `--set`, `--seeds` and `--backends` that changed the file.
    overrides: Vec<String>,
    /// The resolved experiment file.
    spec: Value,
    /// Rows in each part.
    sizes: Value,
    thresholds: Vec<Rule>,
    metrics: Vec<Described>,
    /// Who is the best, and how sure that is; null if it was left out.
    verdict: Option<VerdictLine>,
    operator: OperatorLine,
    rows: Vec<ModelRow>,
    /// What must be known of rows whose models were fitted elsewhere.
    elsewhere: Vec<String>,
    trials: Vec<TrialLine>,
    /// What validation rows said of each configuration, and which one was chosen.
    sweeps: Vec<SweepLine>,
    /// Published figures.
    anchors: Value,
    /// Empty if they were left out.
    figures: Vec<FigureLine>,
    /// What the rows allow: duplicates, overlap, ceilings.
    audit: Value,
}

/// A column of metrics.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "MetricColumn")]
pub struct Described {
    key: &'static str,
    title: &'static str,
    /// What it means; null for the threshold, which is no metric.
    definition: Option<&'static str>,
    /// Who asks for it: `study` (the columns of the comparison) or `operator`.
    #[schemars(with = "String")]
    group: Group,
}

/// What the operator's figures of the rows are for, and what they say in words.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "Operator")]
struct OperatorLine {
    /// False positive rates that thresholds are chosen for.
    fpr: Vec<f64>,
    /// Shares of rows that are outliers, at which precision is stated.
    prevalence: Vec<f64>,
    /// Rows of a day; null if none are stated.
    flows_per_day: Option<f64>,
    /// The position of the rate whose precision and false alarms tables show; null if the rows are too few for all.
    main: Option<usize>,
    /// Positions of the rates that the rows are enough for.
    resolved: Vec<usize>,
    /// Whether its table stands before the comparison.
    leads: bool,
    /// The answer in words.
    answer: Vec<String>,
    /// What must be known of the figures.
    notes: Vec<String>,
}

/// A model's row: its trials together.
#[derive(Debug, Serialize, JsonSchema)]
struct ModelRow {
    name: String,
    model: String,
    kind: String,
    backend: String,
    device: Option<String>,
    supervised: bool,
    /// Whether it may be called the best: sanity models and models that were fitted elsewhere may not.
    contends: bool,
    params: Value,
    /// How many trials completed, failed and are missing; of a sweep that has no winner, of all configurations.
    status: Value,
    /// Metrics under each threshold rule.
    rules: Vec<RuleLine>,
    /// One per false positive rate of `operator`.
    operating: Vec<OperatingLine>,
    #[schemars(with = "Option<Figures>")]
    fit_seconds: Option<Spread>,
    #[schemars(with = "Option<Figures>")]
    score_seconds: Option<Spread>,
    #[schemars(with = "Option<Figures>")]
    peak_rss_mb: Option<Spread>,
    /// The ids of its trials.
    trials: Vec<String>,
    median_trial: Option<String>,
}

/// Over the trials: `n`, `mean`, `sd`, `median`, `min`, `max`.
type Figures = BTreeMap<String, Option<f64>>;

/// By metric; one that is undefined in every trial is absent.
type Spreads = BTreeMap<Column, Spread>;

#[derive(Debug, Serialize, JsonSchema)]
struct RuleLine {
    oracle: bool,
    #[schemars(with = "BTreeMap<String, Figures>")]
    metrics: Spreads,
    /// Why there is no threshold.
    undefined: Option<String>,
    transfer: Option<TransferLine>,
}

/// A row's figures at a false positive rate whose threshold is chosen on benign validation rows.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "OperatingPoint")]
struct OperatingLine {
    fpr: f64,
    /// Why there are no figures: too few benign rows.
    unresolvable: Option<String>,
    recall: Option<EstimateLine>,
    /// The false positive rate on the test rows.
    fpr_reached: Option<EstimateLine>,
    /// Whether the threshold kept the rate: the interval of the rate that was reached does not lie above it.
    held: Option<bool>,
    /// One per share of `operator.prevalence`; null where no row is called.
    precision: Vec<Option<EstimateLine>>,
    false_alarms_per_million: Option<EstimateLine>,
    false_alarms_per_day: Option<EstimateLine>,
}

/// The median over the trials, with the 95 % interval of the trial that has it.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "Estimate")]
struct EstimateLine {
    value: f64,
    low: f64,
    high: f64,
    #[schemars(with = "Figures")]
    trials: Spread,
}

#[derive(Debug, Serialize, JsonSchema)]
struct TransferLine {
    #[schemars(with = "BTreeMap<String, Figures>")]
    metrics: Spreads,
    #[schemars(with = "BTreeMap<String, Figures>")]
    fall: Spreads,
}

#[derive(Debug, Serialize, JsonSchema)]
struct TrialLine {
    id: String,
    name: String,
    kind: String,
    seed: Option<u64>,
    fold: Option<u32>,
    /// The family of attacks that the fold leaves out, if it leaves one out.
    fold_name: Option<String>,
    backend: String,
    /// `completed`, `failed` or `missing`.
    status: &'static str,
    /// Under the first rule.
    #[schemars(with = "Option<BTreeMap<String, Option<f64>>>")]
    metrics: Option<PerMetric<Option<f64>>>,
    /// Of each rule; null where it gives none.
    thresholds: Vec<Option<f64>>,
    /// The id of its saved model.
    model: Option<String>,
}

/// What of an experiment is wanted.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct DetailQuery {
    /// Leaves out the verdict and the figures: they take time, and `/verdict` and `/figures` have them.
    #[serde(default)]
    lean: bool,
}

/// `GET /api/experiments/{name}/verdict`.
pub async fn verdict(
    State(app): State<App>,
    Path(name): Path<String>,
) -> Answer<Json<VerdictLine>> {
    let state = app.clone();
    app.compute(move || {
        let experiment = state.library.experiment(&name)?;
        Ok(Json(VerdictLine::of(experiment.verdict())))
    })
    .await
}

/// `GET /api/experiments/{name}`.
pub async fn experiment(
    State(app): State<App>,
    Path(name): Path<String>,
    Query(query): Query<DetailQuery>,
) -> Answer<Json<Detail>> {
    let state = app.clone();
    app.compute(move || {
        let experiment = state.library.experiment(&name)?;
        let store = state.library.store(&name)?;
        let has_model = |id: &str| store.trial_dir(id).join("model/model.json").is_file();
        Ok(Json(detail(&experiment, query.lean, has_model)?))
    })
    .await
}

fn detail(experiment: &Experiment, lean: bool, has_model: impl Fn(&str) -> bool) -> Answer<Detail> {
    let results = &experiment.results;
    let manifest = results.manifest.clone();
    let (thresholds, data) = (thresholds(&manifest), manifest.data);
    let name = &experiment.name;
    let model = |id: &str| has_model(id).then(|| format!("{name}/{id}"));
    let trials = results.trials.iter().map(|trial| trial_line(trial, model(&trial.trial.id)));
    Ok(Detail {
        name: name.clone(),
        spec: json!(manifest.experiment),
        description: manifest.experiment.description,
        dataset: data.dataset,
        synthetic: data.synthetic,
        features: data.features,
        labels: data.labels,
        split: data.split,
        preprocess: json!(data.preprocess),
        oddbench: manifest.oddbench,
        git_revision: manifest.git_revision,
        environment: json!(manifest.environment),
        overrides: manifest.overrides,
        sizes: json!(results.trials.iter().find_map(|trial| trial.record.as_ref()?.sizes)),
        thresholds,
        metrics: Column::all().map(described).collect(),
        verdict: (!lean).then(|| VerdictLine::of(experiment.verdict())),
        operator: operator_line(experiment),
        rows: experiment.rows.iter().map(|row| row_line(experiment, row)).collect(),
        elsewhere: elsewhere::notes(&experiment.rows),
        trials: trials.collect(),
        sweeps: results.sweeps.iter().map(|sweep| sweep::line(results, sweep)).collect(),
        anchors: json!(manifest.anchors),
        figures: if lean { vec![] } else { figures(experiment)? },
        audit: json!(results.audit),
    })
}

/// The name of a column in this API, its title and, of a metric, what it means.
pub(super) fn described(column: Column) -> Described {
    let definition = column.metric().map(Metric::definition);
    let (key, title, group) = (column.name(), column.title(), column.group());
    Described { key, title, definition, group }
}

fn row_line(experiment: &Experiment, row: &SummaryRow) -> ModelRow {
    let id = |&at: &usize| experiment.results.trials[at].trial.id.clone();
    ModelRow {
        name: row.name.clone(),
        model: row.model.clone(),
        kind: row.kind.clone(),
        backend: row.backend.clone(),
        device: row.device.clone(),
        supervised: row.supervised,
        contends: contends(row),
        params: row.params.clone(),
        status: json!(row.progress()),
        rules: row.rules.iter().map(rule_line).collect(),
        operating: row.operating.iter().map(operating_line).collect(),
        fit_seconds: row.fit_seconds,
        score_seconds: row.score_seconds,
        peak_rss_mb: row.peak_rss_mb,
        trials: row.trials.iter().map(id).collect(),
        median_trial: row.median_trial.as_ref().map(id),
    }
}

fn rule_line(rule: &RuleSummary) -> RuleLine {
    let transfer = rule.transfer.as_ref();
    RuleLine {
        oracle: rule.oracle,
        metrics: rule.metrics.clone(),
        undefined: rule.undefined.map(|why| why.to_string()),
        transfer: transfer.map(|transfer| TransferLine {
            metrics: transfer.metrics.clone(),
            fall: transfer.fall.clone(),
        }),
    }
}

fn operator_line(experiment: &Experiment) -> OperatorLine {
    let (results, rows) = (&experiment.results, &experiment.rows);
    let settings = &results.manifest.experiment.operator;
    let Words { answer, notes } = operating::words(results, rows);
    OperatorLine {
        fpr: settings.fpr.clone(),
        prevalence: settings.prevalence.clone(),
        flows_per_day: settings.flows_per_day,
        main: operating::main_rate(results, rows),
        resolved: operating::resolved_rates(results, rows),
        leads: operating::leads(results),
        answer,
        notes,
    }
}

fn operating_line(at: &OperatingSummary) -> OperatingLine {
    let estimate = |figure: OperatingFigure| EstimateLine {
        value: figure.median.value,
        low: figure.median.interval.low,
        high: figure.median.interval.high,
        trials: figure.spread,
    };
    OperatingLine {
        fpr: at.fpr,
        unresolvable: at.unresolvable.map(|why| why.to_string()),
        recall: at.recall.map(estimate),
        fpr_reached: at.fpr_reached.map(estimate),
        held: at.held(),
        precision: at.precision.iter().map(|at| at.precision.map(estimate)).collect(),
        false_alarms_per_million: at.false_alarms_per_million.map(estimate),
        false_alarms_per_day: at.false_alarms_per_day.map(estimate),
    }
}

fn trial_line(result: &TrialResult, model: Option<String>) -> TrialLine {
    let trial = &result.trial;
    TrialLine {
        id: trial.id.clone(),
        name: trial.name.clone(),
        kind: trial.kind.clone(),
        seed: trial.seed,
        fold: trial.fold,
        fold_name: trial.fold_name.clone(),
        backend: trial.backend.clone(),
        status: status(result.record.as_ref()),
        metrics: result.evaluations.first().map(|evaluation| evaluation.metrics),
        thresholds: result.evaluations.iter().map(|evaluation| evaluation.threshold).collect(),
        model,
    }
}

fn status(record: Option<&Record>) -> &'static str {
    match record.map(|record| &record.outcome) {
        Some(Outcome::Completed { .. }) => "completed",
        Some(Outcome::Failed { .. }) => "failed",
        None => "missing",
    }
}
