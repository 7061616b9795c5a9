//! Broken experiment files: each error names the file, the line (or the option) and the remedy.

use std::path::Path;

use oddbench_engine::spec::{self, Overrides, Place, SpecError};

/// A file that is right; every case breaks one thing.
pub const GOOD: &str = r#"name = "broken"
description = "one thing is wrong here"

[dataset]
kind = "synthetic"
rows = 500

[split]
kind = "holdout"
test = 0.3

[preprocess]
scale = "min-max"

[threshold]
rule = "max-f1"
tune_on = "validation"

[run]
seeds = [1, 2]
backends = ["cpu"]

[[model]]
kind = "pca"
params = { n_components = 2 }

[[model]]
kind = "isolation-forest"
name = "IF"
params = { n_estimators = 3 }

[[model]]
kind = "autoencoder"
name = "AE"
params = { epochs = 3 }
"#;

pub const KDD: &str = r#"name = "broken"

[dataset]
kind = "kdd99"
features = "published-18"
labels = "published"

[split]
kind = "published-8020"

[threshold]
rule = "max-accuracy"
tune_on = "test"
decimals = 3

[[model]]
kind = "pca"
"#;

/// Each case: what is wrong, and the text in the file with what it becomes.
const CASES: [(&str, &str, &str); 68] = [
    ("unknown key at the top", "description =", "descripton ="),
    ("unknown key in a section", "test = 0.3", "tset = 0.3"),
    ("unknown section", "[preprocess]", "[preprocessing]"),
    ("a text in place of a number", "test = 0.3", "test = \"30 %\""),
    ("a number in place of a text", "rule = \"max-f1\"", "rule = 1"),
    ("a text in place of a list", "seeds = [1, 2]", "seeds = \"1, 2\""),
    ("a negative seed", "seeds = [1, 2]", "seeds = [1, -2]"),
    ("a value in place of a section", "[run]\nseeds = [1, 2]\nbackends = [\"cpu\"]\n", ""),
    ("unknown model kind", "kind = \"isolation-forest\"", "kind = \"isolation-forrest\""),
    ("a model kind like no other", "kind = \"isolation-forest\"", "kind = \"transformer\""),
    ("unknown parameter", "n_estimators = 3", "n_estimator = 3"),
    ("a negative number of trees", "n_estimators = 3", "n_estimators = -3"),
    ("negative epochs", "epochs = 3", "epochs = -3"),
    ("a parameter of the wrong type", "n_components = 2", "n_components = \"two\""),
    ("a parameter out of range", "n_components = 2", "n_components = 0"),
    ("duplicate names", "name = \"IF\"", "name = \"pca\""),
    ("an empty name", "name = \"IF\"", "name = \"\""),
    ("the old key of a name", "name = \"IF\"", "label = \"IF\""),
    ("the old key of a prevalence", "rule = \"max-f1\"", "rule = \"max-f1\"\ncontamination = 0.2"),
    ("the old key of a test prevalence", "test = 0.3", "test = 0.3\ntest_contamination = 0.2"),
    ("empty seeds", "seeds = [1, 2]", "seeds = []"),
    ("a seed twice", "seeds = [1, 2]", "seeds = [1, 2, 1]"),
    ("no backend", "backends = [\"cpu\"]", "backends = []"),
    ("unknown backend", "backends = [\"cpu\"]", "backends = [\"gpu\"]"),
    ("a backend twice", "backends = [\"cpu\"]", "backends = [\"cpu\", \"cpu\"]"),
    ("unknown data set", "kind = \"synthetic\"", "kind = \"synthetik\""),
    ("too few rows", "rows = 500", "rows = 5"),
    ("unknown column", "rows = 500", "features = [\"src_bytes\", \"dst_byte\"]"),
    ("a column twice", "rows = 500", "features = [\"src_bytes\", \"src_bytes\"]"),
    ("unknown feature set", "rows = 500", "features = \"published18\""),
    ("a fraction out of range", "test = 0.3", "test = 30"),
    ("nothing left to train on", "test = 0.3", "test = 0.5\nvalidation = 0.5"),
    ("no validation rows to tune on", "test = 0.3", "test = 0.3\nvalidation = 0.0"),
    (
        "a split that the data set cannot have",
        "kind = \"holdout\"\ntest = 0.3",
        "kind = \"published-8020\"",
    ),
    ("folds of a holdout", "test = 0.3", "folds = 5"),
    ("one fold", "kind = \"holdout\"\ntest = 0.3", "kind = \"k-fold\"\nfolds = 1"),
    ("a test share beside folds", "kind = \"holdout\"", "kind = \"k-fold\""),
    ("transfer without a test table", "test = 0.3", "test = 0.3\ntransfer = true"),
    (
        "no validation rows in the folds",
        "kind = \"holdout\"\ntest = 0.3",
        "kind = \"k-fold\"\nvalidation = 0.0",
    ),
    ("a model that needs labels", "kind = \"isolation-forest\"", "kind = \"random-forest\""),
    ("tuning a native threshold", "rule = \"max-f1\"", "rule = \"native\""),
    (
        "unknown features of a model",
        "kind = \"pca\"",
        "kind = \"pca\"\nfeatures = [\"src_bytes\", \"dst_byte\"]",
    ),
    (
        "unknown scaling of a model",
        "kind = \"pca\"",
        "kind = \"pca\"\npreprocess = { scale = \"max\" }",
    ),
    (
        "unknown key of a model's own",
        "kind = \"pca\"",
        "kind = \"pca\"\npreprocess = { scal = \"none\" }",
    ),
    (
        "other rows for one model",
        "kind = \"pca\"",
        "kind = \"pca\"\npreprocess = { missing = \"drop-row\" }",
    ),
    ("unknown transform", "scale = \"min-max\"", "transform = \"logarithm\""),
    ("unknown scaling", "scale = \"min-max\"", "scale = \"minmax\""),
    ("unknown threshold rule", "rule = \"max-f1\"", "rule = \"max-f3\""),
    ("quantile out of range", "rule = \"max-f1\"", "rule = \"quantile\"\nquantile = 95"),
    ("quantile left out", "rule = \"max-f1\"", "rule = \"quantile\""),
    ("a spread of nothing", "rule = \"max-f1\"", "rule = \"mad\"\nk = 0.0"),
    ("a risk that is no tail", "rule = \"max-f1\"", "rule = \"pot\"\nquantile = 0.95\nrisk = 0.1"),
    ("a risk without a tail", "rule = \"max-f1\"", "rule = \"iqr\"\nrisk = 0.001"),
    ("inliers of a mixture", "rule = \"max-f1\"", "rule = \"mixture\"\nof = \"inliers\""),
    ("a logarithm of another rule", "rule = \"max-f1\"", "rule = \"pot\"\nlog = true"),
    ("a key of another rule", "rule = \"max-f1\"", "rule = \"max-f1\"\nvalue = 0.5"),
    ("no rate at all", "[run]", "[operator]\nfpr = []\n\n[run]"),
    ("a rate of everything", "[run]", "[operator]\nfpr = [0.01, 1.0]\n\n[run]"),
    ("a rate twice", "[run]", "[operator]\nfpr = [0.01, 0.001, 1e-2]\n\n[run]"),
    ("a base rate in percent", "[run]", "[operator]\nprevalence = [5]\n\n[run]"),
    (
        "more rates than somebody reads",
        "[run]",
        "[operator]\nfpr = [0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.01, 0.02]\n\n[run]",
    ),
    ("a day without flows", "[run]", "[operator]\nflows_per_day = 0\n\n[run]"),
    ("unknown key of the operator", "[run]", "[operator]\nfprs = [0.01]\n\n[run]"),
    ("not a TOML file", "[run]", "[run"),
    ("a key twice", "test = 0.3", "test = 0.3\ntest = 0.4"),
    ("a name that is no folder", "name = \"broken\"", "name = \"../broken\""),
    ("no name", "name = \"broken\"\n", ""),
    ("no kind", "[[model]]\nkind = \"pca\"", "[[model]]"),
];

