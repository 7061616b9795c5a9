//! What users rely on when they bring their own tables.

mod beside;
mod columns;

use std::io::Write;
use std::path::PathBuf;

use oddbench_core::{Column, Dataset};
use proptest::prelude::*;
use tempfile::TempDir;

use super::*;
use crate::datasets::Source;
use crate::fetch::Silent;
use crate::rows::{FileFormat, Header, ReadOptions};
use crate::values::class_name;

const CSV: FileFormat = FileFormat::Csv;

fn reading(format: FileFormat, header: Header) -> ReadOptions {
    ReadOptions { format: Some(format), header, ..ReadOptions::default() }
}

fn folder(files: &[(&str, &str)]) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    for (name, text) in files {
        std::fs::write(folder.path().join(name), text).unwrap();
    }
    folder
}

fn options(folder: &TempDir) -> TableOptions {
    TableOptions {
        read: reading(CSV, Header::Found),
        path: folder.path().join("a.csv"),
        label: "class".into(),
        labels: Labels::Inliers(vec!["normal".into()]),
        ..TableOptions::default()
    }
}

fn load(options: TableOptions) -> Dataset {
    let table = TableFile::open(options).unwrap();
    let columns = table.info().column_names();
    loaded(table, &columns).unwrap()
}

/// As an experiment loads it.
fn loaded(table: TableFile, columns: &[String]) -> Result<Dataset, DataError> {
    loaded_with(table, columns, &[])
}

/// The cache is not used.
fn loaded_with(
    table: TableFile,
    columns: &[String],
    beside: &[Beside],
) -> Result<Dataset, DataError> {
    let cache = Cache { dir: PathBuf::new(), mirror: None, offline: true, watch: Box::new(Silent) };
    Source::new(&kinds::KINDS[0], serde_json::Value::Null, Box::new(table))
        .load(&cache, columns, beside)
}

fn fault_of(text: &str, change: impl FnOnce(&mut TableOptions)) -> String {
    let folder = folder(&[("a.csv", text)]);
    let mut options = options(&folder);
    change(&mut options);
    let fault = TableFile::open(options).unwrap_err();
    described(&fault)
}

/// The key at fault and what is wrong.
fn described(fault: &KeyFault) -> String {
    let item = fault.item.map(|item| format!("[{item}]")).unwrap_or_default();
    match &fault.trouble {
        Trouble::Value { message, .. } => format!("{}{item} {message}", fault.key),
        other => panic!("{other:?}"),
    }
}

fn numeric<'a>(table: &'a Table, name: &str) -> &'a [f64] {
    match table.column(name) {
        Some(Column::Numeric(values)) => values,
        other => panic!("{name}: {other:?}"),
    }
}

fn categories(table: &Table, name: &str) -> Vec<Option<String>> {
    match table.column(name) {
        Some(Column::Categorical { codes, levels }) => {
            codes.iter().map(|&code| levels.get(code as usize).cloned()).collect()
        }
        other => panic!("{name}: {other:?}"),
    }
}

const SMALL: &str = "\u{feff}port, host ,bytes,class\n80,\"a,b\",1.5,normal\n\n443,,NA,attack\n22,\"say \"\"no\"\"\",inf,normal\n";

#[test]
fn quotes_gaps_spaces_and_a_byte_order_mark_are_read_as_they_are_meant() {
    let folder = folder(&[("a.csv", SMALL)]);
    let data = load(options(&folder));
    let table = &data.train;
    assert_eq!(numeric(table, "port"), [80.0, 443.0, 22.0]);
    let hosts = [Some("a,b".to_owned()), None, Some("say \"no\"".to_owned())];
    assert_eq!(categories(table, "host"), hosts);
    let bytes = numeric(table, "bytes");
    assert!(bytes[0] == 1.5 && bytes[1].is_nan() && bytes[2].is_infinite(), "{bytes:?}");
    let classes = table.classes.as_ref().unwrap();
    assert_eq!([0, 1, 2].map(|row| classes.of(row)), ["normal", "attack", "normal"]);
    assert_eq!((data.name.as_str(), data.test), ("csv", None));
}

#[test]
fn gzip_another_delimiter_and_names_without_a_header() {
    let folder = folder(&[]);
    let file = std::fs::File::create(folder.path().join("a.csv")).unwrap();
    let mut gzip = flate2::write::GzEncoder::new(file, flate2::Compression::fast());
    gzip.write_all(b"1;x;0\n2;y;1\n3;x;0\n").unwrap();
    gzip.finish().unwrap();
    let names = ["n", "c", "class"].map(String::from).to_vec();
    let mut options = options(&folder);
    options.read = reading(CSV, Header::Names(names.into()));
    options.read.delimiter = Some(b';');
    options.labels = Labels::Outliers(vec![class_name("1.0")]);
    options.limit = Some(2);
    let table = TableFile::open(options.clone()).unwrap();
    let data = load(options);
    assert_eq!(numeric(&data.train, "n"), [1.0, 2.0]);
    let labels = table.policy().labels(data.train.classes.as_ref().unwrap());
    assert_eq!(labels, [false, true], "a number is a label");
}

