//! A family that is left out is tested on alone and seen nowhere else.

use std::collections::HashSet;

use proptest::prelude::*;

use super::made::{Made, known};
use super::*;
use crate::keys::Help;

fn without(families: &[&str]) -> LeaveOut {
    LeaveOut {
        leave_out: families.iter().map(ToString::to_string).collect(),
        test: Some(0.3),
        validation: 0.2,
        seed: 5,
        train_on: TrainOn::All,
        duplicates: Duplicates::Apart,
    }
}

/// Seven of ten rows are inliers, the others of three families.
fn mixed(rows: usize) -> Vec<&'static str> {
    (0..rows)
        .map(|row| match row % 10 {
            0 => "dos",
            1 if row % 20 == 1 => "probe",
            1 | 2 => "r2l",
            _ => "normal",
        })
        .collect()
}

proptest! {
    #[test]
    fn the_family_is_tested_on_alone(
        rows in 60usize..300, seed: u32, together: bool, vectors in prop::collection::vec(0u32..80, 300),
    ) {
        let families = mixed(rows);
        let mut made = Made::of(&families);
        made.vectors = together.then(|| vectors[..rows].to_vec());
        let duplicates = if together { Duplicates::Together } else { Duplicates::Apart };
        let settings = LeaveOut { seed, duplicates, ..without(&["dos", "r2l"]) };
        for (fold, family) in [(1, "dos"), (2, "r2l")] {
            let tables = SplitTables { train: made.rows(), test: None };
            let Ok(split) = settings.draw(&tables, Some(fold)) else {
                prop_assert!(together, "nothing but copies can be in the way");
                continue;
            };
            let mut parts = vec![None; rows];
            for (at, part) in [&split.train, &split.validation, &split.test].iter().enumerate() {
                for &row in &part.rows {
                    prop_assert_eq!(parts[row].replace(at), None, "row {} is in two parts", row);
                }
            }
            for row in 0..rows {
                match families[row] {
                    of if of == family => prop_assert_eq!(parts[row], Some(2)),
                    "normal" => prop_assert!(parts[row].is_some()),
                    _ if together => prop_assert_ne!(parts[row], Some(2), "another family is tested on"),
                    _ => prop_assert!(matches!(parts[row], Some(0 | 1)), "another family's row is lost"),
                }
            }
            if together {
                let of = |wanted: &[usize]| -> HashSet<u32> {
                    let rows = (0..rows).filter(|&row| parts[row].is_some_and(|at| wanted.contains(&at)));
                    rows.map(|row| vectors[row]).collect()
                };
                prop_assert!(of(&[2]).is_disjoint(&of(&[0, 1])));
            }
        }
    }
}

#[test]
fn outliers_of_other_families_that_are_not_tested_on_train() {
    let families = mixed(200);
    let made = Made::of(&families);
    let tables = SplitTables { train: made.rows(), test: None };
    let split = without(&["dos"]).draw(&tables, Some(1)).unwrap();
    let others = |part: &Part| {
        part.rows.iter().filter(|&&row| made.labels[row] && families[row] != "dos").count()
    };
    let (trained, validated) = (others(&split.train), others(&split.validation));
    assert_eq!((trained + validated, others(&split.test)), (40, 0), "20 of dos, 40 others");
    // The shares are of all 60 outliers: 12 are validated on, as many of other families as fall among them.
    assert!(validated <= 12 && trained >= 28, "{trained} train, {validated} validate");
    // Without labels in training nothing changes but what trains.
    let settings = LeaveOut { train_on: TrainOn::Inliers, ..without(&["dos"]) };
    let unlabelled = settings.draw(&tables, Some(1)).unwrap();
    assert_eq!((unlabelled.validation, unlabelled.test), (split.validation, split.test));
    assert!(unlabelled.train.rows.iter().all(|&row| !made.labels[row]));
}

#[test]
fn a_copy_of_a_tested_inlier_trains_no_model() {
    // Rows of even and odd number are copies in pairs: an outlier of r2l and an inlier each.
    let families: Vec<&str> =
        (0..80).map(|row| if row < 8 { "dos" } else { ["normal", "r2l"][row % 2] }).collect();
    let mut made = Made::of(&families);
    let vectors: Vec<u32> = (0..80).map(|row| row / 2).collect();
    made.vectors = Some(vectors.clone());
    let tables = SplitTables { train: made.rows(), test: None };
    let settings = LeaveOut { duplicates: Duplicates::Together, ..without(&["dos"]) };
    let split = settings.draw(&tables, Some(1)).unwrap();
    let of = |part: &Part| -> HashSet<u32> { part.rows.iter().map(|&row| vectors[row]).collect() };
    assert!(split.test.rows.iter().any(|&row| !made.labels[row]));
    assert!(of(&split.test).is_disjoint(&of(&split.train)));
    assert!(of(&split.test).is_disjoint(&of(&split.validation)));
}

