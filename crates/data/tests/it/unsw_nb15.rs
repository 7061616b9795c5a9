//! UNSW-NB15 as published. Needs the real file; says so and returns without it.

use std::collections::BTreeMap;
use std::path::Path;

use oddbench_core::Column;
use oddbench_data::{Mirror, datasets};

use crate::support::{offline, real_data};

#[test]
fn unsw_nb15_has_the_published_rows_and_no_feature_tells_the_label() {
    let Some(mirror) = real_data("unsw_nb15_has_the_published_rows") else { return };
    let folder = tempfile::tempdir().unwrap();
    let cache = offline(folder.path(), Some(Mirror::Folder(mirror)));
    let kind = datasets::find("unsw-nb15").unwrap();
    let source = kind.open(&serde_json::Map::new(), Path::new("")).unwrap();
    assert!(!source.has_test_table());
    let info = source.info();
    let columns = info.column_names();
    let [(without, fewer), (all, set)] = &info.feature_sets[..] else { panic!() };
    assert_eq!((without.as_str(), all.as_str(), set), ("without-ttl", "all", &columns));
    assert_eq!(fewer.len(), 39, "without sttl, dttl and ct_state_ttl");
    for name in ["id", "attack_cat", "label"] {
        assert!(!columns.iter().any(|column| column == name), "{name} is a feature");
    }
    let data = source.load(&cache, &columns, &[]).unwrap();
    assert_eq!((data.name.as_str(), data.synthetic, &data.test), ("unsw-nb15", false, &None));
    let table = &data.train;
    assert_eq!((table.rows(), table.columns.len()), (82_332, 42));

    let classes = table.classes.as_ref().unwrap();
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    (0..table.rows()).for_each(|row| *counts.entry(classes.of(row)).or_default() += 1);
    let published = [
        ("Analysis", 677),
        ("Backdoor", 583),
        ("DoS", 4_089),
        ("Exploits", 11_132),
        ("Fuzzers", 6_062),
        ("Generic", 18_871),
        ("Normal", 37_000),
        ("Reconnaissance", 3_496),
        ("Shellcode", 378),
        ("Worms", 44),
    ];
    assert_eq!(counts, BTreeMap::from(published));
    let outliers = info.label_policies[0].1.labels(classes);
    assert_eq!(outliers.iter().filter(|&&outlier| outlier).count(), 45_332);

    let categorical: Vec<(&str, usize)> = table
        .columns
        .iter()
        .filter_map(|(name, column)| match column {
            Column::Categorical { levels, .. } => Some((name.as_str(), levels.len())),
            Column::Numeric(values) => {
                // The number of the row, and whatever the label decides, would stand out so.
                let same = values.iter().zip(&outliers).filter(|(v, o)| (**v != 0.0) == **o);
                assert!(same.count() < 74_000, "{name} is nearly the label");
                None
            }
        })
        .collect();
    assert_eq!(categorical, [("proto", 131), ("service", 13), ("state", 7)]);
    let Some(Column::Numeric(rate)) = table.column("rate") else { panic!() };
    assert_eq!(rate[0], 90_909.090_2, "the first row of the file");
}
