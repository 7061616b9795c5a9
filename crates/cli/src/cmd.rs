//! The command line as a whole, and its verbs: one file each, with its options. A new one is a file, and here a `mod`, a variant and an arm.

mod check;
mod compare;
mod completions;
mod data;
mod devices;
mod doctor;
mod fit;
mod man;
mod models;
mod new;
mod plan;
mod report;
mod reproduce;
mod run;
mod schema;
mod score;
mod serve;
mod status;
mod trial;

use std::process::ExitCode;

use clap::{CommandFactory, Parser, Subcommand};

use crate::args::Global;
use crate::built;
use crate::terminal::Terminal;

const EXAMPLES: &str = "\
Examples:
  oddbench run experiments/quickstart.toml          embedded data, no network, under a minute
  oddbench run experiments/kdd99-published.toml     the 2020 study on KDD Cup 99
  oddbench run my.toml --set model.AE.params.epochs=3 --seeds 1,2,3
  oddbench models autoencoder                       its parameters, defaults and ranges
  oddbench new experiment my-first                  an experiment to start from, every key explained
  oddbench new dataset flows.csv --label attack     an experiment on your own table
  oddbench doctor                                   is everything here that oddbench needs?
  oddbench data fetch kdd99                         download and verify, nothing else
  oddbench fit --model isolation-forest --input flows.csv --output models/flows
  oddbench score --model models/flows --input flows.csv --output scored.csv

Exit codes:
  0  all done                       3  data could not be had or did not verify
  1  some trial failed              4  the device or the cluster asked for is not there
  2  a mistake in file or options   5  reproduced, and something is different
                                    75  another process runs this: try again later
                                    124  longer than run_timeout; run again to go on
                                    130  interrupted; run again to go on";

const DATA_EXAMPLES: &str = "\
Examples:
  oddbench data list                       the data sets, and what each is good for
  oddbench data fetch kdd99                download and verify
  oddbench data describe flows.csv         what the columns of your own file are taken for
  oddbench data audit my.toml              what the rows of an experiment allow";

const DEVICES_EXAMPLES: &str = "\
Examples:
  oddbench devices                         what this build contains, and what this machine has
  oddbench devices --json
  oddbench run my.toml --backends wgpu     use one of them";

const SCHEMA_EXAMPLES: &str = "\
Examples:
  oddbench schema > oddbench.schema.json
  printf '#:schema oddbench.schema.json\\n' | cat - my.toml > with-schema.toml

With `#:schema PATH` in the first line of an experiment file, an editor with Even Better TOML or taplo completes
keys and marks mistakes; the path is relative to the file. `oddbench new` writes both. docs/HOWTO-EDITOR.md says more.";

const NEW_EXAMPLES: &str = "\
Examples:
  oddbench new experiment my-first         an experiment on generated rows; every key is explained
  oddbench new dataset flows.csv           an experiment on your own table
  oddbench new model my_model              a detector of your own, in Python, R or a shell";

/// An experiment harness for anomaly detection on network-intrusion data.
#[derive(Debug, Parser)]
#[command(name = "oddbench", version = built::version(), after_help = EXAMPLES, propagate_version = true)]
pub struct Cli {
    #[command(flatten)]
    pub global: Global,
    #[command(subcommand)]
    pub command: Command,
}

/// The verbs.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Run an experiment: fetch data, fit, score, evaluate, write the report
    Run(run::RunArgs),
    /// Check experiment files without running them
    Check(check::CheckArgs),
    /// Show the trials that an experiment expands to, and which are done already
    Plan(plan::PlanArgs),
    /// Run single trials of an experiment, from any engine and on any machine
    Trial(trial::TrialArgs),
    /// Show how far an experiment is: trials that are done, running, waiting, failed and missing
    Status(status::StatusArgs),
    /// Write the report of an experiment again, from its records
    Report(report::ReportArgs),
    /// Run an experiment again from its results alone, and say of each trial whether its scores are the same
    Reproduce(reproduce::ReproduceArgs),
    /// Compare two results: figures with intervals, times, settings, data
    Compare(compare::CompareArgs),
    /// List the detectors, or show the parameters of one
    Models(models::ModelsArgs),
    /// Write files to start from: an experiment, a detector of your own, a table of your own
    #[command(subcommand, after_help = NEW_EXAMPLES)]
    New(new::NewCommand),
    /// List, fetch, verify, describe and export data sets
    #[command(subcommand, after_help = DATA_EXAMPLES)]
    Data(data::DataCommand),
    /// List the backends and whether they can be used here
    #[command(after_help = DEVICES_EXAMPLES)]
    Devices,
    /// Look at this machine: backends, data, folders, disk, programs; what is missing, and the remedy
    Doctor(doctor::DoctorArgs),
    /// Score rows of your own with a saved model: a file, a stream, or what is appended to a file
    Score(score::ScoreArgs),
    /// Fit a model on an unlabelled table of your own
    Fit(fit::FitArgs),
    /// Print the JSON Schema of experiment files, for editors
    #[command(after_help = SCHEMA_EXAMPLES)]
    Schema,
    /// Serve the dashboard and its HTTP API
    Serve(serve::ServeArgs),
    /// Print a completion script for a shell
    #[command(after_help = completions::EXAMPLES)]
    Completions {
        /// The shell
        #[arg(value_enum)]
        shell: clap_complete::Shell,
    },
    /// Write the manual pages, one for each command
    #[command(after_help = man::EXAMPLES)]
    Man(man::ManArgs),
}

impl Command {
    /// Does what the verb is for, and turns an error into a message and an exit code.
    pub fn run(self, global: &Global) -> ExitCode {
        let terminal = &Terminal::new(global);
        let done = match self {
            Self::Run(args) => run::run(global, terminal, &args),
            Self::Check(args) => check::run(global, terminal, &args),
            Self::Plan(args) => plan::run(terminal, &args),
            Self::Trial(args) => match &args.experiment_dir {
                Some(dir) if args.child => return trial::child(dir, &args),
                _ => trial::run(global, terminal, &args),
            },
            Self::Status(args) => status::run(terminal, &args),
            Self::Report(args) => report::run(terminal, &args),
            Self::Reproduce(args) => reproduce::run(global, terminal, &args),
            Self::Compare(args) => compare::run(terminal, &args),
            Self::Models(args) => models::run(terminal, &args),
            Self::New(command) => new::run(terminal, &command),
            Self::Data(command) => data::run(global, terminal, &command),
            Self::Devices => devices::run(terminal),
            Self::Doctor(args) => doctor::run(global, terminal, &args),
            Self::Score(args) => score::run(terminal, &args),
            Self::Fit(args) => fit::run(terminal, &args),
            Self::Schema => schema::run(terminal),
            Self::Serve(args) => serve::run(global, terminal, &args),
            Self::Completions { shell } => completions::run(shell, &mut Cli::command()),
            Self::Man(args) => man::run(terminal, &args, Cli::command()),
        };
        match done {
            Ok(status) => ExitCode::from(status.code()),
            Err(error) => {
                terminal.error(&error);
                ExitCode::from(error.code())
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_command_line_is_consistent() {
        Cli::command().debug_assert();
    }
}
