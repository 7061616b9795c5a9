//! `GET /api/experiments/{name}/rows`: a page of rows, filtered and sorted, with the predictions of
//! several trials beside the true class. Made from stored scores; the data set is not needed.

use std::cmp::Ordering;

use axum::Json;
use axum::extract::{Path, Query, State};
use oddbench_core::metrics::Confusion;
use oddbench_core::record::TrialInfo;
use oddbench_core::results::TrialResult;
use oddbench_core::scores::ScoredPart;
use oddbench_data::catalog::{self, NORMAL};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::Part;
use crate::error::{Answer, ApiError};
use crate::library::Experiment;
use crate::page::{Order, Page};
use crate::state::App;

/// Trials that are shown side by side at most.
const MOST_TRIALS: usize = 8;

/// Trials that are shown if none is named.
const SOME_TRIALS: usize = 4;

/// Which rows, in which order.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RowsQuery {
    /// 1 to 8 trial ids with commas between; the median trials of the first four models if left out.
    trials: Option<String>,
    /// Position of the threshold rule.
    #[serde(default)]
    rule: usize,
    /// Which rows.
    #[serde(default)]
    part: Part,
    /// From 0.
    page: Option<usize>,
    /// Rows of a page.
    size: Option<usize>,
    /// `position`, `row`, `class`, `label`, `wrong`, or `score:ID` of a chosen trial.
    sort: Option<String>,
    /// Which end comes first.
    order: Option<Order>,
    /// Class names with commas between.
    class: Option<String>,
    /// 0 inliers, 1 outliers.
    label: Option<u8>,
    /// Row number in the source table.
    row: Option<u32>,
    /// How the chosen trials call it.
    #[serde(default)]
    outcome: OutcomeFilter,
}

/// How the chosen trials call a row; tp, fp, tn and fn are of the first trial.
#[derive(Debug, Clone, Copy, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
enum OutcomeFilter {
    #[default]
    All,
    Wrong,
    AllWrong,
    Right,
    Disagree,
    Tp,
    Fp,
    Tn,
    Fn,
}

/// A page of rows beside the predictions of several trials.
#[derive(Debug, Serialize, JsonSchema)]
pub struct RowsPage {
    experiment: String,
    part: Part,
    rule: usize,
    total: usize,
    /// How many rows fit the filters.
    matching: usize,
    page: usize,
    size: usize,
    /// The most frequent first.
    classes: Vec<ClassCount>,
    trials: Vec<ColumnHead>,
    rows: Vec<RowLine>,
}

#[derive(Debug, Serialize, JsonSchema)]
struct ClassCount {
    name: String,
    rows: usize,
    outlier: bool,
}

/// A trial whose predictions stand in the rows.
#[derive(Debug, Serialize, JsonSchema)]
struct ColumnHead {
    id: String,
    name: String,
    kind: String,
    seed: Option<u64>,
    fold: Option<u32>,
    /// Null where the rule gives none.
    threshold: Option<f64>,
    counts: Option<Counts>,
}

/// Decisions by the truth; the positive class is the outlier.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Counts {
    tp: u64,
    fp: u64,
    tn: u64,
    r#fn: u64,
}

impl From<Confusion> for Counts {
    fn from(of: Confusion) -> Self {
        Self { tp: of.tp, fp: of.fp, tn: of.tn, r#fn: of.fn_ }
    }
}

#[derive(Debug, Serialize, JsonSchema)]
struct RowLine {
    /// In the part.
    position: usize,
    /// In the source table.
    row: u32,
    class: String,
    outlier: bool,
    /// An attack by the name of its class, which the label policy calls normal.
    excused: bool,
    /// One of each trial.
    predictions: Vec<Prediction>,
}

/// What a trial says of a row.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Prediction {
    score: f64,
    anomaly: Option<bool>,
    outcome: Option<Outcome>,
}

/// A decision beside the truth.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
enum Outcome {
    Tp,
    Fp,
    Tn,
    Fn,
}

/// One trial's scores of the part, and its threshold.
pub struct Column<'a> {
    /// The trial.
    pub trial: &'a TrialInfo,
    /// Its scores.
    pub scored: &'a ScoredPart,
    /// Its threshold; `None` where the rule gives none.
    pub threshold: Option<f64>,
}

/// The page.
pub async fn rows(
    State(app): State<App>,
    Path(name): Path<String>,
    Query(query): Query<RowsQuery>,
) -> Answer<Json<RowsPage>> {
    let state = app.clone();
    app.compute(move || {
        let experiment = state.library.experiment(&name)?;
        let page = Page::new(query.page, query.size, &state.limits)?;
        answer(&experiment, &query, page).map(Json)
    })
    .await
}

