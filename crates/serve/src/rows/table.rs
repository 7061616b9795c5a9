//! `GET /api/experiments/{name}/rows`: a page of rows, filtered and sorted, with the predictions of
//! several trials beside the true class. Made from stored scores; the data set is not needed.

use std::cmp::Ordering;

use axum::Json;
use axum::extract::{Path, Query, State};
use oddbench_core::metrics::Confusion;
use oddbench_core::record::{ScoredPart, TrialInfo, TrialResult};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::error::{Answer, ApiError};
use crate::library::Experiment;
use crate::page::Page;
use crate::state::App;

/// Trials that are shown side by side at most.
const MOST_TRIALS: usize = 8;

/// Trials that are shown if none is named.
const SOME_TRIALS: usize = 4;

/// What a client asks for.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Asked {
    trials: Option<String>,
    rule: Option<usize>,
    part: Option<String>,
    page: Option<usize>,
    size: Option<usize>,
    sort: Option<String>,
    order: Option<String>,
    class: Option<String>,
    label: Option<u8>,
    row: Option<u32>,
    outcome: Option<String>,
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
    Query(asked): Query<Asked>,
) -> Answer<Json<Value>> {
    let state = app.clone();
    app.compute(move || {
        let experiment = state.library.experiment(&name)?;
        let page = Page::new(asked.page, asked.size, &state.limits)?;
        answer(&experiment, &asked, page).map(Json)
    })
    .await
}

fn answer(experiment: &Experiment, asked: &Asked, page: Page) -> Answer<Value> {
    let part = asked.part.as_deref().unwrap_or("test");
    let rule = asked.rule.unwrap_or(0);
    let columns = chosen(experiment, asked.trials.as_deref(), part, rule)?;
    let rows = columns[0].scored;
    let mut positions = filtered(&columns, asked)?;
    sort(&mut positions, &columns, asked)?;
    let shown: Vec<Value> = page.of(&positions).iter().map(|&at| row_line(&columns, at)).collect();
    Ok(json!({
        "experiment": experiment.name, "part": part, "rule": rule,
        "total": rows.scores.len(), "matching": positions.len(),
        "page": page.number, "size": page.size,
        "classes": classes(rows),
        "trials": columns.iter().map(trial_line).collect::<Vec<_>>(),
        "rows": shown,
    }))
}

/// The part of that name of a trial's scores.
pub fn part_of<'a>(result: &'a TrialResult, part: &str) -> Answer<&'a ScoredPart> {
    let scores = result.scores.as_ref().ok_or_else(|| {
        ApiError::conflict(
            format!("trial {} has no scores", result.trial.id),
            "choose a trial that completed",
        )
    })?;
    let found = match part {
        "test" => Some(&scores.test),
        "validation" => Some(&scores.validation),
        "transfer" => scores.transfer.as_ref(),
        _ => None,
    };
    found.filter(|part| !part.scores.is_empty()).ok_or_else(|| {
        ApiError::bad(
            format!("the trial has no part {part:?}"),
            "part is test, validation or transfer; not every experiment has all of them",
        )
    })
}

/// The trials that are asked for, or the median ones of the first rows.
fn chosen<'a>(
    experiment: &'a Experiment,
    ids: Option<&str>,
    part: &str,
    rule: usize,
) -> Answer<Vec<Column<'a>>> {
    let results: Vec<&TrialResult> = match ids {
        Some(ids) => ids.split(',').map(|id| experiment.trial(id)).collect::<Answer<Vec<_>>>()?,
        None => {
            let medians = experiment.rows.iter().filter_map(|row| row.median_trial);
            medians.take(SOME_TRIALS).map(|at| &experiment.results.trials[at]).collect()
        }
    };
    if results.is_empty() || results.len() > MOST_TRIALS {
        return Err(ApiError::bad(
            format!("{} trials are chosen", results.len()),
            format!("choose 1 to {MOST_TRIALS} trials that completed"),
        ));
    }
    if rule >= experiment.results.manifest.thresholds.len() {
        return Err(ApiError::bad(
            format!("there is no threshold rule {rule}"),
            "rule counts from 0 in the experiment's thresholds",
        ));
    }
    let mut columns = Vec::with_capacity(results.len());
    for result in results {
        columns.push(column(result, part, rule)?);
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
pub fn column<'a>(result: &'a TrialResult, part: &str, rule: usize) -> Answer<Column<'a>> {
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

    /// `tp`, `fp`, `tn` or `fn`.
    fn outcome(&self, at: usize) -> Option<&'static str> {
        self.anomaly(at).map(|anomaly| match (self.scored.labels[at], anomaly) {
            (true, true) => "tp",
            (false, true) => "fp",
            (false, false) => "tn",
            (true, false) => "fn",
        })
    }

    /// What this trial says of a row.
    pub fn prediction(&self, at: usize) -> Value {
        json!({
            "score": self.scored.scores[at], "anomaly": self.anomaly(at),
            "outcome": self.outcome(at),
        })
    }
}

