//! One tree of slanted cuts: grown, walked, saved and loaded.

use oddbench_core::{DetectorError, Matrix};
use rand::{Rng, RngExt, seq::index};
use rand_distr::StandardNormal;

use crate::{detectors::isolation_forest::tree::average_path_length, save::Saved};

/// A place of the tree.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Node {
    /// Which cut. It is 0 in a leaf, where nothing reads it.
    pub cut: u32,
    /// The lower child; the upper one is the next. A leaf names itself.
    pub low: u32,
    /// The path length that a row there can expect: the depth plus the average depth of a tree over
    /// the rows that it held.
    pub path_length: f64,
}

/// A tree; the root is node 0.
#[derive(Debug, PartialEq)]
pub(super) struct SlantedTree {
    nodes: Vec<Node>,
    /// Columns that each cut uses.
    cut_columns: usize,
    /// The columns of each cut, ascending.
    columns: Vec<u32>,
    /// The normal vector of each cut, in these columns.
    normals: Vec<f64>,
    /// The inner product of each cut's normal vector with a point on the cut.
    offsets: Vec<f64>,
}

impl SlantedTree {
    /// A tree of its parts, or what is wrong with them.
    pub fn new(
        nodes: Vec<Node>,
        cut_columns: usize,
        (columns, normals, offsets): (Vec<u32>, Vec<f64>, Vec<f64>),
        n_features: usize,
    ) -> Result<Self, String> {
        let (n, cuts) = (nodes.len(), offsets.len());
        let fits = |(at, node): (usize, &Node)| {
            let low = node.low as usize;
            let leaf = low == at;
            let inner = low > at && low + 1 < n && (node.cut as usize) < cuts;
            (leaf || inner) && node.path_length.is_finite()
        };
        if nodes.is_empty() || !nodes.iter().enumerate().all(fits) {
            return Err("the nodes of a tree do not fit together".into());
        }
        let sizes = [columns.len(), normals.len()] == [cuts * cut_columns; 2];
        let known = columns.iter().all(|&column| (column as usize) < n_features);
        let finite = normals.iter().chain(&offsets).all(|value| value.is_finite());
        if !(sizes && known && finite) {
            return Err("the cuts of a tree do not fit its rows".into());
        }
        Ok(Self { nodes, cut_columns, columns, normals, offsets })
    }

    /// Whether a row lies on the lower side of a cut: its position relative to a point of the
    /// cut, times the normal vector, is not above 0.
    fn is_low(&self, cut: usize, row: &[f32]) -> bool {
        let own = cut * self.cut_columns..(cut + 1) * self.cut_columns;
        inner_product(row, &self.columns[own.clone()], &self.normals[own]) <= self.offsets[cut]
    }

    /// The path length of a row.
    pub fn path_length(&self, row: &[f32]) -> f64 {
        let mut at = 0;
        loop {
            let node = self.nodes[at];
            let low = node.low as usize;
            if low == at {
                return node.path_length;
            }
            at = low + usize::from(!self.is_low(node.cut as usize, row));
        }
    }

    /// Adds to each sum the path length of its row; `rows` are row-major, `n_features` wide.
    pub fn add_path_lengths(&self, rows: &[f32], n_features: usize, sums: &mut [f64]) {
        for (row, sum) in rows.chunks_exact(n_features).zip(sums) {
            *sum += self.path_length(row);
        }
    }

    fn add_leaf(&mut self, depth: usize, rows: usize) {
        let path_length = depth as f64 + average_path_length(rows);
        self.nodes.push(Node { cut: 0, low: self.nodes.len() as u32, path_length });
    }

    /// Adds a random cut of the rows: false, and nothing added, if they are all equal.
    fn add_cut(&mut self, x: &Matrix, rows: &[usize], rng: &mut impl Rng) -> bool {
        let ranges: Vec<(f64, f64)> = (0..x.cols()).map(|column| range(x, rows, column)).collect();
        let varying: Vec<usize> =
            (0..x.cols()).filter(|&column| ranges[column].0 < ranges[column].1).collect();
        if varying.is_empty() {
            return false;
        }
        let first = varying[rng.random_range(0..varying.len())];
        // They are drawn from all columns but the first.
        let others = index::sample(rng, x.cols() - 1, self.cut_columns - 1).into_iter();
        let mut columns: Vec<usize> =
            others.map(|column| column + usize::from(column >= first)).chain([first]).collect();
        columns.sort_unstable();
        let mut offset = 0.0;
        for column in columns {
            let (low, high) = ranges[column];
            let normal: f64 = rng.sample(StandardNormal);
            offset += (low + rng.random::<f64>() * (high - low)) * normal;
            self.columns.push(column as u32);
            self.normals.push(normal);
        }
        self.offsets.push(offset);
        true
    }
}

/// Rows still to be cut: a range of the sample, at a node.
struct Task {
    at: usize,
    start: usize,
    end: usize,
    depth: usize,
}

