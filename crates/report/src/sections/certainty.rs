//! How sure the comparison is: bootstrap intervals over the test rows, and paired differences between
//! models. Of a row with several seeds it is the median one that is resampled; how far seeds differ is
//! in the comparison itself.

pub mod resampled;

use oddbench_core::metrics::{Metric, PerMetric};
use oddbench_core::stats::{Difference, Interval, Measured, differences};

use crate::aggregate::SummaryRow;
use crate::document::Block;
use crate::figures::Figure;
use crate::format::{self, ORACLE_SHORT, UNKNOWN};
use crate::scene::Scene;
use crate::table::{Cell, Table, by_supervision, heads, metric_head};
use crate::topic::Topic;
use resampled::{Intervals, Resampled, Shown};

/// The section; none where the test rows are not resampled, because there are too many or folds do not share them.
pub const TOPIC: Topic = Topic::new("certainty", "How sure", blocks);

/// The metrics that have intervals.
const INTERVALS: [Metric; 5] =
    [Metric::Precision, Metric::Recall, Metric::F1, Metric::RocAuc, Metric::AveragePrecision];

/// The metrics of an operator that have intervals here; the section of the operator has the others.
const OPERATORS: [Metric; 4] =
    [Metric::Mcc, Metric::BalancedAccuracy, Metric::MacroRecall, Metric::PartialRocAuc];

/// Below this, a difference counts as more than chance.
const SIGNIFICANCE: f64 = 0.05;

/// Intervals under the first threshold rule, and differences from the best unsupervised model.
fn blocks(scene: &Scene<'_>, figures: Vec<Figure>) -> Vec<Block> {
    let resampled = scene.resampled();
    let tables = [
        resampled.map(|Resampled { shown, measured, .. }| interval_table(scene, shown, measured)),
        scene.intervals().map(|intervals| operator_table(scene, intervals)),
        resampled
            .and_then(|Resampled { shown, measured, .. }| difference_table(scene, shown, measured)),
    ];
    Block::usual([], figures, tables.into_iter().flatten())
}

/// The metrics of an operator that are no figures of an operating point, for any number of test rows.
fn operator_table(scene: &Scene<'_>, intervals: &Intervals<'_>) -> Table {
    let oracle = scene.is_oracle();
    let mut head = heads(&["Model"], &[]);
    head.extend(OPERATORS.map(|metric| metric_head(metric, oracle)));
    let body = |row: &SummaryRow| {
        let own = intervals.of_rows.iter().find(|(shown, _)| std::ptr::eq(shown.row, row));
        let cell = |metric: Metric| {
            let value = |(shown, found): &(Shown<'_>, PerMetric<Option<Interval>>)| {
                Some((shown.evaluation?.metrics[metric]?, found[metric]?))
            };
            let Some((value, Interval { low, high })) = own.and_then(value) else {
                return Cell::new(UNKNOWN);
            };
            let [value_text, low, high] = [value, low, high].map(format::share);
            Cell::of(value, format!("{value_text} ({low} to {high})"))
        };
        [Cell::new(row.name.as_str())].into_iter().chain(OPERATORS.map(cell)).collect()
    };
    let caption =
        scene.caption("What both classes weigh alike, with 95 % intervals, first threshold rule");
    let groups = by_supervision(intervals.of_rows.iter().map(|(shown, _)| shown.row), body);
    let mut notes = vec![
        "Balanced accuracy: the mean of the shares of attacks and of benign rows that are called rightly. Macro recall: the mean recall over the classes of attacks, so that a rare attack counts as much as a frequent one. Partial ROC-AUC: up to a false positive rate of 0.01, 1/2 for chance and 1 at best.".to_owned(),
        "Percentile bootstrap, 1,000 resamples of the test rows, each label for itself; the median seed. The threshold is held fixed.".to_owned(),
    ];
    notes.extend(oracle.then(|| ORACLE_SHORT.to_owned()));
    Table::grouped(caption, head, groups).notes(notes)
}

fn intervals(shown: &Shown<'_>, measured: &Measured) -> Vec<Cell> {
    let Some(evaluation) = shown.evaluation else {
        return vec![Cell::new(UNKNOWN); INTERVALS.len()];
    };
    let found = measured.intervals();
    let cell = |metric| interval_cell(evaluation.metrics[metric], found[metric]);
    INTERVALS.map(cell).to_vec()
}

