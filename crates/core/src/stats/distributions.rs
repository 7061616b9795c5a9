//! The few distributions that the tests need: normal, chi-squared, studentized range.

use std::f64::consts::{PI, SQRT_2};

/// P(X > x) for chi-squared with `df` > 0 degrees of freedom.
pub fn chi_squared_survival(x: f64, df: usize) -> f64 {
    upper_gamma(df as f64 / 2.0, x / 2.0, ln_gamma_of_half(df))
}

/// P(|Z| > |z|) for a standard normal Z.
pub(super) fn two_sided_normal(z: f64) -> f64 {
    chi_squared_survival(z * z, 1)
}

/// The `p` quantile of the standard normal, 0 < p < 1. By bisection.
pub(super) fn normal_quantile(p: f64) -> f64 {
    let (mut low, mut high) = (-40.0, 40.0);
    for _ in 0..70 {
        let middle = f64::midpoint(low, high);
        if normal(middle) < p { low = middle } else { high = middle }
    }
    f64::midpoint(low, high)
}

/// The `p` quantile of Student's t with `df` degrees of freedom, 1/2 <= p < 1. By Newton's method on the integral of
/// its density, which falls: from 0 every step ends short of the root, and nearer.
pub(super) fn student_quantile(p: f64, df: usize) -> f64 {
    let v = df as f64;
    let density = student_density(df);
    let mut angle = 0.0;
    for _ in 0..100 {
        let step = (p - 0.5 - simpson(&density, angle)) / density(angle);
        angle += step;
        if step.abs() <= 1e-15 {
            break;
        }
    }
    v.sqrt() * angle.tan()
}

/// P(|T| > |t|) for Student's t with `df` degrees of freedom.
pub fn two_sided_student(t: f64, df: usize) -> f64 {
    let inside = simpson(student_density(df), (t.abs() / (df as f64).sqrt()).atan());
    (1.0 - 2.0 * inside).max(0.0)
}

/// The density of θ, where √v tan θ is Student's t with v degrees of freedom: a power of the cosine on a bounded
/// interval.
fn student_density(df: usize) -> impl Fn(f64) -> f64 {
    let v = df as f64;
    let front = (ln_gamma_of_half(df + 1) - ln_gamma_of_half(df)).exp() / (v * PI).sqrt();
    move |angle: f64| front * v.sqrt() * angle.cos().powi(df as i32 - 1)
}

/// The integral from 0 to `end` by Simpson's rule.
fn simpson(f: impl Fn(f64) -> f64, end: f64) -> f64 {
    const STEPS: i32 = 1_000;
    let h = end / f64::from(STEPS);
    let inner = (1..STEPS).map(|i| f(f64::from(i) * h) * if i % 2 == 1 { 4.0 } else { 2.0 });
    (f(0.0) + inner.sum::<f64>() + f(end)) * h / 3.0
}

/// P(Z < z) for a standard normal Z.
fn normal(z: f64) -> f64 {
    let tail = two_sided_normal(z) / 2.0;
    if z > 0.0 { 1.0 - tail } else { tail }
}

/// ln Γ(df / 2) by Γ(a + 1) = a Γ(a), from Γ(1/2) = √π or Γ(1) = 1.
fn ln_gamma_of_half(df: usize) -> f64 {
    let start = if df % 2 == 1 { PI.sqrt().ln() } else { 0.0 };
    let first = if df % 2 == 1 { 1 } else { 2 };
    start + (first..df).step_by(2).map(|twice| (twice as f64 / 2.0).ln()).sum::<f64>()
}

/// The regularised upper incomplete gamma function Q(a, x), given ln Γ(a): the power series of its complement for
/// small x, the continued fraction else (Abramowitz and Stegun 6.5.29 and 6.5.31).
fn upper_gamma(a: f64, x: f64, ln_gamma: f64) -> f64 {
    if x <= 0.0 {
        return 1.0;
    }
    if x.is_infinite() {
        return 0.0;
    }
    let front = (a * x.ln() - x - ln_gamma).exp();
    if x < a + 1.0 {
        let mut term = 1.0 / a;
        let mut sum = term;
        let mut n = a;
        while term > sum * f64::EPSILON {
            n += 1.0;
            term *= x / n;
            sum += term;
        }
        1.0 - front * sum
    } else {
        front * continued_fraction(a, x)
    }
}

