//! Texts as programs and people leave them. The values are those that pandas 3 gives for the same bytes.

use std::io::{Cursor, Write as _};

use oddbench_data::rows::{
    CellKind, Encoding, FileFormat, Header, LineParser, MissingMarks, NumberMarks, ReadOptions,
    RowError, RowReader, Rows, StatedType, TextDecoder,
};

fn open(bytes: &[u8], options: &ReadOptions) -> Result<RowReader, RowError> {
    RowReader::new(Box::new(Cursor::new(bytes.to_vec())), "flows.csv", options)
}

/// All rows, and what is told of them.
fn read_with(bytes: &[u8], options: &ReadOptions) -> Result<(Rows, String), RowError> {
    let mut reader = open(bytes, options)?;
    let mut rows = reader.next(usize::MAX)?.unwrap();
    while let Some(more) = reader.next(1_000)? {
        rows.append(more)?;
    }
    Ok((rows, reader.take_notes().join("\n")))
}

fn read(text: &str) -> (Rows, String) {
    read_with(text.as_bytes(), &ReadOptions::default()).unwrap()
}

fn refused(text: &str) -> String {
    read_with(text.as_bytes(), &ReadOptions::default()).map(|_| ()).unwrap_err().to_string()
}

fn column<'a>(rows: &'a Rows, name: &str) -> Vec<&'a str> {
    let at = rows.position(name).unwrap_or_else(|| panic!("{name} is not in {:?}", rows.names()));
    (0..rows.len()).map(|row| rows.text(row, at)).collect()
}

fn names(rows: &Rows) -> Vec<&str> {
    rows.names().iter().map(String::as_str).collect()
}

#[test]
fn padded_and_doubled_names_are_told_apart() {
    let (rows, told) = read(" Duration, Length,Back, Length,Label\n1,2,3,4,x\n");
    assert_eq!(names(&rows), ["Duration", "Length", "Back", "Length.1", "Label"]);
    assert_eq!(column(&rows, "Length.1"), ["4"]);
    assert!(
        told.contains("\"Length\" stands more than once; column 4 is called \"Length.1\""),
        "{told}"
    );
    let (rows, told) = read(",a\n0,x\n1,y\n");
    assert_eq!(names(&rows), ["Unnamed: 0", "a"]);
    assert!(told.contains("\"Unnamed: 0\""), "{told}");
}

#[test]
fn headers_in_the_middle_are_no_rows() {
    for again in
        ["port,bytes", " port , bytes ", "\u{feff}port,bytes", "\"port\",\"bytes\"", "port,bytes\r"]
    {
        let (rows, told) = read(&format!("port,bytes\n80,1\n{again}\n443,2\n{again}\n22,3\n"));
        assert_eq!(column(&rows, "port"), ["80", "443", "22"], "{again:?}");
        assert_eq!((rows.line(0), rows.line(1), rows.line(2)), (2, 4, 6));
        assert!(told.contains("2 lines repeat the header, the first is line 3"), "{told}");
    }
    let (_, told) = read("a,b\n1,2\na,b\n");
    assert!(told.contains("line 3 repeats the header; it is left out"), "{told}");
}

#[test]
fn blank_lines_are_none_and_lines_of_delimiters_are_rows() {
    let (rows, _) = read("a,b\n\n1,2\n   \n\t\n,\n3,4\n");
    assert_eq!(column(&rows, "a"), ["1", "", "3"]);
    assert_eq!((rows.line(0), rows.line(1), rows.line(2)), (3, 6, 7));
    let (rows, _) = read("a\tb\n1\t2\n\t\n");
    assert_eq!(column(&rows, "b"), ["2", ""]);
}

