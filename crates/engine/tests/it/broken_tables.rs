//! Broken experiment files about a user's own table: each error names the line and the remedy.

use oddbench_engine::spec::{self, Overrides, Place, SpecError};

const GOOD: &str = r#"name = "broken"

[dataset]
kind = "csv"
path = "flows.csv"
label = "class"
inliers = ["BENIGN"]

[split]
kind = "holdout"

[threshold]
rule = "max-f1"

[[model]]
kind = "pca"
"#;

const FLOWS: &str =
    "port,protocol,bytes,class\n80,tcp,100,BENIGN\n53,udp,40,BENIGN\n22,tcp,9000,DoS\n";
const RAGGED: &str = "port,protocol,bytes,class\n80,tcp,100,BENIGN\n53,udp,40\n";
const TEXT: &str = "port,protocol,bytes,class\n80,tcp,100,BENIGN\n53,udp,many,DoS\n";

/// Each case: what is wrong, and the text in the file with what it becomes.
const CASES: [(&str, &str, &str); 26] = [
    ("no path", "path = \"flows.csv\"\n", ""),
    ("no such file", "flows.csv", "flow.csv"),
    ("an empty file", "flows.csv", "empty.csv"),
    ("a line that is too short", "flows.csv", "ragged.csv"),
    ("a text among numbers", "flows.csv", "text.csv"),
    ("a test table of other columns", "label =", "test_path = \"other.csv\"\nlabel ="),
    ("no label", "label = \"class\"\n", ""),
    ("a label that is no column", "label = \"class\"", "label = \"Class\""),
    ("neither inliers nor outliers", "inliers = [\"BENIGN\"]\n", ""),
    ("both", "inliers = [\"BENIGN\"]", "inliers = [\"BENIGN\"]\noutliers = [\"DoS\"]"),
    ("no inlier named", "[\"BENIGN\"]", "[]"),
    ("an inlier that never occurs", "\"BENIGN\"", "\"BENING\""),
    ("a label that is a list", "[\"BENIGN\"]", "[[\"BENIGN\"]]"),
    ("unknown feature", "label =", "features = [\"port\", \"byte\"]\nlabel ="),
    ("unknown feature set", "label =", "features = \"published-18\"\nlabel ="),
    ("unknown categorical column", "label =", "categorical = [\"prot\"]\nlabel ="),
    ("the label ignored", "label =", "ignore = [\"class\"]\nlabel ="),
    ("everything ignored", "label =", "ignore = [\"port\", \"protocol\", \"bytes\"]\nlabel ="),
    ("no rows", "label =", "limit = 0\nlabel ="),
    ("a long delimiter", "label =", "delimiter = \"::\"\nlabel ="),
    ("another delimiter", "label =", "delimiter = \";\"\nlabel ="),
    ("no header and no names", "label =", "header = false\nlabel ="),
    ("names beside a header", "label =", "names = [\"a\", \"b\"]\nlabel ="),
    ("a named policy", "label =", "labels = \"corrected\"\nlabel ="),
    ("a key of text files", "kind = \"csv\"", "kind = \"parquet\"\ndelimiter = \";\""),
    ("a split that needs a test table", "kind = \"holdout\"", "kind = \"predefined\""),
];

fn error_of(folder: &std::path::Path, text: &str) -> SpecError {
    spec::parse(&folder.join("broken.toml"), text.to_owned(), &Overrides::default()).unwrap_err()
}

