//! Properties of the splits.

mod by_group;
mod by_time;
mod duplicates;
mod leave_out;
mod made;

use proptest::prelude::*;

use super::*;
use crate::dataset::Table;
use crate::numpy_rng;

fn labels(n: usize, every: usize) -> Vec<bool> {
    (0..n).map(|row| row % every == 0).collect()
}

fn train_on(inliers_only: bool) -> TrainOn {
    if inliers_only { TrainOn::Inliers } else { TrainOn::All }
}

#[test]
fn published_takes_what_the_study_took_of_each_label() {
    let (train, test) = (labels(500, 5), labels(30_000, 3));
    let split = published(&train, &test, Published::P8020).unwrap();
    assert_eq!(split.train.rows.len(), 400);
    assert_eq!(split.validation.rows.len(), 4_000 + 2_000);
    assert_eq!(split.test.rows.len(), 10_000);
    assert!(split.test.rows[..8_000].iter().all(|&row| !test[row]));
    assert!(split.test.rows[8_000..].iter().all(|&row| test[row]));
    assert!(split.test.rows.iter().all(|row| !split.validation.rows.contains(row)));
    let all = published(&train, &test, Published::All).unwrap();
    assert_eq!(all.test.rows.len() + all.validation.rows.len(), 30_000);
}

#[test]
fn too_few_rows_are_named() {
    let error = published(&labels(50, 5), &labels(900, 3), Published::P9010).unwrap_err();
    let text = error.to_string();
    assert_eq!(text, "the published-9010 split needs 9000 test inliers, there are 480");
    let error = holdout(&[true; 9], None, HALF).unwrap_err();
    assert_eq!(error.to_string(), "the holdout split needs 1 training inliers, there are 0");
}

const KDD99: DataTables<'_> = DataTables {
    kind: "kdd99",
    has_test: true,
    columns: &[],
    beside: &[],
    unread: &[],
    families: None,
};

const HALF: Holdout = Holdout {
    test: 0.5,
    validation: 0.25,
    seed: 7,
    train_on: TrainOn::All,
    test_prevalence: None,
    rows: None,
    repeats: None,
    transfer: false,
    duplicates: Duplicates::Apart,
};

#[test]
fn prevalence_keeps_so_many_of_the_test_outliers() {
    // 800 inliers and 800 outliers, of each 400 for the test: 100 outliers beside 400 are 0.2.
    let labels: Vec<bool> = (0..1600).map(|row| row % 2 == 1).collect();
    let all = holdout(&labels, None, HALF).unwrap();
    let few = holdout(&labels, None, Holdout { test_prevalence: Some(0.2), ..HALF }).unwrap();
    assert_eq!((&few.train, &few.validation), (&all.train, &all.validation));
    let of = |split: &Split, outlier: bool| -> Vec<usize> {
        split.test.rows.iter().copied().filter(|&row| labels[row] == outlier).collect()
    };
    assert_eq!(of(&few, false), of(&all, false));
    assert_eq!(of(&few, true).len(), 100);
    assert!(of(&few, true).iter().all(|row| all.test.rows.contains(row)));
    // int(n * 0.2 / 0.8), as the literature writes it: 401 inliers have 100 outliers too.
    assert_eq!(super::holdout::outliers_beside(401, 0.2, 400), Ok(100));
    let many = holdout(&labels, None, Holdout { test_prevalence: Some(0.6), ..HALF });
    assert!(matches!(many, Err(SplitError::TooFew { needed: 600, found: 400, .. })));
}

#[test]
fn some_rows_are_drawn_first_and_without_the_labels() {
    let labels = labels(1000, 5);
    let split = holdout(&labels, None, Holdout { rows: Some(300), ..HALF }).unwrap();
    let mut used: Vec<usize> = [&split.train, &split.validation, &split.test]
        .iter()
        .flat_map(|p| &p.rows)
        .copied()
        .collect();
    used.sort_unstable();
    used.dedup();
    assert_eq!(used.len(), 300);
    let drawn = crate::numpy_rng::sample(HALF.seed, 1000, 300);
    assert!(drawn.iter().all(|row| used.contains(row)));
    // A table that is not larger is used whole.
    for rows in [1000, 5000] {
        assert_eq!(
            holdout(&labels, None, Holdout { rows: Some(rows), ..HALF }),
            holdout(&labels, None, HALF)
        );
    }
}

#[test]
fn repeats_take_the_next_seeds() {
    let labels = labels(200, 4);
    let (table, usable): (_, Vec<usize>) = (Table::default(), (0..200).collect());
    let train =
        TableRows { table: &table, usable: &usable, labels: &labels, families: &[], vectors: None };
    let tables = SplitTables { train, test: None };
    let repeated = Holdout { repeats: Some(3), ..HALF };
    assert_eq!(HALF.folds(), [None]);
    assert_eq!(repeated.folds(), [Some(1), Some(2), Some(3)]);
    for fold in 1..=3 {
        let once = Holdout { seed: HALF.seed + fold - 1, ..HALF };
        assert_eq!(repeated.draw(&tables, Some(fold)), holdout(&labels, None, once));
    }
    let mut transfer = Holdout { transfer: true, ..repeated };
    assert_eq!(transfer.complete(&KDD99).unwrap_err().keys, ["transfer", "repeats"]);
}

