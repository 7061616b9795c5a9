//! `oddbench completions`: a completion script for a shell.

use clap::Command;
use clap_complete::Shell;

use crate::error::{CliError, Status};

/// How the script of each shell is installed.
pub const EXAMPLES: &str = "\
Examples:
  oddbench completions bash > ~/.local/share/bash-completion/completions/oddbench
  oddbench completions zsh > ~/.zfunc/_oddbench          with `fpath+=~/.zfunc` above `compinit` in ~/.zshrc
  oddbench completions fish > ~/.config/fish/completions/oddbench.fish
  oddbench completions powershell >> $PROFILE

Create the folder first if it is not there, and open a new shell afterwards. Commands, options, kinds of models, names
of data sets and paths of files are completed.";

/// Prints the script for the whole command line to stdout.
pub fn run(shell: Shell, command: &mut Command) -> Result<Status, CliError> {
    let mut script = Vec::new();
    clap_complete::generate(shell, command, "oddbench", &mut script);
    if shell == Shell::Zsh {
        script = only_toml(&String::from_utf8_lossy(&script)).into_bytes();
    }
    // A closed pipe is the reader's choice, not an error.
    let _ = std::io::Write::write_all(&mut std::io::stdout(), &script);
    Ok(Status::Done)
}

/// The script of zsh with files that end in .toml, and folders, where an experiment file is expected. clap has no word
/// for the ending of a file.
fn only_toml(script: &str) -> String {
    let expected = ["The experiment file:_files", "The experiment files:_files"];
    expected.iter().fold(script.to_owned(), |script, line| {
        script.replace(&format!("{line}'"), &format!("{line} -g \"*.toml\"'"))
    })
}