#[test]
fn a_delimiter_at_the_end_of_each_line_ends_no_value() {
    for text in ["a;b\n1;2;\n3;4;\n", "a;b;\n1;2;\n3;4;\n", "a;b;\n1;2\n3;4\n"] {
        let (rows, told) = read(text);
        assert_eq!(names(&rows), ["a", "b"]);
        assert_eq!(column(&rows, "b"), ["2", "4"]);
        assert!(told.contains("ends with a delimiter"), "{told}");
    }
    // Only some lines: a fault with its line.
    assert!(refused("a;b\n1;2\n3;4;\n").contains("line 3: 3 values instead of 2"));
    // A value there is a row name of R's, and no one knows which name is missing.
    let fault = refused("a,b\nx,1,2\ny,3,4\n");
    assert!(
        fault.contains("line 2: each line has 3 values, and the header has 2 names"),
        "{fault}"
    );
}

#[test]
fn the_delimiter_is_the_one_that_cuts_all_lines_alike() {
    let (rows, _) = read("\"x,1\";y;lab\n1,5;2;a\n2,5;3;b\n");
    assert_eq!(names(&rows), ["x,1", "y", "lab"]);
    assert_eq!(column(&rows, "x,1"), ["1.5", "2.5"]);
    let (rows, _) = read("time (s,ms);n\n1,5;2\n2,5;3\n");
    assert_eq!(names(&rows), ["time (s,ms)", "n"]);
    let (rows, _) = read("a|b,c\n1|2\n3|4\n");
    assert_eq!(names(&rows), ["a", "b,c"]);
    let fault = refused("flows of monday\na,b\n1,2\n");
    assert!(fault.contains("line 2: 2 values instead of 1") && fault.contains("title"), "{fault}");
    let fault = refused("a,b\n1,2\n1,2,3\n");
    assert!(
        fault.contains("line 3: 3 values instead of 2") && fault.contains("--delimiter"),
        "{fault}"
    );
}

#[test]
fn excel_states_the_separator_in_a_line_of_its_own() {
    for first in ["sep=;", "\u{feff}sep=;", "SEP=;\r", "\"sep=;\""] {
        let (rows, _) = read(&format!("{first}\nduration;bytes\n4.57;964\n4.30;4972\n"));
        assert_eq!(names(&rows), ["duration", "bytes"]);
        assert_eq!(column(&rows, "duration"), ["4.57", "4.30"]);
        assert_eq!(rows.line(0), 3);
    }
    let (rows, _) = read("sep=,\na,b;c\n1,2\n");
    assert_eq!(names(&rows), ["a", "b;c"]);
}

#[test]
fn a_text_without_a_header_is_asked_about() {
    let flows = "10.0.0.3,1024,tcp,0.236\n10.0.1.4,1025,udp,0.478\n10.0.1.5,1026,tcp,0.019\n";
    let fault = refused(flows);
    for word in ["line 1", "looks like a row", "--no-header", "header = false", "--header"] {
        assert!(fault.contains(word), "{word:?} is not in: {fault}");
    }
    let absent = ReadOptions { header: Header::Absent, ..ReadOptions::default() };
    let (rows, told) = read_with(flows.as_bytes(), &absent).unwrap();
    assert_eq!(names(&rows), ["column_1", "column_2", "column_3", "column_4"]);
    assert_eq!((rows.len(), rows.line(0)), (3, 1));
    assert!(told.contains("\"column_1\" to \"column_4\""), "{told}");
    let named = |names: &[&str]| {
        let names = names.iter().map(ToString::to_string).collect();
        let options = ReadOptions { header: Header::Names(names), ..ReadOptions::default() };
        read_with(flows.as_bytes(), &options).map(|(rows, _)| rows)
    };
    assert_eq!(
        column(&named(&["src", "port", "proto", "time"]).unwrap(), "proto"),
        ["tcp", "udp", "tcp"]
    );
    let fault = named(&["src", "port"]).unwrap_err().to_string();
    assert!(fault.contains("4 values") && fault.contains("2 names"), "{fault}");
    let first = ReadOptions { header: Header::FirstLine, ..ReadOptions::default() };
    let (rows, _) = read_with(flows.as_bytes(), &first).unwrap();
    assert_eq!((rows.len(), names(&rows)[0]), (2, "10.0.0.3"));
}

