//! Rows that the tests of every network learn.

use oddbench_core::Matrix;
use rand::RngExt;

use crate::rng::stream;

/// Rows near a curve through `cols` dimensions, in [0, 1].
pub(super) fn rows(n: usize, cols: usize, seed: u64) -> Matrix {
    let mut rng = stream(seed, "test/rows");
    let mut data = Vec::with_capacity(n * cols);
    for _ in 0..n {
        let t = rng.random::<f32>();
        data.extend((0..cols).map(|f| {
            let noise = 0.05 * rng.random::<f32>();
            0.5 + 0.4 * (t * 3.0 + f as f32).sin() + noise
        }));
    }
    Matrix::new(n, cols, data).unwrap()
}
