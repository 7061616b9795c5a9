//! The mistakes that a newcomer makes in a file, on purpose or not: each is answered by `check` with the line and with
//! what to do.

use serde_json::Value;

use crate::oddbench::{Sandbox, assert_code, stderr};

/// A file that is right. The cases use the line numbers of this text.
const GOOD: &str = r#"name = "own"
description = "my flows"
[dataset]
kind = "csv"
path = "flows.csv"
label = "class"
inliers = ["normal"]
[split]
kind = "holdout"
test = 0.3
validation = 0.2
[preprocess]
scale = "min-max"
[[threshold]]
rule = "quantile"
quantile = 0.99
[run]
seeds = [1, 2]
[[model]]
kind = "isolation-forest"
name = "forest"
[model.params]
n_estimators = 20
[[model]]
kind = "pca"
"#;

/// A remedy contains no guess if there is no good one. A JSON file is called JSON.
#[test]
fn a_share_above_one_has_no_guess_and_json_is_named() {
    let sandbox = Sandbox::new();
    let said = |text: &str| {
        sandbox.write("own.toml", text);
        let output = sandbox.run(&["check", "own.toml"]);
        assert_code(&output, 2);
        stderr(&output)
    };
    let text = said(&GOOD.replace("test = 0.3", "test = 1.3"));
    assert!(text.contains("above 0 and below 1") && !text.contains("did you mean"), "{text}");
    let text = said("{\"name\": \"x\", \"dataset\": {}}\n");
    assert!(text.contains("this is JSON") && text.contains("TOML"), "{text}");
    assert!(!text.contains("write {"), "{text}");
}

