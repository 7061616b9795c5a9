//! What an LSTM's forward pass leaves for its backward pass, for one tile of batch columns.

use pulp::Simd;

use super::{GATES, Lstm};
use crate::nn::simd::{Aligned, PAD};

/// One row of a tile: two vectors of batch columns.
pub type Pair<S> = [<S as Simd>::f32s; 2];

/// The number of batch columns of a tile.
#[inline(always)]
pub const fn tile_columns<S: Simd>() -> usize {
    2 * S::F32_LANES
}

/// A buffer of rows of a tile.
#[inline(always)]
pub fn pairs<S: Simd>(buffer: &[f32]) -> &[Pair<S>] {
    S::as_simd_f32s(buffer).0.as_chunks().0
}

/// A buffer of rows of a tile, to be written.
#[inline(always)]
pub fn pairs_mut<S: Simd>(buffer: &mut [f32]) -> &mut [Pair<S>] {
    S::as_mut_simd_f32s(buffer).0.as_chunks_mut().0
}

/// `rows` rows of a tile, whatever the vector width, all zero.
pub fn tile_rows(rows: usize) -> Aligned {
    Aligned::zeros(rows * PAD)
}

/// The buffers of one layer for a tile and a sequence; see [`View`] for what is in them.
#[derive(Debug, Clone)]
pub struct Tape {
    lstm: Lstm,
    steps: usize,
    inputs: Aligned,
    cells: Aligned,
    gates: Aligned,
    tanhs: Aligned,
}

impl Tape {
    /// Buffers for sequences of `steps`.
    pub fn new(lstm: Lstm, steps: usize) -> Self {
        Self {
            lstm,
            steps,
            inputs: tile_rows((steps + 1) * lstm.rows()),
            cells: tile_rows((steps + 1) * lstm.units),
            gates: tile_rows(steps * GATES * lstm.units),
            tanhs: tile_rows(steps * lstm.units),
        }
    }

    /// The buffers as vectors.
    #[inline(always)]
    pub fn view<S: Simd>(&mut self) -> View<'_, S> {
        let (rows, units) = (self.lstm.rows(), self.lstm.units);
        View {
            lstm: self.lstm,
            inputs: &mut pairs_mut::<S>(&mut self.inputs)[..(self.steps + 1) * rows],
            cells: &mut pairs_mut::<S>(&mut self.cells)[..(self.steps + 1) * units],
            gates: &mut pairs_mut::<S>(&mut self.gates).as_chunks_mut().0[..self.steps * units],
            tanhs: &mut pairs_mut::<S>(&mut self.tanhs)[..self.steps * units],
        }
    }
}

/// A [`Tape`] as vectors.
#[derive(Debug)]
pub struct View<'t, S: Simd> {
    /// The layer that it belongs to.
    pub lstm: Lstm,
    /// Per step the `n_in` inputs, then the `units` states before it; at the end once more the
    /// last state, behind inputs that mean nothing.
    pub inputs: &'t mut [Pair<S>],
    /// The cells before each step and after the last.
    pub cells: &'t mut [Pair<S>],
    /// Per step and unit the gates i, f, g, o; after the backward pass their derivatives before
    /// the activation.
    pub gates: &'t mut [[Pair<S>; GATES]],
    /// Per step the hyperbolic tangents of the new cells.
    pub tanhs: &'t mut [Pair<S>],
}

impl<S: Simd> View<'_, S> {
    /// The inputs of step `t`, to be written before it.
    #[inline(always)]
    pub fn input_mut(&mut self, t: usize) -> &mut [Pair<S>] {
        &mut self.inputs[t * self.lstm.rows()..][..self.lstm.n_in]
    }

    /// The state before step `t`, which is that after step `t - 1`.
    #[inline(always)]
    pub fn state(&self, t: usize) -> &[Pair<S>] {
        &self.inputs[t * self.lstm.rows() + self.lstm.n_in..][..self.lstm.units]
    }

    /// The state before step `t`, to be written: the initial one if `t` is 0.
    #[inline(always)]
    pub fn state_mut(&mut self, t: usize) -> &mut [Pair<S>] {
        &mut self.inputs[t * self.lstm.rows() + self.lstm.n_in..][..self.lstm.units]
    }

    /// The cells before step `t`, which are those after step `t - 1`.
    #[inline(always)]
    pub fn cell(&self, t: usize) -> &[Pair<S>] {
        &self.cells[t * self.lstm.units..][..self.lstm.units]
    }

    /// The cells before step `t`, to be written: the initial ones if `t` is 0.
    #[inline(always)]
    pub fn cell_mut(&mut self, t: usize) -> &mut [Pair<S>] {
        &mut self.cells[t * self.lstm.units..][..self.lstm.units]
    }
}
