//! What `[preprocess]` says of gaps and constant columns, and what `check` says of a table, through the
//! command. Other bad tables are in `own_tables`.

use crate::oddbench::{Sandbox, assert_code, stderr, stdout, summary};

const HEAD: &str = "x,y,class\n";

/// Two dozen inliers and half as many outliers, with `change` applied to each line.
fn rows(change: impl Fn(usize, &str) -> String) -> String {
    let line = |row: usize| {
        let class = if row % 3 == 2 { "attack" } else { "normal" };
        change(row, &format!("{},{},{class}\n", row * 7 % 11, row * 5 % 13))
    };
    (0..36).map(line).fold(HEAD.to_owned(), |text, line| text + &line)
}

fn good() -> String {
    rows(|_, line| line.to_owned())
}

fn experiment(more: &str) -> String {
    format!(
        "name = \"mine\"\n[dataset]\nkind = \"csv\"\npath = \"mine.csv\"\nlabel = \"class\"\n\
         inliers = [\"normal\"]\n[split]\nkind = \"holdout\"\n[threshold]\nrule = \"max-f1\"\n{more}\n\
         [[model]]\nkind = \"hbos\"\n"
    )
}

fn run(csv: &str, more: &str) -> (Sandbox, std::process::Output) {
    let sandbox = Sandbox::new();
    sandbox.write("mine.csv", csv);
    sandbox.write("mine.toml", &experiment(more));
    let output = sandbox.run(&["run", "mine.toml", "--offline", "--no-report"]);
    assert!(!stderr(&output).contains("panicked"), "{}", stderr(&output));
    (sandbox, output)
}

/// The exit code is 2, and the message has every part. Line breaks do not count, because the terminal wraps lines.
fn refused(csv: &str, more: &str, parts: &[&str]) {
    let (sandbox, output) = run(csv, more);
    assert_code(&output, 2);
    let said = stderr(&output);
    let said: Vec<&str> = said.split(|c: char| c.is_whitespace() || c == '│').collect();
    let said = said.into_iter().filter(|word| !word.is_empty()).collect::<Vec<_>>().join(" ");
    for part in parts {
        assert!(said.contains(part), "{part:?} is not in:\n{said}");
    }
    let trials = sandbox.path("results/mine/trials");
    assert_eq!(std::fs::read_dir(trials).map_or(0, Iterator::count), 0, "a model was fitted");
}

#[test]
fn a_constant_column_can_be_kept_dropped_or_flagged() {
    let csv = rows(|_, line| line.replacen(',', ",4,", 1)).replacen("x,y", "x,flat,y", 1);
    for (rule, note) in [
        ("drop", Some("dropped constant columns: flat")),
        ("flag", Some("flagged constant columns: flat")),
        ("keep", None),
    ] {
        let (sandbox, output) = run(&csv, &format!("[preprocess]\nconstant = \"{rule}\""));
        assert_code(&output, 0);
        let rows = summary(&sandbox.path("results/mine/summary.csv"));
        let record = sandbox.path(&format!("results/mine/trials/{}/record.json", rows[0]["trial"]));
        let record = std::fs::read_to_string(record).unwrap();
        match note {
            Some(note) => assert!(record.contains(note), "{record}"),
            None => assert!(!record.contains("constant columns"), "{record}"),
        }
    }
}

#[test]
fn a_column_without_a_value_is_left_out_and_told_or_named() {
    let csv = rows(|_, line| format!("NaN,{}", line.split_once(',').unwrap().1));
    let (_, output) = run(&csv, "");
    assert_code(&output, 0);
    assert!(stderr(&output).contains("left out \"x\": no row has a value"), "{}", stderr(&output));
    // Only an attack has a value, and no attack is trained on.
    let gap = rows(|row, line| match row {
        2 => line.to_owned(),
        _ => format!("NaN,{}", line.split_once(',').unwrap().1),
    });
    let parts = ["no training row has a value in column \"x\"", "in [dataset]: ignore = [\"x\"]"];
    refused(&gap, "", &parts);
    refused(&gap, "[preprocess]\nmissing = \"median\"", &parts);
    let drop_row = "[preprocess]\nmissing = \"drop-row\"";
    refused(&gap, drop_row, &["needs 1 training inliers, there are 0"]);
}

#[test]
fn check_finds_what_is_wrong_with_the_file_and_shows_the_key() {
    let sandbox = Sandbox::new();
    sandbox.write("mine.toml", &experiment(""));
    let output = sandbox.run(&["check", "mine.toml"]);
    assert_code(&output, 2);
    assert!(stderr(&output).contains("there is no such file"), "{}", stderr(&output));
    sandbox.write("mine.csv", &good().replacen("\n", "\n1,2\n", 3));
    let output = sandbox.run(&["check", "mine.toml", "--json"]);
    assert_code(&output, 2);
    let value: serde_json::Value = serde_json::from_str(&stdout(&output)).unwrap();
    assert_eq!(
        (&value["error"]["key"], &value["error"]["line"]),
        (&"dataset.path".into(), &4.into())
    );
    let message = value["error"]["message"].as_str().unwrap();
    assert!(message.contains("mine.csv, line 2: 2 values instead of 3"), "{message}");
    sandbox.write("mine.csv", &good());
    assert_code(&sandbox.run(&["check", "mine.toml"]), 0);
    assert!(!sandbox.path("results").exists());
}
