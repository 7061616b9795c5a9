//! `cargo xtask check`: what can be checked in under two minutes on a warm build, without a browser and
//! without real data. `.ci/run` checks everything. What holds the sources tidy is in `tests/tidy.rs`.

use std::process::{Command, ExitCode};
use std::time::Instant;

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
    let [verb] = arguments.as_slice() else { return usage() };
    match verb.as_str() {
        "check" => check(),
        _ => usage(),
    }
}

fn usage() -> ExitCode {
    eprintln!("usage: cargo xtask check");
    ExitCode::from(2)
}

fn check() -> ExitCode {
    for (name, arguments) in CHECK {
        let started = Instant::now();
        let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
        let status = Command::new(cargo).args(arguments.split(' ')).status();
        match status {
            Ok(status) if status.success() => {
                eprintln!("{name}: passed ({:.0} s)", started.elapsed().as_secs_f64());
            }
            Ok(_) => {
                eprintln!("{name}: failed, see above; to repeat it: cargo {arguments}");
                return ExitCode::FAILURE;
            }
            Err(error) => {
                eprintln!("{name}: cargo does not start: {error}");
                return ExitCode::FAILURE;
            }
        }
    }
    ExitCode::SUCCESS
}
