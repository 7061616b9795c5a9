//! Every layout, every limit, every fault.

use std::io::Write as _;
use std::sync::Arc;

use oddbench_core::Column;
use serde_json::json;

use super::*;
use crate::columns::{Choices, Remedies, find_labels, judge_rows};

fn reader(text: &[u8], options: &ReadOptions) -> Result<RowReader, RowError> {
    RowReader::new(Box::new(std::io::Cursor::new(text.to_vec())), "rows.csv", options)
}

fn read(text: &str) -> Result<Rows, RowError> {
    reader(text.as_bytes(), &ReadOptions::default())?.read_all()
}

/// The error must hold all of these words.
fn refused<T: std::fmt::Debug>(result: Result<T, RowError>, words: &[&str]) -> RowError {
    let error = result.unwrap_err();
    let text = error.to_string();
    for word in words {
        assert!(text.contains(word), "{word:?} is not in: {text}");
    }
    error
}

fn texts(rows: &Rows) -> Vec<Vec<&str>> {
    (0..rows.len())
        .map(|row| (0..rows.names().len()).map(|at| rows.text(row, at)).collect())
        .collect()
}

/// A line of KDD's layout with a marker in `duration`.
fn kdd_line(duration: u32, trailing: &str) -> String {
    let zeros = vec!["0"; 37].join(",");
    format!("{duration},tcp,http,SF,{zeros}{trailing}\n")
}

#[test]
fn a_csv_keeps_its_texts_and_knows_its_lines() {
    let rows = read("\u{feff}a, b,c\n1.50,x,\n\n2,\"y, \"\"z\"\"\",NA\n").unwrap();
    assert_eq!(rows.names().as_ref(), ["a", "b", "c"]);
    assert_eq!(texts(&rows), [["1.50", "x", ""], ["2", "y, \"z\"", "NA"]]);
    assert_eq!((rows.line(0), rows.line(1)), (2, 4));
}

#[test]
fn the_delimiter_is_the_one_that_the_first_line_is_cut_by() {
    for delimiter in [",", ";", "\t", "|"] {
        let text = "a,b\n1,2\n".replace(',', delimiter);
        let reader = reader(text.as_bytes(), &ReadOptions::default()).unwrap();
        assert_eq!(reader.format(), SourceFormat::Csv { delimiter: delimiter.as_bytes()[0] });
        assert_eq!(texts(&reader.read_all().unwrap()), [["1", "2"]]);
    }
    // A stated one wins.
    let options = ReadOptions {
        format: Some(FileFormat::Csv),
        delimiter: Some(b';'),
        ..ReadOptions::default()
    };
    let rows = reader(b"a,b;c\n1,2;3\n", &options).unwrap().read_all().unwrap();
    assert_eq!(rows.names().as_ref(), ["a,b", "c"]);
}

#[test]
fn kdd_rows_need_no_header_and_keep_their_full_stop() {
    for (trailing, names) in [("", 41), (",normal.", 42), (",neptune,21", 43)] {
        let text = kdd_line(7, trailing) + &kdd_line(8, trailing);
        let reader = reader(text.as_bytes(), &ReadOptions::default()).unwrap();
        assert_eq!(reader.format(), SourceFormat::Kdd99);
        let rows = reader.read_all().unwrap();
        assert_eq!((rows.len(), rows.names().len(), rows.line(0)), (2, names, 1));
        assert_eq!((rows.text(1, 0), rows.text(1, 2)), ("8", "http"));
        assert_eq!(rows.position("dst_host_srv_rerror_rate"), Some(40));
    }
    let rows = read(&kdd_line(7, ",normal.")).unwrap();
    assert_eq!(rows.text(0, 41), "normal.");
    // A header of that width is a header.
    let header = read(&kdd_line(7, ",normal.")).unwrap().names().join(",");
    let rows = read(&format!("{header}\n{}", kdd_line(9, ",smurf."))).unwrap();
    assert_eq!((rows.len(), rows.text(0, 41)), (1, "smurf."));
}

