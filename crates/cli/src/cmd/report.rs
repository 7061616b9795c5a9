//! `oddbench report`: the report of an experiment, from its records, or of several side by side.

mod pdf;

use std::path::{Path, PathBuf};

use oddbench_core::results::ExperimentResults;
use oddbench_engine::store::StoreError;
use oddbench_engine::{Store, SuiteStore};
use serde_json::json;

use crate::args::Places;
use crate::error::{CliError, Status};
use crate::summary::{self, SuiteShow};
use crate::terminal::Terminal;

/// `oddbench report`
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  oddbench report kdd99-published
  oddbench report kdd99-published --pdf                      and print it, with an installed browser
  oddbench report adbench                                    several data sets of one file
  oddbench report adbench/cardio                             one of them
  oddbench report kdd99-published kdd99-corrected nsl-kdd    ranks over the three")]
pub struct ReportArgs {
    /// The experiment's name: a folder in the results folder. Of several, how the models that all of
    /// them have rank over them
    #[arg(value_name = "NAME", required = true)]
    pub names: Vec<String>,
    #[command(flatten)]
    pub places: Places,
    /// Print the report to report.pdf beside it, with chromium, Chrome or Edge from PATH. What is folded on the page
    /// is left out
    #[arg(long)]
    pub pdf: bool,
}

/// Reads the records and writes the report again; nothing is fitted.
pub fn run(terminal: &Terminal, args: &ReportArgs) -> Result<Status, CliError> {
    let [name] = args.names.as_slice() else { return across(terminal, args) };
    let dir = args.places.results.join(name);
    if SuiteStore::is_at(&dir) {
        return suite(terminal, args, &SuiteStore::at(&dir));
    }
    mend_tables(terminal, &dir);
    let results = Store::load(&dir)?;
    for (name, is_there) in
        [("audit.json", results.audit.is_some()), ("projection.json", results.projection.is_some())]
    {
        if !is_there {
            let dir = dir.display();
            terminal.note(&format!(
                "{dir} has no {name}: the report lacks what is made from it; run the experiment again to make it"
            ));
        }
    }
    let shown = summary::show(terminal, &results, &dir, Some(&args.places.reports))?;
    let pdf = printed(terminal, args, shown.report.as_deref())?;
    terminal.json(|| json!({ "report": shown.report, "pdf": pdf, "summary": shown.rows }));
    summary::tell_next(terminal, &args.places.results, &dir, shown.report.as_deref());
    Ok(Status::Done)
}

/// The report of an experiment on several data sets, which are read one after the other.
fn suite(terminal: &Terminal, args: &ReportArgs, store: &SuiteStore) -> Result<Status, CliError> {
    let manifest = store.manifest()?;
    let mut show = SuiteShow::new(terminal, &manifest, Some(&args.places.reports));
    for set in &manifest.sets {
        mend_tables(terminal, &store.dir().join(&set.name));
        show.add(&set.name, &store.load_set(&set.name)?)?;
    }
    let shown = show.finish(store.dir())?;
    let pdf = printed(terminal, args, shown.report.as_deref())?;
    terminal.json(|| json!({ "report": shown.report, "pdf": pdf, "sets": shown.sets }));
    summary::tell_next(terminal, &args.places.results, store.dir(), shown.report.as_deref());
    Ok(Status::Done)
}

/// Brings the tables beside the records up to date. A folder that cannot be written may still be reported.
fn mend_tables(terminal: &Terminal, dir: &Path) {
    let table = dir.join("summary.csv");
    let table = table.display();
    match Store::at(dir).mend_tables() {
        // Who loads the results says what is wrong with them.
        Ok(false) | Err(StoreError::Missing { .. } | StoreError::Corrupt { .. }) => {}
        Ok(true) => terminal.note(&format!("{table} was behind the records; it is written again")),
        Err(error) => terminal.note(&format!("{table} is behind the records: {error}")),
    }
}

/// How the models that several experiments have rank over them, in a folder named after all of them.
fn across(terminal: &Terminal, args: &ReportArgs) -> Result<Status, CliError> {
    let load = |name: &String| Store::load(&args.places.results.join(name));
    let experiments = args.names.iter().map(load).collect::<Result<Vec<ExperimentResults>, _>>()?;
    let names = experiments.iter().map(|results| results.manifest.experiment.name.as_str());
    let dir = args.places.reports.join(names.collect::<Vec<_>>().join("+"));
    oddbench_report::write_across(&experiments, &dir)
        .map_err(|error| CliError::System { message: error.to_string() })?;
    let page = dir.join("index.html");
    terminal.note(&format!("report:  {}", page.display()));
    let pdf = printed(terminal, args, Some(&page))?;
    terminal.json(|| json!({ "report": page, "pdf": pdf, "experiments": args.names }));
    Ok(Status::Done)
}

/// Prints the page, if that was asked for.
fn printed(
    terminal: &Terminal,
    args: &ReportArgs,
    page: Option<&Path>,
) -> Result<Option<PathBuf>, CliError> {
    let Some(page) = page.filter(|_| args.pdf) else { return Ok(None) };
    let file = pdf::print(page)?;
    terminal.note(&format!("pdf:     {}", file.display()));
    Ok(Some(file))
}
