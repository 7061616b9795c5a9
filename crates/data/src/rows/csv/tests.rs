//! Headers in the middle of a text, and quotes that are never closed.

use crate::rows::{LineParser, ReadOptions, RowError, RowReader, Rows};

fn reader(text: &str, skip_bad: bool) -> RowReader {
    let content = Box::new(std::io::Cursor::new(text.as_bytes().to_vec()));
    let options = ReadOptions { skip_bad, ..ReadOptions::default() };
    RowReader::new(content, "rows.csv", &options).unwrap()
}

fn texts(rows: &Rows) -> Vec<Vec<&str>> {
    let row = |row| (0..rows.names().len()).map(|at| rows.text(row, at)).collect();
    (0..rows.len()).map(row).collect()
}

fn says(error: &RowError, line: u64, words: &str) {
    assert_eq!(error.line, Some(line), "{error}");
    assert!(error.to_string().contains(words), "{words:?} is not in: {error}");
}

/// A file of random bytes is no text in an encoding that the user could state.
#[test]
fn bytes_that_are_no_text_are_refused_as_such() {
    let mut state = 7_u32;
    let bytes: Vec<u8> = (0..3_000)
        .map(|_| {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            state.to_be_bytes()[0]
        })
        .collect();
    let opened = |bytes: &[u8]| {
        let content = Box::new(std::io::Cursor::new(bytes.to_vec()));
        let reader = RowReader::new(content, "rows.csv", &ReadOptions::default());
        reader.and_then(|mut reader| reader.next(10)).unwrap_err().to_string()
    };
    let error = opened(&bytes);
    assert!(error.contains("no text") && error.contains("give a table"), "{error}");
    // Latin-1 is a text.
    let error = opened(b"caf\xe9,bytes\ntcp,1\n");
    assert!(error.contains("encoding"), "{error}");
}

#[test]
fn a_file_with_two_orders_of_columns_is_refused() {
    for skip_bad in [false, true] {
        let error = |text| reader(text, skip_bad).next(10).unwrap_err();
        says(&error("proto,bytes,n\ntcp,1,2\nbytes,n,proto\n3,4,udp\n"), 3, "another order");
        says(&error("proto,bytes,n\ntcp,1,2\nproto,bytes,x\nudp,3,4\n"), 3, "other columns");
        says(&error("proto,bytes,n\ntcp,1,2\nproto,bytes\nudp,3\n"), 3, "split the file");
    }
    // The same header in other letters is the header.
    let mut same = reader("proto,bytes,n\ntcp,1,2\nProto, BYTES,N\nudp,3,4\n", false);
    let rows = same.next(10).unwrap().unwrap();
    assert_eq!(texts(&rows), [["tcp", "1", "2"], ["udp", "3", "4"]]);
    assert!(same.take_notes().join("").contains("line 3 repeats the header"));
}

#[test]
fn lines_below_a_header_in_another_order_are_read_by_it() {
    let mut parser = LineParser::new("live.csv", &ReadOptions::default());
    let (rows, faults) =
        parser.rows(b"proto,bytes,n\ntcp,1,2\nn,proto,bytes\n4,udp,3\n5,tcp,6\n").unwrap();
    assert_eq!(texts(&rows.unwrap()), [["tcp", "1", "2"], ["udp", "3", "4"], ["tcp", "6", "5"]]);
    assert!(faults.is_empty(), "{faults:?}");
    let told = parser.take_notes().join("");
    assert!(told.contains("line 3") && told.contains("another order"), "{told}");
    // The log is rotated: a new column comes, and later the first header again.
    parser.restart();
    let (rows, faults) =
        parser.rows(b"bytes,new,proto,n\n7,x,tcp,8\nproto,bytes,n\nudp,9,0\n").unwrap();
    assert_eq!(texts(&rows.unwrap()), [["tcp", "7", "8"], ["udp", "9", "0"]]);
    assert!(faults.is_empty(), "{faults:?}");
    assert!(parser.take_notes().join("").contains("left out"));
    // A column is gone: no row is read until it is back.
    let (rows, faults) = parser.rows(b"proto,bytes,x\ntcp,1,2\nproto,bytes,n\nudp,3,4\n").unwrap();
    assert_eq!(texts(&rows.unwrap()), [["udp", "3", "4"]]);
    assert_eq!(faults.len(), 2);
    says(&faults[0], 5, "other columns");
    says(&faults[1], 6, "line 5");
}