#[test]
fn json_lines_keep_types_and_the_order_of_keys() {
    let text = "{\"z\":1,\"a\":\"1\",\"m\":true}\n\n{\"a\":null,\"z\":2.5}\n";
    let rows = read(text).unwrap();
    assert_eq!(rows.names().as_ref(), ["z", "a", "m"]);
    assert_eq!(texts(&rows), [["1", "1", "true"], ["2.5", "", ""]]);
    let kinds = [CellKind::Integer, CellKind::Text, CellKind::Boolean];
    assert_eq!([0, 1, 2].map(|at| rows.cell_kind(0, at)), kinds);
    assert_eq!(rows.cell_kind(1, 2), CellKind::Missing);
    assert_eq!(rows.line(1), 3);
    refused(read("{\"a\":1}\n{\"a\":\n"), &["line 2", "no JSON object"]);
    refused(read("{\"a\":1,\"a\":2}\n"), &["line 1", "\"a\" is there twice"]);
    refused(read("{\"a\":1}\n{\"a\":1,\"a\":2}\n"), &["line 2", "twice"]);
}

#[test]
fn gzip_is_recognised() {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    encoder.write_all(b"a,b\n1,2\n").unwrap();
    let packed = encoder.finish().unwrap();
    let rows = reader(&packed, &ReadOptions::default()).unwrap().read_all().unwrap();
    assert_eq!(texts(&rows), [["1", "2"]]);
    let half = &packed[..packed.len() / 2];
    refused(
        reader(half, &ReadOptions::default()).and_then(RowReader::read_all),
        &["cannot be read", "damaged archive"],
    );
}

#[test]
fn faults_name_their_line_and_what_to_do() {
    refused(read("a,b\n1,2\n1,2,3\n"), &["rows.csv, line 3", "3 values instead of 2", "quotes"]);
    refused(read(""), &["empty"]);
    refused(read("a,b\n"), &["no rows"]);
    refused(read("1,2\n3,4\n"), &["line 1", "column names"]);
    let latin = reader(b"a,b\n1,caf\xe9\n", &ReadOptions::default()).unwrap().read_all();
    refused(latin, &["line 2", "UTF-8", "--encoding windows-1252"]);
    refused(
        RowReader::open(std::path::Path::new("no/such.csv"), &ReadOptions::default()).map(|_| ()),
        &["no/such.csv", "no such file"],
    );
}

#[test]
fn bad_lines_can_be_left_out_and_are_told() {
    let options = ReadOptions { skip_bad: true, ..ReadOptions::default() };
    let mut skipping = reader(b"a,b\n1,2\n1\n3,4\n\xff,5\n", &options).unwrap();
    let rows = skipping.next(10).unwrap().unwrap();
    assert_eq!(texts(&rows), [["1", "2"], ["3", "4"]]);
    let faults: Vec<_> = skipping.take_faults().iter().map(|fault| fault.line).collect();
    assert_eq!(faults, [Some(3), Some(5)]);
    let mut json = reader(b"{\"a\":1}\nnonsense\n{\"a\":2}\n", &options).unwrap();
    assert_eq!(json.next(10).unwrap().unwrap().len(), 2);
    assert_eq!(json.take_faults().len(), 1);
}

#[test]
fn limits_hold_and_say_that_they_are_limits() {
    let limits = |limits| ReadOptions { limits, ..ReadOptions::default() };
    let text = b"a,b\n1,2\n3,4\n";
    let exact = Limits { bytes: text.len() as u64, rows: 2, columns: 2 };
    assert_eq!(reader(text, &limits(exact)).unwrap().read_all().unwrap().len(), 2);
    for less in [
        Limits { bytes: exact.bytes - 1, ..exact },
        Limits { rows: 1, ..exact },
        Limits { columns: 1, ..exact },
    ] {
        let error = reader(text, &limits(less)).and_then(RowReader::read_all).unwrap_err();
        assert!(error.limit, "{error}");
    }
    // The limit counts the bytes after decompression: 2 MB of one digit pack to almost nothing.
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
    encoder.write_all(b"a\n").unwrap();
    encoder.write_all(&vec![b'1'; 2 << 20]).unwrap();
    let bomb = encoder.finish().unwrap();
    assert!(bomb.len() < 5_000);
    let small = Limits { bytes: 1 << 16, ..Limits::NONE };
    let error = reader(&bomb, &limits(small)).and_then(RowReader::read_all).unwrap_err();
    assert!(error.limit, "{error}");
}

