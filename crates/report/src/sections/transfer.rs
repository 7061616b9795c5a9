//! The external test: what is left of the figures on rows of another table or of another data set, whose
//! outliers may be of kinds that no training row was of.

use oddbench_core::metrics::Metric;
use oddbench_core::record::TransferInfo;
use oddbench_core::results::ExperimentResults;

use crate::aggregate::SummaryRow;
use crate::document::Block;
use crate::figures::Figure;
use crate::format::{self, ORACLE, ORACLE_NOTE, UNKNOWN};
use crate::runs;
use crate::scene::Scene;
use crate::table::{Cell, Head, Table, by_supervision, heads, median_note, metric_head};
use crate::topic::Topic;

/// The section, with a table per rule; none without transfer rows.
pub const TOPIC: Topic =
    Topic { paper: true, terminal: true, ..Topic::new("transfer", "Transfer rows", blocks) };

/// What the table has three columns for.
const METRICS: [Metric; 4] = [Metric::Precision, Metric::Recall, Metric::F1, Metric::RocAuc];

fn blocks(scene: &Scene<'_>, _: Vec<Figure>) -> Vec<Block> {
    let rules = 0..scene.results.manifest.experiment.thresholds.len();
    let has_rows = |rule: &usize| scene.rows.iter().any(|row| row.transfer(*rule).is_some());
    Block::tables(rules.filter(has_rows).map(|rule| table(scene, rule))).collect()
}

/// The test rows' figures, the transfer rows' and the drop between them, side by side for every row.
fn table(scene: &Scene<'_>, rule: usize) -> Table {
    let results = scene.results;
    let settings = &results.manifest.experiment.thresholds[rule];
    let other = results.manifest.data.transfer.as_ref();
    let of = other.map_or(String::new(), |other| format!(" of {}", other.dataset));
    let words = format!(
        "Test rows beside transfer rows{of} ({}), medians over {}, threshold: {}",
        size_words(results),
        runs::varied(results),
        format::rule(settings)
    );
    let oracle = settings.is_oracle();
    let rows = other.map_or("the data set's separate test table".to_owned(), |o| o.dataset.clone());
    let mut notes = vec![format!(
        "Transfer: the same fitted models at the same thresholds on every row of {rows}. Fall: the figure on the test rows less the one on the transfer rows."
    )];
    notes.extend(other.map(shared));
    notes.extend(oracle.then(|| ORACLE_NOTE.to_owned()));
    notes.extend(median_note(results, scene.rows));
    notes.push(format!("{UNKNOWN} undefined or unknown."));
    let groups = by_supervision(scene.rows.iter(), |row| cells(row, rule));
    Table {
        terminal_notes: vec![format!(
            "Transfer: the same fitted models and thresholds on {rows}; fall: test less transfer. Medians over {}.",
            runs::varied(results)
        )],
        ..Table::grouped(scene.caption(&words), columns(oracle), groups).notes(notes).sortable()
    }
}

/// What models see of both data sets, and by which policy the other's rows are labelled.
fn shared(other: &TransferInfo) -> String {
    let TransferInfo { dataset, labels, shared, left_out, left_out_there, .. } = other;
    let list = |names: &[String]| match names {
        [] => "nothing".to_owned(),
        names => names.join(", "),
    };
    format!(
        "Models see the {} that both data sets have, by name and kind; left out: {} here, {} of {dataset}. The rows of {dataset} are labelled by its policy {labels}.",
        format::counted(*shared, "column"),
        list(left_out),
        list(left_out_there),
    )
}

fn columns(oracle: bool) -> Vec<Head> {
    let mut head = heads(&["Model"], &["Trials"]);
    for metric in METRICS {
        let own = metric_head(metric, oracle);
        let mark = if oracle && metric.needs_threshold() { ORACLE } else { "" };
        let texts = [own.text.clone(), format!("{}, transfer", own.text), format!("fall{mark}")];
        let terminal = metric != Metric::Precision;
        head.extend(texts.map(|text| Head { terminal, ..Head::new(text, true) }));
    }
    head
}

/// `311,029, of them 250,436 outliers`.
fn size_words(results: &ExperimentResults) -> String {
    let sizes = results.trials.iter().filter_map(|trial| trial.record.as_ref()?.sizes);
    let known = sizes.filter_map(|sizes| Some((sizes.transfer?, sizes.transfer_outliers?))).next();
    known.map_or(UNKNOWN.into(), |(rows, outliers)| {
        format!("{}, of them {}", format::count(rows), format::counted(outliers, "outlier"))
    })
}

fn cells(row: &SummaryRow, rule: usize) -> Vec<Cell> {
    let mut cells = vec![Cell::new(&row.name), Cell::trials(row)];
    let transfer = row.transfer(rule);
    let figure = |spread| Cell::spread(spread, row.status.completed, format::fine);
    for metric in METRICS {
        let there = transfer.and_then(|transfer| transfer.metrics.get(&metric.into()).copied());
        let drop = transfer.and_then(|transfer| transfer.fall.get(&metric.into()).copied());
        cells.push(figure(row.metric(rule, metric)).with_bar());
        cells.push(figure(there).with_bar());
        cells.push(figure(drop));
    }
    cells
}
