//! `oddbench new experiment`: an experiment file in which every key is explained. It runs as it is.

use super::{Start, name};

/// `oddbench new experiment`
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  oddbench new experiment my-first        my-first.toml, on made-up rows
  oddbench check my-first.toml
  oddbench run my-first.toml

The file is written into the current folder, where no file is overwritten. Beside it stands oddbench.schema.json, by
which an editor completes and checks the file: docs/HOWTO-EDITOR.md.")]
pub struct ExperimentArgs {
    /// The name of the file and of the experiment: letters, digits, - and _, a letter first
    #[arg(value_name = "NAME", default_value = OWN_NAME, value_parser = name)]
    pub name: String,
}

const OWN_NAME: &str = "my_experiment";
const TEMPLATE: &str = include_str!("../../../assets/new/experiment.toml");

/// The file.
pub(super) fn start(args: &ExperimentArgs) -> Start {
    let file = format!("{}.toml", args.name);
    Start {
        next: vec![
            (format!("oddbench check {file}"), "is it right?"),
            (format!("oddbench run {file}"), "fit the models; the run ends with a report"),
        ],
        files: vec![(file, TEMPLATE.replace(OWN_NAME, &args.name))],
        other_names: "give another name: oddbench new experiment NAME",
    }
}
