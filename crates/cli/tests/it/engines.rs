//! An experiment run by something else than `oddbench run`: single trials by their ids, by GNU parallel, and several
//! commands at once on one results folder.

use std::collections::BTreeMap;
use std::process::{Child, Output, Stdio};

use crate::oddbench::{Sandbox, answers, assert_code, stderr, stdout, summary};

/// Six trials to fit, and four of an ensemble.
const FILE: &str = r#"
name = "small"
dataset = { kind = "synthetic", rows = 600, features = ["src_bytes", "count", "serror_rate"] }
split = { kind = "k-fold", folds = 2 }
threshold = { rule = "max-f1" }
run = { seeds = [1, 2] }
model = [
  { kind = "hbos" },
  { kind = "isolation-forest", params = { n_estimators = 5 } },
]
ensemble = [{ members = ["hbos", "isolation-forest"] }]
"#;

fn sandbox() -> Sandbox {
    let sandbox = Sandbox::new();
    sandbox.write("small.toml", FILE);
    sandbox
}

/// The figures of every trial: all columns but times and memory.
fn figures(sandbox: &Sandbox) -> Vec<BTreeMap<String, String>> {
    let mut rows = summary(&sandbox.path("results/small/summary.csv"));
    for row in &mut rows {
        for column in ["fit_seconds", "score_seconds", "peak_rss_mb"] {
            row.remove(column);
        }
    }
    rows
}

/// What an undisturbed run gives.
fn expected() -> Vec<BTreeMap<String, String>> {
    let whole = sandbox();
    assert_code(&whole.run(&["run", "small.toml", "--no-report"]), 0);
    figures(&whole)
}

/// The ids that `plan` prints, one a line and nothing else.
fn ids(sandbox: &Sandbox, flags: &[&str]) -> Vec<String> {
    let output = sandbox.run(&[&["plan", "small.toml", "--ids"], flags].concat());
    assert_code(&output, 0);
    stdout(&output).lines().map(str::to_owned).collect()
}

/// Runs what is left and compares: nothing is fitted but by those who ran the trials. `done` of the ten trials are
/// there before: without the ensembles, which are left to `run`, six.
fn assert_all_is_done(sandbox: &Sandbox, done: usize) {
    assert_eq!(ids(sandbox, &["--missing"]), Vec::<String>::new());
    let output = sandbox.run(&["run", "small.toml", "--no-report"]);
    assert_code(&output, 0);
    let words = format!("10 trials, {done} done before");
    assert!(stderr(&output).contains(&words), "{}", stderr(&output));
    assert_eq!(figures(sandbox), expected());
    let mut left: Vec<String> = std::fs::read_dir(sandbox.path("results/small"))
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .filter(|name| name.starts_with('.') && name != ".lock")
        .collect();
    left.sort();
    assert_eq!(left, Vec::<String>::new());
}

fn start(sandbox: &Sandbox, args: &[&str]) -> Child {
    let mut command = sandbox.command();
    command.args(args).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap()
}

#[test]
fn gnu_parallel_runs_a_plan_by_the_two_lines_of_the_documents() {
    let name = "gnu_parallel_runs_a_plan_by_the_two_lines_of_the_documents";
    if !answers(&["parallel", "--version"], name) {
        return;
    }
    let text = std::fs::read_to_string(crate::oddbench::workspace().join("docs/ENGINES.md"));
    let text = text.unwrap();
    let recipe = text.split("```sh\n").nth(1).unwrap().split("```").next().unwrap();
    assert_eq!(recipe.lines().count(), 2, "{recipe}");
    let sandbox = sandbox();
    std::fs::rename(sandbox.path("small.toml"), sandbox.path("my.toml")).unwrap();
    let program = std::path::Path::new(env!("CARGO_BIN_EXE_oddbench")).parent().unwrap();
    let path = format!("{}:{}", program.display(), std::env::var("PATH").unwrap());
    let mut shell = std::process::Command::new("sh");
    shell.args(["-ec", recipe]).current_dir(sandbox.dir.path()).env("PATH", path);
    shell.env_remove("ODDBENCH_MIRROR").env("ODDBENCH_DATA_DIR", sandbox.path("cache"));
    // GNU parallel asks for a citation once per home.
    shell.env("HOME", sandbox.dir.path());
    let output: Output = shell.output().unwrap();
    assert_code(&output, 0);
    assert!(stderr(&output).contains("10 trials, 6 done before"), "{}", stderr(&output));
    assert_eq!(figures(&sandbox), expected());
}

