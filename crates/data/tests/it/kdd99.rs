//! KDD Cup 99 as published: row counts, class names and label policies.

use oddbench_core::{Column, Dataset};
use oddbench_data::Mirror;
use oddbench_data::datasets::kdd99;

use crate::support::{offline, real_data};

pub fn load(test: &str, columns: &[&str]) -> Option<Dataset> {
    let folder = real_data(test)?;
    let dir = tempfile::tempdir().unwrap();
    let cache = offline(dir.path(), Some(Mirror::Folder(folder)));
    let columns: Vec<String> = columns.iter().map(ToString::to_string).collect();
    Some(kdd99().load(&cache, &columns, &[]).unwrap())
}

#[test]
fn has_the_published_rows_and_classes() {
    let columns = ["dst_host_count", "service", "serror_rate"];
    let Some(data) = load("has_the_published_rows_and_classes", &columns) else { return };
    let (train, test) = (&data.train, data.test.as_ref().unwrap());
    assert_eq!((train.rows(), test.rows()), (494_021, 311_029));
    let count = |table: &oddbench_core::Table, class: &str| {
        let classes = table.classes.as_ref().unwrap();
        (0..table.rows()).filter(|&row| classes.of(row) == class).count()
    };
    assert_eq!((count(train, "normal"), count(test, "normal")), (97_278, 60_593));
    assert_eq!(count(test, "snmpgetattack"), 7_741);
    assert_eq!(train.classes.as_ref().unwrap().names.len(), 23);
    assert_eq!(test.classes.as_ref().unwrap().names.len(), 38);
    let names: Vec<_> = train.columns.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(names, columns, "columns come in the order asked for");
    // The first rows of the file: dst_host_count 9, 19, 29; service http.
    let Some(Column::Numeric(counts)) = train.column("dst_host_count") else { panic!() };
    assert_eq!(counts[..3], [9.0, 19.0, 29.0]);
    let Some(Column::Categorical { codes, levels }) = train.column("service") else { panic!() };
    assert_eq!((codes.len(), levels[codes[0] as usize].as_str()), (494_021, "http"));
    let Some(Column::Categorical { levels, .. }) = test.column("service") else { panic!() };
    assert!(levels.iter().any(|name| name == "icmp"), "a service that training never has");
}

#[test]
fn published_labels_take_unseen_attacks_for_normal() {
    let Some(data) = load("published_labels_take_unseen_attacks_for_normal", &[]) else { return };
    let classes = data.test.as_ref().unwrap().classes.as_ref().unwrap();
    let policies = kdd99().info().label_policies;
    assert_eq!(policies[0].0, "published");
    let inliers = |i: usize| policies[i].1.labels(classes).iter().filter(|&&o| !o).count();
    assert_eq!((inliers(0), inliers(1)), (60_593 + 18_729, 60_593));
}
