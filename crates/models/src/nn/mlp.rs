//! A stack of dense layers with the buffers of its forward and backward pass.

use oddbench_core::Matrix;
use rand::Rng;

use super::batches::{gather_range, scatter};
use super::dense::{Activation, Dense};
use super::init::Init;
use super::simd::{Aligned, Plane, Simd, WithSimd, dispatch};

/// Dense layers, each feeding the next, whose parameters lie one after the other in a flat vector.
#[derive(Debug, Clone, PartialEq)]
pub struct Mlp {
    /// From the input on.
    pub layers: Vec<Dense>,
}

impl Mlp {
    /// Layers between the given `widths` (input, hidden ..., output), whose parameters begin at
    /// position `at` of the flat vector. `widths` has at least two entries.
    pub fn new(at: usize, widths: &[usize], hidden: Activation, output: Activation) -> Self {
        let last = widths.len() - 2;
        let mut layers: Vec<Dense> = Vec::with_capacity(last + 1);
        for (i, pair) in widths.windows(2).enumerate() {
            layers.push(Dense {
                n_in: pair[0],
                n_out: pair[1],
                activation: if i == last { output } else { hidden },
                at: layers.last().map_or(at, Dense::end),
            });
        }
        Self { layers }
    }

    /// This stack followed by layers between further `widths`, the first of which is this stack's
    /// last.
    #[must_use]
    pub fn then(mut self, widths: &[usize], hidden: Activation, output: Activation) -> Self {
        self.layers.extend(Self::new(self.end(), widths, hidden, output).layers);
        self
    }

    /// Number of inputs.
    pub fn n_in(&self) -> usize {
        self.layers.first().map_or(0, |layer| layer.n_in)
    }

    /// Number of outputs.
    pub fn n_out(&self) -> usize {
        self.layers.last().map_or(0, |layer| layer.n_out)
    }

    /// The position after its last parameter.
    pub fn end(&self) -> usize {
        self.layers.last().map_or(0, Dense::end)
    }

    /// Draws the weights layer by layer and zeroes the biases.
    pub fn init(&self, init: Init, rng: &mut impl Rng, params: &mut [f32]) {
        for layer in &self.layers {
            layer.init(init, rng, params);
        }
    }

    /// Runs a batch of `n` rows through; the result is [`Tape::output`].
    #[inline(always)]
    pub fn forward<S: Simd>(&self, simd: S, params: &[f32], x: &Plane, tape: &mut Tape, n: usize) {
        for (i, layer) in self.layers.iter().enumerate() {
            let (before, rest) = tape.outputs.split_at_mut(i);
            layer.forward(simd, params, before.last().unwrap_or(x), &mut rest[0], n);
        }
    }

    /// From the loss's derivative, laid into [`Tape::output_mut`]'s delta, to the gradient of the
    /// parameters (their part of `gradient` is overwritten) and, if wanted, to `dx`.
    ///
    /// `x` and `tape` are the same as in the [`Self::forward`] before.
    #[inline(always)]
    #[expect(clippy::too_many_arguments, reason = "a kernel without state of its own")]
    pub fn backward<S: Simd>(
        &self,
        simd: S,
        params: &[f32],
        x: &Plane,
        tape: &mut Tape,
        mut dx: Option<&mut Plane>,
        gradient: &mut [f32],
        n: usize,
    ) {
        for (i, layer) in self.layers.iter().enumerate().rev() {
            let (before, rest) = tape.deltas.split_at_mut(i);
            let input = if i == 0 { x } else { &tape.outputs[i - 1] };
            let input_delta = if i == 0 { dx.take() } else { before.last_mut() };
            let (y, scratch) = (&tape.outputs[i], &mut tape.scratch);
            layer.backward(simd, params, input, y, &mut rest[0], input_delta, gradient, scratch, n);
        }
    }
}

/// The outputs of every layer of an [`Mlp`] for one batch, and the loss's derivatives by them.
#[derive(Debug, Clone)]
pub struct Tape {
    outputs: Vec<Plane>,
    deltas: Vec<Plane>,
    scratch: Aligned,
}

impl Tape {
    /// Buffers for batches of up to `batch` rows.
    pub fn new(mlp: &Mlp, batch: usize) -> Self {
        let planes = || mlp.layers.iter().map(|l| Plane::zeros(l.n_out, batch)).collect();
        let largest = mlp.layers.iter().map(|l| l.n_in * l.n_out).max().unwrap_or(0);
        Self { outputs: planes(), deltas: planes(), scratch: Aligned::zeros(largest) }
    }

    /// The outputs of the last layer for the batch.
    #[inline(always)]
    pub fn output(&self) -> &Plane {
        &self.outputs[self.outputs.len() - 1]
    }

    /// The last layer's output, and the plane that takes the loss's derivative by it.
    #[inline(always)]
    pub fn output_mut(&mut self) -> (&Plane, &mut Plane) {
        let last = self.outputs.len() - 1;
        (&self.outputs[last], &mut self.deltas[last])
    }
}

/// Rows per block where nothing is trained: the planes stay in the first-level cache.
const BLOCK: usize = 256;

/// Runs every row of `x` through the stack, on the CPU; one row of outputs per row. A row's outputs
/// are the same bits, whatever the other rows are.
pub fn apply(mlp: &Mlp, params: &[f32], x: &Matrix) -> Matrix {
    let mut out = Matrix::zeros(x.rows(), mlp.n_out());
    dispatch(Apply { mlp, params, x, out: out.as_mut_slice() });
    out
}

struct Apply<'a> {
    mlp: &'a Mlp,
    params: &'a [f32],
    x: &'a Matrix,
    out: &'a mut [f32],
}

impl WithSimd for Apply<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let Self { mlp, params, x, out } = self;
        let mut input = Plane::zeros(mlp.n_in(), BLOCK);
        let mut tape = Tape::new(mlp, BLOCK);
        for (block, out) in out.chunks_mut(BLOCK * mlp.n_out()).enumerate() {
            let n = out.len() / mlp.n_out();
            gather_range(x, block * BLOCK, n, &mut input);
            mlp.forward(simd, params, &input, &mut tape, n);
            scatter(tape.output(), out);
        }
    }
}
