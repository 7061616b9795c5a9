//! Rows that nothing can be learned from, in a table of the user's own: each is a clear error or a stated
//! rule, found before a model is fitted; nothing panics and nothing is dropped in silence.

use crate::oddbench::{Sandbox, assert_code, number, stderr, stdout, summary};

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
         [[model]]\nkind = \"pca\"\nparams = {{ n_components = 1 }}\n"
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

/// Exit code 2, and every part in what is said; lines are wrapped to the terminal.
fn refused(csv: &str, more: &str, parts: &[&str]) {
    let (sandbox, output) = run(csv, more);
    assert_code(&output, 2);
    let said = stderr(&output);
    let said: Vec<&str> = said.split(|c: char| c.is_whitespace() || c == '│').collect();
    let said = said.into_iter().filter(|word| !word.is_empty()).collect::<Vec<_>>().join(" ");
    for part in parts {
        assert!(said.contains(part), "{part:?} is not in:\n{said}");
    }
    assert!(!sandbox.path("results/mine/summary.csv").exists() || trials(&sandbox) == 0);
}

fn trials(sandbox: &Sandbox) -> usize {
    std::fs::read_dir(sandbox.path("results/mine/trials")).map_or(0, Iterator::count)
}

#[test]
fn a_table_of_ones_own_runs_and_a_constant_column_is_named() {
    let csv = rows(|_, line| line.replacen(',', ",4,", 1)).replacen("x,y", "x,flat,y", 1);
    let (sandbox, output) = run(&csv, "");
    assert_code(&output, 0);
    let rows = summary(&sandbox.path("results/mine/summary.csv"));
    assert_eq!((rows[0]["dataset"].as_str(), rows[0]["status"].as_str()), ("csv", "completed"));
    let record = sandbox.path(&format!("results/mine/trials/{}/record.json", rows[0]["trial"]));
    let record = std::fs::read_to_string(record).unwrap();
    assert!(record.contains("dropped constant columns: flat"), "{record}");
    let (sandbox, output) = run(&csv, "[preprocess]\nconstant = \"keep\"");
    assert_code(&output, 0);
    let rows = summary(&sandbox.path("results/mine/summary.csv"));
    let record = sandbox.path(&format!("results/mine/trials/{}/record.json", rows[0]["trial"]));
    assert!(!std::fs::read_to_string(record).unwrap().contains("dropped"));
}

#[test]
fn nothing_but_constant_columns_is_refused() {
    let csv = rows(|_, line| format!("1,2,{}", line.rsplit(',').next().unwrap()));
    refused(&csv, "", &["every column is constant", "preprocess.constant"]);
}

#[test]
fn a_column_without_a_value_is_named() {
    let csv = rows(|_, line| format!("NaN,{}", line.split_once(',').unwrap().1));
    refused(&csv, "", &["column \"x\"", "the value is missing", "preprocess.missing"]);
    let median = "[preprocess]\nmissing = \"median\"";
    refused(&csv, median, &["column \"x\" has no value in any training row"]);
    let drop_row = "[preprocess]\nmissing = \"drop-row\"";
    refused(&csv, drop_row, &["needs 1 training inliers, there are 0"]);
}

#[test]
fn infinity_is_refused_by_column_and_row() {
    let csv = rows(|row, line| match row {
        0 => format!("inf,{}", line.split_once(',').unwrap().1),
        _ => line.to_owned(),
    });
    refused(&csv, "", &["column \"x\", row 0", "infinite"]);
}

#[test]
fn one_row_and_one_class_are_refused() {
    refused("x,y,class\n1,2,normal\n", "", &["holdout", "there are 0"]);
    let inliers = good().replace("attack", "normal");
    refused(&inliers, "", &["needs 1 test outliers, there are 0"]);
    let outliers = good().replace("normal", "attack");
    refused(&outliers, "", &["no row has the label \"normal\""]);
    refused(HEAD, "", &["mine.csv: there are no rows"]);
}

#[test]
fn repeated_rows_are_rows_like_others() {
    let csv = rows(|row, _| if row % 3 == 2 { "9,9,attack\n" } else { "1,2,normal\n" }.to_owned());
    let csv = csv + "2,1,normal\n3,3,normal\n4,1,normal\n1,5,normal\n5,2,normal\n";
    let (sandbox, output) = run(&csv, "");
    assert_code(&output, 0);
    let rows = summary(&sandbox.path("results/mine/summary.csv"));
    // 29 inliers and 12 outliers: three tenths of each are tested on, none of them merged.
    assert_eq!(number(&rows[0], "n_test"), 9.0 + 4.0);
}

#[test]
fn ten_thousand_categories_are_refused_one_hot_and_run_as_ordinals() {
    let mut csv = HEAD.to_owned();
    for row in 0..30_000 {
        let class = if row % 10 == 0 { "attack" } else { "normal" };
        csv.push_str(&format!("host-{},{},{class}\n", row % 10_000, row % 17));
    }
    refused(&csv, "", &["column \"x\" has", "categories", "at most 1000", "\"ordinal\""]);
    let (_, output) = run(&csv, "[preprocess]\nencode = \"ordinal\"");
    assert_code(&output, 0);
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
