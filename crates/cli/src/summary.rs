//! The final table of a run, and where its files are.

use std::path::Path;

use oddbench_core::record::ExperimentResults;
use oddbench_report::SummaryRow;

use crate::table;
use crate::terminal::Terminal;

/// One row per model, under the first threshold rule; footnotes say what must be known.
pub fn table(terminal: &Terminal, results: &ExperimentResults, rows: &[SummaryRow]) -> String {
    oddbench_report::terminal(results, rows, |head, rows| {
        let names: Vec<&str> = head.iter().map(|(name, _)| *name).collect();
        let numeric: Vec<usize> = (0..head.len()).filter(|&at| head[at].1).collect();
        let mut view = table::table(terminal, &names, &numeric);
        view.add_rows(rows);
        view.to_string()
    })
}

/// Says where the results and the report are.
pub fn places(terminal: &Terminal, results: &Path, report: Option<&Path>) {
    terminal.note(&format!("results: {}", results.join("summary.csv").display()));
    if let Some(page) = report {
        terminal.note(&format!("report:  {}", page.display()));
    }
}
