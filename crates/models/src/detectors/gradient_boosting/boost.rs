//! Rows to forust-ml, and its trees back.

use std::collections::VecDeque;

use forust_ml::{GradientBooster, Matrix as Columns, tree};
use oddbench_core::DetectorError;

use super::{Boosted, GradientBoostingParams};
use crate::{
    decision_tree::{Node, Tree},
    distinct::Distinct,
    resample::Rows,
};

/// Trains the trees.
pub(super) fn fit(
    rows: &Rows<'_>,
    params: &GradientBoostingParams,
) -> Result<Boosted, DetectorError> {
    let table = Table::new(rows, params)?;
    let mut booster = GradientBooster::default()
        .set_iterations(params.n_estimators)
        .set_learning_rate(params.learning_rate as f32)
        .set_max_depth(params.max_depth)
        .set_min_leaf_weight(params.min_leaf_weight as f32)
        .set_l2(params.l2 as f32)
        .set_nbins(params.max_bins)
        .set_initialize_base_score(true);
    let columns = Columns::new(&table.values, table.weights.len(), table.columns.len());
    let failed = |message: String| DetectorError::Backend(message);
    booster
        .fit(&columns, &table.shares, &table.weights, None)
        .map_err(|e| failed(e.to_string()))?;
    let trees: Result<_, _> =
        booster.trees.iter().map(|tree| flat(tree, &table.columns, rows.x.cols())).collect();
    Ok(Boosted { base: booster.base_score, trees: trees.map_err(failed)? })
}

/// The distinct rows, without constant columns.
struct Table {
    /// The columns that vary.
    columns: Vec<usize>,
    /// Their values, one column after the other.
    values: Vec<f64>,
    /// The weight of each row.
    weights: Vec<f64>,
    /// The outliers' share of it.
    shares: Vec<f64>,
}

impl Table {
    fn new(rows: &Rows<'_>, params: &GradientBoostingParams) -> Result<Self, DetectorError> {
        let distinct = Distinct::new(&rows.x);
        let [inlier, outlier] = params.class_weight.of_classes(&rows.labels);
        let n = distinct.counts.len();
        let (mut weights, mut shares) = (vec![0.0; n], vec![0.0; n]);
        for (&row, &is_outlier) in distinct.of.iter().zip(rows.labels.iter()) {
            weights[row as usize] += if is_outlier { outlier } else { inlier };
            shares[row as usize] += if is_outlier { outlier } else { 0.0 };
        }
        shares.iter_mut().zip(&weights).for_each(|(share, weight)| *share /= weight);
        let x = &distinct.rows;
        let varies = |column: &usize| x.column(*column).any(|v| v != x.row(0)[*column]);
        let columns: Vec<usize> = (0..x.cols()).filter(varies).collect();
        if columns.is_empty() {
            let message = "every column is constant: there is nothing to learn from";
            return Err(DetectorError::BadInput(message.into()));
        }
        let values = columns.iter().flat_map(|&j| x.column(j).map(f64::from)).collect();
        Ok(Self { columns, values, weights, shares })
    }
}

/// forust-ml's tree with its nodes in our order.
fn flat(tree: &tree::Tree, columns: &[usize], n_features: usize) -> Result<Tree, String> {
    let mut nodes = vec![Node::leaf(0, 0.0)];
    let mut pending = VecDeque::from([(0, 0)]);
    while let Some((theirs, at)) = pending.pop_front() {
        let node = &tree.nodes[theirs];
        nodes[at].value = f64::from(node.weight_value);
        if node.is_leaf {
            continue;
        }
        let low = nodes.len();
        nodes[at].feature = columns[node.split_feature] as u32;
        nodes[at].threshold = below(node.split_value);
        nodes[at].low = low as u32;
        nodes.extend([Node::leaf(low, 0.0), Node::leaf(low + 1, 0.0)]);
        pending.extend([(node.left_child, low), (node.right_child, low + 1)]);
    }
    Tree::new(&nodes, n_features)
}

/// The largest single-precision number that is less than `value`. A single-precision number is at most as large as it
/// exactly if it is less than `value`.
fn below(value: f64) -> f32 {
    let rounded = value as f32;
    if f64::from(rounded) < value { rounded } else { rounded.next_down() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn up_to_the_number_below_is_below() {
        for value in [0.1, 0.5, 1.0, -3.3, 1e-30, 7.25e20, f64::from(f32::MIN_POSITIVE)] {
            let threshold = below(value);
            assert!(f64::from(threshold) < value && f64::from(threshold.next_up()) >= value);
        }
    }
}
