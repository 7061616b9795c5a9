//! Exponential, logistic, hyperbolic tangent and leaky rectifier on SIMD vectors and slices, with
//! their derivatives.
//!
//! libm's scalar `exp` and `tanh` took 40 % of an LSTM's step in a general framework. Here `exp` is a
//! polynomial of degree six on [-ln 2 / 2, ln 2 / 2], the other two are made from it with one
//! division each, and all are `#[inline(always)]`, so that they vectorise inside a dispatch
//! ([`super::simd`]). Errors against exact values, over all of `f32`: `exp` 2 units in the last
//! place, [`sigmoid`] and [`tanh`] 1e-7. NaN stays NaN, so that a diverged network shows it.

use pulp::Simd;

/// q in exp(r) = 1 + r + r² q(r), lowest degree first: the minimax fit of the relative error (3e-9
/// before rounding) on ± ln 2 / 2, made by iteratively re-weighted least squares.
const EXP: [f32; 5] = [0.499_999_93, 0.166_665_2, 0.041_668_39, 0.008_368_717, 0.001_381_459_9];

/// ln 2 in two parts; the products of the first with an exponent are exact in single precision.
const LN_2: [f32; 2] = [0.693_359_4, -2.121_944_4e-4];

/// 1.5 · 2²³: adding it rounds to the nearest integer, which is then in the low bits.
const ROUND: f32 = 12_582_912.0;

/// Below, exp(x) is not a normal number and counts as 0.
const EXP_MIN: f32 = -87.33;

/// The logarithm of the largest finite value; above, exp(x) is infinite.
const EXP_MAX: f32 = 88.722_83;

/// Beyond ± this, tanh(x) is ± 1 in single precision.
const TANH_MAX: f32 = 9.02;

/// exp(x) for x in [[`EXP_MIN`], [`EXP_MAX`]] or NaN; nonsense for other x.
#[inline(always)]
fn exp_in_range<S: Simd>(simd: S, x: S::f32s) -> S::f32s {
    let splat = |value| simd.splat_f32s(value);
    // x = n ln 2 + r
    let shifted = simd.mul_add_e_f32s(x, splat(std::f32::consts::LOG2_E), splat(ROUND));
    let n = simd.sub_f32s(shifted, splat(ROUND));
    let r = simd.mul_add_e_f32s(n, splat(-LN_2[0]), x);
    let r = simd.mul_add_e_f32s(n, splat(-LN_2[1]), r);
    let mut p = splat(EXP[4]);
    for coefficient in [EXP[3], EXP[2], EXP[1], EXP[0], 1.0, 1.0] {
        p = simd.mul_add_e_f32s(p, r, splat(coefficient));
    }
    // times 2ⁿ: n is added to the exponent bits
    let n = simd.wrapping_dyn_shl_u32s(simd.transmute_u32s_f32s(shifted), simd.splat_u32s(23));
    simd.transmute_f32s_u32s(simd.add_u32s(simd.transmute_u32s_f32s(p), n))
}

/// x if it lies in ± `limit`, else the nearer bound. NaN stays NaN, which `min` and `max` do not
/// promise on every processor.
#[inline(always)]
fn clamp<S: Simd>(simd: S, x: S::f32s, limit: f32) -> S::f32s {
    let (low, high) = (simd.splat_f32s(-limit), simd.splat_f32s(limit));
    let x = simd.select_f32s(simd.less_than_f32s(x, low), low, x);
    simd.select_f32s(simd.greater_than_f32s(x, high), high, x)
}

/// eˣ. Infinite above the range of `f32`, 0 where the result would not be a normal number.
#[inline(always)]
pub fn exp<S: Simd>(simd: S, x: S::f32s) -> S::f32s {
    let y = exp_in_range(simd, x);
    let tiny = simd.less_than_f32s(x, simd.splat_f32s(EXP_MIN));
    let y = simd.select_f32s(tiny, simd.splat_f32s(0.0), y);
    // Infinity for what is too large, NaN for NaN.
    let beyond = simd.mul_f32s(x, simd.splat_f32s(f32::MAX));
    let finite = simd.less_than_or_equal_f32s(x, simd.splat_f32s(EXP_MAX));
    simd.select_f32s(finite, y, beyond)
}

/// 1 / (1 + e⁻ˣ), never quite 0: at least 1e-38.
#[inline(always)]
pub fn sigmoid<S: Simd>(simd: S, x: S::f32s) -> S::f32s {
    let one = simd.splat_f32s(1.0);
    let e = exp_in_range(simd, simd.neg_f32s(clamp(simd, x, -EXP_MIN)));
    simd.div_f32s(one, simd.add_f32s(one, e))
}

