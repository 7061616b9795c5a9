//! Rows, blocks, and every fault that a text can have.

use std::fs::File;
use std::io::Write as _;

use oddbench_core::{Classes, Column};

use super::*;
use crate::csv_records::LONGEST;

fn layout(rows: usize) -> Layout<'static> {
    Layout {
        features: vec![
            ("n", FeatureKind::Numeric),
            ("s", FeatureKind::Categorical),
            ("x", FeatureKind::Numeric),
        ],
        trailing: Some(&["class", "difficulty"]),
        class: "class",
        class_of: |label| label.strip_suffix('.').filter(|c| !c.is_empty()).map(str::to_owned),
        class_is: "a class name that ends in a full stop",
        rows,
        remedy: "fetch it again",
    }
}

fn read_text(text: &str, rows: usize, wanted: &[&str]) -> Result<Table, DataError> {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("rows.csv");
    std::fs::write(&path, text).unwrap();
    read(&path, &layout(rows), &wanted.iter().map(ToString::to_string).collect::<Vec<_>>())
}

/// The error must name the file and the remedy besides these words.
fn refused(text: &str, wanted: &[&str], words: &[&str]) {
    let error = read_text(text, 3, wanted).unwrap_err().to_string();
    for word in words.iter().chain(&["rows.csv", "fetch it again"]) {
        assert!(error.contains(word), "{word:?} is not in: {error}");
    }
}

#[test]
fn takes_the_wanted_columns_in_their_order() {
    let text = "1,a,0.5,normal.,7\n2,b,1e3,smurf.,8\n3,a,-0.25,normal.,9";
    let table = read_text(text, 3, &["x", "s"]).unwrap();
    let Some(Classes { names, codes }) = table.classes else { panic!() };
    assert_eq!((names, codes), (vec!["normal".into(), "smurf".into()], vec![0, 1, 0]));
    let levels = vec!["a".into(), "b".into()];
    assert_eq!(
        table.columns,
        [
            ("x".into(), Column::Numeric(vec![0.5, 1000.0, -0.25])),
            ("s".into(), Column::Categorical { codes: vec![0, 1, 0], levels }),
        ]
    );
}

#[test]
fn rows_that_span_blocks_are_whole() {
    let rows = 400_000;
    let mut text = String::new();
    for i in 0..rows {
        text += &format!("{i},level{},0.25,class{}.,1\n", i % 7, i % 3);
    }
    assert!(text.len() > 8 << 20);
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("rows.csv.gz");
    let file = File::create(&path).unwrap();
    let mut archive = flate2::write::GzEncoder::new(file, flate2::Compression::fast());
    archive.write_all(text.as_bytes()).unwrap();
    archive.finish().unwrap();
    let table = read(&path, &layout(rows), &["n".into(), "s".into()]).unwrap();
    let Some(Column::Numeric(n)) = table.column("n") else { panic!() };
    assert!(n.iter().enumerate().all(|(i, &value)| value == i as f64) && n.len() == rows);
    let Some(Column::Categorical { codes, levels }) = table.column("s") else { panic!() };
    assert!(
        codes
            .iter()
            .enumerate()
            .all(|(i, &code)| levels[code as usize] == format!("level{}", i % 7))
    );
    let classes = table.classes.unwrap();
    assert!((0..rows).all(|i| classes.of(i) == format!("class{}", i % 3)));
}

#[test]
fn a_fault_is_named_with_line_column_and_value() {
    let good = "1,a,0.5,normal.,7\n";
    let rest = "3,a,1,normal.,7\n";
    let with = |line: &str| format!("{good}{line}\n{rest}");
    refused(&with("2,a,many,normal.,7"), &["x"], &["line 2", "column x", "\"many\"", "a number"]);
    refused(&with("2,a,,normal.,7"), &["x"], &["line 2", "column x", "\"\"", "a number"]);
    refused(&with("2,a,inf,normal.,7"), &["x"], &["line 2", "column x", "\"inf\""]);
    refused(&with("2,,1,normal.,7"), &["s"], &["line 2", "column s", "a name"]);
    refused(&with("2,a,1,normal,7"), &["x"], &["line 2", "column class", "full stop"]);
    refused(&with("2,a,1"), &["x"], &["line 2", "3 values instead of 5"]);
    refused(&with("2,a,1,normal.,7,8"), &["x"], &["line 2", "6 values instead of 5"]);
    refused(&with(""), &["x"], &["line 2"]);
    refused("<html>\n<p>\n</html>\n", &["x"], &["line 1", "1 values instead of 5"]);
}

#[test]
fn a_wrong_number_of_rows_is_named() {
    let line = "1,a,0.5,normal.,7\n";
    refused(&line.repeat(2), &["x"], &["2 rows instead of 3"]);
    refused(&line.repeat(4), &["x"], &["4 rows instead of 3"]);
    refused("", &["x"], &["0 rows instead of 3"]);
}

#[test]
fn an_unknown_column_is_named() {
    let error = read_text("", 0, &["y"]).unwrap_err();
    assert!(matches!(error, DataError::UnknownColumn { column } if column == "y"));
}

#[test]
fn a_text_without_line_feeds_is_no_data() {
    refused(&"x".repeat(LONGEST + 1), &["x"], &["line 1 is longer than"]);
}

#[test]
fn a_header_tells_where_the_columns_are() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("rows.csv");
    let layout = Layout { trailing: None, ..layout(2) };
    let load = |text: &str| {
        std::fs::write(&path, text).unwrap();
        read(&path, &layout, &["x".into(), "s".into()])
    };
    let text = "\u{feff}id,s,class,n,x\r\n1,a,normal.,5,0.5\r\n2,b,smurf.,6,1.5\r\n";
    let table = load(text).unwrap();
    assert_eq!(table.column("x"), Some(&Column::Numeric(vec![0.5, 1.5])));
    assert_eq!(table.classes.unwrap().names, ["normal", "smurf"]);
    let error = load(&text.replace("1.5", "many")).unwrap_err().to_string();
    assert!(error.contains("line 3, column x"), "{error}");
    let error = load(&text.replace(",x\r", ",y\r")).unwrap_err().to_string();
    assert!(error.contains("no column x"), "{error}");
}
