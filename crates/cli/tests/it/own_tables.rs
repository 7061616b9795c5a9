//! A user's own tables, good and bad, through the command: each meets a stated rule or a clear error,
//! never a panic.

use std::fmt::Write as _;

use crate::oddbench::{Sandbox, assert_code, number, stderr, summary};

/// Normal rows around (1, 2), attacks around (8, 9), all different, with a text column.
fn rows(n: usize) -> String {
    let mut text = "x,y,proto,class\n".to_owned();
    for i in 0..n {
        let wave = |phase: f64| 0.5 * (i as f64 * 0.7 + phase).sin();
        let attack = i % 5 == 0;
        let (x, y) = if attack { (8.0, 9.0) } else { (1.0, 2.0) };
        let proto = ["tcp", "udp", "icmp"][i % 3];
        let class = if attack { "attack" } else { "normal" };
        let _ = writeln!(text, "{},{},{proto},{class}", x + wave(0.0), y + wave(1.0));
    }
    text
}

fn experiment(dataset: &str, more: &str) -> String {
    format!(
        "name = \"own\"\n\
         [dataset]\nkind = \"csv\"\npath = \"own.csv\"\nlabel = \"class\"\ninliers = [\"normal\"]\n{dataset}\n\
         [split]\nkind = \"holdout\"\n\
         [threshold]\nrule = \"max-f1\"\n\
         {more}\n\
         [[model]]\nkind = \"pca\"\nparams = {{ score = \"reconstruction\", n_components = 1 }}\n\
         [[model]]\nkind = \"knn\"\n"
    )
}

fn run(csv: &str, dataset: &str, more: &str) -> (Sandbox, std::process::Output) {
    let sandbox = Sandbox::new();
    sandbox.write("own.csv", csv);
    let file = sandbox.write("own.toml", &experiment(dataset, more));
    let output = sandbox.run(&["run", file.to_str().unwrap()]);
    (sandbox, output)
}

#[test]
fn a_csv_of_ones_own_is_read_split_scored_and_reported() {
    let (sandbox, output) = run(&rows(400), "", "");
    assert_code(&output, 0);
    let lines = summary(&sandbox.path("results/own/summary.csv"));
    assert_eq!(lines.len(), 2);
    for line in lines {
        assert_eq!(line["dataset"], "csv");
        // Holdout: 30 % tested on, 20 % of the inliers validated on.
        assert_eq!((number(&line, "n_train"), number(&line, "n_test")), (160.0, 120.0));
    }
    let page = std::fs::read_to_string(sandbox.path("reports/own/index.html")).unwrap();
    assert!(page.contains("Data audit"));
}

#[test]
fn a_constant_column_is_flagged_and_named() {
    let csv: String = rows(400)
        .lines()
        .enumerate()
        .map(|(i, line)| format!("{},{line}\n", if i == 0 { "unit" } else { "7" }))
        .collect();
    let (sandbox, output) = run(&csv, "", "");
    assert_code(&output, 0);
    assert!(stderr(&output).contains("flagged constant columns: unit"), "{}", stderr(&output));
    let report = std::fs::read_to_string(sandbox.path("reports/own/report.md")).unwrap();
    assert!(report.contains("flagged constant columns: unit"));
}

#[test]
fn duplicated_rows_are_kept_and_counted() {
    let body: String = rows(200).lines().skip(1).map(|line| format!("{line}\n{line}\n")).collect();
    let (sandbox, output) = run(&format!("x,y,proto,class\n{body}"), "", "");
    assert_code(&output, 0);
    let lines = summary(&sandbox.path("results/own/summary.csv"));
    assert_eq!(number(&lines[0], "n_train"), 160.0, "no row was dropped");
    let audit = std::fs::read_to_string(sandbox.path("results/own/audit.json")).unwrap();
    let audit: serde_json::Value = serde_json::from_str(&audit).unwrap();
    let test = &audit["parts"][2];
    assert!(test["distinct"].as_u64() < test["rows"].as_u64(), "{test}");
    assert!(test["in_training"].as_u64() > Some(0), "{test}");
}

/// Each with the exit code and what its message must say.
#[test]
fn bad_tables_are_refused_with_a_remedy() {
    let infinite = rows(50)
        .lines()
        .enumerate()
        .map(|(i, line)| match i {
            3 => format!("inf,{}\n", line.split_once(',').unwrap().1),
            _ => format!("{line}\n"),
        })
        .collect::<String>();
    let constant = "x,class\n".to_owned() + &"1,normal\n".repeat(40) + &"1,attack\n".repeat(10);
    for (csv, dataset, more, code, parts) in [
        (infinite.as_str(), "", "", 2, &["\"x\"", "infinite"][..]),
        ("x,y,proto,class\n1,2,tcp,normal\n", "", "", 2, &["holdout split needs 1 test rows"]),
        (&constant, "", "", 2, &["constant"]),
        (&rows(50), "features = [\"z\"]", "", 2, &["own.toml:", "\"z\""]),
        (&rows(50).replace("normal", "benign"), "", "", 2, &["own.toml:", "\"normal\"", "benign"]),
        (&format!("{}1,2\n", rows(50)), "", "", 2, &["own.csv, line 52", "2 values instead of 4"]),
        ("", "", "", 2, &["own.csv", "empty"]),
    ] {
        let (_, output) = run(csv, dataset, more);
        assert_code(&output, code);
        let said = stderr(&output);
        assert!(parts.iter().all(|part| said.contains(part)), "{parts:?} in {said}");
        assert!(!said.contains("panicked"), "{said}");
    }
}

#[test]
fn ten_thousand_categories_are_refused_one_hot_and_run_as_ordinals() {
    let mut csv = "x,host,class\n".to_owned();
    for i in 0..20_000 {
        let class = if i % 5 == 0 { "attack" } else { "normal" };
        let _ = writeln!(csv, "{},h{},{class}", (i % 97) as f64 / 7.0, i % 10_000);
    }
    let (_, output) = run(&csv, "", "");
    assert_code(&output, 2);
    let said = stderr(&output);
    assert!(said.contains("\"host\"") && said.contains("ordinal"), "{said}");
    let (_, output) = run(&csv, "", "[preprocess]\nencode = \"ordinal\"");
    assert_code(&output, 0);
}
