//! What is lost is run again, and nothing else is.

use std::collections::BTreeMap;
use std::path::Path;
use std::time::{Duration, Instant};

use serde_json::Value;

use super::cluster::{Cluster, end_of, records, wait_for};
use super::{slow_trials, trials};
use crate::oddbench::{Sandbox, assert_code, stderr, summary};

/// A record without times, memory and the machine; the digests of scores and model are in it.
fn lasting(record: &[u8]) -> Value {
    let mut record: Value = serde_json::from_slice(record).unwrap();
    let fields = record.as_object_mut().unwrap();
    for key in ["sha256", "environment", "finished_at", "timing"] {
        fields.remove(key);
    }
    let outcome = fields["outcome"].as_object_mut().unwrap();
    for key in ["fit_seconds", "score_seconds", "peak_rss_mb"] {
        outcome.remove(key);
    }
    assert!(!fields["files"].as_object().unwrap().is_empty());
    record
}

fn all_lasting(dir: &Path) -> BTreeMap<String, Value> {
    records(dir).iter().map(|(id, record)| (id.clone(), lasting(record))).collect()
}

/// The names in a folder that begin with a dot, but for the lock.
fn leftovers(dir: &Path) -> Vec<String> {
    let names = |dir: &Path| {
        let entries = std::fs::read_dir(dir).unwrap().flatten();
        entries.map(|entry| entry.file_name().into_string().unwrap()).collect::<Vec<_>>()
    };
    let all = names(dir).into_iter().chain(names(&dir.join("trials")));
    all.filter(|name| name.starts_with('.') && name != ".lock").collect()
}

#[test]
fn a_lost_node_client_and_controller_lose_no_trial() {
    let test = "a_lost_node_client_and_controller_lose_no_trial";
    let Some(cluster) = Cluster::start(test, 17810, 2) else { return };
    let slurm = Sandbox::new();
    slurm.write("forty.toml", &slow_trials("forty", 40));
    let dir = slurm.path("results/forty");
    let run = ["run", "forty.toml", "--executor", "slurm"];

    let mut client = cluster.spawn(&slurm, &run, "client.log");
    wait_for("ten records", || records(&dir).len() >= 10);
    // The controller knows the tasks that its last write has. It forgets tasks that started after it.
    cluster.wait_for_write();
    std::thread::sleep(Duration::from_secs(2));
    assert!(cluster.kill_node("a") > 0, "nothing ran on the node");
    client.kill().unwrap(); // SIGKILL
    client.wait().unwrap();
    cluster.restart_controller();
    let early = records(&dir);
    assert!((10..40).contains(&early.len()), "{} trials were done too early", early.len());

    let output = cluster.run_while(&slurm, &run, || cluster.resume_nodes());
    assert_code(&output, 0);
    let late = records(&dir);
    assert_eq!(late.len(), 40);
    // None was run twice with another outcome: what was there has not changed by a byte.
    for (id, record) in &early {
        assert!(late[id] == *record, "{id} was written twice");
    }
    assert!(leftovers(&dir).is_empty(), "{:?}", leftovers(&dir));
    assert!(slurm.path("reports/forty/index.html").exists());

    let local = Sandbox::new();
    local.write("forty.toml", &slow_trials("forty", 40));
    assert_code(&local.run(&["run", "forty.toml", "--no-report"]), 0);
    assert_eq!(all_lasting(&dir), all_lasting(&local.path("results/forty")));
    let figures = |sandbox: &Sandbox| {
        let rows = summary(&sandbox.path("results/forty/summary.csv"));
        let of = |row: &BTreeMap<String, String>| {
            ["trial", "threshold", "status", "roc_auc", "f1"].map(|column| row[column].clone())
        };
        rows.iter().map(of).collect::<Vec<_>>()
    };
    assert_eq!(figures(&slurm), figures(&local));
}

