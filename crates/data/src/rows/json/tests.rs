//! Rows of JSON, in every layout and with every key.

use std::io::{Cursor, Write as _};

use serde_json::json;

use super::*;
use crate::rows::{LineParser, RowReader};

fn read_as(text: &str, options: &ReadOptions) -> Result<Rows, RowError> {
    RowReader::new(Box::new(Cursor::new(text.to_owned())), "rows.json", options)?.read_all()
}

fn read(text: &str) -> Result<Rows, RowError> {
    read_as(text, &ReadOptions::default())
}

fn texts(rows: &Rows) -> Vec<Vec<&str>> {
    let width = rows.names().len();
    (0..rows.len()).map(|row| (0..width).map(|at| rows.text(row, at)).collect()).collect()
}

fn refused<T: std::fmt::Debug>(found: Result<T, RowError>, words: &[&str]) {
    let text = found.unwrap_err().to_string();
    words.iter().for_each(|word| assert!(text.contains(word), "{word:?} is not in: {text}"));
}

#[test]
fn the_columns_are_the_keys_of_all_objects_and_an_absent_key_is_a_gap() {
    let text = "{\"ts\":1.5,\"id.orig_p\":40000}\n\n{\"ts\":2.5,\"id.orig_p\":40001,\"service\":\"http\"}\n\
                {\"service\":null,\"ts\":3.5}\n";
    let rows = read(text).unwrap();
    assert_eq!(rows.names().as_ref(), ["ts", "id.orig_p", "service"]);
    assert_eq!(texts(&rows), [["1.5", "40000", ""], ["2.5", "40001", "http"], ["3.5", "", ""]]);
    assert_eq!(rows.cell_kind(0, 2), CellKind::Missing);
    assert_eq!((rows.line(1), rows.line(2)), (3, 4));
    // A program's rows follow the same rules.
    let values = [json!({"a": {"b": 1}}), json!({"c": true})];
    let rows = Rows::from_json(&values).unwrap();
    assert_eq!(
        (rows.names().as_ref(), texts(&rows)),
        (&["a.b".into(), "c".into()][..], vec![vec!["1", ""], vec!["", "true"]])
    );
}

#[test]
fn an_absent_key_is_a_gap_even_where_the_row_before_had_a_longer_value() {
    let text = "{\"a\":1,\"b\":\"a text that is long\"}\n{\"a\":2}\n{\"b\":\"\u{e4}\u{e4}\u{e4}\"}\n{\"a\":3}\n";
    let rows = read(text).unwrap();
    let expected = [["1", "a text that is long"], ["2", ""], ["", "\u{e4}\u{e4}\u{e4}"], ["3", ""]];
    assert_eq!(texts(&rows), expected);
}

