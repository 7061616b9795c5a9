//! Commands as detectors, run by the command as a user starts it: what they can find, and that none is left.
#![cfg(unix)]

use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::oddbench::{PYTHON, Sandbox, answers, assert_code, stderr, stdout, summary};

/// Stands in every name of a class and of a column, in the path of the data and in oddbench's own variables.
const NEEDLE: &str = "zqzqzqzq";

/// Looks for it in everything that it is given.
const SEEKER: &str = r#"
import os, sys
needle = "zq" * 4
def look(order):
    found = [f"argument {word}" for word in sys.argv if needle in word]
    found += [f"variable {name}" for name, value in os.environ.items() if needle in name + value]
    found += ["path of the folder"] if needle in os.getcwd() else []
    for folder, _, names in os.walk("."):
        for name in names:
            text = open(os.path.join(folder, name), "rb").read()
            if needle.encode() in text or needle in name:
                found.append(f"file {name}")
            if name != "model.py" and set(text.split()) <= {b"0", b"1"}:
                found.append(f"labels in {name}")
    found += ["order"] if needle in order else []
    if found:
        print("@error found:", *found)
for line in sys.stdin:
    look(line)
    order, *files = line.split()
    rows = open(files[0]).read().splitlines()[1:]
    if order == "score":
        open(files[1], "w").writelines(f"{sum(map(float, row.split(',')))}\n" for row in rows)
    print("@done")
"#;

fn model(sandbox: &Sandbox, source: &str, program: &str) {
    let folder = sandbox.path(NEEDLE);
    std::fs::create_dir_all(&folder).unwrap();
    let name = if program == "sh" { "model.sh" } else { "model.py" };
    std::fs::write(folder.join(name), source).unwrap();
    let rows: String = (0..400)
        .map(|i| {
            let attack = i % 8 == 3;
            let class = if attack { "attack" } else { "usual" };
            let bytes = 100 + (i * 37) % 41 + if attack { 60 } else { 0 };
            format!("{bytes}.5,{}.25,{class}_{NEEDLE}\n", (i * 11) % 17)
        })
        .collect();
    let header = format!("bytes_{NEEDLE},packets_{NEEDLE},class_{NEEDLE}\n");
    std::fs::write(folder.join("rows.csv"), header + &rows).unwrap();
    let experiment = format!(
        "name = \"seek\"\n[dataset]\nkind = \"csv\"\npath = \"rows.csv\"\nlabel = \"class_{NEEDLE}\"\n\
         inliers = [\"usual_{NEEDLE}\"]\n[split]\nkind = \"holdout\"\n[threshold]\nrule = \"max-f1\"\n\
         [[model]]\nkind = \"external\"\nname = \"mine\"\ncommand = [\"{program}\", \"{name}\"]\n\
         files = [\"{name}\"]\nformat = \"csv\"\n"
    );
    std::fs::write(folder.join("seek.toml"), experiment).unwrap();
}

fn file() -> String {
    format!("{NEEDLE}/seek.toml")
}

#[test]
fn a_command_that_looks_for_labels_finds_none_in_what_it_is_given() {
    if !answers(PYTHON, "a command that looks for labels") {
        return;
    }
    let sandbox = Sandbox::new();
    model(&sandbox, SEEKER, "python3");
    let output = sandbox
        .command()
        .env("ODDBENCH_MIRROR", sandbox.path(NEEDLE))
        .env("ODDBENCH_TOKEN", NEEDLE)
        .current_dir(sandbox.path(NEEDLE))
        .args(["run", "seek.toml", "--no-report"])
        .output()
        .unwrap();
    assert_code(&output, 0);
    let rows = summary(&sandbox.path(NEEDLE).join("results/seek/summary.csv"));
    assert_eq!(rows[0]["status"], "completed", "{}", stderr(&output));

    // The same program does find what is there: its own file is one that it looks into.
    model(&sandbox, &format!("{SEEKER}# {NEEDLE}\n"), "python3");
    let output = sandbox.run(&["run", &file(), "--no-report"]);
    assert_code(&output, 1);
    let rows = summary(&sandbox.path("results/seek/summary.csv"));
    let record = sandbox.path(&format!("results/seek/trials/{}/record.json", rows[0]["trial"]));
    let record: Value = serde_json::from_slice(&std::fs::read(record).unwrap()).unwrap();
    let message = record["outcome"]["message"].as_str().unwrap();
    assert!(message.contains("found: file model.py"), "{message}");
    std::fs::remove_dir_all(record["external"]["folder"].as_str().unwrap()).unwrap();
}

/// Starts a run whose command waits, and returns the run and the pid of the command.
fn waiting(sandbox: &Sandbox) -> (Child, String) {
    let (pid, folder) = (sandbox.path("pid"), sandbox.path("folder"));
    let script = format!(
        "pwd > '{}'; echo $$ > '{}.new'; mv '{}.new' '{}'; sleep 600 & wait",
        folder.display(),
        pid.display(),
        pid.display(),
        pid.display()
    );
    model(sandbox, &script, "sh");
    let run = sandbox
        .command()
        .args(["run", &file(), "--no-report"])
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    assert!(within(120, || pid.exists()), "the command was not started");
    (run, std::fs::read_to_string(pid).unwrap().trim().to_owned())
}

