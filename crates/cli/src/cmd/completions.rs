//! `oddbench completions`: a completion script for a shell.

use clap::CommandFactory;
use clap_complete::Shell;

use crate::args::Cli;
use crate::error::{CliError, Status};

/// Prints the script to stdout.
pub fn run(shell: Shell) -> Result<Status, CliError> {
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut Cli::command(), "oddbench", &mut script);
    // A closed pipe is the reader's choice, not an error.
    let _ = std::io::Write::write_all(&mut std::io::stdout(), &script);
    Ok(Status::Done)
}
