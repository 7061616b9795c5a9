//! `oddbench data audit` on the real rows, against facts that were counted in Python from the same
//! files: how many test inliers are attacks, and the ceilings that equal rows with both labels set.

use serde_json::Value;

use crate::oddbench::{Sandbox, assert_code, experiment, real_data};

fn audit(sandbox: &Sandbox, mirror: &std::path::Path, arguments: &[&str]) -> Value {
    let file = experiment("kdd99-published.toml");
    let base = ["--json", "data", "audit", file.to_str().unwrap()];
    let output = sandbox.run_with(mirror, &[base.as_slice(), arguments].concat());
    assert_code(&output, 0);
    serde_json::from_slice(&output.stdout).unwrap()
}

fn part<'a>(audit: &'a Value, name: &str) -> &'a Value {
    audit["parts"].as_array().unwrap().iter().find(|part| part["part"] == name).unwrap()
}

/// To as many digits as were published.
fn assert_ceiling(part: &Value, roc_auc: f64, f1: f64) {
    let of = |metric: &str| part["ceiling"][metric].as_f64().unwrap();
    assert!((of("roc_auc") - roc_auc).abs() < 0.000_005, "{}", of("roc_auc"));
    assert!((of("f1") - f1).abs() < 0.000_05, "{}", of("f1"));
}

#[test]
fn the_published_rows_have_the_known_defect_and_ceilings() {
    let Some(mirror) = real_data("the audit of the published split") else { return };
    let sandbox = Sandbox::new();
    let published = audit(&sandbox, &mirror, &[]);
    let test = part(&published, "test");
    assert_eq!((&test["rows"], &test["outliers"]), (&10_000.into(), &2_000.into()));
    assert_eq!(test["out_of_range_inliers"], 1_896);
    assert_ceiling(test, 0.99964, 0.9955);
    let of = |class: &str| {
        let classes = test["classes"].as_array().unwrap();
        classes.iter().find(|found| found["class"] == class).unwrap().clone()
    };
    let unknown = of("snmpgetattack");
    assert_eq!((&unknown["rows"], &unknown["outlier"]), (&789.into(), &false.into()));
    assert_eq!((&unknown["seen"], &unknown["category"]), (&false.into(), &"r2l".into()));

    let corrected = audit(&sandbox, &mirror, &["--set", "dataset.labels=\"corrected\""]);
    let test = part(&corrected, "test");
    assert_eq!(test["out_of_range_inliers"], 0);
    assert_ceiling(test, 0.99582, 0.9733);

    let all = ["--set", "dataset.labels=\"corrected\"", "--set", "dataset.features=\"all\""];
    let all = audit(&sandbox, &mirror, &all);
    assert_ceiling(part(&all, "test"), 0.99909, 0.9853);
}