#[test]
fn tables_take_the_columns_that_are_asked_for() {
    let rows = read("n,extra,s\n1,?,x\n NA ,?,\n-2e3,?,y\n").unwrap();
    let wanted = [("s".into(), FeatureKind::Categorical), ("n".into(), FeatureKind::Numeric)];
    let table = rows.table(&wanted).unwrap();
    let levels = ["x", "y"].map(String::from).to_vec();
    let codes = vec![0, Column::MISSING, 1];
    assert_eq!(table.columns[0].1, Column::Categorical { codes, levels });
    let Column::Numeric(numbers) = &table.columns[1].1 else { panic!("not numeric") };
    assert!(numbers[0] == 1.0 && numbers[1].is_nan() && numbers[2] == -2_000.0);
    refused(rows.table(&[("absent".into(), FeatureKind::Numeric)]), &["\"absent\"", "n, extra, s"]);
    let error = refused(
        rows.table(&[("extra".into(), FeatureKind::Numeric)]),
        &["line 2", "\"extra\" holds numbers", "--na \"?\"", "na = [\"?\"]"],
    );
    assert_eq!((error.line, error.column.as_deref()), (Some(2), Some("extra")));
}

#[test]
fn kinds_come_from_all_values() {
    let rows = read("n,s,m,e\n1,a,1,\nNA,b,x,\n2,1.0b,2,NA\n").unwrap();
    let judgement = judge_rows(&rows, &Choices::default()).unwrap();
    let mixed = judgement.refusal(true, Remedies::Shell).map_or(Ok(()), Err);
    refused(mixed, &["\"m\"", "the text \"x\"", "the number 1 in line 2"]);
    let kinds: Vec<_> = judgement.kinds().into_iter().map(|(_, kind)| kind).collect();
    let (number, category) = (Some(FeatureKind::Numeric), Some(FeatureKind::Categorical));
    assert_eq!(kinds, [number, category, category, None]);
}

#[test]
fn a_column_of_texts_is_added_behind_the_others() {
    let rows = read("a,b\n1,x\n2,y\n").unwrap();
    let more = rows.clone().with_column("mark", ["benign", ""]).unwrap();
    assert_eq!(**more.names(), ["a", "b", "mark"].map(String::from));
    assert_eq!((more.text(0, 2), more.text(1, 1), more.text(1, 2)), ("benign", "y", ""));
    assert!(rows.clone().with_column("a", ["1", "2"]).is_err());
    assert!(rows.with_column("mark", ["benign"]).is_err());
}

#[test]
fn labels_are_found_by_the_usual_names() {
    let rows = read("x,Label\n1,BENIGN\n2,DDoS\n3,benign\n").unwrap();
    let found = find_labels(&rows, None).unwrap().unwrap();
    assert_eq!(
        (found.column.as_str(), found.outliers.as_slice()),
        ("Label", &[false, true, false][..])
    );
    let kdd = read(&(kdd_line(0, ",normal.") + &kdd_line(1, ",smurf."))).unwrap();
    let found = find_labels(&kdd, None).unwrap().unwrap();
    assert_eq!((found.classes.of(0), found.classes.of(1)), ("normal", "smurf"));
    assert_eq!(found.outliers, [false, true]);
    let target = read("x,target\n1,0\n2,1.0\n").unwrap();
    assert_eq!(find_labels(&target, None).unwrap().unwrap().outliers, [false, true]);
    assert_eq!(find_labels(&read("x,class\n1,red\n").unwrap(), None).unwrap(), None);
    assert_eq!(find_labels(&read("x,y\n1,2\n").unwrap(), None).unwrap(), None);
    refused(find_labels(&target, Some("y")), &["\"y\""]);
}

#[test]
fn rows_from_json_are_as_those_of_a_file() {
    let rows = Rows::from_json(&[json!({"a": 1, "b": "x"}), json!({"b": "y"})]).unwrap();
    assert_eq!(texts(&rows), [["1", "x"], ["", "y"]]);
    refused(Rows::from_json(&[json!({"a": 1}), json!([1])]), &["row 2", "no JSON object"]);
    refused(Rows::from_json(&[]), &["no rows"]);
}

