//! Texts that are no TOML, or not the TOML that was meant: the message says what the slip is.

use std::path::Path;

use oddbench_engine::spec::{self, Overrides, Place, SpecError};

const GOOD: &str = r#"name = "own"
[dataset]
kind = "synthetic"
rows = 500
[split]
kind = "holdout"
[threshold]
rule = "native"
[[model]]
kind = "ocsvm"
[[model]]
kind = "autoencoder"
name = "AE"
"#;

const TABLE: &str = r#"name = "own"
[dataset]
kind = "csv"
path = PATH
label = "class"
inliers = ["normal"]
[split]
kind = "holdout"
[threshold]
rule = "native"
[[model]]
kind = "ocsvm"
"#;

fn error(text: &str) -> SpecError {
    match spec::parse(Path::new("own.toml"), text.to_owned(), &Overrides::default()) {
        Ok(_) => panic!("nothing is wrong with:\n{text}"),
        Err(error) => error,
    }
}

/// The line, and message and remedy in one.
fn said(text: &str) -> (usize, String) {
    let error = error(text);
    assert!(error.others.is_empty(), "{error}");
    (error.line_column().unwrap().0, format!("{}; {}", error.message, error.help))
}

fn replaced(from: &str, to: &str) -> String {
    assert!(GOOD.contains(from), "{from}");
    GOOD.replacen(from, to, 1)
}

#[test]
fn a_path_of_windows_in_double_quotes_is_told_how_it_is_written() {
    for (path, single, slashes) in [
        (r"C:\Users\lena\flows.csv", r"'C:\Users\lena\flows.csv'", "\"C:/Users/lena/flows.csv\""),
        (r"data\flows.csv", r"'data\flows.csv'", "\"data/flows.csv\""),
        (r"C:\new\table.csv", r"'C:\new\table.csv'", "\"C:/new/table.csv\""),
        (r"C:\data\x.csv", r"'C:\data\x.csv'", "\"C:/data/x.csv\""),
        (r"\\server\share\x.csv", r"'\\server\share\x.csv'", "\"//server/share/x.csv\""),
        (r"flows\", r"'flows\'", "\"flows/\""),
        (r"back\bin.csv", r"'back\bin.csv'", "\"back/bin.csv\""),
    ] {
        let (line, text) = said(&TABLE.replace("PATH", &format!("\"{path}\"")));
        assert_eq!(line, 4, "{text}");
        for part in ["double quotes", "does not stand for itself", single, slashes] {
            assert!(text.contains(part), "{path}: {part} is not in {text}");
        }
    }
    let set = GOOD.replace("\"synthetic\"\nrows = 500", "\"sets\\flows.toml\"");
    let (line, text) = said(&set);
    assert!(line == 3 && text.contains("\"sets/flows.toml\""), "{text}");
    // As the remedy says it is a path, of a file that is not there.
    for path in [r"'C:\Users\lena\flows.csv'", "\"C:/Users/lena/flows.csv\""] {
        assert!(said(&TABLE.replace("PATH", path)).1.contains("there is no such file"));
    }
}

#[test]
fn slips_of_other_languages_are_named() {
    for (from, to, line, parts) in [
        ("[split]", "// the split\n[split]", 5, ["begin with #", "write # the split"]),
        ("rows = 500", "rows = 500 // few", 4, ["begin with #", "write # few"]),
        ("rows = 500", "rows: 500", 4, ["stands `=`", "write rows = 500"]),
        ("rows = 500", "rows == 500", 4, ["one `=`", "write rows = 500"]),
        ("rows = 500", "rows = 500;", 4, ["end of a line", "write rows = 500"]),
        ("\"holdout\"", "holdout", 6, ["in quotes", "kind = \"holdout\""]),
        ("\"holdout\"", "\"holdout", 6, ["not closed", "kind = \"holdout\""]),
        ("\"holdout\"", "\u{201c}holdout\u{201d}", 6, ["typographic", "kind = \"holdout\""]),
        ("\"holdout\"", "\"holdout\"\ntransfer = True", 7, ["lower case", "transfer = true"]),
        (
            "[[model]]",
            "[model]\nkind = \"pca\"\n[[model]]",
            11,
            ["[model] and as [[model]]", "[[model]]"],
        ),
        (
            "[split]",
            "[dataset]\nseed = 2\n[split]",
            5,
            ["[dataset] is there twice", "below one header"],
        ),
        ("\"own\"", "\"own\u{1}\"", 1, ["U+0001", "remove it"]),
        (
            "rows = 500",
            "rows = 500\nname = \"x\"",
            5,
            ["no key `name`", "above the first [section]"],
        ),
        ("\"AE\"", "\"AE\"\nfolds = 5", 14, ["no key `folds`", "below that header"]),
    ] {
        let (found, text) = said(&replaced(from, to));
        assert_eq!(found, line, "{text}");
        assert!(parts.iter().all(|part| text.contains(part)), "{parts:?} are not in {text}");
    }
    let one = replaced("[[model]]\nkind = \"autoencoder\"\nname = \"AE\"\n", "");
    let (line, text) = said(&one.replace("[[model]]", "[model]"));
    assert!(line == 9 && text.contains("write [[model]]"), "{text}");
}

#[test]
fn a_key_below_the_wrong_header_is_sent_home() {
    let text =
        GOOD.replace("name = \"own\"\n", "").replace("rows = 500", "rows = 500\nname = \"own\"");
    let (line, text) = said(&text);
    assert!(line == 4 && text.contains("move it to its top"), "{text}");
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("own.csv"), "x,class\n1,normal\n2,attack\n").unwrap();
    let text = TABLE.replace("PATH", "\"own.csv\"").replace("label = \"class\"\n", "")
        + "[model.params]\nlabel = \"class\"\n";
    let path = folder.path().join("own.toml");
    let error = spec::parse(&path, text, &Overrides::default()).unwrap_err();
    assert!(error.others.is_empty(), "one mistake, one message: {error}");
    assert_eq!((error.key.as_str(), error.line_column().unwrap().0), ("model[0].params.label", 13));
    assert!(error.help.contains("`label` is a key of [dataset]: move it"), "{error}");
}

