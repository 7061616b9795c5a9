//! A run that is killed in the middle goes on where it stopped and ends with the same figures.

use std::process::Stdio;
use std::time::{Duration, Instant};

use crate::oddbench::{Sandbox, assert_code, stderr, summary};

/// Twelve trials, each long enough to be caught in the middle.
const SLOW: &str = r#"
name = "slow"
[dataset]
kind = "synthetic"
rows = 4000
[split]
kind = "holdout"
[threshold]
rule = "max-f1"
[run]
seeds = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12]
[[model]]
kind = "autoencoder"
params = { epochs = 40 }
"#;

fn finished(sandbox: &Sandbox) -> usize {
    let Ok(trials) = std::fs::read_dir(sandbox.path("results/slow/trials")) else { return 0 };
    trials.filter(|entry| entry.as_ref().unwrap().path().join("record.json").exists()).count()
}

fn figures(sandbox: &Sandbox) -> Vec<(String, String, String)> {
    let rows = summary(&sandbox.path("results/slow/summary.csv"));
    rows.iter()
        .map(|r| (r["trial"].clone(), r["threshold"].clone(), r["roc_auc"].clone()))
        .collect()
}

#[test]
fn a_killed_run_goes_on_where_it_stopped() {
    let whole = Sandbox::new();
    whole.write("slow.toml", SLOW);
    assert_code(&whole.run(&["run", "slow.toml", "--no-report"]), 0);

    let killed = Sandbox::new();
    killed.write("slow.toml", SLOW);
    let mut child = killed
        .command()
        .args(["run", "slow.toml", "--no-report", "--jobs", "1"])
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let start = Instant::now();
    while finished(&killed) < 2 && start.elapsed() < Duration::from_secs(120) {
        std::thread::sleep(Duration::from_millis(5));
    }
    child.kill().unwrap(); // SIGKILL
    child.wait().unwrap();
    let kept = finished(&killed);
    assert!((2..12).contains(&kept), "{kept} trials were done when the run was killed");

    let output = killed.run(&["run", "slow.toml", "--no-report"]);
    assert_code(&output, 0);
    assert!(stderr(&output).contains("done before"), "{}", stderr(&output));
    assert_eq!(figures(&killed), figures(&whole));
}

#[cfg(unix)]
#[test]
fn ctrl_c_is_exit_130_and_leaves_no_failed_trial() {
    let sandbox = Sandbox::new();
    sandbox.write("slow.toml", SLOW);
    let mut child = sandbox
        .command()
        .args(["run", "slow.toml", "--no-report", "--jobs", "1"])
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let start = Instant::now();
    while finished(&sandbox) < 1 && start.elapsed() < Duration::from_secs(120) {
        std::thread::sleep(Duration::from_millis(5));
    }
    let pid = child.id().to_string();
    assert!(std::process::Command::new("kill").args(["-INT", &pid]).status().unwrap().success());
    assert_eq!(child.wait().unwrap().code(), Some(130));
    let output = sandbox.run(&["run", "slow.toml", "--no-report"]);
    assert_code(&output, 0);
    assert!(
        summary(&sandbox.path("results/slow/summary.csv"))
            .iter()
            .all(|r| r["status"] == "completed")
    );
}
