//! The schema that editors get: it accepts every right file, and refuses what `check` refuses where one part of a file
//! alone shows it.

use std::path::Path;

use oddbench_engine::spec::{self, Overrides};
use serde_json::{Value, json};

use crate::broken_files;

/// Why a value does not fit a schema: the place of the smallest part at fault, and the keyword. Panics at a keyword that
/// it does not know.
pub fn mismatches(root: &Value, schema: &Value, value: &Value, at: &str) -> Vec<(String, String)> {
    let keywords = match schema {
        Value::Bool(true) => return vec![],
        Value::Object(keywords) => keywords,
        _ => return vec![(at.to_owned(), "it may not be here".to_owned())],
    };
    let fits = |schema: &Value| mismatches(root, schema, value, at).is_empty();
    let mut found = Vec::new();
    let mut wrong = |keyword: &str| found.push((at.to_owned(), keyword.to_owned()));
    let number = |of: &Value| of.as_f64().unwrap();
    for (keyword, of) in keywords {
        let right = match (keyword.as_str(), value) {
            ("type", _) => {
                let types = of.as_array().map_or(std::slice::from_ref(of), Vec::as_slice);
                types.iter().any(|of| is(of.as_str().unwrap(), value))
            }
            ("const", _) => of == value,
            ("enum", _) => of.as_array().unwrap().contains(value),
            ("minimum", Value::Number(_)) => number(value) >= number(of),
            ("maximum", Value::Number(_)) => number(value) <= number(of),
            ("exclusiveMinimum", Value::Number(_)) => number(value) > number(of),
            ("exclusiveMaximum", Value::Number(_)) => number(value) < number(of),
            ("minLength", Value::String(text)) => text.chars().count() as f64 >= number(of),
            ("maxLength", Value::String(text)) => text.chars().count() as f64 <= number(of),
            ("minItems", Value::Array(items)) => items.len() as f64 >= number(of),
            ("maxItems", Value::Array(items)) => items.len() as f64 <= number(of),
            ("pattern", Value::String(text)) => matches(of.as_str().unwrap(), text),
            ("uniqueItems", Value::Array(items)) => {
                (1..items.len()).all(|at| !items[..at].contains(&items[at]))
            }
            ("anyOf" | "oneOf", _) => of.as_array().unwrap().iter().any(fits),
            _ => true,
        };
        if !right {
            wrong(keyword);
        }
    }
    let mut within = |schema: &Value, value: &Value, at: String| {
        found.extend(mismatches(root, schema, value, &at));
    };
    if let Some(target) = schema["$ref"].as_str() {
        let target = root.pointer(target.trim_start_matches('#')).unwrap();
        within(target, value, at.to_owned());
    }
    for part in schema["allOf"].as_array().into_iter().flatten() {
        within(part, value, at.to_owned());
    }
    if let Some(condition) = schema.get("if") {
        let branch =
            if mismatches(root, condition, value, at).is_empty() { "then" } else { "else" };
        if let Some(branch) = schema.get(branch) {
            within(branch, value, at.to_owned());
        }
    }
    if let Value::Array(items) = value {
        for (index, item) in items.iter().enumerate() {
            if let Some(schema) = schema.get("items") {
                within(schema, item, format!("{at}[{index}]"));
            }
        }
    }
    if let Value::Object(keys) = value {
        for required in schema["required"].as_array().into_iter().flatten() {
            let key = required.as_str().unwrap();
            if !keys.contains_key(key) {
                within(&json!(false), value, format!("{at} (no {key})"));
            }
        }
        for (key, value) in keys {
            let place = format!("{at}.{key}").trim_start_matches('.').to_owned();
            match (schema["properties"].get(key), schema.get("additionalProperties")) {
                (Some(schema), _) => within(schema, value, place),
                (None, Some(schema)) => within(schema, value, place),
                (None, None) => {}
            }
        }
    }
    found
}

