//! Scaling and encoding against scikit-learn's scalers and encoders, computed there in double
//! precision and here stored in single.

use oddbench_core::preprocess::{
    Constant, Encode, Infinite, Missing, PreprocessSettings, Preprocessor, Scale, Transform, Unseen,
};
use oddbench_core::{Column, Table};
use serde_json::Value;

use crate::golden::{get, read};

fn categorical(names: &[String]) -> Column {
    let mut levels: Vec<String> = Vec::new();
    let mut codes = Vec::new();
    for name in names {
        let code = levels.iter().position(|level| level == name).unwrap_or_else(|| {
            levels.push(name.clone());
            levels.len() - 1
        });
        codes.push(u32::try_from(code).unwrap());
    }
    Column::Categorical { codes, levels }
}

fn table(columns: Vec<(String, Column)>) -> Table {
    Table { columns, classes: None, beside: Vec::new() }
}

/// Equal to within the precision of `f32`.
fn assert_rows(ours: &[f32], expected: &[Vec<f64>], what: &str) {
    let expected = expected.concat();
    assert_eq!(ours.len(), expected.len(), "{what}");
    for (i, (&a, &b)) in ours.iter().zip(&expected).enumerate() {
        let tolerance = f64::from(f32::EPSILON) * b.abs() + 1e-12;
        assert!((f64::from(a) - b).abs() <= tolerance, "{what}, value {i}: {a}, expected {b}");
    }
}

#[test]
fn scales_are_scikit_learns() {
    let golden = read("preprocess.json");
    let columns: serde_json::Map<String, Value> = get(&golden["columns"]);
    let numbers = |values: &Value| Column::Numeric(get(values));
    let table = table(columns.iter().map(|(name, v)| (name.clone(), numbers(v))).collect());
    let n_train: usize = get(&golden["n_train"]);
    let (train, test): (Vec<usize>, Vec<usize>) = (0..60).partition(|&row| row < n_train);
    let order: Vec<String> = get(&golden["order"]);
    assert_eq!(order.len(), 8);
    for (scale, name) in
        [(Scale::MinMax, "min-max"), (Scale::Standard, "standard"), (Scale::Robust, "robust")]
    {
        let settings = PreprocessSettings {
            scale,
            encode: Encode::OneHot,
            missing: Missing::Error,
            infinite: Infinite::Error,
            unseen: Unseen::Oddest,
            constant: Constant::Keep,
            transform: Transform::None,
        };
        let fitted = Preprocessor::fit(&table, &train, &order, settings).unwrap();
        let x = fitted.transform(&table, &test).unwrap();
        assert_rows(x.as_slice(), &get::<Vec<Vec<f64>>>(&golden["scaled"][name]), name);
    }
}

#[test]
fn encodings_are_scikit_learns() {
    let golden = &read("preprocess.json")["service"];
    let (fit, new): (Vec<String>, Vec<String>) = (get(&golden["train"]), get(&golden["test"]));
    let features = ["service".to_owned()];
    let one_column = |names: &[String]| table(vec![(features[0].clone(), categorical(names))]);
    let (train, test) = (one_column(&fit), one_column(&new));
    let rows: Vec<usize> = (0..fit.len()).collect();
    let new_rows: Vec<usize> = (0..new.len()).collect();
    let transformed = |encode, scale| {
        let settings = PreprocessSettings {
            scale,
            encode,
            missing: Missing::Error,
            infinite: Infinite::Error,
            unseen: Unseen::Oddest,
            constant: Constant::Keep,
            transform: Transform::None,
        };
        let fitted = Preprocessor::fit(&train, &rows, &features, settings).unwrap();
        (fitted.columns().to_vec(), fitted.transform(&test, &new_rows).unwrap())
    };
    let (columns, one_hot) = transformed(Encode::OneHot, Scale::Standard);
    let levels: Vec<String> = get(&golden["levels"]);
    assert_eq!(columns, levels.iter().map(|l| format!("service={l}")).collect::<Vec<_>>());
    assert_rows(one_hot.as_slice(), &get::<Vec<Vec<f64>>>(&golden["one_hot"]), "one-hot");
    let (same, scaled) = transformed(Encode::OneHotScaled, Scale::Standard);
    assert_eq!(same, columns);
    let expected: Vec<Vec<f64>> = get(&golden["one_hot_standard"]);
    assert_rows(scaled.as_slice(), &expected, "one-hot, standardised");
    let (_, ordinal) = transformed(Encode::Ordinal, Scale::None);
    assert_rows(ordinal.as_slice(), &[get::<Vec<f64>>(&golden["ordinal"])], "ordinal");
}
