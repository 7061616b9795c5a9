//! Shortcuts against scikit-learn, SciPy, and the same rules written a second time in Python.

use oddbench_core::shortcuts::{Audited, LearnedOn, Sample, ShortcutAudit};
use oddbench_core::{Classes, Column, Table};
use serde_json::Value;

use crate::golden::{assert_all_close, assert_close, get, read};

const TOLERANCE: f64 = 1e-12;

/// The columns of the golden file, its labels as classes, and how many rows are learned from.
fn table(golden: &Value) -> (Table, Vec<bool>, usize) {
    let labels: Vec<bool> = get(&golden["labels"]);
    let numbers = golden["numbers"].as_object().unwrap().iter().map(|(name, values)| {
        let values: Vec<Option<f64>> = get(values);
        let values = values.into_iter().map(|value| value.unwrap_or(f64::NAN));
        (name.clone(), Column::Numeric(values.collect()))
    });
    let texts: Vec<String> = get(&golden["category"]);
    let mut levels: Vec<String> = texts.clone();
    levels.sort_unstable();
    levels.dedup();
    let code = |text: &String| levels.binary_search(text).unwrap() as u32;
    let codes = texts.iter().map(code).collect();
    let category = ("category".to_owned(), Column::Categorical { codes, levels });
    let classes = Classes {
        names: ["normal", "attack"].map(String::from).to_vec(),
        codes: labels.iter().map(|&label| u16::from(label)).collect(),
    };
    let columns = numbers.chain([category]).collect();
    let table = Table { columns, classes: Some(classes), ..Table::default() };
    (table, labels, get(&golden["learn"]))
}

#[test]
fn figures_are_those_of_scikit_learn_and_of_the_rules_written_twice() {
    let golden = read("shortcuts.json");
    let (table, labels, learn) = table(&golden);
    let sample = |rows: std::ops::Range<usize>| Sample {
        table: &table,
        classes: table.classes.as_ref().unwrap(),
        labels: labels[rows.clone()].to_vec(),
        rows: rows.collect(),
    };
    let audit = ShortcutAudit::new(&sample(0..0), &sample(0..learn), &sample(learn..labels.len()));
    let names = table.columns.iter().map(|(name, _)| name.clone());
    let audited: Vec<Audited> =
        names.map(|name| Audited { name, seen: true, mark: None }).collect();
    let found = audited.iter().map(|column| audit.column(column)).collect();
    let found = audit.finish(&audited, found);
    assert_eq!((found.learned_on, found.columns.len()), (Some(LearnedOn::Validation), 7));
    for column in &found.columns {
        let (name, expected) = (&column.column, &golden["figures"][&column.column]);
        let (area, rule) = (column.roc_auc.unwrap(), column.one_rule.as_ref().unwrap());
        let right = rule.balanced_accuracy;
        let pairs =
            [(area, "roc_auc", "roc_auc_interval"), (right, "balanced_accuracy", "interval")];
        for (ours, value, interval) in pairs {
            let what = format!("{name}, {value}");
            assert_close(Some(ours.value), get(&expected[value]), TOLERANCE, &what);
            let ends: Vec<f64> = get(&expected[interval]);
            let ours = [ours.interval.low, ours.interval.high];
            // SciPy's quantile of the normal distribution and ours agree to so many digits.
            assert_all_close(&ours, &ends, 1e-10, &format!("{name}, {interval}"));
        }
        assert_close(rule.f1, get(&expected["f1"]), TOLERANCE, &format!("{name}, F1"));
        assert_eq!(rule.parts, get::<usize>(&expected["parts"]), "{name}");
    }
    let order = &golden["order"];
    assert_eq!(found.order.runs, get::<u64>(&order["runs"]));
    assert_close(found.order.expected_runs, get(&order["expected"]), TOLERANCE, "expected runs");
    assert_close(found.order.z, get(&order["z"]), TOLERANCE, "z");
}
