//! JSON as Zeek, Suricata and programs write it: keys that come and go, nested objects, events of several types.

use std::fmt::Write as _;

use super::{fit, score};
use crate::oddbench::{Sandbox, assert_code, stderr, summary};

/// Zeek's conn.log as JSON lines: the first line has no service, no duration and no bytes.
fn conn(rows: usize) -> String {
    let mut text = String::new();
    for row in 0..rows {
        let _ = write!(
            text,
            "{{\"ts\":{}.5,\"uid\":\"C{row:05}q\",\"id.orig_p\":{},\"id.resp_p\":{},\"proto\":\"{}\"",
            1_709_632_800 + row,
            40_000 + row,
            [53, 80, 443][row % 3],
            ["udp", "tcp", "tcp"][row % 3]
        );
        if row % 7 != 0 {
            let _ = write!(
                text,
                ",\"service\":\"{}\",\"duration\":{:.3},\"orig_bytes\":{}",
                ["dns", "http", "ssl"][row % 3],
                0.1 + (row as f64 * 0.37).sin().abs(),
                100 + row * 7 % 311
            );
        }
        let _ = writeln!(text, ",\"conn_state\":\"SF\",\"orig_pkts\":{}}}", 3 + row % 11);
    }
    text
}

#[test]
fn zeeks_json_log_is_fitted_and_scored_whatever_keys_its_first_line_has() {
    let sandbox = Sandbox::new();
    sandbox.write("conn.json", &conn(140));
    let output = fit(&sandbox, "conn.json", &[]);
    assert_code(&output, 0);
    let scored = score(&sandbox, "conn.json", "scored.jsonl");
    let first: serde_json::Value = serde_json::from_str(scored.lines().next().unwrap()).unwrap();
    assert_eq!(first["service"], serde_json::Value::Null);
    assert_eq!(first["id.orig_p"], 40_000);
    let second: serde_json::Value = serde_json::from_str(scored.lines().nth(1).unwrap()).unwrap();
    assert_eq!((&second["service"], &second["ts"]), (&"http".into(), &1_709_632_801.5.into()));

    // Row by row as they arrive, beginning with the line that lacks most keys: the same scores.
    let [model, input] = ["model", "conn.json"].map(|name| sandbox.path(name));
    let followed = sandbox.run(&[
        "score",
        "--model",
        model.to_str().unwrap(),
        "--input",
        input.to_str().unwrap(),
        "--follow",
        "--idle",
        "0.2",
        "--format",
        "jsonl",
    ]);
    assert_code(&followed, 0);
    let followed = String::from_utf8(followed.stdout).unwrap();
    assert_eq!(followed.lines().count(), 140);
    for (one, other) in followed.lines().zip(scored.lines()) {
        let [one, other]: [serde_json::Value; 2] =
            [one, other].map(|line| serde_json::from_str(line).unwrap());
        assert_eq!(one["score"], other["score"]);
    }
}

/// EVE: flows with a label, and what else Suricata writes between them.
fn eve() -> String {
    let mut text = String::new();
    for row in 0..200 {
        let odd = row % 10 == 0;
        let _ = writeln!(
            text,
            "{{\"timestamp\":\"2024-03-05T10:{:02}:{:02}.000000+0000\",\"flow_id\":{},\"event_type\":\"flow\",\
             \"proto\":\"{}\",\"flow\":{{\"pkts_toserver\":{},\"bytes_toserver\":{}}},\"kind\":\"{}\"}}",
            row / 60,
            row % 60,
            1_861_917_715_529_729_u64 + row,
            ["TCP", "UDP"][row as usize % 2],
            5 + row % 7,
            if odd { 9_000_000 } else { 1_000 + row * 13 % 97 },
            if odd { "attack" } else { "normal" }
        );
        if row % 20 == 3 {
            text.push_str("{\"timestamp\":\"2024-03-05T11:00:00.000000+0000\",\"event_type\":\"stats\",\"stats\":{\"uptime\":7}}\n");
        }
    }
    text
}

#[test]
fn of_suricatas_events_one_type_makes_the_rows() {
    let sandbox = Sandbox::new();
    sandbox.write("eve.json", &eve());
    let output = fit(&sandbox, "eve.json", &[]);
    assert_code(&output, 2);
    let text = stderr(&output);
    assert!(
        text.contains("flow (200), stats (10)") && text.contains("--event-type flow"),
        "{text}"
    );
    assert_code(&fit(&sandbox, "eve.json", &["--event-type", "flow", "--ignore", "kind"]), 0);

    let toml = "name = \"own\"\n[dataset]\nkind = \"jsonl\"\npath = \"eve.json\"\nevent_type = \"flow\"\n\
                label = \"kind\"\ninliers = [\"normal\"]\nignore = [\"timestamp\", \"flow_id\", \"event_type\"]\n\
                [split]\nkind = \"holdout\"\n[threshold]\nrule = \"max-f1\"\n[[model]]\nkind = \"knn\"\n";
    let file = sandbox.write("own.toml", toml);
    assert_code(&sandbox.run(&["run", file.to_str().unwrap(), "--no-report"]), 0);
    let lines = summary(&sandbox.path("results/own/summary.csv"));
    assert_eq!(crate::oddbench::number(&lines[0], "roc_auc"), 1.0);
}

#[test]
fn an_array_is_a_table_and_an_object_around_it_is_named() {
    let sandbox = Sandbox::new();
    let row = |at: usize| format!("{{\"a\": {at}, \"b\": {{\"c\": {}}}}}", at * at);
    let rows: Vec<String> = (0..60).map(row).collect();
    sandbox.write("rows.json", &format!("[\n{}\n]\n", rows.join(",\n")));
    assert_code(&fit(&sandbox, "rows.json", &["--keep", "a,b.c"]), 0);
    let scored = score(&sandbox, "rows.json", "scored.csv");
    assert!(scored.starts_with("a,b.c,score,"), "{scored}");
    assert_eq!(scored.lines().nth(8).map(|line| line.starts_with("7,49,")), Some(true));
    sandbox.write("wrapped.json", &format!("{{\"data\": [{}]}}", rows.join(",")));
    let output = fit(&sandbox, "wrapped.json", &[]);
    assert_code(&output, 2);
    assert!(stderr(&output).contains("jq '.data'"), "{}", stderr(&output));
}