/// Whether a text has the form of one of the patterns that the schema uses.
fn matches(pattern: &str, text: &str) -> bool {
    let (first, rest) = (text.chars().next(), &text[text.len().min(1)..]);
    let word = |c: char| c.is_ascii_alphanumeric() || c == '_';
    match pattern {
        r"\.toml$" => text.ends_with(".toml"),
        "^[A-Za-z0-9_][A-Za-z0-9_.-]*$" => {
            first.is_some_and(word) && rest.chars().all(|c| word(c) || ".-".contains(c))
        }
        // A number, and letters behind it.
        _ if pattern.starts_with(r"^\s*") => {
            first.is_some_and(|c| c.is_ascii_digit()) && text.ends_with(char::is_alphabetic)
        }
        other => panic!("the test does not know the pattern {other}"),
    }
}

fn is(name: &str, value: &Value) -> bool {
    match name {
        "null" => value.is_null(),
        "boolean" => value.is_boolean(),
        "integer" => value.as_f64().is_some_and(|number| number.fract() == 0.0),
        "number" => value.is_number(),
        "string" => value.is_string(),
        "array" => value.is_array(),
        "object" => value.is_object(),
        other => panic!("type {other}"),
    }
}

/// What the schema has against the text of a file.
fn against(text: &str) -> Vec<(String, String)> {
    let table: toml::Table = text.parse().unwrap();
    let schema = spec::json_schema();
    mismatches(&schema, &schema, &json!(table), "")
}

fn files(folder: &Path, found: &mut Vec<std::path::PathBuf>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        match path.is_dir() {
            true => files(&path, found),
            false if path.extension().is_some_and(|ending| ending == "toml") => found.push(path),
            false => {}
        }
    }
}

/// The first line of every experiment names the committed schema, which is the schema of this program.
#[test]
fn every_experiment_of_the_repository_names_the_schema_and_fits_it() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let committed = std::fs::read_to_string(root.join("schema/experiment.schema.json")).unwrap();
    assert!(
        committed == format!("{:#}\n", spec::json_schema()),
        "schema/experiment.schema.json is out of date: oddbench schema > schema/experiment.schema.json"
    );
    let mut found = Vec::new();
    files(&root.join("experiments"), &mut found);
    files(&root.join("examples"), &mut found);
    assert!(found.len() > 20, "{found:?}");
    for path in found {
        let text = std::fs::read_to_string(&path).unwrap();
        let first = text.lines().next().unwrap();
        let named = first.strip_prefix("#:schema ").unwrap_or_else(|| panic!("{path:?}: {first}"));
        let named = path.parent().unwrap().join(named).canonicalize().unwrap();
        assert!(named.ends_with("schema/experiment.schema.json"), "{path:?}");
        assert_eq!(against(&text), [], "{path:?}");
    }
}

/// Faults that depend on another section, on a name that another part has, or on what a file holds.
const NOT_OF_A_SCHEMA: &[&str] = &[
    "unknown column",
    "unknown feature set",
    "unknown features of a model",
    "duplicate names",
    "nothing left to train on",
    "no validation rows to tune on",
    "no validation rows in the folds",
    "a split that the data set cannot have",
    "transfer without a test table",
    "a model that needs labels",
    "other rows for one model",
    "a risk that is no tail",
    "a model that needs labels in a published split",
];

