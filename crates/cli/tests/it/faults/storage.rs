//! Storage that lacks something: locks, second names, permission to write; and a clock that goes back.

use std::process::Stdio;
use std::thread;
use std::time::{Duration, Instant};

use super::disk::{Disk, ENOLCK, ENOSYS, EPERM, EROFS, Fault};
use super::figures::{assert_told, figures, files, said};
use super::{SMALL, count, in_parallel, sample, table};
use crate::oddbench::{Sandbox, assert_code};

const RUN: [&str; 6] = ["run", "small.toml", "--results", "disk/results", "--no-report", "--jobs"];

fn sandbox() -> (Sandbox, Disk) {
    let sandbox = Sandbox::new();
    sandbox.write("small.toml", SMALL);
    let disk = Disk::of(&sandbox);
    (sandbox, disk)
}

fn run(sandbox: &Sandbox, disk: &Disk, fault: &Fault) -> std::process::Output {
    let mut command = sandbox.command();
    disk.plant(&mut command, fault);
    command.args(RUN).arg("1").output().unwrap()
}

#[test]
fn storage_without_locks_or_second_names_gives_the_same() {
    let (whole, disk) = sandbox();
    assert_code(&run(&whole, &disk, &Fault::default()), 0);
    let results = disk.folder.join("results/small");
    let (expected, left) = (figures(&results), files(&disk.folder));
    assert_eq!(expected.len(), 3);
    for (locks, links) in [(ENOLCK, 0), (ENOSYS, 0), (0, EPERM), (ENOLCK, EPERM)] {
        let (sandbox, disk) = sandbox();
        let fault = Fault { locks, links, ..Fault::default() };
        // The second time everything is done before.
        for _ in 0..2 {
            let output = run(&sandbox, &disk, &fault);
            assert_code(&output, 0);
            let results = disk.folder.join("results/small");
            assert_eq!(figures(&results), expected, "{fault:?}: {}", said(&output));
            assert_eq!(files(&disk.folder), left, "{fault:?}");
        }
    }
    count("storage without locks, without second names, without both: 4 faults, 8 runs");
}

/// Even without locks only one run at a time writes to a folder, and a killed run does not block the next one.
#[test]
fn without_locks_one_run_at_a_time_writes() {
    let (sandbox, disk) = sandbox();
    let slow = SMALL.replace(
        "{ kind = \"hbos\" }",
        "{ kind = \"autoencoder\", name = \"hbos\", params = { epochs = 100000 } }",
    );
    sandbox.write("small.toml", &slow);
    let fault = Fault { locks: ENOLCK, ..Fault::default() };
    let mut first = sandbox.command();
    disk.plant(&mut first, &fault);
    first.args(RUN).arg("1").stdout(Stdio::null()).stderr(Stdio::null());
    let mut first = first.spawn().unwrap();
    let start = Instant::now();
    // The manifest is written once the run is claimed.
    while !disk.folder.join("results/small/summary.csv").exists() {
        assert!(start.elapsed() < Duration::from_secs(60), "the first run does not begin");
        thread::sleep(Duration::from_millis(5));
    }
    let second = run(&sandbox, &disk, &fault);
    assert_code(&second, 75);
    let words = said(&second);
    assert!(words.contains(&format!("(process {})", first.id())), "{words}");
    assert!(words.contains("another oddbench") && words.contains("--results"), "{words}");
    first.kill().unwrap();
    first.wait().unwrap();
    sandbox.write("small.toml", &slow.replace("epochs = 100000", "epochs = 2"));
    let output = run(&sandbox, &disk, &fault);
    assert_code(&output, 0);
    assert_eq!(figures(&disk.folder.join("results/small")).len(), 3);
}

/// Results that may only be read are shown as before, and a command that has to write says what is in its way.
#[test]
fn a_read_only_folder_is_read_and_not_written() {
    let (sandbox, disk) = sandbox();
    sandbox.write("rows.csv", &table());
    let read_only = Fault { at: 1, errno: EROFS, lasts: true, ..Fault::default() };
    let first = run(&sandbox, &disk, &read_only);
    assert_code(&first, 1);
    assert_told(&first, "a first run");
    assert!(said(&first).contains("another folder"), "{}", said(&first));
    assert_eq!(files(&disk.folder).len(), 0);
    assert_code(&run(&sandbox, &disk, &Fault::default()), 0);
    let results = disk.folder.join("results/small");
    let (before, left) = (figures(&results), files(&disk.folder));
    let given = |args: &[&str], code: i32| {
        let mut command = sandbox.command();
        disk.plant(&mut command, &read_only);
        let output = command.args(args).args(["--results", "disk/results"]).output().unwrap();
        assert_code(&output, code);
        assert_told(&output, &args.join(" "));
        assert_eq!((figures(&results), files(&disk.folder)), (before.clone(), left.clone()));
        said(&output)
    };
    given(&["report", "small", "--reports", "elsewhere"], 0);
    given(&["compare", "small", "small"], 0);
    given(&["plan", "small.toml"], 0);
    given(&["status", "disk/results/small"], 0);
    let refused = given(&["report", "small", "--reports", "disk/reports"], 1);
    assert!(refused.contains("another folder"), "{refused}");
    let refused = given(&["run", "small.toml", "--no-report"], 1);
    assert!(refused.contains("another folder"), "{refused}");
}

/// The system's clock goes back by an hour at any moment of a run.
#[test]
fn a_clock_that_goes_back_at_any_moment_changes_nothing() {
    let (whole, disk) = sandbox();
    assert_code(&run(&whole, &disk, &Fault::default()), 0);
    let expected = figures(&disk.folder.join("results/small"));
    let left = files(&disk.folder);
    let [_, readings] = disk.counts();
    assert!(readings >= 4, "{readings}");
    let cases = sample(usize::try_from(readings).unwrap(), 8);
    in_parallel(&cases, |at| {
        let (sandbox, disk) = sandbox();
        let fault = Fault { clock_at: *at as u64 + 1, ..Fault::default() };
        for _ in 0..2 {
            let output = run(&sandbox, &disk, &fault);
            assert_code(&output, 0);
            assert_eq!(figures(&disk.folder.join("results/small")), expected, "reading {at}");
        }
        assert_eq!(files(&disk.folder), left, "reading {at}");
    });
    count(&format!("a clock that goes back: {} of {readings} readings", cases.len()));
}
