//! `GET /api/jobs/{id}/rows`: the rows in the order of their scores, each with what contributed most;
//! and one row, feature by feature.

use std::cmp::Ordering;
use std::collections::BTreeMap;

use axum::Json;
use axum::extract::{Path, Query, State};
use schemars::JsonSchema;
use serde::Serialize;

use super::filter::{Filter, ScoredRowsQuery, threshold_of};
use super::groups::groups;
use super::jobs::Job;
use super::marks::Mark;
use super::outcome::{Outcome, known_kinds};
use super::reasons::{Reason, Reasons};
use crate::error::{Answer, ApiError};
use crate::features::Feature;
use crate::page::{Order, Page};
use crate::rows::one::features;
use crate::state::App;

/// A page of an upload's rows.
#[derive(Debug, Serialize, JsonSchema)]
pub struct ScoredRowsPage {
    total: usize,
    /// How many rows fit.
    matching: usize,
    /// How many groups of similar rows these are; null if they are not grouped.
    groups: Option<usize>,
    page: usize,
    size: usize,
    threshold: Option<f64>,
    rows: Vec<ScoredRow>,
}

#[derive(Debug, Serialize, JsonSchema)]
struct ScoredRow {
    position: usize,
    score: f64,
    anomaly: Option<bool>,
    outlier: Option<bool>,
    class: Option<String>,
    /// What the user thinks of it.
    mark: Option<Mark>,
    /// How many of the matching rows are similar, itself included; null if they are not grouped.
    alike: Option<usize>,
    /// What contributed most to the score.
    top: Vec<Reason>,
    /// The texts as they were uploaded.
    values: BTreeMap<String, String>,
}

/// A row of an upload, feature by feature.
#[derive(Debug, Serialize, JsonSchema)]
pub struct UploadedRow {
    position: usize,
    score: f64,
    class: Option<String>,
    outlier: Option<bool>,
    threshold: Option<f64>,
    features: Vec<Feature>,
    notes: Vec<String>,
}

/// The page.
pub async fn rows(
    State(app): State<App>,
    Path(id): Path<String>,
    Query(query): Query<ScoredRowsQuery>,
) -> Answer<Json<ScoredRowsPage>> {
    let job = app.detect.job(&id)?;
    let page = Page::new(query.page, query.size, &app.limits)?;
    app.compute(move || answer(&job, &query, page).map(Json)).await
}

fn answer(job: &Job, query: &ScoredRowsQuery, page: Page) -> Answer<ScoredRowsPage> {
    let outcome = job.result()?;
    let (scores, truth) = (&outcome.scored.scores, job.truth());
    let threshold = threshold_of(query)?.or(outcome.threshold);
    let filter = Filter::new(job, outcome, query, truth.as_deref())?;
    let mut positions = ordered(job, outcome, query, |at| filter.fits(at))?;
    let matching = positions.len();
    let alike = match query.group {
        true => {
            let groups = groups(job, outcome)?;
            Some((groups, first_of_each(&mut positions, groups)))
        }
        false => None,
    };
    let reasons = Reasons::of(&job.upload, outcome)?;
    let marks = job.upload.marks.all();
    let line = |&at: &usize| ScoredRow {
        position: at,
        score: scores[at],
        anomaly: threshold.map(|threshold| scores[at] > threshold),
        outlier: truth.as_ref().map(|truth| truth.outliers[at]),
        class: truth.as_ref().map(|truth| truth.classes.of(at).to_owned()),
        mark: marks.get(&at).copied(),
        alike: alike.as_ref().map(|(groups, sizes)| sizes[groups[at] as usize]),
        top: reasons.told(at),
        values: values(job, at),
    };
    Ok(ScoredRowsPage {
        total: scores.len(),
        matching,
        groups: alike.as_ref().map(|_| positions.len()),
        page: page.number,
        size: page.size,
        threshold,
        rows: page.of(&positions).iter().map(line).collect(),
    })
}