fn answer(experiment: &Experiment, query: &RowsQuery, page: Page) -> Answer<RowsPage> {
    let columns = chosen(experiment, query)?;
    let rows = columns[0].scored;
    let mut positions = filtered(&columns, query)?;
    sort(&mut positions, &columns, query)?;
    let entry = catalog::dataset(&experiment.results.manifest.data.dataset);
    let attack = |class: &str| {
        entry.and_then(|entry| entry.category(class)).is_some_and(|category| category != NORMAL)
    };
    let excused = &|at: usize| !rows.labels[at] && attack(rows.classes.of(at));
    Ok(RowsPage {
        experiment: experiment.name.clone(),
        part: query.part,
        rule: query.rule,
        total: rows.scores.len(),
        matching: positions.len(),
        page: page.number,
        size: page.size,
        classes: classes(rows),
        trials: columns.iter().map(head).collect(),
        rows: page.of(&positions).iter().map(|&at| row_line(&columns, at, excused)).collect(),
    })
}

/// That part of a trial's scores.
pub fn part_of(result: &TrialResult, part: Part) -> Answer<&ScoredPart> {
    let scores = result.scores.as_ref().ok_or_else(|| {
        ApiError::conflict(
            format!("trial {} has no scores", result.trial.id),
            "choose a trial that completed",
        )
    })?;
    part.of(scores).ok_or_else(|| {
        ApiError::bad("the trial has no rows in this part", "not every experiment has all parts")
    })
}

/// The trials that are asked for, or the median ones of the first rows.
fn chosen<'a>(experiment: &'a Experiment, query: &RowsQuery) -> Answer<Vec<Column<'a>>> {
    let rule = query.rule;
    let results: Vec<&TrialResult> = match &query.trials {
        Some(ids) => ids.split(',').map(|id| experiment.trial(id)).collect::<Answer<Vec<_>>>()?,
        None => {
            let medians = experiment.rows.iter().filter_map(|row| row.median_trial);
            medians.take(SOME_TRIALS).map(|at| &experiment.results.trials[at]).collect()
        }
    };
    if results.is_empty() || results.len() > MOST_TRIALS {
        return Err(ApiError::bad(
            format!("chosen trials: {}", results.len()),
            format!("choose 1 to {MOST_TRIALS} trials that completed"),
        ));
    }
    if rule >= experiment.results.manifest.experiment.thresholds.len() {
        return Err(ApiError::bad(
            format!("there is no threshold rule {rule}"),
            "rule counts from 0 in the experiment's thresholds",
        ));
    }
    let mut columns = Vec::with_capacity(results.len());
    for result in results {
        columns.push(column(result, query.part, rule)?);
    }
    if columns.iter().any(|column| column.scored.rows != columns[0].scored.rows) {
        return Err(ApiError::bad(
            "these trials scored different rows",
            "choose trials of one fold",
        ));
    }
    Ok(columns)
}

/// A trial's scores of a part with its threshold under a rule.
pub fn column<'a>(result: &'a TrialResult, part: Part, rule: usize) -> Answer<Column<'a>> {
    let threshold = result.evaluations.get(rule).and_then(|evaluation| evaluation.threshold);
    Ok(Column { trial: &result.trial, scored: part_of(result, part)?, threshold })
}

impl Column<'_> {
    fn anomaly(&self, at: usize) -> Option<bool> {
        self.threshold.map(|threshold| self.scored.scores[at] > threshold)
    }

    fn wrong(&self, at: usize) -> bool {
        self.anomaly(at).is_some_and(|anomaly| anomaly != self.scored.labels[at])
    }

    fn outcome(&self, at: usize) -> Option<Outcome> {
        self.anomaly(at).map(|anomaly| match (self.scored.labels[at], anomaly) {
            (true, true) => Outcome::Tp,
            (false, true) => Outcome::Fp,
            (false, false) => Outcome::Tn,
            (true, false) => Outcome::Fn,
        })
    }

    /// What this trial says of a row.
    pub fn prediction(&self, at: usize) -> Prediction {
        Prediction {
            score: self.scored.scores[at],
            anomaly: self.anomaly(at),
            outcome: self.outcome(at),
        }
    }
}

