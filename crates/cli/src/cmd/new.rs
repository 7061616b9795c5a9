//! `oddbench new`: files to start from. What can be started is a variant here and a file under `new/`.

mod model;

use std::fs::OpenOptions;
use std::io::{self, Write};
use std::path::Path;

use serde_json::json;

use crate::error::{CliError, Status};
use crate::terminal::Terminal;

/// `oddbench new`
#[derive(Debug, clap::Subcommand)]
pub enum NewCommand {
    /// A detector of your own in Python, R or a shell, and an experiment that runs it
    Model(model::ModelArgs),
}

/// Files that are to be written, and what their reader does next.
struct Start {
    /// Names and contents.
    files: Vec<(String, String)>,
    /// Commands, and what each is for.
    next: Vec<(String, &'static str)>,
    /// How to write files of other names.
    other_names: &'static str,
}

/// Writes the files of the chosen start into the current folder.
pub fn run(terminal: &Terminal, command: &NewCommand) -> Result<Status, CliError> {
    let start = match command {
        NewCommand::Model(args) => model::start(args),
    };
    write(&start)?;
    let names: Vec<&str> = start.files.iter().map(|(name, _)| name.as_str()).collect();
    terminal.result(&format!("wrote {}\n\nnext:", names.join(" and ")));
    let width = start.next.iter().map(|(command, _)| command.len()).max().unwrap_or_default();
    for (command, purpose) in &start.next {
        terminal.result(&format!("  {command:width$}   {purpose}"));
    }
    terminal.json(|| {
        let next = start
            .next
            .iter()
            .map(|(command, purpose)| json!({ "command": command, "purpose": purpose }));
        json!({ "written": names, "next": next.collect::<Vec<_>>() })
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
