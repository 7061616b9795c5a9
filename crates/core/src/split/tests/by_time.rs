//! Order is respected, rows of one time stay together, and what cannot be split is said.

use proptest::prelude::*;

use super::made::{Made, all_rows, known};
use super::*;
use crate::dataset::Column;
use crate::keys::Help;

fn by(column: Option<&str>, test: f64, validation: f64) -> ByTime {
    ByTime {
        column: column.map(str::to_owned),
        test: Some(test),
        validation: Some(validation),
        cut: None,
        train_on: TrainOn::All,
        is_time: false,
    }
}

fn cut(column: Option<&str>, cut: Vec<Cut>) -> ByTime {
    ByTime { test: None, validation: None, cut: Some(cut), ..by(column, 0.0, 0.0) }
}

fn text(text: &str) -> Cut {
    Cut::Time(text.to_owned())
}

proptest! {
    #[test]
    fn no_row_comes_before_one_of_an_earlier_part(
        times in prop::collection::vec(0u8..60, 30..200), test in 0.1f64..0.5, validation in 0.1f64..0.4,
    ) {
        let values: Vec<f64> = times.iter().map(|time| f64::from(*time)).collect();
        let made = Made::labelled(times.len(), 5).with("when", Column::Numeric(values.clone()));
        let Ok(split) = made.draw(&by(Some("when"), test, validation)) else {
            // Too few different times, or no inlier in front.
            return Ok(());
        };
        prop_assert_eq!(all_rows(&split), (0..times.len()).collect::<Vec<_>>());
        let of = |part: &Part| -> Vec<f64> { part.rows.iter().map(|&row| values[row]).collect() };
        let [train, validated, tested] = [&split.train, &split.validation, &split.test].map(of);
        for (earlier, later) in [(&train, &validated), (&validated, &tested)] {
            let last = earlier.iter().copied().fold(f64::MIN, f64::max);
            let first = later.iter().copied().fold(f64::MAX, f64::min);
            prop_assert!(last < first, "{last} {first}");
        }
        // The border is the nearest to the share: it is off by less than the rows of one time.
        let most = (0..60u8).map(|time| times.iter().filter(|t| **t == time).count()).max().unwrap();
        let wanted = numpy_rng::fraction(times.len(), test);
        let first_border = train.len() + validated.len();
        prop_assert!(tested.len().abs_diff(wanted) <= most || first_border == 0);
    }
}

#[test]
fn without_a_column_the_file_decides_and_counts_every_row() {
    let mut made = Made::labelled(100, 4);
    let split = made.draw(&by(None, 0.3, 0.2)).unwrap();
    assert_eq!(split.train.rows, (0..50).collect::<Vec<_>>());
    assert_eq!(split.validation.rows, (50..70).collect::<Vec<_>>());
    assert_eq!(split.test.rows, (70..100).collect::<Vec<_>>());
    // Every second row is unusable: positions are among the others, cuts count all rows of the table.
    made.usable = (0..100).step_by(2).collect();
    made.labels = made.usable.iter().map(|row| row % 4 == 0).collect();
    let split = made.draw(&cut(None, vec![Cut::Number(60.0), Cut::Number(80.0)])).unwrap();
    assert_eq!(split.train.rows, (0..30).collect::<Vec<_>>());
    assert_eq!(split.validation.rows, (30..40).collect::<Vec<_>>());
    assert_eq!(split.test.rows, (40..50).collect::<Vec<_>>());
    // Training outliers go, those that are tested on stay.
    let inliers = ByTime { train_on: TrainOn::Inliers, ..by(None, 0.3, 0.0) };
    let split = made.draw(&inliers).unwrap();
    assert!(split.train.rows.iter().all(|&row| !made.labels[row]));
    assert!(split.test.rows.iter().any(|&row| made.labels[row]));
    assert!(split.validation.rows.is_empty());
}

#[test]
fn cuts_may_be_times_and_rows_of_the_cut_are_in_the_later_part() {
    let day = |day: f64| 1_499_212_800.0 + day * 86_400.0; // 2017-07-05
    let times = vec![day(0.0), day(1.0), day(2.0), day(0.5), day(1.5), day(2.5)];
    let made = Made::labelled(6, 7).with("when", Column::Numeric(times));
    let cuts = vec![text("2017-07-06"), text("2017-07-07T00:00:00Z")];
    let split = made.draw(&cut(Some("when"), cuts)).unwrap();
    assert_eq!(split.train.rows, [0, 3], "in the order of time");
    assert_eq!(split.validation.rows, [1, 4]);
    assert_eq!(split.test.rows, [2, 5]);
    let late = cut(Some("when"), vec![text("2018-01-01")]);
    let Err(SplitError::Key(fault)) = made.draw(&late) else { panic!("an empty test part") };
    assert_eq!(fault.message, "no row is at or after 2018-01-01");
    let range = "the rows run from 2017-07-05 00:00:00 to 2017-07-07 12:00:00";
    assert_eq!((fault.help, fault.item), (Help::Text(range.into()), Some(0)));
    let early = cut(Some("when"), vec![text("2017-07-05"), text("2017-07-06")]);
    assert!(
        matches!(made.draw(&early), Err(SplitError::Key(f)) if f.message == "no row is before 2017-07-05")
    );
}

