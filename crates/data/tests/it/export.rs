//! The published split as CSV: the bytes whose digests the study's files have.

use oddbench_core::LabelPolicy;
use oddbench_core::split::{Published, published};
use oddbench_data::datasets::kdd99;
use oddbench_data::export;

use crate::kdd99;

#[test]
fn the_published_split_has_the_published_bytes() {
    let info = kdd99().info();
    let (_, columns) = info.feature_sets.iter().find(|(name, _)| *name == "published-18").unwrap();
    let names: Vec<&str> = columns.iter().map(String::as_str).collect();
    let Some(data) = kdd99::load("the_published_split_has_the_published_bytes", &names) else {
        return;
    };
    let policy: &LabelPolicy = &info.label_policies[0].1;
    let labels = |table: &oddbench_core::Table| policy.labels(table.classes.as_ref().unwrap());
    let test = data.test.as_ref().unwrap();
    let split = published(&labels(&data.train), &labels(test), Published::P8020).unwrap();
    let dir = tempfile::tempdir().unwrap();
    let files = export(&split, &data, columns, policy, dir.path(), &mut |_| {}).unwrap();
    let found: Vec<(&str, usize, &str)> = files
        .iter()
        .map(|f| (f.path.file_name().unwrap().to_str().unwrap(), f.rows, f.sha256.as_str()))
        .collect();
    let expected = [
        (
            "test_inliers.csv",
            8_000,
            "967c1b95898de4fcfdf3ee24027a3cb2c249ed6bcb35a55746e553789a77559a",
        ),
        (
            "test_outliers.csv",
            2_000,
            "926ad095626103551f54a9a22e0e4422346d7493d504afedf6067cee3f8f0e9f",
        ),
        (
            "val_inliers.csv",
            15_864,
            "93db7ee263939e1eec2a9d54e936724c1e24c915afd8185299a6b9e50273952c",
        ),
        (
            "val_outliers.csv",
            46_341,
            "33c75eb385e9313960b93e50f9e49839e8e8f1c966b54fe8835727c7e513f79d",
        ),
    ];
    assert_eq!(found[..4], expected);
    assert_eq!(found.len(), 5, "and the training inliers");
    assert_eq!((found[4].0, found[4].1), ("train_inliers.csv", 97_278));
    assert_eq!(
        split.test.rows.iter().filter(|&&row| !labels(test)[row]).take(5).collect::<Vec<_>>(),
        [&89_986, &89_761, &123_925, &99_139, &145_053]
    );
}