#[test]
fn the_delimiter_is_found_and_json_lines_are_a_table() {
    let lines = "{\"n\":1,\"s\":\"x\",\"b\":true,\"class\":0}\n{\"n\":null,\"s\":\"y\",\"b\":false,\"class\":1}\n";
    for (text, format) in [("n;s;b;class\n1;x;1;0\n;y;0;1\n", CSV), (lines, FileFormat::JsonLines)]
    {
        let folder = folder(&[("a.csv", text)]);
        let mut options = options(&folder);
        options.read = reading(format, Header::Found);
        options.labels = Labels::Inliers(vec!["0".into()]);
        let table = load(options).train;
        let n = numeric(&table, "n");
        assert!(n[0] == 1.0 && n[1].is_nan(), "{n:?}");
        assert_eq!(numeric(&table, "b"), [1.0, 0.0]);
        assert_eq!(categories(&table, "s"), [Some("x".into()), Some("y".into())]);
        let classes = table.classes.unwrap();
        assert_eq!([classes.of(0), classes.of(1)], ["0", "1"]);
    }
}

#[test]
fn a_first_line_of_numbers_is_taken_for_names_only_if_the_experiment_says_so() {
    let text = "0,1,2\n5,6,normal\n7,8,attack\n";
    assert!(fault_of(text, |options| options.label = "2".into()).contains("holds numbers"));
    let folder = folder(&[("a.csv", text)]);
    let mut options = options(&folder);
    options.label = "2".into();
    options.read = reading(CSV, Header::FirstLine);
    assert_eq!(numeric(&load(options).train, "1"), [6.0, 8.0]);
}

#[test]
fn a_parquet_column_of_another_type_can_be_ignored() {
    let folder = folder(&[]);
    let bytes = include_bytes!("../../../tests/fixtures/parquet_types.parquet");
    std::fs::write(folder.path().join("a.csv"), bytes).unwrap();
    let mut options = options(&folder);
    options.read = reading(FileFormat::Parquet, Header::Found);
    (options.label, options.limit) = ("codes".into(), Some(3));
    options.labels = Labels::Inliers(vec!["7".into()]);
    options.ignore = vec!["struct".into()];
    let fault = described(&TableFile::open(options.clone()).unwrap_err());
    assert!(fault.contains("\"list\" has the type list of int64"), "{fault}");
    options.ignore.push("list".into());
    assert_eq!(numeric(&load(options).train, "i16"), [-32768.0, 0.0, 32767.0]);
}

#[test]
fn columns_can_be_ignored_taken_for_categories_and_chosen() {
    let folder = folder(&[("a.csv", SMALL)]);
    let mut options = options(&folder);
    options.ignore = vec!["bytes".into()];
    options.categorical = vec!["port".into()];
    let table = TableFile::open(options).unwrap();
    let expected =
        [("port".to_owned(), FeatureKind::Categorical), ("host".into(), FeatureKind::Categorical)];
    assert_eq!(table.info().columns, expected);
    let data = loaded(table, &["host".into()]).unwrap();
    assert_eq!(data.train.columns.len(), 1);
}

#[test]
fn a_test_table_is_read_by_name_with_the_training_tables_types() {
    let test = "class,bytes,host,more,port\nattack,7,5,x,1\n";
    let folder = folder(&[("a.csv", SMALL), ("b.csv", test)]);
    let mut options = options(&folder);
    options.test_path = Some(folder.path().join("b.csv"));
    let test = load(options).test.unwrap();
    assert_eq!((numeric(&test, "port"), numeric(&test, "bytes")), (&[1.0][..], &[7.0][..]));
    assert_eq!(categories(&test, "host"), [Some("5".into())]);
}

#[test]
fn what_the_reader_recognises_in_a_test_table_is_told() {
    let train = "class;bytes\nnormal;1.5\nattack;2.25\nnormal;1.75\n";
    let test = "class;bytes\nattack;7,5\nclass;bytes\nnormal;1,25\n";
    let folder = folder(&[("a.csv", train), ("b.csv", test)]);
    let plain = TableFile::open(options(&folder)).unwrap();
    assert!(plain.judgement.notes.is_empty(), "{:?}", plain.judgement.notes);
    let mut options = options(&folder);
    options.test_path = Some(folder.path().join("b.csv"));
    let told = TableFile::open(options).unwrap().judgement.notes.join("\n");
    assert!(told.contains("b.csv: line 3 repeats the header"), "{told}");
    assert!(told.contains("b.csv: \"bytes\": the comma is taken for the decimal mark"), "{told}");
}

