//! `oddbench man`: the manual pages, one for each command. `clap_mangen` makes them from the same description that
//! the help is made from, so that they never differ; it belongs to clap and brings one small crate (roff).

use std::io;
use std::path::{Path, PathBuf};

use clap::Command;
use serde_json::json;

use crate::error::{CliError, Status};
use crate::terminal::Terminal;

/// How the pages are installed.
pub const EXAMPLES: &str = "\
Examples:
  oddbench man --out ~/.local/share/man/man1      then: man oddbench, man oddbench-run
  oddbench man | man -l -                         the page of oddbench itself, without installing it";

/// `oddbench man`
#[derive(Debug, clap::Args)]
pub struct ManArgs {
    /// The folder to write: it is created if it is not there, and pages of an earlier version are replaced
    /// [default: print the page of oddbench on stdout]
    #[arg(long, value_name = "DIR", value_hint = clap::ValueHint::DirPath)]
    pub out: Option<PathBuf>,
}

/// Writes `oddbench.1` and a page for each command below it, or prints the first one.
pub fn run(terminal: &Terminal, args: &ManArgs, command: Command) -> Result<Status, CliError> {
    let Some(out) = &args.out else { return print(terminal, command) };
    let failed = |error: io::Error| CliError::System {
        message: format!("{}: the manual pages cannot be written: {error}", out.display()),
    };
    std::fs::create_dir_all(out).map_err(failed)?;
    clap_mangen::generate_to(command, out).map_err(failed)?;
    let pages = pages(out).map_err(failed)?;
    let folder = out.display();
    terminal.result(&format!("wrote {} manual pages into {folder}", pages.len()));
    terminal.json(|| json!({ "pages": pages }));
    Ok(Status::Done)
}

/// Prints the page of the program, as a viewer of manual pages takes it.
fn print(terminal: &Terminal, command: Command) -> Result<Status, CliError> {
    let mut page = Vec::new();
    clap_mangen::Man::new(command).render(&mut page).map_err(|error| CliError::System {
        message: format!("the manual page cannot be made: {error}"),
    })?;
    let page = String::from_utf8_lossy(&page);
    terminal.raw(page.trim_end());
    Ok(Status::Done)
}

/// The pages in the folder that are oddbench's.
fn pages(folder: &Path) -> io::Result<Vec<String>> {
    let mut names = Vec::new();
    for entry in std::fs::read_dir(folder)? {
        let name = entry?.file_name().to_string_lossy().into_owned();
        if name.starts_with("oddbench") && name.ends_with(".1") {
            names.push(name);
        }
    }
    names.sort();
    Ok(names)
}
