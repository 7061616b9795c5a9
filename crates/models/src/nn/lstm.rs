//! Long short-term memory layers: parameters, initial weights and the layout that the kernels read.
//!
//! Source: Hochreiter and Schmidhuber (1997) with the forget gate of Gers et al. (2000). For the
//! input x, the state h and the cell c of the step before:
//!
//! ```text
//! i = σ(Wᵢx + Uᵢh + bᵢ)   f = σ(W_f x + U_f h + b_f)   g = tanh(W_g x + U_g h + b_g)
//! o = σ(Wₒx + Uₒh + bₒ)   c' = f c + i g                h' = o tanh(c')
//! ```
//!
//! Parameters are flat, as Keras holds them: the kernel `[n_in][4 units]`, the recurrent kernel
//! `[units][4 units]`, the bias `[4 units]`, with the gates in the order i, f, g, o.
//!
//! Why not a framework's cell: with 10 or 20 units a step's matrix products are a few hundred
//! multiplications a row, and a general framework spends its time on allocation, the autodiff graph
//! and scalar `tanh`. [`kernels`] computes two vectors of batch columns through the whole sequence
//! at a time, so that what the backward pass needs ([`tape`]) stays in the second-level cache;
//! the four gates of a unit are summed in registers and become its next state before anything is
//! stored.

pub mod kernels;
pub mod tape;

use rand::Rng;
use rand_distr::{Distribution, StandardNormal};

use super::init::Init;
pub use tape::{Pair, Tape, pairs, pairs_mut};

/// The number of gates, and so of weight columns per unit.
pub const GATES: usize = 4;

/// How many rows of an input's gradient are computed at a time: 5 rows by 2 vectors fill the
/// registers of AVX2, and divide 10 and 20.
const BLOCK: usize = 5;

/// One layer: its shape, and where its parameters begin in the flat vector.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Lstm {
    /// Values per time step.
    pub n_in: usize,
    /// Size of the state.
    pub units: usize,
    /// Position of the first weight in the flat parameter vector.
    pub at: usize,
}

impl Lstm {
    /// Kernel, recurrent kernel and bias together.
    pub fn n_params(&self) -> usize {
        (self.rows() + 1) * GATES * self.units
    }

    /// The position after the last bias.
    pub fn end(&self) -> usize {
        self.at + self.n_params()
    }

    /// Inputs and states together: the rows of the two kernels, one below the other.
    #[inline(always)]
    pub fn rows(&self) -> usize {
        self.n_in + self.units
    }

    /// Draws the weights as Keras does: Glorot uniform for the kernel, orthonormal rows for the
    /// recurrent kernel, bias 1 for the forget gate and 0 for the others.
    pub fn init(&self, rng: &mut impl Rng, params: &mut [f32]) {
        let columns = GATES * self.units;
        let params = &mut params[self.at..self.end()];
        let (kernel, rest) = params.split_at_mut(self.n_in * columns);
        let (recurrent, bias) = rest.split_at_mut(self.units * columns);
        Init::GlorotUniform.fill(rng, self.n_in, columns, kernel);
        orthonormal_rows(rng, columns, recurrent);
        bias.fill(0.0);
        bias[self.units..2 * self.units].fill(1.0);
    }
}

/// Fills `rows` (row-major, of `width` columns, not more rows than columns) with random orthonormal
/// rows, evenly over all such: normal draws, orthogonalised by Gram and Schmidt, twice for accuracy.
fn orthonormal_rows(rng: &mut impl Rng, width: usize, rows: &mut [f32]) {
    let mut basis: Vec<Vec<f64>> = Vec::new();
    for row in rows.chunks_exact_mut(width) {
        let mut v: Vec<f64> = (0..width).map(|_| StandardNormal.sample(rng)).collect();
        for _ in 0..2 {
            for b in &basis {
                let along: f64 = v.iter().zip(b).map(|(v, b)| v * b).sum();
                v.iter_mut().zip(b).for_each(|(v, b)| *v -= along * b);
            }
        }
        let length = v.iter().map(|v| v * v).sum::<f64>().sqrt();
        v.iter_mut().for_each(|v| *v /= length);
        row.iter_mut().zip(&v).for_each(|(slot, v)| *slot = *v as f32);
        basis.push(v);
    }
}

/// A layer's weights in the order in which the kernels read them. Filled again after each optimiser
/// step; that costs a few microseconds and saves the kernels every strided access.
#[derive(Debug, Clone)]
pub struct Packed {
    /// Per unit: the four gates' biases, then their weights for each row.
    forward: Vec<[f32; GATES]>,
    /// Per block of rows: for each unit and gate the weights of these rows; 0 beyond the last.
    backward: Vec<[f32; BLOCK]>,
    /// The first row whose gradient is computed.
    first_row: usize,
}

impl Packed {
    /// Room for `lstm`'s weights. `input_gradient` says whether the backward pass goes on to the
    /// layer's inputs; if not, their rows are left out.
    pub fn new(lstm: &Lstm, input_gradient: bool) -> Self {
        let first_row = if input_gradient { 0 } else { lstm.n_in };
        let blocks = (lstm.rows() - first_row).div_ceil(BLOCK);
        Self {
            forward: vec![[0.0; GATES]; lstm.units * (lstm.rows() + 1)],
            backward: vec![[0.0; BLOCK]; blocks * lstm.units * GATES],
            first_row,
        }
    }

    /// Takes the layer's weights from the flat vector.
    pub fn fill(&mut self, lstm: &Lstm, params: &[f32]) {
        let (units, columns) = (lstm.units, GATES * lstm.units);
        let (weights, bias) = params[lstm.at..lstm.end()].split_at(lstm.rows() * columns);
        for (j, unit) in self.forward.chunks_exact_mut(lstm.rows() + 1).enumerate() {
            unit[0] = std::array::from_fn(|g| bias[g * units + j]);
            for (slot, row) in unit[1..].iter_mut().zip(weights.chunks_exact(columns)) {
                *slot = std::array::from_fn(|g| row[g * units + j]);
            }
        }
        for (b, block) in self.backward.chunks_exact_mut(columns).enumerate() {
            let rows = weights.chunks_exact(columns).skip(self.first_row + b * BLOCK).take(BLOCK);
            for (r, row) in rows.enumerate() {
                for (at, slot) in block.iter_mut().enumerate() {
                    let (j, g) = (at / GATES, at % GATES);
                    slot[r] = row[g * units + j];
                }
            }
        }
    }
}