#[test]
fn answers_are_one_and_zero_in_whatever_words() {
    let train = "up,state,class\nyes,T,normal\nNo,U,attack\nYES,I,normal\n,T,normal\n";
    let test = "up,state,class\nFALSE,T,normal\nTrue,U,attack\non,I,normal\n0,U,attack\n";
    let folder = folder(&[("a.csv", train), ("b.csv", test)]);
    let mut options = options(&folder);
    options.test_path = Some(folder.path().join("b.csv"));
    let data = load(options);
    let up = numeric(&data.train, "up");
    assert_eq!(up[..3], [1.0, 0.0, 1.0]);
    assert!(up[3].is_nan());
    assert_eq!(numeric(data.test.as_ref().unwrap(), "up"), [0.0, 1.0, 1.0, 0.0]);
    // A third text makes them names.
    let states = ["T", "U", "I", "T"].map(|text| Some(text.to_owned()));
    assert_eq!(categories(&data.train, "state"), states);
}

#[test]
fn the_digest_follows_the_content_and_how_it_is_read() {
    let first = folder(&[("a.csv", SMALL)]);
    let other = folder(&[("a.csv", &SMALL.replace("22", "23"))]);
    let digest = |options| TableFile::open(options).unwrap().digest();
    let same = folder(&[("a.csv", SMALL)]);
    assert_eq!(digest(options(&first)), digest(options(&same)), "the folder does not matter");
    assert_ne!(digest(options(&first)), digest(options(&other)));
    let limited = TableOptions { limit: Some(1), ..options(&first) };
    assert_ne!(digest(options(&first)), digest(limited));
    let text = TableOptions { categorical: vec!["port".into()], ..options(&first) };
    assert_ne!(digest(options(&first)), digest(text));
}

#[test]
fn a_file_that_changes_after_the_check_is_refused() {
    let folder = folder(&[("a.csv", SMALL)]);
    let table = TableFile::open(options(&folder)).unwrap();
    std::fs::write(folder.path().join("a.csv"), SMALL.replace("80", "81")).unwrap();
    let error = loaded(table, &["port".into()]).unwrap_err().to_string();
    assert!(error.contains("has changed"), "{error}");
}

#[test]
fn numbers_are_one_label_however_they_are_written() {
    for (label, class) in [
        (" 0.0 ", "0"),
        ("-0", "0"),
        ("00", "0"),
        ("1e0", "1"),
        ("1.50", "1.5"),
        ("normal.", "normal."),
        ("nan", "nan"),
        ("inf", "inf"),
        ("1.2.3", "1.2.3"),
        ("12345678901234567", "12345678901234567"),
    ] {
        assert_eq!(class_name(label), class);
    }
}

#[test]
fn faults_name_the_file_the_line_and_the_key() {
    let head = "x,class\n1,normal\n2,attack\n";
    for (text, parts) in [
        ("", &["path ", "a.csv: the file is empty"][..]),
        ("x,class\n", &["path ", "a.csv: there are no rows"]),
        (&format!("{head}3\n"), &["path ", "a.csv, line 4: 1 value instead of 2"]),
        (&format!("{head}\n3,4,normal\n"), &["path ", "a.csv, line 5: 3 values instead of 2"]),
        (&format!("{head}3,\n"), &["path ", "line 4: the label is missing"]),
        (&format!("{head}3,"), &["path ", "line 4: the label is missing"]),
        (
            &format!("{head}\n\n3,\n").replace('\n', "\r\n"),
            &["path ", "line 6: the label is missing"],
        ),
        ("x,class\n\"a\nb\",normal\nc,\n", &["path ", "line 4: the label is missing"]),
        (
            &format!("{head}a,normal\n"),
            &["line 4", "\"x\" holds the text \"a\"", "number 1 in line 2"],
        ),
        ("x,class\n1,attack\n", &["inliers[0] ", "no row has the label \"normal\""]),
        ("class\nnormal\n", &["path ", "no column beside the label"]),
        ("x,clas\n1,normal\n", &["label ", "has no column \"class\""]),
    ] {
        let fault = fault_of(text, |_| {});
        assert!(parts.iter().all(|part| fault.contains(part)), "{text:?}: {fault}");
    }
}