const KDD_CASES: [(&str, &str, &str); 13] = [
    ("unknown label policy", "labels = \"published\"", "labels = \"publishd\""),
    ("a key of another data set", "labels = \"published\"", "rows = 500"),
    ("a key of another split", "[threshold]", "test = 0.2\n\n[threshold]"),
    ("nsl-kdd with the labels of kdd99", "kind = \"kdd99\"", "kind = \"nsl-kdd\""),
    ("a table of the user's with the labels of kdd99", "kind = \"kdd99\"", "kind = \"csv\""),
    ("transfer in a published split", "[threshold]", "transfer = true\n\n[threshold]"),
    ("a model that needs labels in a published split", "kind = \"pca\"", "kind = \"svm\""),
    (
        "a value of a native threshold",
        "rule = \"max-accuracy\"\ntune_on = \"test\"\ndecimals = 3",
        "rule = \"native\"\nvalue = 0.5",
    ),
    ("a sweep", "kind = \"pca\"", "kind = \"pca\"\nsweep = { n_components = [1, 0] }"),
    ("too many decimals", "decimals = 3", "decimals = 30"),
    ("unknown anchors", "[[model]]", "[report]\nanchors = [\"deepad-2021\"]\n\n[[model]]"),
    ("no model", "[[model]]\nkind = \"pca\"\n", ""),
    (
        "no threshold",
        "[threshold]\nrule = \"max-accuracy\"\ntune_on = \"test\"\ndecimals = 3\n",
        "",
    ),
];

const OVERRIDES: [(&str, &str); 11] = [
    ("unknown key", "run.sedes=[1]"),
    ("unknown parameter", "model.IF.params.n_estimator=3"),
    ("the old key of a name", "model.IF.label=forest"),
    ("unknown model", "model.IG.params.n_estimators=3"),
    ("position out of range", "model.7.params.n_estimators=3"),
    ("no equals sign", "run.seeds"),
    ("not a key", "run..seeds=[1]"),
    ("below a value", "name.first=1"),
    ("wrong type", "split.test=much"),
    ("empty seeds", "run.seeds=[]"),
    ("negative epochs", "model.AE.params.epochs=-1"),
];

