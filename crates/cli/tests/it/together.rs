//! Trials that train together on whatever Vulkan device there is: their records and scores beside those of trials that
//! train alone, and what an interruption leaves.
//!
//! The default build has no such backend: `scripts/lavapipe.sh` builds with `kernels` and runs these on a software
//! renderer. Where there is no device, they fail.

use std::collections::BTreeMap;
use std::process::{Child, Stdio};
use std::time::{Duration, Instant};

use oddbench_core::record::{Outcome, Record};
use oddbench_engine::{Event, Store, TrialEvent};

use crate::oddbench::{Sandbox, assert_code, stderr, stdout};

/// A sweep of 4 learning rates and 2 lengths with 2 seeds, and a model of another shape.
const FILE: &str = r#"
name = "together"
[dataset]
kind = "synthetic"
rows = 2000
features = "published-18"
[split]
kind = "holdout"
[preprocess]
scale = "min-max"
[threshold]
rule = "max-f1"
[run]
seeds = [1, 2]
backends = ["wgpu"]
[[model]]
kind = "autoencoder"
name = "AE"
params = { hidden = [4], batch_size = 64 }
sweep = { learning_rate = [0.03, 0.01, 0.003, 0.001], epochs = [2, 4] }
[[model]]
kind = "autoencoder"
name = "other"
seeds = [1]
params = { hidden = [3], batch_size = 64, epochs = 2 }
[[model]]
kind = "pca"
"#;

/// The records by trial.
fn records(sandbox: &Sandbox) -> BTreeMap<String, Record> {
    let results = sandbox.path("results/together");
    let Ok(trials) = std::fs::read_dir(results.join("trials")) else { return BTreeMap::new() };
    let store = Store::at(&results);
    let record = |id: String| store.record(&id).ok().flatten();
    let records = trials.filter_map(|it| record(it.unwrap().file_name().into_string().unwrap()));
    records.map(|record| (record.trial.id.clone(), record)).collect()
}

fn run(sandbox: &Sandbox, args: &[&str]) -> String {
    let output = sandbox.run(&[&["run", "together.toml", "--no-report"], args].concat());
    assert_code(&output, 0);
    stderr(&output)
}

fn fit_seconds(record: &Record) -> f64 {
    match record.outcome {
        Outcome::Completed { fit_seconds, .. } => fit_seconds.unwrap(),
        Outcome::Failed { .. } => panic!("{record:?}"),
    }
}

#[test]
fn trials_that_differ_in_numbers_train_at_once_and_score_the_same_bits() {
    let [together, alone] = [Sandbox::new(), Sandbox::new()];
    for sandbox in [&together, &alone] {
        sandbox.write("together.toml", FILE);
    }
    let began = Instant::now();
    run(&together, &["--jobs", "2"]);
    let took = began.elapsed().as_secs_f64();
    run(&alone, &["--jobs", "2", "--together", "1"]);
    let (ours, theirs) = (records(&together), records(&alone));
    assert_eq!(ours.len(), 18);
    let mut shares = 0.0;
    for (id, record) in &ours {
        let other = &theirs[id];
        assert_eq!(record.score_sha256, other.score_sha256, "{}", record.trial.name);
        assert!(record.score_sha256.is_some());
        let [timing, alone] = [record, other].map(|record| record.timing.clone().unwrap());
        let Outcome::Completed { epochs, peak_rss_mb, notes, .. } = &record.outcome else {
            panic!("{:?}", record.outcome);
        };
        if record.trial.kind == "pca" {
            assert_eq!((timing.engine, timing.models_at_once), (None, None));
            continue;
        }
        let Outcome::Completed { epochs: curve, .. } = &other.outcome else { panic!() };
        assert_eq!(epochs, curve);
        assert_eq!(timing.engine, alone.engine);
        assert!(timing.engine.is_some() && timing.compile_seconds.is_some());
        assert_eq!(alone.models_at_once, Some(1));
        let in_company = record.trial.sweep.is_some();
        assert_eq!(timing.models_at_once, Some(if in_company { 16 } else { 1 }));
        assert_eq!(peak_rss_mb.is_none(), in_company, "one process ran several");
        assert!(!record.device.is_empty() && !record.device.contains("cpu"), "{}", record.device);
        assert!(!notes.iter().any(|note| note.contains("scored by")), "{notes:?}");
        assert!(timing.epoch_seconds.iter().sum::<f64>() <= fit_seconds(record));
        shares += if in_company { fit_seconds(record) } else { 0.0 };
    }
    assert!(shares < took, "the shares of all are {shares} s of {took} s");
    // A second run finds all done; --fresh runs all again.
    assert!(run(&together, &[]).contains("18"));
    run(&together, &["--fresh", "--together", "5"]);
    let again = records(&together);
    let sizes: Vec<usize> = again
        .values()
        .filter(|record| record.trial.sweep.is_some())
        .filter_map(|record| record.timing.as_ref()?.models_at_once)
        .collect();
    assert_eq!(sizes.iter().filter(|size| **size == 5).count(), 15);
    assert_eq!(sizes.iter().filter(|size| **size == 1).count(), 1);
    for (id, record) in &again {
        assert_eq!(record.score_sha256, ours[id].score_sha256);
    }
}

