//! Which columns are rewritten, and how. pandas gives the same values if the same marks are stated.

use super::*;

fn columns(text: &str, delimiter: char, marks: NumberMarks) -> (Vec<Vec<String>>, Vec<String>) {
    let mut lines = text.lines();
    let cut = |line: &str| line.split(delimiter).map(str::to_owned).collect::<Vec<String>>();
    let names = cut(lines.next().unwrap());
    let rows: Vec<Vec<String>> = lines.map(cut).collect();
    let missing = MissingMarks::default();
    let rows_in = rows.iter().map(Vec::as_slice);
    let styles = find(&names, rows_in, delimiter as u8, marks, &missing);
    let mut plain = String::new();
    let mut value = |column: usize, text: &str| match styles.columns.get(column).copied().flatten()
    {
        Some(style) if style.rewrite(text, &mut plain) => plain.clone(),
        _ => text.to_owned(),
    };
    let values = (0..names.len())
        .map(|column| rows.iter().map(|row| value(column, &row[column])).collect())
        .collect();
    (values, styles.notes)
}

fn found(text: &str, delimiter: char) -> (Vec<Vec<String>>, Vec<String>) {
    columns(text, delimiter, NumberMarks::default())
}

#[test]
fn a_decimal_comma_is_found() {
    let (values, notes) = found("t;n;s\n6,91;8042;a\n-1,5E-03;12;b\n1.234,50;;c", ';');
    assert_eq!(values[0], ["6.91", "-1.5E-03", "1234.50"]);
    assert_eq!(values[1], ["8042", "12", ""]);
    assert_eq!(values[2], ["a", "b", "c"]);
    assert!(
        notes.len() == 1 && notes[0].contains("\"t\"") && notes[0].contains("decimal"),
        "{notes:?}"
    );
    // Once the file has decimal commas, a point in it separates thousands.
    let (values, _) = found("t;n\n6,91;8.042\n6,12;12.345.678", ';');
    assert_eq!(values[1], ["8042", "12345678"]);
}

#[test]
fn thousands_are_found() {
    let (values, notes) = found("t|n\n4.14|69,398\n2.23|185\n0.5|1,234,567.25", '|');
    assert_eq!(values[1], ["69398", "185", "1234567.25"]);
    assert_eq!(values[0], ["4.14", "2.23", "0.5"]);
    assert!(notes[0].contains("\"n\"") && notes[0].contains("thousands"), "{notes:?}");
    for (text, number) in
        [("1'234'567.5", "1234567.5"), ("1 234,5", "1234.5"), ("1\u{202f}234", "1234")]
    {
        assert_eq!(found(&format!("n\n{text}"), ';').0[0], [number]);
    }
}

#[test]
fn what_may_be_either_follows_the_file_and_then_the_delimiter() {
    for (text, delimiter, expected) in [
        // Points elsewhere in the file: groups. Commas elsewhere: decimals.
        ("n\tt\n1,234\t0.5", '\t', Some("1234")),
        ("n\tt\n1,234\t0,5", '\t', Some("1.234")),
        // A number of more digits without a mark beside it: decimals.
        ("n\tt\n1,234\tx\n12345\ty", '\t', Some("1.234")),
        // A file cut by semicolons is one of decimal commas; one cut by tabs says nothing.
        ("n;t\n1,234;x", ';', Some("1.234")),
        ("n\tt\n1,234\tx", '\t', None),
    ] {
        let (values, notes) = found(text, delimiter);
        assert_eq!(values[0][0], expected.unwrap_or("1,234"), "{text:?}");
        assert_eq!(notes.len(), 1, "told: {notes:?}");
        assert_eq!(notes[0].contains("--thousands"), expected.is_none(), "{notes:?}");
    }
    // In a file cut by commas the value was quoted.
    let names = ["n".to_owned()];
    let row = ["1,234".to_owned()];
    let rows = [row.as_slice()].into_iter();
    let styles = find(&names, rows, b',', NumberMarks::default(), &MissingMarks::default());
    assert_eq!(styles.columns, [Some(Style::new('.', Some(',')))]);
}

