//! What the judge says of the values of a file, whatever the format holds them in.

use std::io::Cursor;

use oddbench_core::{Column, FeatureKind};
use oddbench_data::columns::{Choices, ColumnVerdict, Judgement, Remedies, Role, judge_source};
use oddbench_data::rows::{
    CellKind, Decisions, FileFormat, ReadOptions, RowReader, Rows, ScoredWriter, WriteOptions,
};
use serde_json::{Value, json};

fn reader(bytes: &[u8], name: &str) -> RowReader {
    let content = Box::new(Cursor::new(bytes.to_vec()));
    RowReader::new(content, name, &ReadOptions::default()).unwrap()
}

fn judged(bytes: &[u8], name: &str) -> Judgement {
    judge_source(reader(bytes, name), &Choices::default()).unwrap()
}

fn json_lines(rows: &[Value]) -> Vec<u8> {
    rows.iter().flat_map(|row| format!("{row}\n").into_bytes()).collect()
}

/// The rows as `oddbench score` writes them, with every score 0.
fn written(rows: &Rows, format: FileFormat) -> Vec<u8> {
    written_with(rows, format, &WriteOptions::default())
}

fn written_with(rows: &Rows, format: FileFormat, options: &WriteOptions) -> Vec<u8> {
    let decisions = Decisions {
        scores: vec![0.0; rows.len()],
        anomalies: vec![false; rows.len()],
        features: [].into(),
        top: vec![[None; 3]; rows.len()],
        unseen: vec![Vec::new(); rows.len()],
    };
    let mut out = Vec::new();
    let mut writer = ScoredWriter::new(&mut out, format, rows.names(), options).unwrap();
    writer.write(rows, &decisions).unwrap();
    writer.finish().unwrap();
    out
}

/// The verdict on a column of these texts in a CSV file.
fn of_texts(texts: impl IntoIterator<Item = String>) -> ColumnVerdict {
    let lines: String = texts.into_iter().map(|text| format!("{text};x\n")).collect();
    let judgement = judged(format!("load;other\n{lines}").as_bytes(), "a.csv");
    judgement.of("load").unwrap().clone()
}

fn percentages(row: usize) -> String {
    format!("{}.{}%", row * 7 % 101, row % 10)
}

#[test]
fn gaps_among_numbers_are_counted_in_every_format() {
    // Forty gaps: one after the other, and alone between numbers.
    let is_gap = |row: usize| row < 20 || (row.is_multiple_of(7) && row < 160);
    let value = |row: usize, number: Value| if is_gap(row) { Value::Null } else { number };
    let rows: Vec<Value> = (0..300)
        .map(|row| {
            json!({
                "whole": value(row, json!(row * 31 % 50)),
                "fraction": value(row, json!(row as f64 * 0.3)),
                "name": value(row, json!(format!("n{}", row % 5))),
            })
        })
        .collect();
    assert_eq!((0..300).filter(|row| is_gap(*row)).count(), 40);
    let lines = json_lines(&rows);
    let read = reader(&lines, "a.jsonl").read_all().unwrap();
    let parquet = written(&read, FileFormat::Parquet);
    let csv = written(&read, FileFormat::Csv);
    for (bytes, name) in [(lines, "a.jsonl"), (parquet, "a.parquet"), (csv, "a.csv")] {
        let judgement = judged(&bytes, name);
        for (column, distinct) in [("whole", 50), ("fraction", 260), ("name", 5)] {
            let found = judgement.of(column).unwrap();
            assert_eq!(found.missing, 40, "{column} of {name}");
            assert_eq!(found.distinct, Some(distinct), "{column} of {name}");
        }
    }
}

