//! What a right file means: defaults, overrides, and the schema that editors get.

use std::path::{Path, PathBuf};

use oddbench_core::preprocess::{Encode, Missing, Scale};
use oddbench_core::threshold::{
    Fixed, Iqr, KSigma, Max, Mixture, Pot, Quantile, RowsOf, Rule, TuneOn,
};
use oddbench_engine::spec::{self, ExperimentFile, Overrides, Spec};

const SHORT: &str = r#"
name = "short"
dataset = { kind = "synthetic" }
split = { kind = "holdout" }
threshold = { rule = "max-f1" }
model = [{ kind = "random" }]
"#;

fn parsed(text: &str) -> Spec {
    spec::parse(Path::new("x.toml"), text.to_owned(), &Overrides::default()).unwrap()
}

#[test]
fn defaults_are_those_of_the_documentation() {
    let spec = parsed(SHORT);
    let json = serde_json::json!(spec.experiment);
    assert_eq!(json["dataset"]["rows"], 20_000);
    assert_eq!(json["dataset"]["features"], "all");
    assert_eq!(json["split"]["test"], 0.3);
    assert_eq!(json["split"]["train_on"], "inliers");
    let preprocess = spec.experiment.preprocess;
    assert_eq!(preprocess.scale, Scale::MinMax);
    assert_eq!(preprocess.encode, Encode::OneHot);
    assert_eq!(preprocess.missing, Missing::Error);
    assert_eq!(spec.experiment.thresholds[0].tune_on, TuneOn::Validation);
    assert_eq!(spec.experiment.models[0].name, "random");
    assert_eq!(spec.experiment.models[0].seeds, [2018]);
}

#[test]
fn thresholds_may_be_one_table_or_several() {
    let several = SHORT.replace(
        "threshold = { rule = \"max-f1\" }",
        "threshold = [{ rule = \"quantile\", quantile = 0.9, of = \"all\" }, { rule = \"fixed\", value = 2 }]",
    );
    let rules: Vec<Rule> = parsed(&several).experiment.thresholds.iter().map(|t| t.rule).collect();
    let quantile = Rule::Quantile(Quantile { quantile: 0.9, of: RowsOf::All });
    assert_eq!(rules, [quantile, Rule::Fixed(Fixed { value: 2.0 })]);
}

#[test]
fn rules_without_labels_have_the_usual_defaults() {
    let rules = SHORT.replace(
        "threshold = { rule = \"max-f1\" }",
        "threshold = [{ rule = \"k-sigma\" }, { rule = \"iqr\", of = \"all\" }, { rule = \"pot\" }, { rule = \"mixture\" }]",
    );
    let of = RowsOf::Inliers;
    let spec = parsed(&rules);
    let found: Vec<Rule> = spec.experiment.thresholds.iter().map(|t| t.rule).collect();
    let expected = [
        Rule::KSigma(KSigma { k: 3.0, of }),
        Rule::Iqr(Iqr { k: 1.5, of: RowsOf::All }),
        Rule::Pot(Pot { quantile: 0.98, risk: 0.001, of }),
        Rule::Mixture(Mixture { log: false }),
    ];
    assert_eq!(found, expected);
    assert_eq!(serde_json::json!(spec.experiment)["threshold"][2]["risk"], 0.001);
}

#[test]
fn columns_keep_their_order() {
    let text = SHORT.replace(
        "kind = \"synthetic\"",
        "kind = \"synthetic\", features = [\"dst_bytes\", \"src_bytes\"]",
    );
    assert_eq!(parsed(&text).experiment.dataset.columns, ["dst_bytes", "src_bytes"]);
}

#[test]
fn overrides_change_the_file_and_are_recorded() {
    let overrides = Overrides {
        set: vec!["threshold.rule=max-f2".into(), "model.random.name=\"R\"".into()],
        seeds: Some(vec![5, 6]),
        ..Overrides::default()
    };
    let spec = spec::parse(Path::new("x.toml"), SHORT.to_owned(), &overrides).unwrap();
    assert_eq!(spec.experiment.thresholds[0].rule, Rule::MaxF2(Max::default()));
    assert_eq!(spec.experiment.models[0].name, "R");
    assert_eq!(spec.experiment.models[0].seeds, [5, 6]);
    let recorded = ["--set threshold.rule=max-f2", "--set model.random.name=\"R\"", "--seeds 5,6"];
    assert_eq!(spec.overrides, recorded);
}

