//! `oddbench completions`: a completion script for a shell.

use clap::Command;
use clap_complete::Shell;

use crate::error::{CliError, Status};

/// Prints the script for the whole command line to stdout.
pub fn run(shell: Shell, command: &mut Command) -> Result<Status, CliError> {
    let mut script = Vec::new();
    clap_complete::generate(shell, command, "oddbench", &mut script);
    // A closed pipe is the reader's choice, not an error.
    let _ = std::io::Write::write_all(&mut std::io::stdout(), &script);
    Ok(Status::Done)
}
