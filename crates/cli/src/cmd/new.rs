//! `oddbench new`: files to start from. What can be started is a variant here and a file under `new/`.

mod dataset;
mod experiment;
mod model;

use std::fs::OpenOptions;
use std::io::{self, Write};
use std::path::Path;

use oddbench_engine::spec;
use serde_json::{Value, json};

use crate::error::{CliError, Status};
use crate::terminal::Terminal;

/// `oddbench new`
#[derive(Debug, clap::Subcommand)]
pub enum NewCommand {
    /// An experiment in which every key is explained; it runs as it is
    Experiment(experiment::ExperimentArgs),
    /// An experiment on a table of your own, with what was found in it
    Dataset(Box<dataset::DatasetArgs>),
    /// A detector of your own in Python, R or a shell, and an experiment that runs it
    Model(model::ModelArgs),
}

/// The schema of experiment files as it is written beside an experiment, so that an editor finds it without a network.
const SCHEMA: &str = "oddbench.schema.json";

/// Files that are to be written, and what their reader does next.
struct Start {
    /// Names and contents.
    files: Vec<(String, String)>,
    /// Commands, and what each is for.
    next: Vec<(String, &'static str)>,
    /// How to write files of other names.
    other_names: &'static str,
}

impl Start {
    /// The same; the line of a template that names the schema names the one in the folder.
    fn with_schema_beside(mut self) -> Self {
        const DIRECTIVE: &str = "#:schema ";
        for (_, text) in &mut self.files {
            if let Some((first, rest)) = text.split_once('\n')
                && first.starts_with(DIRECTIVE)
            {
                *text = format!("{DIRECTIVE}{SCHEMA}\n{rest}");
            }
        }
        self
    }
}

/// A name that suits files, experiments and Python's modules.
fn name(text: &str) -> Result<String, String> {
    let letter_first = text.starts_with(|first: char| first.is_ascii_alphabetic());
    let suits = |c: char| c.is_ascii_alphanumeric() || "-_".contains(c);
    match letter_first && text.chars().all(suits) && text.len() <= 80 {
        true => Ok(text.to_owned()),
        false => Err(
            "use letters, digits, - and _, at most 80, and begin with a letter, such as my_model"
                .into(),
        ),
    }
}

/// Writes the files of the chosen start into the current folder.
pub fn run(terminal: &Terminal, command: &NewCommand) -> Result<Status, CliError> {
    let start = match command {
        NewCommand::Experiment(args) => experiment::start(args),
        NewCommand::Dataset(args) => dataset::start(args)?,
        NewCommand::Model(args) => model::start(args),
    };
    let start = start.with_schema_beside();
    let schema = schema()?;
    write(&start)?;
    std::fs::write(SCHEMA, schema)
        .map_err(|error| CliError::System { message: format!("{SCHEMA}: {error}") })?;
    let names: Vec<&str> = start.files.iter().map(|(name, _)| name.as_str()).collect();
    terminal.result(&format!(
        "wrote {}, and {SCHEMA}, by which editors complete and check experiments\n\nnext:",
        names.join(" and ")
    ));
    let width = start.next.iter().map(|(command, _)| command.len()).max().unwrap_or_default();
    for (command, purpose) in &start.next {
        terminal.result(&format!("  {command:width$}   {purpose}"));
    }
    terminal.json(|| {
        let next = start
            .next
            .iter()
            .map(|(command, purpose)| json!({ "command": command, "purpose": purpose }));
        json!({ "written": names, "schema": SCHEMA, "next": next.collect::<Vec<_>>() })
    });
    Ok(Status::Done)
}

/// Writes all files, or none if one of them is there already.
fn write(start: &Start) -> Result<(), CliError> {
    let taken = |name: &str| CliError::User {
        message: format!("{name} is there already, and is not overwritten"),
        help: Some(start.other_names.into()),
    };
    if let Some((name, _)) = start.files.iter().find(|(name, _)| Path::new(name).exists()) {
        return Err(taken(name));
    }
    for (name, content) in &start.files {
        let file = OpenOptions::new().write(true).create_new(true).open(name);
        file.and_then(|mut file| file.write_all(content.as_bytes())).map_err(
            |error| match error.kind() {
                io::ErrorKind::AlreadyExists => taken(name),
                _ => CliError::System { message: format!("{name}: {error}") },
            },
        )?;
    }
    Ok(())
}

/// The schema as it is written. One of an earlier version is replaced; a file of that name that is no schema of ours is
/// an error.
fn schema() -> Result<String, CliError> {
    let schema = spec::json_schema();
    if let Ok(there) = std::fs::read_to_string(SCHEMA) {
        let is_ours = serde_json::from_str::<Value>(&there)
            .is_ok_and(|there| there["title"] == schema["title"]);
        if !is_ours {
            return Err(CliError::User {
                message: format!("{SCHEMA} is there already, and is no schema of oddbench"),
                help: Some(
                    "rename it: `oddbench new` writes the schema of experiments under that name"
                        .into(),
                ),
            });
        }
    }
    Ok(format!("{schema:#}\n"))
}
