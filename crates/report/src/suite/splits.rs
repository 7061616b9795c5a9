//! One data set under several splits: the figures side by side, with the difference of each model. It
//! answers how much a random split flatters.

use oddbench_core::metrics::Metric;
use oddbench_core::split::SplitSettings;
use serde_json::json;

use super::{SetResults, SuiteResults};
use crate::document::{Block, Section};
use crate::format;
use crate::sections::run::plain;
use crate::table::{Cell, Head, SUPERVISED_NOTE, Table, heads};

/// What is compared, as far as some model has a figure of it. The first one is the terminal's.
const METRICS: [Metric; 4] =
    [Metric::RocAuc, Metric::AveragePrecision, Metric::RecallAtFpr1e2, Metric::RecallAtFpr1e3];

/// A table for each pair of splits of the same rows; `None` without such a pair.
pub fn section(suite: &SuiteResults) -> Option<Section> {
    let tables: Vec<Table> = pairs(suite).map(|(first, other)| table(first, other)).collect();
    (!tables.is_empty()).then(|| Section {
        id: "splits",
        title: "The same rows under other splits",
        blocks: Block::tables(tables).collect(),
        paper: true,
        terminal: true,
    })
}

/// Each data set with the first one before it that has the same rows and labels under another split.
fn pairs(suite: &SuiteResults) -> impl Iterator<Item = (&SetResults, &SetResults)> {
    let same = |a: &SetResults, b: &SetResults| {
        (&a.data.digest, &a.data.labels, &a.data.features)
            == (&b.data.digest, &b.data.labels, &b.data.features)
            && a.split != b.split
    };
    suite.sets.iter().enumerate().filter_map(move |(at, other)| {
        let first = suite.sets[..at].iter().find(|first| same(first, other))?;
        Some((first, other))
    })
}

fn table(first: &SetResults, other: &SetResults) -> Table {
    let models = first.rows.iter().map(|row| row.marked_name());
    let models: Vec<String> = models.filter(|model| other.row(model).is_some()).collect();
    let known = |model: &String, metric| {
        first.median(model, metric).or_else(|| other.median(model, metric)).is_some()
    };
    let mut metrics = METRICS.to_vec();
    metrics.retain(|&metric| models.iter().any(|model| known(model, metric)));
    let rows = models.iter().map(|model| cells(model, &metrics, first, other)).collect();
    let caption = format!("{}: {} beside {}", first.data.dataset, first.name, other.name);
    let mut notes = vec![
        format!("{}: {}. {}: {}.", first.name, in_words(&first.split), other.name, in_words(&other.split)),
        format!("The median over the trials of each model. Difference: {} less {}.", first.name, other.name),
        "The test rows differ, and with them their share of outliers: average precision depends on it, ROC-AUC and recall do not. In the ranks over data sets both count as blocks, which are not independent.".to_owned(),
    ];
    if first.data.preprocess != other.data.preprocess {
        notes.push("The two differ in their preprocessing too.".to_owned());
    }
    if models.iter().any(|model| model.ends_with("(s)")) {
        notes.push(SUPERVISED_NOTE.to_owned());
    }
    Table {
        terminal_notes: vec![format!("Difference: {} less {}.", first.name, other.name)],
        ..Table::new(caption, columns(&metrics, first, other), rows).notes(notes).sortable()
    }
}

fn columns(metrics: &[Metric], first: &SetResults, other: &SetResults) -> Vec<Head> {
    let mut head = heads(&["Model"], &[]);
    for &metric in metrics {
        let title = metric.title();
        let texts = [
            format!("{title}, {}", first.name),
            format!("{title}, {}", other.name),
            "difference".to_owned(),
        ];
        let terminal = metric == METRICS[0];
        head.extend(texts.map(|text| Head { terminal, ..Head::new(text, true) }));
    }
    head
}

fn cells(model: &str, metrics: &[Metric], first: &SetResults, other: &SetResults) -> Vec<Cell> {
    let mut cells = vec![Cell::new(model)];
    for &metric in metrics {
        let (here, there) = (first.median(model, metric), other.median(model, metric));
        cells.push(Cell::known(here, format::share).with_bar());
        cells.push(Cell::known(there, format::share).with_bar());
        let difference = here.zip(there).map(|(here, there)| here - there);
        cells.push(Cell::known(difference, format::difference));
    }
    cells
}

/// `holdout (test 0.3, validation 0.2, seed 1, train_on inliers)`.
fn in_words(split: &SplitSettings) -> String {
    let mut settings = json!(split);
    if let Some(settings) = settings.as_object_mut() {
        settings.remove("kind");
    }
    match plain(&settings).as_str() {
        "" => split.name().to_owned(),
        settings => format!("{} ({settings})", split.name()),
    }
}
