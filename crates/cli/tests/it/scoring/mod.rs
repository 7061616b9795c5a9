//! `oddbench score` and `oddbench fit`: an analyst's rows, and models of experiments or of their own.

mod faults;
mod fit;
mod fit_columns;
mod fit_memory;
mod fit_reading;
mod fit_thresholds;
pub mod follow;
mod formats;
mod same_scores;

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use oddbench_core::record::Manifest;
use oddbench_core::scores::Scores;
use oddbench_core::{Column, Dataset};
use oddbench_data::Cache;
use oddbench_data::datasets::synthetic;
use oddbench_engine::Store;

use crate::oddbench::{Sandbox, assert_code};

const ROWS: usize = 600;

/// An experiment on synthetic rows, run once for all tests.
struct Experiment {
    sandbox: Sandbox,
    manifest: Manifest,
    data: Dataset,
}

fn experiment() -> &'static Experiment {
    static RUN: OnceLock<Experiment> = OnceLock::new();
    RUN.get_or_init(|| {
        let sandbox = Sandbox::new();
        let text = format!(
            "name = \"own\"\n[dataset]\nkind = \"synthetic\"\nrows = {ROWS}\nseed = 3\n\
             [split]\nkind = \"holdout\"\n\
             [threshold]\nrule = \"max-f1\"\n\
             [[model]]\nkind = \"pca\"\n\
             [[model]]\nkind = \"isolation-forest\"\nparams = {{ n_estimators = 20 }}\n\
             [[model]]\nkind = \"autoencoder\"\nparams = {{ epochs = 2 }}\n\
             [[model]]\nkind = \"vae\"\nparams = {{ epochs = 1 }}\n"
        );
        let file = sandbox.write("own.toml", &text);
        assert_code(&sandbox.run(&["run", file.to_str().unwrap(), "--no-report"]), 0);
        let manifest = Store::at(&sandbox.path("results/own")).manifest().unwrap();
        let source = synthetic(ROWS, 3);
        let columns: Vec<String> =
            source.info().columns.into_iter().map(|(name, _)| name).collect();
        let cache = Cache {
            dir: sandbox.path("cache"),
            mirror: None,
            offline: true,
            watch: Box::new(Quiet),
        };
        let data = source.load(&cache, &columns, &[]).unwrap();
        Experiment { sandbox, manifest, data }
    })
}

struct Quiet;

impl oddbench_data::Download for Quiet {
    fn begin(&self, _: &str, _: Option<u64>) {}
    fn progress(&self, _: u64) {}
    fn message(&self, _: &str) {}
    fn end(&self) {}
}

impl Experiment {
    /// The folder of the trial of that label.
    fn trial(&self, label: &str) -> PathBuf {
        let trial = self.manifest.trials.iter().find(|trial| trial.name == label).unwrap();
        self.sandbox.path("results/own/trials").join(&trial.id)
    }

    fn stored(&self, label: &str) -> Scores {
        oddbench_data::scores::read(&self.trial(label).join("scores.parquet")).unwrap()
    }

    /// The given source rows as CSV, in the order of `columns`.
    fn csv(&self, rows: &[usize], columns: &[&str]) -> String {
        let mut text = columns.join(",");
        text.push('\n');
        for &row in rows {
            let cells: Vec<String> = columns.iter().map(|name| self.cell(row, name)).collect();
            let _ = writeln!(text, "{}", cells.join(","));
        }
        text
    }

    fn cell(&self, row: usize, name: &str) -> String {
        match self.data.train.column(name).unwrap() {
            Column::Numeric(values) => format!("{:?}", values[row]),
            Column::Categorical { codes, levels } => levels[codes[row] as usize].clone(),
        }
    }

    fn names(&self) -> Vec<&str> {
        self.data.train.columns.iter().map(|(name, _)| name.as_str()).collect()
    }

    /// The source rows of the test part, in its order.
    fn test_rows(&self, label: &str) -> Vec<usize> {
        self.stored(label).test.rows.iter().map(|&row| row as usize).collect()
    }
}

/// A CSV file as one map per line.
fn table(path: &Path) -> Vec<BTreeMap<String, String>> {
    let mut reader = csv::Reader::from_path(path).unwrap();
    reader.deserialize().map(|row| row.unwrap()).collect()
}

/// The bits of a column of numbers.
fn bits(rows: &[BTreeMap<String, String>], column: &str) -> Vec<u64> {
    rows.iter().map(|row| row[column].parse::<f64>().unwrap().to_bits()).collect()
}

fn bits_of(scores: &[f64]) -> Vec<u64> {
    scores.iter().map(|score| score.to_bits()).collect()
}

fn text(path: &Path) -> &str {
    path.to_str().unwrap()
}
