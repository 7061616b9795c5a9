//! Times as files write them: what a column's values show, and the seconds that they become.

use super::*;
use crate::rows::{Cell, CellKind};

fn cells<'a>(texts: &'a [&'a str]) -> impl Iterator<Item = Cell<'a>> {
    texts.iter().map(|text| match text.is_empty() {
        true => Cell::MISSING,
        false => Cell::Text(text, CellKind::Untyped),
    })
}

fn evidence(texts: &[&str]) -> Evidence {
    let mut evidence = Evidence::default();
    for (row, cell) in cells(texts).enumerate() {
        evidence.meet(cell);
        evidence.place(row as u64, row as u64 + 2);
    }
    evidence
}

fn resolved(texts: &[&str], key: Option<TimeKey>) -> Result<Vec<f64>, TimeTrouble> {
    let format = evidence(texts).resolve(key)?.format;
    Ok(cells(texts).map(|cell| format.seconds(cell).unwrap()).collect())
}

/// The seconds of one text, as Python's `datetime` and `calendar.timegm` give them.
fn one(text: &str) -> f64 {
    resolved(&[text], None).unwrap()[0]
}

#[test]
fn every_spelling_is_the_second_that_it_names() {
    // python3 -c 'import calendar; print(calendar.timegm((2024, 3, 5, 9, 26, 7)))'
    let base = 1_709_630_767.0;
    for (text, seconds) in [
        ("2024-03-05T09:26:07", base),
        ("2024-03-05T09:26:07.25Z", base + 0.25),
        ("2024-03-05 09:26:07+02:00", base - 7_200.0),
        ("2024-03-05T09:26:07-0130", base + 5_400.0),
        ("2024-03-05T09:26:07.000000+0000", base),
        ("2024/03/05 09:26:07", base),
        ("20240305T092607Z", base),
        ("13/03/2024 09:26:07", base + 8.0 * 86_400.0),
        ("3/13/24 9:26:07", base + 8.0 * 86_400.0),
        ("05.03.2024 09:26:07", base),
        ("31/03/2024 12:00:00 AM", 1_711_843_200.0),
        ("31/03/2024 12:00:00 PM", 1_711_886_400.0),
        ("31/03/2024 01:00:00 PM", 1_711_890_000.0),
        ("Tue Mar  5 09:26:07 2024", base),
        ("Tue, 05 Mar 2024 09:26:07 GMT", base),
        ("[05/Mar/2024:09:26:07 -0700]", base + 25_200.0),
        ("05-Mar-24 09:26", base - 7.0),
        ("5 March 2024", base - 33_967.0),
        ("Mar 5, 2024 @ 09:26:07.000", base),
        ("Mar 5, 2024 09:26:07.000000000 Eastern Standard Time", base + 18_000.0),
        ("Mar 5, 2024 09:26:07 Central European Summer Time", base - 7_200.0),
        ("2024-03-05 09:26:07 CET", base - 3_600.0),
        ("2000-02-29", 951_782_400.0),
        ("2100-03-01", 4_107_542_400.0),
        ("1969-12-31T23:59:59Z", -1.0),
        ("09:26:07", 33_967.0),
        ("09:26", 33_960.0),
        ("1709630767", base),
        ("1709630767.5", base + 0.5),
        ("1709630767500", base + 0.5),
        ("1709630767500000", base + 0.5),
        ("1709630767500000000", base + 0.5),
        ("20240305", base - 33_967.0),
    ] {
        assert_eq!(one(text), seconds, "{text}");
    }
}

#[test]
fn whatever_the_judge_takes_for_a_time_has_a_second() {
    for text in [
        "2011/08/10 09:46:53.047277",
        "05/13/2024 09:26:07 AM",
        "Nov 28 21:55:56",
        "Nov  8 01:02:03",
        "Feb 29 01:02:03",
        "Sat Nov 28 21:55:56 2026",
        "28-Nov-2026 10:00",
        "28 November 2026",
        "Jul 7, 2017 @ 12:00:00.000",
        "Nov 12, 2021 10:00:01.123456 UTC",
    ] {
        assert!(is_timestamp(text) && one(text).is_finite(), "{text}");
    }
}

#[test]
fn the_whole_column_says_which_number_is_the_month() {
    let day = 86_400.0;
    let march = 1_709_596_800.0; // 2024-03-05
    let texts = ["05/03/2024", "", "13/03/2024"];
    let found = resolved(&texts, None).unwrap();
    assert_eq!((found[0], found[2]), (march, march + 8.0 * day));
    assert!(found[1].is_nan());
    // 3 May and 13 March.
    let found = resolved(&["05/03/2024", "03/13/2024"], None).unwrap();
    assert_eq!(found, [march + 59.0 * day, march + 8.0 * day]);
    // The first of the month is the same in both orders.
    assert_eq!(one("03/03/2024"), march - 2.0 * day);

    let undecided = resolved(&["05/03/2024", "06/03/2024"], None).unwrap_err();
    assert_eq!(undecided.line, Some(2));
    assert!(undecided.remedy.contains("day-first"), "{undecided:?}");
    let texts = ["05/03/2024", "06/03/2024"];
    assert_eq!(resolved(&texts, Some(TimeKey::DayFirst)).unwrap(), [march, march + day]);
    let month_first = resolved(&texts, Some(TimeKey::MonthFirst)).unwrap();
    assert_eq!(month_first, [march + 59.0 * day, march + 90.0 * day]);

    let both = resolved(&["13/03/2024", "03/13/2024"], None).unwrap_err();
    assert_eq!(both.line, Some(3));
    let stated = resolved(&["05/03/2024", "03/13/2024"], Some(TimeKey::DayFirst)).unwrap_err();
    assert_eq!(stated.line, Some(3));
}

#[test]
fn what_is_no_time_is_named_with_its_line() {
    for (texts, line) in [
        (&["2024-03-05", "", "soon"][..], Some(4)),
        (&["2024-03-05", "2024-02-30"], Some(3)),
        (&["31/02/2024"], Some(2)),
        (&["2024-03-05 25:00:00 "], Some(2)),
        (&["1709630767", "true"], Some(3)),
        (&["2024-03-05", "1709630767"], None),
        (&["", ""], None),
    ] {
        assert_eq!(resolved(texts, None).unwrap_err().line, line, "{texts:?}");
    }
    assert!(resolved(&["2024-03-05"], Some(TimeKey::Seconds)).is_err());
}

#[test]
fn numbers_are_told_by_their_size_and_by_the_key() {
    let notes = |texts: &[&str], key| evidence(texts).resolve(key).unwrap().notes.concat();
    assert!(notes(&["1709630767"], None).is_empty());
    assert!(notes(&["1709630767123"], None).contains("milliseconds"));
    assert!(notes(&["0", "17", "3600"], None).contains("nobody states"));
    assert!(notes(&["20240305", "20240306"], None).contains("dates"));
    assert_eq!(resolved(&["0", "1500"], Some(TimeKey::Milliseconds)).unwrap(), [0.0, 1.5]);
    // One of them is no date.
    assert!(notes(&["20240305", "20249999"], None).contains("nobody states"));
    assert!(notes(&["Nov 28 21:55:56"], None).contains("no year"));
    assert!(notes(&["21:55:56"], None).contains("no date"));
}

#[test]
fn a_clock_of_twelve_hours_without_a_word_is_read_as_stated() {
    let format = TimeFormat::stated(Some(TimeKey::DayFirst), 8);
    let seconds = |text| format.seconds(Cell::Text(text, CellKind::Untyped));
    let noon = 1_499_083_200.0; // 2017-07-03 12:00
    assert_eq!(seconds("03/07/2017 08:55:58"), Some(noon - 4.0 * 3_600.0 + 3_358.0));
    assert_eq!(seconds("3/7/2017 12:00"), Some(noon));
    assert_eq!(seconds("3/7/2017 5:01"), Some(noon + 5.0 * 3_600.0 + 60.0));
}

#[test]
fn two_files_are_judged_together() {
    let first = evidence(&["05/03/2024"]);
    assert!(first.resolve(None).is_err());
    assert!(first.and(evidence(&["14/03/2024"])).resolve(None).unwrap().format.day_first);
}
