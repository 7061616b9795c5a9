//! A run that is killed in the middle continues where it stopped and ends with the same figures.

use std::process::Stdio;
use std::time::{Duration, Instant};

use oddbench_engine::{Event, TrialEvent};

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

    // The table may lag behind a killed run. A report brings it up to date.
    std::fs::remove_file(killed.path("results/slow/summary.csv")).unwrap();
    let output = killed.run(&["report", "slow"]);
    assert_code(&output, 0);
    assert!(stderr(&output).contains("behind the records"), "{}", stderr(&output));
    let table = std::fs::read_to_string(killed.path("results/slow/summary.csv")).unwrap();
    assert!(table.matches(",completed,").count() >= kept, "{table}");
    assert!(!stderr(&killed.run(&["report", "slow"])).contains("behind the records"));

    let output = killed.run(&["run", "slow.toml", "--no-report"]);
    assert_code(&output, 0);
    assert!(stderr(&output).contains("done before"), "{}", stderr(&output));
    assert_eq!(figures(&killed), figures(&whole));
}

/// The program that starts a run, such as the dashboard, stops it by closing its stdin; so does its own death.
#[test]
fn the_end_of_stdin_stops_a_run_in_good_order() {
    let sandbox = Sandbox::new();
    sandbox.write("slow.toml", SLOW);
    let mut child = sandbox
        .command()
        .args(["run", "slow.toml", "--no-report", "--jobs", "1", "--until-stdin-ends"])
        .args(["--events", "events.jsonl"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let stdin = child.stdin.take().unwrap();
    let start = Instant::now();
    while finished(&sandbox) < 1 && start.elapsed() < Duration::from_secs(120) {
        std::thread::sleep(Duration::from_millis(5));
    }
    drop(stdin);
    let output = child.wait_with_output().unwrap();
    assert_code(&output, 130);
    assert!(stderr(&output).contains("run the same command again"), "{}", stderr(&output));

    // Each event was written when it happened.
    let text = std::fs::read_to_string(sandbox.path("events.jsonl")).unwrap();
    let events: Vec<Event> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let has = |check: fn(&Event) -> bool| events.iter().any(check);
    assert!(
        matches!(&events[0], Event::Planned { experiment, trials, .. } if experiment == "slow" && trials.len() == 12)
    );
    assert!(has(|event| matches!(event, Event::Started { trial: 0 })));
    let epoch = |event: &Event| matches!(event, Event::Trial { what: TrialEvent::Epoch { epoch }, .. } if epoch.epochs == 40);
    assert!(has(epoch));
    assert!(has(
        |event| matches!(event, Event::Done { outcome, roc_auc: Some(_), .. } if outcome.is_completed())
    ));
    assert!(matches!(events.last(), Some(Event::Finished { summary }) if summary.interrupted));
}

#[cfg(unix)]
#[test]
fn ctrl_c_is_exit_130_and_leaves_no_failed_trial() {
    stopped_by("-INT");
}

#[cfg(unix)]
#[test]
fn a_request_to_end_is_exit_130_and_leaves_no_failed_trial() {
    stopped_by("-TERM");
}

#[cfg(unix)]
fn stopped_by(signal: &str) {
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
    assert!(std::process::Command::new("kill").args([signal, &pid]).status().unwrap().success());
    assert_eq!(child.wait().unwrap().code(), Some(130));
    let output = sandbox.run(&["run", "slow.toml", "--no-report"]);
    assert_code(&output, 0);
    assert!(
        summary(&sandbox.path("results/slow/summary.csv"))
            .iter()
            .all(|r| r["status"] == "completed")
    );
}

/// A trial whose process is killed is a failed row. The others go on, and the next run mends it.
#[cfg(target_os = "linux")]
#[test]
fn a_killed_trial_stops_no_other() {
    let sandbox = Sandbox::new();
    sandbox.write("slow.toml", SLOW);
    let mut command = sandbox.command();
    command.args(["run", "slow.toml", "--no-report", "--jobs", "1"]);
    let mut child = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    let start = Instant::now();
    let mut killed = false;
    while !killed && start.elapsed() < Duration::from_secs(120) {
        std::thread::sleep(Duration::from_millis(5));
        let Some(trial) = a_trial_of(child.id()) else { continue };
        let status = std::process::Command::new("kill").args(["-KILL", &trial]).status();
        killed = status.unwrap().success();
    }
    assert!(killed, "no trial was started");
    assert_eq!(child.wait().unwrap().code(), Some(1));
    let rows = summary(&sandbox.path("results/slow/summary.csv"));
    assert_eq!(rows.iter().filter(|row| row["status"] == "failed").count(), 1);
    let again = sandbox.run(&["run", "slow.toml", "--no-report"]);
    assert_code(&again, 0);
    assert!(stderr(&again).contains("11 done before, 1 to run"), "{}", stderr(&again));
}

/// The number of some process of a trial that this one has started.
#[cfg(target_os = "linux")]
pub fn a_trial_of(pid: u32) -> Option<String> {
    let tasks = std::fs::read_dir(format!("/proc/{pid}/task")).ok()?.flatten();
    let lists = tasks.filter_map(|task| std::fs::read_to_string(task.path().join("children")).ok());
    let children =
        lists.flat_map(|list| list.split_whitespace().map(str::to_owned).collect::<Vec<_>>());
    let is_trial = |pid: &String| {
        let command = std::fs::read_to_string(format!("/proc/{pid}/cmdline"));
        command.is_ok_and(|command| command.contains("--child"))
    };
    children.into_iter().find(is_trial)
}

/// Files from the future, as a clock that was set back leaves them, are as good as any.
#[test]
fn a_clock_that_goes_back_makes_nothing_run_again() {
    let sandbox = Sandbox::new();
    sandbox.write("slow.toml", SLOW);
    assert_code(&sandbox.run(&["run", "slow.toml", "--seeds", "1", "--name", "slow"]), 0);
    let before = figures(&sandbox);
    let future = std::time::SystemTime::now() + Duration::from_secs(400 * 24 * 3600);
    let mut folders = vec![sandbox.path("results"), sandbox.path("reports")];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            match path.is_dir() {
                true => folders.push(path),
                false => {
                    let file = std::fs::File::options().write(true).open(path).unwrap();
                    file.set_modified(future).unwrap();
                }
            }
        }
    }
    let again = sandbox.run(&["run", "slow.toml", "--seeds", "1", "--name", "slow"]);
    assert_code(&again, 0);
    assert!(stderr(&again).contains("1 trial, 1 done before"), "{}", stderr(&again));
    assert_code(&sandbox.run(&["report", "slow"]), 0);
    assert_eq!(figures(&sandbox), before);
}