#[test]
fn a_text_far_down_a_column_of_numbers_is_found() {
    let mut text = "x,class\n".to_owned();
    (0..1_500).for_each(|row| text.push_str(&format!("{},normal\n", row * 37 % 101)));
    text.push_str("oops,normal\n");
    let fault = fault_of(&text, |_| {});
    assert!(fault.contains("line 1502") && fault.contains("\"oops\""), "{fault}");
    let folder = folder(&[("a.csv", &text)]);
    let limited = TableOptions { limit: Some(1_500), ..options(&folder) };
    assert_eq!(load(limited).train.rows(), 1_500);
    let as_text = TableOptions { categorical: vec!["x".into()], ..options(&folder) };
    assert_eq!(load(as_text).train.rows(), 1_501);
}

#[test]
fn bytes_that_are_no_text_are_named() {
    let folder = folder(&[]);
    std::fs::write(folder.path().join("a.csv"), b"x,class\n1,normal\n2,\xff\xfe\n").unwrap();
    let fault = TableFile::open(options(&folder)).unwrap_err();
    let fault = described(&fault);
    assert!(fault.ends_with("line 3: the text is not UTF-8"), "{fault}");
}

#[test]
fn a_missing_file_and_column_of_the_test_table_are_about_it() {
    let folder = folder(&[("a.csv", SMALL), ("b.csv", "port,class\n1,normal\n")]);
    for (name, part) in [("none.csv", "there is no such file"), ("b.csv", "has no column \"host\"")]
    {
        let mut options = options(&folder);
        options.test_path = Some(folder.path().join(name));
        let fault = TableFile::open(options).unwrap_err();
        assert_eq!((fault.key.as_str(), fault.item), ("test_path", None));
        let fault = described(&fault);
        assert!(fault.contains(part), "{fault}");
    }
}

#[test]
fn parquet_has_the_types_that_it_states() {
    use polars_arrow::array::{Array, BooleanArray, PrimitiveArray, Utf8ViewArray};
    let folder = folder(&[]);
    let path = folder.path().join("a.csv");
    let columns: Vec<(&str, Box<dyn Array>)> = vec![
        ("n", PrimitiveArray::<i64>::from([Some(1), None, Some(3)]).boxed()),
        ("b", BooleanArray::from_slice([true, false, true]).boxed()),
        ("s", Utf8ViewArray::from_slice([Some("x"), None, Some("y")]).boxed()),
        ("class", PrimitiveArray::<i64>::from_slice([0, 1, 0]).boxed()),
    ];
    let columns = columns.into_iter().map(|(name, array)| (name.to_owned(), array)).collect();
    crate::parquet::write_columns(std::fs::File::create(&path).unwrap(), 3, columns).unwrap();
    let mut options = options(&folder);
    options.read = reading(FileFormat::Parquet, Header::Found);
    options.labels = Labels::Inliers(vec!["0".into()]);
    let data = load(options.clone());
    let n = numeric(&data.train, "n");
    assert!(n[0] == 1.0 && n[1].is_nan() && n[2] == 3.0);
    assert_eq!(numeric(&data.train, "b"), [1.0, 0.0, 1.0]);
    assert_eq!(categories(&data.train, "s"), [Some("x".into()), None, Some("y".into())]);
    assert_eq!(data.train.classes.unwrap().codes, [0, 1, 0]);
    options.limit = Some(2);
    options.categorical = vec!["n".into()];
    let data = load(options.clone());
    assert_eq!(categories(&data.train, "n"), [Some("1".into()), None]);
    std::fs::write(&path, "no parquet").unwrap();
    let fault = TableFile::open(options).unwrap_err();
    let fault = described(&fault);
    assert!(fault.contains("no parquet file"), "{fault}");
}

proptest! {
    /// Any text comes back from any file that quotes it as RFC 4180 says.
    #[test]
    fn what_is_quoted_comes_back(
        cells in proptest::collection::vec(("[a-zA-Z,;\"\n\u{e4}\u{20ac} ]{1,12}", -1e9f64..1e9), 1..20),
    ) {
        let mut text = "s,n,class\r\n".to_owned();
        for (cell, value) in &cells {
            text.push_str(&format!("\"q{}q\",{value},normal\r\n", cell.replace('"', "\"\"")));
        }
        let folder = folder(&[("a.csv", &text)]);
        let data = load(options(&folder));
        let found: Vec<String> = categories(&data.train, "s").into_iter().flatten().collect();
        let written: Vec<String> = cells.iter().map(|(cell, _)| format!("q{cell}q")).collect();
        prop_assert_eq!(found, written);
        let values: Vec<f64> = cells.iter().map(|(_, value)| *value).collect();
        prop_assert_eq!(numeric(&data.train, "n"), values);
    }
}