fn filtered(columns: &[Column<'_>], query: &RowsQuery) -> Answer<Vec<usize>> {
    let rows = columns[0].scored;
    let classes: Option<Vec<bool>> = query.class.as_deref().map(|wanted| {
        let wanted: Vec<&str> = wanted.split(',').collect();
        rows.classes.names.iter().map(|name| wanted.contains(&name.as_str())).collect()
    });
    let label = match query.label {
        None => None,
        Some(0) => Some(false),
        Some(1) => Some(true),
        Some(other) => {
            return Err(ApiError::bad(format!("label is {other}"), "label is 0 or 1"));
        }
    };
    let fits = query.outcome;
    Ok((0..rows.scores.len())
        .filter(|&at| label.is_none_or(|label| rows.labels[at] == label))
        .filter(|&at| query.row.is_none_or(|row| rows.rows[at] == row))
        .filter(|&at| {
            classes.as_ref().is_none_or(|wanted| wanted[usize::from(rows.classes.codes[at])])
        })
        .filter(|&at| fits.fits(columns, at))
        .collect())
}

impl OutcomeFilter {
    fn fits(self, columns: &[Column<'_>], at: usize) -> bool {
        let first = |outcome| columns[0].outcome(at) == Some(outcome);
        match self {
            Self::All => true,
            Self::Wrong => columns.iter().any(|c| c.wrong(at)),
            Self::AllWrong => columns.iter().all(|c| c.wrong(at)),
            Self::Right => !columns.iter().any(|c| c.wrong(at)),
            Self::Disagree => columns.iter().any(|c| c.anomaly(at) != columns[0].anomaly(at)),
            Self::Tp => first(Outcome::Tp),
            Self::Fp => first(Outcome::Fp),
            Self::Tn => first(Outcome::Tn),
            Self::Fn => first(Outcome::Fn),
        }
    }
}

fn sort(positions: &mut [usize], columns: &[Column<'_>], query: &RowsQuery) -> Answer<()> {
    let rows = columns[0].scored;
    let key = query.sort.as_deref().unwrap_or("position");
    // Ties keep the order of the rows.
    let compare: Box<dyn Fn(usize, usize) -> Ordering + '_> = match key {
        "position" => Box::new(|a, b| a.cmp(&b)),
        "row" => Box::new(|a, b| rows.rows[a].cmp(&rows.rows[b])),
        "class" => Box::new(|a, b| rows.classes.of(a).cmp(rows.classes.of(b))),
        "label" => Box::new(|a, b| rows.labels[a].cmp(&rows.labels[b])),
        "wrong" => {
            let wrong = |at| columns.iter().filter(|column| column.wrong(at)).count();
            Box::new(move |a, b| wrong(a).cmp(&wrong(b)))
        }
        other => {
            let id = other.strip_prefix("score:");
            let column = id.and_then(|id| columns.iter().find(|column| column.trial.id == id));
            let column = column.ok_or_else(|| {
                ApiError::bad(
                    format!("sort {other:?} is unknown"),
                    "sort is position, row, class, label, wrong, or score:ID of a chosen trial",
                )
            })?;
            Box::new(|a, b| column.scored.scores[a].total_cmp(&column.scored.scores[b]))
        }
    };
    match query.order.unwrap_or(Order::Asc) {
        Order::Asc => positions.sort_by(|&a, &b| compare(a, b)),
        Order::Desc => positions.sort_by(|&a, &b| compare(b, a)),
    }
    Ok(())
}

fn row_line(columns: &[Column<'_>], at: usize, excused: &dyn Fn(usize) -> bool) -> RowLine {
    let rows = columns[0].scored;
    RowLine {
        position: at,
        row: rows.rows[at],
        class: rows.classes.of(at).to_owned(),
        outlier: rows.labels[at],
        excused: excused(at),
        predictions: columns.iter().map(|column| column.prediction(at)).collect(),
    }
}

fn head(column: &Column<'_>) -> ColumnHead {
    let Column { trial, scored, threshold } = *column;
    let counts = threshold.map(|at| Confusion::at(&scored.labels, &scored.scores, at).into());
    ColumnHead {
        id: trial.id.clone(),
        name: trial.name.clone(),
        kind: trial.kind.clone(),
        seed: trial.seed,
        fold: trial.fold,
        threshold,
        counts,
    }
}

/// The classes of a part, the most frequent first.
fn classes(rows: &ScoredPart) -> Vec<ClassCount> {
    let class = |name: &String| ClassCount { name: name.clone(), rows: 0, outlier: false };
    let mut found: Vec<ClassCount> = rows.classes.names.iter().map(class).collect();
    for (at, &code) in rows.classes.codes.iter().enumerate() {
        let class = &mut found[usize::from(code)];
        class.rows += 1;
        class.outlier = rows.labels[at];
    }
    found.retain(|class| class.rows > 0);
    found.sort_by_key(|class| std::cmp::Reverse(class.rows));
    found
}
