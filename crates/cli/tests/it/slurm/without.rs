//! What needs no Slurm: its absence, and the section of the experiment file.

use super::trials;
use crate::oddbench::{Sandbox, assert_code, stderr};

#[test]
fn without_slurm_nothing_is_prepared() {
    let sandbox = Sandbox::new();
    sandbox.write("two.toml", &trials("two", 1));
    let mut command = sandbox.command();
    command.env("PATH", sandbox.path("empty"));
    let output = command.args(["run", "two.toml", "--executor", "slurm"]).output().unwrap();
    assert_code(&output, 4);
    let said = stderr(&output);
    assert!(said.contains("`sbatch` is not here"), "{said}");
    assert!(said.contains("leave --executor slurm out"), "{said}");
    assert!(!sandbox.path("results").exists());
}

#[test]
fn options_of_the_other_executor_are_refused() {
    let sandbox = Sandbox::new();
    sandbox.write("two.toml", &trials("two", 1));
    for args in [
        &["--detach"][..],
        &["--slurm", "time=1h"],
        &["--executor", "slurm", "--fresh"],
        &["--executor", "slurm", "--jobs", "2"],
    ] {
        let output = sandbox.run(&[&["run", "two.toml"], args].concat());
        assert_code(&output, 2);
        assert!(stderr(&output).contains("has no meaning here"), "{}", stderr(&output));
    }
}

#[test]
fn keys_of_the_section_are_checked() {
    let sandbox = Sandbox::new();
    sandbox.write("two.toml", &trials("two", 1));
    for (option, words) in [
        ("partitoin=x", "did you mean `partition`"),
        ("time=never", "is no time"),
        ("memory=4096 KB", "is no size"),
        ("trials_per_task=0", "out of range"),
        ("options=[\"--array=0-7\"]", "oddbench gives --array itself"),
        ("options=[\"-J x\"]", "oddbench gives --job-name itself"),
        ("options=[\"constraint=x\"]", "is no option of sbatch"),
    ] {
        let output =
            sandbox.run(&["plan", "two.toml", "--set", &format!("executor.slurm.{option}")]);
        assert_code(&output, 2);
        let said = stderr(&output);
        assert!(said.contains(words), "{option}: {said}");
    }
}

/// Where trials run makes no other experiment: the results keep their name.
#[test]
fn settings_of_the_executor_are_no_part_of_a_name() {
    let sandbox = Sandbox::new();
    sandbox.write("two.toml", &trials("two", 1));
    let options = ["--set", "executor.slurm.time=2h", "--no-report"];
    assert_code(&sandbox.run(&[&["run", "two.toml"][..], &options].concat()), 0);
    let again = sandbox.run(&["run", "two.toml", "--no-report"]);
    assert_code(&again, 0);
    assert!(stderr(&again).contains("2 done before, 0 to run"), "{}", stderr(&again));
    let manifest = std::fs::read_to_string(sandbox.path("results/two/manifest.json")).unwrap();
    let manifest: serde_json::Value = serde_json::from_str(&manifest).unwrap();
    // The text of the file may say where trials run; the experiment and the options of the run do not.
    for key in ["experiment", "overrides"] {
        assert!(!manifest[key].to_string().contains("slurm"), "{}", manifest[key]);
    }
}

#[test]
fn the_state_of_a_local_run_is_told_too() {
    let sandbox = Sandbox::new();
    sandbox.write("two.toml", &trials("two", 1));
    let status = || {
        let output = sandbox.run(&["status", "two.toml"]);
        assert_code(&output, 0);
        crate::oddbench::stdout(&output)
    };
    assert!(status().contains("two: 2 trials: 0 done, 2 missing"), "{}", status());
    assert_code(&sandbox.run(&["run", "two.toml", "--no-report"]), 0);
    assert_eq!(status().trim(), "two: 2 trials: 2 done");
}
