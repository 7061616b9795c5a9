//! Grows one isolation tree. The value of every node is the path length that a row there can expect:
//! the node's depth plus the average depth of a tree over the rows that it held (in a leaf, the path
//! length of the paper).

use oddbench_core::Matrix;
use rand::{Rng, RngExt, seq::index};

use crate::decision_tree::{Node, Tree};

/// Rows still to be cut: a range of the sample, below node `at`.
struct Task {
    at: usize,
    start: usize,
    end: usize,
    depth: usize,
}

/// The average path length of an unsuccessful search in a binary search tree over `n` rows: `c(n)`
/// in equation 1 of the paper.
pub(in crate::detectors) fn average_path_length(n: usize) -> f64 {
    const EULER_GAMMA: f64 = 0.577_215_664_901_532_9;
    match n {
        0 | 1 => 0.0,
        2 => 1.0,
        n => {
            let last = (n - 1) as f64;
            2.0 * (last.ln() + EULER_GAMMA) - 2.0 * last / n as f64
        }
    }
}

/// Grows a tree over the given rows, cutting at most `cut_features` of the columns, down to the depth
/// of a balanced tree.
pub(super) fn grow(
    x: &Matrix,
    mut rows: Vec<usize>,
    cut_features: usize,
    rng: &mut impl Rng,
) -> Tree {
    let n_samples = rows.len();
    let mut features: Vec<usize> = (0..x.cols()).collect();
    if cut_features < x.cols() {
        features = index::sample(rng, x.cols(), cut_features).into_vec();
    }
    let max_depth = n_samples.max(2).next_power_of_two().ilog2() as usize;
    let mut nodes = vec![leaf(0, 0, n_samples)];
    let mut tasks = vec![Task { at: 0, start: 0, end: n_samples, depth: 0 }];
    while let Some(task) = tasks.pop() {
        let rows = &mut rows[task.start..task.end];
        if task.depth == max_depth || rows.len() < 2 {
            continue;
        }
        let Some((feature, threshold)) = random_cut(x, rows, &mut features, rng) else {
            continue;
        };
        let low_rows = partition(x, rows, feature, threshold);
        let (low, middle) = (nodes.len(), task.start + low_rows);
        let below = task.depth + 1;
        let node = &mut nodes[task.at];
        (node.feature, node.threshold, node.low) = (feature as u32, threshold, low as u32);
        nodes.push(leaf(low, below, low_rows));
        nodes.push(leaf(low + 1, below, task.end - middle));
        tasks.push(Task { at: low + 1, start: middle, end: task.end, depth: below });
        tasks.push(Task { at: low, start: task.start, end: middle, depth: below });
    }
    #[expect(clippy::expect_used, reason = "children are added behind their parents, in pairs")]
    Tree::new(&nodes, x.cols()).expect("a tree that fits together")
}

fn leaf(at: usize, depth: usize, rows: usize) -> Node {
    Node::leaf(at, depth as f64 + average_path_length(rows))
}

/// A random column among those that are not constant in these rows, and a uniform threshold in
/// [minimum, maximum); `None` if all are constant. Constant columns are passed over, not made
/// leaves: KDD's rows are constant in most columns.
fn random_cut(
    x: &Matrix,
    rows: &[usize],
    features: &mut [usize],
    rng: &mut impl Rng,
) -> Option<(usize, f32)> {
    for tried in 0..features.len() {
        let pick = rng.random_range(tried..features.len());
        features.swap(tried, pick);
        let feature = features[tried];
        let (low, high) = range(x, rows, feature);
        if low < high {
            let (low_wide, high_wide) = (f64::from(low), f64::from(high));
            let threshold = (low_wide + rng.random::<f64>() * (high_wide - low_wide)) as f32;
            // Rounding to f32 may reach the maximum, and would then leave the upper side empty.
            return Some((feature, if threshold < high { threshold } else { low }));
        }
    }
    None
}

fn range(x: &Matrix, rows: &[usize], feature: usize) -> (f32, f32) {
    let values = rows.iter().map(|&row| x.row(row)[feature]);
    values.fold((f32::INFINITY, f32::NEG_INFINITY), |(low, high), v| (low.min(v), high.max(v)))
}

/// Moves the rows up to the threshold to the front and returns how many they are.
fn partition(x: &Matrix, rows: &mut [usize], feature: usize, threshold: f32) -> usize {
    let mut low = 0;
    for i in 0..rows.len() {
        if x.row(rows[i])[feature] <= threshold {
            rows.swap(low, i);
            low += 1;
        }
    }
    low
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rng::stream;

    /// scikit-learn 1.9.1, `sklearn.ensemble._iforest._average_path_length`.
    #[test]
    fn average_path_lengths_as_scikit_learn_has_them() {
        let known = [(1, 0.0), (2, 1.0), (5, 2.327_020_052_042_847), (256, 10.244_770_920_119_917)];
        for (n, expected) in known {
            assert!((average_path_length(n) - expected).abs() < 1e-12, "c({n})");
        }
    }

    #[test]
    fn a_tree_isolates_every_distinct_row_that_its_depth_allows() {
        let x = Matrix::new(4, 1, vec![0., 1., 2., 3.]).unwrap();
        let tree = grow(&x, (0..4).collect(), 1, &mut stream(1, "test"));
        let mut paths = vec![0.0; 4];
        tree.add_values(x.as_slice(), 1, &mut paths);
        // Depth 2 at most: a leaf at depth d with m rows adds d + c(m).
        assert!(paths.iter().all(|&p| (1.0..=3.0).contains(&p)), "{paths:?}");
        // The leaves together hold four rows, so that the Kraft sum of a binary tree is 1.
        let leaves: f64 =
            tree.nodes().enumerate().filter(|(i, n)| n.low as usize == *i).count() as f64;
        assert!(leaves >= 3.0);
    }

    #[test]
    fn shares_add_up_to_what_the_path_is_longer_than_expected() {
        let values = (0..120).map(|i| ((i * 37) % 101) as f32 / 7.0).collect();
        let x = Matrix::new(40, 3, values).unwrap();
        let tree = grow(&x, (0..32).collect(), 3, &mut stream(4, "test"));
        for row in x.iter_rows() {
            let (mut path, mut shares) = ([0.0], [0.0; 3]);
            tree.add_values(row, 3, &mut path);
            tree.add_shares(row, &mut shares);
            let longer = path[0] - average_path_length(32);
            assert!((shares.iter().sum::<f64>() - longer).abs() < 1e-9, "{shares:?}");
        }
    }

    #[test]
    fn a_constant_table_is_one_leaf() {
        let x = Matrix::new(6, 3, vec![1.0; 18]).unwrap();
        let tree = grow(&x, (0..6).collect(), 3, &mut stream(1, "test"));
        assert_eq!(tree.nodes().count(), 1);
    }
}