#[test]
fn percentages_are_read_as_numbers_and_a_note_says_so() {
    let found = of_texts((0..200).map(percentages));
    assert_eq!((found.role, found.kind), (Role::Number, Some(FeatureKind::Numeric)));
    let note = found.note.unwrap();
    assert_eq!(note, "0.0% is read as the number 0.0");
    assert_eq!((found.min, found.max, found.missing), (Some(0.0), Some(100.3), 0));
    // The same in JSON, and with a comma and a blank as Excel writes them.
    let rows: Vec<Value> =
        (0..200).map(|row| json!({"load": percentages(row), "n": row})).collect();
    let judgement = judged(&json_lines(&rows), "a.jsonl");
    assert_eq!(judgement.of("load").unwrap().kind, Some(FeatureKind::Numeric));
    assert!(judgement.told(Remedies::Shell).iter().any(|line| line.contains("0.0% is read")));
    let german =
        of_texts((0..200).map(|row| percentages(row).replace('.', ",").replace('%', " %")));
    assert_eq!((german.kind, german.max), (Some(FeatureKind::Numeric), Some(100.3)));
    // Some plain numbers are told of.
    let mixed = of_texts((0..200).map(|row| if row == 5 { "0".into() } else { percentages(row) }));
    let note = mixed.note.unwrap();
    assert!(
        note.ends_with("1 number without a percent sign stands beside 199 percentages"),
        "{note}"
    );
}

#[test]
fn the_values_of_percentages_are_those_in_front_of_the_sign() {
    let rows = reader(b"load;s\n54,4 %;a\n-3%;b\n;c\n7;d\n", "a.csv").read_all().unwrap();
    let table = rows.table(&[("load".to_owned(), FeatureKind::Numeric)]).unwrap();
    let Column::Numeric(values) = &table.columns[0].1 else { panic!() };
    assert_eq!((values[0], values[1], values[3]), (54.4, -3.0, 7.0));
    assert!(values[2].is_nan());
}

#[test]
fn percentages_among_texts_are_pointed_out() {
    let with = |text: &'static str, every: usize| {
        let value = move |row: usize| match row % every {
            0 => text.to_owned(),
            _ => percentages(row),
        };
        (0..200).map(value)
    };
    let lines: String = with("-", 20).map(|text| format!("{text};x\n")).collect();
    let judgement = judged(format!("load;other\n{lines}").as_bytes(), "a.csv");
    let refusal = judgement.refusal(false, Remedies::Shell).unwrap().to_string();
    for words in ["\"load\"", "the text \"-\" in line 2", "10 texts", "190 numbers", "--na"] {
        assert!(refusal.contains(words), "{words} is not in: {refusal}");
    }
    // As many marks as percentages are marks all the same.
    let lines: String =
        with("-", 2).chain(with("-", 1)).map(|text| format!("{text};x\n")).collect();
    let judgement = judged(format!("load;other\n{lines}").as_bytes(), "a.csv");
    let refusal = judgement.refusal(false, Remedies::Shell).unwrap().to_string();
    assert!(refusal.contains("300 texts, 100 numbers") && refusal.contains("--na"), "{refusal}");
    // One percentage among words is a word.
    let words = of_texts((0..200).map(|row| if row == 3 { "50%".into() } else { "low".into() }));
    assert_eq!((words.role, words.kind), (Role::Category, Some(FeatureKind::Categorical)));
}

#[test]
fn other_units_are_pointed_out_with_a_remedy() {
    for (values, unit) in [
        ((0..200).map(|row| format!("{} ms", row % 40)).collect::<Vec<_>>(), "\"ms\""),
        ((0..200).map(|row| format!("${}.50", row % 40)).collect(), "\"$\""),
        ((0..200).map(|row| format!("{row}.5kB")).collect(), "\"kB\""),
    ] {
        let found = of_texts(values);
        let told = format!("{}; {}", found.reason, found.note.unwrap_or_default());
        assert!(
            told.contains(&format!("the unit {unit}")) && told.contains("take the unit out"),
            "{told}"
        );
    }
    assert_eq!(of_texts((0..200).map(|row| format!("host{}", row % 40))).note, None);
}