/// Lentz's evaluation of 1/(x + 1 - a - 1(1 - a)/(x + 3 - a - 2(2 - a)/(x + 5 - a - ...))).
fn continued_fraction(a: f64, x: f64) -> f64 {
    const TINY: f64 = 1e-300;
    let away_from_zero = |value: f64| if value.abs() < TINY { TINY } else { value };
    let mut b = x + 1.0 - a;
    let mut c = 1.0 / TINY;
    let mut d = 1.0 / b;
    let mut fraction = d;
    for i in 1..10_000 {
        let i = f64::from(i);
        let step = -i * (i - a);
        b += 2.0;
        d = 1.0 / away_from_zero(step * d + b);
        c = away_from_zero(b + step / c);
        fraction *= d * c;
        if (d * c - 1.0).abs() < f64::EPSILON {
            break;
        }
    }
    fraction
}

/// The `p` quantile of the range of `k` independent standard normals: the studentized range with
/// infinite degrees of freedom. By bisection; `p` in (0, 1), `k` at least 2.
pub(super) fn studentized_range_quantile(p: f64, k: usize) -> f64 {
    let (mut low, mut high) = (0.0, 100.0);
    for _ in 0..60 {
        let middle = (low + high) / 2.0;
        if range_probability(middle, k) < p {
            low = middle;
        } else {
            high = middle;
        }
    }
    (low + high) / 2.0
}

/// P(range < q) = k ∫ φ(z) (Φ(z) - Φ(z - q))^(k - 1) dz. The integrand is smooth and vanishes with
/// all its derivatives, so that the trapezoidal rule converges faster than any power of the step.
fn range_probability(q: f64, k: usize) -> f64 {
    const STEP: f64 = 1.0 / 16.0;
    let exponent = k as f64 - 1.0;
    let density = |z: f64| (-z * z / 2.0).exp() / (PI.sqrt() * SQRT_2);
    let sum: f64 = (-144..=144)
        .map(|i| f64::from(i) * STEP)
        .map(|z| density(z) * (normal(z) - normal(z - q)).max(0.0).powf(exponent))
        .sum();
    k as f64 * sum * STEP
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(serde::Deserialize)]
    struct Golden {
        chi_squared: Vec<(f64, usize, f64)>,
        nemenyi_q: Vec<(usize, f64)>,
    }

    /// SciPy 1.17.1: stats.t.ppf(p, df).
    #[test]
    fn students_quantiles_are_scipys() {
        for (p, df, expected) in [
            (0.975, 1, 12.706_204_736_174_694),
            (0.9, 1, 3.077_683_537_175_254_4),
            (0.975, 2, 4.302_652_729_749_462),
            (0.975, 4, 2.776_445_105_197_793_4),
            (0.9, 10, 1.372_183_641_110_335_6),
            (0.975, 120, 1.979_930_405_082_440_2),
        ] {
            let found = student_quantile(p, df);
            assert!((found - expected).abs() < 1e-8 * expected, "{df}: {found}");
        }
    }

    fn golden() -> Golden {
        serde_json::from_str(include_str!("../../tests/golden/stats.json")).unwrap()
    }

    #[test]
    fn chi_squared_is_scipys() {
        for (x, df, expected) in golden().chi_squared {
            let ours = chi_squared_survival(x, df);
            let close = (ours - expected).abs() <= 1e-11 * expected + 1e-15;
            assert!(close, "chi2.sf({x}, {df}): {ours}, expected {expected}");
        }
    }

    #[test]
    fn nemenyis_critical_values_are_scipys() {
        for (k, expected) in golden().nemenyi_q {
            let ours = studentized_range_quantile(0.95, k) / SQRT_2;
            assert!((ours - expected).abs() < 1e-6, "{k} models: {ours}, expected {expected}");
        }
    }
}