/// The rows that fit, in the order that is asked for.
fn ordered(
    job: &Job,
    outcome: &Outcome,
    query: &ScoredRowsQuery,
    fits: impl Fn(usize) -> bool,
) -> Answer<Vec<usize>> {
    let (sort, order) = (query.sort.as_deref().unwrap_or("score"), query.order);
    let order = order.unwrap_or(Order::Desc);
    if sort == "score" && order == Order::Desc {
        // Each step of the threshold asks for this one.
        let all = outcome.by_score().iter().map(|&at| at as usize);
        return Ok(all.filter(|&at| fits(at)).collect());
    }
    let mut positions: Vec<usize> =
        (0..outcome.scored.scores.len()).filter(|&at| fits(at)).collect();
    let compare = comparison(job, outcome, sort)?;
    match order {
        Order::Asc => positions.sort_by(|&a, &b| compare(a, b)),
        Order::Desc => positions.sort_by(|&a, &b| compare(b, a)),
    }
    Ok(positions)
}

/// Leaves the first row of each group, and says how many rows each group has.
fn first_of_each(positions: &mut Vec<usize>, groups: &[u32]) -> Vec<usize> {
    let mut sizes = vec![0; groups.iter().max().map_or(0, |last| *last as usize + 1)];
    positions.retain(|&at| {
        let size: &mut usize = &mut sizes[groups[at] as usize];
        *size += 1;
        *size == 1
    });
    sizes
}

fn values(job: &Job, row: usize) -> BTreeMap<String, String> {
    let rows = &job.upload.rows;
    let named = rows.names().iter().enumerate();
    named.map(|(column, name)| (name.clone(), rows.text(row, column).to_owned())).collect()
}

type Compare<'a> = Box<dyn Fn(usize, usize) -> Ordering + 'a>;

fn comparison<'a>(job: &'a Job, outcome: &'a Outcome, sort: &str) -> Answer<Compare<'a>> {
    let rows = &job.upload.rows;
    if let Some(name) = sort.strip_prefix("column:") {
        let column = rows.position(name).ok_or_else(|| {
            ApiError::bad(
                format!("there is no column {name:?}"),
                "columns of the result names them",
            )
        })?;
        // Numbers by value, before everything else; texts by their letters.
        let keys: Vec<Option<f64>> =
            (0..rows.len()).map(|row| rows.text(row, column).trim().parse().ok()).collect();
        return Ok(Box::new(move |a, b| match (keys[a], keys[b]) {
            (Some(x), Some(y)) => x.total_cmp(&y),
            (Some(_), None) => Ordering::Less,
            (None, Some(_)) => Ordering::Greater,
            (None, None) => rows.text(a, column).cmp(rows.text(b, column)),
        }));
    }
    match sort {
        "score" => {
            Ok(Box::new(|a, b| outcome.scored.scores[a].total_cmp(&outcome.scored.scores[b])))
        }
        "position" => Ok(Box::new(|a, b| a.cmp(&b))),
        other => Err(ApiError::bad(
            format!("sort {other:?} is unknown"),
            "sort is score, position, or column:NAME",
        )),
    }
}

/// `GET /api/jobs/{id}/rows/{position}`.
pub async fn row(
    State(app): State<App>,
    Path((id, position)): Path<(String, usize)>,
) -> Answer<Json<UploadedRow>> {
    let job = app.detect.job(&id)?;
    app.compute(move || {
        let outcome = job.result()?;
        if position >= job.upload.rows.len() {
            return Err(ApiError::none("row", &format!("/api/jobs/{}/rows", job.id)));
        }
        let row = job.upload.rows.select(&[position]).table(&known_kinds(&job.upload))?;
        let usual = outcome.usual(&job.upload)?;
        let (features, notes) = features(&row, usual, Some(&outcome.model))?;
        let truth = job.truth();
        Ok(Json(UploadedRow {
            position,
            score: outcome.scored.scores[position],
            class: truth.as_ref().map(|truth| truth.classes.of(position).to_owned()),
            outlier: truth.as_ref().map(|truth| truth.outliers[position]),
            threshold: outcome.threshold,
            features,
            notes,
        }))
    })
    .await
}
