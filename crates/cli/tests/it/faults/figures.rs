//! What a run has left, for comparison with what an undisturbed one leaves.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Output;

use crate::oddbench::{stderr, stdout, summary};

/// A line of a table by column.
type Line = BTreeMap<String, String>;

/// The lines of `summary.csv`, without times and memory; none if there is no such file.
pub fn figures(results: &Path) -> Vec<Line> {
    let path = results.join("summary.csv");
    if !path.exists() {
        return Vec::new();
    }
    let mut lines = summary(&path);
    for line in &mut lines {
        for column in ["fit_seconds", "score_seconds", "peak_rss_mb"] {
            line.remove(column);
        }
    }
    lines
}

/// Panics if a line that has figures is none of the right ones.
pub fn assert_no_wrong_figure(results: &Path, right: &[Line], case: &str) {
    for line in figures(results) {
        let is_empty = line["threshold"].is_empty() && line["roc_auc"].is_empty();
        assert!(is_empty || right.contains(&line), "{case}: a wrong figure: {line:?}");
    }
}

/// All files and empty folders below a folder, sorted, but what is in `.damaged`.
pub fn files(folder: &Path) -> Vec<PathBuf> {
    fn add(folder: &Path, below: &Path, found: &mut Vec<PathBuf>) {
        for entry in fs::read_dir(folder.join(below)).unwrap() {
            let path = below.join(entry.unwrap().file_name());
            match folder.join(&path).is_dir() {
                true if path.ends_with(".damaged") => {}
                true => {
                    let before = found.len();
                    add(folder, &path, found);
                    if found.len() == before {
                        found.push(path);
                    }
                }
                false => found.push(path),
            }
        }
    }
    let mut found = Vec::new();
    add(folder, Path::new(""), &mut found);
    found.sort();
    found
}

/// Copies a folder with all that is in it.
pub fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let target = to.join(entry.file_name());
        match entry.file_type().unwrap().is_dir() {
            true => copy(&entry.path(), &target),
            false => drop(fs::copy(entry.path(), target).unwrap()),
        }
    }
}

/// All that a command has said. Long messages are wrapped.
pub fn said(output: &Output) -> String {
    let text = format!("{} {}", stdout(output), stderr(output));
    text.split_whitespace().filter(|word| *word != "│").collect::<Vec<_>>().join(" ")
}

/// Panics unless a command has ended with one of the exit codes that README names, without a panic, and, if it could
/// not do what it was asked, with a message that names a file and what to do.
pub fn assert_told(output: &Output, case: &str) {
    let said = said(output);
    assert!(!said.contains("panicked"), "{case}: {said}");
    match output.status.code() {
        Some(0) => {}
        Some(1..=3) => {
            let file = ["disk/", "manifest.json"].iter().any(|name| said.contains(name));
            assert!(file, "{case}: no file is named: {said}");
            let remedy =
                ["again", "help:", "--threshold X", "first"].iter().any(|word| said.contains(word));
            assert!(remedy, "{case}: no remedy is named: {said}");
        }
        code => panic!("{case}: exit code {code:?}: {said}"),
    }
}
