//! Columns beside the features of a user's table: times, addresses, identifiers.

use oddbench_core::BesideKind::{Category, Number, Time};

use super::*;
use crate::columns::Remedies;
use crate::times::TimeKey;

/// A log of some rows: a time, an address, a number of the row, a feature and the class.
fn log(times: &[&str]) -> String {
    let rows = times.iter().enumerate().map(|(at, time)| {
        let class = if at % 5 == 4 { "attack" } else { "normal" };
        format!("{time},10.0.0.{},{},{},{class}\n", at % 3, at + 1, at * at % 7)
    });
    format!("ts,src,id,x,class\n{}", rows.collect::<String>())
}

fn open(text: &str, change: impl FnOnce(&mut TableOptions)) -> (TempDir, TableFile) {
    let folder = folder(&[("a.csv", text)]);
    let mut options = options(&folder);
    change(&mut options);
    let table = TableFile::open(options).unwrap();
    (folder, table)
}

fn offered(table: &TableFile) -> Vec<(String, oddbench_core::BesideKind)> {
    table.info().beside.into_iter().map(|beside| (beside.name, beside.kind)).collect()
}

fn all(table: TableFile) -> Dataset {
    let info = table.info();
    loaded_with(table, &info.column_names(), &info.beside).unwrap()
}

fn times(table: &Table, name: &str) -> Vec<f64> {
    match table.beside(name) {
        Some(Column::Numeric(values)) => values.clone(),
        other => panic!("{name}: {other:?}"),
    }
}

fn minutes(count: usize) -> Vec<String> {
    (0..count).map(|at| format!("2024-03-05T10:{at:02}:00.000000+0000")).collect()
}

fn texts(list: &[String]) -> Vec<&str> {
    list.iter().map(String::as_str).collect()
}

#[test]
fn what_the_judge_leaves_out_is_offered_with_its_kind() {
    let minutes = minutes(12);
    let (_folder, table) = open(&log(&texts(&minutes)), |_| {});
    let expected = [("ts", Time), ("src", Category), ("id", Number)];
    assert_eq!(offered(&table), expected.map(|(name, kind)| (name.to_owned(), kind)));
    assert_eq!(table.info().time.as_deref(), Some("ts"));
    assert_eq!(table.features, ["x"]);
    let data = all(table);
    let start = 1_709_632_800.0; // 2024-03-05 10:00 UTC
    let expected: Vec<f64> = (0..12).map(|at| start + 60.0 * f64::from(at)).collect();
    assert_eq!(times(&data.train, "ts"), expected);
    assert_eq!(times(&data.train, "id"), (1..=12).map(f64::from).collect::<Vec<_>>());
    let Some(Column::Categorical { codes, levels }) = data.train.beside("src") else { panic!() };
    assert_eq!((levels.len(), &codes[..4]), (3, &[0, 1, 2, 0][..]));
}

#[test]
fn features_and_digest_do_not_change_with_the_columns_beside_them() {
    let minutes = minutes(12);
    let text = log(&texts(&minutes));
    let (_one, plain) = open(&text, |_| {});
    let (_two, stated) = open(&text, |options| options.time = Some("ts".into()));
    assert_eq!(plain.digest(), stated.digest());
    let names = plain.info().column_names();
    let features = |table| loaded(table, &names).unwrap().train;
    assert_eq!(features(plain), features(stated));
}

#[test]
fn a_column_that_the_user_ignores_can_be_a_group_or_the_time() {
    let minutes = minutes(12);
    let (_folder, table) = open(&log(&texts(&minutes)), |options| {
        options.ignore = vec!["ts".into(), "src".into()];
        options.time = Some("ts".into());
    });
    let expected = [("ts", Time), ("src", Category), ("id", Number)];
    assert_eq!(offered(&table), expected.map(|(name, kind)| (name.to_owned(), kind)));
    assert_eq!(times(&all(table).train, "ts")[1], 1_709_632_860.0);
}

#[test]
fn a_second_label_is_never_offered() {
    let text = "x,label,class\n1,0,normal\n2,1,attack\n3,0,normal\n4,1,attack\n".repeat(5);
    let text = text.replacen("x,label,class\n", "", 5);
    let (_folder, table) = open(&format!("x,label,class\n{text}"), |_| {});
    assert!(offered(&table).is_empty());
    assert_eq!(table.info().time, None);
}

#[test]
fn the_order_of_day_and_month_is_asked_for_where_nothing_says_it() {
    let text = log(&["05/03/2024 10:00"; 12]);
    let (_folder, table) = open(&text, |_| {});
    assert!(!offered(&table).iter().any(|(name, _)| name == "ts"));
    let told = table.judgement.told(Remedies::Toml).concat();
    assert!(told.contains("time_format = \"day-first\""), "{told}");
    let unread = table.info().unread;
    assert_eq!((unread.len(), unread[0].name.as_str()), (1, "ts"));
    assert!(unread[0].remedy.contains("time_format"), "{:?}", unread[0]);
    let fault = fault_of(&text, |options| options.time = Some("ts".into()));
    assert!(fault.starts_with("time ") && fault.contains("line 2"), "{fault}");
    let (_folder, table) = open(&text, |options| options.ignore = vec!["ts".into()]);
    assert!(table.info().unread.is_empty(), "its texts may be groups");
    let (_folder, table) = open(&text, |options| options.time_format = Some(TimeKey::DayFirst));
    assert!(table.info().unread.is_empty());
    assert_eq!(times(&all(table).train, "ts")[0], 1_709_632_800.0);
}

