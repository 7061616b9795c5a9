//! The k-d tree: split near the median of the column that varies most, pruned by bounding boxes.
//!
//! The columns are put in the order of their variance, the largest first, so that a partial sum of
//! squares soon shows that a box or a group of rows is too far. Distances are summed in strides of
//! columns, of boxes as of rows, so that rounding cannot lift a box above the rows in it.

use oddbench_core::Matrix;

use super::nearest::Nearest;
use crate::covariance::{mean, squared_deviations};
use crate::parallel::map_rows;
use crate::row_groups::{LANES, STRIDE, fill_group, squared_distances_within};

/// Rows in a leaf: three groups, by experiment.
const LEAF: usize = 3 * LANES;

/// Levels on which a split may leave any share of the rows on one side; below them each leaves half, so
/// that a column of ten thousand categories does not make a tree ten thousand levels deep.
const ANY_SHARE: u32 = 64;

pub(super) struct Tree {
    /// The columns in the order of their variance, the largest first.
    columns: Vec<usize>,
    nodes: Vec<Node>,
    /// For each node and feature, the least and the greatest value below the node.
    boxes: Vec<[f32; 2]>,
    /// The rows of the leaves: per group one `[f32; LANES]` a feature; lanes without a row are
    /// infinite, and so infinitely far from everything.
    groups: Vec<[f32; LANES]>,
    /// For each lane of each group, which row it is.
    rows: Vec<[u32; LANES]>,
}

#[derive(Clone, Copy)]
enum Node {
    /// The lower child; the upper one follows it.
    Split { low: u32 },
    /// Groups from `first` up to `end`.
    Leaf { first: u32, end: u32 },
}

impl Tree {
    pub fn new(x: &Matrix) -> Self {
        let columns = by_variance(x);
        let x = &permuted(x, &columns);
        let d = x.cols();
        let mut tree = Self {
            columns,
            nodes: Vec::new(),
            boxes: Vec::new(),
            groups: Vec::new(),
            rows: Vec::new(),
        };
        let mut order: Vec<u32> = (0..x.rows() as u32).collect();
        let mut tasks = vec![(0, 0..x.rows(), 0)];
        tree.nodes.push(Node::Leaf { first: 0, end: 0 });
        tree.boxes.resize(d, [0.0; 2]);
        while let Some((node, range, depth)) = tasks.pop() {
            let rows = &mut order[range.clone()];
            let feature = tree.bound(node, x, rows);
            if rows.len() <= LEAF {
                tree.nodes[node] = tree.leaf(x, rows);
                continue;
            }
            let low_rows = divide(x, rows, feature, depth);
            let low = tree.nodes.len();
            tree.nodes[node] = Node::Split { low: low as u32 };
            tree.nodes.extend([Node::Leaf { first: 0, end: 0 }; 2]);
            tree.boxes.resize((low + 2) * d, [0.0; 2]);
            let middle = range.start + low_rows;
            tasks.push((low, range.start..middle, depth + 1));
            tasks.push((low + 1, middle..range.end, depth + 1));
        }
        tree
    }

    /// Sets the box of a node and returns the feature that varies most below it.
    fn bound(&mut self, node: usize, x: &Matrix, rows: &[u32]) -> usize {
        let d = x.cols();
        let sides = &mut self.boxes[node * d..(node + 1) * d];
        sides.fill([f32::INFINITY, f32::NEG_INFINITY]);
        let first = x.row(rows[0] as usize);
        let mut sums = vec![[0.0; 2]; d];
        for &row in rows {
            let values = x.row(row as usize).iter().zip(first);
            for (([low, high], sum), (&value, &from)) in sides.iter_mut().zip(&mut sums).zip(values)
            {
                *low = low.min(value);
                *high = high.max(value);
                let centred = f64::from(value) - f64::from(from);
                sum[0] += centred;
                sum[1] += centred * centred;
            }
        }
        let n = rows.len() as f64;
        let variance = |f: &usize| sums[*f][1] - sums[*f][0] * sums[*f][0] / n;
        (0..d).max_by(|a, b| variance(a).total_cmp(&variance(b))).unwrap_or(0)
    }

    fn leaf(&mut self, x: &Matrix, rows: &[u32]) -> Node {
        let (d, first) = (x.cols(), self.rows.len() as u32);
        for members in rows.chunks(LANES) {
            let start = self.groups.len();
            self.groups.resize(start + d, [f32::INFINITY; LANES]);
            let values = members.iter().map(|&row| x.row(row as usize));
            fill_group(values, &mut self.groups[start..]);
            let mut lanes = [u32::MAX; LANES];
            lanes[..members.len()].copy_from_slice(members);
            self.rows.push(lanes);
        }
        Node::Leaf { first, end: self.rows.len() as u32 }
    }

