//! `oddbench`: reads the command line, hands over to one file per verb, and turns errors into
//! messages and exit codes.

mod args;
mod cmd;
mod downloads;
mod error;
mod progress;
mod summary;
mod table;
mod terminal;

use std::process::ExitCode;

use clap::Parser;

use crate::args::{Cli, Command};
use crate::terminal::Terminal;

fn main() -> ExitCode {
    let cli = Cli::parse();
    let terminal = Terminal::new(&cli.global);
    let done = match cli.command {
        Command::Run(args) => cmd::run::run(&cli.global, &terminal, &args),
        Command::Check(args) => cmd::check::run(&terminal, &args),
        Command::Plan(args) => cmd::plan::run(&terminal, &args),
        Command::Report(args) => cmd::report::run(&terminal, &args),
        Command::Models(args) => cmd::models::run(&terminal, &args),
        Command::Data(command) => cmd::data::run(&cli.global, &terminal, &command),
        Command::Devices => cmd::devices::run(&terminal),
        Command::Schema => cmd::schema::run(&terminal),
        Command::Completions { shell } => cmd::completions::run(shell),
        Command::Trial(args) => return cmd::trial::run(&args),
    };
    match done {
        Ok(status) => ExitCode::from(status.code()),
        Err(error) => {
            terminal.error(&error);
            ExitCode::from(error.code())
        }
    }
}