/// Grows a tree over the given rows down to the depth of a balanced tree.
pub(super) fn grow(
    x: &Matrix,
    mut rows: Vec<usize>,
    cut_columns: usize,
    rng: &mut impl Rng,
) -> SlantedTree {
    let n_samples = rows.len();
    let max_depth = n_samples.max(2).next_power_of_two().ilog2() as usize;
    let (nodes, columns, normals, offsets) = Default::default();
    let mut tree = SlantedTree { nodes, cut_columns, columns, normals, offsets };
    tree.add_leaf(0, n_samples);
    let mut tasks = vec![Task { at: 0, start: 0, end: n_samples, depth: 0 }];
    while let Some(Task { at, start, end, depth }) = tasks.pop() {
        let rows = &mut rows[start..end];
        if depth == max_depth || rows.len() < 2 || !tree.add_cut(x, rows, rng) {
            continue;
        }
        let cut = tree.offsets.len() - 1;
        let mut low_rows = 0;
        for i in 0..rows.len() {
            if tree.is_low(cut, x.row(rows[i])) {
                rows.swap(low_rows, i);
                low_rows += 1;
            }
        }
        let (low, middle, below) = (tree.nodes.len(), start + low_rows, depth + 1);
        (tree.nodes[at].cut, tree.nodes[at].low) = (cut as u32, low as u32);
        tree.add_leaf(below, low_rows);
        tree.add_leaf(below, end - middle);
        tasks.push(Task { at: low + 1, start: middle, end, depth: below });
        tasks.push(Task { at: low, start, end: middle, depth: below });
    }
    tree
}

fn range(x: &Matrix, rows: &[usize], column: usize) -> (f64, f64) {
    let values = rows.iter().map(|&row| f64::from(x.row(row)[column]));
    values.fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), v| (low.min(v), high.max(v)))
}

/// The terms in the order of the columns, as the offset of a cut is summed.
fn inner_product(row: &[f32], columns: &[u32], normals: &[f64]) -> f64 {
    let terms = columns.iter().zip(normals);
    terms.fold(0.0, |sum, (&column, normal)| sum + f64::from(row[column as usize]) * normal)
}

/// Adds the trees to a saved model.
pub(super) fn save(trees: &[SlantedTree], saved: Saved) -> Saved {
    let counts = |of: fn(&SlantedTree) -> usize| trees.iter().map(|tree| of(tree) as u32).collect();
    let (nodes, cuts): (Vec<u32>, Vec<u32>) =
        (counts(|tree| tree.nodes.len()), counts(|tree| tree.offsets.len()));
    let all = || trees.iter().flat_map(|tree| &tree.nodes);
    let (cut, low) = (all().map(|n| n.cut).collect(), all().map(|n| n.low).collect());
    let path_length: Vec<f64> = all().map(|node| node.path_length).collect();
    let columns: Vec<u32> = trees.iter().flat_map(|tree| tree.columns.clone()).collect();
    let normals: Vec<f64> = trees.iter().flat_map(|tree| tree.normals.clone()).collect();
    let offsets: Vec<f64> = trees.iter().flat_map(|tree| tree.offsets.clone()).collect();
    let (n, values) = (path_length.len(), columns.len());
    let [cut, low]: [Vec<u32>; 2] = [cut, low];
    saved
        .with("nodes", &[nodes.len()], nodes)
        .with("cuts", &[cuts.len()], cuts)
        .with("cut", &[n], cut)
        .with("low", &[n], low)
        .with("path_length", &[n], path_length)
        .with("columns", &[values], columns)
        .with("normals", &[values], normals)
        .with("offsets", &[offsets.len()], offsets)
}

/// The trees of a saved model, whose cuts use so many columns.
pub(super) fn load(saved: &Saved, cut_columns: usize) -> Result<Vec<SlantedTree>, DetectorError> {
    let sum = |counts: &[u32]| counts.iter().map(|&count| count as usize).sum::<usize>();
    let n_trees = saved.shape("nodes")?.iter().product();
    let nodes = saved.tensor_u32("nodes", &[n_trees])?;
    let cuts = saved.tensor_u32("cuts", &[n_trees])?;
    let (all_nodes, all_cuts) = (sum(nodes), sum(cuts));
    let cut = saved.tensor_u32("cut", &[all_nodes])?;
    let low = saved.tensor_u32("low", &[all_nodes])?;
    let path_length = saved.tensor_f64("path_length", &[all_nodes])?;
    let columns = saved.tensor_u32("columns", &[all_cuts * cut_columns])?;
    let normals = saved.tensor_f64("normals", &[all_cuts * cut_columns])?;
    let offsets = saved.tensor_f64("offsets", &[all_cuts])?;
    let (mut node, mut first) = (0, 0);
    let mut trees = Vec::with_capacity(n_trees);
    for (&nodes, &cuts) in nodes.iter().zip(cuts) {
        let (end, last) = (node + nodes as usize, first + cuts as usize);
        let own = (node..end)
            .map(|i| Node { cut: cut[i], low: low[i], path_length: path_length[i] })
            .collect();
        let values = first * cut_columns..last * cut_columns;
        let planes =
            (columns[values.clone()].into(), normals[values].into(), offsets[first..last].into());
        let tree = SlantedTree::new(own, cut_columns, planes, saved.n_features);
        trees.push(tree.map_err(|message| saved.broken(message))?);
        (node, first) = (end, last);
    }
    Ok(trees)
}
