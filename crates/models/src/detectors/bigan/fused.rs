//! The adversaries' gradients on the CPU, written out over buffers that are allocated once. See the
//! autoencoder's step for why it exists; here a pass over 97,278 rows of 18 in batches of 256 takes
//! 0.48 s where burn-flex took 1.4 s (one core, medians of seven; its parameters still came from the
//! host in each move then).

use oddbench_core::DetectorError;

use super::adversary::{Batch, Engine, Masks, Pairs};
use super::shape::Shape;
use crate::nn::loss::squared_error;
use crate::nn::mlp::Tape;
use crate::nn::simd::{Aligned, Plane, Simd, WithSimd, dispatch, vectors_of};

/// The CPU engine.
pub(crate) struct Fused {
    shape: Shape,
    encoder: Tape,
    generator: Tape,
    discriminator: Discriminator,
    code_delta: Plane,
    /// The generator's gradient of the reconstruction, to be added to its gradient of the verdicts.
    cycle: Aligned,
}

/// The discriminator's buffers for one look at pairs.
struct Discriminator {
    pair: Plane,
    features: Plane,
    dropped: Plane,
    logit: Plane,
    logit_delta: Plane,
    features_delta: Plane,
    pair_delta: Plane,
    scratch: Aligned,
}

impl Fused {
    /// For batches of up to `batch` rows.
    pub(crate) fn new(shape: &Shape, batch: usize) -> Self {
        let (pair, features) = (shape.features.n_in, shape.features.n_out);
        let discriminator = Discriminator {
            pair: Plane::zeros(pair, batch),
            features: Plane::zeros(features, batch),
            dropped: Plane::zeros(features, batch),
            logit: Plane::zeros(1, batch),
            logit_delta: Plane::zeros(1, batch),
            features_delta: Plane::zeros(features, batch),
            pair_delta: Plane::zeros(pair, batch),
            scratch: Aligned::zeros(pair * features),
        };
        Self {
            encoder: Tape::new(&shape.encoder, batch),
            generator: Tape::new(&shape.generator, batch),
            discriminator,
            code_delta: Plane::zeros(shape.latent, batch),
            cycle: Aligned::zeros(shape.n_params()),
            shape: shape.clone(),
        }
    }
}

impl Engine for Fused {
    fn discriminator(
        &mut self,
        parameters: &[f32],
        batch: &Batch,
        pairs: Pairs,
        gradient: &mut [f32],
    ) -> Result<f32, DetectorError> {
        Ok(dispatch(DiscriminatorOp { fused: self, parameters, batch, pairs, gradient }))
    }

    fn encoder_generator(
        &mut self,
        parameters: &[f32],
        batch: &Batch,
        cycle_weight: f32,
        gradient: &mut [f32],
    ) -> Result<f32, DetectorError> {
        Ok(dispatch(EncoderGeneratorOp { fused: self, parameters, batch, cycle_weight, gradient }))
    }
}

struct DiscriminatorOp<'e> {
    fused: &'e mut Fused,
    parameters: &'e [f32],
    batch: &'e Batch,
    pairs: Pairs,
    gradient: &'e mut [f32],
}

impl WithSimd for DiscriminatorOp<'_> {
    type Output = f32;

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) -> f32 {
        let Self { fused, parameters, batch, pairs, gradient } = self;
        let Fused { shape, encoder, generator, discriminator, .. } = fused;
        let n = batch.n;
        let masks = match pairs {
            Pairs::Real => {
                shape.encoder.forward(simd, parameters, &batch.x, encoder, n);
                discriminator.pair_up(simd, encoder.output(), &batch.x, &batch.real, n);
                &batch.real
            }
            Pairs::Made => {
                shape.generator.forward(simd, parameters, &batch.z, generator, n);
                discriminator.pair_up(simd, &batch.z, generator.output(), &batch.made, n);
                &batch.made
            }
        };
        discriminator.forward(simd, shape, parameters, masks, n);
        let loss = discriminator.judge(if pairs == Pairs::Real { 1.0 } else { 0.0 }, n);
        discriminator.backward(simd, shape, parameters, masks, n);
        discriminator.gradient(simd, shape, gradient, n);
        loss
    }
}

struct EncoderGeneratorOp<'e> {
    fused: &'e mut Fused,
    parameters: &'e [f32],
    batch: &'e Batch,
    cycle_weight: f32,
    gradient: &'e mut [f32],
}

impl WithSimd for EncoderGeneratorOp<'_> {
    type Output = f32;

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) -> f32 {
        let Self { fused, parameters, batch, cycle_weight, gradient } = self;
        let Fused { shape, encoder, generator, discriminator, code_delta, cycle } = fused;
        let (n, latent) = (batch.n, shape.latent);

        // Made pairs, to be called real.
        shape.generator.forward(simd, parameters, &batch.z, generator, n);
        discriminator.pair_up(simd, &batch.z, generator.output(), &batch.made, n);
        discriminator.forward(simd, shape, parameters, &batch.made, n);
        let mut loss = discriminator.judge(1.0, n);
        discriminator.backward(simd, shape, parameters, &batch.made, n);
        discriminator.pair_gradient(simd, shape, parameters, &batch.made, n);
        copy_features(&discriminator.pair_delta, latent, generator.output_mut().1);
        shape.generator.backward(simd, parameters, &batch.z, generator, None, gradient, n);

        // Real pairs, to be called made.
        shape.encoder.forward(simd, parameters, &batch.x, encoder, n);
        discriminator.pair_up(simd, encoder.output(), &batch.x, &batch.real, n);
        discriminator.forward(simd, shape, parameters, &batch.real, n);
        loss += discriminator.judge(0.0, n);
        discriminator.backward(simd, shape, parameters, &batch.real, n);
        discriminator.pair_gradient(simd, shape, parameters, &batch.real, n);
        copy_features(&discriminator.pair_delta, 0, encoder.output_mut().1);

        if cycle_weight > 0.0 {
            let codes = encoder.output();
            shape.generator.forward(simd, parameters, codes, generator, n);
            let scale = cycle_weight / (n * shape.n_features) as f32;
            let (y, delta) = generator.output_mut();
            loss += scale * squared_error(simd, y, &batch.x, delta, 2.0 * scale, n);
            let dx = Some(&mut *code_delta);
            shape.generator.backward(simd, parameters, codes, generator, dx, cycle, n);
            let part = shape.encoder.end()..shape.boundary();
            for (slot, value) in gradient[part.clone()].iter_mut().zip(&cycle[part]) {
                *slot += value;
            }
            add(encoder.output_mut().1, code_delta);
        }
        shape.encoder.backward(simd, parameters, &batch.x, encoder, None, gradient, n);
        loss
    }
}

