//! Random projections of rows to a line.
//!
//! Dense ones are linfa-reduction's. The sparse ones of the paper are drawn here: linfa's
//! `SparseRandomProjection` is another kind (Achlioptas: each entry is drawn on its own and is 0 or one
//! of two values), so that some of its vectors are all 0 and all others have entries of one size.

use linfa::{
    DatasetBase, ParamGuard,
    traits::{Fit, Transformer},
};
use linfa_reduction::random_projection::GaussianRandomProjection;
use ndarray::Array2;
use oddbench_core::DetectorError;
use rand::{Rng, RngExt, seq::index};
use rand_distr::StandardNormal;
use rand_xoshiro_06::{Xoshiro256Plus, rand_core::SeedableRng};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{rng::stream, save::Saved};

/// What a projection is made of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Projection {
    /// As many features as the square root of their number, rounded down, drawn without replacement,
    /// each with a normally distributed weight: the paper's.
    Sparse,
    /// Every feature, each with a normally distributed weight.
    Gaussian,
}

impl Projection {
    /// So many projections of rows with `d` columns.
    pub(super) fn draw(
        self,
        count: usize,
        d: usize,
        seed: u64,
    ) -> Result<Projections, DetectorError> {
        match self {
            Self::Sparse => Ok(sparse(count, d, seed)),
            Self::Gaussian => gaussian(count, d, seed),
        }
    }
}

fn sparse(count: usize, d: usize, seed: u64) -> Projections {
    let used = d.isqrt().max(1);
    let (mut columns, mut weights) = (Vec::new(), Vec::new());
    for cut in 0..count {
        let mut rng = stream(seed, &format!("loda/cut/{cut}"));
        let mut drawn = index::sample(&mut rng, d, used).into_vec();
        drawn.sort_unstable();
        columns.extend(drawn.into_iter().map(|column| column as u32));
        weights.extend((0..used).map(|_| -> f64 { rng.sample(StandardNormal) }));
    }
    Projections { used, columns, weights }
}

/// linfa projects to at most as many dimensions as there are columns, so several matrices are drawn; it
/// does not show a matrix, but the projections of the unit vectors are its rows.
fn gaussian(count: usize, d: usize, seed: u64) -> Result<Projections, DetectorError> {
    let failed = |error| DetectorError::Backend(format!("random projection: {error}"));
    let rows = DatasetBase::from(Array2::<f64>::zeros((1, d)));
    let mut weights = Vec::with_capacity(count * d);
    for (part, first) in (0..count).step_by(d).enumerate() {
        let seed = stream(seed, &format!("loda/gaussian/{part}")).next_u64();
        let random = Xoshiro256Plus::seed_from_u64(seed);
        let params = GaussianRandomProjection::<f64>::params_with_rng(random);
        let params = params.target_dim(d.min(count - first)).check().map_err(failed)?;
        let matrix = params.fit(&rows).map_err(failed)?.transform(Array2::eye(d));
        weights.extend(matrix.columns().into_iter().flat_map(|column| column.to_vec()));
    }
    let columns = (0..count).flat_map(|_| 0..d as u32).collect();
    Ok(Projections { used: d, columns, weights })
}

/// Projections that use equally many features.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Projections {
    /// Features that each of them uses.
    pub used: usize,
    /// Their columns, projection by projection, ascending in each.
    pub columns: Vec<u32>,
    /// Their weights, in the same order.
    pub weights: Vec<f64>,
}

impl Projections {
    /// How many they are.
    pub fn count(&self) -> usize {
        self.weights.len() / self.used
    }

    /// The columns that a projection uses.
    pub fn columns(&self, cut: usize) -> impl Iterator<Item = usize> {
        let own = &self.columns[cut * self.used..(cut + 1) * self.used];
        own.iter().map(|&column| column as usize)
    }

    /// Where a projection puts the row.
    pub fn of(&self, cut: usize, row: &[f32]) -> f64 {
        let weights = &self.weights[cut * self.used..(cut + 1) * self.used];
        self.columns(cut).zip(weights).map(|(column, w)| f64::from(row[column]) * w).sum()
    }

    /// Adds them to a saved model.
    pub fn save(&self, saved: Saved) -> Saved {
        let shape = [self.count(), self.used];
        let saved = saved.with("columns", &shape, self.columns.clone());
        saved.with("weights", &shape, self.weights.clone())
    }

    /// So many projections of a saved model.
    pub fn load(saved: &Saved, count: usize) -> Result<Self, DetectorError> {
        let used = saved.shape("columns")?.last().copied().unwrap_or(0);
        let columns = saved.tensor_u32("columns", &[count, used])?.to_vec();
        let weights = saved.tensor_f64("weights", &[count, used])?.to_vec();
        if used == 0 || columns.iter().any(|&column| column as usize >= saved.n_features) {
            return Err(saved.broken("a projection uses a column that the rows do not have"));
        }
        Ok(Self { used, columns, weights })
    }
}
