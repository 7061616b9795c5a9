//! Against scikit-learn's `MinCovDet`, and on rows that lie in a plane.

use oddbench_core::Silent;
use rand::RngExt;
use serde_json::Value;

use super::*;

fn numbers(value: &Value) -> Vec<f64> {
    value.as_array().unwrap().iter().map(|v| v.as_f64().unwrap()).collect()
}

fn with(support_fraction: f64) -> MahalanobisParams {
    MahalanobisParams { support_fraction, starts: 100, ..MahalanobisParams::default() }
}

fn axes_of(x: &Matrix) -> Axes {
    principal_axes(covariance(x, &mean(x)))
}

fn spread_of(axes: &Axes) -> Vec<Vec<f64>> {
    let scaled = axes.vectors.iter().zip(&axes.variances);
    scaled.map(|(axis, v)| axis.iter().map(|a| a / v.sqrt()).collect()).collect()
}

/// The raw rows, their mean and their covariance are scikit-learn's; so is the reweighted mean.
#[test]
fn raw_support_location_and_covariance_are_scikit_learns() {
    let golden: Value =
        serde_json::from_str(include_str!("../../../../tests/golden/golden.json")).unwrap();
    for case in golden["mcd"].as_array().unwrap() {
        let rows: Vec<Vec<f64>> = case["train"].as_array().unwrap().iter().map(numbers).collect();
        let data = rows.concat().iter().map(|&v| v as f32).collect();
        let x = Matrix::new(rows.len(), rows[0].len(), data).unwrap();
        let spread = spread_of(&axes_of(&x));
        let problem = Rows { x: &x, spread: &spread, starts: 100 };
        let support: Vec<usize> =
            numbers(&case["raw_support"]).into_iter().map(|i| i as usize).collect();
        let h = support.len();
        let raw = problem.search(h, 1, &Silent).unwrap();
        assert_eq!(raw.flat, 0);
        assert_eq!(problem.closest(&raw, h), support);
        for (ours, theirs) in raw.location.iter().zip(numbers(&case["raw_location"])) {
            assert!((ours - theirs).abs() < 1e-6);
        }
        let theirs: Vec<f64> =
            case["raw_covariance"].as_array().unwrap().iter().flat_map(numbers).collect();
        let members = x.select(&problem.closest(&raw, h));
        let ours = covariance(&members, &raw.location);
        for (i, theirs) in theirs.iter().enumerate() {
            assert!((ours[(i / x.cols(), i % x.cols())] - theirs).abs() < 1e-6);
        }
        let fraction = case["support_fraction"].as_f64().unwrap();
        let last = fit(&x, &axes_of(&x), &with(fraction), 1, &Silent).unwrap();
        for (ours, theirs) in last.location.iter().zip(numbers(&case["location"])) {
            assert!((ours - theirs).abs() < 1e-6);
        }
    }
}

/// 900 of 1,200 rows lie in a plane, 60 of them far out in it: nothing is infinite, and those are the
/// farthest of the plane.
#[test]
fn rows_in_a_plane_have_finite_distances() {
    let mut rng = stream(4, "plane");
    let mut x = Matrix::zeros(1200, 3);
    for (i, row) in x.as_mut_slice().chunks_exact_mut(3).enumerate() {
        row[0] = rng.random::<f32>() + if i % 20 == 1 { 5.0 } else { 0.0 };
        row[1] = rng.random();
        row[2] = if i % 4 == 0 { 0.5 + 0.1 * rng.random::<f32>() } else { 0.5 };
    }
    let estimate = fit(&x, &axes_of(&x), &with(0.5), 1, &Silent).unwrap();
    let distances = estimate.squared_distances(&x);
    assert!(distances.iter().all(|d| d.is_finite()));
    let plane = |far| (0..1200).filter(move |i| i % 4 != 0 && (i % 20 == 1) == far);
    let nearest = plane(true).map(|i| distances[i]).fold(f64::MAX, f64::min);
    let farthest = plane(false).map(|i| distances[i]).fold(0.0, f64::max);
    assert!(nearest > farthest, "{nearest} {farthest}");
}

#[test]
fn more_equal_rows_than_the_half_are_an_error_with_a_remedy() {
    let mut x = Matrix::zeros(100, 3);
    for (i, value) in x.as_mut_slice().iter_mut().take(90).enumerate() {
        *value = (i * i % 17) as f32;
    }
    let error = fit(&x, &axes_of(&x), &with(0.5), 1, &Silent).unwrap_err();
    assert!(error.to_string().contains("support_fraction"), "{error}");
}

/// SciPy 1.17.1: `chi2.ppf(p, df)`.
#[test]
fn quantiles_are_scipys() {
    let known = [
        (0.5, 1, 0.454936423119572),
        (0.975, 5, 12.832501994030027),
        (0.975, 18, 31.526378440386626),
        (0.500107, 72, 71.33764302949874),
        (0.9, 2, 4.605170185988092),
    ];
    for (probability, df, expected) in known {
        let ours = chi_squared_quantile(probability, df);
        assert!((ours - expected).abs() < 1e-9 * expected, "{probability}, {df}: {ours}");
    }
}
