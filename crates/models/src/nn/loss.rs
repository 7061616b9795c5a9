//! Losses over a batch, with their derivatives.

use pulp::Simd;

use super::simd::{Plane, vectors_of};

/// The sum of squared differences between `y` and `target` over all features of `n` rows; `delta`
/// becomes `scale * (y - target)`, and zero in the padding columns.
///
/// For the mean squared error of `n` rows by `d` features, divide the sum by `n * d` and take
/// `scale = 2 / (n * d)`.
#[inline(always)]
pub fn squared_error<S: Simd>(
    simd: S,
    y: &Plane,
    target: &Plane,
    delta: &mut Plane,
    scale: f32,
    n: usize,
) -> f32 {
    let vecs = vectors_of::<S>(n);
    for f in 0..y.features() {
        let pairs = y.vectors::<S>(f, vecs).iter().zip(target.vectors::<S>(f, vecs));
        for (slot, (y, t)) in delta.vectors_mut::<S>(f, vecs).iter_mut().zip(pairs) {
            *slot = simd.sub_f32s(*y, *t);
        }
    }
    delta.clear_padding(n);
    let scale = simd.splat_f32s(scale);
    let mut sum = simd.splat_f32s(0.0);
    for f in 0..y.features() {
        for slot in delta.vectors_mut::<S>(f, vecs) {
            sum = simd.mul_add_e_f32s(*slot, *slot, sum);
            *slot = simd.mul_f32s(scale, *slot);
        }
    }
    simd.reduce_sum_f32s(sum)
}

/// `totals[c]` = the sum over the features of `(y - target)²` in column `c`, for `n` columns.
#[inline(always)]
pub fn squared_error_by_row<S: Simd>(
    simd: S,
    y: &Plane,
    target: &Plane,
    totals: &mut Plane,
    n: usize,
) {
    by_row(
        simd,
        y,
        target,
        totals,
        n,
        #[inline(always)]
        |sum, difference| simd.mul_add_e_f32s(difference, difference, sum),
    );
}

/// `totals[c]` = the sum over the features of `|y - target|` in column `c`, for `n` columns.
#[inline(always)]
pub fn absolute_error_by_row<S: Simd>(
    simd: S,
    y: &Plane,
    target: &Plane,
    totals: &mut Plane,
    n: usize,
) {
    by_row(
        simd,
        y,
        target,
        totals,
        n,
        #[inline(always)]
        |sum, difference| simd.add_f32s(sum, simd.abs_f32s(difference)),
    );
}

#[inline(always)]
fn by_row<S: Simd>(
    simd: S,
    y: &Plane,
    target: &Plane,
    totals: &mut Plane,
    n: usize,
    add: impl Fn(S::f32s, S::f32s) -> S::f32s,
) {
    let vecs = vectors_of::<S>(n);
    let totals = totals.vectors_mut::<S>(0, vecs);
    totals.fill(simd.splat_f32s(0.0));
    for f in 0..y.features() {
        let pairs = y.vectors::<S>(f, vecs).iter().zip(target.vectors::<S>(f, vecs));
        for (total, (y, t)) in totals.iter_mut().zip(pairs) {
            *total = add(*total, simd.sub_f32s(*y, *t));
        }
    }
}
