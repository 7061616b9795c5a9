//! Trials in processes of their own, played by shell scripts that die in various ways.
#![cfg(unix)]

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use oddbench_core::record::{Outcome, Record, Stage};
use oddbench_engine::executor::Local;
use oddbench_engine::plan;
use oddbench_engine::progress::{Event, TrialEvent};
use oddbench_engine::run::{RunOptions, run};
use oddbench_engine::store::Store;

use crate::fakes::{Ear, FILE, no_cache, options, run_fakes, run_with, small};

fn script(folder: &Path, body: &str) -> Local {
    let path = folder.join("trial.sh");
    fs::write(&path, format!("#!/bin/sh\n{body}\n")).unwrap();
    fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
    Local::with_program(path)
}

/// The failure of the first trial of a run with that script.
fn failure(body: &str) -> (Stage, String) {
    let folder = tempfile::tempdir().unwrap();
    let executor = script(folder.path(), body);
    let summary = run_with(&small(FILE), folder.path(), &Ear::default(), false, &executor).unwrap();
    assert_eq!((summary.completed, summary.failed), (0, 3));
    let results = Store::load(&summary.dir).unwrap();
    match results.trials[0].record.clone().unwrap().outcome {
        Outcome::Failed { stage, message } => (stage, message),
        Outcome::Completed { .. } => panic!("completed"),
    }
}

#[test]
fn a_killed_process_is_a_failed_trial() {
    let (stage, message) = failure("kill -9 $$");
    assert_eq!(stage, Stage::Process);
    assert!(message.contains("signal: 9") && message.contains("--jobs 1"), "{message}");
}

#[test]
fn a_dying_process_has_its_last_words_recorded() {
    let (_, message) = failure("for i in $(seq 30); do echo line $i >&2; done; exit 3");
    assert!(message.contains("exit status: 3"), "{message}");
    assert!(message.contains("line 30") && !message.contains("line 20 "), "{message}");
}

/// The failures of the trials of a file with that script, by name.
fn failures(text: &str, body: &str) -> Vec<(String, String)> {
    let folder = tempfile::tempdir().unwrap();
    let executor = script(folder.path(), body);
    let summary = run_with(&small(text), folder.path(), &Ear::default(), false, &executor).unwrap();
    let trials = Store::load(&summary.dir).unwrap().trials.into_iter();
    let failure = |record: Record| match record.outcome {
        Outcome::Failed { stage: Stage::Process, message } => message,
        other => panic!("{other:?}"),
    };
    trials.map(|trial| (trial.trial.name, failure(trial.record.unwrap()))).collect()
}

#[test]
fn a_trial_that_takes_too_long_fails_and_the_rest_goes_on() {
    let text = FILE.replace(
        "{ kind = \"constant\", name = \"sum\" }",
        "{ kind = \"constant\", name = \"sum\", timeout = \"1s\" }",
    );
    let id = plan::resolve(&small(&text)).unwrap().trials[0].info.id.clone();
    let failed = failures(&text, &format!("[ \"$4\" = {id} ] && exec sleep 600; exit 3"));
    assert_eq!(failed.len(), 3);
    let (name, message) = &failed[0];
    assert!(name == "sum" && message.contains("limit of 1s; raise `timeout`"), "{message}");
    assert!(failed[1..].iter().all(|(_, message)| message.contains("exit status: 3")));
    // The section holds for every model.
    let text = format!("{FILE}\n[limits]\ntimeout = \"1s\"\n");
    let failed = failures(&text, "exec sleep 600");
    assert!(failed.iter().all(|(_, message)| message.contains("limit of 1s")), "{failed:?}");
}

#[cfg(target_os = "linux")]
#[test]
fn a_trial_that_holds_too_much_memory_fails() {
    let text = format!("{FILE}\n[limits]\nmax_memory = \"100 MiB\"\n");
    let failed = failures(&text, "exec dd bs=300M if=/dev/zero of=/dev/null");
    for (_, message) in &failed {
        assert!(message.contains("more than its limit of 100 MiB"), "{message}");
    }
}

#[test]
fn limits_make_no_other_trial() {
    let ids = |text: &str| {
        let trials = plan::resolve(&small(text)).unwrap().trials.into_iter();
        trials.map(|trial| trial.info.id).collect::<Vec<_>>()
    };
    assert_eq!(ids(&format!("{FILE}\n[limits]\ntimeout = \"2h\"\n")), ids(FILE));
}

#[test]
fn a_program_that_does_not_exist_is_a_failed_trial() {
    let folder = tempfile::tempdir().unwrap();
    let executor = Local::with_program(PathBuf::from("/nowhere/oddbench"));
    let summary = run_with(&small(FILE), folder.path(), &Ear::default(), false, &executor).unwrap();
    assert_eq!(summary.failed, 3);
}

