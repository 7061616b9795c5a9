//! Score files: what is read is what was written, to the bit.

use std::sync::Arc;

use oddbench_core::Classes;
use oddbench_core::scores::{ScoredPart, Scores};
use oddbench_data::scores;

fn example() -> Scores {
    let part = |values: &[f64], rows: &[u32]| ScoredPart {
        rows: rows.into(),
        classes: Classes {
            names: vec!["normal".into(), "smurf".into()],
            codes: (0..values.len()).map(|i| (i % 2) as u16).collect(),
        }
        .into(),
        labels: (0..values.len()).map(|i| i % 2 == 1).collect(),
        scores: values.to_vec(),
        times: None,
    };
    Scores {
        validation: part(&[0.1 + 0.2, -0.0, f64::MIN_POSITIVE / 8.0], &[4_000_000_000, 0, 7]),
        test: part(&[f64::MAX, f64::MIN, 1e-300, 1.0 / 3.0], &[3, 2, 1, 0]),
        transfer: None,
    }
}

#[test]
fn come_back_bit_for_bit() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("scores.parquet");
    scores::write(&path, &example()).unwrap();
    let read = scores::read(&path).unwrap();
    assert_eq!(read, example());
    for (a, b) in read.validation.scores.iter().zip(&example().validation.scores) {
        assert_eq!(a.to_bits(), b.to_bits());
    }
}

#[test]
fn transfer_rows_come_back_too_and_may_be_absent() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("scores.parquet");
    // Rows of the other table may have the same numbers as test rows: the set tells them apart.
    let with = Scores { transfer: Some(example().test), ..example() };
    scores::write(&path, &with).unwrap();
    assert_eq!(scores::read(&path).unwrap(), with);
    scores::write(&path, &example()).unwrap();
    assert_eq!(scores::read(&path).unwrap().transfer, None);
}

#[test]
fn times_come_back_where_there_are_any() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("scores.parquet");
    let mut scores = example();
    scores.test.times = Some([1.5e9 + 0.25, 0.0, f64::NAN, -1.0].into());
    scores::write(&path, &scores).unwrap();
    let read = scores::read(&path).unwrap();
    assert_eq!(read.validation.times, None);
    let times = read.test.times.unwrap();
    assert!(times[2].is_nan());
    assert_eq!([times[0], times[1], times[3]], [1.5e9 + 0.25, 0.0, -1.0]);
    scores.test.times = Some([0.0; 3].into());
    let error = scores::write(&path, &scores).unwrap_err().to_string();
    assert!(error.contains("4 rows and 3 times"), "{error}");
}

#[test]
fn equal_scores_are_equal_bytes() {
    let dir = tempfile::tempdir().unwrap();
    let mut large = example();
    let more = || 0..100_000_u32;
    let test = &mut large.test;
    test.rows = test.rows.iter().copied().chain(more()).collect();
    test.labels = test.labels.iter().copied().chain(more().map(|i| i % 3 == 0)).collect();
    Arc::make_mut(&mut test.classes).codes.extend(more().map(|i| (i % 2) as u16));
    test.scores.extend(more().map(|i| f64::from(i).sqrt()));
    let bytes = |name: &str| {
        let path = dir.path().join(name);
        scores::write(&path, &large).unwrap();
        std::fs::read(&path).unwrap()
    };
    assert_eq!(bytes("a"), bytes("b"));
    assert_eq!(scores::read(&dir.path().join("a")).unwrap(), large);
}

#[test]
fn an_empty_part_is_allowed_and_uneven_ones_are_not() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("scores.parquet");
    let mut scores = Scores { validation: ScoredPart::default(), ..example() };
    scores::write(&path, &scores).unwrap();
    assert_eq!(scores::read(&path).unwrap(), scores);
    scores.test.scores.pop();
    let error = scores::write(&path, &scores).unwrap_err().to_string();
    assert!(error.contains("4 rows, 4 classes, 4 labels and 3 scores"), "{error}");
}

#[test]
fn a_file_that_holds_no_scores_is_named() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("scores.parquet");
    std::fs::write(&path, "no parquet").unwrap();
    assert!(scores::read(&path).unwrap_err().to_string().contains("scores.parquet"));
    assert!(scores::read(&dir.path().join("absent")).unwrap_err().to_string().contains("absent"));
}
