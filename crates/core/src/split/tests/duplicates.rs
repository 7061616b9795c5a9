//! Rows of equal features are in one part, and the shares hold within the largest group.

use std::collections::HashMap;

use proptest::prelude::*;

use super::*;

/// Which part each row is in.
fn parts(split: &Split, rows: usize) -> Vec<Option<usize>> {
    let mut parts = vec![None; rows];
    for (at, part) in [&split.train, &split.validation, &split.test].iter().enumerate() {
        for &row in &part.rows {
            assert_eq!(parts[row].replace(at), None, "row {row} is in two parts");
        }
    }
    parts
}

/// The rows of the largest group of equal numbers; fails if such a group is in two parts.
fn whole(vectors: &[u32], parts: &[Option<usize>]) -> usize {
    let mut groups: HashMap<u32, Vec<usize>> = HashMap::new();
    vectors.iter().zip(parts).for_each(|(&v, part)| groups.entry(v).or_default().extend(part));
    for (vector, parts) in &groups {
        assert!(parts.iter().all(|part| part == &parts[0]), "{vector} is in parts {parts:?}");
    }
    let size = |vector: &u32| vectors.iter().filter(|v| *v == vector).count();
    groups.keys().map(size).max().unwrap_or(0)
}

/// Few numbers many times, many numbers once.
fn vectors() -> impl Strategy<Value = Vec<u32>> {
    prop::collection::vec(prop_oneof![0u32..6, 6u32..1000], 60..300)
}

proptest! {
    #[test]
    fn a_holdout_keeps_copies_together(vectors in vectors(), every in 2usize..6, seed: u32, all: bool) {
        let labels = labels(vectors.len(), every);
        let settings =
            Holdout { seed, train_on: train_on(!all), duplicates: Duplicates::Together, ..HALF };
        let Ok(split) = holdout(&labels, Some(&vectors), settings) else { return Ok(()) };
        let parts = parts(&split, labels.len());
        let largest = whole(&vectors, &parts);
        for (part, share) in [(1, 0.25), (2, 0.5)] {
            let rows = parts.iter().filter(|of| **of == Some(part)).count();
            let wanted = labels.len() as f64 * share;
            prop_assert!((rows as f64 - wanted).abs() <= largest as f64 + 1.0, "{rows} {wanted} {largest}");
        }
        if all {
            prop_assert!(parts.iter().all(Option::is_some), "no row is lost");
        }
        // The same seed gives the same rows, and other settings pay no heed to the vectors.
        prop_assert_eq!(holdout(&labels, Some(&vectors), settings), Ok(split));
        let apart = Holdout { duplicates: Duplicates::Apart, ..settings };
        prop_assert_eq!(holdout(&labels, Some(&vectors), apart), holdout(&labels, None, apart));
    }

    #[test]
    fn folds_keep_copies_together(vectors in vectors(), every in 2usize..6, seed: u32, folds in 2u32..6) {
        let labels = labels(vectors.len(), every);
        let settings = KFold {
            folds, validation: 0.25, seed, train_on: TrainOn::All, duplicates: Duplicates::Together,
        };
        let mut tested = vec![0; labels.len()];
        let mut sizes = Vec::new();
        let mut largest = 0;
        for fold in 1..=folds {
            let Ok(split) = k_fold(&labels, Some(&vectors), settings, fold) else { return Ok(()) };
            let parts = parts(&split, labels.len());
            largest = whole(&vectors, &parts);
            prop_assert!(parts.iter().all(Option::is_some));
            split.test.rows.iter().for_each(|&row| tested[row] += 1);
            sizes.push(split.test.rows.len());
        }
        prop_assert!(tested.iter().all(|&times| times == 1));
        let (least, most) = (sizes.iter().min().unwrap(), sizes.iter().max().unwrap());
        // Inliers and outliers are dealt apart.
        prop_assert!(most - least <= 2 * largest, "{sizes:?} {largest}");
    }

    #[test]
    fn validation_rows_of_a_predefined_split_have_no_copy_in_training(vectors in vectors(), seed: u32) {
        let labels = labels(vectors.len(), 4);
        let settings = Predefined { seed, train_on: TrainOn::All, duplicates: Duplicates::Together, ..OWN_TEST };
        let split = predefined(&labels, Some(&vectors), &[false, true], settings).unwrap();
        let rows = Split { test: Part { table: TableName::Test, rows: vec![] }, ..split };
        whole(&vectors, &parts(&rows, labels.len()));
    }
}

/// Drawn row by row, copies do stand on both sides: the option is needed.
#[test]
fn without_the_option_copies_are_in_two_parts() {
    let labels = labels(200, 4);
    let vectors: Vec<u32> = (0..200).map(|row| row % 20).collect();
    let split = holdout(&labels, Some(&vectors), HALF).unwrap();
    let known: Vec<u32> = split.train.rows.iter().map(|&row| vectors[row]).collect();
    assert!(split.test.rows.iter().any(|&row| known.contains(&vectors[row])));
}
