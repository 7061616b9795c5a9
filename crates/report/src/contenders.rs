//! Which rows may be called the best: models of the experiment's own, by their medians.

use oddbench_core::metrics::Metric;

use crate::aggregate::SummaryRow;

/// Sanity models: every other model should beat them, so they are never called the best.
const SANITY: [&str; 3] = ["constant", "random", "extreme-value"];

/// Whether the line is that of a sanity model.
pub fn is_sanity(row: &SummaryRow) -> bool {
    SANITY.contains(&row.kind.as_str())
}

/// Whether the row may be called the best. What a model that was fitted elsewhere has seen is unknown here.
pub fn contends(row: &SummaryRow) -> bool {
    !is_sanity(row) && row.elsewhere.is_none()
}

/// Positions of the contenders of a group with a median of the metric, the best first; equal ones in their order.
pub fn ranked(rows: &[SummaryRow], supervised: bool, metric: Metric) -> Vec<usize> {
    let median = |at: usize| rows[at].metric(0, metric).map(|spread| spread.median);
    let of_group = |at: &usize| {
        let row = &rows[*at];
        row.supervised == supervised && contends(row) && median(*at).is_some()
    };
    let group = (0..rows.len()).filter(of_group);
    best_first(group.filter_map(|at| Some((at, median(at)?))))
        .into_iter()
        .map(|(at, _)| at)
        .collect()
}

/// What has the greatest figure first; equal ones in their order. Every sentence names the best by this order, so that
/// no two of them name different models where figures are equal.
pub fn best_first<T>(figures: impl IntoIterator<Item = (T, f64)>) -> Vec<(T, f64)> {
    let mut ranked: Vec<(T, f64)> = figures.into_iter().collect();
    ranked.sort_by(|a, b| b.1.total_cmp(&a.1));
    ranked
}