#[test]
fn percent_signs_of_other_scripts_rates_and_several_units_are_pointed_out_with_a_remedy() {
    let told = |value: fn(usize) -> String| {
        let found = of_texts((0..200).map(value));
        format!("{}; {}", found.reason, found.note.unwrap_or_default())
    };
    for (value, words) in [
        ((|row| format!("{}.5％", row % 40)) as fn(usize) -> String, "write % in its place"),
        (|row| format!("{}/s", row % 40), "the unit \"/s\", such as \"0/s\"; take the unit out"),
        (
            |row| if row % 3 == 0 { format!("{row}ms") } else { format!("{row}.5 s") },
            "several units, such as \"0ms\" (ms) and \"1.5 s\" (s); write all in one unit",
        ),
    ] {
        let told = told(value);
        assert!(told.contains(words), "{words} is not in: {told}");
    }
    // Classes of rooms, and ports, have no units.
    for value in
        [(|row| format!("{}{}", row % 9, ["a", "b", "c"][row % 3])) as fn(usize) -> String, |row| {
            format!("{}/{}", row % 9, ["tcp", "udp"][row % 2])
        }]
    {
        assert!(!told(value).contains("unit"), "{}", told(value));
    }
}

/// A rate that is infinite in a few rows, beside names of which one is called like that.
fn rates(row: usize) -> (String, &'static str) {
    let rate = match row % 50 {
        3 => "Infinity".to_owned(),
        4 => "-Infinity".to_owned(),
        _ => format!("{}.5", row % 13),
    };
    (rate, ["tcp", "udp", "Infinity"][row % 3])
}

#[test]
fn infinite_words_of_json_are_judged_as_those_of_csv() {
    let lines: String = (0..300).map(|row| format!("{},x\n", rates(row).0)).collect();
    let csv = judged(format!("rate,other\n{lines}").as_bytes(), "a.csv");
    // What `oddbench score` writes of it.
    let rows = reader(format!("rate,other\n{lines}").as_bytes(), "a.csv").read_all().unwrap();
    let written = written(&rows, FileFormat::JsonLines);
    assert!(String::from_utf8_lossy(&written).contains("\"rate\":\"Infinity\""));
    let json = judged(&written, "a.jsonl");
    let found = [&csv, &json].map(|judgement| {
        let rate = judgement.of("rate").unwrap();
        let told = judgement.refusal(true, Remedies::Shell).unwrap().to_string();
        let place = told.split("first in line ").nth(1).unwrap()[..1].to_owned();
        (rate.kind, rate.infinite, rate.distinct, rate.max, rate.missing, place)
    });
    assert_eq!(found[0].1, 12);
    // A CSV file has a header above its first row.
    assert_eq!((&found[0].5[..], &found[1].5[..]), ("5", "4"));
    assert_eq!((found[0].0, found[0].1, found[0].2), (found[1].0, found[1].1, found[1].2));
    assert_eq!((found[0].3, found[0].4), (found[1].3, found[1].4));
    assert!(json.refusal(false, Remedies::Shell).is_none());
}

#[test]
fn an_infinite_word_among_texts_is_a_text_and_among_quoted_numbers_a_number() {
    let rows: Vec<Value> = (0..300)
        .map(|row| {
            let (rate, name) = rates(row);
            let quoted = if rate.ends_with('5') { format!("{row}.25") } else { rate };
            json!({"name": name, "quoted": quoted})
        })
        .collect();
    let judgement = judged(&json_lines(&rows), "a.jsonl");
    let name = judgement.of("name").unwrap();
    assert_eq!((name.role, name.infinite, name.distinct), (Role::Category, 0, Some(3)));
    let quoted = judgement.of("quoted").unwrap();
    assert_eq!((quoted.kind, quoted.infinite), (Some(FeatureKind::Numeric), 12));
}

#[test]
fn what_the_file_has_is_shown() {
    let rows: Vec<Value> = (0..60)
        .map(|row| json!({"flag": if row % 3 == 0 { "True" } else { "False" }, "n": row * row}))
        .collect();
    let judgement = judged(&json_lines(&rows), "a.jsonl");
    assert_eq!(judgement.of("flag").unwrap().examples, ["True", "False"]);
    let text = "port,n\n80.0,1\nhttp,2\n80.0,3\n80.0,4\n";
    let refusal = judged(text.as_bytes(), "a.csv").refusal(false, Remedies::Shell).unwrap();
    assert!(refusal.what.contains("the number 80.0 in line 2"), "{refusal}");
}

