//! `oddbench data describe FILE`, and what experiments say about the columns of a user's table.

use std::fmt::Write as _;
use std::process::Command;

use serde_json::Value;

use crate::oddbench::{Sandbox, assert_code, real_data, stderr, stdout};

/// Flows with a name for everything that is no feature, an infinite rate, and names that need quotes.
fn flows(rows: usize) -> String {
    let mut text =
        "Flow ID,Src IP,Timestamp,Flow Bytes/s,\"size, total\",Proto,svc,Label\n".to_owned();
    for row in 0..rows {
        let rate = if row % 40 == 7 { "Infinity".into() } else { format!("{}.5", row * 31 % 977) };
        let (proto, label) =
            (["tcp", "udp"][row % 2], if row % 9 == 0 { "DDoS" } else { "BENIGN" });
        let svc = if row == 50 { "8080" } else { "http" };
        let _ = writeln!(
            text,
            "10.0.0.{}-8.8.8.8-{row}-443-6,10.0.0.{},05/03/2024 09:{:02}:{:02} AM,{rate},{},{proto},{svc},{label}",
            row % 250,
            row % 250,
            row / 60 % 60,
            row % 60,
            row * 613 % 1_499,
        );
    }
    text
}

fn described(sandbox: &Sandbox, more: &[&str]) -> Value {
    let output = sandbox.run(&[&["data", "describe", "flows.csv", "--json"][..], more].concat());
    assert_code(&output, 0);
    serde_json::from_str(&stdout(&output)).unwrap()
}

/// The name of each column, its role, and whether it is a feature.
fn verdicts(described: &Value) -> Vec<(String, String, bool)> {
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let columns = described["columns"].as_array().unwrap().iter();
    columns.map(|of| (text(&of["name"]), text(&of["role"]), !of["kind"].is_null())).collect()
}

#[test]
fn a_file_is_described_and_its_command_can_be_pasted() {
    let sandbox = Sandbox::new();
    sandbox.write("flows.csv", &flows(600));
    let found = described(&sandbox, &[]);
    let expected = [
        ("Flow ID", "identifier", false),
        ("Src IP", "address", false),
        ("Timestamp", "timestamp", false),
        ("Flow Bytes/s", "number", true),
        ("size, total", "number", true),
        ("Proto", "category", true),
        ("svc", "mixed", false),
        ("Label", "label", false),
    ];
    let expected = expected.map(|(name, role, kept)| (name.to_owned(), role.to_owned(), kept));
    assert_eq!(verdicts(&found), expected);
    assert_eq!(found["rows"], 600);
    let troubles: Vec<&str> = found["troubles"]
        .as_array()
        .unwrap()
        .iter()
        .map(|of| of["message"].as_str().unwrap())
        .collect();
    assert_eq!(troubles[0], "infinite values in \"Flow Bytes/s\": 15 rows, first in line 9");
    assert!(troubles[1].contains("\"svc\"") && troubles[1].contains("line 52"), "{troubles:?}");
    // Nobody but the user knows what `http` and 8080 are in one column.
    assert!(found["fit"].is_null(), "{found}");
    // The last line is a command, and does what it says.
    let found = described(&sandbox, &["--categorical", "svc"]);
    let binary = std::path::Path::new(env!("CARGO_BIN_EXE_oddbench")).parent().unwrap();
    let path = format!("{}:{}", binary.display(), std::env::var("PATH").unwrap_or_default());
    let command = found["fit"].as_str().unwrap();
    let output = Command::new("sh")
        .args(["-c", command])
        .env("PATH", path)
        .current_dir(sandbox.dir.path())
        .output()
        .unwrap();
    assert_code(&output, 0);
    assert!(sandbox.path("models/flows").is_dir(), "{command}");
}

