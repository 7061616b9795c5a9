//! The chores of this repository. `cargo xtask check` is what can be checked in under two minutes on a warm build,
//! without a browser and without real data; `.ci/run` checks everything. `reference` and `figures` write parts of the
//! documents. `tests/` checks that the sources and documents are tidy.

use std::path::Path;
use std::process::ExitCode;
use std::time::Instant;

use xtask::{figures, program::Program, reference};

const USAGE: &str = "\
usage: cargo xtask check                           the quick check of a change
       cargo xtask reference                       write docs/REFERENCE.md
       cargo xtask figures [PUBLISHED CORRECTED]   write the table of README.md from two results folders
                                                   [default: results/kdd99-published results/kdd99-corrected]";

/// The steps, the quickest first: a name, and what cargo is called with.
const CHECK: [(&str, &str); 4] = [
    ("format", "fmt --all --check"),
    ("tidy", "test --release --quiet --package xtask"),
    ("lints", "clippy --release --quiet --workspace --all-targets -- --deny warnings"),
    (
        "tests of the quick crates",
        "test --release --quiet --package oddbench-core --package oddbench-report",
    ),
];

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let done = match arguments.as_slice() {
        ["check"] => check(),
        ["reference"] => write_reference(),
        ["figures"] => write_figures("results/kdd99-published", "results/kdd99-corrected"),
        ["figures", published, corrected] => write_figures(published, corrected),
        _ => {
            eprintln!("{USAGE}");
            return ExitCode::from(2);
        }
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(message) => {
            eprintln!("{message}");
            ExitCode::FAILURE
        }
    }
}

fn check() -> Result<(), String> {
    for (name, arguments) in CHECK {
        let started = Instant::now();
        let status = xtask::cargo().args(arguments.split(' ')).status();
        let status = status.map_err(|error| format!("{name}: cargo does not start: {error}"))?;
        if !status.success() {
            return Err(format!("{name}: failed, see above; to repeat it: cargo {arguments}"));
        }
        eprintln!("{name}: passed ({:.0} s)", started.elapsed().as_secs_f64());
    }
    Ok(())
}

fn write_reference() -> Result<(), String> {
    let page = reference::page(&Program::build()?)?;
    let path = xtask::root().join(reference::PATH);
    std::fs::write(&path, page).map_err(|error| format!("{}: {error}", path.display()))
}

fn write_figures(published: &str, corrected: &str) -> Result<(), String> {
    figures::write(Path::new(published), Path::new(corrected))
}
