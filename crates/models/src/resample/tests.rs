//! What the resampled rows are made of.

use oddbench_core::Silent;

use super::*;

/// 30 outliers among 130 rows, on a coarse grid, so that some repeat and many are equally near.
fn table(purpose: &str) -> (Matrix, Vec<bool>) {
    let mut rng = stream(8, purpose);
    let data = (0..130 * 3).map(|_| rng.random_range(0..7_u32) as f32 / 8.0).collect();
    (Matrix::new(130, 3, data).unwrap(), (0..130).map(|row| row % 13 < 3).collect())
}

fn resampled(
    (x, labels): &(Matrix, Vec<bool>),
    method: Resample,
    seed: u64,
) -> (Matrix, Vec<bool>) {
    let rows = Rows::new(x, labels).resampled(method, 5, seed, &mut Silent).unwrap();
    (rows.x.into_owned(), rows.labels.into_owned())
}

fn count(labels: &[bool], class: bool) -> usize {
    labels.iter().filter(|label| **label == class).count()
}

fn squared_distance(a: &[f32], b: &[f32]) -> f64 {
    a.iter().zip(b).map(|(a, b)| (f64::from(*a) - f64::from(*b)).powi(2)).sum()
}

/// Whether `to` is among the 5 nearest others of `from`: fewer than 5 of the class, `from` itself left
/// out once, are nearer.
fn near(class: &[&[f32]], from: &[f32], to: &[f32]) -> bool {
    let distance = squared_distance(from, to);
    let nearer = class.iter().filter(|row| squared_distance(from, row) < distance).count();
    nearer < 5 + usize::from(distance > 0.0)
}

/// Whether the row lies on the segment, within rounding.
fn on_segment(row: &[f32], from: &[f32], to: &[f32]) -> bool {
    let length = squared_distance(from, to);
    let along: f64 =
        (0..row.len()).map(|j| f64::from(row[j] - from[j]) * f64::from(to[j] - from[j])).sum();
    let step = if length > 0.0 { along / length } else { 0.0 };
    let off = |j: usize| {
        f64::from(from[j]) + step * (f64::from(to[j]) - f64::from(from[j])) - f64::from(row[j])
    };
    (-1e-6..=1.0 + 1e-6).contains(&step) && (0..row.len()).all(|j| off(j).abs() < 1e-6)
}

#[test]
fn synthetic_rows_lie_between_a_row_of_the_class_and_a_near_one() {
    for seed in 0..5 {
        let given = table(&format!("table/{seed}"));
        let (x, labels) = resampled(&given, Resample::Smote, seed);
        let class: Vec<&[f32]> =
            (0..130).filter(|&row| given.1[row]).map(|row| given.0.row(row)).collect();
        let pairs: Vec<_> = class
            .iter()
            .flat_map(|from| class.iter().map(move |to| (*from, *to)))
            .filter(|(from, to)| near(&class, from, to))
            .collect();
        assert!(pairs.len() < class.len() * class.len() / 2);
        assert!(labels[130..].iter().all(|label| *label));
        for row in 130..x.rows() {
            let made = pairs.iter().any(|(from, to)| on_segment(x.row(row), from, to));
            assert!(made, "seed {seed}, row {row}: {:?}", x.row(row));
        }
    }
}

#[test]
fn classes_become_equally_large_and_given_rows_stay_as_they_are() {
    for flipped in [false, true] {
        let (x, labels) = table("table");
        let given = (x, labels.iter().map(|label| label ^ flipped).collect::<Vec<_>>());
        for method in [Resample::Smote, Resample::Over] {
            let (x, labels) = resampled(&given, method, 1);
            assert_eq!((count(&labels, true), count(&labels, false)), (100, 100));
            assert_eq!(x.as_slice()[..130 * 3], *given.0.as_slice());
            assert_eq!(labels[..130], given.1);
            assert!(labels[130..].iter().all(|label| *label != flipped));
        }
        let (x, labels) = resampled(&given, Resample::Under, 1);
        assert_eq!((count(&labels, true), count(&labels, false)), (30, 30));
        let of = |x: &Matrix, labels: &[bool], class: bool| -> Vec<Vec<u32>> {
            let rows = x.iter_rows().zip(labels).filter(|(_, label)| **label == class);
            rows.map(|(row, _)| row.iter().map(|v| v.to_bits()).collect()).collect()
        };
        let rare = !flipped;
        assert_eq!(of(&x, &labels, rare), of(&given.0, &given.1, rare));
        // The kept rows of the larger class are some of the given ones, in their order.
        let mut given = of(&given.0, &given.1, !rare).into_iter();
        assert!(of(&x, &labels, !rare).iter().all(|row| given.any(|other| other == *row)));
    }
}

#[test]
fn oversampling_repeats_rows_of_the_rarer_class() {
    let given = table("table");
    let (x, _) = resampled(&given, Resample::Over, 3);
    for row in 130..x.rows() {
        assert!((0..130).any(|other| given.1[other] && given.0.row(other) == x.row(row)));
    }
}

#[test]
fn a_seed_decides() {
    let given = table("table");
    for method in [Resample::Smote, Resample::Over, Resample::Under] {
        assert_eq!(resampled(&given, method, 4), resampled(&given, method, 4));
        assert_ne!(resampled(&given, method, 4), resampled(&given, method, 5));
    }
}

#[test]
fn equally_large_classes_and_none_change_nothing() {
    let given = table("table");
    assert_eq!(resampled(&given, Resample::None, 1), given);
    let even = (given.0.clone(), (0..130).map(|row| row % 2 == 0).collect::<Vec<_>>());
    assert_eq!(resampled(&even, Resample::Smote, 1), even);
}

#[test]
fn too_few_rows_for_the_neighbours_are_an_error_with_a_remedy() {
    let x = Matrix::new(9, 1, (0..9).map(|v| v as f32).collect()).unwrap();
    for rare in [1, 5] {
        let labels: Vec<bool> = (0..11).map(|row| row < rare).collect();
        let x = Matrix::new(11, 1, x.as_slice().iter().chain(&[9.0, 10.0]).copied().collect());
        let (x, mut notes) = (x.unwrap(), Silent);
        let rows = Rows::new(&x, &labels).resampled(Resample::Smote, 5, 1, &mut notes);
        let expected = format!(
            "smote_neighbours: 5 neighbours need 6 outliers, there are {rare}: lower it, or choose \
             resample = \"over\""
        );
        assert_eq!(rows.err().unwrap().to_string(), expected);
    }
}

/// A planted row that all rows of its class are nearest to: if it is set aside before, as a split
/// does, no synthetic row depends on it; if it were among the rows, it would show.
#[test]
fn a_row_that_is_set_aside_leaves_no_trace() {
    let (x, labels) = table("table");
    let planted = [100.0, 100.0, 100.0];
    let with: Vec<f32> = x.as_slice().iter().chain(&planted).copied().collect();
    let with = (Matrix::new(131, 3, with).unwrap(), [&labels[..], &[true]].concat());
    let leaks = |x: &Matrix| x.as_slice().iter().any(|&v| v > 1.0);
    let (leaking, _) = resampled(&with, Resample::Smote, 1);
    assert!(leaks(&leaking.select(&(131..leaking.rows()).collect::<Vec<_>>())));
    for method in [Resample::Smote, Resample::Over, Resample::Under] {
        let train: Vec<usize> = (0..130).collect();
        let rows = Rows::new(&with.0, &with.1).select(&train);
        let rows = rows.resampled(method, 5, 1, &mut Silent).unwrap();
        assert!(!leaks(&rows.x));
    }
}