#[test]
fn every_fault_of_a_table_names_line_and_remedy() {
    let folder = tempfile::tempdir().unwrap();
    let files = [
        ("flows.csv", FLOWS),
        ("empty.csv", ""),
        ("ragged.csv", RAGGED),
        ("text.csv", TEXT),
        ("other.csv", "port,class\n1,DoS\n"),
    ];
    for (name, text) in files {
        std::fs::write(folder.path().join(name), text).unwrap();
    }
    let good =
        spec::parse(&folder.path().join("good.toml"), GOOD.to_owned(), &Overrides::default());
    assert_eq!(good.unwrap().experiment.dataset.labels, "inliers: BENIGN");
    let prefix = format!("{}/", folder.path().display());
    let mut shown = String::new();
    for (case, from, to) in CASES {
        assert!(GOOD.contains(from), "nothing to break: {from}");
        let error = error_of(folder.path(), &GOOD.replacen(from, to, 1));
        assert!(matches!(error.place, Place::Text(_)), "{case}: no line in {error:?}");
        assert!(!error.help.is_empty(), "{case}: no remedy in {error}");
        shown.push_str(&format!("# {case}\n{error}\n\n").replace(&prefix, ""));
    }
    insta::assert_snapshot!("broken_tables", shown);
}

/// The names of all lists at once, and then those of the models.
#[test]
fn every_wrong_name_of_a_column_is_told_at_once() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("flows.csv"), FLOWS).unwrap();
    let lists = "ignore = [\"prt\", \"port\", \"x\"]\nkeep = [\"y\"]\ncategorical = [\"protocol\", \"z\"]\nlabel =";
    let text = GOOD.replace("label =", lists);
    let text = text.replace("\"pca\"", "\"pca\"\nfeatures = [\"bytes\", \"byte\", \"bits\"]");
    let keys = |text: &str| -> Vec<String> {
        let error = error_of(folder.path(), text);
        let all = std::iter::once(&error).chain(&error.others);
        all.map(|error| error.key.clone()).collect()
    };
    let lists =
        ["dataset.ignore[0]", "dataset.ignore[2]", "dataset.keep[0]", "dataset.categorical[1]"];
    let models = ["model[0].features[1]", "model[0].features[2]"];
    assert_eq!(keys(&text), [&lists[..], &models].concat());
    // Without the label the columns of the models are not known.
    let label = text.replace("label = \"class\"", "label = \"Class\"");
    assert_eq!(keys(&label), [&lists[..], &["dataset.label"]].concat());
    // A list that has no right name is no empty list.
    let features = GOOD.replace("label =", "features = [\"a\", \"b\"]\nlabel =");
    assert_eq!(keys(&features), ["dataset.features[0]", "dataset.features[1]"]);
    let inliers = GOOD.replace("[\"BENIGN\"]", "[\"BENIGN\", \"good\", \"fine\"]");
    assert_eq!(keys(&inliers), ["dataset.inliers[1]", "dataset.inliers[2]"]);
}

/// The names in a split cannot be compared with a data set that is not there.
#[test]
fn a_fault_of_the_data_set_makes_none_of_the_split() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("flows.csv"), FLOWS).unwrap();
    for split in [
        "kind = \"time\"\ncolumn = \"bytes\"",
        "kind = \"group\"\ncolumn = \"bytes\"",
        "kind = \"leave-out\"\nleave_out = [\"DoS\"]",
    ] {
        let right = GOOD.replace("kind = \"holdout\"", split);
        spec::parse(&folder.path().join("good.toml"), right.clone(), &Overrides::default())
            .unwrap();
        for (from, to) in [("flows.csv", "flow.csv"), ("\"BENIGN\"", "\"BENING\"")] {
            let error = error_of(folder.path(), &right.replacen(from, to, 1));
            assert!(error.key.starts_with("dataset.") && error.others.is_empty(), "{error}");
        }
    }
}

#[test]
fn a_label_may_be_a_number_however_it_is_written() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("flows.csv"), "x,class\n1,0\n2,1.0\n3,0.0\n").unwrap();
    for inliers in ["[0]", "[0.0]", "[\"0\"]"] {
        let text = GOOD.replace("[\"BENIGN\"]", inliers);
        let path = folder.path().join("numbers.toml");
        let spec = spec::parse(&path, text, &Overrides::default()).unwrap();
        assert_eq!(spec.experiment.dataset.labels, "inliers: 0");
        assert!(
            spec.experiment.dataset.policy.is_outlier("1")
                && !spec.experiment.dataset.policy.is_outlier("0")
        );
    }
}
