//! Synthetic rows between near rows of one class.

use std::borrow::Cow;

use oddbench_core::{DetectorError, Matrix};
use rand::RngExt;

use super::{Rows, too_few};
use crate::{distinct::Distinct, neighbours::Index, rng::stream};

/// The rows with `lacking` synthetic ones behind them, of the class of `rare`. Each is drawn as in
/// imbalanced-learn: a row of the class, one of its `neighbours` nearest others, and a place on the
/// segment between them, all uniformly.
pub(super) fn grown<'a>(
    rows: Rows<'a>,
    rare: &[usize],
    lacking: usize,
    neighbours: usize,
    seed: u64,
) -> Result<Rows<'a>, DetectorError> {
    if rare.len() <= neighbours {
        let class = if rows.labels[rare[0]] { "outliers" } else { "inliers" };
        let why = too_few(neighbours, class, rare.len());
        return Err(DetectorError::BadInput(format!("smote_neighbours: {why}")));
    }
    let near = Near::new(&rows.x.select(rare), neighbours);
    let (d, label) = (rows.x.cols(), rows.labels[rare[0]]);
    let mut rng = stream(seed, "resample/smote");
    let (mut x, mut labels) = (rows.x.into_owned().into_vec(), rows.labels.into_owned());
    x.reserve_exact(lacking * d);
    for _ in 0..lacking {
        let [from, to] =
            near.pair(rng.random_range(0..rare.len()), rng.random_range(0..neighbours));
        let step: f64 = rng.random();
        x.extend(from.iter().zip(to).map(|(&a, &b)| between(a, b, step)));
    }
    labels.resize(labels.len() + lacking, label);
    let x = Matrix::new(labels.len(), d, x).map_err(|e| DetectorError::Backend(e.to_string()))?;
    Ok(Rows { x: Cow::Owned(x), labels: Cow::Owned(labels) })
}

/// Which rows of a class are near each other.
struct Near {
    /// For each row of the class, which of the distinct ones it is.
    of: Vec<u32>,
    index: Index,
    /// The `k` nearest others of each distinct row, the nearest first.
    nearest: Vec<u32>,
    k: usize,
}

impl Near {
    fn new(class: &Matrix, k: usize) -> Self {
        let index = Index::new(class);
        let nearest = index.search_others(k, |found| {
            let repeated = found.neighbours().map(|n| std::iter::repeat_n(n.row, n.count as usize));
            repeated.flatten().collect::<Vec<_>>()
        });
        Self { of: Distinct::new(class).of, index, nearest: nearest.concat(), k }
    }

    /// A row of the class and one of its nearest others.
    fn pair(&self, row: usize, neighbour: usize) -> [&[f32]; 2] {
        let row = self.of[row] as usize;
        let other = self.nearest[row * self.k + neighbour] as usize;
        [self.index.rows.row(row), self.index.rows.row(other)]
    }
}

/// The value at `step` of the way, never beyond either end.
fn between(a: f32, b: f32, step: f64) -> f32 {
    let (wide_a, wide_b) = (f64::from(a), f64::from(b));
    let value = (wide_a + step * (wide_b - wide_a)) as f32;
    value.clamp(a.min(b), a.max(b))
}