#[test]
fn decimal_commas_and_thousands_are_numbers() {
    // pandas: read_csv(sep=";", decimal=",").
    let (rows, told) = read("Dauer;Bytes\r\n6,91;8042\r\n6,12;3053\r\n\"1.234,5\";3389\r\n");
    assert_eq!(column(&rows, "Dauer"), ["6.91", "6.12", "1234.5"]);
    assert!(told.contains("\"Dauer\": the comma is taken for the decimal mark"), "{told}");
    // pandas: read_csv(thousands=",").
    let (rows, told) = read("duration,bytes\n4.14,\"69,398\"\n2.23,\"1,014,186\"\n0.18,45\n");
    assert_eq!(column(&rows, "bytes"), ["69398", "1014186", "45"]);
    assert!(told.contains("\"bytes\": thousands are taken to be grouped"), "{told}");
    let plain = ReadOptions { numbers: NumberMarks::PLAIN, ..ReadOptions::default() };
    let (rows, told) = read_with(b"d;b\n6,91;1\n", &plain).unwrap();
    assert_eq!((column(&rows, "d")[0], told.as_str()), ("6,91", ""));
    let stated = NumberMarks::new(Some(','), None).unwrap();
    let stated = ReadOptions { numbers: stated, ..ReadOptions::default() };
    let (rows, _) = read_with(b"d\tb\n1,234\t1\n", &stated).unwrap();
    assert_eq!(column(&rows, "d"), ["1.234"]);
}

#[test]
fn texts_of_other_encodings_are_decoded() {
    let text = "dur\tprïo\r\n6.13\ttcp\r\n0.72\tudp\r\n";
    let utf16 = |little: bool, mark: bool| -> Vec<u8> {
        let units = mark.then_some(0xfeff).into_iter().chain(text.encode_utf16());
        units.flat_map(|u| if little { u.to_le_bytes() } else { u.to_be_bytes() }).collect()
    };
    for (little, mark) in [(true, true), (false, true), (true, false), (false, false)] {
        let bytes = utf16(little, mark);
        let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        gzip.write_all(&bytes).unwrap();
        for bytes in [bytes, gzip.finish().unwrap()] {
            let (rows, told) = read_with(&bytes, &ReadOptions::default()).unwrap();
            assert_eq!(column(&rows, "prïo"), ["tcp", "udp"]);
            assert!(told.contains("UTF-16"), "{told}");
        }
    }
    let latin = b"a,b\n1,caf\xe9\n";
    let fault = read_with(latin, &ReadOptions::default()).map(|_| ()).unwrap_err().to_string();
    assert!(fault.contains("line 2") && fault.contains("--encoding windows-1252"), "{fault}");
    let encoding = Encoding::named("windows-1252");
    let options = ReadOptions { encoding, ..ReadOptions::default() };
    assert_eq!(column(&read_with(latin, &options).unwrap().0, "b"), ["café"]);
    // JSON lines too.
    let json = "{\"a\":\"tcp\"}\n".encode_utf16().flat_map(u16::to_le_bytes).collect::<Vec<u8>>();
    assert_eq!(column(&read_with(&json, &ReadOptions::default()).unwrap().0, "a"), ["tcp"]);
}

#[test]
fn marks_of_missing_values_are_those_of_pandas_and_the_users() {
    let text = "n,s\n1,NA\nN/A,x\n#N/A,null\n?,-\n";
    let (rows, _) = read(text);
    let missing = |rows: &Rows, at: usize| -> Vec<bool> {
        (0..rows.len()).map(|row| rows.is_missing(row, at)).collect()
    };
    assert_eq!(missing(&rows, 0), [false, true, true, false]);
    assert_eq!(missing(&rows, 1), [true, false, true, false]);
    assert_eq!(column(&rows, "n")[1], "N/A", "what is passed through stays as it is");
    let marks = |defaults: bool, more: &[&str]| {
        let more: Vec<String> = more.iter().map(ToString::to_string).collect();
        let missing = MissingMarks::new(defaults, &more);
        let options = ReadOptions { missing, ..ReadOptions::default() };
        read_with(text.as_bytes(), &options).unwrap().0
    };
    let more = marks(true, &["?", "-"]);
    assert_eq!(missing(&more, 0), [false, true, true, true]);
    assert_eq!(missing(&more, 1), [true, false, true, true]);
    assert_eq!(missing(&marks(false, &["?"]), 0), [false, false, false, true]);
    // A program's JSON follows the same list.
    let json = serde_json::json!([{"n": 1, "s": "N/A"}, {"n": null, "s": "x"}]);
    let rows = Rows::from_json(json.as_array().unwrap()).unwrap();
    assert_eq!((missing(&rows, 0), missing(&rows, 1)), (vec![false, true], vec![true, false]));
}

