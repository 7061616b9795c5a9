//! A fitted model knows how its file was read: `oddbench score`, as `oddbench fit` prints it, reads in the same way.

use std::fmt::Write as _;
use std::process::Output;

use super::{bits, table};
use crate::oddbench::{Sandbox, assert_code, stderr};

const ROWS: usize = 60;

/// Sixty rows; `number` and `word` write the values of the columns x and proto.
fn rows(
    header: &str,
    number: impl Fn(usize) -> String,
    word: impl Fn(usize) -> &'static str,
) -> String {
    let mut text = header.to_owned();
    for row in 0..ROWS {
        let _ = writeln!(text, "{};{};{}", number(row), row % 7, word(row));
    }
    text
}

fn whole(row: usize) -> String {
    (1_000 + row * 37 % 50 * 13).to_string()
}

fn protocol(row: usize) -> &'static str {
    if row % 4 == 1 { "udp" } else { "tcp" }
}

fn every_fifth(row: usize) -> bool {
    row % 5 == 2
}

fn events(more: &str) -> String {
    let mut text = String::new();
    for row in 0..ROWS {
        let (x, y) = (whole(row), row % 7);
        let _ = writeln!(text, "{{\"event_type\":\"flow\",\"x\":{x},\"y\":{y}}}{more}");
    }
    text
}

fn fit(sandbox: &Sandbox, input: &str, model: &str, flags: &[&str]) {
    let arguments = ["fit", "--model", "hbos", "--input", input, "--output", model];
    assert_code(&sandbox.run(&[&arguments[..], flags].concat()), 0);
}

fn score(sandbox: &Sandbox, input: &str, model: &str, flags: &[&str]) -> (Vec<u64>, String) {
    let arguments =
        ["score", "--model", model, "--input", input, "--output", "scored.csv", "--force"];
    let output: Output = sandbox.run(&[&arguments[..], flags].concat());
    assert_code(&output, 0);
    let told = stderr(&output).split_whitespace().collect::<Vec<_>>().join(" ");
    (bits(&table(&sandbox.path("scored.csv")), "score"), told)
}

/// The same values, written so that no flag is needed, have the same scores.
#[test]
fn rows_are_scored_as_the_training_file_was_read() {
    const HEADER: &str = "x;y;proto\n";
    let plain = rows(HEADER, whole, protocol);
    let holes = |mark: &'static str| {
        let number = move |row| if every_fifth(row) { mark.to_owned() } else { whole(row) };
        rows(HEADER, number, protocol)
    };
    let wordless = |mark: &'static str| {
        rows(HEADER, whole, move |row| if every_fifth(row) { mark } else { protocol(row) })
    };
    let grouped = |row| {
        let digits = whole(row);
        format!("{}.{}", &digits[..1], &digits[1..])
    };
    let cases: [(&[&str], &str, String, String); 5] = [
        (&["--na=-999"], "--na -999", holes("-999"), holes("")),
        (&["--na=-"], "--na -", wordless("-"), wordless("")),
        (&["--thousands", "."], "--thousands .", rows(HEADER, grouped, protocol), plain.clone()),
        (
            &["--no-header", "--names", "x,y,proto"],
            "--no-header --names x,y,proto",
            rows("", whole, protocol),
            plain,
        ),
        (
            &["--event-type", "flow"],
            "--event-type flow",
            events("\n{\"event_type\":\"stats\",\"uptime\":7}"),
            events(""),
        ),
    ];
    for (flags, told, written, plain) in cases {
        let sandbox = Sandbox::new();
        let input = if written.starts_with('{') { "rows.jsonl" } else { "rows.csv" };
        sandbox.write(input, &written);
        fit(&sandbox, input, "model", flags);
        let (scores, said) = score(&sandbox, input, "model", &[]);
        assert!(said.contains(&format!("read as the training file: {told}")), "{said}");
        sandbox.write(input, &plain);
        fit(&sandbox, input, "plain", &[]);
        let (expected, said) = score(&sandbox, input, "plain", &[]);
        assert!(!said.contains("read as"), "{said}");
        assert_eq!(expected.len(), ROWS);
        assert_eq!(scores, expected, "{flags:?}");
    }
}

#[test]
fn a_stated_flag_wins_and_follow_reads_alike() {
    let sandbox = Sandbox::new();
    let number = |row| if every_fifth(row) { "-999".to_owned() } else { whole(row) };
    sandbox.write("rows.csv", &rows("x;y;proto\n", number, protocol));
    fit(&sandbox, "rows.csv", "model", &["--na=-999"]);
    let (scores, _) = score(&sandbox, "rows.csv", "model", &[]);
    let (followed, told) = score(&sandbox, "rows.csv", "model", &["--follow", "--idle", "0.2"]);
    assert!(told.contains("read as the training file: --na -999"), "{told}");
    assert_eq!(followed, scores);
    let (other, told) = score(&sandbox, "rows.csv", "model", &["--na", "?"]);
    assert!(!told.contains("read as"), "{told}");
    // Where -999 is a number, its rows lie far out; the others are as before.
    for row in 0..ROWS {
        assert_eq!(other[row] != scores[row], every_fifth(row), "row {row}");
    }
    let kept = |model: &str| {
        let json = std::fs::read(sandbox.path(model).join("fit.json")).unwrap();
        serde_json::from_slice::<serde_json::Value>(&json).unwrap().get("reading").cloned()
    };
    assert_eq!(kept("model"), Some(serde_json::json!({ "na": ["-999"] })));
    fit(&sandbox, "rows.csv", "plain", &[]);
    assert_eq!(kept("plain"), None);
}

/// 12 of 60 rows lack x, and 40 lack y; three rows have an infinite x.
#[test]
fn filled_values_are_counted_and_a_column_of_gaps_is_warned_about() {
    let sandbox = Sandbox::new();
    sandbox.write("rows.csv", &rows("x;y;proto\n", whole, protocol));
    fit(&sandbox, "rows.csv", "model", &[]);
    let mut text = "x;y;proto\n".to_owned();
    for row in 0..ROWS {
        let x = match row {
            0..3 => "inf".to_owned(),
            3..15 => String::new(),
            _ => whole(row),
        };
        let y = if row < 20 { "3" } else { "" };
        let _ = writeln!(text, "{x};{y};tcp");
    }
    sandbox.write("new.csv", &text);
    let (_, told) = score(&sandbox, "new.csv", "model", &[]);
    for words in [
        "missing values are filled with the training median or commonest category in \"x\" (12 of 60 rows), \"y\" (40 of 60 rows)",
        "infinite values are taken for missing in \"x\" (3 rows)",
        "WARNING: column \"y\" is missing in 40 of 60 rows (66.7 %)",
    ] {
        assert!(told.contains(words), "{words}: {told}");
    }
    assert!(!told.contains("column \"x\" is missing"), "{told}");
}
