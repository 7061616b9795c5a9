//! A file that pyarrow wrote (`fixtures/parquet_types.py`), with a column of each type.

use std::path::{Path, PathBuf};

use oddbench_data::rows::{
    CellKind, Decisions, FileFormat, ReadOptions, RowReader, Rows, ScoredWriter, StatedType,
    WriteOptions,
};

fn fixture() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/parquet_types.parquet")
}

fn open(path: &Path) -> RowReader {
    RowReader::open(path, &ReadOptions::default()).unwrap()
}

fn values<'a>(rows: &'a Rows, column: &str) -> Vec<&'a str> {
    let at = rows.position(column).unwrap();
    (0..rows.len()).map(|row| rows.text(row, at)).collect()
}

/// Column, the three values before the gap, and the type that it states.
const EXPECTED: &[(&str, [&str; 3], StatedType)] = &[
    ("i8", ["-128", "0", "127"], StatedType::Integer),
    ("i16", ["-32768", "0", "32767"], StatedType::Integer),
    ("i32", ["-2147483648", "0", "2147483647"], StatedType::Integer),
    (
        "i64",
        ["-9223372036854775808", "9007199254740993", "9223372036854775807"],
        StatedType::Integer,
    ),
    ("u8", ["0", "1", "255"], StatedType::Integer),
    ("u16", ["0", "1", "65535"], StatedType::Integer),
    ("u32", ["0", "1", "4294967295"], StatedType::Integer),
    ("u64", ["0", "9007199254740993", "18446744073709551615"], StatedType::Integer),
    ("f16", ["-1.5", "0.0", "65504.0"], StatedType::Number),
    ("f32", ["-1.5", "0.0", "3.0"], StatedType::Number),
    ("f64", ["0.1", "1e300", "-0.0"], StatedType::Number),
    ("bool", ["true", "false", "true"], StatedType::Boolean),
    ("string", ["tcp", "", "é"], StatedType::Text),
    ("large", ["tcp", "", "é"], StatedType::Text),
    ("category", ["tcp", "udp", "tcp"], StatedType::Category),
    ("codes", ["7", "8", "7"], StatedType::Integer),
    ("binary", ["plain", "0xff00", ""], StatedType::Text),
    ("fixed", ["ab", "0xfffe", "cd"], StatedType::Text),
    ("date", ["1970-01-01", "2024-02-29", "1969-12-31"], StatedType::Timestamp),
    ("time", ["00:00:00", "12:34:56.5", "23:59:59"], StatedType::Timestamp),
    ("millis", ["00:00:00", "12:34:56.5", "23:59:59"], StatedType::Timestamp),
    (
        "ts",
        ["1970-01-01T00:00:00", "2024-03-05T10:00:01.25", "1969-12-31T23:59:59.999999"],
        StatedType::Timestamp,
    ),
    (
        "ts_ns",
        ["1970-01-01T00:00:00", "2024-03-05T10:00:01.250000001", "1969-12-31T23:59:59.999999999"],
        StatedType::Timestamp,
    ),
    ("ts_utc", ["2024-03-05T10:00:00Z"; 3], StatedType::Timestamp),
    ("duration", ["1.500", "0.000", "-0.001"], StatedType::Number),
    ("decimal", ["12.50", "-0.05", "99999999.99"], StatedType::Number),
    ("wide", ["12345678901234567890.123", "0.000", "-1.000"], StatedType::Number),
];

#[test]
fn every_type_is_read_as_its_writer_meant_it() {
    let reader = open(&fixture());
    for (column, _, stated) in EXPECTED {
        let at = reader.names().iter().position(|name| name == column).unwrap();
        assert_eq!(reader.stated_type(at).unwrap(), Some(*stated), "{column}");
    }
    // A column without single values is no feature, and the message names it.
    for (column, words) in [("list", "list of int64"), ("struct", "struct")] {
        let at = reader.names().iter().position(|name| name == column).unwrap();
        let error = reader.stated_type(at).unwrap_err().to_string();
        assert!(error.contains(&format!("\"{column}\"")) && error.contains(words), "{error}");
        assert!(error.contains("--ignore"), "{error}");
    }
    let rows = reader.read_all().unwrap();
    for (column, expected, _) in EXPECTED {
        let found = values(&rows, column);
        assert_eq!(found[..3], expected[..], "{column}");
        let at = rows.position(column).unwrap();
        assert_eq!(rows.cell_kind(3, at), CellKind::Missing, "{column}");
    }
    assert_eq!(values(&rows, "null"), [""; 4]);
    assert_eq!(values(&rows, "list")[0], "[1, 2]");
}

#[test]
fn types_and_values_pass_through_to_parquet_and_back() {
    let rows = open(&fixture()).read_all().unwrap();
    let n = rows.len();
    let decisions = Decisions {
        scores: vec![0.5; n],
        anomalies: vec![false; n],
        features: [].into(),
        top: vec![[None; 3]; n],
        unseen: vec![Vec::new(); n],
    };
    let mut out = Vec::new();
    let options = WriteOptions::default();
    let mut writer =
        ScoredWriter::new(&mut out, FileFormat::Parquet, rows.names(), &options).unwrap();
    writer.write(&rows, &decisions).unwrap();
    writer.write(&rows, &decisions).unwrap();
    writer.finish().unwrap();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("scored.parquet");
    std::fs::write(&path, &out).unwrap();
    let reader = open(&path);
    for (column, _, stated) in EXPECTED {
        let at = reader.names().iter().position(|name| name == column).unwrap();
        // A dictionary is written as its values, bytes as their text.
        let expected = match *column {
            "category" => StatedType::Text,
            _ => *stated,
        };
        assert_eq!(reader.stated_type(at).unwrap(), Some(expected), "{column}");
    }
    let again = reader.read_all().unwrap();
    assert_eq!(again.len(), 2 * n);
    for (column, ..) in EXPECTED {
        assert_eq!(values(&again, column)[..n], values(&rows, column)[..], "{column}");
        assert_eq!(values(&again, column)[n..], values(&rows, column)[..], "{column}");
    }
}
