//! Huge values of every numeric parameter: refused before a fit, or a fit on a small table ends.

use std::panic::catch_unwind;
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use oddbench_core::{Matrix, Silent, Train};
use oddbench_models::{Backend, Kind, TrainingShape, kinds};
use serde_json::{Value, json};

/// How long one fit may take. The slowest takes a few seconds on a busy machine.
const LIMIT: Duration = Duration::from_secs(60);

fn rows() -> Matrix {
    let data = (0..60 * 4).map(|i| ((i * 37 + i / 4) % 101) as f32 / 100.0).collect();
    Matrix::new(60, 4, data).unwrap()
}

/// Whether a schema allows a number.
fn is_numeric(schema: &Value) -> bool {
    let named = |kind: &Value| ["integer", "number"].contains(&kind.as_str().unwrap_or(""));
    named(&schema["type"])
        || schema["type"].as_array().is_some_and(|kinds| kinds.iter().any(named))
        || ["oneOf", "anyOf"]
            .iter()
            .any(|key| schema[key].as_array().is_some_and(|schemas| schemas.iter().any(is_numeric)))
}

/// The schema of a parameter, and not a reference to it.
fn resolved<'a>(root: &'a Value, schema: &'a Value) -> &'a Value {
    match schema["$ref"].as_str().and_then(|path| path.strip_prefix('#')) {
        Some(path) => root.pointer(path).unwrap(),
        None => schema,
    }
}

/// Refuses, or fits and scores.
fn attempt(kind: &Kind, params: &Value) -> Result<(), String> {
    let shape = TrainingShape { rows: 60, columns: 4, outliers: 20, validation_inliers: 0 };
    if kind.resolve(params).and_then(|_| kind.suits(params, &shape)).is_err() {
        return Ok(());
    }
    let detector = kind.build(params, &Backend::Cpu.open().unwrap()).map_err(|e| e.to_string())?;
    let (x, labels) = (rows(), (0..60).map(|row| row % 3 == 0).collect::<Vec<_>>());
    let labels = kind.supervised.then_some(&labels[..]);
    // An error with a remedy is an end, too.
    let Ok(fitted) = detector.fit(Train { x: &x, labels, validation: None }, 1, &mut Silent) else {
        return Ok(());
    };
    let Ok(scores) = fitted.score(&x) else { return Ok(()) };
    match scores.iter().all(|score| score.is_finite()) {
        true => Ok(()),
        false => Err("a score is not finite".into()),
    }
}

#[test]
fn huge_values_are_refused_or_a_fit_ends() {
    let mut wrong = Vec::new();
    let mut tried = 0;
    for kind in kinds() {
        let schema = kind.schema();
        let numeric = schema["properties"].as_object().into_iter().flatten();
        for (key, _) in numeric.filter(|(_, of)| is_numeric(resolved(&schema, of))) {
            for value in [json!(i64::MAX), json!(1e308), json!(1e12), json!(1_000_000_000_000_i64)]
            {
                let mut params = kind.quick();
                params[key] = value.clone();
                tried += 1;
                let (sender, ended) = mpsc::channel();
                thread::spawn(move || sender.send(catch_unwind(|| attempt(kind, &params))));
                let how = match ended.recv_timeout(LIMIT) {
                    Err(_) => "it does not end".to_owned(),
                    Ok(Err(_)) => "it panics".to_owned(),
                    Ok(Ok(Err(how))) => how,
                    Ok(Ok(Ok(()))) => continue,
                };
                wrong.push(format!("{} with {key} = {value}: {how}", kind.name));
            }
        }
    }
    assert!(tried > 200, "{tried}");
    assert_eq!(wrong, Vec::<String>::new());
}
