//! The nonlinearities that a dense layer can have, over the columns of a plane.

use pulp::Simd;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::activation;
use super::simd::{Plane, vectors_of};

/// What a dense layer does to its sums.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Activation {
    /// Nothing.
    Linear,
    /// max(x, 0).
    Relu,
    /// x if positive, else this slope (above 0) times x.
    LeakyRelu(f32),
    /// x if positive, else exp(x) - 1. Source: Clevert et al. (2016).
    Elu,
    /// Hyperbolic tangent.
    Tanh,
    /// 1 / (1 + exp(-x)).
    Sigmoid,
}

/// An [`Activation`] as parameters name it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum ActivationName {
    /// x.
    Linear,
    /// max(x, 0).
    Relu,
    /// x if positive, else 0.2 x.
    LeakyRelu,
    /// x if positive, else exp(x) - 1.
    Elu,
    /// Hyperbolic tangent.
    Tanh,
    /// 1 / (1 + exp(-x)).
    Sigmoid,
}

impl From<ActivationName> for Activation {
    fn from(name: ActivationName) -> Self {
        match name {
            ActivationName::Linear => Self::Linear,
            ActivationName::Relu => Self::Relu,
            ActivationName::LeakyRelu => Self::LeakyRelu(0.2),
            ActivationName::Elu => Self::Elu,
            ActivationName::Tanh => Self::Tanh,
            ActivationName::Sigmoid => Self::Sigmoid,
        }
    }
}

// The closures below need `#[inline(always)]` as much as the functions: left as calls they would
// not be compiled for the dispatched instruction set, which was seen to take three times as long.

impl Activation {
    /// Applies it in place to the columns of a batch of `n` rows. NaN stays NaN.
    #[inline(always)]
    pub fn apply<S: Simd>(self, simd: S, y: &mut Plane, n: usize) {
        let (zero, one) = (simd.splat_f32s(0.0), simd.splat_f32s(1.0));
        match self {
            Self::Linear => {}
            Self::Relu => each::<S>(
                y,
                n,
                #[inline(always)]
                |v| simd.select_f32s(simd.less_than_f32s(v, zero), zero, v),
            ),
            Self::LeakyRelu(slope) => each::<S>(
                y,
                n,
                #[inline(always)]
                |v| activation::leaky_relu(simd, v, slope),
            ),
            Self::Elu => each::<S>(
                y,
                n,
                #[inline(always)]
                |v| {
                    let below = simd.sub_f32s(activation::exp(simd, v), one);
                    simd.select_f32s(simd.greater_than_f32s(v, zero), v, below)
                },
            ),
            Self::Tanh => each::<S>(
                y,
                n,
                #[inline(always)]
                |v| activation::tanh(simd, v),
            ),
            Self::Sigmoid => each::<S>(
                y,
                n,
                #[inline(always)]
                |v| activation::sigmoid(simd, v),
            ),
        }
    }

    /// Multiplies `dy` by the derivative, which is a function of the output `y` for all of them.
    #[inline(always)]
    pub fn differentiate<S: Simd>(self, simd: S, y: &Plane, dy: &mut Plane, n: usize) {
        let zero = simd.splat_f32s(0.0);
        match self {
            Self::Linear => {}
            Self::Relu => pairs::<S>(
                y,
                dy,
                n,
                #[inline(always)]
                |y, d| simd.select_f32s(simd.greater_than_f32s(y, zero), d, zero),
            ),
            Self::LeakyRelu(slope) => pairs::<S>(
                y,
                dy,
                n,
                #[inline(always)]
                |y, d| activation::leaky_relu_backward(simd, y, d, slope),
            ),
            Self::Elu => pairs::<S>(
                y,
                dy,
                n,
                #[inline(always)]
                |y, d| {
                    let below = simd.mul_add_e_f32s(d, y, d);
                    simd.select_f32s(simd.greater_than_f32s(y, zero), d, below)
                },
            ),
            Self::Tanh => pairs::<S>(
                y,
                dy,
                n,
                #[inline(always)]
                |y, d| activation::tanh_backward(simd, y, d),
            ),
            Self::Sigmoid => pairs::<S>(
                y,
                dy,
                n,
                #[inline(always)]
                |y, d| activation::sigmoid_backward(simd, y, d),
            ),
        }
    }
}

#[inline(always)]
fn each<S: Simd>(y: &mut Plane, n: usize, f: impl Fn(S::f32s) -> S::f32s) {
    let vecs = vectors_of::<S>(n);
    for j in 0..y.features() {
        for v in y.vectors_mut::<S>(j, vecs) {
            *v = f(*v);
        }
    }
}

#[inline(always)]
fn pairs<S: Simd>(y: &Plane, dy: &mut Plane, n: usize, f: impl Fn(S::f32s, S::f32s) -> S::f32s) {
    let vecs = vectors_of::<S>(n);
    for j in 0..y.features() {
        for (v, d) in y.vectors::<S>(j, vecs).iter().zip(dy.vectors_mut::<S>(j, vecs)) {
            *d = f(*v, *d);
        }
    }
}
