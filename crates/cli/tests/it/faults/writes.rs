//! A disk that fails at the n-th call that changes a file, for every n. Existing files are not harmed, and the same
//! command then ends as if nothing had happened.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Output;

use super::disk::{Disk, EIO, ENOLCK, ENOSPC, EPERM, EROFS, Fault};
use super::figures::{assert_no_wrong_figure, assert_told, copy, figures, files, said};
use super::{SMALL, count, in_parallel, sample, table};
use crate::oddbench::{Sandbox, assert_code, stdout};

/// What becomes of a disk.
const KINDS: [(&str, i32, bool); 3] = [
    ("an error of the disk", EIO, false),
    ("no room", ENOSPC, false),
    ("read-only from then on", EROFS, true),
];

/// Commands on a disk that fails.
struct Scenario {
    name: &'static str,
    /// Makes what is there before, below `disk`.
    before: fn(&Sandbox),
    /// The commands that meet the fault, of which the last says what the end is like.
    commands: fn(&Sandbox) -> Vec<Vec<String>>,
    /// What puts things right: the same commands, unless something stands in their way.
    again: fn(&Sandbox) -> Vec<Vec<String>>,
    /// The results below `disk`, if these commands make some.
    results: &'static str,
    /// Another fault of the storage.
    storage: Fault,
    /// How many faults are tried if not all are.
    most: usize,
}

/// Storage that lacks nothing.
const SOUND: Fault = Fault { at: 0, errno: 0, lasts: false, locks: 0, links: 0, clock_at: 0 };
/// Storage with neither locks nor second names.
const POOR: Fault = Fault { locks: ENOLCK, links: EPERM, ..SOUND };

fn words(line: &str) -> Vec<String> {
    line.split(' ').map(str::to_owned).collect()
}

const RUN: &str = "run small.toml --results disk/results --no-report --jobs 1";

fn give(sandbox: &Sandbox, line: &str) {
    assert_code(&sandbox.command().args(words(line)).output().unwrap(), 0);
}

fn run(_: &Sandbox) -> Vec<Vec<String>> {
    vec![words(RUN)]
}

fn experiment(sandbox: &Sandbox) {
    sandbox.write("small.toml", SMALL);
}

/// Results of a file that is then edited. One of its trials is damaged.
fn edited_and_damaged(sandbox: &Sandbox) {
    experiment(sandbox);
    give(sandbox, RUN);
    let trials = sandbox.path("disk/results/small/trials");
    let mut scores: Vec<PathBuf> = files(&trials).into_iter().collect();
    scores.retain(|path| path.ends_with("scores.parquet"));
    fs::write(trials.join(&scores[0]), "damaged").unwrap();
    sandbox.write("small.toml", &SMALL.replace("max-f1", "max-accuracy"));
}

/// Trials by themselves, then the run.
fn trials(sandbox: &Sandbox) -> Vec<Vec<String>> {
    let ids = sandbox.run(&["plan", "small.toml", "--results", "disk/results", "--ids"]);
    assert_code(&ids, 0);
    let mut trial = words("trial small.toml --results disk/results");
    trial.extend(stdout(&ids).lines().map(str::to_owned));
    vec![trial, words(RUN)]
}

/// Two data sets.
fn suite(sandbox: &Sandbox) {
    let sets = "[{ name = \"a\", kind = \"synthetic\", rows = 400 }, { name = \"b\", kind = \"synthetic\", rows = 500 }]";
    let text = format!(
        "name = \"many\"\ndataset = {sets}\nsplit = {{ kind = \"holdout\" }}\n\
         threshold = {{ rule = \"max-f1\" }}\nmodel = [{{ kind = \"hbos\" }}]\n"
    );
    sandbox.write("many.toml", &text);
}

fn run_suite(_: &Sandbox) -> Vec<Vec<String>> {
    vec![words("run many.toml --results disk/results --no-report --jobs 1")]
}

fn results(sandbox: &Sandbox) {
    experiment(sandbox);
    give(sandbox, RUN);
}

fn run_fresh(_: &Sandbox) -> Vec<Vec<String>> {
    vec![words(&format!("{RUN} --fresh"))]
}

