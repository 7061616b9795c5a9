//! One isolation tree as flat arrays.

use oddbench_core::Matrix;
use rand::{Rng, RngExt, seq::index};

/// Rows that walk down a tree side by side, so that their memory accesses overlap.
const LANES: usize = 8;

/// A node with all that it carries.
#[derive(Debug, Clone, Copy)]
pub(super) struct Node {
    /// Column that is cut.
    pub feature: u32,
    /// A row with a value up to this goes to `low`, others to `low + 1`.
    pub threshold: f32,
    /// The lower child; a leaf names itself and has an infinite threshold, so that a walk of a
    /// fixed number of steps ends in a leaf without asking where it is.
    pub low: u32,
    /// Of a leaf: its depth plus the average depth of a tree over the rows that it holds.
    pub path: f64,
}

/// What a walk reads at each step.
#[derive(Debug, Clone, Copy)]
struct Cut {
    threshold: f32,
    feature: u32,
    low: u32,
}

/// One tree.
#[derive(Debug)]
pub(super) struct Tree {
    cuts: Vec<Cut>,
    paths: Vec<f64>,
    /// The path length that a row at a node can expect: the node's depth plus the average depth of a
    /// tree over the rows that it held.
    expected: Vec<f64>,
    depth: usize,
}

/// Rows still to be cut: a range of the sample, below node `at`.
struct Task {
    at: usize,
    start: usize,
    end: usize,
    depth: usize,
}

/// The average path length of an unsuccessful search in a binary search tree over `n` rows: `c(n)`
/// in equation 1 of the paper.
pub(super) fn average_path_length(n: usize) -> f64 {
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

impl Tree {
    /// Grows a tree over `n_samples` rows drawn without replacement, cutting at most `cut_features`
    /// of the columns, down to the depth of a balanced tree.
    pub fn grow(x: &Matrix, n_samples: usize, cut_features: usize, rng: &mut impl Rng) -> Self {
        let mut rows = index::sample(rng, x.rows(), n_samples).into_vec();
        let mut features: Vec<usize> = (0..x.cols()).collect();
        if cut_features < x.cols() {
            features = index::sample(rng, x.cols(), cut_features).into_vec();
        }
        let max_depth = n_samples.max(2).next_power_of_two().ilog2() as usize;
        let mut nodes = vec![Node::leaf(0, 0, n_samples)];
        let mut tasks = vec![Task { at: 0, start: 0, end: n_samples, depth: 0 }];
        let mut depth = 0;
        while let Some(task) = tasks.pop() {
            depth = depth.max(task.depth);
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
            nodes[task.at] = Node::cut(feature, threshold, low);
            nodes.push(Node::leaf(low, below, low_rows));
            nodes.push(Node::leaf(low + 1, below, task.end - middle));
            tasks.push(Task { at: low + 1, start: middle, end: task.end, depth: below });
            tasks.push(Task { at: low, start: task.start, end: middle, depth: below });
        }
        Self::of(&nodes, depth)
    }

    /// A tree from nodes that were saved, or what is wrong with them.
    pub fn from_nodes(nodes: Vec<Node>, n_features: usize) -> Result<Self, String> {
        if nodes.is_empty() {
            return Err("a tree has no nodes".into());
        }
        let mut depths = vec![0; nodes.len()];
        for (at, node) in nodes.iter().enumerate() {
            let low = node.low as usize;
            let fits = if low == at {
                node.threshold == f32::INFINITY
            } else {
                low > at && low + 1 < nodes.len()
            };
            if !fits || node.feature as usize >= n_features {
                return Err(format!("node {at} of a tree does not fit into it"));
            }
            if low > at {
                depths[low] = depths[at] + 1;
                depths[low + 1] = depths[at] + 1;
            }
        }
        let depth = depths.into_iter().max().unwrap_or(0);
        Ok(Self::of(&nodes, depth))
    }

    fn of(nodes: &[Node], depth: usize) -> Self {
        let cut =
            |node: &Node| Cut { threshold: node.threshold, feature: node.feature, low: node.low };
        Self {
            cuts: nodes.iter().map(cut).collect(),
            paths: nodes.iter().map(|node| node.path).collect(),
            expected: expected_paths(nodes),
            depth,
        }
    }

    /// Adds to each feature's sum by how much its cuts on the row's way down shorten the path that can
    /// be expected. Over all features that is the root's expectation less the row's path length.
    pub fn add_shares(&self, row: &[f32], sums: &mut [f64]) {
        let mut at = 0;
        loop {
            let cut = self.cuts[at];
            if cut.low as usize == at {
                return;
            }
            let feature = cut.feature as usize;
            let below = (cut.low + u32::from(row[feature] > cut.threshold)) as usize;
            sums[feature] += self.expected[at] - self.expected[below];
            at = below;
        }
    }

    /// Number of nodes.
    pub fn len(&self) -> usize {
        self.cuts.len()
    }

    /// The nodes, the root first.
    pub fn nodes(&self) -> impl Iterator<Item = Node> + '_ {
        self.cuts.iter().zip(&self.paths).map(|(cut, &path)| Node {
            feature: cut.feature,
            threshold: cut.threshold,
            low: cut.low,
            path,
        })
    }

    /// Adds to each sum the path length of its row; `rows` are row-major, `n_features` wide.
    pub fn add_path_lengths(&self, rows: &[f32], n_features: usize, sums: &mut [f64]) {
        let mut groups = rows.chunks_exact(LANES * n_features);
        let mut group_sums = sums.chunks_exact_mut(LANES);
        for (rows, sums) in groups.by_ref().zip(group_sums.by_ref()) {
            self.add_of_lanes::<LANES>(rows, n_features, sums);
        }
        let rest = groups.remainder().chunks_exact(n_features);
        for (row, sum) in rest.zip(group_sums.into_remainder().chunks_exact_mut(1)) {
            self.add_of_lanes::<1>(row, n_features, sum);
        }
    }

    #[inline(always)]
    fn add_of_lanes<const N: usize>(&self, rows: &[f32], n_features: usize, sums: &mut [f64]) {
        let mut at = [0_u32; N];
        for _ in 0..self.depth {
            for (lane, at) in at.iter_mut().enumerate() {
                let cut = self.cuts[*at as usize];
                let value = rows[lane * n_features + cut.feature as usize];
                *at = cut.low + u32::from(value > cut.threshold);
            }
        }
        for (sum, at) in sums.iter_mut().zip(at) {
            *sum += self.paths[at as usize];
        }
    }
}