proptest! {
    #[test]
    fn a_holdout_is_disjoint_complete_and_stratified(
        n in 40usize..400, every in 2usize..6, seed: u32, inliers_only: bool,
    ) {
        let labels = labels(n, every);
        let split = holdout(&labels, None, Holdout { seed, train_on: train_on(inliers_only), ..HALF }).unwrap();
        let mut seen = vec![0; n];
        for part in [&split.train, &split.validation, &split.test] {
            part.rows.iter().for_each(|&row| seen[row] += 1);
        }
        for (row, &times) in seen.iter().enumerate() {
            prop_assert!(times == 1 || (times == 0 && inliers_only && labels[row]));
        }
        if inliers_only {
            prop_assert!(split.train.rows.iter().all(|&row| !labels[row]));
        }
        let outliers = labels.iter().filter(|&&label| label).count();
        let tested = split.test.rows.iter().filter(|&&row| labels[row]).count();
        prop_assert_eq!(tested, numpy_rng::fraction(outliers, 0.5));
    }

    #[test]
    fn folds_partition_the_rows_and_each_label_evenly(
        n in 60usize..400, every in 2usize..6, seed: u32, folds in 2u32..8, inliers_only: bool,
    ) {
        let labels = labels(n, every);
        let settings = KFold { folds, validation: 0.25, seed, train_on: train_on(inliers_only), duplicates: Duplicates::Apart };
        let mut tested = vec![0; n];
        let mut counts = [vec![], vec![], vec![]];
        for fold in 1..=folds {
            let split = k_fold(&labels, None, settings, fold).unwrap();
            split.test.rows.iter().for_each(|&row| tested[row] += 1);
            let outliers = split.test.rows.iter().filter(|&&row| labels[row]).count();
            counts[0].push(outliers);
            counts[1].push(split.test.rows.len() - outliers);
            counts[2].push(split.test.rows.len());
            let mut seen = vec![0; n];
            for part in [&split.train, &split.validation, &split.test] {
                part.rows.iter().for_each(|&row| seen[row] += 1);
            }
            for (row, &times) in seen.iter().enumerate() {
                prop_assert!(times == 1 || (times == 0 && inliers_only && labels[row]));
            }
            let rest = labels.iter().filter(|&&label| label).count() - outliers;
            let validated = split.validation.rows.iter().filter(|&&row| labels[row]).count();
            prop_assert_eq!(validated, numpy_rng::fraction(rest, 0.25));
        }
        prop_assert!(tested.iter().all(|&times| times == 1));
        for counts in counts {
            let (least, most) = (counts.iter().min().unwrap(), counts.iter().max().unwrap());
            prop_assert!(most - least <= 1, "{counts:?}");
        }
    }
}

const OWN_TEST: Predefined = Predefined {
    validation: 0.25,
    seed: 7,
    train_on: TrainOn::Inliers,
    duplicates: Duplicates::Apart,
};

#[test]
fn the_sources_own_test_table_is_tested_on_whole() {
    let (train, test) = (labels(80, 4), labels(30, 3));
    let split = predefined(&train, None, &test, OWN_TEST).unwrap();
    assert_eq!(split.test, Part { table: TableName::Test, rows: (0..30).collect() });
    assert_eq!(split.train.table, TableName::Train);
    assert_eq!(split.validation.table, TableName::Train);
    let outliers = |rows: &[usize]| rows.iter().filter(|&&row| train[row]).count();
    assert_eq!((split.train.rows.len(), outliers(&split.train.rows)), (45, 0));
    assert_eq!((split.validation.rows.len(), outliers(&split.validation.rows)), (20, 5));
    let all =
        predefined(&train, None, &test, Predefined { train_on: TrainOn::All, ..OWN_TEST }).unwrap();
    let mut seen = [all.train.rows.clone(), all.validation.rows.clone()].concat();
    seen.sort_unstable();
    assert_eq!(seen, (0..80).collect::<Vec<_>>(), "no row is lost or used twice");
    assert_eq!(all.validation, split.validation);
    let one_class = predefined(&train, None, &[false; 9], OWN_TEST).unwrap();
    assert_eq!((one_class.test.rows.len(), one_class.train), (9, split.train));
    let error = predefined(&train, None, &[], OWN_TEST).unwrap_err();
    assert_eq!(error.to_string(), "the predefined split needs 1 test rows, there are 0");
}

const FIVE: KFold = KFold {
    folds: 5,
    validation: 0.0,
    seed: 7,
    train_on: TrainOn::All,
    duplicates: Duplicates::Apart,
};

#[test]
fn folds_follow_the_seed_and_need_a_row_each() {
    let labels = labels(100, 4);
    let test = |seed| k_fold(&labels, None, KFold { seed, ..FIVE }, 1).unwrap().test.rows;
    assert_eq!(test(7), test(7));
    assert_ne!(test(7), test(8));
    let error = k_fold(&[false; 4], None, FIVE, 1).unwrap_err();
    assert_eq!(error.to_string(), "the k-fold split needs 5 rows, there are 4");
}

#[test]
fn fewer_outliers_than_folds_leave_some_folds_without_one() {
    let mut few = vec![false; 20];
    few[..3].fill(true);
    let outliers = |fold| {
        let test = k_fold(&few, None, FIVE, fold).unwrap().test.rows;
        (test.len(), test.iter().filter(|&&row| few[row]).count())
    };
    let folds: Vec<(usize, usize)> = (1..=5).map(outliers).collect();
    assert!(folds.iter().all(|(rows, _)| *rows == 4), "{folds:?}");
    assert_eq!(folds.iter().filter(|(_, outliers)| *outliers == 1).count(), 3, "{folds:?}");
    assert_eq!(folds.iter().filter(|(_, outliers)| *outliers == 0).count(), 2, "{folds:?}");
    // Without any outlier every fold is drawn too.
    assert!((1..=5).all(|fold| k_fold(&[false; 20], None, FIVE, fold).is_ok()));
}
