//! Several rows side by side, so that plain loops over them become vector code.
//!
//! Inlined below a [`pulp::WithSimd`], a loop over [`LANES`] is compiled for the widest instruction
//! set that the processor has. Nothing is fused or reordered, so every instruction set gives the
//! same bits.

/// Rows in a group: four AVX2 vectors of doubles, so that chains of additions overlap.
pub(crate) const LANES: usize = 16;

/// Features that are summed before a look at a bound.
pub(crate) const STRIDE: usize = 8;

/// Up to [`LANES`] rows: at index `f` their values of feature `f`.
pub(crate) type Group = [[f32; LANES]];

/// Lays up to [`LANES`] rows side by side. Lanes without a row keep what they had.
pub(crate) fn fill_group<'a>(rows: impl Iterator<Item = &'a [f32]>, group: &mut Group) {
    for (lane, row) in rows.enumerate() {
        for (values, &value) in group.iter_mut().zip(row) {
            values[lane] = value;
        }
    }
}

/// The squared Euclidean distance of `row` from each row of the group.
#[inline(always)]
pub(crate) fn squared_distances(row: &[f64], group: &Group) -> [f64; LANES] {
    let mut sums = [0.0; LANES];
    for (&value, others) in row.iter().zip(group) {
        for (sum, &other) in sums.iter_mut().zip(others) {
            let difference = value - f64::from(other);
            *sum += difference * difference;
        }
    }
    sums
}

/// [`squared_distances`], or `None` as soon as every row of the group is seen to be farther away than
/// the square root of `bound`.
#[inline(always)]
pub(crate) fn squared_distances_within(
    row: &[f64],
    group: &Group,
    bound: f64,
) -> Option<[f64; LANES]> {
    let mut sums = [0.0; LANES];
    for (values, others) in row.chunks(STRIDE).zip(group.chunks(STRIDE)) {
        let parts = squared_distances(values, others);
        let mut nearest = f64::INFINITY;
        for (sum, part) in sums.iter_mut().zip(parts) {
            *sum += part;
            nearest = nearest.min(*sum);
        }
        if nearest > bound {
            return None;
        }
    }
    Some(sums)
}

/// The inner product of `row` with each row of the group.
#[inline(always)]
pub(crate) fn dot_products(row: &[f64], group: &Group) -> [f64; LANES] {
    let mut sums = [0.0; LANES];
    for (&value, others) in row.iter().zip(group) {
        for (sum, &other) in sums.iter_mut().zip(others) {
            *sum += value * f64::from(other);
        }
    }
    sums
}
