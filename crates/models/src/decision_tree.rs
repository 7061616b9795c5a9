//! Fitted binary trees as flat arrays: walked by many rows at once, explained, saved and loaded. Forests
//! of every kind are made of them.

use oddbench_core::{DetectorError, Matrix};

use crate::{parallel::map_rows, save::Saved};

/// Rows that walk down a tree side by side, so that their memory accesses overlap.
const LANES: usize = 8;

/// Up to this depth a walk takes as many steps as the tree is deep without asking whether every row
/// rests: isolation trees are scored 15 % quicker so.
const SHALLOW: usize = 12;

/// A node with all that it carries.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Node {
    /// Column that is cut.
    pub feature: u32,
    /// A row with a value up to this goes to `low`, others to `low + 1`.
    pub threshold: f32,
    /// The lower child; a leaf names itself and has an infinite threshold, so that a walk rests in
    /// it.
    pub low: u32,
    /// What the tree says of a row that stops here. Inner nodes have one too: explanations use it.
    pub value: f64,
}

/// What a walk reads at each step.
#[derive(Debug, Clone, Copy)]
struct Cut {
    threshold: f32,
    feature: u32,
    low: u32,
}

/// One tree; the root is node 0.
#[derive(Debug)]
pub(crate) struct Tree {
    cuts: Vec<Cut>,
    values: Vec<f64>,
    /// Steps from the root to the deepest leaf.
    depth: usize,
}

impl Node {
    /// A leaf at place `at`.
    pub fn leaf(at: usize, value: f64) -> Self {
        Self { feature: 0, threshold: f32::INFINITY, low: at as u32, value }
    }
}

impl Tree {
    /// A tree of the nodes, or what is wrong with them.
    pub fn new(nodes: &[Node], n_features: usize) -> Result<Self, String> {
        if nodes.is_empty() {
            return Err("a tree has no nodes".into());
        }
        let mut depths = vec![0; nodes.len()];
        for (at, node) in nodes.iter().enumerate() {
            let low = node.low as usize;
            let fits = if low == at {
                node.threshold == f32::INFINITY
            } else {
                low > at && low + 1 < nodes.len() && node.threshold.is_finite()
            };
            if !fits || node.feature as usize >= n_features || !node.value.is_finite() {
                return Err(format!("node {at} of a tree does not fit into it"));
            }
            if low > at {
                for child in [low, low + 1] {
                    depths[child] = depths[child].max(depths[at] + 1);
                }
            }
        }
        let cut =
            |node: &Node| Cut { threshold: node.threshold, feature: node.feature, low: node.low };
        Ok(Self {
            cuts: nodes.iter().map(cut).collect(),
            values: nodes.iter().map(|node| node.value).collect(),
            depth: depths.into_iter().max().unwrap_or(0),
        })
    }

    /// The nodes, the root first.
    pub fn nodes(&self) -> impl Iterator<Item = Node> + '_ {
        self.cuts.iter().zip(&self.values).map(|(cut, &value)| Node {
            feature: cut.feature,
            threshold: cut.threshold,
            low: cut.low,
            value,
        })
    }

    /// Adds to each sum the value of the leaf of its row; `rows` are row-major, `n_features` wide.
    pub fn add_values(&self, rows: &[f32], n_features: usize, sums: &mut [f64]) {
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
        let below = |lane: usize, at: u32| {
            let cut = self.cuts[at as usize];
            let value = rows[lane * n_features + cut.feature as usize];
            cut.low + u32::from(value > cut.threshold)
        };
        if self.depth <= SHALLOW {
            for _ in 0..self.depth {
                at.iter_mut().enumerate().for_each(|(lane, at)| *at = below(lane, *at));
            }
        } else {
            let mut moved = true;
            while moved {
                moved = false;
                for (lane, at) in at.iter_mut().enumerate() {
                    let next = below(lane, *at);
                    moved |= next != *at;
                    *at = next;
                }
            }
        }
        for (sum, at) in sums.iter_mut().zip(at) {
            *sum += self.values[at as usize];
        }
    }

    /// Adds to each feature's share what its cuts change on the way of the row: the value after the
    /// cut minus the value before. Together they are the leaf's value minus the root's.
    pub fn add_shares(&self, row: &[f32], shares: &mut [f64]) {
        let mut at = 0;
        loop {
            let cut = self.cuts[at];
            let next = (cut.low + u32::from(row[cut.feature as usize] > cut.threshold)) as usize;
            if next == at {
                return;
            }
            shares[cut.feature as usize] += self.values[next] - self.values[at];
            at = next;
        }
    }
}

/// Adds to each sum the values of all trees. Tree by tree over a block of rows, both stay in the
/// first-level cache.
pub(crate) fn add_values(trees: &[Tree], rows: &[f32], n_features: usize, sums: &mut [f64]) {
    trees.iter().for_each(|tree| tree.add_values(rows, n_features, sums));
}

