//! `oddbench compare`: two results side by side, and whether the second is worse.

mod git;

use std::path::{Path, PathBuf};

use oddbench_core::metrics::Metric;
use oddbench_core::results::ExperimentResults;
use oddbench_engine::{Store, SuiteStore};
use oddbench_report::changes::{Tolerances, changes, markdown};
use serde_json::json;

use crate::error::{CliError, Status};
use crate::terminal::Terminal;

/// `oddbench compare`
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  oddbench compare kdd99-published kdd99-published+AE.epochs=3
  oddbench compare old/results/nightly results/nightly --fail-on-regression
  oddbench compare nightly@v1.2 nightly --fail-on-regression --tolerance roc_auc=0.002,f1=0.02

Results are a folder with a manifest.json, an experiment's name in the results folder, or either at a git
revision that holds them (NAME@REV). Rows are matched by model and backend. A metric is a regression if it
falls by more than its tolerance and the 95 % interval of the difference, where there is one, excludes 0;
so is a row that is gone or has more failed trials. By default roc_auc (0.005), average_precision (0.01)
and f1 (0.01) are judged; --tolerance changes these and adds others.")]
pub struct CompareArgs {
    /// The baseline results
    #[arg(value_name = "A")]
    pub first: String,
    /// The results to compare with the baseline
    #[arg(value_name = "B")]
    pub second: String,
    /// Where records and scores are kept
    #[arg(long, value_name = "DIR", default_value = "results")]
    pub results: PathBuf,
    /// Exit with 1 if something has become worse
    #[arg(long)]
    pub fail_on_regression: bool,
    /// How far a metric may fall
    #[arg(long, value_name = "METRIC=X,...", value_delimiter = ',')]
    pub tolerance: Vec<String>,
}

/// Compares, and says by its exit code whether something has become worse, if asked to.
pub fn run(terminal: &Terminal, args: &CompareArgs) -> Result<Status, CliError> {
    let tolerances = tolerances(&args.tolerance)?;
    let first = load(&args.first, &args.results)?;
    let second = load(&args.second, &args.results)?;
    let changes = changes([&args.first, &args.second], [&first, &second], tolerances);
    terminal.result(&markdown(&changes));
    terminal.json(|| json!({ "compare": changes }));
    match args.fail_on_regression && !changes.regressions.is_empty() {
        true => Ok(Status::Regressed),
        false => Ok(Status::Done),
    }
}

/// The defaults, or what was asked for in their place.
fn tolerances(given: &[String]) -> Result<Tolerances, CliError> {
    let mut tolerances = Tolerances::default();
    for text in given {
        let help = "write it like this: --tolerance roc_auc=0.005,f1=0.01";
        let fault = |message: String| CliError::User { message, help: Some(help.into()) };
        let Some((name, value)) = text.split_once('=') else {
            return Err(fault(format!("--tolerance {text}: there is no `=`")));
        };
        let Some(metric) = Metric::of_name(name.trim()) else {
            return Err(CliError::unknown(
                "metric",
                name,
                Metric::ALL.into_iter().map(Metric::name),
            ));
        };
        match value.trim().parse::<f64>() {
            Ok(number) if (0.0..=1.0).contains(&number) => tolerances.0.insert(metric, number),
            _ => return Err(fault(format!("--tolerance {text}: use a number from 0 to 1"))),
        };
    }
    Ok(tolerances)
}

/// A folder, an experiment's name, or either as a git revision has it.
fn load(name: &str, results: &Path) -> Result<ExperimentResults, CliError> {
    if let Some(dir) = folder(name, results) {
        return read(name, &dir);
    }
    if SuiteStore::is_at(&results.join(name)) {
        return Err(CliError::User {
            message: format!("the results {name:?} are of several data sets"),
            help: Some(format!("compare one of them: {name}/SET")),
        });
    }
    match name.rsplit_once('@') {
        Some((inner, revision)) if !inner.is_empty() && !revision.is_empty() => {
            let folder = if Path::new(inner).components().count() > 1 {
                PathBuf::from(inner)
            } else {
                results.join(inner)
            };
            let kept = git::checked_out(&folder, revision)?;
            read(name, kept.path())
        }
        _ => Err(CliError::User {
            message: format!("there are no results {name:?}"),
            help: Some(format!(
                "name a folder with a manifest.json, an experiment in {}, or either at a git revision: {name}@HEAD~1",
                results.display()
            )),
        }),
    }
}

fn folder(name: &str, results: &Path) -> Option<PathBuf> {
    [PathBuf::from(name), results.join(name)]
        .into_iter()
        .find(|dir| dir.join("manifest.json").is_file())
}

/// Results that cannot be read are the user's to mend.
fn read(name: &str, dir: &Path) -> Result<ExperimentResults, CliError> {
    Store::load(dir).map_err(|error| CliError::User {
        message: format!("the results {name:?} cannot be compared"),
        help: Some(error.to_string()),
    })
}