/// The file may count milliseconds: its numbers are no cuts.
#[test]
fn a_number_cuts_times_by_their_seconds() {
    let seconds: Vec<f64> = (0..10).map(|at| 1_499_212_800.0 + f64::from(at)).collect();
    let made = Made::labelled(10, 3).with("when", Column::Numeric(seconds));
    let drawn = |number: f64| {
        let mut split = cut(Some("when"), vec![Cut::Number(number)]);
        known(|data| split.complete(data)).unwrap();
        made.draw(&split)
    };
    assert_eq!(drawn(1_499_212_807.0).unwrap().test.rows, [7, 8, 9]);
    let Err(SplitError::Key(fault)) = drawn(1_499_212_807_000.0) else { panic!("milliseconds") };
    let Help::Text(help) = fault.help else { panic!("no words") };
    let last = "1499212809 (2017-07-05 00:00:09)";
    assert!(help.starts_with("a number counts seconds") && help.ends_with(last), "{help}");
}

#[test]
fn rows_of_one_time_are_never_divided() {
    let times = [vec![1.0; 5], vec![2.0; 90], vec![3.0; 5]].concat();
    let made = Made::labelled(100, 3).with("when", Column::Numeric(times));
    let split = made.draw(&by(Some("when"), 0.3, 0.2)).unwrap();
    let sizes = [&split.train, &split.validation, &split.test].map(|part| part.rows.len());
    assert_eq!(sizes, [5, 90, 5]);
    let same = Made::labelled(9, 3).with("when", Column::Numeric(vec![7.0; 9]));
    let Err(SplitError::Key(fault)) = same.draw(&by(Some("when"), 0.3, 0.0)) else {
        panic!("one time is divided")
    };
    assert_eq!(fault.keys, ["column"]);
}

#[test]
fn missing_times_are_named_by_their_rows_in_the_table() {
    let mut times: Vec<f64> = (0..20).map(f64::from).collect();
    for row in [3, 4, 11] {
        times[row] = f64::NAN;
    }
    let mut made = Made::labelled(20, 4).with("when", Column::Numeric(times));
    made.usable.retain(|row| *row != 4);
    made.labels.pop();
    let error = made.draw(&by(Some("when"), 0.3, 0.2)).unwrap_err();
    let column = "when".to_owned();
    let (table, first) = (TableName::Train, vec![3, 11]);
    assert_eq!(error, SplitError::MissingValues { column, table, count: 2, first });
}

#[test]
fn the_keys_are_held_against_the_data_set() {
    let complete = |mut split: ByTime| known(|data| split.complete(data)).map(|()| split);
    let bare = ByTime { test: None, validation: None, ..by(None, 0.0, 0.0) };
    let filled = complete(bare.clone()).unwrap();
    assert_eq!(
        (filled.test, filled.validation, filled.has_validation()),
        (Some(0.3), Some(0.2), true)
    );
    let slip = complete(ByTime { column: Some("whn".into()), ..bare.clone() }).unwrap_err();
    let among = ["when", "id", "bytes"].map(str::to_owned).to_vec();
    assert_eq!(slip.help, Help::Choose { word: "whn".into(), among });
    let texts = complete(ByTime { column: Some("capture".into()), ..bare.clone() }).unwrap_err();
    assert!(texts.message.contains("categories"), "{}", texts.message);
    let unread = complete(ByTime { column: Some("stamp".into()), ..bare.clone() }).unwrap_err();
    assert_eq!(unread.help, Help::from("set time_format"), "{}", unread.message);
    let message = |split: ByTime| complete(split).unwrap_err().message;
    let both = ByTime { test: Some(0.2), ..cut(None, vec![Cut::Number(5.0)]) };
    assert!(message(both).contains("a share has no effect"));
    assert_eq!(message(cut(None, vec![Cut::Number(0.5)])), "0.5 is no number of rows");
    assert!(message(cut(None, vec![text("2017-07-05")])).contains("rows are numbered"));
    assert!(message(cut(Some("id"), vec![text("2017-07-05")])).contains("id holds numbers"));
    assert_eq!(message(cut(Some("when"), vec![text("Friday")])), "\"Friday\" is no time");
    let backwards = cut(Some("when"), vec![text("2017-07-06"), text("2017-07-05")]);
    assert_eq!(complete(backwards).unwrap_err().item, Some(1));
    let one = complete(cut(Some("when"), vec![text("2017-07-06")])).unwrap();
    assert!(!one.has_validation());
}
