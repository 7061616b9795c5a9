//! One tree: every node is cut where the two sides are purest.

use rand::{Rng, RngExt};

use super::ranked::{Counts, Ranked};
use crate::decision_tree::{Node, Tree};

/// How trees are grown.
pub(super) struct Rules {
    /// Columns that compete for a cut.
    pub candidates: usize,
    pub max_depth: usize,
    pub min_samples_split: u64,
    pub min_samples_leaf: u64,
    /// Weights of an inlier and of an outlier.
    pub class_weights: [f64; 2],
}

/// Rows still to be cut, below node `at`.
struct Task {
    at: usize,
    start: usize,
    end: usize,
    depth: usize,
    counts: Counts,
    /// A bit per column: set where all rows were seen to have one value.
    constant: Vec<u64>,
}

/// Where a node is cut.
#[derive(Clone, Copy)]
struct Split {
    /// Purity of the two sides; the higher, the purer.
    purity: f64,
    feature: usize,
    /// Ranks up to this go to the lower side.
    rank: u32,
    threshold: f32,
    low: Counts,
}

/// A tree in the making, with working memory.
struct Grower<'a> {
    rules: &'a Rules,
    data: &'a Ranked,
    /// The drawn rows. Rows of a node stand beside each other, in ascending order.
    rows: Vec<u32>,
    /// How often each of them was drawn.
    counts: Vec<Counts>,
    /// All columns, in an order that the draws change.
    features: Vec<usize>,
    /// Ranks of the node's rows in one column.
    ranks: Vec<u32>,
    /// Rows per rank; empty between uses.
    bins: Vec<Counts>,
    /// Ranks with counts, to be sorted.
    pairs: Vec<(u32, Counts)>,
    /// The rows of the upper side.
    upper: Vec<(u32, Counts)>,
}

impl Rules {
    /// Grows a tree over the distinct rows, each as often as it was drawn.
    pub fn grow(&self, data: &Ranked, drawn: Vec<Counts>, rng: &mut impl Rng) -> Tree {
        let rows: Vec<u32> =
            (0..drawn.len() as u32).filter(|&row| drawn[row as usize].0 > 0).collect();
        let counts: Vec<Counts> = drawn.into_iter().filter(|counts| counts.0 > 0).collect();
        let most = data.values.iter().map(Vec::len).max().unwrap_or(0);
        let grower = Grower {
            rules: self,
            data,
            rows,
            counts,
            features: (0..data.ranks.len()).collect(),
            ranks: Vec::new(),
            bins: vec![Counts::default(); most],
            pairs: Vec::new(),
            upper: Vec::new(),
        };
        let nodes = grower.grow(rng);
        #[expect(clippy::expect_used, reason = "children are added behind their parents, in pairs")]
        Tree::new(&nodes, data.ranks.len()).expect("a tree that fits together")
    }

    /// The outliers' share of the weight.
    fn share(&self, counts: Counts) -> f64 {
        let [inliers, outliers] = self.weights(counts);
        outliers / (inliers + outliers)
    }

    #[inline(always)]
    fn weights(&self, counts: Counts) -> [f64; 2] {
        let [inlier, outlier] = self.class_weights;
        [inlier * counts.inliers() as f64, outlier * counts.outliers() as f64]
    }

    /// The part of the Gini impurity that a cut changes: the sum over both sides of the squared class
    /// weights over the side's weight. The impurity falls as it rises.
    #[inline(always)]
    fn purity(&self, low: Counts, high: Counts) -> f64 {
        let side = |[a, b]: [f64; 2]| (a * a + b * b) / (a + b);
        side(self.weights(low)) + side(self.weights(high))
    }

    fn is_leaf(&self, counts: Counts, depth: usize) -> bool {
        let rows = counts.rows();
        counts.pure()
            || depth >= self.max_depth
            || rows < self.min_samples_split
            || rows < 2 * self.min_samples_leaf
    }
}

