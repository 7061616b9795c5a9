//! Dense layers over feature-major planes: forward and backward kernels, and stacks of them.
//!
//! Parameters and gradients are flat slices: for each layer the weights `[n_in][n_out]` row-major,
//! as Keras and burn hold them, then the `n_out` biases. The batch is the vector dimension, so a
//! layer of any width uses whole vectors, and four outputs by two vectors of columns are kept in
//! registers.

use pulp::Simd;
use rand::Rng;

use super::init::Init;
pub use super::nonlinearity::{Activation, ActivationName};
use super::simd::{Plane, vectors_of};

/// One layer: its shape, and where its parameters begin in the flat vector.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Dense {
    /// Number of inputs.
    pub n_in: usize,
    /// Number of outputs.
    pub n_out: usize,
    /// Applied to the sums.
    pub activation: Activation,
    /// Position of the first weight in the flat parameter vector.
    pub at: usize,
}

impl Dense {
    /// Weights and biases together.
    pub fn n_params(&self) -> usize {
        self.n_in * self.n_out + self.n_out
    }

    /// The position after the last bias.
    pub fn end(&self) -> usize {
        self.at + self.n_params()
    }

    /// Weights (`[n_in][n_out]`, row-major) and biases.
    #[inline(always)]
    pub fn split<'p>(&self, params: &'p [f32]) -> (&'p [f32], &'p [f32]) {
        params[self.at..self.end()].split_at(self.n_in * self.n_out)
    }

    #[inline(always)]
    fn split_mut<'p>(&self, params: &'p mut [f32]) -> (&'p mut [f32], &'p mut [f32]) {
        params[self.at..self.end()].split_at_mut(self.n_in * self.n_out)
    }

    /// Draws the weights and zeroes the biases.
    pub fn init(&self, init: Init, rng: &mut impl Rng, params: &mut [f32]) {
        let (weights, bias) = self.split_mut(params);
        init.fill(rng, self.n_in, self.n_out, weights);
        bias.fill(0.0);
    }

    /// y = activation(wᵀ x + b) for a batch of `n` rows. `params` is the whole flat vector.
    #[inline(always)]
    pub fn forward<S: Simd>(&self, simd: S, params: &[f32], x: &Plane, y: &mut Plane, n: usize) {
        let (weights, bias) = self.split(params);
        affine(simd, weights, Some(bias), x, y, n);
        self.activation.apply(simd, y, n);
    }

    /// From `dy` = ∂loss/∂y to the gradient of the parameters and, if wanted, to `dx` = ∂loss/∂x.
    ///
    /// `x` and `y` are the same as in [`Self::forward`]. `dy` must be zero in the padding columns; it is
    /// overwritten by the derivative before the activation. The layer's part of the flat `gradient`
    /// and `dx` are overwritten, not added to. `scratch` holds at least `n_in * n_out` values.
    #[inline(always)]
    #[expect(clippy::too_many_arguments, reason = "a kernel without state of its own")]
    pub fn backward<S: Simd>(
        &self,
        simd: S,
        params: &[f32],
        x: &Plane,
        y: &Plane,
        dy: &mut Plane,
        dx: Option<&mut Plane>,
        gradient: &mut [f32],
        scratch: &mut [f32],
        n: usize,
    ) {
        self.activation.differentiate(simd, y, dy, n);
        self.parameter_gradient(simd, x, dy, gradient, n);
        if let Some(dx) = dx {
            self.input_gradient(simd, params, dy, dx, scratch, n);
        }
    }

    /// The part of [`Self::backward`] that makes the gradient of the parameters; `dy` is that before
    /// the activation.
    #[inline(always)]
    pub fn parameter_gradient<S: Simd>(
        &self,
        simd: S,
        x: &Plane,
        dy: &Plane,
        gradient: &mut [f32],
        n: usize,
    ) {
        let (weights_gradient, bias_gradient) = self.split_mut(gradient);
        outer(simd, x, dy, weights_gradient, n);
        let vecs = vectors_of::<S>(n);
        for (j, slot) in bias_gradient.iter_mut().enumerate() {
            *slot = sum(simd, dy.vectors::<S>(j, vecs));
        }
    }

    /// The part of [`Self::backward`] that makes `dx`; `dy` is that before the activation.
    #[inline(always)]
    pub fn input_gradient<S: Simd>(
        &self,
        simd: S,
        params: &[f32],
        dy: &Plane,
        dx: &mut Plane,
        scratch: &mut [f32],
        n: usize,
    ) {
        let (weights, _) = self.split(params);
        let transposed = &mut scratch[..weights.len()];
        for (k, row) in weights.chunks_exact(self.n_out).enumerate() {
            for (slot, w) in transposed[k..].iter_mut().step_by(self.n_in).zip(row) {
                *slot = *w;
            }
        }
        affine(simd, transposed, None, dy, dx, n);
    }
}