#[test]
fn the_label_is_no_feature() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("own.csv"), "x,class\n1,normal\n2,attack\n").unwrap();
    let text = TABLE
        .replace("PATH", "\"own.csv\"")
        .replace("label =", "features = [\"x\", \"class\"]\nlabel =");
    let path = folder.path().join("own.toml");
    let error = spec::parse(&path, text, &Overrides::default()).unwrap_err();
    assert_eq!(error.key, "dataset.features[1]");
    assert!(error.message.contains("\"class\" is the label"), "{error}");
}

#[test]
fn names_of_the_field_lead_to_the_kind() {
    for (name, kind) in [
        ("iforest", "isolation-forest"),
        ("ae", "autoencoder"),
        ("lstm-ae", "seq2seq"),
        ("OneClassSVM", "ocsvm"),
        ("xgboost", "gradient-boosting"),
        ("LogReg", "logistic-regression"),
        ("GaussianNB", "naive-bayes"),
        ("KNeighborsClassifier", "knn-classifier"),
    ] {
        let (_, text) = said(&replaced("\"ocsvm\"", &format!("\"{name}\"")));
        assert!(text.contains(&format!("did you mean \"{kind}\"?")), "{text}");
    }
}

#[test]
fn a_contamination_is_translated_into_the_words_of_the_rule() {
    let rule = |text: &str| said(&replaced("rule = \"native\"", text)).1;
    let quantile = rule("rule = \"quantile\"\ncontamination = 0.05");
    assert!(quantile.contains("write quantile = 0.95 in place"), "{quantile}");
    let other = rule("rule = \"mad\"\ncontamination = 0.1");
    assert!(other.contains("rule = \"quantile\" with quantile = 0.9"), "{other}");
    let max = rule("rule = \"max-f1\"\ncontamination = 0.1");
    assert!(max.contains("prevalence"), "{max}");
}

#[test]
fn the_same_threshold_twice_is_refused() {
    let twice = "[[threshold]]\nrule = \"mad\"\n[[threshold]]\nrule = \"mad\"\nk = 3.0";
    let (line, text) = said(&replaced("[threshold]\nrule = \"native\"", twice));
    assert!(line == 10 && text.contains("the rule of threshold[0]"), "{text}");
    let unlike = twice.replace("k = 3.0", "k = 4.0");
    spec::parse(
        Path::new("own.toml"),
        replaced("[threshold]\nrule = \"native\"", &unlike),
        &Overrides::default(),
    )
    .unwrap();
}

#[test]
fn a_remedy_names_a_header_as_the_file_has_it() {
    let misplaced = |section: &str| {
        let text = replaced("kind = \"holdout\"", "kind = \"holdout\"\nrule = \"native\"");
        said(&text.replacen("[threshold]", section, 1)).1
    };
    let one = misplaced("[threshold]");
    assert!(one.contains("a key of [threshold]"), "{one}");
    let several = misplaced("[[threshold]]");
    assert!(several.contains("a key of [[threshold]]"), "{several}");
}

