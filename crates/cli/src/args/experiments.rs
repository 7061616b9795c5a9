//! Arguments of the verbs that take an experiment or its results.

use std::path::PathBuf;

use clap::Args;

/// What an experiment file is changed by on the command line.
#[derive(Debug, Clone, Args)]
pub struct Overrides {
    /// Change a key of the file, e.g. model.AE.params.epochs=3; may be repeated
    #[arg(long = "set", value_name = "KEY=VALUE")]
    pub set: Vec<String>,
    /// Seeds for every model, in place of those in the file
    #[arg(long, value_name = "N,N,...", value_delimiter = ',')]
    pub seeds: Option<Vec<u64>>,
    /// Backends, in place of those in the file
    #[arg(long, value_name = "NAME,...", value_delimiter = ',')]
    pub backends: Option<Vec<String>>,
}

impl From<&Overrides> for oddbench_engine::Overrides {
    fn from(overrides: &Overrides) -> Self {
        Self {
            set: overrides.set.clone(),
            seeds: overrides.seeds.clone(),
            backends: overrides.backends.clone(),
        }
    }
}

/// Where results and reports are kept.
#[derive(Debug, Clone, Args)]
pub struct Places {
    /// Where records and scores are kept
    #[arg(long, value_name = "DIR", default_value = "results")]
    pub results: PathBuf,
    /// Where reports are written
    #[arg(long, value_name = "DIR", default_value = "reports")]
    pub reports: PathBuf,
}

/// `oddbench run`
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  oddbench run experiments/kdd99-published.toml --seeds 2018
  oddbench run my.toml --set 'run.seeds=[1,2]' --jobs 1
  oddbench run my.toml --json | jq .summary

A run can be stopped at any time; running it again does only what is missing.")]
pub struct RunArgs {
    /// The experiment file
    #[arg(value_name = "FILE")]
    pub file: PathBuf,
    #[command(flatten)]
    pub overrides: Overrides,
    #[command(flatten)]
    pub places: Places,
    /// Run every trial again, even if it has a result
    #[arg(long)]
    pub fresh: bool,
    /// Trials at the same time [default: the number of cores]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..))]
    pub jobs: Option<u16>,
    /// Leave the report as it is
    #[arg(long)]
    pub no_report: bool,
}

/// `oddbench check`
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  oddbench check experiments/*.toml")]
pub struct CheckArgs {
    /// The experiment files
    #[arg(value_name = "FILE", required = true)]
    pub files: Vec<PathBuf>,
}

/// `oddbench plan`
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  oddbench plan experiments/kdd99-published.toml --seeds 1,2,3")]
pub struct PlanArgs {
    /// The experiment file
    #[arg(value_name = "FILE")]
    pub file: PathBuf,
    #[command(flatten)]
    pub overrides: Overrides,
    /// Where records and scores are kept
    #[arg(long, value_name = "DIR", default_value = "results")]
    pub results: PathBuf,
}

/// `oddbench report`
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  oddbench report kdd99-published
  oddbench report kdd99-published kdd99-corrected nsl-kdd    ranks over the three")]
pub struct ReportArgs {
    /// The experiment's name: a folder in the results folder. Of several, how the models that all of
    /// them have rank over them
    #[arg(value_name = "NAME", required = true)]
    pub names: Vec<String>,
    #[command(flatten)]
    pub places: Places,
}

/// `oddbench compare`
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  oddbench compare kdd99-published kdd99-corrected
  oddbench compare old/results/nightly results/nightly --fail-on-regression
  oddbench compare nightly@v1.2 nightly --fail-on-regression --tolerance roc_auc=0.002,f1=0.02

Results are a folder with a manifest.json, an experiment's name in the results folder, or either at a git
revision that holds them (NAME@REV). Rows are matched by model and backend. A metric is a regression if it
falls by more than its tolerance and the 95 % interval of the difference, where there is one, excludes 0;
so is a row that is gone or has more failed trials. By default roc_auc (0.005), average_precision (0.01)
and f1 (0.01) are judged; --tolerance changes these and adds others.")]
pub struct CompareArgs {
    /// The results to hold against
    #[arg(value_name = "A")]
    pub first: String,
    /// The results that are held against them
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

/// `oddbench trial`
#[derive(Debug, Args)]
pub struct TrialArgs {
    /// `results/<experiment>`
    #[arg(long, value_name = "DIR")]
    pub experiment_dir: PathBuf,
    /// The trial's id
    #[arg(value_name = "ID")]
    pub id: String,
}
