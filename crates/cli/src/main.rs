//! `oddbench`: reads the command line, hands over to one file per verb, and turns errors into
//! messages and exit codes.

mod args;
mod cmd;
mod downloads;
mod error;
mod input;
mod progress;
mod signals;
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
        Command::Compare(args) => cmd::compare::run(&terminal, &args),
        Command::Models(args) => cmd::models::run(&terminal, &args),
        Command::Data(command) => cmd::data::run(&cli.global, &terminal, &command),
        Command::Devices => cmd::devices::run(&terminal),
        Command::Score(args) => cmd::score::run(&terminal, &args),
        Command::Fit(args) => cmd::fit::run(&terminal, &args),
        Command::Schema => cmd::schema::run(&terminal),
        Command::Serve(args) => cmd::serve::run(&cli.global, &terminal, &args),
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