fn report(_: &Sandbox) -> Vec<Vec<String>> {
    vec![words("report small --results disk/results --reports disk/reports")]
}

fn rows(sandbox: &Sandbox) {
    sandbox.write("rows.csv", &table());
}

const FIT: &str =
    "fit --model isolation-forest --set n_estimators=3 --input rows.csv --output disk/model";

fn fit(_: &Sandbox) -> Vec<Vec<String>> {
    vec![words(FIT)]
}

/// A model that is there was written whole.
fn fit_again(sandbox: &Sandbox) -> Vec<Vec<String>> {
    match sandbox.path("disk/model").exists() {
        true => vec![words("score --model disk/model --input rows.csv")],
        false => vec![words(FIT)],
    }
}

fn model(sandbox: &Sandbox) {
    rows(sandbox);
    give(sandbox, FIT);
}

fn score(_: &Sandbox) -> Vec<Vec<String>> {
    vec![words("score --model disk/model --input rows.csv --output disk/out.csv")]
}

fn score_again(_: &Sandbox) -> Vec<Vec<String>> {
    vec![words("score --model disk/model --input rows.csv --output disk/out.csv --force")]
}

const SCENARIOS: [Scenario; 9] = [
    Scenario {
        name: "a first run",
        before: experiment,
        commands: run,
        again: run,
        results: "results/small",
        storage: SOUND,
        most: 42,
    },
    Scenario {
        name: "a run of an edited file, with a damaged trial",
        before: edited_and_damaged,
        commands: run,
        again: run,
        results: "results/small",
        storage: SOUND,
        most: 24,
    },
    Scenario {
        name: "single trials, then the run",
        before: experiment,
        commands: trials,
        again: trials,
        results: "results/small",
        storage: SOUND,
        most: 18,
    },
    Scenario {
        name: "a run of all trials anew",
        before: results,
        commands: run_fresh,
        again: run,
        results: "results/small",
        storage: SOUND,
        most: 15,
    },
    Scenario {
        name: "a run over two data sets",
        before: suite,
        commands: run_suite,
        again: run_suite,
        results: "results/many",
        storage: SOUND,
        most: 15,
    },
    Scenario {
        name: "a report",
        before: results,
        commands: report,
        again: report,
        results: "results/small",
        storage: SOUND,
        most: 9,
    },
    Scenario {
        name: "a fit",
        before: rows,
        commands: fit,
        again: fit_again,
        results: "",
        storage: SOUND,
        most: 12,
    },
    Scenario {
        name: "scores of rows",
        before: model,
        commands: score,
        again: score_again,
        results: "",
        storage: SOUND,
        most: 6,
    },
    Scenario {
        name: "a first run on storage without locks and second names",
        before: experiment,
        commands: run,
        again: run,
        results: "results/small",
        storage: POOR,
        most: 18,
    },
];

/// A sandbox with a copy of what another one has.
fn copy_of(sandbox: &Sandbox) -> (Sandbox, Disk) {
    let own = Sandbox::new();
    copy(sandbox.dir.path(), own.dir.path());
    let disk = Disk::of(&own);
    (own, disk)
}

/// Gives commands with one fault planted for all of them: it counts on from one to the next. Stops at the first that
/// fails, as a script does.
fn disturbed(
    sandbox: &Sandbox,
    disk: &Disk,
    commands: Vec<Vec<String>>,
    fault: &Fault,
) -> (Vec<Output>, u64) {
    let (mut outputs, mut calls) = (Vec::new(), 0);
    for args in commands {
        let mut command = sandbox.command();
        let fault = match fault.at.checked_sub(calls) {
            // A fault that lasts is there from the beginning.
            _ if fault.lasts && calls >= fault.at => Fault { at: 1, ..*fault },
            Some(left) => Fault { at: left, ..*fault },
            None => Fault { at: 0, ..*fault },
        };
        disk.plant(&mut command, &fault);
        outputs.push(command.args(&args).output().unwrap());
        calls += disk.counts()[0];
        if outputs.last().is_some_and(|output| !output.status.success()) {
            break;
        }
    }
    (outputs, calls)
}