#[test]
fn the_operators_figures_are_for_what_the_file_says() {
    use oddbench_core::operating::OperatorSettings;
    let short = parsed(SHORT).experiment;
    assert_eq!(short.operator, OperatorSettings::default());
    assert_eq!(short.operator.fpr, [0.01, 0.001, 0.0001]);
    assert_eq!(
        (short.operator.prevalence.as_slice(), short.operator.flows_per_day),
        (&[0.01, 0.001][..], None)
    );
    // A manifest of an experiment without the section is as it was before there was one.
    let json = serde_json::json!(short);
    assert_eq!(json.get("operator"), None);
    let read: oddbench_core::experiment::Experiment = serde_json::from_value(json).unwrap();
    assert_eq!(read, short);
    let section = "operator = { fpr = [0.05], flows_per_day = 2_000_000 }";
    let stated = parsed(&format!("{SHORT}{section}")).experiment;
    assert_eq!(stated.operator.fpr, [0.05]);
    assert_eq!(stated.operator.prevalence, OperatorSettings::default().prevalence);
    assert_eq!(stated.operator.flows_per_day, Some(2e6));
    let json = serde_json::json!(stated);
    let read: oddbench_core::experiment::Experiment = serde_json::from_value(json).unwrap();
    assert_eq!(read, stated);
}

#[test]
fn the_schema_names_every_key_kind_and_parameter() {
    let schema = spec::json_schema();
    for section in ["name", "dataset", "split", "preprocess", "threshold", "run", "model", "report"]
    {
        assert!(schema["properties"].get(section).is_some(), "{section}");
    }
    assert_eq!(schema["additionalProperties"], false);
    let model = &schema["$defs"]["WireModel"];
    let mut case = model;
    for kind in oddbench_models::named() {
        assert_eq!(case["if"]["properties"]["kind"]["const"], kind.name);
        let resolved = kind.resolve(&serde_json::json!({})).unwrap();
        for parameter in resolved.as_object().unwrap().keys() {
            let place = case["then"]["properties"]["params"]["$ref"].as_str().unwrap();
            let known = schema.pointer(place.trim_start_matches('#')).unwrap();
            assert!(known["properties"].get(parameter).is_some(), "{}: {parameter}", kind.name);
        }
        case = &case["else"];
    }
    assert!(case.is_null(), "a case of no kind: {case}");
    // One data set, or several with names.
    let dataset = &schema["properties"]["dataset"];
    assert_eq!(dataset["allOf"][0]["$ref"], "#/$defs/WireDataset");
    assert_eq!(dataset["items"]["allOf"][0]["$ref"], "#/$defs/WireDataset");
    check_references(&schema, &schema);
}

/// Every `$ref` leads somewhere.
fn check_references(root: &serde_json::Value, value: &serde_json::Value) {
    match value {
        serde_json::Value::Object(object) => {
            if let Some(target) = object.get("$ref").and_then(|r| r.as_str()) {
                let pointer = target.strip_prefix('#').unwrap();
                assert!(root.pointer(pointer).is_some(), "{target} leads nowhere");
            }
            object.values().for_each(|inner| check_references(root, inner));
        }
        serde_json::Value::Array(items) => items.iter().for_each(|i| check_references(root, i)),
        _ => {}
    }
}

#[test]
fn the_committed_experiments_are_right() {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../experiments");
    let mut checked = 0;
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_some_and(|extension| extension == "toml") {
            let file = spec::load_file(&path, &Overrides::default());
            let (name, specs) = match file.unwrap_or_else(|e| panic!("{e}")) {
                ExperimentFile::One(spec) => (spec.experiment.name.clone(), vec![*spec]),
                ExperimentFile::Suite(suite) => {
                    (suite.name, suite.sets.into_iter().map(|set| set.spec).collect())
                }
            };
            assert_eq!(path.file_stem().unwrap().to_str(), Some(name.as_str()));
            for spec in &specs {
                oddbench_engine::plan::resolve(spec).unwrap();
            }
            checked += 1;
        }
    }
    assert!(checked >= 3);
}