fn within(seconds: u64, holds: impl Fn() -> bool) -> bool {
    let start = Instant::now();
    while !holds() && start.elapsed() < Duration::from_secs(seconds) {
        std::thread::sleep(Duration::from_millis(10));
    }
    holds()
}

/// Whether no process of the command's group lives.
fn is_gone(group: &str) -> bool {
    let alive = std::fs::read_dir("/proc").unwrap().filter_map(|entry| {
        let stat = std::fs::read_to_string(entry.ok()?.path().join("stat")).ok()?;
        let (_, rest) = stat.rsplit_once(") ")?;
        let mut words = rest.split(' ');
        let (state, _parent, of) = (words.next()?.to_owned(), words.next()?, words.next()?);
        (of == group && state != "Z").then_some(())
    });
    alive.count() == 0
}

#[test]
fn a_killed_run_and_an_interrupted_one_leave_no_command() {
    for signal in ["-KILL", "-INT"] {
        let sandbox = Sandbox::new();
        let (mut run, group) = waiting(&sandbox);
        assert!(!is_gone(&group), "the command is its group's first process");
        let killed = Command::new("kill").args([signal, &run.id().to_string()]).status().unwrap();
        assert!(killed.success());
        let status = run.wait().unwrap();
        assert!(signal == "-KILL" || status.code() == Some(130), "{status}");
        assert!(within(60, || is_gone(&group)), "{signal}: the command outlived the run");
        let folder = std::fs::read_to_string(sandbox.path("folder")).unwrap();
        let folder = Path::new(folder.trim()).to_owned();
        assert!(within(60, || !folder.exists()), "{signal}: {} is left", folder.display());
    }
}

#[test]
fn the_contract_is_checked_from_the_command_line() {
    let sandbox = Sandbox::new();
    let script = "while read -r order rows scores; do\n[ $order = fit ] || awk 'NR > 1 { print NR }' $rows > $scores\necho @done\ndone\n";
    model(&sandbox, script, "sh");
    let output = sandbox.run(&["check", "--contract", &file()]);
    assert_code(&output, 1);
    let text = stdout(&output);
    assert!(text.contains("kept    one finite score a row"), "{text}");
    assert!(text.contains("BROKEN  permuted rows have permuted scores"), "{text}");
    // A person sees the progress without a terminal, too.
    let said = stderr(&output);
    assert!(said.contains("trying  permuted rows have permuted scores"), "{said}");
    assert!(said.contains("may take 60 s"), "{said}");
    let output = sandbox.run(&["check", "--contract", "--json", &file()]);
    assert_code(&output, 1);
    let value: Value = serde_json::from_slice(&output.stdout).unwrap();
    let clauses = value["checked"][0]["contract"][0]["clauses"].as_array().unwrap();
    assert!(clauses.iter().any(|clause| clause["kept"] == true));
    assert!(clauses.iter().any(|clause| clause["kept"] == false && clause["how"].is_string()));
}

/// A command that cannot fit breaks all clauses for one reason, which is reported once, on separate lines.
#[test]
fn what_breaks_every_clause_is_told_once() {
    let sandbox = Sandbox::new();
    model(&sandbox, "echo first >&2\necho second >&2\nexit 3\n", "sh");
    let output = sandbox.run(&["check", "--contract", &file()]);
    assert_code(&output, 1);
    let text = stdout(&output);
    assert_eq!(text.matches("exit status: 3").count(), 1, "{text}");
    let lines: Vec<&str> = text.lines().map(str::trim).collect();
    assert!(lines.contains(&"first") && lines.contains(&"second"), "{text}");
    assert!(text.contains("not tried: the other "), "{text}");
}

#[test]
fn a_trial_of_a_command_has_no_model_to_score_with() {
    let sandbox = Sandbox::new();
    let script = "while read -r order rows scores; do\n[ $order = fit ] || awk -F, 'NR > 1 { print $1 }' $rows > $scores\necho @done\ndone\n";
    model(&sandbox, script, "sh");
    assert_code(&sandbox.run(&["run", &file(), "--no-report"]), 0);
    let rows = summary(&sandbox.path("results/seek/summary.csv"));
    let trial = format!("results/seek/trials/{}", rows[0]["trial"]);
    let input = format!("{NEEDLE}/rows.csv");
    let output = sandbox.run(&["score", "--model", &trial, "--input", &input]);
    assert_code(&output, 2);
    assert!(stderr(&output).contains("its process"), "{}", stderr(&output));
    let output =
        sandbox.run(&["fit", "--model", "external", "--input", &input, "--output", "models/mine"]);
    assert_code(&output, 2);
    assert!(stderr(&output).contains("oddbench run"), "{}", stderr(&output));
}