#[test]
fn events_of_the_child_reach_the_listener_and_noise_does_not() {
    let folder = tempfile::tempdir().unwrap();
    let body = r#"echo '0 {"event":"note","note":"hello"}'; echo noise; echo '0 {"event":"mystery"}'; exit 1"#;
    let ear = Ear::default();
    run_with(&small(FILE), folder.path(), &ear, false, &script(folder.path(), body)).unwrap();
    let hello = TrialEvent::Note { note: "hello".into() };
    assert_eq!(ear.heard(|e| matches!(e, Event::Trial { what, .. } if *what == hello)), 3);
    assert_eq!(ear.heard(|e| matches!(e, Event::Trial { what: TrialEvent::Note { .. }, .. })), 3);
}

#[test]
fn children_get_the_arguments_of_the_hidden_verb() {
    let folder = tempfile::tempdir().unwrap();
    let (_, message) =
        failure("echo \"$1|$2|$4|$RAYON_NUM_THREADS\" >&2; test -d \"$3/.prepared\" && exit 7");
    assert!(message.contains("exit status: 7"), "{message}");
    assert!(message.contains("trial|--experiment-dir|"), "{message}");
    drop(folder);
}

#[test]
fn cancelling_kills_the_children_and_leaves_no_record() {
    let folder = tempfile::tempdir().unwrap();
    let pid_file = folder.path().join("pid");
    let body = format!("echo $$ > {}; exec sleep 600", pid_file.display());
    let executor = script(folder.path(), &body);
    let ear = Ear::default();
    let started = Instant::now();
    let summary = std::thread::scope(|scope| {
        scope.spawn(|| {
            for _ in 0..6_000 {
                if fs::read_to_string(&pid_file).is_ok_and(|text| text.ends_with('\n')) {
                    break;
                }
                std::thread::sleep(Duration::from_millis(10));
            }
            ear.cancel.store(true, Ordering::Relaxed);
        });
        run_with(&small(FILE), folder.path(), &ear, false, &executor).unwrap()
    });
    assert!(started.elapsed() < Duration::from_secs(300), "the children were waited for");
    assert!(summary.interrupted);
    assert_eq!((summary.completed, summary.failed), (0, 0));
    let pid = fs::read_to_string(&pid_file).unwrap();
    assert!(!Path::new("/proc").join(pid.trim()).exists(), "the child outlived the run");
    assert!(Store::load(&summary.dir).unwrap().trials.iter().all(|trial| trial.record.is_none()));
}

#[test]
fn a_child_sees_the_end_of_its_parent_on_stdin() {
    // `cat` lives as long as its stdin: if the parent held no pipe, it would end at once.
    let (_, message) =
        failure("exec 3<&0; cat <&3 & sleep 0.2; kill -0 $! && echo open >&2; kill $!; exit 5");
    assert!(message.contains("exit status: 5"), "{message}");
    assert!(message.contains("open"), "{message}");
}

/// How often a trial of that run found another one at work, with room for so many MiB.
#[cfg(target_os = "linux")]
fn overlaps(max_memory_mb: u64) -> (usize, usize) {
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path().display().to_string();
    let body = format!(
        "mkdir {at}/one 2>/dev/null || {{ echo >> {at}/overlaps; sleep 0.2; exit 3; }}; sleep 1; rmdir {at}/one; exit 3"
    );
    let executor = script(folder.path(), &body);
    let (ear, cache) = (Ear::default(), no_cache(folder.path()));
    let options = options(folder.path(), &cache, &ear, &executor);
    let max_memory_mb = Some(max_memory_mb);
    let options = RunOptions { jobs: Some(3), max_memory_mb, ..options };
    assert_eq!(run(&small(FILE), &options, &ear).unwrap().summary.failed, 3);
    let overlaps = fs::read_to_string(folder.path().join("overlaps")).unwrap_or_default();
    let told =
        ear.heard(|event| matches!(event, Event::Told { text, .. } if text.contains("runs alone")));
    (overlaps.lines().count(), told)
}

/// A process without rows is expected to hold 48 MiB.
#[cfg(target_os = "linux")]
#[test]
fn trials_run_beside_each_other_only_where_memory_allows() {
    assert!(overlaps(1_000).0 > 0);
    assert_eq!(overlaps(60), (0, 0));
    assert_eq!(overlaps(10), (0, 3), "each is too large, and runs alone");
}

#[test]
fn a_run_that_takes_longer_than_its_limit_stops_and_goes_on_later() {
    let folder = tempfile::tempdir().unwrap();
    let text = format!("{FILE}\n[limits]\nrun_timeout = \"1s\"\n");
    let ear = Ear::default();
    let summary = run_with(
        &small(&text),
        folder.path(),
        &ear,
        false,
        &script(folder.path(), "exec sleep 600"),
    );
    let summary = summary.unwrap();
    assert!(summary.interrupted && summary.timed_out);
    assert_eq!((summary.completed, summary.failed), (0, 0));
    assert!(Store::load(&summary.dir).unwrap().trials.iter().all(|trial| trial.record.is_none()));
    // A limit that is not reached changes nothing, and is no other experiment.
    let text = text.replace("1s", "1h");
    let again = run_fakes(&small(&text), folder.path(), &Ear::default());
    assert!(!again.timed_out && again.completed == 3);
    // Nothing is known before a trial has ended.
    let known = |event: &Event| matches!(event, Event::TimeLeft { seconds: Some(s) } if *s > 0.0);
    assert_eq!(ear.heard(known), 0);
}
