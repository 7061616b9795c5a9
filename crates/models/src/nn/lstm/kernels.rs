//! One LSTM step forward and backward, and the gradient of the weights, for one tile.
//!
//! The kernels keep 8 to 12 sums in registers: the four gates of a unit by two vectors forward,
//! five input rows by two vectors backward, four gates by three rows for the weights. No closure goes
//! through `array::map` and the like: they are not inlined by force, and a call out of the dispatch
//! loses the vector instructions.

use pulp::Simd;

use super::tape::{Pair, View};
use super::{BLOCK, GATES, Packed};
use crate::nn::activation::{sigmoid, sigmoid_backward, tanh, tanh_backward};

/// Computes step `t` of the sequence: from its inputs, and the state and cells before it, to the
/// state and cells after it.
///
/// Three passes over the units, although each could be done in one: an activation is a chain of 65
/// cycles, and a processor that looks 250 instructions ahead overlaps chains only if they lie close
/// together.
#[inline(always)]
pub fn step<S: Simd>(simd: S, weights: &Packed, tape: &mut View<'_, S>, t: usize) {
    let (rows, units) = (tape.lstm.rows(), tape.lstm.units);
    let (past, future) = tape.inputs.split_at_mut((t + 1) * rows);
    let inputs = &past[t * rows..];
    let states = &mut future[tape.lstm.n_in..rows];
    let (past, future) = tape.cells.split_at_mut((t + 1) * units);
    let kept = &past[t * units..];
    let cells = &mut future[..units];
    let gates = &mut tape.gates[t * units..(t + 1) * units];
    let tanhs = &mut tape.tanhs[t * units..(t + 1) * units];
    for (gates, weights) in gates.iter_mut().zip(weights.forward.chunks_exact(rows + 1)) {
        *gates = gate_sums(simd, weights, inputs);
    }
    for ((gates, cell), kept) in gates.iter_mut().zip(&mut *cells).zip(kept) {
        for v in 0..2 {
            let i = sigmoid(simd, gates[0][v]);
            let f = sigmoid(simd, gates[1][v]);
            let g = tanh(simd, gates[2][v]);
            let o = sigmoid(simd, gates[3][v]);
            (gates[0][v], gates[1][v], gates[2][v], gates[3][v]) = (i, f, g, o);
            cell[v] = simd.mul_add_e_f32s(f, kept[v], simd.mul_f32s(i, g));
        }
    }
    for (((state, gates), cell), tanh_c) in states.iter_mut().zip(gates).zip(cells).zip(tanhs) {
        for v in 0..2 {
            tanh_c[v] = tanh(simd, cell[v]);
            state[v] = simd.mul_f32s(gates[3][v], tanh_c[v]);
        }
    }
}

/// A unit's four gates before their activation. `weights` begins with the biases.
#[inline(always)]
fn gate_sums<S: Simd>(simd: S, weights: &[[f32; GATES]], inputs: &[Pair<S>]) -> [Pair<S>; GATES] {
    let mut sums = [[simd.splat_f32s(0.0); 2]; GATES];
    for (sum, bias) in sums.iter_mut().zip(&weights[0]) {
        *sum = [simd.splat_f32s(*bias); 2];
    }
    for (weights, input) in weights[1..].iter().zip(inputs) {
        for (sum, weight) in sums.iter_mut().zip(weights) {
            let weight = simd.splat_f32s(*weight);
            for v in 0..2 {
                sum[v] = simd.mul_add_e_f32s(weight, input[v], sum[v]);
            }
        }
    }
    sums
}