/// The hyperbolic tangent, as ± (1 - e^(-2|x|)) / (1 + e^(-2|x|)): with the absolute value no sum
/// loses bits where the result is near ± 1.
#[inline(always)]
pub fn tanh<S: Simd>(simd: S, x: S::f32s) -> S::f32s {
    let (one, most) = (simd.splat_f32s(1.0), simd.splat_f32s(TANH_MAX));
    let size = simd.abs_f32s(x);
    let size = simd.select_f32s(simd.greater_than_f32s(size, most), most, size);
    let e = exp_in_range(simd, simd.mul_f32s(size, simd.splat_f32s(-2.0)));
    let y = simd.div_f32s(simd.sub_f32s(one, e), simd.add_f32s(one, e));
    simd.or_f32s(y, simd.and_f32s(x, simd.splat_f32s(-0.0)))
}

/// x if positive, else `slope` · x.
#[inline(always)]
pub fn leaky_relu<S: Simd>(simd: S, x: S::f32s, slope: f32) -> S::f32s {
    let positive = simd.greater_than_f32s(x, simd.splat_f32s(0.0));
    simd.select_f32s(positive, x, simd.mul_f32s(x, simd.splat_f32s(slope)))
}

/// `dy` times the derivative of [`sigmoid`] where its value is `y`.
#[inline(always)]
pub fn sigmoid_backward<S: Simd>(simd: S, y: S::f32s, dy: S::f32s) -> S::f32s {
    simd.mul_f32s(dy, simd.negate_mul_add_e_f32s(y, y, y))
}

/// `dy` times the derivative of [`tanh`] where its value is `y`.
#[inline(always)]
pub fn tanh_backward<S: Simd>(simd: S, y: S::f32s, dy: S::f32s) -> S::f32s {
    simd.mul_f32s(dy, simd.negate_mul_add_e_f32s(y, y, simd.splat_f32s(1.0)))
}

