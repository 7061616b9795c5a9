//! The final table of a run, and where its files are.

use std::path::Path;

use oddbench_core::record::ExperimentResults;
use oddbench_report::{Metric, SummaryRow, summarize};

use crate::table;
use crate::terminal::Terminal;

const METRICS: [Metric; 7] = [
    Metric::Accuracy,
    Metric::Precision,
    Metric::Recall,
    Metric::F1,
    Metric::F2,
    Metric::RocAuc,
    Metric::AveragePrecision,
];

/// One row per model, under the first threshold rule; footnotes say what must be known.
pub fn table(terminal: &Terminal, results: &ExperimentResults) -> String {
    let rows = summarize(results);
    let mut head = vec!["model", "seeds"];
    head.extend(METRICS.iter().map(|metric| metric.title()));
    head.extend(["fit s", "status"]);
    let numeric: Vec<usize> = (1..head.len() - 1).collect();
    let mut view = table::table(terminal, &head, &numeric);
    for row in &rows {
        view.add_row(cells(row));
    }
    let mut text = format!("{view}");
    for note in notes(results, &rows) {
        text.push_str(&format!("\n{note}"));
    }
    text
}

fn cells(row: &SummaryRow) -> Vec<String> {
    let seeds = row.trials.len();
    let mut cells = vec![row.name.clone(), seeds.to_string()];
    cells.extend(METRICS.iter().map(|&metric| match row.metric(0, metric) {
        None => "–".into(),
        Some(spread) => match spread.sd {
            None => format!("{:.3}", spread.mean),
            Some(sd) => format!("{:.3} ± {sd:.3}", spread.mean),
        },
    }));
    cells
        .push(row.fit_seconds.map_or_else(|| "–".into(), |spread| format!("{:.2}", spread.median)));
    cells.push(row.status.to_string());
    cells
}

fn notes(results: &ExperimentResults, rows: &[SummaryRow]) -> Vec<String> {
    let mut notes = Vec::new();
    if results.manifest.data.synthetic {
        notes.push("Synthetic data: these figures say nothing about real traffic.".to_owned());
    }
    if let Some(settings) = results.manifest.thresholds.first() {
        let on = if settings.is_oracle() {
            "the test rows themselves (an oracle)"
        } else {
            "the validation rows"
        };
        notes.push(format!("Threshold: {}, chosen on {on}.", settings.rule_name()));
    }
    if rows.iter().any(|row| row.supervised) {
        notes.push("Supervised rows saw labels; the others did not.".to_owned());
    }
    notes
}

/// Says where the results and the report are.
pub fn places(terminal: &Terminal, results: &Path, report: Option<&Path>) {
    terminal.note(&format!("results: {}", results.join("summary.csv").display()));
    if let Some(page) = report {
        terminal.note(&format!("report:  {}", page.display()));
    }
}