/// Each feature's share for each row, summed over the trees and then changed by `scaled`.
pub(crate) fn shares(trees: &[Tree], x: &Matrix, scaled: impl Fn(f64) -> f64 + Sync) -> Matrix {
    map_rows(x, x.cols(), |row, out| {
        let mut shares = vec![0.0; row.len()];
        trees.iter().for_each(|tree| tree.add_shares(row, &mut shares));
        out.iter_mut().zip(shares).for_each(|(out, share)| *out = scaled(share) as f32);
    })
}

/// Adds the trees to a saved model.
pub(crate) fn save(trees: &[Tree], saved: Saved) -> Saved {
    let sizes: Vec<u32> = trees.iter().map(|tree| tree.cuts.len() as u32).collect();
    let n = sizes.iter().map(|&size| size as usize).sum();
    let nodes = || trees.iter().flat_map(Tree::nodes);
    saved
        .with("sizes", &[sizes.len()], sizes)
        .with("feature", &[n], nodes().map(|node| node.feature).collect::<Vec<_>>())
        .with("threshold", &[n], nodes().map(|node| node.threshold).collect::<Vec<_>>())
        .with("low", &[n], nodes().map(|node| node.low).collect::<Vec<_>>())
        .with("value", &[n], nodes().map(|node| node.value).collect::<Vec<_>>())
}

/// The trees of a saved model, as many as its `n_estimators`.
pub(crate) fn load_all(saved: &Saved, n_estimators: usize) -> Result<Vec<Tree>, DetectorError> {
    let trees = load(saved)?;
    if trees.len() != n_estimators {
        return Err(saved.broken(format!("{} trees for n_estimators", trees.len())));
    }
    Ok(trees)
}

/// The trees of a saved model.
pub(crate) fn load(saved: &Saved) -> Result<Vec<Tree>, DetectorError> {
    let n_trees = saved.shape("sizes")?.iter().product();
    let sizes = saved.tensor_u32("sizes", &[n_trees])?;
    let n = sizes.iter().map(|&size| size as usize).sum();
    let feature = saved.tensor_u32("feature", &[n])?;
    let threshold = saved.tensor_f32("threshold", &[n])?;
    let low = saved.tensor_u32("low", &[n])?;
    let value = saved.tensor_f64("value", &[n])?;
    let mut start = 0;
    let mut trees = Vec::with_capacity(n_trees);
    for &size in sizes {
        let range = start..start + size as usize;
        start = range.end;
        let node = |i: usize| Node {
            feature: feature[i],
            threshold: threshold[i],
            low: low[i],
            value: value[i],
        };
        let nodes: Vec<Node> = range.map(node).collect();
        trees.push(Tree::new(&nodes, saved.n_features).map_err(|m| saved.broken(m))?);
    }
    Ok(trees)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// x0 <= 1 ? 10 : (x1 <= -2 ? 20 : 30), with 15 at the root and 26 at the inner node.
    fn tree() -> Tree {
        let cut = |feature, threshold, low, value| Node { feature, threshold, low, value };
        let nodes = [
            cut(0, 1.0, 1, 15.0),
            Node::leaf(1, 10.0),
            cut(1, -2.0, 3, 26.0),
            Node::leaf(3, 20.0),
            Node::leaf(4, 30.0),
        ];
        Tree::new(&nodes, 2).unwrap()
    }

    #[test]
    fn rows_end_in_their_leaves_alone_and_side_by_side() {
        let rows = [[1.0, 9.0], [1.5, -2.0], [2.0, -1.5]].repeat(7).concat();
        let mut sums = vec![100.0; 21];
        tree().add_values(&rows, 2, &mut sums);
        assert_eq!(sums, [110.0, 120.0, 130.0].repeat(7));
    }

    #[test]
    fn shares_are_the_steps_of_the_value() {
        let mut shares = [0.0; 2];
        tree().add_shares(&[2.0, 0.0], &mut shares);
        assert_eq!(shares, [11.0, 4.0]);
    }

    #[test]
    fn nodes_that_do_not_make_a_tree_are_refused() {
        let nodes: Vec<Node> = tree().nodes().collect();
        let broken = |change: fn(&mut [Node])| {
            let mut nodes = nodes.clone();
            change(&mut nodes);
            Tree::new(&nodes, 2).is_err()
        };
        assert!(!broken(|_| {}));
        assert!(broken(|nodes| nodes[2].low = 0));
        assert!(broken(|nodes| nodes[2].low = 4));
        assert!(broken(|nodes| nodes[2].feature = 2));
        assert!(broken(|nodes| nodes[1].threshold = 3.0));
        assert!(broken(|nodes| nodes[0].threshold = f32::NAN));
        assert!(broken(|nodes| nodes[4].value = f64::NAN));
        assert!(Tree::new(&[], 2).is_err());
    }
}