#[test]
fn the_schema_refuses_what_check_refuses_and_marks_the_key() {
    assert_eq!(against(broken_files::GOOD), []);
    assert_eq!(against(broken_files::KDD), []);
    let cases = broken_files::texts();
    let mut refused = 0;
    for (what, text) in &cases {
        if text.parse::<toml::Table>().is_err() {
            continue;
        }
        let error =
            spec::parse(Path::new("x.toml"), text.clone(), &Overrides::default()).unwrap_err();
        let found = against(text);
        if NOT_OF_A_SCHEMA.contains(what) {
            continue;
        }
        assert!(!found.is_empty(), "{what}: check says {error}\nand the schema accepts\n{text}");
        // A section is marked as a whole only if a key is missing in it.
        // One value twice is a fault of the list.
        let list = error.key.rsplit_once('[').map_or(error.key.as_str(), |(list, _)| list);
        let exact = found.iter().any(|(at, keyword)| {
            let twice = keyword == "uniqueItems" && at == list;
            at.starts_with(&error.key) || twice || at.contains("(no ")
        });
        assert!(exact, "{what}: check marks {}, the schema {found:?}", error.key);
        refused += 1;
    }
    assert!(refused > 50, "{refused} of {}", cases.len());
}

const TABLE: &str = r#"name = "own"
dataset = { kind = "csv", path = "x.csv", label = "class", inliers = ["normal"] }
split = { kind = "holdout", test = 0.2 }
threshold = [{ rule = "max-f1" }, { rule = "quantile", quantile = 0.99 }]
model = [{ kind = "autoencoder", name = "AE", sweep = { latent = [2, 4] } }, { kind = "pca" }]
"#;

/// Faults that a newcomer found while trying the schema, and similar ones.
#[test]
fn faults_of_one_key_are_marked_at_the_key() {
    assert_eq!(against(TABLE), []);
    for (from, to, at) in [
        ("label = \"class\", ", "", "dataset (no label)"),
        ("inliers = [\"normal\"]", "", "dataset (no inliers)"),
        ("inliers = [", "outliers = [\"x\"], inliers = [", "dataset.inliers"),
        ("sweep = { latent", "sweep = { latnet", "model[0].sweep.latnet"),
        ("latent = [2, 4]", "latent = [2, 0]", "model[0].sweep.latent[1]"),
        ("latent = [2, 4]", "latent = { min = 1, max = 4 }", "model[0].sweep.latent"),
        ("latent = [2, 4]", "latent = [2, 4], seed = 1", "model[0].sweep.seed"),
        ("\"holdout\", test", "\"predefined\", test", "split.test"),
        ("quantile = 0.99", "quantile = 99", "threshold[1].quantile"),
        (", quantile = 0.99", "", "threshold[1] (no quantile)"),
        ("\"max-f1\" }", "\"native\", tune_on = \"test\" }", "threshold[0].tune_on"),
        ("\"max-f1\" }", "\"mad\", k = 0 }", "threshold[0].k"),
        ("{ kind = \"csv\"", "{ name = \"x\", kind = \"csv\"", "dataset.name"),
        (
            "kind = \"pca\"",
            "kind = \"pca\", params = { n_componentz = 1 }",
            "model[1].params.n_componentz",
        ),
        ("kind = \"pca\"", "kind = \"pca\", command = [\"x\"]", "model[1].command"),
        ("kind = \"pca\"", "kind = \"external\"", "model[1] (no command)"),
    ] {
        assert!(TABLE.contains(from), "{from}");
        let found = against(&TABLE.replacen(from, to, 1));
        assert!(found.iter().any(|(place, _)| place == at), "{to}: {found:?}");
        let wide =
            found.iter().filter(|(place, _)| !place.contains("(no ") && !place.starts_with(at));
        assert_eq!(wide.count(), 0, "{to}: {found:?}");
    }
    let random = TABLE.replace("latent = [2, 4]", "random = 3, latent = { min = 1, max = 9 }");
    assert_eq!(against(&random), []);
    let kdd = TABLE.replace(
        "kind = \"csv\", path = \"x.csv\", label = \"class\", inliers = [\"normal\"]",
        "kind = \"kdd99\", features = [\"src_byte\"], labels = \"corected\"",
    );
    let places: Vec<String> = against(&kdd).into_iter().map(|(at, _)| at).collect();
    assert_eq!(places, ["dataset.features[0]", "dataset.labels"]);
}