/// Each node's depth plus the average path length over its rows. How many rows a leaf holds follows
/// from its path; a node holds those of its children, which come after it.
fn expected_paths(nodes: &[Node]) -> Vec<f64> {
    let is_leaf = |at: usize| nodes[at].low as usize == at;
    let mut depths = vec![0_usize; nodes.len()];
    for at in (0..nodes.len()).filter(|&at| !is_leaf(at)) {
        let low = nodes[at].low as usize;
        depths[low] = depths[at] + 1;
        depths[low + 1] = depths[at] + 1;
    }
    let mut rows = vec![0_usize; nodes.len()];
    for at in (0..nodes.len()).rev() {
        let low = nodes[at].low as usize;
        rows[at] = match is_leaf(at) {
            true => rows_of(nodes[at].path - depths[at] as f64),
            false => rows[low] + rows[low + 1],
        };
    }
    let expected = |(rows, depth): (&usize, &usize)| *depth as f64 + average_path_length(*rows);
    rows.iter().zip(&depths).map(expected).collect()
}

/// The number of rows with that average path length.
fn rows_of(length: f64) -> usize {
    // Far above the rounding error of the lengths, far below the step between two of them.
    let below = |n: usize| average_path_length(n) < length - 1e-9 * length.abs();
    let mut high = 1;
    while below(high) && high < 1 << 40 {
        high *= 2;
    }
    let mut low = high / 2;
    while low + 1 < high {
        let middle = low + (high - low) / 2;
        if below(middle) { low = middle } else { high = middle }
    }
    high
}

impl Node {
    fn leaf(at: usize, depth: usize, rows: usize) -> Self {
        let path = depth as f64 + average_path_length(rows);
        Self { feature: 0, threshold: f32::INFINITY, low: at as u32, path }
    }

    fn cut(feature: usize, threshold: f32, low: usize) -> Self {
        Self { feature: feature as u32, threshold, low: low as u32, path: 0.0 }
    }
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
        let tree = Tree::grow(&x, 4, 1, &mut stream(1, "test"));
        let mut paths = vec![0.0; 4];
        tree.add_path_lengths(x.as_slice(), 1, &mut paths);
        // Depth 2 at most: a leaf at depth d with m rows adds d + c(m).
        assert!(paths.iter().all(|&p| (1.0..=3.0).contains(&p)), "{paths:?}");
        // The leaves together hold four rows, so that the Kraft sum of a binary tree is 1.
        let leaves: f64 =
            tree.nodes().enumerate().filter(|(i, n)| n.low as usize == *i).count() as f64;
        assert!(leaves >= 3.0);
    }

    #[test]
    fn the_rows_of_a_leaf_follow_from_its_path() {
        for n in (1..3_000).chain([65_536, 1_000_003]) {
            assert_eq!(rows_of(average_path_length(n)), n);
        }
    }

    #[test]
    fn shares_add_up_to_what_the_path_is_shorter_than_expected() {
        let values = (0..120).map(|i| ((i * 37) % 101) as f32 / 7.0).collect();
        let x = Matrix::new(40, 3, values).unwrap();
        let tree = Tree::grow(&x, 32, 3, &mut stream(4, "test"));
        for row in x.iter_rows() {
            let (mut path, mut shares) = ([0.0], [0.0; 3]);
            tree.add_path_lengths(row, 3, &mut path);
            tree.add_shares(row, &mut shares);
            let shorter = average_path_length(32) - path[0];
            assert!((shares.iter().sum::<f64>() - shorter).abs() < 1e-9, "{shares:?}");
        }
    }

    #[test]
    fn a_constant_table_is_one_leaf() {
        let x = Matrix::new(6, 3, vec![1.0; 18]).unwrap();
        let tree = Tree::grow(&x, 6, 3, &mut stream(1, "test"));
        assert_eq!(tree.len(), 1);
    }
}