#[test]
fn a_time_that_cannot_be_read_is_an_error_only_if_the_column_is_named() {
    let mut minutes = minutes(20);
    minutes[7] = "soon".into();
    let text = log(&texts(&minutes));
    let fault = fault_of(&text, |options| options.time = Some("ts".into()));
    assert!(fault.contains("line 9: the column \"ts\" holds \"soon\""), "{fault}");
    let (_folder, table) = open(&text, |_| {});
    assert!(table.judgement.told(Remedies::Toml).concat().contains("\"soon\""));
    let unread = &table.info().unread[0].why;
    assert_eq!(unread, "holds \"soon\", which is no point in time (line 9)");
    for (time, message) in [("when", "no column \"when\""), ("class", "is the label")] {
        let fault = fault_of(&text, |options| options.time = Some(time.into()));
        assert!(fault.starts_with("time ") && fault.contains(message), "{fault}");
    }
    let no_times = "x,class\n1,normal\n2,attack\n";
    let fault = fault_of(no_times, |options| options.time_format = Some(TimeKey::Seconds));
    assert_eq!(fault, "time_format no column holds times");
}

#[test]
fn of_several_times_none_is_taken_unless_it_is_named() {
    let rows = (0..12)
        .map(|at| format!("2024-03-05 10:{at:02}:00,2024-03-05 11:{at:02}:00,{},", at * at % 7));
    let rows = rows.enumerate().map(|(at, row)| row + ["normal", "attack"][at % 2] + "\n");
    let text = format!("start,end,x,class\n{}", rows.collect::<String>());
    let (_folder, table) = open(&text, |_| {});
    assert_eq!((offered(&table).len(), table.info().time), (2, None));
    assert!(table.judgement.told(Remedies::Toml).concat().contains("time = \"...\" says which"));
    let (_folder, table) = open(&text, |options| options.time = Some("end".into()));
    assert_eq!(table.info().time.as_deref(), Some("end"));
}

#[test]
fn a_column_of_numbers_is_the_time_if_the_user_says_so() {
    let rows = (0..12).map(|at| format!("{},{}\n", at * 250, ["normal", "attack"][at % 2]));
    let text = format!("x,class\n{}", rows.collect::<String>());
    let (_folder, table) = open(&text, |options| {
        options.time = Some("x".into());
        options.time_format = Some(TimeKey::Milliseconds);
    });
    assert_eq!(table.features, ["x"], "it stays a feature");
    assert_eq!(times(&all(table).train, "x")[..3], [0.0, 0.25, 0.5]);
}

#[test]
fn a_test_table_has_a_say_in_how_times_are_read() {
    let train = log(&["05/03/2024 10:00"; 12]);
    let test = log(&["14/03/2024 10:00"; 12]);
    let open = |test: &str| {
        let folder = folder(&[("a.csv", &train), ("b.csv", test)]);
        let mut options = options(&folder);
        options.test_path = Some(folder.path().join("b.csv"));
        options.time = Some("ts".into());
        TableFile::open(options).map(|table| (folder, table))
    };
    let (_folder, table) = open(&test).unwrap();
    let data = all(table);
    let day = 86_400.0;
    let first = times(&data.train, "ts")[0];
    assert_eq!(times(data.test.as_ref().unwrap(), "ts")[0] - first, 9.0 * day);
    let fault = described(&open(&test.replacen("14/03/2024 10:00", "noon", 1)).unwrap_err());
    assert!(fault.contains("b.csv, line 2: the column \"ts\" holds \"noon\""), "{fault}");
    let fault = described(&open(&test.replacen("ts,", "when,", 1)).unwrap_err());
    assert!(fault.contains("b.csv has no column \"ts\""), "{fault}");
    let options = |options: &mut TableOptions| options.time = None;
    let (_folder, table) = self::open(&train, options);
    assert_eq!(offered(&table).len(), 2);
}

#[test]
fn a_column_of_names_without_end_is_left_out_of_the_table() {
    let most = crate::rows::MOST_GROUPS;
    let rows = (0..most + 2).map(|at| {
        let (few, many) = (at.min(most - 1), at.min(most));
        format!("few-{few},many-{many},{},{}\n", at % 7, ["normal", "attack"][at % 2])
    });
    let text = format!("few,many,x,class\n{}", rows.collect::<String>());
    let (_folder, table) =
        open(&text, |options| options.ignore = vec!["few".into(), "many".into()]);
    assert_eq!(offered(&table).len(), 2);
    let data = all(table);
    let names: Vec<&String> = data.train.beside.iter().map(|(name, _)| name).collect();
    assert_eq!(names, ["few"]);
    assert_eq!(data.train.beside("few").map(Column::len), Some(most + 2));
}