/// y\[j\] = b\[j\] + Σ_k w\[k\]\[j\] x\[k\], over whole rows of columns.
#[inline(always)]
fn affine<S: Simd>(
    simd: S,
    weights: &[f32],
    bias: Option<&[f32]>,
    x: &Plane,
    y: &mut Plane,
    n: usize,
) {
    let n_out = y.features();
    let mut j = 0;
    while j < n_out {
        j += match n_out - j {
            1 => affine_block::<S, 1>(simd, weights, bias, x, y, j, n),
            2 => affine_block::<S, 2>(simd, weights, bias, x, y, j, n),
            3 => affine_block::<S, 3>(simd, weights, bias, x, y, j, n),
            _ => affine_block::<S, 4>(simd, weights, bias, x, y, j, n),
        };
    }
}

/// Outputs `first..first + J`; returns `J`.
#[inline(always)]
fn affine_block<S: Simd, const J: usize>(
    simd: S,
    weights: &[f32],
    bias: Option<&[f32]>,
    x: &Plane,
    y: &mut Plane,
    first: usize,
    n: usize,
) -> usize {
    let n_out = y.features();
    let (x_stride, y_stride) = (x.stride() / S::F32_LANES, y.stride() / S::F32_LANES);
    let x = S::as_simd_f32s(x.as_slice()).0;
    let y = &mut S::as_mut_simd_f32s(y.as_mut_slice()).0[first * y_stride..][..J * y_stride];
    let mut start = [simd.splat_f32s(0.0); J];
    if let Some(bias) = bias {
        for (slot, b) in start.iter_mut().zip(&bias[first..first + J]) {
            *slot = simd.splat_f32s(*b);
        }
    }
    for c in (0..vectors_of::<S>(n)).step_by(2) {
        let mut sums = [start, start];
        for (x, w) in x.chunks_exact(x_stride).zip(weights.chunks_exact(n_out)) {
            let x = &x[c..c + 2];
            let w = &w[first..first + J];
            for j in 0..J {
                let w = simd.splat_f32s(w[j]);
                sums[0][j] = simd.mul_add_e_f32s(w, x[0], sums[0][j]);
                sums[1][j] = simd.mul_add_e_f32s(w, x[1], sums[1][j]);
            }
        }
        for j in 0..J {
            let y = &mut y[j * y_stride + c..][..2];
            y[0] = sums[0][j];
            y[1] = sums[1][j];
        }
    }
    J
}

/// w\[k\]\[j\] = Σ over the batch of x\[k\] dy\[j\].
#[inline(always)]
fn outer<S: Simd>(simd: S, x: &Plane, dy: &Plane, weights: &mut [f32], n: usize) {
    let n_out = dy.features();
    let mut k = 0;
    while k < x.features() {
        let left = x.features() - k;
        let mut j = 0;
        while j < n_out {
            j += match (left, n_out - j) {
                (1, 1) => outer_block::<S, 1, 1>(simd, x, dy, weights, k, j, n),
                (1, 2) => outer_block::<S, 1, 2>(simd, x, dy, weights, k, j, n),
                (1, 3) => outer_block::<S, 1, 3>(simd, x, dy, weights, k, j, n),
                (1, _) => outer_block::<S, 1, 4>(simd, x, dy, weights, k, j, n),
                (_, 1) => outer_block::<S, 2, 1>(simd, x, dy, weights, k, j, n),
                (_, 2) => outer_block::<S, 2, 2>(simd, x, dy, weights, k, j, n),
                (_, 3) => outer_block::<S, 2, 3>(simd, x, dy, weights, k, j, n),
                (_, _) => outer_block::<S, 2, 4>(simd, x, dy, weights, k, j, n),
            };
        }
        k += left.min(2);
    }
}

/// Inputs `first_in..first_in + K` by outputs `first_out..first_out + J`; returns `J`.
#[inline(always)]
fn outer_block<S: Simd, const K: usize, const J: usize>(
    simd: S,
    x: &Plane,
    dy: &Plane,
    weights: &mut [f32],
    first_in: usize,
    first_out: usize,
    n: usize,
) -> usize {
    let vecs = vectors_of::<S>(n);
    let mut inputs: [&[S::f32s]; K] = [&[]; K];
    for (k, slot) in inputs.iter_mut().enumerate() {
        *slot = x.vectors::<S>(first_in + k, vecs);
    }
    let mut deltas: [&[S::f32s]; J] = [&[]; J];
    for (j, slot) in deltas.iter_mut().enumerate() {
        *slot = dy.vectors::<S>(first_out + j, vecs);
    }
    let mut sums = [[simd.splat_f32s(0.0); J]; K];
    for c in 0..vecs {
        for j in 0..J {
            let d = deltas[j][c];
            for k in 0..K {
                sums[k][j] = simd.mul_add_e_f32s(inputs[k][c], d, sums[k][j]);
            }
        }
    }
    let n_out = dy.features();
    for (k, sums) in sums.iter().enumerate() {
        let row = &mut weights[(first_in + k) * n_out + first_out..][..J];
        for (slot, sum) in row.iter_mut().zip(sums) {
            *slot = simd.reduce_sum_f32s(*sum);
        }
    }
    J
}

/// The sum of all lanes of all vectors, in a fixed order.
#[inline(always)]
pub fn sum<S: Simd>(simd: S, values: &[S::f32s]) -> f32 {
    let mut sum = simd.splat_f32s(0.0);
    for v in values {
        sum = simd.add_f32s(sum, *v);
    }
    simd.reduce_sum_f32s(sum)
}