const ZEEK: &str = "#separator \\x09\n#set_separator\t,\n#empty_field\t(empty)\n#unset_field\t-\n#path\tconn\n#open\t2024-03-05-10-00-00\n#fields\tts\tuid\tid.orig_h\tid.resp_p\tproto\tservice\tduration\torig_bytes\tlocal_orig\ttunnel_parents\n#types\ttime\tstring\taddr\tport\tenum\tstring\tinterval\tcount\tbool\tset[string]\n";

fn zeek_row(at: usize) -> String {
    format!("170963280{at}.5\tC{at}\t10.1.0.{at}\t53\tudp\tdns\\x09\"x\t0.25\t-\tT\t(empty)\n")
}

#[test]
fn a_zeek_log_is_read_with_its_types() {
    let log = format!("{ZEEK}{}{}#close\t2024-03-05-11-00-00\n", zeek_row(0), zeek_row(1));
    let mut reader = open(log.as_bytes(), &ReadOptions::default()).unwrap();
    let types: Vec<_> = (0..10).map(|at| reader.stated_type(at).unwrap().unwrap()).collect();
    use StatedType::{Address, Boolean, Category, Integer, Number, Port, Text, Timestamp};
    assert_eq!(
        types,
        [Timestamp, Category, Address, Port, Category, Category, Number, Integer, Boolean, Text]
    );
    let rows = reader.next(10).unwrap().unwrap();
    assert_eq!((rows.len(), rows.line(0)), (2, 9));
    assert_eq!(column(&rows, "service")[0], "dns\t\"x", "what Zeek escaped");
    assert_eq!(rows.cell_kind(0, 7), CellKind::Missing);
    assert_eq!((rows.text(0, 8), rows.cell_kind(0, 8)), ("true", CellKind::Boolean));
    assert_eq!(rows.text(0, 9), "(empty)");
    assert!(reader.take_notes().is_empty());
}

#[test]
fn rotated_zeek_logs_stand_one_after_the_other() {
    // The second log names two fields the other way round.
    let swapped = ZEEK
        .replace("proto\tservice", "service\tproto")
        .replace("enum\tstring\tinterval", "string\tenum\tinterval");
    let row = zeek_row(1).replace("udp\tdns\\x09\"x", "http\ttcp");
    let both = format!("{ZEEK}{}#close\tx\n{swapped}{row}", zeek_row(0));
    let (rows, told) = read(&both);
    assert_eq!(column(&rows, "proto"), ["udp", "tcp"]);
    assert_eq!(column(&rows, "service")[1], "http");
    assert!(told.contains("2 logs"), "{told}");
    let other = format!("{ZEEK}{}#fields\tts\tquery\n#types\ttime\tstring\n", zeek_row(0));
    assert!(refused(&other).contains("another log begins, with the field \"query\""));
    assert!(refused(&format!("{ZEEK}1\t2\n")).contains("line 9: 2 values instead of 10"));
    // Line by line, with a rotation.
    let mut parser = LineParser::new("conn.log", &ReadOptions::default());
    let (rows, faults) = parser.rows(&ZEEK.as_bytes()[..40]).unwrap();
    assert!(rows.is_none() && faults.is_empty());
    let mut parser = LineParser::new("conn.log", &ReadOptions::default());
    assert_eq!(parser.rows(ZEEK.as_bytes()).unwrap().0, None);
    assert_eq!(parser.names().unwrap().len(), 10);
    assert_eq!(parser.rows(zeek_row(0).as_bytes()).unwrap().0.unwrap().len(), 1);
    parser.restart();
    let (rows, faults) = parser.rows(format!("{swapped}{row}").as_bytes()).unwrap();
    assert_eq!((column(&rows.unwrap(), "proto"), faults.len()), (vec!["tcp"], 0));
}