#[test]
fn trials_of_one_command_train_at_once_too() {
    let sandbox = Sandbox::new();
    sandbox.write("together.toml", FILE);
    let plan = stdout(&sandbox.run(&["plan", "together.toml", "--ids"]));
    let ids: Vec<&str> = plan.lines().collect();
    assert_eq!(ids.len(), 18);
    let command = ["trial", "together.toml"];
    assert_code(&sandbox.run(&[&command, &ids[..3], &["--together", "1"]].concat()), 0);
    assert_code(&sandbox.run(&[&command, &ids[3..8]].concat()), 0);
    let records = records(&sandbox);
    let sizes = |ids: &[&str]| -> Vec<usize> {
        let timing = |id: &&str| records[*id].timing.as_ref()?.models_at_once;
        ids.iter().filter_map(timing).collect()
    };
    assert_eq!((sizes(&ids[..3]), sizes(&ids[3..8])), (vec![1; 3], vec![5; 5]));
    assert_eq!(records.len(), 8);
    // What a task of a cluster runs.
    let prepared = ["trial", "--experiment-dir", "results/together", "--wait"];
    assert_code(&sandbox.run(&[&prepared, &ids[8..12]].concat()), 0);
    let records = self::records(&sandbox);
    let size = |id: &str| records[id].timing.as_ref().unwrap().models_at_once;
    assert!(ids[8..12].iter().all(|id| size(id) == Some(4)), "{records:?}");
}

/// So long that it is caught in the middle: members with 2 epochs end before the others.
fn long() -> String {
    FILE.replace("epochs = [2, 4]", "epochs = [2, 1500]")
}

/// A run of which some trials of a process are done and others train.
fn in_the_middle(sandbox: &Sandbox) -> Child {
    sandbox.write("together.toml", &long());
    let mut command = sandbox.command();
    command.args(["run", "together.toml", "--no-report", "--jobs", "1", "--events", "events"]);
    let child = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    let start = Instant::now();
    let done_beside_others = || {
        let text = std::fs::read_to_string(sandbox.path("events")).unwrap_or_default();
        let events: Vec<Event> =
            text.lines().filter_map(|line| serde_json::from_str(line).ok()).collect();
        let trains = |event: &Event| matches!(event, Event::Trial { what: TrialEvent::Epoch { epoch }, .. } if epoch.epoch > 3);
        events.iter().any(trains)
            && records(sandbox).values().any(|record| record.trial.sweep.is_some())
    };
    while !done_beside_others() {
        assert!(start.elapsed() < Duration::from_secs(300), "no trial was done");
        std::thread::sleep(Duration::from_millis(20));
    }
    child
}

fn signal(which: &str, pid: &str) {
    assert!(std::process::Command::new("kill").args([which, pid]).status().unwrap().success());
}

#[cfg(unix)]
#[test]
fn ctrl_c_in_the_middle_keeps_what_is_done_and_leaves_the_rest_open() {
    let sandbox = Sandbox::new();
    let mut child = in_the_middle(&sandbox);
    signal("-INT", &child.id().to_string());
    assert_eq!(child.wait().unwrap().code(), Some(130));
    let kept = records(&sandbox);
    assert!(!kept.is_empty() && kept.len() < 18, "{}", kept.len());
    assert!(kept.values().all(|record| record.outcome.is_completed()));
    run(&sandbox, &[]);
    let all = records(&sandbox);
    assert_eq!(all.len(), 18);
    assert!(kept.iter().all(|(id, record)| all[id] == *record), "what was done is kept");
    assert!(all.values().all(|record| record.outcome.is_completed()));
}

#[cfg(target_os = "linux")]
#[test]
fn a_killed_process_fails_the_trials_that_were_in_it_and_no_other() {
    let sandbox = Sandbox::new();
    let mut child = in_the_middle(&sandbox);
    let done = records(&sandbox);
    let trial = crate::interruption::a_trial_of(child.id()).unwrap();
    signal("-KILL", &trial);
    assert_eq!(child.wait().unwrap().code(), Some(1));
    let all = records(&sandbox);
    assert_eq!(all.len(), 18);
    let mut failed = 0;
    for (id, record) in &all {
        let Outcome::Failed { message, .. } = &record.outcome else { continue };
        failed += 1;
        assert!(record.trial.sweep.is_some() && !done.contains_key(id), "{message}");
        assert!(
            message.contains("trained together") && message.contains("--together 1"),
            "{message}"
        );
    }
    assert!((1..16).contains(&failed), "{failed}");
    run(&sandbox, &[]);
    assert!(records(&sandbox).values().all(|record| record.outcome.is_completed()));
}

#[cfg(not(feature = "wgpu"))]
#[test]
fn a_build_with_the_kernels_alone_says_so_and_refuses_what_does_not_fit_them() {
    let sandbox = Sandbox::new();
    let version = stdout(&sandbox.run(&["--version"]));
    assert!(version.contains("kernels") && !version.contains("wgpu"), "{version}");
    let devices = sandbox.run(&["devices"]);
    assert!(stdout(&devices).contains("kernels alone"), "{}", stdout(&devices));
    assert!(stderr(&devices).contains("--features wgpu"), "{}", stderr(&devices));
    let text = FILE.replace("hidden = [3]", "hidden = [200]");
    let models = text.find("[[model]]").unwrap();
    let other = text.find("[[model]]\nkind = \"autoencoder\"\nname = \"other\"").unwrap();
    sandbox.write("together.toml", &format!("{}{}", &text[..models], &text[other..]));
    assert_code(&sandbox.run(&["run", "together.toml", "--no-report"]), 1);
    let records = records(&sandbox);
    let failed = records.values().find(|record| !record.outcome.is_completed()).unwrap();
    let Outcome::Failed { message, .. } = &failed.outcome else { panic!() };
    assert!(message.contains("parameters") && message.contains("--features wgpu"), "{message}");
}
