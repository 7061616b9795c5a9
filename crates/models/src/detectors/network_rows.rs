//! What the tests of every network share: rows to learn, and the seconds of an epoch.

use oddbench_core::Matrix;
use rand::RngExt;

use crate::nn::training::Learner;
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

/// Prints the seconds of seven epochs of the fused step and of burn's autodiff, one after the other,
/// over the `n` rows that both hold.
pub(super) fn time_epochs(name: &str, n: u32, fused: &mut dyn Learner, burn: &mut dyn Learner) {
    let order: Vec<u32> = (0..n).map(|i| (i * 7919) % n).collect();
    let mut seconds = [Vec::new(), Vec::new()];
    for _ in 0..7 {
        let mut time = |learner: &mut dyn Learner, step: usize| {
            let start = std::time::Instant::now();
            learner.epoch(&order).unwrap();
            seconds[step].push(start.elapsed().as_secs_f64());
        };
        time(fused, 0);
        time(burn, 1);
    }
    for (step, mut seconds) in ["fused", "burn-flex"].into_iter().zip(seconds) {
        seconds.sort_by(f64::total_cmp);
        eprintln!("{name} {step}: median {:.4} s, least {:.4} s", seconds[3], seconds[0]);
    }
}