#[test]
fn labels_behind_the_last_field_are_columns() {
    // As the logs of IoT-23 are labelled.
    let head = ZEEK
        .replace("tunnel_parents", "tunnel_parents   label   detailed-label")
        .replace("set[string]", "set[string]   string   string");
    let row = zeek_row(0).replace("(empty)", "-   Malicious   PartOfAHorizontalPortScan");
    let (rows, _) = read(&format!("{head}{row}"));
    assert_eq!(column(&rows, "label"), ["Malicious"]);
    assert_eq!(column(&rows, "detailed-label"), ["PartOfAHorizontalPortScan"]);
    assert!(rows.is_missing(0, rows.position("tunnel_parents").unwrap()));
}

#[test]
fn lines_that_arrive_are_read_as_a_file_is() {
    let mut parser = LineParser::new("live.csv", &ReadOptions::default());
    assert!(parser.rows(b" Dauer;Bytes;Bytes\n").unwrap().0.is_none());
    assert_eq!(parser.names().unwrap().as_ref(), ["Dauer", "Bytes", "Bytes.1"]);
    let (rows, faults) = parser.rows(b"6,91;1;NA\n Dauer;Bytes;Bytes\n7;2;3\n").unwrap();
    let rows = rows.unwrap();
    assert_eq!((column(&rows, "Dauer"), faults.len()), (vec!["6.91", "7"], 0));
    assert!(rows.is_missing(0, 2));
    let told = parser.take_notes().join("\n");
    assert!(told.contains("decimal mark") && told.contains("line 3 repeats the header"), "{told}");
    let absent = ReadOptions { header: Header::Absent, ..ReadOptions::default() };
    let mut parser = LineParser::new("live.csv", &absent);
    assert_eq!(parser.rows(b"10.0.0.3,tcp\n").unwrap().0.unwrap().len(), 1);
    // UTF-16, cut anywhere.
    let bytes: Vec<u8> = "\u{feff}a\tb\n1\té\n".encode_utf16().flat_map(u16::to_le_bytes).collect();
    let (mut decoder, mut text) = (TextDecoder::new(None), Vec::new());
    bytes.chunks(3).for_each(|piece| decoder.decode(piece, false, &mut text).unwrap());
    let mut parser = LineParser::new("live.txt", &ReadOptions::default());
    assert_eq!(column(&parser.rows(&text).unwrap().0.unwrap(), "b"), ["é"]);
}

#[test]
fn a_header_of_any_length_is_read_whole() {
    let wide = 60_000;
    let header: Vec<String> = (0..wide).map(|at| format!("column {at}")).collect();
    let row = vec!["1.5"; wide].join(",");
    let (rows, _) = read(&format!("{}\n{row}\n{row}\n", header.join(",")));
    assert_eq!((rows.names().len(), rows.len()), (wide, 2));
    // Nor does it take long if the names are all the same, or missing.
    for name in ["a", ""] {
        let header = vec![name; wide].join(",");
        let (rows, told) = read(&format!("{header}\n{row}\n"));
        let last = if name == "a" { "a.59999" } else { "Unnamed: 59999" };
        assert_eq!(rows.names()[wide - 1], last);
        assert!(told.contains("more"), "{told}");
    }
}

#[test]
fn a_format_that_is_stated_wins_over_what_a_text_looks_like() {
    let options = ReadOptions {
        format: Some(FileFormat::Csv),
        delimiter: Some(b';'),
        ..ReadOptions::default()
    };
    let (rows, _) = read_with(b"{a;b\n1;2\n", &options).unwrap();
    assert_eq!(names(&rows), ["{a", "b"]);
}
