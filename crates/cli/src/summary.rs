//! The final table of a run, and where its files are.

use std::path::Path;

use oddbench_core::record::ExperimentResults;
use oddbench_report::{Metric, Spread, SummaryRow, summarize};

use crate::table;
use crate::terminal::Terminal;

/// What the table of transfer rows has three columns for.
const TRANSFER: [Metric; 3] = [Metric::Recall, Metric::F1, Metric::RocAuc];

/// One row per model, under the first threshold rule; footnotes say what must be known.
pub fn table(terminal: &Terminal, results: &ExperimentResults) -> String {
    let rows = summarize(results);
    let mut head = vec!["model", "trials"];
    head.extend(Metric::quality().map(Metric::title));
    head.extend(["fit s", "status"]);
    let numeric: Vec<usize> = (1..head.len() - 1).collect();
    let mut text = grouped(&rows, |group| {
        let mut view = table::table(terminal, &head, &numeric);
        for row in group {
            view.add_row(cells(row));
        }
        view.to_string()
    });
    if let Some(transfer) = transfer(terminal, &rows) {
        text.push_str(&format!("\n\n{transfer}"));
    }
    for note in notes(results, &rows) {
        text.push_str(&format!("\n{note}"));
    }
    text
}

/// Rows that saw labels stand in a table of their own under a heading that says so.
fn grouped(rows: &[SummaryRow], table: impl Fn(&[&SummaryRow]) -> String) -> String {
    let (supervised, unsupervised): (Vec<_>, Vec<_>) = rows.iter().partition(|row| row.supervised);
    let heading = oddbench_report::SUPERVISED;
    match (unsupervised.is_empty(), supervised.is_empty()) {
        (_, true) => table(&unsupervised),
        (true, false) => format!("{heading}\n{}", table(&supervised)),
        (false, false) => format!("{}\n{heading}\n{}", table(&unsupervised), table(&supervised)),
    }
}

fn cells(row: &SummaryRow) -> Vec<String> {
    let mut cells = vec![row.name.clone(), row.trials.len().to_string()];
    cells.extend(Metric::quality().map(|metric| figure(row.metric(0, metric), 3)));
    cells
        .push(row.fit_seconds.map_or_else(|| "–".into(), |spread| format!("{:.2}", spread.median)));
    cells.push(row.status.to_string());
    cells
}

fn figure(spread: Option<Spread>, digits: usize) -> String {
    match spread {
        None => "–".into(),
        Some(Spread { mean, sd: None, .. }) => format!("{mean:.digits$}"),
        Some(Spread { mean, sd: Some(sd), .. }) => format!("{mean:.digits$} ± {sd:.digits$}"),
    }
}

/// The test rows' figures, the transfer rows' and the fall between them; `None` without such rows.
fn transfer(terminal: &Terminal, rows: &[SummaryRow]) -> Option<String> {
    rows.iter().find_map(|row| row.transfer(0))?;
    let mut head = vec!["model".to_owned(), "trials".to_owned()];
    for metric in TRANSFER {
        head.extend([metric.title().to_owned(), "transfer".to_owned(), "fall".to_owned()]);
    }
    let head: Vec<&str> = head.iter().map(String::as_str).collect();
    let numeric: Vec<usize> = (1..head.len()).collect();
    Some(grouped(rows, |group| {
        let mut view = table::table(terminal, &head, &numeric);
        for row in group {
            let mut cells = vec![row.name.clone(), row.trials.len().to_string()];
            for metric in TRANSFER {
                let transfer = row.transfer(0);
                let there = transfer.and_then(|transfer| transfer.metrics.get(&metric).copied());
                let fall = transfer.and_then(|transfer| transfer.fall.get(&metric).copied());
                cells.extend([row.metric(0, metric), there, fall].map(|s| figure(s, 4)));
            }
            view.add_row(cells);
        }
        view.to_string()
    }))
}

fn notes(results: &ExperimentResults, rows: &[SummaryRow]) -> Vec<String> {
    let mut notes = Vec::new();
    if results.manifest.data.synthetic {
        notes.push("Synthetic data: these figures say nothing about real traffic.".to_owned());
    }
    if let Some(settings) = results.manifest.thresholds.first() {
        let chosen = match (settings.is_tuned(), settings.is_oracle()) {
            (false, _) => String::new(),
            (true, true) => ", chosen on the test rows themselves (an oracle)".to_owned(),
            (true, false) => ", chosen on the validation rows".to_owned(),
        };
        notes.push(format!("Threshold: {}{chosen}.", settings.rule_name()));
    }
    notes.extend(oddbench_report::undefined_notes(rows, 0));
    notes.extend(oddbench_report::contaminated(results));
    if rows.iter().any(|row| row.transfer(0).is_some()) {
        notes.push("Transfer: the same fitted models and thresholds on the data set's separate test table; fall: test less transfer.".to_owned());
    }
    if rows.iter().any(|row| row.supervised) && rows.iter().any(|row| !row.supervised) {
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