#[test]
fn a_quote_that_is_never_closed_is_named() {
    for skip_bad in [false, true] {
        let error =
            reader("a,b\n1,2\n\"x\ny\",3\n4,\"z\n5,6\n7,8\n", skip_bad).next(10).unwrap_err();
        says(&error, 5, "never closed");
    }
    let rows = reader("a,b\n1,\"x\n\ny\"\n2,5\"\n", false).next(10).unwrap().unwrap();
    assert_eq!(texts(&rows), [["1", "x\n\ny"], ["2", "5\""]]);
    let mut parser = LineParser::new("live.csv", &ReadOptions::default());
    let (rows, faults) = parser.rows(b"a,b\n1,2\n3,\"x\n4,5\n").unwrap();
    assert_eq!((texts(&rows.unwrap()), faults.len()), (vec![vec!["1", "2"], vec!["4", "5"]], 1));
    says(&faults[0], 3, "never closed");
}

#[test]
fn quotes_that_backslashes_escape_are_refused() {
    for text in [
        "a,b,ua\n1,2,\"say \\\"hi\\\" tcp\"\n3,4,y\n",
        "a,b,ua\n1,2,\"say \\\"a, b\\\" x\"\n3,4,y\n",
        "a,b,ua\n1,2,\"5\\\"\"\n3,4,\"6\\\"\"\n",
        "a,b,ua\n1,2,\"5\\\"\"\n",
    ] {
        let content = Box::new(std::io::Cursor::new(text.as_bytes().to_vec()));
        let read = RowReader::new(content, "rows.csv", &ReadOptions::default());
        let error = read.and_then(RowReader::read_all).unwrap_err();
        says(&error, 2, "quotes are escaped by backslashes, and CSV doubles them");
        assert!(error.remedy.contains("doubled quotes"), "{error}");
    }
    // The last character of a value stays, and a file with bad rows may be read without them.
    let rows = reader("a,b\n\"C:\\dir\\\",1\n\"D:\\\",2\n", false).next(10).unwrap().unwrap();
    assert_eq!(texts(&rows), [["C:\\dir\\", "1"], ["D:\\", "2"]]);
    let mut some = reader("a,b\nx,1\n\"\\\"y\\\", z\",2\nv,3\n", true);
    assert_eq!(texts(&some.next(10).unwrap().unwrap()), [["x", "1"], ["v", "3"]]);
    says(&some.take_faults()[0], 3, "backslashes");
    let mut parser = LineParser::new("live.csv", &ReadOptions::default());
    let (_, faults) = parser.rows(b"a,b\n1,2\n3,\"x \\\"y\\\" z\"\n").unwrap();
    says(&faults[0], 3, "backslashes");
}

#[test]
fn a_second_byte_order_mark_is_none_of_a_name() {
    let twice = "\u{feff}\u{feff}";
    let rows = reader(&format!("{twice}a,b\n1,2\n"), false).next(10).unwrap().unwrap();
    assert_eq!(rows.names().as_ref(), ["a", "b"]);
    let rows = reader(&format!("{twice}{{\"a\":1}}\n"), false).next(10).unwrap().unwrap();
    assert_eq!(rows.names().as_ref(), ["a"]);
    let mut parser = LineParser::new("live.csv", &ReadOptions::default());
    let (rows, _) = parser.rows(format!("{twice}a,b\n1,2\n").as_bytes()).unwrap();
    assert_eq!(rows.unwrap().names().as_ref(), ["a", "b"]);
}

#[test]
fn utf_32_is_no_damaged_archive() {
    let bytes: Vec<u8> =
        "\u{feff}a,b\n1,2\n".chars().flat_map(|c| u32::from(c).to_le_bytes()).collect();
    let content = Box::new(std::io::Cursor::new(bytes));
    let read = RowReader::new(content, "rows.csv", &ReadOptions::default());
    let error = read.and_then(RowReader::read_all).unwrap_err().to_string();
    assert!(error.contains("UTF-32") && error.ends_with("save it as UTF-8"), "{error}");
}

#[test]
fn a_header_below_stated_names_is_no_row() {
    use crate::rows::Header;
    let names: Vec<String> = ["bytes", "n"].map(String::from).to_vec();
    let options = ReadOptions { header: Header::Names(names.into()), ..ReadOptions::default() };
    let content = Box::new(std::io::Cursor::new(b"bytes,n\n1,2\n3,4\n".to_vec()));
    let reader = RowReader::new(content, "rows.csv", &options).unwrap();
    let rows = reader.read_all().unwrap();
    assert_eq!(texts(&rows), [["1", "2"], ["3", "4"]]);
}