#[test]
fn mistakes_of_several_sections_come_in_one_message() {
    let text = r#"name = "many mistakes"
[dataset]
kind = "synthetic"
rowz = 500
features = ["src_bytes", "dst_byte"]
[split]
kind = "holdot"
[preprocess]
scale = "minmax"
encod = "ordinal"
[threshold]
rule = "quantile"
quantile = 95
[run]
seeds = "1"
backends = ["gpu"]
[[model]]
kind = "iforest"
[[model]]
kind = "pca"
params = { n_components = 0, scor = "x" }
[[model]]
kind = "pca"
"#;
    let error = error(text);
    let places: Vec<(usize, &str)> = std::iter::once(&error)
        .chain(&error.others)
        .map(|error| (error.line_column().unwrap().0, error.key.as_str()))
        .collect();
    assert_eq!(
        places,
        [
            (1, "name"),
            (4, "dataset.rowz"),
            (5, "dataset.features[1]"),
            (7, "split.kind"),
            (9, "preprocess.scale"),
            (10, "preprocess.encod"),
            (13, "threshold.quantile"),
            (15, "run.seeds"),
            (16, "run.backends[0]"),
            (18, "model[0].kind"),
            (21, "model[1].params.n_components"),
            (21, "model[1].params.scor"),
            (23, "model[2].kind"),
        ]
    );
}

#[test]
fn lines_count_alike_whatever_ends_them() {
    let broken = replaced("rule = \"native\"", "rule = \"nativ\"");
    let mixed: String = broken
        .lines()
        .enumerate()
        .map(|(at, line)| format!("{line}{}", if at % 2 == 0 { "\r\n" } else { "\n" }))
        .collect();
    for text in [broken.clone(), broken.replace('\n', "\r\n"), mixed, format!("\u{feff}{broken}")] {
        let error = error(&text);
        assert_eq!(error.line_column(), Some((8, 8)), "{text:?}");
    }
    assert!(said(&GOOD.replace('\n', "\r")).1.contains("line ends of Unix"));
}

#[test]
fn other_encodings_are_named_with_their_remedy() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("own.toml");
    let wide = |mark: bool, big: bool| -> Vec<u8> {
        let text = if mark { format!("\u{feff}{GOOD}") } else { GOOD.to_owned() };
        let bytes = |unit: u16| if big { unit.to_be_bytes() } else { unit.to_le_bytes() };
        text.encode_utf16().flat_map(bytes).collect()
    };
    let latin = GOOD.replace("[dataset]", "description = \"gro\u{0}e\"\n[dataset]");
    let latin: Vec<u8> = latin.bytes().map(|byte| if byte == 0 { 0xDF } else { byte }).collect();
    for (bytes, parts) in [
        (wide(true, false), ["UTF-16", "save it as UTF-8"]),
        (wide(true, true), ["UTF-16", "save it as UTF-8"]),
        (wide(false, false), ["UTF-16", "save it as UTF-8"]),
        (latin, ["line 2 holds the byte 0xDF", "windows-1252"]),
    ] {
        std::fs::write(&path, bytes).unwrap();
        let text = spec::load(&path, &Overrides::default()).unwrap_err().to_string();
        assert!(parts.iter().all(|part| text.contains(part)), "{parts:?} are not in {text}");
    }
    std::fs::write(&path, format!("\u{feff}{GOOD}")).unwrap();
    spec::load(&path, &Overrides::default()).unwrap();
}

#[test]
fn an_option_that_is_no_key_is_named_and_not_an_innocent_line() {
    for (option, parts) in [
        ("AE.epochs=3", ["\"AE\" is a model", "--set model.AE.params.epochs=3"]),
        ("AE.seeds=[1]", ["\"AE\" is a model", "--set model.AE.seeds=[1]"]),
        ("nosuch.key=3", ["no key `nosuch`", "keys here"]),
        ("dataset.path=\"C:\\Users\\x\"", ["double quotes", "C:/Users/x"]),
        ("run.seeds=[1,", ["is no TOML value", "run.seeds=[1,2]"]),
    ] {
        let overrides = Overrides { set: vec![option.to_owned()], ..Overrides::default() };
        let error = spec::parse(Path::new("own.toml"), GOOD.to_owned(), &overrides).unwrap_err();
        assert_eq!(error.place, Place::Override(format!("--set {option}")), "{error}");
        let text = error.to_string();
        assert!(parts.iter().all(|part| text.contains(part)), "{parts:?} are not in {text}");
    }
}
