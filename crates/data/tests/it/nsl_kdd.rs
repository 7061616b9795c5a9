//! NSL-KDD as published. Needs the real files; says so and returns without them.

use std::collections::{HashMap, HashSet};

use oddbench_core::{Column, Dataset, Table};
use oddbench_data::{Cache, Mirror, Source, datasets};
use serde_json::json;

use crate::support::{offline, real_data};

fn load(test: &str, source: &Source, columns: &[String]) -> Option<Dataset> {
    let mirror = Mirror::Folder(real_data(test)?);
    let folder = tempfile::tempdir().unwrap();
    let cache: Cache = offline(folder.path(), Some(mirror));
    Some(source.load(&cache, columns, &[]).unwrap())
}

fn source(train: &str, test: &str) -> Source {
    let keys = json!({ "train": train, "test": test });
    let kind = datasets::find("nsl-kdd").unwrap();
    kind.open(keys.as_object().unwrap(), "".as_ref()).unwrap()
}

fn count(table: &Table, class: &str) -> usize {
    let classes = table.classes.as_ref().unwrap();
    (0..table.rows()).filter(|&row| classes.of(row) == class).count()
}

/// The rows as text: numbers bit for bit, categories by name.
fn rows(table: &Table) -> Vec<String> {
    let mut rows = vec![String::new(); table.rows()];
    for (_, column) in &table.columns {
        for (row, text) in rows.iter_mut().enumerate() {
            match column {
                Column::Numeric(values) => text.push_str(&values[row].to_string()),
                Column::Categorical { codes, levels } => {
                    text.push_str(&levels[codes[row] as usize])
                }
            }
            text.push(',');
        }
    }
    rows
}

#[test]
fn nsl_kdd_has_the_published_rows_and_classes() {
    let name = "nsl_kdd_has_the_published_rows_and_classes";
    let full = source("KDDTrain+", "KDDTest+");
    let Some(data) = load(name, &full, &["service".into(), "src_bytes".into()]) else { return };
    let (train, test) = (&data.train, data.test.as_ref().unwrap());
    assert_eq!((train.rows(), test.rows()), (125_973, 22_544));
    assert_eq!((count(train, "normal"), count(test, "normal")), (67_343, 9_711));
    assert_eq!((count(train, "neptune"), count(test, "snmpgetattack")), (41_214, 178));
    assert_eq!(train.classes.as_ref().unwrap().names.len(), 23);
    assert_eq!(test.classes.as_ref().unwrap().names.len(), 38);
    let Some(Column::Numeric(bytes)) = train.column("src_bytes") else { panic!() };
    assert_eq!(bytes[..3], [491.0, 146.0, 0.0], "the first rows of the file");
    let policy = &full.info().label_policies[0].1;
    let outliers = policy.labels(test.classes.as_ref().unwrap());
    assert_eq!(outliers.iter().filter(|&&outlier| outlier).count(), 22_544 - 9_711);

    let small = source("KDDTrain+_20Percent", "KDDTest-21");
    let data = load(name, &small, &[]).unwrap();
    let (train, test) = (&data.train, data.test.as_ref().unwrap());
    assert_eq!((train.rows(), test.rows()), (25_192, 11_850));
    assert_eq!((count(train, "normal"), count(test, "normal")), (13_449, 2_152));
    assert_ne!(full.digest(), small.digest());
}

#[test]
fn no_difficulty_among_the_features_and_664_test_rows_are_in_training() {
    let full = source("KDDTrain+", "KDDTest+");
    let columns: Vec<String> = full.info().columns.into_iter().map(|(name, _)| name).collect();
    assert_eq!(columns.len(), 41);
    assert!(!columns.iter().any(|name| name == "difficulty"));
    let name = "no_difficulty_among_the_features_and_664_test_rows_are_in_training";
    let Some(data) = load(name, &full, &columns) else { return };
    let train: HashSet<String> = rows(&data.train).into_iter().collect();
    let test = rows(data.test.as_ref().unwrap());
    assert_eq!(test.iter().filter(|row| train.contains(*row)).count(), 664);
    let mut distinct = HashMap::new();
    test.iter().for_each(|row| *distinct.entry(row).or_insert(0) += 1);
    assert!(distinct.len() > 22_000, "test rows are not repeated");
}

#[test]
fn without_a_mirror_the_error_says_where_the_file_goes() {
    let folder = tempfile::tempdir().unwrap();
    let mut cache = offline(folder.path(), None);
    for offline in [true, false] {
        cache.offline = offline;
        let error = source("KDDTrain+", "KDDTest+").load(&cache, &[], &[]).unwrap_err();
        let text = error.to_string();
        assert!(text.contains("no public home") && text.contains("ODDBENCH_MIRROR"), "{text}");
        assert!(text.contains("nsl-kdd/KDDTrain+.txt.gz"), "{text}");
    }
    let empty = tempfile::tempdir().unwrap();
    let cache = offline(folder.path(), Some(Mirror::Folder(empty.path().into())));
    let error = source("KDDTrain+", "KDDTest+").load(&cache, &[], &[]).unwrap_err();
    let text = error.to_string();
    assert!(text.contains("put the file there") && !text.contains("unset"), "{text}");
}

#[test]
fn plain_text_in_a_mirror_is_as_good_as_an_archive() {
    let name = "plain_text_in_a_mirror_is_as_good_as_an_archive";
    let Some(real) = real_data(name) else { return };
    let plain = tempfile::tempdir().unwrap();
    std::fs::create_dir(plain.path().join("nsl-kdd")).unwrap();
    for file in ["KDDTrain+_20Percent", "KDDTest-21"] {
        let archive = std::fs::File::open(real.join(format!("nsl-kdd/{file}.txt.gz"))).unwrap();
        let mut text =
            std::fs::File::create(plain.path().join(format!("nsl-kdd/{file}.txt"))).unwrap();
        std::io::copy(&mut flate2::read::GzDecoder::new(archive), &mut text).unwrap();
    }
    let folder = tempfile::tempdir().unwrap();
    let cache = offline(folder.path(), Some(Mirror::Folder(plain.path().into())));
    let small = source("KDDTrain+_20Percent", "KDDTest-21");
    let data = small.load(&cache, &["flag".into()], &[]).unwrap();
    assert_eq!((data.train.rows(), data.test.unwrap().rows()), (25_192, 11_850));
}