impl Grower<'_> {
    fn grow(mut self, rng: &mut impl Rng) -> Vec<Node> {
        let counts = Counts(self.counts.iter().map(|counts| counts.0).sum());
        let constant = vec![0; self.features.len().div_ceil(64)];
        let mut nodes = vec![Node::leaf(0, self.rules.share(counts))];
        let end = self.rows.len();
        let mut tasks = vec![Task { at: 0, start: 0, end, depth: 0, counts, constant }];
        while let Some(mut task) = tasks.pop() {
            if self.rules.is_leaf(task.counts, task.depth) {
                continue;
            }
            let Some(split) = self.best(&mut task, rng) else {
                continue;
            };
            let middle = self.partition(&task, &split);
            let low = nodes.len();
            let node = &mut nodes[task.at];
            node.feature = split.feature as u32;
            node.threshold = split.threshold;
            node.low = low as u32;
            let high = Counts(task.counts.0 - split.low.0);
            nodes.push(Node::leaf(low, self.rules.share(split.low)));
            nodes.push(Node::leaf(low + 1, self.rules.share(high)));
            let (depth, constant) = (task.depth + 1, task.constant.clone());
            let (start, end) = (middle, task.end);
            tasks.push(Task { at: low + 1, start, end, depth, counts: high, constant });
            tasks.push(Task { at: low, end: middle, depth, counts: split.low, ..task });
        }
        nodes
    }

    /// The best cut on the columns that are drawn; none if all columns are constant or no cut leaves
    /// enough rows on both sides.
    fn best(&mut self, task: &mut Task, rng: &mut impl Rng) -> Option<Split> {
        let n_features = self.features.len();
        let mut best = None;
        let mut found_varying = false;
        for looked_at in 0..n_features {
            if looked_at >= self.rules.candidates && found_varying {
                break;
            }
            let pick = rng.random_range(looked_at..n_features);
            self.features.swap(looked_at, pick);
            let feature = self.features[looked_at];
            let (word, bit) = (feature / 64, 1 << (feature % 64));
            if task.constant[word] & bit != 0 {
                continue;
            }
            if self.look_at(feature, task, &mut best) {
                found_varying = true;
            } else {
                task.constant[word] |= bit;
            }
        }
        best
    }

    /// Puts the best cut on a column in place of a worse one. `false` if the column is constant.
    fn look_at(&mut self, feature: usize, task: &Task, best: &mut Option<Split>) -> bool {
        let ranks = &self.data.ranks[feature];
        let (mut least, mut greatest) = (u32::MAX, 0);
        self.ranks.clear();
        self.ranks.extend(self.rows[task.start..task.end].iter().map(|&row| {
            let rank = ranks[row as usize];
            least = least.min(rank);
            greatest = greatest.max(rank);
            rank
        }));
        if least == greatest {
            return false;
        }
        let counts = &self.counts[task.start..task.end];
        let search = Search {
            rules: self.rules,
            feature,
            values: &self.data.values[feature],
            all: task.counts,
        };
        let span = (greatest - least) as usize + 1;
        if span <= 4 * counts.len() {
            for (&rank, counts) in self.ranks.iter().zip(counts) {
                self.bins[(rank - least) as usize].0 += counts.0;
            }
            let bins = self.bins[..span].iter_mut().enumerate();
            let filled = bins.map(|(i, counts)| (least + i as u32, std::mem::take(counts)));
            search.best_of(filled.filter(|(_, counts)| counts.0 > 0), best);
        } else {
            self.pairs.clear();
            self.pairs.extend(self.ranks.iter().copied().zip(counts.iter().copied()));
            self.pairs.sort_unstable_by_key(|(rank, _)| *rank);
            search.best_of(self.pairs.iter().copied(), best);
        }
        true
    }

    /// Brings the rows of the lower side to the front and returns where the upper side begins. Both
    /// keep their order, so that memory is read in one direction.
    fn partition(&mut self, task: &Task, split: &Split) -> usize {
        let ranks = &self.data.ranks[split.feature];
        let mut middle = task.start;
        self.upper.clear();
        for i in task.start..task.end {
            let (row, counts) = (self.rows[i], self.counts[i]);
            if ranks[row as usize] <= split.rank {
                self.rows[middle] = row;
                self.counts[middle] = counts;
                middle += 1;
            } else {
                self.upper.push((row, counts));
            }
        }
        for (i, &(row, counts)) in self.upper.iter().enumerate() {
            self.rows[middle + i] = row;
            self.counts[middle + i] = counts;
        }
        middle
    }
}

/// A search for the best cut on one column.
struct Search<'a> {
    rules: &'a Rules,
    feature: usize,
    values: &'a [f32],
    all: Counts,
}

impl Search<'_> {
    /// Tries every cut between two neighbouring ranks; `bins` come in ascending order, a rank may
    /// come several times. All of them are taken, for taking one is what empties it.
    #[inline(always)]
    fn best_of(&self, bins: impl Iterator<Item = (u32, Counts)>, best: &mut Option<Split>) {
        let least = self.rules.min_samples_leaf;
        let mut last: Option<u32> = None;
        let mut low = Counts::default();
        for (rank, counts) in bins {
            if let Some(last) = last
                && last < rank
                && low.rows() >= least
            {
                let high = Counts(self.all.0 - low.0);
                let purity = self.rules.purity(low, high);
                if high.rows() >= least && best.is_none_or(|best| purity > best.purity) {
                    let threshold = between(self.values[last as usize], self.values[rank as usize]);
                    *best =
                        Some(Split { purity, feature: self.feature, rank: last, threshold, low });
                }
            }
            low.0 += counts.0;
            last = Some(rank);
        }
    }
}

/// The largest single-precision number up to the middle of two: comparing with it gives what comparing
/// with the middle itself would give.
fn between(low: f32, high: f32) -> f32 {
    let middle = f64::midpoint(f64::from(low), f64::from(high));
    let rounded = middle as f32;
    if f64::from(rounded) <= middle { rounded } else { rounded.next_down() }
}