/// Goes back through step `t`. On entry `d_rows` (one per input, then one per unit) ends with the
/// loss's derivatives by the state after the step, and `d_cells` has those by the cells after it
/// through later steps; on return both are those before the step, and the first rows those by the
/// inputs if [`Packed::new`] was asked for it. The tape's gates of the step become their derivatives.
#[inline(always)]
pub fn step_back<S: Simd>(
    simd: S,
    weights: &Packed,
    tape: &mut View<'_, S>,
    t: usize,
    d_rows: &mut [Pair<S>],
    d_cells: &mut [Pair<S>],
) {
    let (n_in, units) = (tape.lstm.n_in, tape.lstm.units);
    let gates = &mut tape.gates[t * units..(t + 1) * units];
    let tanhs = &tape.tanhs[t * units..];
    let kept = &tape.cells[t * units..];
    let deltas = d_rows[n_in..].iter().zip(d_cells);
    for ((((d_state, d_cell), gates), tanh_c), kept) in deltas.zip(&mut *gates).zip(tanhs).zip(kept)
    {
        for v in 0..2 {
            let [i, f, g, o] = [gates[0][v], gates[1][v], gates[2][v], gates[3][v]];
            let d_o = simd.mul_f32s(d_state[v], tanh_c[v]);
            let d_tanh = simd.mul_f32s(d_state[v], o);
            let d_c = simd.add_f32s(d_cell[v], tanh_backward(simd, tanh_c[v], d_tanh));
            gates[0][v] = sigmoid_backward(simd, i, simd.mul_f32s(d_c, g));
            gates[1][v] = sigmoid_backward(simd, f, simd.mul_f32s(d_c, kept[v]));
            gates[2][v] = tanh_backward(simd, g, simd.mul_f32s(d_c, i));
            gates[3][v] = sigmoid_backward(simd, o, d_o);
            d_cell[v] = simd.mul_f32s(d_c, f);
        }
    }
    let blocks = weights.backward.chunks_exact(units * GATES);
    for (weights, d_rows) in blocks.zip(d_rows[weights.first_row..].chunks_mut(BLOCK)) {
        let mut sums = [[simd.splat_f32s(0.0); 2]; BLOCK];
        for (weights, gate) in weights.iter().zip(gates.as_flattened()) {
            for (sum, weight) in sums.iter_mut().zip(weights) {
                let weight = simd.splat_f32s(*weight);
                for v in 0..2 {
                    sum[v] = simd.mul_add_e_f32s(weight, gate[v], sum[v]);
                }
            }
        }
        for (slot, sum) in d_rows.iter_mut().zip(sums) {
            *slot = sum;
        }
    }
}

/// Adds the gradient of the layer's parameters over the tile and all steps to its part of the flat
/// `gradient`, after [`step_back`] has gone through every step.
#[inline(always)]
pub fn add_gradient<S: Simd>(simd: S, tape: &View<'_, S>, gradient: &mut [f32]) {
    let lstm = tape.lstm;
    let columns = GATES * lstm.units;
    let gradient = &mut gradient[lstm.at..lstm.end()];
    let (weights, bias) = gradient.split_at_mut(lstm.rows() * columns);
    for j in 0..lstm.units {
        let mut row = 0;
        while row < lstm.rows() {
            row += match lstm.rows() - row {
                1 => weights_block::<S, 1>(simd, tape, weights, j, row),
                2 => weights_block::<S, 2>(simd, tape, weights, j, row),
                _ => weights_block::<S, 3>(simd, tape, weights, j, row),
            };
        }
        let mut sums = [[simd.splat_f32s(0.0); 2]; GATES];
        for gates in tape.gates.chunks_exact(lstm.units) {
            for (sum, gate) in sums.iter_mut().zip(&gates[j]) {
                for v in 0..2 {
                    sum[v] = simd.add_f32s(sum[v], gate[v]);
                }
            }
        }
        for (g, [a, b]) in sums.into_iter().enumerate() {
            bias[g * lstm.units + j] += simd.reduce_sum_f32s(simd.add_f32s(a, b));
        }
    }
}

/// Unit `j`'s weights for `R` rows from `first` on; returns `R`.
#[inline(always)]
fn weights_block<S: Simd, const R: usize>(
    simd: S,
    tape: &View<'_, S>,
    weights: &mut [f32],
    j: usize,
    first: usize,
) -> usize {
    let (rows, units) = (tape.lstm.rows(), tape.lstm.units);
    let mut sums = [[simd.splat_f32s(0.0); R]; GATES];
    for (gates, inputs) in tape.gates.chunks_exact(units).zip(tape.inputs.chunks_exact(rows)) {
        let gates = &gates[j];
        let inputs = &inputs[first..first + R];
        for v in 0..2 {
            for g in 0..GATES {
                for r in 0..R {
                    sums[g][r] = simd.mul_add_e_f32s(gates[g][v], inputs[r][v], sums[g][r]);
                }
            }
        }
    }
    for (g, sums) in sums.iter().enumerate() {
        for (r, sum) in sums.iter().enumerate() {
            weights[(first + r) * GATES * units + g * units + j] += simd.reduce_sum_f32s(*sum);
        }
    }
    R
}
