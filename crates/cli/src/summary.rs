//! What `run` and `report` end with: the report's folder, the table of the terminal, and where the files
//! are; of one data set or of several.

use std::path::{Path, PathBuf};

use oddbench_core::quote;
use oddbench_core::record::SuiteManifest;
use oddbench_core::results::ExperimentResults;
use oddbench_report::{ReportError, SetResults, SuiteResults, SummaryRow};
use serde_json::{Value, json};

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
    let report = reports.map(|reports| write(results, &rows, reports)).transpose()?;
    // One row per model, under the first threshold rule; footnotes say what must be known.
    terminal
        .result(&oddbench_report::terminal(results, &rows, |h, r| table::figures(terminal, h, r)));
    where_files_are(terminal, dir, report.as_deref());
    Ok(Shown { report, rows })
}

/// Shows the results on several data sets: each is added, then the whole is shown.
pub struct SuiteShow<'a> {
    terminal: &'a Terminal,
    manifest: &'a SuiteManifest,
    reports: Option<&'a Path>,
    sets: Vec<SetResults>,
    json: Vec<Value>,
}

/// What was shown of several data sets, for programs.
pub struct SuiteShown {
    /// The report's page, if it was written.
    pub report: Option<PathBuf>,
    /// Name, report and rows of each data set.
    pub sets: Vec<Value>,
}

impl<'a> SuiteShow<'a> {
    /// Nothing is added yet. Reports are written into `reports`, if given.
    pub fn new(
        terminal: &'a Terminal,
        manifest: &'a SuiteManifest,
        reports: Option<&'a Path>,
    ) -> Self {
        Self { terminal, manifest, reports, sets: vec![], json: vec![] }
    }

    /// Adds the next data set of the manifest and writes its own report. Its scores are not kept.
    pub fn add(&mut self, name: &str, results: &ExperimentResults) -> Result<(), CliError> {
        let rows = oddbench_report::summarize(results);
        let report = self.reports.map(|reports| write(results, &rows, reports)).transpose()?;
        let trouble = self.manifest.sets.get(self.sets.len()).and_then(|set| set.trouble.as_ref());
        self.sets.push(SetResults::new(name, results, &rows));
        self.json
            .push(json!({ "set": name, "report": report, "trouble": trouble, "summary": rows }));
        Ok(())
    }

    /// Writes the report of all of them and prints their table; `dir` holds the results.
    pub fn finish(self, dir: &Path) -> Result<SuiteShown, CliError> {
        let Self { terminal, manifest, .. } = self;
        let suite = SuiteResults { manifest: manifest.clone(), sets: self.sets };
        let page = self.reports.map(|reports| {
            let folder = reports.join(&manifest.name);
            let written = oddbench_report::write_suite(&suite, &folder).map_err(system);
            written.map(|_| folder.join("index.html"))
        });
        let report = page.transpose()?;
        terminal.result(&oddbench_report::suite_terminal(&suite, |h, r| {
            table::figures(terminal, h, r)
        }));
        for set in manifest.sets.iter() {
            if let Some(trouble) = &set.trouble {
                terminal.note(&format!("not run: {}: {trouble}", set.name));
            }
        }
        where_files_are(terminal, dir, report.as_deref());
        Ok(SuiteShown { report, sets: self.json })
    }
}

fn system(error: ReportError) -> CliError {
    CliError::System { message: error.to_string() }
}

/// Writes the report of one experiment; gives its page.
fn write(
    results: &ExperimentResults,
    rows: &[SummaryRow],
    reports: &Path,
) -> Result<PathBuf, CliError> {
    let folder = reports.join(&results.manifest.experiment.name);
    oddbench_report::write(results, rows, &folder).map_err(system)?;
    Ok(folder.join("index.html"))
}

fn where_files_are(terminal: &Terminal, dir: &Path, report: Option<&Path>) {
    terminal.note(&format!("results: {}", dir.join("summary.csv").display()));
    if let Some(page) = report {
        terminal.note(&format!("report:  {}", page.display()));
    }
}

/// The last line of `run` and `report`: how to look at what was made. `results` is the folder of all results, in
/// which `dir` is one.
pub fn tell_next(terminal: &Terminal, results: &Path, dir: &Path, report: Option<&Path>) {
    let places = match results == Path::new("results") {
        true => String::new(),
        false => format!(" --results {}", quote::shell(&results.display().to_string())),
    };
    match (report, dir.strip_prefix(results)) {
        (Some(_), _) => terminal.next(
            &format!("oddbench serve{places}"),
            "the dashboard; or open the report in a browser",
        ),
        (None, Ok(name)) => {
            let name = name.display().to_string();
            let command = format!("oddbench report {}{places}", quote::shell(&name));
            terminal.next(&command, "write the report");
        }
        (None, Err(_)) => {}
    }
}