fn interval_cell(value: Option<f64>, interval: Option<Interval>) -> Cell {
    match (value, interval) {
        (Some(value), Some(Interval { low, high })) => {
            Cell::of(value, format!("{} to {}", format::share(low), format::share(high)))
        }
        _ => Cell::new(UNKNOWN),
    }
}

fn interval_table(scene: &Scene<'_>, shown: &[Shown<'_>], measured: &[Measured]) -> Table {
    let head = heads(&["Model"], &["Precision", "Recall", "F1", "ROC-AUC", "Average precision"]);
    let body = |row: &SummaryRow| {
        let own = shown.iter().zip(measured).find(|(shown, _)| std::ptr::eq(shown.row, row));
        let figures = own.map(|(shown, measured)| intervals(shown, measured)).unwrap_or_default();
        [Cell::new(row.name.as_str())].into_iter().chain(figures).collect()
    };
    let caption = scene.caption("95 % intervals over test rows, first threshold rule");
    let groups = by_supervision(shown.iter().map(|shown| shown.row), body);
    Table::grouped(caption, head, groups).notes([
            "Percentile bootstrap, 1,000 resamples, each label for itself; the median seed. The threshold is held fixed: an oracle's own uncertainty is not in them, nor that of another seed.",
    ])
}

/// Every model against the best unsupervised one. `None` for fewer than two models.
fn difference_table(
    scene: &Scene<'_>,
    shown: &[Shown<'_>],
    measured: &[Measured],
) -> Option<Table> {
    let auc = |shown: &Shown<'_>| {
        shown.evaluation.and_then(|evaluation| evaluation.metrics[Metric::RocAuc])
    };
    let ranked = shown.iter().enumerate().filter(|(_, shown)| !shown.row.supervised);
    let (best, _) = ranked
        .filter_map(|(at, shown)| Some((at, auc(shown)?)))
        .max_by(|a, b| a.1.total_cmp(&b.1))?;
    if shown.len() < 2 {
        return None;
    }
    let areas = differences(measured, Metric::RocAuc)?;
    let precisions = differences(measured, Metric::AveragePrecision)?;
    let rows = (0..shown.len()).filter(|&at| at != best).map(|at| {
        let mut cells = vec![Cell::new(shown[at].row.marked_name())];
        for differences in [&areas, &precisions] {
            cells.extend(difference_cells(differences, at, best));
        }
        cells
    });
    let words = format!("Difference from {}, the best by ROC-AUC", shown[best].row.name);
    let head = heads(
        &["Model"],
        &["ROC-AUC", "95 % interval", "p, Holm", "Average precision", "95 % interval", "p, Holm"],
    );
    Some(Table::new(scene.caption(&words), head, rows.collect()).notes([
            "Paired bootstrap on the same resamples of the test rows (median seeds); p-values of the normal approximation, corrected for all pairs of models by Holm's method. A p above 0.05, marked, may be chance. One seed stands for each model here: seeds may differ by more than test rows do.",
    ]))
}

fn difference_cells(differences: &[Difference], at: usize, best: usize) -> [Cell; 3] {
    let pair = (at.min(best), at.max(best));
    let Some(found) = differences.iter().find(|d| (d.first, d.second) == pair) else {
        return [Cell::new(UNKNOWN), Cell::new(UNKNOWN), Cell::new(UNKNOWN)];
    };
    // The list has first minus second.
    let sign = if at < best { 1.0 } else { -1.0 };
    let ends = [sign * found.interval.low, sign * found.interval.high];
    let (low, high) = (ends[0].min(ends[1]), ends[0].max(ends[1]));
    let difference = sign * found.difference;
    let p = found.p_adjusted;
    let chance = p > SIGNIFICANCE;
    [
        Cell::of(difference, format::difference(difference)),
        Cell::new(format!("{} to {}", format::difference(low), format::difference(high))),
        Cell {
            attention: chance,
            ..Cell::of(p, if p < 0.001 { "< 0.001".to_owned() } else { format!("{p:.3}") })
        },
    ]
}
