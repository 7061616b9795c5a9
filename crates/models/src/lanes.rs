//! Several rows side by side, so that plain loops over them become vector code.
//!
//! Inlined below a [`pulp::WithSimd`], a loop over [`LANES`] is compiled for the widest instruction
//! set that the processor has. Nothing is fused or reordered, so every instruction set gives the
//! same bits.

/// Rows in a group: four AVX2 vectors of doubles, so that chains of additions overlap.
pub(crate) const LANES: usize = 16;

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
