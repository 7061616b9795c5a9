//! The README's first command, and what a second run does.

use crate::oddbench::{Sandbox, assert_code, experiment, stderr, stdout, summary};

fn run_quickstart(sandbox: &Sandbox, more: &[&str]) -> std::process::Output {
    let file = experiment("quickstart.toml");
    let mut args = vec!["run", file.to_str().unwrap(), "--offline"];
    args.extend(more);
    sandbox.run(&args)
}

#[test]
fn quickstart_ends_with_a_report_and_a_second_run_fits_nothing() {
    let sandbox = Sandbox::new();
    let first = run_quickstart(&sandbox, &[]);
    assert_code(&first, 0);
    assert!(stdout(&first).contains("Synthetic data"), "{}", stdout(&first));
    let page = std::fs::read_to_string(sandbox.path("reports/quickstart/index.html")).unwrap();
    assert!(page.to_lowercase().contains("synthetic"));
    let path = sandbox.path("results/quickstart/summary.csv");
    let rows = summary(&path);
    assert!(rows.len() >= 6, "{} rows", rows.len());
    assert!(rows.iter().all(|row| row["status"] == "completed"), "{rows:?}");

    let before = std::fs::read(&path).unwrap();
    let second = run_quickstart(&sandbox, &[]);
    assert_code(&second, 0);
    assert!(stderr(&second).contains(" 0 to run"), "{}", stderr(&second));
    assert_eq!(std::fs::read(&path).unwrap(), before);
}

#[test]
fn scores_do_not_depend_on_the_number_of_jobs() {
    let scores = |jobs: &str| {
        let sandbox = Sandbox::new();
        assert_code(&run_quickstart(&sandbox, &["--jobs", jobs, "--no-report"]), 0);
        let trials = sandbox.path("results/quickstart/trials");
        let mut files: Vec<_> = std::fs::read_dir(trials)
            .unwrap()
            .map(|entry| {
                let dir = entry.unwrap();
                (dir.file_name(), std::fs::read(dir.path().join("scores.parquet")).unwrap())
            })
            .collect();
        files.sort();
        files
    };
    assert!(scores("1") == scores("3"), "scores.parquet differ");
}

#[test]
fn json_goes_to_stdout_alone() {
    let sandbox = Sandbox::new();
    let output = run_quickstart(&sandbox, &["--json", "--no-report"]);
    assert_code(&output, 0);
    let value: serde_json::Value = serde_json::from_str(&stdout(&output)).unwrap();
    assert_eq!(value["run"]["failed"], 0);
    assert!(value["summary"].as_array().unwrap().len() >= 6);
}

#[test]
fn no_colour_reaches_a_pipe() {
    let sandbox = Sandbox::new();
    let output = run_quickstart(&sandbox, &["--no-report"]);
    assert!(!stdout(&output).contains('\u{1b}') && !stderr(&output).contains('\u{1b}'));
}
