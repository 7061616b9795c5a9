//! `oddbench doctor`, `--version` and `oddbench man`.

use serde_json::Value;

use crate::oddbench::{Sandbox, assert_code, stdout};

fn findings(sandbox: &Sandbox, more: &[&str], code: i32) -> Vec<Value> {
    let output = sandbox.run(&[&["doctor", "--json"], more].concat());
    assert_code(&output, code);
    let value: Value = serde_json::from_slice(&output.stdout).unwrap();
    value["findings"].as_array().unwrap().clone()
}

fn of<'f>(findings: &'f [Value], subject: &str) -> &'f Value {
    findings.iter().find(|finding| finding["subject"] == subject).unwrap_or_else(|| {
        panic!("{subject} is not among {findings:?}");
    })
}

#[test]
fn every_finding_but_a_good_one_has_a_remedy_and_nothing_is_left_behind() {
    let sandbox = Sandbox::new();
    let found = findings(&sandbox, &[], 0);
    for subject in ["oddbench", "backend cpu", "mirror", "cache", "data kdd99", "results", "disk"] {
        of(&found, subject);
    }
    for finding in &found {
        assert_eq!(finding["remedy"].is_null(), finding["state"] == "ok", "{finding}");
    }
    assert_eq!(of(&found, "data kdd99")["remedy"], "oddbench data fetch kdd99");
    assert_eq!(std::fs::read_dir(sandbox.dir.path()).unwrap().count(), 0);
    let text = stdout(&sandbox.run(&["doctor"]));
    assert!(text.contains("-> oddbench data fetch kdd99"), "{text}");
    assert!(text.ends_with("no problem was found\n"), "{text}");
    let widest = text.lines().map(|line| line.chars().count()).max();
    // Paths are not cut, and may be long.
    assert!(widest <= Some(160), "{text}");
}

#[test]
fn what_would_make_a_run_fail_is_a_problem_with_exit_code_1() {
    let sandbox = Sandbox::new();
    sandbox.write("file", "no folder");
    let found = findings(&sandbox, &["--results", "file/results", "--mirror", "nowhere"], 1);
    for subject in ["results", "mirror"] {
        assert_eq!(of(&found, subject)["state"], "problem", "{found:?}");
        assert!(of(&found, subject)["remedy"].is_string());
    }
}

#[test]
fn a_damaged_file_of_the_cache_is_a_problem() {
    let sandbox = Sandbox::new();
    std::fs::create_dir_all(sandbox.path("cache/kdd99")).unwrap();
    sandbox.write("cache/kdd99/corrected.gz", "damaged");
    let found = findings(&sandbox, &[], 1);
    let kdd = of(&found, "data kdd99");
    assert_eq!(kdd["state"], "problem", "{kdd}");
    assert!(kdd["remedy"].as_str().unwrap().contains("oddbench data fetch kdd99"), "{kdd}");
}

#[test]
fn the_version_names_the_revision_and_the_features() {
    let text = stdout(&Sandbox::new().run(&["--version"]));
    let start = format!("oddbench {}, revision ", env!("CARGO_PKG_VERSION"));
    let rest = text.strip_prefix(&start).unwrap_or_else(|| panic!("{text}"));
    assert_eq!(text.lines().count(), 1, "{text}");
    let (revision, features) = rest.split_once(", features: ").unwrap();
    let commit = revision.trim_end_matches("-dirty");
    let is_commit = commit.len() == 12 && commit.chars().all(|c| c.is_ascii_hexdigit());
    assert!(is_commit || commit == "unknown", "{text}");
    assert!(!features.trim().is_empty(), "{text}");
}

#[test]
fn every_command_has_a_manual_page() {
    let sandbox = Sandbox::new();
    assert_code(&sandbox.run(&["man", "--out", "man/man1"]), 0);
    for page in ["oddbench.1", "oddbench-run.1", "oddbench-new-dataset.1", "oddbench-doctor.1"] {
        let text = std::fs::read_to_string(sandbox.path("man/man1").join(page)).unwrap();
        assert!(text.contains(".SH SYNOPSIS") && text.contains("oddbench"), "{page}:\n{text}");
    }
    let run = std::fs::read_to_string(sandbox.path("man/man1/oddbench-run.1")).unwrap();
    assert!(run.contains("Examples:") && run.contains("quiet"), "{run}");
    // Without a folder the first page is printed, as `man -l -` takes it.
    let printed = sandbox.run(&["man"]);
    assert_code(&printed, 0);
    assert!(stdout(&printed).contains(".TH oddbench 1"), "{}", stdout(&printed));
}

#[test]
fn completions_know_kinds_and_data_sets() {
    let sandbox = Sandbox::new();
    for shell in ["bash", "zsh", "fish"] {
        let script = stdout(&sandbox.run(&["completions", shell]));
        for word in ["isolation-forest", "kdd99", "doctor"] {
            assert!(script.contains(word), "{shell}: {word}");
        }
    }
    let zsh = stdout(&sandbox.run(&["completions", "zsh"]));
    assert!(zsh.contains("The experiment file:_files -g \"*.toml\"'"), "{zsh}");
    // The list of all kinds would hide the options.
    let help = stdout(&sandbox.run(&["fit", "--help"]));
    assert!(!help.contains("isolation-forest, "), "{help}");
}
