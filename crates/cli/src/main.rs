//! `oddbench`: reads the command line and hands over to one file per verb.

mod args;
mod built;
mod cmd;
mod columns;
mod downloads;
mod error;
mod events;
mod input;
mod names;
mod progress;
mod reproduced;
mod signals;
mod summary;
mod table;
mod terminal;
mod width;

use std::process::ExitCode;

use clap::Parser;

use crate::cmd::Cli;

fn main() -> ExitCode {
    let cli = Cli::parse();
    oddbench_engine::built_from(built::build());
    cli.command.run(&cli.global.or_from_environment())
}