#[test]
fn the_table_names_every_column_and_why() {
    let sandbox = Sandbox::new();
    sandbox.write("flows.csv", &flows(600));
    let output = sandbox.run(&["data", "describe", "flows.csv"]);
    assert_code(&output, 0);
    let said = stdout(&output);
    for part in [
        "600 rows, 8 columns, 3 of them features",
        "left out: identifier",
        "left out \"Src IP\": its values are addresses",
        "infinite values in \"Flow Bytes/s\": 15 rows, first in line 9",
        "take it for categories: --categorical svc",
    ] {
        assert!(said.contains(part), "{part} is not in {said}");
    }
    assert!(!said.contains("oddbench fit"), "{said}");
    let decided = sandbox.run(&["data", "describe", "flows.csv", "--categorical", "svc"]);
    let command = "oddbench fit --model isolation-forest --input flows.csv --output models/flows --categorical svc";
    assert!(stdout(&decided).trim_end().ends_with(command), "{}", stdout(&decided));
}

#[test]
fn marks_among_numbers_are_named_in_the_command() {
    let sandbox = Sandbox::new();
    let file = |first: &str, second: &str| {
        let value = |row: usize| match row % 50 {
            3 => first.to_owned(),
            4 => second.to_owned(),
            _ => (row * 31 % 977).to_string(),
        };
        let rows = (0..300).map(|row| format!("{},{}\n", value(row), row * 7 % 11));
        format!("a,b\n{}", rows.collect::<String>())
    };
    sandbox.write("flows.csv", &file("?", "missing"));
    let found = described(&sandbox, &[]);
    let command = found["fit"].as_str().unwrap();
    assert!(command.ends_with("--na '?,missing'"), "{command}");
    let fit =
        ["fit", "--model", "hbos", "--input", "flows.csv", "--output", "m", "--na", "?,missing"];
    assert_code(&sandbox.run(&fit), 0);
    sandbox.write("flows.csv", &file("?", "oops"));
    assert!(described(&sandbox, &[])["fit"].is_null());
}

/// `score` adds such columns; a user may have some of these names.
#[test]
fn own_columns_that_are_called_like_results_can_be_kept() {
    let sandbox = Sandbox::new();
    let rows: String = (0..200)
        .map(|row| format!("{},{}.5,{}\n", row * 37 % 101, row % 13, row % 9 == 3))
        .collect();
    sandbox.write("own.csv", &format!("bytes,score,is_anomaly\n{rows}"));
    let told = stdout(&sandbox.run(&["data", "describe", "own.csv"]));
    let told: String = told.split_whitespace().collect::<Vec<_>>().join(" ");
    let words = "if a column of these names is your own, give it another name, or --keep score";
    assert!(told.contains(words), "{told}");
    let kept = stdout(&sandbox.run(&["data", "describe", "own.csv", "--keep", "score"]));
    assert!(!kept.contains("your own"), "{kept}");
}

#[test]
fn choices_decide_and_names_may_hold_commas() {
    let sandbox = Sandbox::new();
    sandbox.write("flows.csv", &flows(600));
    for ignored in
        [&["--ignore", "size, total", "--ignore", "svc"][..], &["--ignore", "\"size, total\",svc"]]
    {
        let found =
            described(&sandbox, &[ignored, &["--keep", "Src IP", "--label", "Label"]].concat());
        let kept: Vec<String> = verdicts(&found)
            .into_iter()
            .filter(|(.., kept)| *kept)
            .map(|(name, ..)| name)
            .collect();
        assert_eq!(kept, ["Src IP", "Flow Bytes/s", "Proto"]);
        let fit = found["fit"].as_str().unwrap();
        assert!(fit.contains("--ignore '\"size, total\",svc' --keep 'Src IP'"), "{fit}");
    }
    let output = sandbox.run(&["data", "describe", "flows.csv", "--keep", "nothing"]);
    assert_code(&output, 2);
    assert!(stderr(&output).contains("there is no column \"nothing\""), "{}", stderr(&output));
    assert_code(&sandbox.run(&["data", "describe", "other.csv"]), 2);
    // A name without an ending is a data set, unless it is there as a file.
    let output = sandbox.run(&["data", "describe", "flows"]);
    assert_code(&output, 2);
    assert!(stderr(&output).contains("there is no data set"), "{}", stderr(&output));
    sandbox.write("flows", &flows(30));
    assert_code(&sandbox.run(&["data", "describe", "flows"]), 0);
}

