//! Times of every kind of detector: one fit of 20,000 rows of 18 columns (for networks: one epoch), and
//! the scores of 10,000 rows. `cargo bench --workspace --bench detectors -- autoencoder` runs one kind.
//!
//! Rows are drawn from a fixed seed outside the timed part: ten clusters in the unit cube, with noise.

#![expect(clippy::unwrap_used, reason = "a bench that panics has failed")]

use std::hint::black_box;

use criterion::{Criterion, criterion_group, criterion_main};
use oddbench_core::{Matrix, Silent, Train};
use oddbench_models::{Backend, find, kinds, rng};
use rand::RngExt;
use serde_json::{Value, json};

const COLUMNS: usize = 18;

fn rows(n: usize, purpose: &str) -> Matrix {
    let mut centres = rng::stream(1, "centres");
    let centres: Vec<f32> = (0..10 * COLUMNS).map(|_| centres.random()).collect();
    let mut noise = rng::stream(1, purpose);
    let mut data = Vec::with_capacity(n * COLUMNS);
    for _ in 0..n {
        let centre = noise.random_range(0..10) * COLUMNS;
        data.extend((0..COLUMNS).map(|j| centres[centre + j] + 0.1 * noise.random::<f32>()));
    }
    Matrix::new(n, COLUMNS, data).unwrap()
}

/// One epoch for kinds that have epochs, the defaults otherwise.
fn one_epoch(kind: &str) -> Value {
    let has_epochs = find(kind).unwrap().resolve(&json!({})).unwrap().get("epochs").is_some();
    if has_epochs { json!({ "preset": "sound", "epochs": 1 }) } else { json!({}) }
}

fn detectors(criterion: &mut Criterion) {
    let train = rows(20_000, "train");
    let test = rows(10_000, "test");
    let labels: Vec<bool> = (0..train.rows()).map(|row| row % 5 == 0).collect();
    for kind in kinds() {
        let device = Backend::Cpu.open().unwrap();
        let detector = kind.build(&one_epoch(kind.name), &device).unwrap();
        let train = Train {
            x: &train,
            labels: kind.supervised.then_some(labels.as_slice()),
            validation: None,
        };
        let mut group = criterion.benchmark_group(kind.name);
        group.sample_size(10);
        group.bench_function("fit 20,000 rows", |bench| {
            bench.iter(|| detector.fit(black_box(train), 1, &mut Silent).unwrap());
        });
        let fitted = detector.fit(train, 1, &mut Silent).unwrap();
        group.bench_function("score 10,000 rows", |bench| {
            bench.iter(|| fitted.score(black_box(&test)).unwrap());
        });
        group.finish();
    }
}

criterion_group!(benches, detectors);
criterion_main!(benches);
