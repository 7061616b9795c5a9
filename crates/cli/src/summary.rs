//! What `run` and `report` end with: the report's folder, the table of the terminal, and where the files
//! are.

use std::path::{Path, PathBuf};

use oddbench_core::results::ExperimentResults;
use oddbench_report::SummaryRow;

use crate::error::CliError;
use crate::table;
use crate::terminal::Terminal;

/// What was shown, for programs.
pub struct Shown {
    /// The report's page, if it was written.
    pub report: Option<PathBuf>,
    /// The rows of the table.
    pub rows: Vec<SummaryRow>,
}

/// Writes the report into `reports`, if given, then prints the table of the results in `dir`.
pub fn show(
    terminal: &Terminal,
    results: &ExperimentResults,
    dir: &Path,
    reports: Option<&Path>,
) -> Result<Shown, CliError> {
    let rows = oddbench_report::summarize(results);
    let write = |reports: &Path| -> Result<PathBuf, CliError> {
        let folder = reports.join(&results.manifest.experiment.name);
        oddbench_report::write(results, &rows, &folder)
            .map_err(|error| CliError::System { message: error.to_string() })?;
        Ok(folder.join("index.html"))
    };
    let report: Option<PathBuf> = reports.map(write).transpose()?;
    terminal.result(&table(terminal, results, &rows));
    terminal.note(&format!("results: {}", dir.join("summary.csv").display()));
    if let Some(page) = &report {
        terminal.note(&format!("report:  {}", page.display()));
    }
    Ok(Shown { report, rows })
}

/// One row per model, under the first threshold rule; footnotes say what must be known.
fn table(terminal: &Terminal, results: &ExperimentResults, rows: &[SummaryRow]) -> String {
    oddbench_report::terminal(results, rows, |head, rows| {
        let names: Vec<&str> = head.iter().map(|(name, _)| *name).collect();
        let numeric: Vec<usize> = (0..head.len()).filter(|&at| head[at].1).collect();
        let mut view = table::table(terminal, &names, &numeric);
        view.add_rows(rows);
        view.to_string()
    })
}