/// What an undisturbed end is like: the figures, other files by content, and which files there are.
#[derive(PartialEq, Debug)]
struct End {
    figures: Vec<std::collections::BTreeMap<String, String>>,
    same: Vec<(PathBuf, Vec<u8>)>,
    files: Vec<PathBuf>,
}

fn end(disk: &Path, results: &str) -> End {
    let found = files(disk);
    let is_same = |path: &&PathBuf| {
        let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
        ["operator.csv", "score-digests.csv", "tensors.safetensors", "out.csv"].contains(&name)
            || path.starts_with("reports")
    };
    let same = found.iter().filter(is_same);
    let same = same.map(|path| (path.clone(), fs::read(disk.join(path)).unwrap())).collect();
    End { figures: figures(&disk.join(results)), same, files: found }
}

fn sweep(scenario: &Scenario) {
    let base = Sandbox::new();
    fs::create_dir(base.path("disk")).unwrap();
    (scenario.before)(&base);
    let (whole, disk) = copy_of(&base);
    let commands = (scenario.commands)(&whole);
    let (outputs, calls) = disturbed(&whole, &disk, commands, &scenario.storage);
    outputs.iter().for_each(|output| assert_code(output, 0));
    let expected = end(&disk.folder, scenario.results);
    assert_eq!(scenario.results.is_empty(), expected.figures.is_empty());
    let calls = usize::try_from(calls).unwrap();
    let cases = sample(calls * KINDS.len(), scenario.most);
    // Few calls would mean that the library misses most of them.
    assert!(calls >= 4, "{calls} calls");
    in_parallel(&cases, |case| {
        attempt(scenario, &base, &expected, (case % calls, KINDS[case / calls]));
    });
    count(&format!("{}: {calls} calls that change files, {} faults", scenario.name, cases.len()));
}

fn attempt(
    scenario: &Scenario,
    base: &Sandbox,
    expected: &End,
    (call, (kind, errno, lasts)): (usize, (&str, i32, bool)),
) {
    let (sandbox, disk) = copy_of(base);
    let before = figures(&disk.folder.join(scenario.results));
    let fault = Fault { at: call as u64 + 1, errno, lasts, ..scenario.storage };
    let commands = (scenario.commands)(&sandbox);
    let (outputs, _) = disturbed(&sandbox, &disk, commands, &fault);
    let case = format!("{}, {kind} at call {}: {}", scenario.name, call + 1, disk.failed());
    outputs.iter().for_each(|output| assert_told(output, &case));
    // Figures of before the file was edited are right as well.
    let right: Vec<_> = expected.figures.iter().cloned().chain(before).collect();
    assert_no_wrong_figure(&disk.folder.join(scenario.results), &right, &case);
    for args in (scenario.again)(&sandbox) {
        let mut command = sandbox.command();
        disk.plant(&mut command, &scenario.storage);
        let output = command.args(&args).output().unwrap();
        assert_told(&output, &case);
        let said = said(&output);
        assert_eq!(output.status.code(), Some(0), "{case}: {said}");
        // There is no other process to wait for, unless nothing could be removed.
        assert!(lasts || !said.contains("waiting for it"), "{case}: {said}");
    }
    assert_eq!(end(&disk.folder, scenario.results), *expected, "{case}");
}

#[test]
fn a_first_run() {
    sweep(&SCENARIOS[0]);
}

#[test]
fn an_edited_file_and_a_damaged_trial() {
    sweep(&SCENARIOS[1]);
}

#[test]
fn single_trials() {
    sweep(&SCENARIOS[2]);
}

#[test]
fn all_trials_anew() {
    sweep(&SCENARIOS[3]);
}

#[test]
fn several_data_sets() {
    sweep(&SCENARIOS[4]);
}

#[test]
fn a_report() {
    sweep(&SCENARIOS[5]);
}

#[test]
fn a_fitted_model() {
    sweep(&SCENARIOS[6]);
}

#[test]
fn scored_rows() {
    sweep(&SCENARIOS[7]);
}

#[test]
fn a_first_run_on_poor_storage() {
    sweep(&SCENARIOS[8]);
}