/// `dy` times the derivative of [`leaky_relu`] where its value is `y`; `slope` is above 0.
#[inline(always)]
pub fn leaky_relu_backward<S: Simd>(simd: S, y: S::f32s, dy: S::f32s, slope: f32) -> S::f32s {
    let positive = simd.greater_than_f32s(y, simd.splat_f32s(0.0));
    simd.select_f32s(positive, dy, simd.mul_f32s(dy, simd.splat_f32s(slope)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::nn::simd::{WithSimd, dispatch};

    /// Applies `f` to every value in place; the last, partial vector takes the same path as the others.
    #[inline(always)]
    fn apply<S: Simd>(simd: S, values: &mut [f32], f: impl Fn(S::f32s) -> S::f32s) {
        let (vectors, tail) = S::as_mut_simd_f32s(values);
        for v in vectors {
            *v = f(*v);
        }
        if !tail.is_empty() {
            let v = f(simd.partial_load_f32s(tail));
            simd.partial_store_f32s(tail, v);
        }
    }

    /// Replaces every `dy` by `f(y, dy)`: the backward pass of an activation with the outputs `y`.
    #[inline(always)]
    fn apply_backward<S: Simd>(
        simd: S,
        y: &[f32],
        dy: &mut [f32],
        f: impl Fn(S::f32s, S::f32s) -> S::f32s,
    ) {
        let (y, y_tail) = S::as_simd_f32s(y);
        let (dy, dy_tail) = S::as_mut_simd_f32s(dy);
        for (y, dy) in y.iter().zip(dy) {
            *dy = f(*y, *dy);
        }
        if !dy_tail.is_empty() {
            let d = f(simd.partial_load_f32s(y_tail), simd.partial_load_f32s(dy_tail));
            simd.partial_store_f32s(dy_tail, d);
        }
    }

    #[derive(Clone, Copy)]
    enum Function {
        Exp,
        Sigmoid,
        Tanh,
        LeakyRelu,
    }

    struct Forward<'a>(Function, &'a mut [f32]);

    impl WithSimd for Forward<'_> {
        type Output = ();

        #[inline(always)]
        fn with_simd<S: Simd>(self, simd: S) {
            match self.0 {
                Function::Exp => apply(simd, self.1, |x| exp(simd, x)),
                Function::Sigmoid => apply(simd, self.1, |x| sigmoid(simd, x)),
                Function::Tanh => apply(simd, self.1, |x| tanh(simd, x)),
                Function::LeakyRelu => apply(simd, self.1, |x| leaky_relu(simd, x, 0.2)),
            }
        }
    }

    struct Backward<'a>(Function, &'a [f32], &'a mut [f32]);

    impl WithSimd for Backward<'_> {
        type Output = ();

        #[inline(always)]
        fn with_simd<S: Simd>(self, simd: S) {
            let Self(function, y, dy) = self;
            match function {
                Function::Exp => apply_backward(simd, y, dy, |y, dy| simd.mul_f32s(y, dy)),
                Function::Sigmoid => {
                    apply_backward(simd, y, dy, |y, dy| sigmoid_backward(simd, y, dy));
                }
                Function::Tanh => apply_backward(simd, y, dy, |y, dy| tanh_backward(simd, y, dy)),
                Function::LeakyRelu => {
                    apply_backward(simd, y, dy, |y, dy| leaky_relu_backward(simd, y, dy, 0.2));
                }
            }
        }
    }

    fn forward(function: Function, x: &[f32]) -> Vec<f32> {
        let mut y = x.to_vec();
        dispatch(Forward(function, &mut y));
        y
    }

    /// Every 997th finite bit pattern of both signs, the extremes, and a dense grid where it matters.
    fn inputs() -> Vec<f32> {
        let mut x: Vec<f32> = (0..0x7f80_0000u32)
            .step_by(997)
            .flat_map(|bits| [f32::from_bits(bits), -f32::from_bits(bits)])
            .collect();
        x.extend((-1_000_000..=1_000_000).map(|i| i as f32 * 1e-4));
        x.extend([f32::MIN, f32::MAX, f32::INFINITY, f32::NEG_INFINITY, 88.722_83, 88.722_84]);
        x.extend([-87.33, -87.34, -103.98, 9.02, -9.02, 0.0, -0.0]);
        x
    }

    #[test]
    fn exp_is_within_two_units_in_the_last_place() {
        let x = inputs();
        for (x, y) in x.iter().zip(forward(Function::Exp, &x)) {
            let exact = f64::from(*x).exp();
            if exact > f64::from(f32::MAX) {
                assert!(y == f32::INFINITY || y > 0.999_999 * f32::MAX, "exp({x}) = {y}");
            } else if *x < EXP_MIN {
                assert_eq!(y, 0.0, "exp({x})");
            } else {
                let unit = f64::from((exact as f32).next_up()) - f64::from(exact as f32);
                let error = (f64::from(y) - exact).abs() / unit.min(f64::from(f32::MAX));
                assert!(error <= 2.0, "exp({x}) = {y}, exact {exact}: {error} units");
            }
        }
    }

    #[test]
    fn sigmoid_and_tanh_are_within_1e_7() {
        let x = inputs();
        for (x, y) in x.iter().zip(forward(Function::Sigmoid, &x)) {
            let exact = 1.0 / (1.0 + (-f64::from(*x)).exp());
            assert!((f64::from(y) - exact).abs() <= 1e-7, "sigmoid({x}) = {y}, exact {exact}");
            assert!(y > 0.0 && y <= 1.0);
        }
        for (x, y) in x.iter().zip(forward(Function::Tanh, &x)) {
            let exact = f64::from(*x).tanh();
            assert!((f64::from(y) - exact).abs() <= 1e-7, "tanh({x}) = {y}, exact {exact}");
            assert!(y.abs() <= 1.0);
        }
    }

    #[test]
    fn nan_stays_nan() {
        for function in [Function::Exp, Function::Sigmoid, Function::Tanh, Function::LeakyRelu] {
            assert!(forward(function, &[f32::NAN; 9]).iter().all(|y| y.is_nan()));
        }
    }

    #[test]
    fn a_value_gives_the_same_bits_in_a_vector_and_in_the_tail() {
        let x: Vec<f32> = (0..41).map(|i| i as f32 * 0.37 - 7.0).collect();
        for function in [Function::Exp, Function::Sigmoid, Function::Tanh, Function::LeakyRelu] {
            let together = forward(function, &x);
            let alone: Vec<f32> = x.iter().flat_map(|x| forward(function, &[*x])).collect();
            assert_eq!(together, alone);
        }
    }

    #[test]
    fn derivatives_equal_central_differences() {
        let x: Vec<f32> = (-40..=40).filter(|i| *i != 0).map(|i| i as f32 * 0.2).collect();
        type Exact = (Function, fn(f64) -> f64);
        let exact: [Exact; 4] = [
            (Function::Exp, f64::exp),
            (Function::Sigmoid, |x| 1.0 / (1.0 + (-x).exp())),
            (Function::Tanh, f64::tanh),
            (Function::LeakyRelu, |x| if x > 0.0 { x } else { 0.2 * x }),
        ];
        for (function, f) in exact {
            let y = forward(function, &x);
            let mut dy = vec![3.0; x.len()];
            dispatch(Backward(function, &y, &mut dy));
            for (x, dy) in x.iter().zip(dy) {
                let x = f64::from(*x);
                let slope = 3.0 * (f(x + 1e-5) - f(x - 1e-5)) / 2e-5;
                assert!((f64::from(dy) - slope).abs() <= 1e-6 * (1.0 + slope.abs()));
            }
        }
    }
}