#[test]
fn a_zeek_log_that_is_written_as_csv_is_read_again() {
    let head =
        "#separator \\x09\n#unset_field\t-\n#fields\tbytes\tservice\n#types\tcount\tstring\n";
    let lines: String = (0..40)
        .map(|row| match row % 4 {
            0 => "-\t-\n".to_owned(),
            _ => format!("{}\tdns\n", row * row % 13),
        })
        .collect();
    let log = format!("{head}{lines}");
    let rows = reader(log.as_bytes(), "conn.log").read_all().unwrap();
    let csv = written(&rows, FileFormat::Csv);
    let again = reader(&csv, "scored.csv").read_all().unwrap();
    assert_eq!((again.text(0, 0), again.cell_kind(1, 0)), ("", CellKind::Untyped));
    let columns = [
        ("bytes".to_owned(), FeatureKind::Numeric),
        ("service".to_owned(), FeatureKind::Categorical),
    ];
    let (before, after) = (rows.table(&columns).unwrap(), again.table(&columns).unwrap());
    // Gaps are no numbers, which are not equal to themselves.
    assert_eq!(format!("{before:?}"), format!("{after:?}"));
    let judgement = judged(&csv, "scored.csv");
    assert!(judgement.refusal(true, Remedies::Shell).is_none());
    assert_eq!(judgement.of("bytes").unwrap().missing, 10);
}

#[test]
fn no_unseen_value_is_null_where_a_format_has_null() {
    let rows = Rows::from_json(&[json!({"a": 1}), json!({"a": 2})]).unwrap();
    let lines = String::from_utf8(written(&rows, FileFormat::JsonLines)).unwrap();
    let first: Value = serde_json::from_str(lines.lines().next().unwrap()).unwrap();
    assert_eq!((&first["unseen"], &first["feature_1"]), (&Value::Null, &Value::Null));
    let parquet = reader(&written(&rows, FileFormat::Parquet), "a.parquet").read_all().unwrap();
    let at = parquet.position("unseen").unwrap();
    assert_eq!(parquet.cell_kind(0, at), CellKind::Missing);
}

#[test]
fn a_missing_category_is_null_and_a_share_has_four_digits_where_a_format_has_types() {
    let rows = reader(b"n,proto\n1,tcp\n2,\n3,NA\n", "a.csv").read_all().unwrap();
    let decisions = Decisions {
        scores: vec![0.0; 3],
        anomalies: vec![false; 3],
        features: ["n".to_owned()].into(),
        top: vec![[Some((0, 2.0 / 3.0)), None, None]; 3],
        unseen: vec![Vec::new(); 3],
    };
    for (format, name) in [(FileFormat::JsonLines, "a.jsonl"), (FileFormat::Parquet, "a.parquet")] {
        let mut out = Vec::new();
        let mut writer =
            ScoredWriter::new(&mut out, format, rows.names(), &WriteOptions::default()).unwrap();
        writer.write(&rows, &decisions).unwrap();
        writer.finish().unwrap();
        let again = reader(&out, name).read_all().unwrap();
        let kinds = [0, 1, 2].map(|row| again.cell_kind(row, 1));
        assert_eq!(kinds, [CellKind::Text, CellKind::Missing, CellKind::Missing], "{name}");
        let share = again.text(0, again.position("share_1").unwrap());
        assert_eq!(share, "0.6667", "{name}");
    }
}

#[test]
fn numbers_that_programs_do_not_write_so_keep_their_texts_in_parquet() {
    let text = "plain;load;port\n1.5;54.4%;0x50\n2;;0x51\n";
    let rows = reader(text.as_bytes(), "a.csv").read_all().unwrap();
    let numeric = ["plain", "load", "port"].map(String::from).to_vec();
    let options = WriteOptions { numeric, ..WriteOptions::default() };
    let bytes = written_with(&rows, FileFormat::Parquet, &options);
    let again = reader(&bytes, "a.parquet").read_all().unwrap();
    assert_eq!([0, 1, 2].map(|column| again.text(0, column)), ["1.5", "54.4%", "0x50"]);
    assert_eq!(again.cell_kind(0, 0), CellKind::Number);
}
