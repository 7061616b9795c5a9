//! The generated data set: its shape, that a seed decides it, and that it is worth learning from.

use std::collections::BTreeMap;

use oddbench_core::{Column, Dataset, FeatureKind};
use oddbench_data::datasets::synthetic;

use crate::support::offline;

fn load(rows: usize, seed: u64) -> Dataset {
    let source = synthetic(rows, seed);
    let columns: Vec<String> = source.info().columns.into_iter().map(|(name, _)| name).collect();
    let dir = tempfile::tempdir().unwrap();
    source.load(&offline(dir.path(), None), &columns, &[]).unwrap()
}

fn numbers<'a>(data: &'a Dataset, name: &str) -> &'a [f64] {
    match data.train.column(name) {
        Some(Column::Numeric(values)) => values,
        other => panic!("{name}: {other:?}"),
    }
}

#[test]
fn has_the_rows_and_columns_that_it_states() {
    for rows in [0, 1, 7, 500, 12_000] {
        let data = load(rows, 1);
        assert!(data.synthetic && data.test.is_none());
        assert_eq!(data.train.rows(), rows);
        let info = synthetic(rows, 1).info();
        assert_eq!(data.train.columns.len(), 41);
        for ((name, column), (expected, kind)) in data.train.columns.iter().zip(&info.columns) {
            assert_eq!((name, column.len()), (expected, rows));
            assert_eq!(matches!(column, Column::Numeric(_)), *kind == FeatureKind::Numeric);
        }
    }
}

#[test]
fn times_and_hosts_stand_beside_the_features() {
    let source = synthetic(2_000, 1);
    let info = source.info();
    assert_eq!(info.time.as_deref(), Some("time"));
    let dir = tempfile::tempdir().unwrap();
    let cache = offline(dir.path(), None);
    let columns: Vec<String> = info.column_names();
    let with = source.load(&cache, &columns, &info.beside).unwrap();
    assert_eq!(with.train.columns, load(2_000, 1).train.columns);
    let Some(Column::Numeric(times)) = with.train.beside("time") else { panic!() };
    // The log is in order of time; it begins with the year 2000 and lasts 0.11 seconds a normal row.
    assert!(times.is_sorted() && times[0] >= 946_684_800.0);
    assert!(times[1_999] - times[0] < 300.0, "{}", times[1_999] - times[0]);
    let Some(Column::Categorical { codes, levels }) = with.train.beside("dst_host") else {
        panic!()
    };
    assert!(codes.len() == 2_000 && (5..1_000).contains(&levels.len()), "{}", levels.len());
}

#[test]
fn a_fifth_of_the_rows_are_attacks_of_many_kinds() {
    let data = load(12_000, 2018);
    let classes = data.train.classes.as_ref().unwrap();
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    (0..classes.len()).for_each(|row| *counts.entry(classes.of(row)).or_default() += 1);
    assert_eq!(counts["normal"], 9_600);
    assert!(counts["smurf"] > 500 && counts["neptune"] > 400, "{counts:?}");
    for rare in ["guess_passwd", "warezclient", "buffer_overflow", "rootkit", "imap"] {
        assert!((1..150).contains(&counts[rare]), "{counts:?}");
    }
    let entry = oddbench_data::catalog::dataset("kdd99").unwrap();
    for name in counts.keys() {
        assert!(entry.category(name).is_some(), "{name} is no class of KDD");
    }
}

#[test]
fn the_seed_decides_every_row() {
    assert_eq!(load(3_000, 5), load(3_000, 5));
    assert_ne!(load(3_000, 5), load(3_000, 6));
    let digest = |rows, seed| synthetic(rows, seed).digest();
    assert_eq!(digest(3_000, 5), digest(3_000, 5));
    assert_ne!(digest(3_000, 5), digest(3_000, 6));
    assert_ne!(digest(3_000, 5), digest(3_001, 5));
}

/// A change of the generator that changes rows must raise its version (and this sum).
#[test]
fn rows_are_the_same_on_every_platform() {
    let data = load(2_000, 2018);
    let mut sum: u64 = 0;
    let mut add = |value: u64| sum = sum.wrapping_mul(0x100_0000_01b3).wrapping_add(value);
    for (_, column) in &data.train.columns {
        match column {
            Column::Numeric(values) => values.iter().for_each(|v| add(v.to_bits())),
            Column::Categorical { codes, .. } => codes.iter().for_each(|&c| add(c.into())),
        }
    }
    data.train.classes.as_ref().unwrap().codes.iter().for_each(|&c| add(c.into()));
    assert_eq!(format!("{sum:016x}"), "8b8f82740f245a68");
}

#[test]
fn values_are_in_the_ranges_of_kdd() {
    let data = load(12_000, 3);
    for (name, column) in &data.train.columns {
        let Column::Numeric(values) = column else { continue };
        let most = match name.as_str() {
            _ if name.ends_with("_rate") => 1.0,
            "count" | "srv_count" => 511.0,
            "dst_host_count" | "dst_host_srv_count" => 255.0,
            "land" | "logged_in" | "root_shell" | "is_host_login" | "is_guest_login" => 1.0,
            _ => 1e8,
        };
        assert!(values.iter().all(|v| (0.0..=most).contains(v)), "{name}");
        if name.ends_with("_rate") {
            assert!(values.iter().all(|v| ((v * 100.0).round() / 100.0) == *v), "{name}");
        }
    }
}

#[test]
fn floods_show_in_the_counters_and_no_column_tells_all() {
    let data = load(12_000, 4);
    let classes = data.train.classes.as_ref().unwrap();
    let mean = |name: &str, class: &str| {
        let values = numbers(&data, name);
        let of: Vec<f64> =
            (0..values.len()).filter(|&r| classes.of(r) == class).map(|r| values[r]).collect();
        of.iter().sum::<f64>() / of.len() as f64
    };
    assert!(mean("count", "smurf") > 5.0 * mean("count", "normal"));
    assert!(mean("serror_rate", "neptune") > 0.5 && mean("serror_rate", "normal") < 0.1);
    assert!(mean("hot", "back") > mean("hot", "normal"));
    // Neither class is a range of one column: some normal row lies among the attacks in each.
    let normal: Vec<usize> = (0..classes.len()).filter(|&r| classes.of(r) == "normal").collect();
    for (name, _) in data.train.columns.iter().filter(|(_, c)| matches!(c, Column::Numeric(_))) {
        let values = numbers(&data, name);
        let most = normal.iter().map(|&r| values[r]).fold(f64::MIN, f64::max);
        let beyond = (0..values.len()).filter(|&r| values[r] > most).count();
        assert!(beyond < 1_200, "{name} alone finds {beyond} of 2,400 attacks without an error");
    }
}