    /// The row as [`Tree::search`] wants it.
    pub fn prepare(&self, row: &[f32], query: &mut [f64]) {
        query.iter_mut().zip(&self.columns).for_each(|(q, &column)| *q = f64::from(row[column]));
    }

    /// Offers every row that may be among the nearest of the prepared query to `nearest`. `pending` is
    /// working memory.
    #[inline(always)]
    pub fn search(
        &self,
        query: &[f64],
        counts: &[u32],
        pending: &mut Vec<(f64, u32)>,
        nearest: &mut Nearest,
    ) {
        pending.clear();
        pending.push((0.0, 0));
        while let Some((distance, node)) = pending.pop() {
            // A row as far as the last may still come before it.
            if distance > nearest.bound() {
                continue;
            }
            match self.nodes[node as usize] {
                Node::Split { low } => {
                    let [a, b] = self.box_distances(query, low as usize, nearest.bound());
                    let (near, far) =
                        if a <= b { ((a, low), (b, low + 1)) } else { ((b, low + 1), (a, low)) };
                    pending.extend([far, near]);
                }
                Node::Leaf { first, end } => {
                    for group in first as usize..end as usize {
                        self.offer_group(query, group, counts, nearest);
                    }
                }
            }
        }
    }

    #[inline(always)]
    fn offer_group(&self, query: &[f64], group: usize, counts: &[u32], nearest: &mut Nearest) {
        let d = query.len();
        let bound = nearest.bound();
        let rows = &self.groups[group * d..(group + 1) * d];
        let Some(distances) = squared_distances_within(query, rows, bound) else {
            return;
        };
        for (&distance, &row) in distances.iter().zip(&self.rows[group]) {
            if distance <= bound && row != u32::MAX {
                nearest.offer(distance, row, counts[row as usize]);
            }
        }
    }

    /// The squared distances of the query from the boxes of two neighbouring nodes, or less than
    /// that where both are beyond the bound.
    #[inline(always)]
    fn box_distances(&self, query: &[f64], node: usize, bound: f64) -> [f64; 2] {
        let d = query.len();
        let (low, high) = self.boxes[node * d..(node + 2) * d].split_at(d);
        let outside = |value: f64, [least, greatest]: [f32; 2]| {
            let gap = (f64::from(least) - value).max(value - f64::from(greatest)).max(0.0);
            gap * gap
        };
        let mut sums = [0.0; 2];
        let strides = query.chunks(STRIDE).zip(low.chunks(STRIDE)).zip(high.chunks(STRIDE));
        for ((values, low), high) in strides {
            let mut parts = [0.0; 2];
            for ((&value, &a), &b) in values.iter().zip(low).zip(high) {
                parts[0] += outside(value, a);
                parts[1] += outside(value, b);
            }
            sums[0] += parts[0];
            sums[1] += parts[1];
            if sums[0] > bound && sums[1] > bound {
                break;
            }
        }
        sums
    }
}

/// Puts the rows with the lower values of a feature first and returns how many they are: half of
/// them, or as near to it as a step between two values is. One-hot and other columns of few values
/// would otherwise be cut within a value, and the boxes of both children would overlap.
fn divide(x: &Matrix, rows: &mut [u32], feature: usize, depth: u32) -> usize {
    let value = |row: &u32| x.row(*row as usize)[feature];
    let (n, half) = (rows.len(), rows.len() / 2);
    rows.select_nth_unstable_by(half, |a, b| value(a).total_cmp(&value(b)));
    let middle = value(&rows[half]);
    let below = to_the_front(&mut rows[..half], |row| value(row) < middle);
    let up_to = half + to_the_front(&mut rows[half..], |row| value(row) <= middle);
    let nearest = if half - below <= up_to - half { below } else { up_to };
    if depth > ANY_SHARE || nearest == 0 || nearest == n { half } else { nearest }
}

/// Swaps the rows that belong there to the front and returns how many they are.
fn to_the_front(rows: &mut [u32], belongs: impl Fn(&u32) -> bool) -> usize {
    let mut front = 0;
    for i in 0..rows.len() {
        if belongs(&rows[i]) {
            rows.swap(front, i);
            front += 1;
        }
    }
    front
}

/// The columns of the largest variance first. Equal columns keep their order.
fn by_variance(x: &Matrix) -> Vec<usize> {
    let variance = squared_deviations(x, &mean(x));
    let mut columns: Vec<usize> = (0..x.cols()).collect();
    columns.sort_by(|&a, &b| variance[b].total_cmp(&variance[a]));
    columns
}

fn permuted(x: &Matrix, columns: &[usize]) -> Matrix {
    map_rows(x, x.cols(), |row, out| {
        out.iter_mut().zip(columns).for_each(|(out, &column)| *out = row[column]);
    })
}
