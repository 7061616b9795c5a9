//! Samples to try Detect with: generated connections, always there; and the published test split of
//! KDD Cup 99, if the data set is on this machine.

use std::fmt::Write;

use axum::Json;
use axum::extract::State;
use oddbench_core::split::{self, Published};
use oddbench_core::{Column, Dataset, Table};
use oddbench_data::catalog::File;
use oddbench_data::datasets::{kdd99, synthetic};
use oddbench_data::{Cache, Mirror, Source};
use schemars::JsonSchema;
use serde::Serialize;

use crate::error::{Answer, ApiError};
use crate::features::pick;
use crate::state::{App, Server};

const SYNTHETIC_ROWS: usize = 2_000;
const SYNTHETIC_SEED: u64 = 20;
/// The label policy of the 2020 study.
const PUBLISHED: &str = "published";
const FETCH: &str = "fetch it with: oddbench data fetch kdd99";

/// Tables to try with.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Samples {
    samples: Vec<Sample>,
}

/// A table to try with.
#[derive(Debug, Serialize, JsonSchema)]
struct Sample {
    id: &'static str,
    name: &'static str,
    rows: usize,
    labelled: bool,
    /// Whether it is on this machine.
    available: bool,
    description: String,
}

/// `GET /api/samples`.
pub async fn list(State(app): State<App>) -> Answer<Json<Samples>> {
    let state = app.clone();
    app.compute(move || {
        let available = kdd99().files().iter().all(|file| is_here(state.data.cache(), file));
        let generated = Sample {
            id: "synthetic",
            name: "Synthetic connections",
            rows: SYNTHETIC_ROWS,
            labelled: true,
            available: true,
            description: "Generated connections in the shape of KDD Cup 99; no row of KDD.".into(),
        };
        let published = Sample {
            id: "kdd99-test",
            name: "KDD Cup 99, published test split",
            rows: 10_000,
            labelled: true,
            available,
            description: match available {
                true => "8,000 inliers and 2,000 outliers, as the 2020 study drew and labelled them: attacks that training never saw count as normal.".into(),
                false => format!("Not on this machine; {FETCH}"),
            },
        };
        Ok(Json(Samples { samples: vec![generated, published] }))
    })
    .await
}

/// Whether a file is in the cache or in a mirror folder; it is not verified for a list.
fn is_here(cache: &Cache, file: &File) -> bool {
    let mirrored = match &cache.mirror {
        Some(Mirror::Folder(folder)) => folder.join(&file.path).is_file(),
        _ => false,
    };
    mirrored || cache.path(file).is_file()
}

/// A sample as the CSV that a user would upload, with its name.
pub fn csv(server: &Server, id: &str) -> Answer<(String, Vec<u8>)> {
    match id {
        "synthetic" => {
            let source = synthetic(SYNTHETIC_ROWS, SYNTHETIC_SEED);
            let dataset = load(server, &source)?;
            Ok(("synthetic.csv".into(), text(&dataset.train).into_bytes()))
        }
        "kdd99-test" => {
            let dataset = load(server, &kdd99())?;
            Ok(("kdd99-test.csv".into(), text(&published_test(&dataset)?).into_bytes()))
        }
        _ => Err(ApiError::none("sample", "/api/samples")),
    }
}

/// The label policy that a sample was drawn by.
pub fn policy(id: &str) -> Option<&'static str> {
    (id == "kdd99-test").then_some(PUBLISHED)
}

fn load(server: &Server, source: &Source) -> Answer<Dataset> {
    source.load(server.data.cache(), &source.info().column_names(), &[]).map_err(|error| {
        ApiError::conflict(format!("the sample is not on this machine: {error}"), FETCH)
    })
}

/// The 10,000 rows of the published split, under the published labels.
fn published_test(dataset: &Dataset) -> Answer<Table> {
    let policies = kdd99().info().label_policies;
    let policy = policies.into_iter().find(|(name, _)| name == PUBLISHED).map(|(_, policy)| policy);
    let (Some(policy), Some(test)) = (policy, &dataset.test) else {
        return Err(ApiError::internal("kdd99 has no test table or no published labels"));
    };
    let labels = |table: &Table| {
        table.classes.as_ref().map(|classes| policy.labels(classes)).unwrap_or_default()
    };
    let split = split::published(&labels(&dataset.train), &labels(test), Published::P8020)
        .map_err(ApiError::internal)?;
    Ok(pick(test, &split.test.rows))
}

/// A table as CSV, its classes in the last column. Names and categories of KDD need no quotes.
fn text(table: &Table) -> String {
    let mut out = String::new();
    for (name, _) in &table.columns {
        out.push_str(name);
        out.push(',');
    }
    out.push_str("class\n");
    for row in 0..table.rows() {
        for (_, column) in &table.columns {
            // Writing to a String cannot fail.
            let _ = match column {
                Column::Numeric(values) => write!(out, "{},", values[row]),
                Column::Categorical { codes, levels } => {
                    write!(out, "{},", levels.get(codes[row] as usize).map_or("", String::as_str))
                }
            };
        }
        out.push_str(table.classes.as_ref().map_or("", |classes| classes.of(row)));
        out.push('\n');
    }
    out
}
