//! Rows of ARFF.

use std::io::Cursor;

use super::*;
use crate::rows::{RowReader, Rows};

fn reader(text: &str) -> Result<RowReader, RowError> {
    let content = Cursor::new(text.to_owned());
    RowReader::new(Box::new(content), "set.arff", &ReadOptions::default())
}

fn read(text: &str) -> Result<Rows, RowError> {
    reader(text)?.read_all()
}

fn texts(rows: &Rows) -> Vec<Vec<&str>> {
    let width = rows.names().len();
    (0..rows.len()).map(|row| (0..width).map(|at| rows.text(row, at)).collect()).collect()
}

const HEAD: &str = "% NSL-KDD as Weka has it\n\
    @RELATION 'KDD Train'\n\n\
    @attribute 'duration' real\n\
    @Attribute \"src bytes\" INTEGER\n\
    @attribute service {http, 'ftp data', \"it's\"}\n\
    @attribute note string\n\
    @attribute at date \"yyyy-MM-dd HH:mm:ss\"\n\
    @attribute class {normal,anomaly}\n\n\
    @data\n";

#[test]
fn attributes_are_columns_with_their_types_and_quotes_are_no_part_of_values() {
    let text = format!(
        "{HEAD}% a comment\n\
         0.5, 42,'ftp data','a, \\'b\\'',\"2024-03-05 10:00:00\", normal\n\
         \n\
         ?,?,http,'?',?,anomaly\n\
         1e3\t7\t\"it's\"\tx\t?\tnormal\n"
    );
    let reader = reader(&text).unwrap();
    let stated: Vec<_> = (0..6).map(|at| reader.stated_type(at).unwrap().unwrap()).collect();
    let expected = [
        StatedType::Number,
        StatedType::Integer,
        StatedType::Category,
        StatedType::Text,
        StatedType::Timestamp,
        StatedType::Category,
    ];
    assert_eq!(stated, expected);
    let rows = reader.read_all().unwrap();
    assert_eq!(rows.names().as_ref(), ["duration", "src bytes", "service", "note", "at", "class"]);
    assert_eq!(
        texts(&rows),
        [
            ["0.5", "42", "ftp data", "a, 'b'", "2024-03-05 10:00:00", "normal"],
            ["", "", "http", "?", "", "anomaly"],
            ["1e3", "7", "it's", "x", "", "normal"],
        ]
    );
    assert_eq!(rows.cell_kind(1, 0), CellKind::Missing);
    assert_eq!(rows.cell_kind(1, 3), CellKind::Text);
    assert_eq!((rows.line(0), rows.line(1)), (13, 15));
}

#[test]
fn sparse_rows_name_what_is_not_zero() {
    let text = "@relation s\n@attribute a numeric\n@attribute b {no,yes}\n@attribute c numeric\n@data\n\
                {0 1.5, 1 yes}\n{}\n{2 ?}\n";
    let rows = read(text).unwrap();
    assert_eq!(texts(&rows), [["1.5", "yes", "0"], ["0", "no", "0"], ["0", "no", ""]]);
}

#[test]
fn what_is_wrong_is_named_with_its_line() {
    let fault = |row: &str| read(&format!("{HEAD}{row}\n")).unwrap_err().to_string();
    let text = fault("1,2,http");
    assert!(text.contains("line 12") && text.contains("3 values instead of 6"), "{text}");
    let text = fault("x,2,http,n,?,normal");
    assert!(text.contains("\"duration\" holds numbers"), "{text}");
    let text = fault("1,2,gopher,n,?,normal");
    assert!(text.contains("no value \"gopher\"") && text.contains("ftp data"), "{text}");
    let text = fault("1,2,'http,n,?,normal");
    assert!(text.contains("not closed"), "{text}");
    let text = read("@relation r\n@attribute a relational\n@data\n").unwrap_err().to_string();
    assert!(text.contains("line 2") && text.contains("relational"), "{text}");
    let text = read("@relation r\n@attribute a real\n").unwrap_err().to_string();
    assert!(text.contains("no @data"), "{text}");
    // A file without @relation is no ARFF: one that begins with a comment of CSV.
    assert!(!recognises(b"% a\na,b\n1,2\n"));
}