#[test]
fn lines_that_arrive_in_pieces_of_a_stream_make_the_same_rows() {
    let text = "a,b\n1,\"x,y\"\r\nbad\n2,z\n";
    let mut parser = LineParser::new("live.csv", &ReadOptions::default());
    let (rows, faults) = parser.rows(&text.as_bytes()[..4]).unwrap();
    assert!(rows.is_none() && faults.is_empty());
    assert_eq!(parser.names().unwrap().as_ref(), ["a", "b"]);
    let (rows, faults) = parser.rows(&text.as_bytes()[4..]).unwrap();
    let rows = rows.unwrap();
    assert_eq!(texts(&rows), [["1", "x,y"], ["2", "z"]]);
    assert_eq!((rows.line(0), rows.line(1)), (2, 4));
    assert_eq!(faults.iter().map(|fault| fault.line).collect::<Vec<_>>(), [Some(3)]);
    // A file that begins again has its header again.
    parser.restart();
    let (rows, _) = parser.rows(b"a,b\n5,w\n").unwrap();
    let rows = rows.unwrap();
    assert_eq!((texts(&rows), rows.line(0)), (vec![vec!["5", "w"]], 2));
    let mut kdd = LineParser::new("live", &ReadOptions::default());
    assert_eq!(kdd.rows(kdd_line(3, "").as_bytes()).unwrap().0.unwrap().len(), 1);
    let mut json = LineParser::new("live", &ReadOptions::default());
    let (rows, faults) = json.rows(b"{\"a\":1}\n{\"a\":\n{\"a\":2}\n").unwrap();
    assert_eq!((rows.unwrap().len(), faults.len()), (2, 1));
}

fn decisions() -> Decisions {
    Decisions {
        scores: vec![0.1 + 0.2, 1e-9],
        anomalies: vec![true, false],
        features: Arc::from(["n".to_owned(), "s".to_owned()]),
        top: vec![[Some((1, 0.75)), Some((0, 0.25)), None], [None; 3]],
        unseen: vec![vec![], vec![0, 1]],
    }
}

fn written(rows: &Rows, format: FileFormat, options: &WriteOptions) -> Vec<u8> {
    let mut out = Vec::new();
    let mut writer = ScoredWriter::new(&mut out, format, rows.names(), options).unwrap();
    writer.write(rows, &decisions()).unwrap();
    writer.finish().unwrap();
    out
}

#[test]
fn csv_holds_every_column_and_what_the_model_says() {
    let rows = read("n,s\n1.50,\"a,b\"\n,=1+1\n").unwrap();
    let csv = FileFormat::Csv;
    let head = "n,s,score,is_anomaly,feature_1,share_1,feature_2,share_2,feature_3,share_3,unseen";
    let first = "1.50,\"a,b\",0.30000000000000004,true,s,0.7500,n,0.2500,,,";
    let text = String::from_utf8(written(&rows, csv, &WriteOptions::default())).unwrap();
    assert_eq!(text, format!("{head}\n{first}\n,=1+1,1e-9,false,,,,,,,n;s\n"));
    let safe = WriteOptions { escape_formulas: true, ..WriteOptions::default() };
    let text = String::from_utf8(written(&rows, csv, &safe)).unwrap();
    assert_eq!(text, format!("{head}\n{first}\n,'=1+1,1e-9,false,,,,,,,n;s\n"));
}

#[test]
fn only_formulas_are_escaped() {
    let cells = "-1.5\n+1e3\n-cmd\n@x\n=A1\n+x\nplain\n- 1\n-\n";
    let rows = read(&format!("s\n{cells}")).unwrap();
    let options = WriteOptions { escape_formulas: true, ..WriteOptions::default() };
    let mut out = Vec::new();
    let csv = FileFormat::Csv;
    let mut writer = ScoredWriter::new(&mut out, csv, rows.names(), &options).unwrap();
    let n = rows.len();
    let decisions = Decisions {
        scores: vec![0.0; n],
        anomalies: vec![false; n],
        features: Arc::from([]),
        top: vec![[None; 3]; n],
        unseen: vec![vec![]; n],
    };
    writer.write(&rows, &decisions).unwrap();
    writer.finish().unwrap();
    let text = String::from_utf8(out).unwrap();
    let first: Vec<&str> =
        text.lines().skip(1).map(|line| line.split(',').next().unwrap()).collect();
    assert_eq!(first, ["-1.5", "+1e3", "'-cmd", "'@x", "'=A1", "'+x", "plain", "'- 1", "-"]);
}

#[test]
fn a_column_that_is_there_already_is_refused_unless_a_prefix_tells_them_apart() {
    let rows = read("n,score\n1,2\n3,4\n").unwrap();
    let csv = FileFormat::Csv;
    let refusal = ScoredWriter::new(Vec::new(), csv, rows.names(), &WriteOptions::default());
    refused(refusal.map(|_| ()), &["\"score\" already", "--prefix new_"]);
    let several = read("score,unseen,new_score\n1,2,3\n").unwrap();
    let refusal = ScoredWriter::new(Vec::new(), csv, several.names(), &WriteOptions::default());
    refused(refusal.map(|_| ()), &["columns \"score\", \"unseen\" already", "--prefix new_2_"]);
    let options = WriteOptions { prefix: "ae_".into(), ..WriteOptions::default() };
    let text = String::from_utf8(written(&rows, csv, &options)).unwrap();
    assert!(text.starts_with("n,score,ae_score,ae_is_anomaly,ae_feature_1,"), "{text}");
}