#[test]
fn nested_objects_are_flattened_and_lists_are_their_text() {
    let text = r#"{"flow":{"bytes":{"toserver":7},"alerted":false},"tags":[ "a", "b, \"c\""],"answers":[{"ttl":1}, {"ttl":2}],"empty":{},"none":[]}
{"none":[]}"#;
    let rows = read(text).unwrap();
    assert_eq!(
        rows.names().as_ref(),
        ["flow.bytes.toserver", "flow.alerted", "tags", "answers", "none"]
    );
    assert_eq!(
        texts(&rows)[0],
        ["7", "false", r#"["a","b, \"c\""]"#, r#"[{"ttl":1},{"ttl":2}]"#, "[]"]
    );
    let deep = format!("{}1{}", "{\"a\":".repeat(20), "}".repeat(20));
    refused(read(&deep), &["line 1", "deeper than 16"]);
}

#[test]
fn numbers_keep_every_digit() {
    let text = "{\"i\":9223372036854775807,\"u\":18446744073709551615,\"b\":18446744073709551616,\"f\":1.50,\"m\":-0,\"s\":\"\\u00e9\\n\"}";
    let rows = read(text).unwrap();
    let row = &texts(&rows)[0];
    let exact = [
        "9223372036854775807",
        "18446744073709551615",
        "18446744073709551616",
        "1.50",
        "-0",
        "é\n",
    ];
    assert_eq!(row[..], exact);
    let kinds = [0, 1, 2, 3, 4, 5].map(|at| rows.cell_kind(0, at));
    use CellKind::{Integer, Number, Text};
    assert_eq!(kinds, [Integer, Integer, Text, Number, Integer, Text]);
    // As Python's json module writes them.
    let rows = read("{\"a\":NaN,\"b\":-Infinity,\"c\":\"NaN\"}").unwrap();
    assert_eq!(texts(&rows), [["", "-Infinity", "NaN"]]);
    assert_eq!(rows.cell_kind(0, 1), Number);
}

#[test]
fn arrays_are_read_however_they_are_laid_out() {
    let expected = [["1", "x"], ["2", ""]];
    for text in [
        "[{\"a\":1,\"b\":\"x\"},{\"a\":2}]",
        "\u{feff} [\n{\"a\": 1, \"b\": \"x\"},\n{\"a\": 2}\n]\n",
        "[\n  {\n    \"a\": 1,\n    \"b\": \"x\"\n  },\n  {\n    \"a\": 2\n  }\n]",
        // One object after the other over several lines, as jq writes them.
        "{\n  \"a\": 1,\n  \"b\": \"x\"\n}\n{\n  \"a\": 2\n}\n",
    ] {
        let rows = read(text).unwrap();
        assert_eq!(texts(&rows), expected, "{text}");
    }
    let rows = read("[\n  {\n    \"a\": 1\n  },\n  {\n    \"a\": 2\n  }\n]").unwrap();
    assert_eq!((rows.line(0), rows.line(1)), (2, 5));
    refused(read("[\n{\"a\":1},\n{\"a\":2}"), &["line 3", "ends before the array"]);
    refused(read("[\n{\"a\":1},\n7]"), &["line 3", "no JSON object"]);
    refused(read("[{\"a\":1}]\n{\"a\":2}"), &["line 2", "behind the array"]);
    refused(read("[\n{\"a\":1},\n{\"a\":\n\n]}\n]"), &["line 5", "no JSON object"]);
    refused(read("[]"), &["empty"]);
    let wrapped = "{\"took\": 3, \"hits\": {\"hits\": [{\"a\":1},{\"a\":2},{\"a\":3}]}}";
    refused(read(wrapped), &["\"hits.hits\" holds a list of 3 objects", "jq '.hits.hits'"]);
    let wrapped = "{\"the rows\": {\"it's\": [{\"a\":1},{\"a\":2},{\"a\":3}]}}";
    refused(read(wrapped), &[r#"jq '."the rows"."it'\''s"'"#]);
    let by_columns = &["by columns, not by rows", "orient=\"records\""];
    refused(read("{\"a\":[1,2,3],\"x\":[1,2,3]}"), by_columns);
    refused(read("{\n\"a\": {\"0\":1,\"1\":2},\n\"x\": {\"0\":1,\"1\":2}}"), by_columns);
    refused(read("{\"columns\":[\"a\"],\"index\":[0],\"data\":[[1]]}"), by_columns);
    // Two such objects are rows, and so is one with other lists.
    assert_eq!(read("{\"a\":[1,2],\"x\":[3,4]}\n{\"a\":[],\"x\":[]}\n").unwrap().len(), 2);
    assert_eq!(read("{\"a\":[1,2],\"x\":[3]}").unwrap().len(), 1);
    // A key that begins with a bracket in CSV is no JSON.
    assert!(!recognises(b"[id],b\n1,2\n") && !recognises(b"{id},b\n1,2\n"));
    assert!(recognises(b"[ \n {") && recognises(b" {\"a"));
}

#[test]
fn what_is_no_object_is_named_with_its_line() {
    refused(read("{\"a\":1}\nnope\n"), &["line 2", "no JSON object", "column"]);
    refused(read("{\"a\":1}\n[1]\n"), &["line 2", "no JSON object"]);
    refused(read("{\"a\":1}\n{\"b\":1,\"a\":1,\"a\":2}\n"), &["line 2", "\"a\" is there twice"]);
    refused(read("{\"a\":{\"b\":1},\"a.b\":2}\n"), &["line 1", "\"a.b\" is there twice"]);
    refused(read("{}\n{}\n"), &["no object has a key"]);
    let skipping = ReadOptions { skip_bad: true, ..ReadOptions::default() };
    let content = Cursor::new("{\"a\":1}\n{\"a\":\n{\"a\":2,\"a\":2}\n{\"a\":3}\n");
    let mut reader = RowReader::new(Box::new(content), "rows.json", &skipping).unwrap();
    let rows = reader.next(10).unwrap().unwrap();
    assert_eq!(texts(&rows), [["1"], ["3"]]);
    let lines: Vec<_> = reader.take_faults().iter().map(|fault| fault.line).collect();
    assert_eq!(lines, [Some(2), Some(3)]);
    let wide: String = (0..WIDE).map(|at| format!("{{\"k{at}\":1}}\n")).collect();
    refused(read(&wide), &["more than 10000 different keys"]);
}

/// More keys than a table may have columns.
const WIDE: usize = 10_001;

#[test]
fn a_file_is_read_twice_plain_or_gzipped() {
    let text = "{\"a\":1}\n{\"b\":2}\n";
    let folder = tempfile::tempdir().unwrap();
    let plain = folder.path().join("rows.json");
    std::fs::write(&plain, text).unwrap();
    let packed = folder.path().join("rows.json.gz");
    let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    gzip.write_all(text.as_bytes()).unwrap();
    std::fs::write(&packed, gzip.finish().unwrap()).unwrap();
    for path in [plain, packed] {
        let rows = RowReader::open(&path, &ReadOptions::default()).unwrap().read_all().unwrap();
        assert_eq!(texts(&rows), [["1", ""], ["", "2"]]);
    }
}

const EVE: &str = "{\"timestamp\":\"t1\",\"event_type\":\"flow\",\"flow\":{\"pkts\":6}}\n\
    {\"timestamp\":\"t2\",\"event_type\":\"stats\",\"stats\":{\"uptime\":7}}\n\
    {\"timestamp\":\"t3\",\"event_type\":\"flow\",\"flow\":{\"pkts\":8},\"app_proto\":\"tls\"}\n";

fn choosing(event_type: &str) -> ReadOptions {
    ReadOptions { event_type: Some(event_type.into()), ..ReadOptions::default() }
}

#[test]
fn events_of_several_types_are_not_mixed_unless_that_is_asked_for() {
    refused(read(EVE), &["events of 2 types: flow (2), stats (1)", "--event-type flow"]);
    let rows = read_as(EVE, &choosing("flow")).unwrap();
    assert_eq!(rows.names().as_ref(), ["timestamp", "event_type", "flow.pkts", "app_proto"]);
    assert_eq!(texts(&rows), [["t1", "flow", "6", ""], ["t3", "flow", "8", "tls"]]);
    assert_eq!(rows.line(1), 3);
    refused(read_as(EVE, &choosing("alert")), &["no event is of the type \"alert\"", "flow (2)"]);
    assert_eq!(read_as(EVE, &choosing("*")).unwrap().len(), 3);
    refused(read_as("{\"a\":1}", &choosing("flow")), &["no object has the key \"event_type\""]);
    // One type needs no choice.
    assert_eq!(read(EVE.lines().next().unwrap()).unwrap().len(), 1);
}

#[test]
fn lines_that_arrive_have_the_needed_columns_whatever_the_first_object_holds() {
    let needed = ["service".to_owned(), "duration".to_owned()];
    let mut parser = LineParser::new("live", &ReadOptions::default()).with_columns(&needed);
    let text = b"{\"ts\":1,\"duration\":0.5}\n{\"ts\":2,\"service\":\"dns\",\"extra\":1}\n";
    let (rows, faults) = parser.rows(text).unwrap();
    let rows = rows.unwrap();
    assert!(faults.is_empty());
    assert_eq!(rows.names().as_ref(), ["ts", "duration", "service"]);
    assert_eq!(texts(&rows), [["1", "0.5", ""], ["2", "", "dns"]]);
    // Another source has none of them.
    let mut parser = LineParser::new("live", &ReadOptions::default()).with_columns(&needed);
    refused(parser.rows(b"{\"a\":1}\n"), &["line 1", "service, duration"]);
    refused(LineParser::new("live", &ReadOptions::default()).rows(b"[\n{\"a\":1}]"), &["array"]);
}

#[test]
fn events_that_arrive_are_of_the_chosen_type_or_of_that_of_the_first() {
    let needed = ["flow.pkts".to_owned()];
    let mut parser = LineParser::new("eve.json", &choosing("flow")).with_columns(&needed);
    let (rows, faults) = parser.rows(EVE.as_bytes()).unwrap();
    assert_eq!((rows.unwrap().len(), faults.len()), (2, 0));
    let mut parser = LineParser::new("eve.json", &ReadOptions::default()).with_columns(&needed);
    let (rows, faults) = parser.rows(EVE.as_bytes()).unwrap();
    assert_eq!((rows.unwrap().len(), faults.len()), (2, 1));
    assert!(faults[0].to_string().contains("of the type \"stats\"") && faults[0].line == Some(2));
}

#[test]
fn rows_without_a_key_that_a_model_needs_have_a_gap_there() {
    use oddbench_core::{Column, FeatureKind};
    let rows = Rows::from_json(&[json!({"a": 1}), json!({"a": 2})]).unwrap();
    let needed = |name: &str| (name.to_owned(), FeatureKind::Numeric);
    let table = rows.table(&[needed("a"), needed("b")]).unwrap();
    let Column::Numeric(values) = &table.columns[1].1 else { panic!() };
    assert!(values.iter().all(|value| value.is_nan()) && values.len() == 2);
    // With none of its columns it is another source.
    refused(rows.table(&[needed("x"), needed("y")]), &["no column \"x\""]);
}