#[test]
fn a_trial_may_be_asked_for_as_often_as_one_likes() {
    let sandbox = sandbox();
    let all = ids(&sandbox, &[]);
    assert_eq!(all.len(), 6, "each once, without the ensembles: {all:?}");
    assert_eq!(ids(&sandbox, &["--missing"]), all);
    let first = sandbox.run(&["trial", "small.toml", &all[0]]);
    assert_code(&first, 0);
    assert!(stdout(&first).contains("completed"), "{}", stdout(&first));
    let record = sandbox.path("results/small/trials").join(&all[0]).join("record.json");
    let bytes = std::fs::read(&record).unwrap();
    let again = sandbox.run(&["trial", "small.toml", &all[0]]);
    assert_code(&again, 0);
    assert!(stdout(&again).contains("done before"), "{}", stdout(&again));
    assert!(!stderr(&again).contains("preparing"), "{}", stderr(&again));
    assert_eq!(std::fs::read(&record).unwrap(), bytes);
    assert_eq!(ids(&sandbox, &["--missing"]), all[1..]);
    let rest: Vec<&str> = all[1..].iter().map(String::as_str).collect();
    let rest = sandbox.run(&[&["trial", "small.toml"], &rest[..]].concat());
    assert_code(&rest, 0);
    // The rows were prepared once, for all.
    assert!(!stderr(&rest).contains("preparing"), "{}", stderr(&rest));
    assert!(!sandbox.path("results/small/summary.csv").exists(), "tables are left to run");
    assert_all_is_done(&sandbox, 6);
}

#[test]
fn an_id_that_is_not_there_and_that_of_an_ensemble_are_explained() {
    let sandbox = sandbox();
    let output = sandbox.run(&["trial", "small.toml", "0123456789abcdef"]);
    assert_code(&output, 2);
    assert!(stderr(&output).contains("oddbench plan small.toml --ids"), "{}", stderr(&output));
    let plan = stdout(&sandbox.run(&["plan", "small.toml", "--json"]));
    let plan: serde_json::Value = serde_json::from_str(&plan).unwrap();
    let trials = plan["trials"].as_array().unwrap().iter().map(|line| &line["trial"]);
    let ensemble = trials.into_iter().find(|trial| trial["kind"] == "ensemble").unwrap();
    let output = sandbox.run(&["trial", "small.toml", ensemble["id"].as_str().unwrap()]);
    assert_code(&output, 2);
    let text = stderr(&output);
    assert!(text.contains("ensemble") && text.contains("oddbench run small.toml"), "{text}");
    assert!(!sandbox.path("results").exists());
    // Another experiment of that name is refused, as by `run`.
    let id = &ids(&sandbox, &[])[0];
    assert_code(&sandbox.run(&["trial", "small.toml", id]), 0);
    sandbox.write("other.toml", &FILE.replace("rows = 600", "rows = 700"));
    let other = stdout(&sandbox.run(&["plan", "other.toml", "--ids"]));
    let other = other.lines().next().unwrap();
    let output = sandbox.run(&["trial", "other.toml", other]);
    assert_code(&output, 2);
    assert!(stderr(&output).contains("of another experiment"), "{}", stderr(&output));
}

/// Seven commands ask for all trials. Each trial runs once. A command that comes late says so or waits.
#[test]
fn many_commands_at_once_share_the_trials() {
    let sandbox = sandbox();
    let all = ids(&sandbox, &[]);
    let all: Vec<&str> = all.iter().map(String::as_str).collect();
    let impatient = [&["trial", "small.toml"], &all[..]].concat();
    let patient = [&["trial", "small.toml", "--wait"], &all[..]].concat();
    let mut children: Vec<Child> = Vec::new();
    for _ in 0..3 {
        children.push(start(&sandbox, &impatient));
        children.push(start(&sandbox, &patient));
    }
    children.push(start(&sandbox, &["run", "small.toml", "--no-report"]));
    let outputs: Vec<Output> =
        children.into_iter().map(|child| child.wait_with_output().unwrap()).collect();
    for (at, output) in outputs.iter().enumerate() {
        match at % 2 {
            0 if at < 6 => {
                assert!(matches!(output.status.code(), Some(0 | 75)), "{}", stderr(output))
            }
            _ => assert_code(output, 0),
        }
    }
    assert_all_is_done(&sandbox, 10);
}

/// A trial whose holder is gone without a trace is taken over; one whose holder is alive elsewhere is not.
#[test]
fn a_claim_from_elsewhere_is_respected_until_it_expires() {
    let sandbox = sandbox();
    let id = &ids(&sandbox, &[])[0];
    let claims = sandbox.path("results/small/.claims");
    std::fs::create_dir_all(&claims).unwrap();
    let claim = claims.join(id);
    let text =
        r#"{"host":"node7","pid":12,"since":"2026-11-29T12:00:00Z","token":"ffffffff-12-1-0"}"#;
    std::fs::write(&claim, text).unwrap();
    let output = sandbox.run(&["trial", "small.toml", id]);
    assert_code(&output, 75);
    assert!(stdout(&output).contains("process 12 on node7"), "{}", stdout(&output));
    let long_ago = std::time::SystemTime::now() - std::time::Duration::from_secs(600);
    let file = std::fs::File::options().write(true).open(&claim).unwrap();
    file.set_modified(long_ago).unwrap();
    assert_code(&sandbox.run(&["trial", "small.toml", id]), 0);
    assert_code(&sandbox.run(&["run", "small.toml", "--no-report"]), 0);
    assert_eq!(figures(&sandbox), expected());
}