fn error_of(text: &str, overrides: &Overrides) -> SpecError {
    match spec::parse(Path::new("experiments/broken.toml"), text.to_owned(), overrides) {
        Ok(_) => panic!("no error in:\n{text}"),
        Err(error) => error,
    }
}

/// Every broken file: what is wrong with it, and its text.
pub fn texts() -> Vec<(&'static str, String)> {
    let good = CASES.iter().map(|(case, from, to)| (*case, replaced(GOOD, from, to)));
    let kdd = KDD_CASES.iter().map(|(case, from, to)| (*case, replaced(KDD, from, to)));
    good.chain(kdd).collect()
}

fn replaced(base: &str, from: &str, to: &str) -> String {
    assert!(base.contains(from), "nothing to break: {from}");
    match (from, to) {
        ("[run]\nseeds = [1, 2]\nbackends = [\"cpu\"]\n", "") => {
            format!("run = 5\n{}", base.replacen(from, to, 1))
        }
        _ => base.replacen(from, to, 1),
    }
}

/// What a reader sees: the case, the error, and the line that it points at.
fn shown(case: &str, error: &SpecError) -> String {
    let line = error.line_column().map(|(line, _)| line);
    let quote = line.and_then(|line| error.text().lines().nth(line - 1)).unwrap_or("");
    let marked =
        error.span().map(|span| error.text()[span].lines().next().unwrap_or("").to_owned());
    let error = error.to_string().replace(&kinds(), "(every kind)");
    format!("# {case}\n{error}\n  line: {quote}\n  marked: {}\n", marked.unwrap_or_default())
}

/// The list of kinds grows with every model; the snapshots need not.
fn kinds() -> String {
    let names: Vec<&str> = oddbench_models::kinds().iter().map(|kind| kind.name).collect();
    names.join(", ")
}

fn check_all(base: &str, cases: &[(&str, &str, &str)]) -> String {
    let mut text = String::new();
    for (case, from, to) in cases {
        let error = error_of(&replaced(base, from, to), &Overrides::default());
        assert!(matches!(error.place, Place::Text(_)), "{case}: no line in {error:?}");
        assert!(!error.help.is_empty(), "{case}: no remedy in {error}");
        assert!(error.to_string().starts_with("experiments/broken.toml:"), "{error}");
        text.push_str(&shown(case, &error));
        text.push('\n');
    }
    text
}

#[test]
fn the_files_are_right_before_they_are_broken() {
    for text in [GOOD, KDD] {
        spec::parse(Path::new("x.toml"), text.to_owned(), &Overrides::default()).unwrap();
    }
}

#[test]
fn every_fault_names_line_and_remedy() {
    insta::assert_snapshot!("broken_files", check_all(GOOD, &CASES));
}

#[test]
fn every_fault_in_a_kdd_file_names_line_and_remedy() {
    insta::assert_snapshot!("broken_kdd_files", check_all(KDD, &KDD_CASES));
}

#[test]
fn a_broken_option_is_named_instead_of_a_line() {
    let mut text = String::new();
    for (case, option) in OVERRIDES {
        let overrides = Overrides { set: vec![option.to_owned()], ..Overrides::default() };
        let error = error_of(GOOD, &overrides);
        assert_eq!(error.place, Place::Override(format!("--set {option}")), "{case}");
        assert!(!error.help.is_empty(), "{case}: no remedy in {error}");
        text.push_str(&shown(case, &error));
        text.push('\n');
    }
    insta::assert_snapshot!("broken_options", text);
}

#[test]
fn broken_seeds_and_backends_options_are_named() {
    let seeds = Overrides { seeds: Some(vec![3, 3]), ..Overrides::default() };
    assert_eq!(error_of(GOOD, &seeds).place, Place::Override("--seeds 3,3".into()));
    let backends = Overrides { backends: Some(vec!["gpu".into()]), ..Overrides::default() };
    assert_eq!(error_of(GOOD, &backends).place, Place::Override("--backends gpu".into()));
}

#[test]
fn a_missing_file_names_its_neighbour() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("quickstart.toml"), GOOD).unwrap();
    let error =
        spec::load(&folder.path().join("quikstart.toml"), &Overrides::default()).unwrap_err();
    assert_eq!(error.message, "there is no such file");
    assert!(error.help.ends_with("quickstart.toml?"), "{error}");
    assert!(error.to_string().contains("quikstart.toml"), "{error}");
}

#[test]
fn a_file_that_is_no_text_is_an_error() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("x.toml");
    std::fs::write(&path, [0x1f, 0x8b, 0xff]).unwrap();
    let error = spec::load(&path, &Overrides::default()).unwrap_err();
    assert_eq!(error.message, "the file is not UTF-8 text (byte 1)");
}