#[test]
fn json_lines_come_back_as_they_went_in() {
    let rows =
        read("{\"n\":1,\"s\":\"01\",\"f\":2.0}\n{\"n\":null,\"s\":\"\",\"f\":-1e-7}\n").unwrap();
    let bytes = written(&rows, FileFormat::JsonLines, &WriteOptions::default());
    let lines: Vec<serde_json::Value> = String::from_utf8(bytes.clone())
        .unwrap()
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    assert_eq!(lines[0]["n"], json!(1));
    assert_eq!(lines[0]["s"], json!("01"));
    assert_eq!(lines[0]["f"], json!(2.0));
    assert_eq!(lines[0]["score"], json!(0.1 + 0.2));
    assert_eq!(lines[0]["feature_1"], json!("s"));
    assert_eq!((&lines[0]["unseen"], &lines[1]["unseen"]), (&json!(null), &json!("n;s")));
    assert_eq!((&lines[1]["n"], &lines[1]["f"]), (&json!(null), &json!(-1e-7)));
    assert_eq!((&lines[1]["is_anomaly"], &lines[1]["feature_1"]), (&json!(false), &json!(null)));
    let again = reader(&bytes, &ReadOptions::default()).unwrap().read_all().unwrap();
    assert_eq!(again.names()[..3], rows.names()[..]);
    assert_eq!((again.text(0, 1), again.cell_kind(0, 1)), ("01", CellKind::Text));
    // In a CSV, values that read as numbers are numbers, and no others.
    let csv = read("n,s\n007,1e5\n+1,\n").unwrap();
    let text =
        String::from_utf8(written(&csv, FileFormat::JsonLines, &WriteOptions::default())).unwrap();
    assert!(text.starts_with("{\"n\":\"007\",\"s\":1e5,"), "{text}");
    assert!(text.contains("{\"n\":\"+1\",\"s\":null,"), "{text}");
}

#[test]
fn parquet_keeps_types_and_bits() {
    let typed = read("{\"i\":1,\"f\":0.1,\"b\":true,\"s\":\"x\"}\n{\"i\":null,\"f\":-3.5,\"b\":false,\"s\":\"y\"}\n").unwrap();
    let bytes = written(&typed, FileFormat::Parquet, &WriteOptions::default());
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("scored.parquet");
    std::fs::write(&path, &bytes).unwrap();
    let from_file = RowReader::open(&path, &ReadOptions::default()).unwrap().read_all().unwrap();
    let from_bytes = reader(&bytes, &ReadOptions::default()).unwrap().read_all().unwrap();
    assert_eq!(texts(&from_file), texts(&from_bytes));
    assert_eq!(texts(&from_file)[0][..6], ["1", "0.1", "true", "x", "0.30000000000000004", "true"]);
    assert_eq!(texts(&from_file)[1][..4], ["", "-3.5", "false", "y"]);
    let kinds = [CellKind::Integer, CellKind::Number, CellKind::Boolean, CellKind::Text];
    assert_eq!([0, 1, 2, 3].map(|at| from_file.cell_kind(0, at)), kinds);
    // Rows of a parquet file are counted, not its lines; blocks join up.
    let mut blocks = RowReader::open(&path, &ReadOptions::default()).unwrap();
    assert_eq!(blocks.next(1).unwrap().unwrap().line(0), 1);
    assert_eq!(blocks.next(5).unwrap().unwrap().line(0), 2);
    assert_eq!(blocks.next(5).unwrap(), None);
    // An untyped source has numbers where the model reads numbers.
    let csv = read("n,s\n1.50,007\n,x\n").unwrap();
    let options = WriteOptions { numeric: vec!["n".into()], ..WriteOptions::default() };
    let again = reader(&written(&csv, FileFormat::Parquet, &options), &ReadOptions::default());
    let again = again.unwrap().read_all().unwrap();
    assert_eq!(texts(&again)[0][..2], ["1.5", "007"]);
    assert_eq!(again.cell_kind(1, 0), CellKind::Missing);
}

#[test]
fn a_damaged_parquet_file_is_an_error() {
    let error = refused(
        reader(b"PAR1 and nothing more", &ReadOptions::default()).map(|_| ()),
        &["rows.csv"],
    );
    assert!(!error.limit);
}