#[test]
fn the_folds_share_their_inliers() {
    let made = Made::of(&mixed(200));
    let tables = SplitTables { train: made.rows(), test: None };
    let settings = without(&["dos", "probe"]);
    let inliers = |fold| {
        let split = settings.draw(&tables, Some(fold)).unwrap();
        [split.train, split.validation, split.test]
            .map(|part| part.rows.into_iter().filter(|&row| !made.labels[row]).collect::<Vec<_>>())
    };
    assert_eq!(inliers(1), inliers(2));
    assert_eq!(inliers(1)[2].len(), 42, "0.3 of 140 inliers");
}

#[test]
fn a_test_table_of_its_own_is_tested_on() {
    let train = Made::of(&mixed(100));
    let test = Made::of(&["normal", "dos", "probe", "dos", "normal", "u2r"]);
    let tables = SplitTables { train: train.rows(), test: Some(test.rows()) };
    let settings = LeaveOut { test: None, train_on: TrainOn::Inliers, ..without(&["dos"]) };
    let split = settings.draw(&tables, Some(1)).unwrap();
    assert_eq!(split.test, Part { table: TableName::Test, rows: vec![0, 1, 3, 4] });
    assert_eq!(settings.tables().test, TableName::Test);
    assert!(split.train.rows.iter().all(|&row| !train.labels[row]));
    let rows = train.rows();
    let families: Vec<&str> = split.validation.rows.iter().map(|&row| rows.family(row)).collect();
    assert!(families.contains(&"r2l") && !families.contains(&"dos"), "{families:?}");
    // With a share, the training table alone is used.
    let split = without(&["dos"]).draw(&tables, Some(1)).unwrap();
    assert_eq!(split.test.table, TableName::Train);
    let Err(SplitError::Key(fault)) =
        LeaveOut { test: None, ..without(&["dos", "r2l"]) }.draw(&tables, Some(2))
    else {
        panic!("no test row is of that family")
    };
    assert_eq!(fault.item, Some(1));
    assert_eq!(fault.help, Help::Text("leave out families that have rows: dos, probe, u2r".into()));
}

#[test]
fn rows_of_the_family_that_the_policy_calls_inliers_are_in_no_part() {
    let mut made = Made::of(&mixed(100));
    let odd: Vec<usize> = (0..100).step_by(20).collect();
    odd.iter().for_each(|&row| made.labels[row] = false);
    let tables = SplitTables { train: made.rows(), test: None };
    let split = without(&["dos"]).draw(&tables, Some(1)).unwrap();
    let rows = super::made::all_rows(&split);
    assert!(odd.iter().all(|row| !rows.contains(row)));
    assert_eq!(split.test.rows.iter().filter(|&&row| made.labels[row]).count(), 5);
}

#[test]
fn a_fold_has_the_name_and_the_address_of_its_family() {
    let mut every = without(&[]);
    known(|data| every.complete(data)).unwrap();
    assert_eq!(every.leave_out, ["dos", "probe"]);
    assert_eq!(every.folds(), [Some(1), Some(2)]);
    assert_eq!(every.fold_name(Some(2)), Some("probe"));
    let settings = SplitSettings::LeaveOut(every);
    let alone = SplitSettings::LeaveOut(without(&["probe"]));
    assert_eq!(settings.of_fold(Some(2)), alone.of_fold(Some(1)));
    assert_ne!(settings.of_fold(Some(1)), alone.of_fold(Some(1)));
}

#[test]
fn families_are_held_against_the_data_set() {
    let fault = |mut split: LeaveOut, families| {
        known(|data| split.complete(&DataTables { families, ..*data })).unwrap_err()
    };
    let families = ["dos".to_owned(), "probe".to_owned()];
    let slip = fault(without(&["dos", "prob"]), Some(&families));
    assert_eq!(
        (slip.item, &slip.help),
        (Some(1), &Help::Choose { word: "prob".into(), among: families.to_vec() })
    );
    let unknown = fault(without(&[]), None);
    assert!(unknown.message.contains("not known before"), "{}", unknown.message);
    let large = LeaveOut { validation: 0.7, ..without(&["dos"]) };
    assert_eq!(fault(large, Some(&families)).keys, ["test", "validation"]);
    let mut listed = without(&["worms"]);
    known(|data| listed.complete(&DataTables { families: None, ..*data })).unwrap();
}