#[test]
fn percentages_that_may_be_thousands_are_left_as_they_are_unless_the_file_says_more() {
    let of = |rows: &[[String; 2]]| {
        let names = ["load".to_owned(), "n".to_owned()];
        let rows = rows.iter().map(<[String; 2]>::as_slice);
        find(&names, rows, b',', NumberMarks::default(), &MissingMarks::default())
    };
    let rows = |other: &str| [["57,271 %".to_owned(), other.to_owned()]];
    let open = of(&rows("7"));
    assert!(open.columns.is_empty(), "{open:?}");
    for words in ["57,271 % may have decimals or thousands", "--decimal ,", "--thousands ,"] {
        assert!(open.notes[0].contains(words), "{words} is not in: {:?}", open.notes);
    }
    assert_eq!(of(&rows("0,5")).columns[0], Some(Style::new(',', None)));
    assert_eq!(of(&rows("0.5")).columns[0], Some(Style::new('.', Some(','))));
}

#[test]
fn addresses_dates_and_codes_are_left_alone() {
    let text = "ip;date;code;text\n192.168.100.101;01.02.2024;12,A;Smith, 5\n192.168.100.102;03.02.2024;1,5;x";
    let (values, notes) = found(text, ';');
    assert_eq!(values[0], ["192.168.100.101", "192.168.100.102"]);
    assert_eq!(values[1], ["01.02.2024", "03.02.2024"]);
    assert_eq!(values[2], ["12,A", "1,5"]);
    assert!(notes.is_empty(), "{notes:?}");
    // A mark for missing values does not hide the numbers.
    assert_eq!(found("n;x\n1,5;\n-;\n2,25;\n", ';').0[0], ["1.5", "-", "2.25"]);
    assert_eq!(found("n;x\n1.234;1\n5.678;2", ';').0[0], ["1.234", "5.678"], "a usual number");
}

#[test]
fn what_is_stated_holds() {
    let marks = |decimal, thousands| NumberMarks::new(decimal, thousands).unwrap();
    let (values, notes) = columns("n\tm\n1,234\t1.234\n2,5\t7", '\t', marks(Some(','), None));
    assert_eq!(values, [["1.234", "2.5"], ["1234", "7"]]);
    assert!(notes.is_empty(), "{notes:?}");
    let (values, _) = columns("n\n1,234\n12,5", '\t', marks(None, Some(',')));
    assert_eq!(values[0], ["1234", "12,5"], "no such number");
    let (values, _) = columns("n\n1.234,5", '\t', marks(None, Some('.')));
    assert_eq!(values[0], ["1234.5"]);
    let (values, notes) = columns("n\n6,91", ';', NumberMarks::PLAIN);
    assert_eq!((values[0][0].as_str(), notes.len()), ("6,91", 0));
    assert!(NumberMarks::new(Some(','), Some(',')).is_err());
    assert!(NumberMarks::new(Some('x'), None).is_err());
}

#[test]
fn points_that_may_group_thousands_are_told() {
    let told = |text: &str, delimiter| {
        let (values, notes) = found(text, delimiter);
        assert_eq!(values[0][0], "14.337", "as it is");
        notes
            .iter()
            .any(|note| note.contains("\"bytes\": 14.337") && note.contains("--thousands ."))
    };
    assert!(told("bytes;pkts\n14.337;3\n532;1", ';'));
    assert!(told("bytes\tpkts\n14.337\t3\n532\t1", '\t'));
    // Evidence in the column or in the file, and a file of programs.
    assert!(!told("bytes;pkts\n14.337;3\n0.532;1", ';'));
    assert!(!told("bytes;pkts\n14.337;3\n14337;1", ';'));
    assert!(!told("bytes;pkts\n14.337;3\n532;1.5", ';'));
    assert!(!told("bytes,pkts\n14.337,3\n532,1", ','));
    let marks = NumberMarks::new(None, Some('.')).unwrap();
    let (values, notes) = columns("bytes;pkts\n14.337;3\n532;1", ';', marks);
    assert_eq!((values[0][0].as_str(), notes.len()), ("14337", 0));
}

#[test]
fn a_note_on_decimal_commas_shows_one() {
    let (values, notes) = found("n;t\n2.115;1,5\n12;2,25", ';');
    assert_eq!(values, [["2115", "12"], ["1.5", "2.25"]]);
    for note in &notes {
        assert_eq!(note.contains("the comma"), note.contains("as in 1,5"), "{note}");
    }
    assert!(notes.iter().any(|note| note.contains("\"n\"") && note.contains("2.115")), "{notes:?}");
}

#[test]
fn percentages_are_rewritten_as_numbers_are() {
    let (values, notes) = found("load;n\n54,4%;1\n-1.234,5 %;2\n7%;3", ';');
    assert_eq!(values[0], ["54.4%", "-1234.5%", "7%"]);
    assert!(
        notes.iter().any(|note| note.contains("\"load\"") && note.contains("decimal")),
        "{notes:?}"
    );
}
