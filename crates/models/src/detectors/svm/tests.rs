//! Against LIBSVM's own training and decision function, and the thinning of rows.

use libsvm_rs::{
    KernelType, SvmNode, SvmParameter, SvmProblem, SvmType, predict::predict_values,
    train::svm_train,
};
use oddbench_core::{Detector, Epoch, Silent, Train};
use rand::RngExt;
use serde_json::json;

use super::*;
use crate::{model::on_cpu, params::parse};

/// Two classes that overlap.
fn table(rows: usize, purpose: &str) -> (Matrix, Vec<bool>) {
    let mut rng = stream(3, purpose);
    let mut x = Matrix::zeros(rows, 5);
    x.as_mut_slice().fill_with(|| rng.random());
    let labels = x.iter_rows().map(|row| row[0] + row[1] + 0.3 * row[2] > 1.4).collect();
    (x, labels)
}

fn nodes(row: &[f32]) -> Vec<SvmNode> {
    let node = |(i, &v): (usize, &f32)| SvmNode { index: i as i32 + 1, value: f64::from(v) };
    row.iter().enumerate().map(node).collect()
}

#[test]
fn scores_are_libsvms_decision_function() {
    let ((x, labels), test) = (table(403, "train"), table(77, "test").0);
    let kernels = [
        ("rbf", KernelType::Rbf),
        ("linear", KernelType::Linear),
        ("poly", KernelType::Polynomial),
        ("sigmoid", KernelType::Sigmoid),
    ];
    for (name, kernel) in kernels {
        let parameter = SvmParameter {
            svm_type: SvmType::CSvc,
            kernel_type: kernel,
            gamma: 0.5,
            c: 2.0,
            degree: 3,
            coef0: 0.25,
            eps: 1e-7,
            weight: vec![(-1, 3.0)],
            ..Default::default()
        };
        // LIBSVM's positive class is 1, if there are 1 and -1.
        let y = labels.iter().map(|&outlier| if outlier { -1.0 } else { 1.0 }).collect();
        let problem = SvmProblem { labels: y, instances: x.iter_rows().map(nodes).collect() };
        let model = svm_train(&problem, &parameter);
        assert_eq!(model.label, [1, -1]);
        let params = json!({
            "kernel": name, "gamma": 0.5, "c": 2.0, "coef0": 0.25, "tolerance": 1e-7,
            "class_weight": 3.0, "cache_mb": 1,
        });
        let detector = on_cpu::<SvmParams>(parse(&params).unwrap());
        let train = Train { x: &x, labels: Some(&labels), validation: None };
        let scores = detector.fit(train, 0, &mut Silent).unwrap().score(&test).unwrap();
        for (row, score) in test.iter_rows().zip(scores) {
            let mut value = [0.0];
            predict_values(&model, &nodes(row), &mut value);
            assert!((score + value[0]).abs() < 1e-5, "{name}: {score} {}", value[0]);
        }
    }
}

/// Keeps the notes.
struct Notes(Vec<String>);

impl Watch for Notes {
    fn epoch(&mut self, _: Epoch) {}

    fn note(&mut self, note: &str) {
        self.0.push(note.into());
    }
}

#[test]
fn thinning_keeps_the_shares_and_says_so() {
    let x = Matrix::new(200, 1, (0..200).map(|v| v as f32).collect()).unwrap();
    let labels: Vec<bool> = (0..200).map(|row| row % 5 == 0).collect();
    let mut notes = Notes(Vec::new());
    let mut thin = |limit, seed| {
        let rows = thinned(Rows::new(&x, &labels), Some(limit), seed, &mut notes).unwrap();
        (rows.x.into_owned().into_vec(), rows.labels.into_owned())
    };
    let (values, kept) = thin(50, 1);
    assert_eq!((kept.len(), kept.iter().filter(|label| **label).count()), (50, 10));
    assert!(values.is_sorted_by(|a, b| a < b), "a row was taken twice");
    assert!(values.iter().zip(&kept).all(|(value, label)| (value % 5.0 == 0.0) == *label));
    assert_eq!(thin(50, 1), (values.clone(), kept));
    assert_ne!(thin(50, 2).0, values);
    assert_eq!(thin(2, 1).1.iter().filter(|label| **label).count(), 1);
    assert_eq!(thin(200, 1).0.len(), 200);
    assert_eq!(notes.0.len(), 4);
    assert!(notes.0[0].contains("50 of 200 training rows"), "{}", notes.0[0]);
}