fn filtered(columns: &[Column<'_>], asked: &Asked) -> Answer<Vec<usize>> {
    let rows = columns[0].scored;
    let classes: Option<Vec<bool>> = asked.class.as_deref().map(|wanted| {
        let wanted: Vec<&str> = wanted.split(',').collect();
        rows.classes.names.iter().map(|name| wanted.contains(&name.as_str())).collect()
    });
    let label = match asked.label {
        None => None,
        Some(0) => Some(false),
        Some(1) => Some(true),
        Some(other) => {
            return Err(ApiError::bad(format!("label is {other}"), "label is 0 or 1"));
        }
    };
    let fits = outcome_filter(asked.outcome.as_deref().unwrap_or("all"))?;
    Ok((0..rows.scores.len())
        .filter(|&at| label.is_none_or(|label| rows.labels[at] == label))
        .filter(|&at| asked.row.is_none_or(|row| rows.rows[at] == row))
        .filter(|&at| {
            classes.as_ref().is_none_or(|wanted| wanted[usize::from(rows.classes.codes[at])])
        })
        .filter(|&at| fits(columns, at))
        .collect())
}

type Fits = fn(&[Column<'_>], usize) -> bool;

fn outcome_filter(outcome: &str) -> Answer<Fits> {
    Ok(match outcome {
        "all" => |_, _| true,
        "wrong" => |columns, at| columns.iter().any(|c| c.wrong(at)),
        "all_wrong" => |columns, at| columns.iter().all(|c| c.wrong(at)),
        "right" => |columns, at| !columns.iter().any(|c| c.wrong(at)),
        "disagree" => |columns, at| columns.iter().any(|c| c.anomaly(at) != columns[0].anomaly(at)),
        "tp" => |columns, at| columns[0].outcome(at) == Some("tp"),
        "fp" => |columns, at| columns[0].outcome(at) == Some("fp"),
        "tn" => |columns, at| columns[0].outcome(at) == Some("tn"),
        "fn" => |columns, at| columns[0].outcome(at) == Some("fn"),
        other => {
            return Err(ApiError::bad(
                format!("outcome {other:?} is unknown"),
                "outcome is all, wrong, all_wrong, right, disagree, tp, fp, tn or fn",
            ));
        }
    })
}

fn sort(positions: &mut [usize], columns: &[Column<'_>], asked: &Asked) -> Answer<()> {
    let rows = columns[0].scored;
    let key = asked.sort.as_deref().unwrap_or("position");
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
    match crate::page::descending(asked.order.as_deref())? {
        false => positions.sort_by(|&a, &b| compare(a, b)),
        true => positions.sort_by(|&a, &b| compare(b, a)),
    }
    Ok(())
}

fn row_line(columns: &[Column<'_>], at: usize) -> Value {
    let rows = columns[0].scored;
    json!({
        "position": at, "row": rows.rows[at], "class": rows.classes.of(at),
        "outlier": rows.labels[at],
        "predictions": columns.iter().map(|column| column.prediction(at)).collect::<Vec<_>>(),
    })
}

fn trial_line(column: &Column<'_>) -> Value {
    let Column { trial, scored, threshold } = column;
    let counts = threshold.map(|at| Confusion::at(&scored.labels, &scored.scores, at));
    json!({
        "id": trial.id, "name": trial.name, "kind": trial.kind, "seed": trial.seed,
        "fold": trial.fold, "threshold": threshold,
        "counts": counts.map(|c| json!({ "tp": c.tp, "fp": c.fp, "tn": c.tn, "fn": c.fn_ })),
    })
}

/// The classes of a part, the most frequent first.
fn classes(rows: &ScoredPart) -> Vec<Value> {
    let mut found: Vec<(usize, bool)> = vec![(0, false); rows.classes.names.len()];
    for (at, &code) in rows.classes.codes.iter().enumerate() {
        let (count, outlier) = &mut found[usize::from(code)];
        *count += 1;
        *outlier = rows.labels[at];
    }
    let mut order: Vec<usize> = (0..found.len()).filter(|&code| found[code].0 > 0).collect();
    order.sort_by_key(|&code| std::cmp::Reverse(found[code].0));
    let line = |code: usize| json!({ "name": rows.classes.names[code], "rows": found[code].0, "outlier": found[code].1 });
    order.into_iter().map(line).collect()
}
