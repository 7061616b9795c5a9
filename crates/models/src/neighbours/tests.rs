//! Against a search of all rows.

use rand::RngExt;

use super::*;
use crate::rng::stream;

/// Rows on a coarse grid: many repeat and many are equally far.
fn grid(rows: usize, purpose: &str) -> Matrix {
    let mut rng = stream(5, purpose);
    let data = (0..rows * 4).map(|_| rng.random_range(0..5_u32) as f32 / 4.0).collect();
    Matrix::new(rows, 4, data).unwrap()
}

/// Squared distance and first occurrence of every training row, nearest first, each occurrence once.
fn all(train: &Matrix, query: &[f32], except: Option<usize>) -> Vec<(f64, Vec<f32>)> {
    let distance = |row: &[f32]| {
        row.iter().zip(query).map(|(a, b)| (f64::from(*a) - f64::from(*b)).powi(2)).sum::<f64>()
    };
    let others = (0..train.rows()).filter(|i| Some(*i) != except).map(|i| train.row(i));
    let mut all: Vec<_> = others.map(|row| (distance(row), row.to_vec())).collect();
    all.sort_by(|a, b| a.0.total_cmp(&b.0));
    all
}

fn distances(found: &Nearest) -> Vec<f64> {
    found
        .neighbours()
        .flat_map(|n| std::iter::repeat_n(n.squared_distance, n.count as usize))
        .collect()
}

#[test]
fn finds_what_a_search_of_all_rows_finds() {
    let (train, test) = (grid(900, "train"), grid(60, "test"));
    let index = Index::new(&train);
    assert!(index.rows.rows() < train.rows());
    for k in [1, 5, 40, 900] {
        let found = index.search(&test, k, Itself::Counts, distances);
        for (query, found) in test.iter_rows().zip(found) {
            let expected: Vec<f64> =
                all(&train, query, None).into_iter().take(k).map(|(d, _)| d).collect();
            assert_eq!(found, expected, "k = {k}");
        }
    }
}

/// One-hot columns, of which none halves the rows: the tree becomes as deep as it may, and goes on in
/// halves.
#[test]
fn finds_the_nearest_among_rows_of_many_categories() {
    const CATEGORIES: usize = 150;
    let table = |rows: usize, purpose| {
        let mut rng = stream(5, purpose);
        let mut x = Matrix::zeros(rows, CATEGORIES + 1);
        for (i, row) in x.as_mut_slice().chunks_exact_mut(CATEGORIES + 1).enumerate() {
            row[i % CATEGORIES] = 1.0;
            row[CATEGORIES] = 0.1 * rng.random::<f32>();
        }
        x
    };
    let (train, test) = (table(40 * CATEGORIES, "train"), table(CATEGORIES, "test"));
    let found = Index::new(&train).search(&test, 50, Itself::Counts, distances);
    for (query, found) in test.iter_rows().zip(found) {
        let expected: Vec<f64> =
            all(&train, query, None).into_iter().take(50).map(|(d, _)| d).collect();
        // The columns are summed in another order.
        assert!(found.iter().zip(&expected).all(|(a, b)| (a - b).abs() < 1e-12));
    }
}

#[test]
fn of_equally_distant_rows_the_first_comes_first() {
    let (train, test) = (grid(900, "train"), grid(60, "test"));
    let index = Index::new(&train);
    let found =
        index.search(&test, 30, Itself::Counts, |found| found.neighbours().collect::<Vec<_>>());
    for (query, found) in test.iter_rows().zip(found) {
        assert!(found.is_sorted_by_key(|n| (n.squared_distance, n.row)));
        assert_eq!(found.iter().map(|n| n.count).sum::<u32>(), 30);
        // Nothing as near as the last, and before it, was left out.
        let last = found.last().unwrap();
        for (row, values) in index.rows.iter_rows().enumerate() {
            let distance = all(&Matrix::new(1, 4, values.to_vec()).unwrap(), query, None)[0].0;
            let before = (distance, row as u32) < (last.squared_distance, last.row);
            assert_eq!(before, found[..found.len() - 1].iter().any(|n| n.row == row as u32));
        }
    }
}

#[test]
fn a_training_row_is_not_its_own_neighbour_but_its_repetitions_are() {
    let train = grid(300, "train");
    let index = Index::new(&train);
    let found = index.search_others(7, distances);
    for (i, row) in train.iter_rows().enumerate() {
        let place = index.rows.iter_rows().position(|distinct| distinct == row).unwrap();
        let expected: Vec<f64> =
            all(&train, row, Some(i)).into_iter().take(7).map(|(d, _)| d).collect();
        assert_eq!(found[place], expected);
    }
}