impl Discriminator {
    /// Lays code and row one above the other, less what the dropout takes.
    #[inline(always)]
    fn pair_up<S: Simd>(&mut self, simd: S, code: &Plane, row: &Plane, masks: &Masks, n: usize) {
        let vecs = vectors_of::<S>(n);
        for f in 0..self.pair.features() {
            let from = if f < code.features() {
                code.vectors::<S>(f, vecs)
            } else {
                row.vectors::<S>(f - code.features(), vecs)
            };
            let mask = masks.pair.vectors::<S>(f, vecs);
            for ((slot, v), m) in self.pair.vectors_mut::<S>(f, vecs).iter_mut().zip(from).zip(mask)
            {
                *slot = simd.mul_f32s(*v, *m);
            }
        }
    }

    /// From `pair` to `logit`.
    #[inline(always)]
    fn forward<S: Simd>(
        &mut self,
        simd: S,
        shape: &Shape,
        parameters: &[f32],
        masks: &Masks,
        n: usize,
    ) {
        shape.features.forward(simd, parameters, &self.pair, &mut self.features, n);
        multiply(simd, &self.features, &masks.features, &mut self.dropped, n);
        shape.verdict.forward(simd, parameters, &self.dropped, &mut self.logit, n);
    }

    /// The mean cross-entropy of the logits against `target`, and its derivative by them.
    #[inline(always)]
    fn judge(&mut self, target: f32, n: usize) -> f32 {
        let mut total = 0.0;
        let logits = &self.logit.feature(0)[..n];
        for (slot, &s) in self.logit_delta.feature_mut(0).iter_mut().zip(logits) {
            total += s.max(0.0) - s * target + (-s.abs()).exp().ln_1p();
            *slot = (1.0 / (1.0 + (-s).exp()) - target) / n as f32;
        }
        self.logit_delta.clear_padding(n);
        total / n as f32
    }

    /// From `logit_delta` to `features_delta` before the activation.
    #[inline(always)]
    fn backward<S: Simd>(
        &mut self,
        simd: S,
        shape: &Shape,
        parameters: &[f32],
        masks: &Masks,
        n: usize,
    ) {
        let Self { features, logit_delta, features_delta, scratch, .. } = self;
        shape.verdict.input_gradient(simd, parameters, logit_delta, features_delta, scratch, n);
        let vecs = vectors_of::<S>(n);
        for f in 0..features_delta.features() {
            let mask = masks.features.vectors::<S>(f, vecs);
            for (slot, m) in features_delta.vectors_mut::<S>(f, vecs).iter_mut().zip(mask) {
                *slot = simd.mul_f32s(*slot, *m);
            }
        }
        shape.features.activation.differentiate(simd, features, features_delta, n);
    }

    /// The gradient of the discriminator's own parameters.
    #[inline(always)]
    fn gradient<S: Simd>(&self, simd: S, shape: &Shape, gradient: &mut [f32], n: usize) {
        shape.verdict.parameter_gradient(simd, &self.dropped, &self.logit_delta, gradient, n);
        shape.features.parameter_gradient(simd, &self.pair, &self.features_delta, gradient, n);
    }

    /// From `features_delta` to `pair_delta`, before the dropout.
    #[inline(always)]
    fn pair_gradient<S: Simd>(
        &mut self,
        simd: S,
        shape: &Shape,
        parameters: &[f32],
        masks: &Masks,
        n: usize,
    ) {
        let Self { features_delta, pair, pair_delta, scratch, .. } = self;
        // `pair` has served; it takes the product.
        shape.features.input_gradient(simd, parameters, features_delta, pair, scratch, n);
        multiply(simd, pair, &masks.pair, pair_delta, n);
    }
}

/// `out = a * b`, value by value.
#[inline(always)]
fn multiply<S: Simd>(simd: S, a: &Plane, b: &Plane, out: &mut Plane, n: usize) {
    let vecs = vectors_of::<S>(n);
    for f in 0..a.features() {
        let pairs = a.vectors::<S>(f, vecs).iter().zip(b.vectors::<S>(f, vecs));
        for (slot, (a, b)) in out.vectors_mut::<S>(f, vecs).iter_mut().zip(pairs) {
            *slot = simd.mul_f32s(*a, *b);
        }
    }
}

/// Copies the features from `first` on, as many as `to` has.
#[inline(always)]
fn copy_features(from: &Plane, first: usize, to: &mut Plane) {
    for f in 0..to.features() {
        to.feature_mut(f).copy_from_slice(from.feature(first + f));
    }
}

/// `to += from`.
#[inline(always)]
fn add(to: &mut Plane, from: &Plane) {
    for (slot, value) in to.as_mut_slice().iter_mut().zip(from.as_slice()) {
        *slot += value;
    }
}
