//! Every committed file of `data/sets`, and mistakes that a file may not have.

use std::collections::BTreeSet;

use super::*;
use oddbench_core::{FeatureKind, LabelPolicy};

#[test]
fn kdd99_has_its_columns_and_classes() {
    let kdd = kdd99();
    let features = kdd.features().unwrap();
    assert_eq!(features.len(), 41);
    let categorical = features.iter().filter(|(_, kind)| *kind == FeatureKind::Categorical);
    let categorical: Vec<&str> = categorical.map(|(name, _)| name.as_str()).collect();
    assert_eq!(categorical, ["protocol_type", "service", "flag"]);
    assert_eq!(kdd.training_attacks().count(), 22);
    assert_eq!(kdd.test_only_classes.values().map(Vec::len).sum::<usize>(), 17);
    assert_eq!(kdd.feature_sets["published-18"].len(), 18);
    let attacks: BTreeSet<String> = kdd.training_attacks().map(str::to_owned).collect();
    assert_eq!(kdd.policy("published"), Some(LabelPolicy::OutliersAre(attacks)));
    let policies = kdd.policies.iter().map(|policy| policy.name.as_str());
    assert_eq!(policies.collect::<Vec<_>>(), ["published", "corrected", "attacks-are-normal"]);
}

#[test]
fn nsl_kdd_has_the_columns_and_classes_of_kdd99() {
    let (nsl, kdd) = (dataset("nsl-kdd").unwrap(), kdd99());
    assert_eq!((&nsl.columns, &nsl.feature_sets), (&kdd.columns, &kdd.feature_sets));
    assert_eq!(nsl.category("httptunnel"), Some("u2r"));
    assert_eq!(nsl.files.len(), 4);
}

#[test]
fn every_set_has_the_features_that_its_publisher_lists() {
    let counts: Vec<(&str, Option<usize>)> = entries()
        .iter()
        .map(|entry| (entry.name.as_str(), entry.features().map(|features| features.len())))
        .collect();
    let expected = [
        ("adbench", None),
        ("cic-ids2017", Some(77)),
        ("cic-ids2017-original", Some(76)),
        ("cse-cic-ids2018", Some(77)),
        ("ctu-13", Some(9)),
        ("kdd99", Some(41)),
        ("nf-unsw-nb15-v3", Some(46)),
        ("nsl-kdd", Some(41)),
        ("ton-iot", Some(32)),
        ("unsw-nb15", Some(42)),
    ];
    assert_eq!(counts, expected);
}

#[test]
fn a_class_has_one_category() {
    let kdd = kdd99();
    assert_eq!(kdd.category("smurf"), Some("dos"));
    assert_eq!(kdd.category("httptunnel"), Some("u2r"));
    assert_eq!(kdd.category("normal"), Some("normal"));
    assert_eq!(kdd.category("normal."), None);
}

#[test]
fn every_set_says_what_it_is_good_for_and_what_is_wrong_with_it() {
    let mut paths = BTreeSet::new();
    for entry in entries() {
        let name = &entry.name;
        for text in [&entry.summary, &entry.good_for, &entry.licence, &entry.citation] {
            assert!(!text.is_empty(), "{name}");
        }
        assert!(entry.good_for.len() <= 36, "{name}: the list has 80 columns");
        assert!(entry.issues.len() > 1 && entry.version.is_some(), "{name}");
        assert!(entry.page.as_ref().is_some_and(|page| page.starts_with("https://")), "{name}");
        for (column, left_out) in &entry.leave_out {
            assert!(left_out.why.len() > 8, "{name}: why is {column} left out?");
        }
        for file in &entry.files {
            assert!(paths.insert(&file.path), "{} is listed twice", file.path);
            assert!(file.path.starts_with(&format!("{name}/")), "{}", file.path);
            assert_eq!(find(&file.path), Some(file));
            assert!(file.can_be_fetched() || file.homes.is_empty(), "{}", file.path);
        }
    }
    assert!(find("kddcup.data").is_none());
}

/// A user's file, with one line put in another's place.
fn changed(from: &str, to: &str) -> Result<Entry, String> {
    let text = "title = \"Mine\"\n\
        columns = [\"a\", { name = \"b\", kind = \"categorical\" }]\n\
        [label]\ncolumn = \"class\"\n\
        [[policy]]\nname = \"normal\"\ninliers = [\"normal\"]\n\
        [classes]\nnormal = [\"normal\"]\nbad = [\"attack\"]\n\
        [feature_sets]\none = [\"a\"]\n\
        [[file]]\npath = \"rows.csv\"\n";
    assert!(text.contains(from));
    load::from_text("mine.toml", &text.replace(from, to), Some("".as_ref()))
}

#[test]
fn what_does_not_fit_together_is_named() {
    let entry = changed("", "").unwrap();
    assert_eq!(
        (entry.files[0].name.as_str(), entry.files[0].can_be_fetched()),
        ("rows.csv", false)
    );
    for (from, to, word) in [
        ("title", "tilte", "tilte"),
        ("kind = \"categorical\"", "kind = \"words\"", "line 2"),
        ("[\"a\", {", "[\"b\", {", "\"b\" is there twice"),
        ("inliers = [\"normal\"]", "", "either inliers or outliers"),
        ("inliers = [\"normal\"]", "inliers = [\"usual\"]", "\"usual\""),
        ("[[policy]]\nname = \"normal\"\ninliers = [\"normal\"]\n", "", "[[policy]]"),
        ("one = [\"a\"]", "one = [\"c\"]", "\"c\""),
        ("bad = [\"attack\"]", "bad = [\"normal\"]", "\"normal\" is there twice"),
        ("path = \"rows.csv\"", "path = \"rows.csv\"\ncontent = { sha256 = \"12\" }", "sha256"),
        ("path = \"rows.csv\"", "path = \"rows.csv\"\nhomes = [\"ftp://a\"]", "no URL"),
        ("title = \"Mine\"", "title = \"Mine\"\nlike = \"kdd98\"", "kdd98"),
        ("[[file]]\n", "[[choice]]\nname = \"path\"\nmeaning = \"\"\n[[file]]\n", "\"path\""),
    ] {
        let error = changed(from, to).unwrap_err();
        assert!(error.contains(word), "{to}: {error}");
    }
}
