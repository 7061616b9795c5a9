//! The messages about jobs that do not continue, and how jobs are cancelled.

use std::time::Duration;

use super::cluster::{Cluster, end_of, signal, wait_for};
use super::{endless, trials};
use crate::oddbench::{Sandbox, assert_code, stderr, summary};

/// The limit is one minute, since Slurm knows no shorter one.
#[test]
fn a_trial_that_is_always_cut_off_fails_with_words() {
    let test = "a_trial_that_is_always_cut_off_fails_with_words";
    let Some(cluster) = Cluster::start(test, 17840, 1) else { return };
    let sandbox = Sandbox::new();
    sandbox.write("endless.toml", &endless("endless"));
    let mut run = vec!["run", "endless.toml", "--executor", "slurm", "--no-report"];
    run.extend(["--slurm", "time=1m", "--slurm", "attempts=2"]);
    let output = cluster.run(&sandbox, &run);
    assert_code(&output, 1);
    let said = stderr(&output);
    assert!(said.contains("1 trial without a record: the time limit cut it off"), "{said}");
    assert!(said.contains("2 tasks of Slurm ended before the trial had a record"), "{said}");
    assert!(said.contains("raise executor.slurm.time"), "{said}");
    // Slurm's own words, from the log of the task.
    assert!(said.contains("DUE TO TIME LIMIT"), "{said}");
    let rows = summary(&sandbox.path("results/endless/summary.csv"));
    assert_eq!(rows[0]["status"], "failed");
    assert_eq!(cluster.tasks(), 0);
}

#[test]
fn the_second_ctrl_c_cancels_the_jobs_and_the_first_does_not() {
    let test = "the_second_ctrl_c_cancels_the_jobs_and_the_first_does_not";
    let Some(cluster) = Cluster::start(test, 17850, 1) else { return };
    let sandbox = Sandbox::new();
    sandbox.write("endless.toml", &endless("endless"));
    let run = ["run", "endless.toml", "--executor", "slurm", "--no-report"];
    let runs = || cluster.ask("squeue", &["--noheader", "--states=running"]).lines().count() == 1;
    let says = |words: &str| {
        let log = sandbox.path("client.log");
        std::fs::read_to_string(log).unwrap().contains(words)
    };

    let mut client = cluster.spawn(&sandbox, &run, "client.log");
    wait_for("the task", runs);
    signal("-INT", client.id());
    assert_eq!(end_of(&mut client).code(), Some(130));
    assert!(says("its jobs go on"));
    assert!(runs());

    // SIGTERM does not wait for more, and another client finds the job.
    let mut client = cluster.spawn(&sandbox, &run, "client.log");
    wait_for("the client", || says("1 to run"));
    std::thread::sleep(Duration::from_secs(2));
    signal("-TERM", client.id());
    assert_eq!(end_of(&mut client).code(), Some(130));
    assert!(!says("submitted") && !says("Ctrl-C again"));
    assert!(runs());

    let mut client = cluster.spawn(&sandbox, &run, "client.log");
    wait_for("the client", || says("1 to run"));
    std::thread::sleep(Duration::from_secs(1));
    signal("-INT", client.id());
    wait_for("the question", || says("Ctrl-C again"));
    signal("-INT", client.id());
    assert_eq!(end_of(&mut client).code(), Some(130));
    assert!(says("cancelled 1 job"));
    wait_for("the end of the job", || cluster.tasks() == 0);
}

/// Slurm keeps a request that it can never meet, and says nothing.
#[test]
fn an_impossible_request_is_told_with_its_remedy() {
    let test = "an_impossible_request_is_told_with_its_remedy";
    let Some(cluster) = Cluster::start(test, 17860, 1) else { return };
    let sandbox = Sandbox::new();
    sandbox.write("two.toml", &trials("two", 1));
    let mut run = vec!["run", "two.toml", "--executor", "slurm", "--no-report"];
    run.extend(["--slurm", "options=[\"--nodes=3\"]"]);
    let mut client = cluster.spawn(&sandbox, &run, "client.log");
    let said = || std::fs::read_to_string(sandbox.path("client.log")).unwrap();
    wait_for("the reason", || said().contains("it never starts"));
    assert!(said().contains("choose another partition"), "{}", said());
    let status = cluster.run(&sandbox, &["status", "two.toml"]);
    let status = crate::oddbench::stdout(&status);
    assert!(status.contains("two: 2 trials: 0 done, 2 waiting"), "{status}");
    assert!(status.contains("tasks that wait: 1: Partition"), "{status}");
    signal("-INT", client.id());
    wait_for("the question", || said().contains("Ctrl-C again"));
    signal("-INT", client.id());
    assert_eq!(end_of(&mut client).code(), Some(130));
    assert_eq!(cluster.tasks(), 0);

    // What Slurm refuses at once ends the run with Slurm's words, and nothing is left behind.
    for (option, words, remedy) in [
        ("partition=nope", "invalid partition specified: nope", "sinfo"),
        ("memory=900 GB", "Memory specification can not be satisfied", "executor.slurm.memory"),
    ] {
        let mut run = vec!["run", "two.toml", "--executor", "slurm", "--no-report"];
        run.extend(["--slurm", option]);
        let output = cluster.run(&sandbox, &run);
        assert_code(&output, 2);
        let said = stderr(&output);
        assert!(said.contains(words) && said.contains(remedy), "{said}");
        assert_eq!(cluster.tasks(), 0);
    }
}