/// A controller that was killed comes back with what it had written: tasks that have ended since run for it, and no
/// other task gets their cores.
#[test]
fn ended_tasks_that_slurm_believes_to_run_do_not_block_others() {
    let test = "ended_tasks_that_slurm_believes_to_run_do_not_block_others";
    let Some(cluster) = Cluster::start(test, 17870, 1) else { return };
    let sandbox = Sandbox::new();
    sandbox.write("twelve.toml", &trials("twelve", 6));
    // Tasks begin with their trials when the test says so.
    let setup = "setup=[\"until [ -e go ]; do sleep 0.1; done\"]";
    let run = ["run", "twelve.toml", "--executor", "slurm", "--no-report", "--slurm", setup];
    assert_code(&cluster.run(&sandbox, &[&run[..], &["--detach"]].concat()), 0);
    let run_now = || cluster.ask("squeue", &["--noheader", "--states=running"]).lines().count();
    wait_for("two tasks", || run_now() == 2);
    let copy = cluster.hold_and_copy("1_2");
    sandbox.write("go", "");
    wait_for("the end of the two tasks", || cluster.tasks() == 1);
    let early = records(&sandbox.path("results/twelve"));
    assert_eq!(early.len(), 8);

    cluster.restart_controller_on(Some(&copy));
    cluster.ask("scontrol", &["release", "1_2"]);
    assert_eq!(run_now(), 2);
    let start = Instant::now();
    let output = cluster.run(&sandbox, &run);
    assert_code(&output, 0);
    let said = stderr(&output);
    assert!(said.contains("cancelled 2 tasks that Slurm still had"), "{said}");
    assert!(start.elapsed() < Duration::from_secs(60), "{:?}", start.elapsed());
    let late = records(&sandbox.path("results/twelve"));
    assert_eq!(late.len(), 12);
    assert!(early.iter().all(|(id, record)| late[id] == *record));
    assert_eq!(cluster.tasks(), 0);
}

/// A killed task is no failure of the node, so that Slurm does not run it again; the client does.
#[test]
fn a_task_that_is_killed_is_submitted_again() {
    let test = "a_task_that_is_killed_is_submitted_again";
    let Some(cluster) = Cluster::start(test, 17820, 2) else { return };
    let sandbox = Sandbox::new();
    sandbox.write("eight.toml", &slow_trials("eight", 8));
    let run = ["run", "eight.toml", "--executor", "slurm", "--no-report"];
    let mut client = cluster.spawn(&sandbox, &run, "client.log");
    let dir = sandbox.path("results/eight");
    wait_for("a record", || !records(&dir).is_empty());
    let early = records(&dir);
    cluster.kill_tasks("a");
    cluster.kill_tasks("b");
    let status = end_of(&mut client);
    let said = std::fs::read_to_string(sandbox.path("client.log")).unwrap();
    assert_eq!(status.code(), Some(0), "{said}");
    assert!(said.contains("submitted again, each in a task of its own"), "{said}");
    let late = records(&dir);
    assert_eq!(late.len(), 8);
    assert!(early.iter().all(|(id, record)| late[id] == *record));
}

/// Nobody watches, nothing is submitted twice, and the same command collects.
#[test]
fn a_detached_run_is_picked_up() {
    let Some(cluster) = Cluster::start("a_detached_run_is_picked_up", 17830, 1) else { return };
    let sandbox = Sandbox::new();
    sandbox.write("twelve.toml", &trials("twelve", 6));
    let detach = ["run", "twelve.toml", "--executor", "slurm", "--detach"];
    let output = cluster.run(&sandbox, &detach);
    assert_code(&output, 0);
    let said = stderr(&output);
    assert!(said.contains("submitted 12 trials of twelve to Slurm in 3 tasks: job 1"), "{said}");
    assert!(said.contains("oddbench status"), "{said}");

    let status = |of: &str| {
        let output = cluster.run(&sandbox, &["status", of, "--json"]);
        assert_code(&output, 0);
        let json: Value = serde_json::from_slice(&output.stdout).unwrap();
        json["experiments"][0]["status"].clone()
    };
    let count = |status: &Value, key: &str| status[key].as_u64().unwrap();
    let first = status("twelve.toml");
    let in_slurm = ["done", "running", "waiting"].map(|key| count(&first, key)).iter().sum::<u64>();
    assert_eq!((count(&first, "trials"), in_slurm), (12, 12), "{first}");

    let again = cluster.run(&sandbox, &detach);
    assert_code(&again, 0);
    assert!(!stderr(&again).contains("submitted"), "{}", stderr(&again));

    wait_for("the end of the jobs", || cluster.tasks() == 0);
    assert_eq!(count(&status("results/twelve"), "done"), 12);
    // They were all in one job: nothing was submitted twice.
    let jobs = cluster.ask("squeue", &["--noheader", "--states=all", "--format=%F"]);
    assert!(jobs.lines().all(|job| job.trim() == "1"), "{jobs}");
    let collected = cluster.run(&sandbox, &detach);
    assert_code(&collected, 0);
    assert!(stderr(&collected).contains("12 done before, 0 to run"), "{}", stderr(&collected));
    let rows = summary(&sandbox.path("results/twelve/summary.csv"));
    assert!(rows.iter().all(|row| row["status"] == "completed"));
    assert_eq!(rows.len(), 12);
    assert!(sandbox.path("reports/twelve/index.html").exists());
    assert!(leftovers(&sandbox.path("results/twelve")).is_empty());
}
