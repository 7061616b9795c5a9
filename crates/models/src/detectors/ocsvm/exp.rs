//! The exponential of a few numbers at once, in double precision.

/// Replaces each of the values, which are at most about 700, by its exponential.
///
/// The argument is split into `k ln 2 + r` with `|r| <= ln 2 / 2` (Cody and Waite 1980), `e^r` is its
/// Taylor polynomial of degree 13, whose remainder is below half a unit in the last place, and
/// `k` is added to the exponent bits. There are no branches and no table, so that the compiler
/// makes vector code of it; there is no fused multiply-add, so that every processor gives the same
/// bits. Below -708, where the result would be subnormal, it is 0.
#[inline(always)]
pub(super) fn exp<const N: usize>(values: &mut [f64; N]) {
    // A loop in place: `array::map` is not inlined into the vectorised caller.
    for x in values {
        *x = exp_of(*x);
    }
}

#[inline(always)]
fn exp_of(x: f64) -> f64 {
    /// Adding 1.5 · 2^52 rounds to a whole number and leaves it in the low bits of the mantissa.
    const ROUND: f64 = 6_755_399_441_055_744.0;
    /// The upper 33 bits of ln 2, so that `k · LN2_HIGH` is exact, and the rest.
    const LN2_HIGH: f64 = 6.931_471_803_691_238e-1;
    const LN2_LOW: f64 = 1.908_214_929_270_587_7e-10;
    let shifted = x * std::f64::consts::LOG2_E + ROUND;
    let k = shifted - ROUND;
    let r = (x - k * LN2_HIGH) - k * LN2_LOW;
    let mut sum = COEFFICIENTS[0];
    for c in &COEFFICIENTS[1..] {
        sum = sum * r + c;
    }
    let scaled = f64::from_bits(sum.to_bits().wrapping_add(shifted.to_bits() << 52));
    if x < -708.0 { 0.0 } else { scaled }
}

/// `1 / 13!` down to `1 / 0!`.
const COEFFICIENTS: [f64; 14] = {
    let mut c = [1.0; 14];
    let (mut i, mut factorial) = (1, 1.0);
    while i < 14 {
        factorial *= i as f64;
        c[13 - i] = 1.0 / factorial;
        i += 1;
    }
    c
};

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn agrees_with_the_standard_library_to_two_units_in_the_last_place() {
        for i in 0..200_000 {
            let x = -f64::from(i) * 0.003_54;
            let mut ours = [x];
            exp(&mut ours);
            let (ours, theirs) = (ours[0], x.exp());
            assert!(
                (ours - theirs).abs() <= 2.0 * f64::EPSILON * theirs,
                "exp({x}): {ours} {theirs}"
            );
        }
        let mut edges = [0.0, -1e300, -709.0, f64::NEG_INFINITY];
        exp(&mut edges);
        assert_eq!(edges, [1.0, 0.0, 0.0, 0.0]);
    }
}
