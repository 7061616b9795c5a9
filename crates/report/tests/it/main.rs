//! The report as its readers meet it: files in a folder, made from experiments built by hand.

#![expect(clippy::unwrap_used, reason = "tests")]

mod agreement;
mod backends;
mod changes;
mod cost;
mod documents;
mod external;
mod figures;
mod fixture;
mod folder;
mod formats;
mod gallery;
mod operator;
mod over_time;
mod page;
mod protocols;
mod rows;
mod safety;
mod science;
mod shortcuts;
mod splits;
mod suites;
mod sweep;
mod verdict;

use std::fs;
use std::path::{Path, PathBuf};

use oddbench_core::results::ExperimentResults;
use oddbench_report::summarize;

/// Writes the report into a fresh folder.
fn report(results: &ExperimentResults) -> tempfile::TempDir {
    let dir = tempfile::tempdir().unwrap();
    write(results, dir.path());
    dir
}

/// Writes the report into a folder.
fn write(results: &ExperimentResults, out: &Path) -> Vec<PathBuf> {
    oddbench_report::write(results, &summarize(results), out).unwrap()
}

fn read(dir: &tempfile::TempDir, file: &str) -> String {
    fs::read_to_string(dir.path().join(file)).unwrap()
}

/// The names of the files of a folder, sorted.
fn names(dir: &Path) -> Vec<String> {
    let mut names: Vec<String> = fs::read_dir(dir)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    names
}
