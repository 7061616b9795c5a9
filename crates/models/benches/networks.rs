//! Times of a training epoch of every network on both engines that it has on the processor: its own
//! fused step, and burn's autodiff on burn-flex. `cargo bench -p oddbench-models
//! --features burn --bench networks -- vae` runs one kind; `RAYON_NUM_THREADS=1` and a quiet machine make figures that can be compared.
//!
//! The rows are as many as the study's, of as many columns; burn gets a tenth of the batches. criterion
//! shows rows per second.

#![expect(clippy::unwrap_used, reason = "a bench that panics has failed")]

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use oddbench_core::Matrix;
use oddbench_models::{kinds, rng};
use rand::RngExt;
use serde_json::json;

const ROWS: usize = 97_278;
const COLUMNS: usize = 18;

/// Rows near a curve, in [0, 1].
fn rows() -> Matrix {
    let mut rng = rng::stream(1, "networks/rows");
    let mut data = Vec::with_capacity(ROWS * COLUMNS);
    for _ in 0..ROWS {
        let t = rng.random::<f32>();
        data.extend((0..COLUMNS).map(|j| {
            let noise = 0.05 * rng.random::<f32>();
            0.5 + 0.4 * (t * 3.0 + j as f32).sin() + noise
        }));
    }
    Matrix::new(ROWS, COLUMNS, data).unwrap()
}

fn epochs(criterion: &mut Criterion) {
    let x = rows();
    let order: Vec<u32> = (0..ROWS).map(|i| (i * 7919 % ROWS) as u32).collect();
    for kind in kinds() {
        let mut params = json!({});
        let resolved = kind.resolve(&params).unwrap();
        if resolved.get("batches_per_epoch").is_some() {
            params = json!({ "batches_per_epoch": null });
        }
        let Some(engines) = kind.engines(&params, &x) else { continue };
        let batch_size = resolved["batch_size"].as_u64().unwrap() as usize;
        let tenth = ROWS / 10 / batch_size * batch_size;
        let mut group = criterion.benchmark_group(kind.name);
        group.sample_size(10);
        for ((name, seen), mut learner) in
            [("fused", ROWS), ("burn-flex", tenth)].into_iter().zip(engines.unwrap())
        {
            group.throughput(Throughput::Elements(seen as u64));
            group.bench_function(name, |bench| {
                bench.iter(|| learner.epoch(&order[..seen]).unwrap());
            });
        }
        group.finish();
    }
}

criterion_group!(benches, epochs);
criterion_main!(benches);