/// A mistake: its description, the text to replace, the new text, the line in the message, and words of message and remedy.
type Mistake = (&'static str, &'static str, &'static str, u64, &'static [&'static str]);

const MISTAKES: &[Mistake] = &[
    // Names.
    ("a misspelt key", "seeds =", "sedes =", 18, &["no key `sedes`", "did you mean `seeds`?"]),
    ("a misspelt section", "[preprocess]", "[preproces]", 12, &["did you mean `preprocess`?"]),
    ("a misspelt value", "min-max", "minmax", 13, &["did you mean \"min-max\"?"]),
    (
        "a misspelt kind",
        "isolation-forest",
        "isolation_forrest",
        20,
        &["did you mean \"isolation-forest\"?"],
    ),
    (
        "the kind by its short name",
        "isolation-forest",
        "iforest",
        20,
        &["did you mean \"isolation-forest\"?"],
    ),
    ("an unknown kind", "isolation-forest", "transformer", 20, &["allowed: ", "autoencoder"]),
    (
        "a misspelt parameter",
        "n_estimators",
        "n_estimator",
        23,
        &["did you mean \"n_estimators\"?"],
    ),
    (
        "a parameter of another library",
        "n_estimators = 20",
        "contamination = 0.1",
        23,
        &["`contamination` is no parameter of isolation-forest", "threshold"],
    ),
    ("an unknown kind of split", "\"holdout\"", "\"kfold\"", 9, &["did you mean \"k-fold\"?"]),
    (
        "an unknown rule",
        "\"quantile\"",
        "\"percentile\"",
        15,
        &["\"percentile\" is unknown", "quantile"],
    ),
    ("an unknown data set", "\"csv\"", "\"cvs\"", 4, &["did you mean \"csv\"?"]),
    (
        "an unknown backend",
        "seeds = [1, 2]",
        "backends = [\"gpu\"]",
        18,
        &["\"gpu\" is unknown", "wgpu"],
    ),
    // Values.
    ("a text in place of a number", "= 0.3", "= \"30 %\"", 10, &["expected a number", "0.5"]),
    ("a percentage", "test = 0.3", "test = 30", 10, &["did you mean 0.3?"]),
    ("a decimal comma", "test = 0.3", "test = 0,3", 10, &["a comma", "write test = 0.3"]),
    ("a quantile in per cent with decimals", "0.99", "99.9", 16, &["did you mean 0.999?"]),
    ("a quantile in percent", "0.99", "99", 16, &["did you mean 0.99?"]),
    ("a missing key of a rule", "quantile = 0.99\n", "", 14, &["add quantile = 0.95"]),
    ("a parameter that is a text", "= 20", "= \"twenty\"", 23, &["whole number", "1 to 10000"]),
    ("a parameter out of range", "= 20", "= 0", 23, &["from 1 to 10000", "got 0"]),
    ("one seed without brackets", "[1, 2]", "1", 18, &["expected a list", "[..., ...]"]),
    ("a seed in quotes", "[1, 2]", "[\"1\"]", 18, &["whole number, 0 or more", "3"]),
    ("a negative seed", "[1, 2]", "[-1]", 18, &["whole number, 0 or more"]),
    ("a seed twice", "[1, 2]", "[1, 1]", 18, &["the seed 1 is there twice"]),
    (
        "a time without a unit",
        "[run]",
        "[limits]\ntimeout = \"5\"\n[run]",
        18,
        &["write the unit too"],
    ),
    (
        "a number as a time",
        "[run]",
        "[limits]\ntimeout = 5\n[run]",
        18,
        &["write a unit, in quotes"],
    ),
    (
        "a name that is no folder",
        "\"own\"",
        "\"my flows/1\"",
        1,
        &["cannot name a folder", "use letters"],
    ),
    // The table.
    (
        "a file that is not there",
        "flows.csv",
        "flow.csv",
        5,
        &["no such file", "the folder of the experiment file"],
    ),
    ("the home folder by its sign", "\"flows.csv", "\"~/flows.csv", 5, &["no such file", "~"]),
    (
        "a path of Windows",
        "flows.csv",
        "C:\\Users\\me\\flows.csv",
        5,
        &["single quotes", "C:/Users"],
    ),
    ("a missing label", "label = \"class\"\n", "", 3, &["add label ="]),
    ("a misspelt label", "\"class\"", "\"klass\"", 6, &["did you mean \"class\"?"]),
    ("a class that never occurs", "[\"normal\"]", "[\"norml\"]", 7, &["did you mean \"normal\"?"]),
    ("no list of inliers", "inliers = [\"normal\"]\n", "", 3, &["add inliers ="]),
    (
        "both lists",
        "inliers = [\"normal\"]",
        "inliers = [\"normal\"]\noutliers = [\"scan\"]",
        8,
        &["both given", "keep one"],
    ),
    (
        "a column that is not there",
        "[split]",
        "features = [\"bites\"]\n[split]",
        8,
        &["did you mean \"bytes\"?"],
    ),
    (
        "the label as a feature",
        "[split]",
        "features = [\"bytes\", \"class\"]\n[split]",
        8,
        &["is the label", "take it out"],
    ),
    ("a gap without a rule", "flows.csv", "gaps.csv", 12, &["missing", "median"]),
    (
        "more categories than one-hot takes",
        "[split]",
        "keep = [\"src_ip\"]\n[split]",
        3,
        &["categories", "ordinal"],
    ),
    // Places.
    ("a key below the wrong header", "label = \"class\"\n", "", 3, &["label"]),
    ("a name behind a section", "name = \"own\"\n", "", 1, &["begin the file with name ="]),
    (
        "a key of another split",
        "test = 0.3",
        "folds = 5",
        10,
        &["belongs to kind = \"k-fold\"", "remove it"],
    ),
    (
        "two models of one name",
        "kind = \"pca\"",
        "kind = \"pca\"\nname = \"forest\"",
        26,
        &["taken by model[0]", "name = "],
    ),
    (
        "a model that needs labels",
        "\"pca\"",
        "\"random-forest\"",
        25,
        &["learns from labels", "train_on = \"all\""],
    ),
    (
        "too many components",
        "\"pca\"",
        "\"pca\"\nparams = { n_components = 500 }",
        26,
        &["500", "column"],
    ),
    // Syntax.
    ("a comment of C", "[split]", "// the split\n[split]", 8, &["comments begin with #"]),
    ("a colon", "test = 0.3", "test: 0.3", 10, &["stands `=`", "write test = 0.3"]),
    ("a word without quotes", "\"holdout\"", "holdout", 9, &["in quotes", "kind = \"holdout\""]),
    ("quotes that are not closed", "\"holdout\"", "\"holdout", 9, &["not closed"]),
    ("a semicolon", "test = 0.3", "test = 0.3;", 10, &["write test = 0.3"]),
    ("True", "test = 0.3", "test = 0.3\ntransfer = True", 11, &["lower case"]),
    (
        "one model and several",
        "[[model]]\nkind = \"pca\"",
        "[model]\nkind = \"pca\"",
        24,
        &["[model] and as [[model]]"],
    ),
    (
        "a section twice",
        "[run]",
        "[split]\nkind = \"holdout\"\n[run]",
        17,
        &["[split] is there twice"],
    ),
    (
        "a key twice",
        "test = 0.3",
        "test = 0.3\ntest = 0.4",
        11,
        &["`test` is there twice", "keep one"],
    ),
    (
        "a rule twice",
        "[run]",
        "[[threshold]]\nrule = \"quantile\"\nquantile = 0.99\n[run]",
        18,
        &["threshold[0]", "keep one"],
    ),
];

/// Rows with a column of addresses that all differ, and perhaps with gaps.
fn table(gaps: bool) -> String {
    let row = |i: usize| {
        let class = if i.is_multiple_of(10) { "scan" } else { "normal" };
        let bytes =
            if gaps && i.is_multiple_of(7) { String::new() } else { ((i * 37) % 1000).to_string() };
        let ip = format!("10.{}.{}.{}", i / 62_500, i / 250 % 250, i % 250);
        format!("{ip},{},{},{bytes},{class}\n", i % 100, i * 13 % 29)
    };
    format!("src_ip,port,packets,bytes,class\n{}", (0..3000).map(row).collect::<String>())
}

fn sandbox() -> Sandbox {
    let sandbox = Sandbox::new();
    sandbox.write("flows.csv", &table(false));
    sandbox.write("gaps.csv", &table(true));
    sandbox
}

#[test]
fn every_mistake_is_answered_with_its_line_and_the_remedy() {
    let sandbox = sandbox();
    sandbox.write("own.toml", GOOD);
    assert_code(&sandbox.run(&["check", "own.toml"]), 0);
    let mut wrong = String::new();
    for (mistake, from, to, line, words) in MISTAKES {
        assert!(GOOD.contains(from), "{mistake}: nothing to break: {from}");
        sandbox.write("own.toml", &GOOD.replacen(from, to, 1));
        let output = sandbox.run(&["check", "own.toml", "--json"]);
        let value: Value = serde_json::from_slice(&output.stdout).unwrap();
        let error = &value["error"];
        let said = format!("{}; {}", error["message"], error["help"]);
        let said = said.replace("\\\"", "\"");
        let right = output.status.code() == Some(2)
            && error["line"] == *line
            && error["help"].as_str().is_some_and(|help| !help.is_empty())
            && words.iter().all(|word| said.contains(word));
        if !right {
            wrong.push_str(&format!(
                "{mistake}: expected line {line}, {words:?}; found {value:#}\n"
            ));
        }
    }
    assert!(wrong.is_empty(), "{wrong}");
    assert!(MISTAKES.len() >= 49, "{}", MISTAKES.len());
}

#[test]
fn several_mistakes_are_told_at_once() {
    let sandbox = sandbox();
    let text = GOOD
        .replace("min-max", "minmax")
        .replace("0.99", "99")
        .replace("[1, 2]", "[1, 1]")
        .replace("iso", "izo")
        .replace("= 0.3", "= 30");
    sandbox.write("own.toml", &text);
    let output = sandbox.run(&["check", "own.toml"]);
    assert_code(&output, 2);
    let said = stderr(&output);
    for line in [10, 13, 16, 18, 20] {
        assert!(said.contains(&format!("[own.toml:{line}:")), "{line}: {said}");
    }
    // All look alike, and the last line counts them.
    assert!(!said.contains("Error:"), "{said}");
    assert_eq!(said.lines().filter(|line| line.starts_with("  x ")).count(), 5, "{said}");
    assert!(said.trim_end().ends_with("5 mistakes in 1 file"), "{said}");
}

#[test]
fn a_folder_and_a_file_that_is_not_there_are_answered_with_what_to_give() {
    let sandbox = Sandbox::new();
    for file in [".", "nope.toml"] {
        let output = sandbox.run(&["check", file]);
        assert_code(&output, 2);
        assert!(stderr(&output).contains("oddbench new experiment"), "{}", stderr(&output));
    }
    sandbox.write("own.toml", GOOD);
    for (file, what) in [(".", "this is a folder"), ("won.toml", "there is no such file")] {
        let output = sandbox.run(&["check", file]);
        let said = stderr(&output);
        assert!(said.contains(what) && said.contains("own.toml"), "{said}");
    }
}

#[test]
fn a_mistake_of_an_option_names_the_option_and_no_line_of_the_file() {
    let sandbox = sandbox();
    sandbox.write("own.toml", GOOD);
    for (option, words) in [
        ("AE.epochs=3", "keys here: name, description, dataset"),
        ("forest.n_estimators=3", "model.forest.params.n_estimators"),
        ("model.forest.n_estimators=3", "model.NAME.params.n_estimators"),
    ] {
        let output = sandbox.run(&["plan", "own.toml", "--set", option]);
        assert_code(&output, 2);
        let said = stderr(&output);
        assert!(said.contains(&format!("--set {option}")), "{said}");
        assert!(!said.contains("own.toml:"), "{option} points at an innocent line: {said}");
        assert!(said.contains(words), "{option}: {words} is not in {said}");
    }
}

/// Line ends of Windows and Unix in one file: the editor counts a line for each.
#[test]
fn lines_are_counted_as_an_editor_counts_them() {
    let sandbox = sandbox();
    let mixed: String = GOOD
        .replace("min-max", "minmax")
        .lines()
        .enumerate()
        .map(|(at, line)| format!("{line}{}", if at.is_multiple_of(2) { "\r\n" } else { "\n" }))
        .collect();
    sandbox.write("own.toml", &mixed);
    let output = sandbox.run(&["check", "own.toml"]);
    assert_code(&output, 2);
    assert!(stderr(&output).contains("[own.toml:13:"), "{}", stderr(&output));
}
