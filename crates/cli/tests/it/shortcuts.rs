//! Shortcuts that were planted in tables of a user's are named by `data audit`, in the report and in the
//! terminal; in clean rows none is.

use std::fmt::Write as _;

use serde_json::Value;

use crate::oddbench::{Sandbox, assert_code, real_data, stdout};

/// What is planted in the rows.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Planted {
    Nothing,
    /// A column that gives the label away.
    Leak,
    /// The rows of one label first.
    Sorted,
    /// The number of the flow.
    Identifier,
    /// No attack at all.
    OneClass,
}

/// A number in [0, 1) that looks random, of a row and a column.
fn noise(row: usize, column: usize) -> f64 {
    let mixed = ((row * 31 + column) as u64 + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    let mixed = (mixed ^ (mixed >> 29)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    ((mixed ^ (mixed >> 32)) >> 11) as f64 / (1u64 << 53) as f64
}

/// 3,000 flows, one in five an attack. Each feature of an attack is a little higher: no feature ranks the rows
/// with a ROC-AUC above 0.8.
fn flows(planted: Planted) -> String {
    let mut rows: Vec<usize> = (0..3_000).collect();
    let attack = |row: usize| planted != Planted::OneClass && noise(row, 0) < 0.2;
    if planted == Planted::Sorted {
        rows.sort_by_key(|&row| attack(row));
    }
    let mut text = "flow_id,bytes,rate,proto,leak,class\n".to_owned();
    for (at, row) in rows.into_iter().enumerate() {
        let shift = if attack(row) { 0.2 } else { 0.0 };
        let leak = match planted {
            Planted::Leak if attack(row) => 5.0 + noise(row, 3),
            _ => noise(row, 3),
        };
        let proto = ["tcp", "udp", "icmp"][row % 3];
        let class = if attack(row) { "scan" } else { "normal" };
        let [bytes, rate] = [1, 2].map(|column| 1_000.0 * (noise(row, column) + shift));
        let _ = writeln!(text, "{at},{bytes:.3},{rate:.3},{proto},{leak:.4},{class}");
    }
    text
}

fn sandbox(planted: Planted) -> Sandbox {
    let keep = if planted == Planted::Identifier { "keep = [\"flow_id\"]\n" } else { "" };
    let sandbox = Sandbox::new();
    sandbox.write("flows.csv", &flows(planted));
    sandbox.write(
        "flows.toml",
        &format!(
            "name = \"flows\"\n\
             [dataset]\nkind = \"csv\"\npath = \"flows.csv\"\nlabel = \"class\"\ninliers = [\"normal\"]\n{keep}\
             [split]\nkind = \"holdout\"\n\
             [threshold]\nrule = \"quantile\"\nquantile = 0.95\n\
             [[model]]\nkind = \"isolation-forest\"\n\
             [[model]]\nkind = \"pca\"\nparams = {{ n_components = 1 }}\n"
        ),
    );
    sandbox
}

fn shortcuts(sandbox: &Sandbox) -> Value {
    let output = sandbox.run(&["--json", "data", "audit", "flows.toml"]);
    assert_code(&output, 0);
    let audit: Value = serde_json::from_slice(&output.stdout).unwrap();
    audit["shortcuts"].clone()
}

/// Each named shortcut: its column and why.
fn named(shortcuts: &Value) -> Vec<(&Value, &Value)> {
    let named = shortcuts["named"].as_array().unwrap().iter();
    named.map(|named| (&named["column"], &named["reasons"])).collect()
}

#[test]
fn clean_rows_have_no_shortcut() {
    let sandbox = sandbox(Planted::Nothing);
    let found = shortcuts(&sandbox);
    assert_eq!(named(&found), [], "{found}");
    assert_eq!(found["learned_on"], "validation");
    let text = stdout(&sandbox.run(&["data", "audit", "flows.toml"]));
    assert!(text.contains("no shortcut is named") && text.contains("one column alone"), "{text}");
    let seen = |of: &&Value| of["seen"] == true;
    assert_eq!(found["columns"].as_array().unwrap().iter().filter(seen).count(), 4, "{found}");
}

#[test]
fn a_planted_leak_is_named_first_and_said_in_report_and_terminal() {
    let sandbox = sandbox(Planted::Leak);
    let found = shortcuts(&sandbox);
    assert_eq!(named(&found), [(&"leak".into(), &serde_json::json!(["tells"]))], "{found}");
    assert_eq!(found["columns"][0]["column"], "leak");
    assert_eq!(found["columns"][0]["roc_auc"]["value"], 1.0);
    let text = stdout(&sandbox.run(&["data", "audit", "flows.toml"]));
    assert!(text.contains("\"leak\": it alone tells most outliers from inliers"), "{text}");
    assert!(text.contains("What to do: Ask whether"), "{text}");

    let output = sandbox.run(&["run", "flows.toml"]);
    assert_code(&output, 0);
    let line = "The column \"leak\" alone ranks the test rows with ROC-AUC 1.000";
    assert!(stdout(&output).contains(line), "{}", stdout(&output));
    let read = |path: &str| std::fs::read_to_string(sandbox.path(path)).unwrap();
    let report = read("reports/flows/report.md");
    assert!(report.contains(&format!("> **Shortcuts.** {line}")), "{report}");
    assert!(report.contains("## Shortcuts") && report.contains("| leak | 1.000 |"), "{report}");
    let stored: Value = serde_json::from_str(&read("results/flows/audit.json")).unwrap();
    assert_eq!(stored["shortcuts"], found);
}

#[test]
fn a_file_that_is_sorted_by_label_is_named() {
    let found = shortcuts(&sandbox(Planted::Sorted));
    let names = named(&found);
    assert!(names.contains(&(&Value::Null, &serde_json::json!(["order"]))), "{found}");
    assert_eq!(found["order"]["runs"], 2);
    // Nothing that a model sees is named.
    let seen = |named: &&Value| named["seen"] == true;
    assert_eq!(found["named"].as_array().unwrap().iter().filter(seen).count(), 0, "{found}");
}

#[test]
fn an_identifier_that_is_kept_is_named() {
    let found = shortcuts(&sandbox(Planted::Identifier));
    assert_eq!(named(&found), [(&"flow_id".into(), &serde_json::json!(["identifies"]))], "{found}");
    let columns = found["columns"].as_array().unwrap();
    let id = columns.iter().find(|of| of["column"] == "flow_id").unwrap();
    assert_eq!((&id["mark"], &id["seen"]), (&"identifier".into(), &true.into()));
}

#[test]
fn one_class_is_said_to_be_not_measurable() {
    let sandbox = sandbox(Planted::OneClass);
    let found = shortcuts(&sandbox);
    assert_eq!(found["unmeasured"], "the test rows are all inliers");
    assert!(found["columns"][0]["roc_auc"].is_null() && found["order"]["z"].is_null(), "{found}");
    let text = stdout(&sandbox.run(&["data", "audit", "flows.toml"]));
    assert!(text.contains("cannot be measured: the test rows are all inliers"), "{text}");
}

/// Counted in Python from the same files: no attack of UNSW-NB15 has `sttl` 31, and its rows come in a handful
/// of runs.
#[test]
fn the_shortcuts_of_unsw_nb15_are_the_known_ones() {
    let Some(mirror) = real_data("the shortcuts of UNSW-NB15") else { return };
    let sandbox = Sandbox::new();
    let file = crate::oddbench::experiment("unsw-nb15.toml");
    let arguments = ["--json", "data", "audit", file.to_str().unwrap()];
    let output = sandbox.run_with(&mirror, &arguments);
    assert_code(&output, 0);
    let audit: Value = serde_json::from_slice(&output.stdout).unwrap();
    let found = &audit["shortcuts"];
    let names = named(found);
    assert!(names.contains(&(&"sttl".into(), &serde_json::json!(["telling-value"]))), "{names:?}");
    assert!(names.contains(&(&Value::Null, &serde_json::json!(["order"]))), "{names:?}");
    let columns = found["columns"].as_array().unwrap();
    let sttl = columns.iter().find(|of| of["column"] == "sttl").unwrap();
    let telling = &sttl["telling_value"];
    assert_eq!((&telling["value"], &telling["outliers"]), (&"31".into(), &false.into()));
    assert_eq!(telling["elsewhere"]["value"], 0.0);
    assert!((telling["share"]["value"].as_f64().unwrap() - 0.45).abs() < 0.02, "{telling}");
}
