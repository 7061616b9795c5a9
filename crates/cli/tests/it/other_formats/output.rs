//! What passes through `score` comes out as it went in, in every format.

use std::fmt::Write as _;

use oddbench_data::rows::{CellKind, ReadOptions, RowReader, Rows};

use super::{fit, score};
use crate::oddbench::{Sandbox, assert_code};

/// Ids above two to the power of 53, where doubles have gaps; the fraction comes after the first block.
const FIRST_ID: u64 = 9_007_199_254_740_993;

const ROWS: usize = 20_000;

fn flows() -> String {
    let mut text = "flow_id,big,bytes,rate,up,code\n".to_owned();
    for row in 0..ROWS {
        let rate = if row == ROWS - 1 { "2.5".to_owned() } else { (row % 9).to_string() };
        let _ = writeln!(
            text,
            "{},{},{},{rate},{},{:03}",
            FIRST_ID + 2 * row as u64,
            u64::MAX - row as u64,
            row * 37 % 1001,
            ["true", "false"][row % 2],
            row % 7
        );
    }
    text
}

fn rows(sandbox: &Sandbox, file: &str) -> Rows {
    let path = sandbox.path(file);
    RowReader::open(&path, &ReadOptions::default()).unwrap().read_all().unwrap()
}

#[test]
fn integers_of_64_bits_are_exact_in_every_format_of_the_output() {
    let sandbox = Sandbox::new();
    sandbox.write("flows.csv", &flows());
    assert_code(&fit(&sandbox, "flows.csv", &["--ignore", "flow_id,big,up,code"]), 0);
    let input = rows(&sandbox, "flows.csv");
    for file in ["scored.csv", "scored.jsonl", "scored.parquet"] {
        score(&sandbox, "flows.csv", file);
        let output = rows(&sandbox, file);
        assert_eq!(output.len(), ROWS);
        for column in ["flow_id", "big", "bytes", "up", "code"] {
            let [from, to] = [&input, &output].map(|rows| rows.position(column).unwrap());
            for row in 0..ROWS {
                assert_eq!(output.text(row, to), input.text(row, from), "{file} {column} {row}");
            }
        }
    }
    // With the types that all rows allow.
    let output = rows(&sandbox, "scored.parquet");
    let kind = |column: &str| output.cell_kind(0, output.position(column).unwrap());
    assert_eq!(["flow_id", "big", "bytes"].map(kind), [CellKind::Integer; 3]);
    assert_eq!(
        ["rate", "up", "code"].map(kind),
        [CellKind::Number, CellKind::Boolean, CellKind::Text]
    );
    assert_eq!(output.text(ROWS - 1, output.position("rate").unwrap()), "2.5");
    // And a file of types is scored to the same values again.
    let again = sandbox.run(&[
        "score",
        "--model",
        sandbox.path("model").to_str().unwrap(),
        "--input",
        sandbox.path("scored.parquet").to_str().unwrap(),
        "--output",
        sandbox.path("again.parquet").to_str().unwrap(),
        "--prefix",
        "second_",
    ]);
    assert_code(&again, 0);
    let again = rows(&sandbox, "again.parquet");
    let [first, second] = ["score", "second_score"].map(|name| again.position(name).unwrap());
    assert!((0..ROWS).all(|row| again.text(row, first) == again.text(row, second)));
}