/// The partition of UNSW-NB15 as it is published: a row number, the attack's group and the label.
#[test]
fn the_real_unsw_nb15_loses_its_row_number_and_its_labels() {
    let Some(mirror) = real_data("data describe unsw-nb15") else { return };
    let file = mirror.join("unsw-nb15/UNSW_NB15_training-set.csv.gz");
    let sandbox = Sandbox::new();
    let output = sandbox.run(&["data", "describe", file.to_str().unwrap(), "--json"]);
    assert_code(&output, 0);
    let found: Value = serde_json::from_str(&stdout(&output)).unwrap();
    let all = verdicts(&found);
    let left_out: Vec<&str> =
        all.iter().filter(|(.., kept)| !kept).map(|(name, ..)| name.as_str()).collect();
    assert_eq!((found["rows"].as_u64(), all.len()), (Some(82_332), 45));
    assert_eq!(left_out, ["id", "attack_cat", "label"]);
}

/// NSL-KDD's files have no header: 41 features, the attack, and how many models predicted it.
#[test]
fn the_real_nsl_kdd_keeps_its_41_features() {
    let Some(mirror) = real_data("data describe nsl-kdd") else { return };
    let file = mirror.join("nsl-kdd/KDDTest+.txt.gz");
    let sandbox = Sandbox::new();
    let output = sandbox.run(&["data", "describe", file.to_str().unwrap(), "--json"]);
    assert_code(&output, 0);
    let all = verdicts(&serde_json::from_str(&stdout(&output)).unwrap());
    let left_out: Vec<&str> =
        all.iter().filter(|(.., kept)| !kept).map(|(name, ..)| name.as_str()).collect();
    assert_eq!((all.len(), left_out), (43, vec!["class", "difficulty"]));
}

const EXPERIMENT: &str = "name = \"own\"\n[dataset]\nkind = \"csv\"\npath = \"flows.csv\"\nlabel = \"Label\"\n\
     inliers = [\"BENIGN\"]\nignore = [\"svc\", \"Flow Bytes/s\"]\nKEEP\n[split]\nkind = \"holdout\"\n\
     [threshold]\nrule = \"max-f1\"\n[[model]]\nkind = \"hbos\"\n";

#[test]
fn an_experiment_tells_what_it_leaves_out() {
    let sandbox = Sandbox::new();
    // An export with an empty column at the end.
    let text: String = flows(600)
        .lines()
        .enumerate()
        .map(|(at, line)| format!("{line},{}\n", if at == 0 { "gap" } else { "" }))
        .collect();
    sandbox.write("flows.csv", &text);
    sandbox.write("own.toml", &EXPERIMENT.replace("KEEP", ""));
    let parts = [
        "left out \"Flow ID\": all its 600 texts differ, as identifiers do",
        "left out \"Src IP\": its values are addresses",
        "left out \"Timestamp\": its values are points in time",
        "left out \"gap\": no row has a value",
    ];
    for verb in ["check", "plan", "run"] {
        let output = sandbox.run(&[verb, "own.toml"]);
        assert_code(&output, 0);
        let said = stdout(&output) + &stderr(&output);
        assert!(parts.iter().all(|part| said.contains(part)), "{verb}: {said}");
    }
    let report = std::fs::read_to_string(sandbox.path("reports/own/report.md")).unwrap();
    assert!(report.contains("its values are addresses"), "the report tells it, too");
    sandbox.write("own.toml", &EXPERIMENT.replace("KEEP", "keep = [\"Src IP\"]"));
    let output = sandbox.run(&["check", "own.toml"]);
    let said = stdout(&output) + &stderr(&output);
    assert!(!said.contains("its values are addresses"), "{said}");
    assert_code(&output, 0);
}
