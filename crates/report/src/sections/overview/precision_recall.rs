//! Precision over recall of all rows in one figure.

use oddbench_core::metrics::{Metric, RocCurve};

use super::roc::{curve, keys, listed, ranked};
use crate::aggregate::SummaryRow;
use crate::figures::{
    Axis, BESIDE, Canvas, Dash, DrawError, Figure, Frame, MUTED, SIZE, draw_series, line, open,
    series_line, switches,
};
use crate::format;
use crate::subject::Subject;

/// The curves of the median seeds of all rows.
pub fn draw(subject: Subject<'_>, curves: &[Option<RocCurve>]) -> Result<Figure, DrawError> {
    let title = "Precision-recall curves of all models";
    let labels = subject.test().map_or(&[][..], |test| &test.labels);
    let outliers = labels.iter().filter(|&&label| label).count();
    let share = outliers as f64 / labels.len().max(1) as f64;
    let mut ranked = ranked(subject, Metric::AveragePrecision);
    ranked.retain(|(_, row, _)| curve(curves, row).is_some());
    let subtitle = format!(
        "median seeds; median average precision beside each name; dashed: {} % are outliers",
        format::percent(share)
    );
    let canvas = Canvas::draw(SIZE, |area| {
        let (x, y) = (Axis::unit("recall"), Axis::unit("precision"));
        let frame = Frame { title, subtitle: &subtitle, stamp: subject.stamp(), x, y, legend: 190 };
        let mut plot = open(area, &frame)?;
        let chance = (line(MUTED, 1.0, 1.0), Dash::Dashed);
        let key = (BESIDE, "share of outliers");
        draw_series(&mut plot, key, &[(0.0, share), (1.0, share)], chance)?;
        for (index, row, _) in ranked.iter().rev() {
            if let Some(curve) = curve(curves, row) {
                let (outliers, rows) = sizes(subject, row);
                let points = steps(curve, outliers, rows);
                let name = row.marked_name();
                draw_series(&mut plot, (*index, &name), &points, series_line(*index))?;
            }
        }
        switches(area, 190, &keys(&ranked))
    })?;
    Ok(Figure {
        title: title.into(),
        caption: format!(
            "One curve per model: the seed in the middle by ROC-AUC. Drawn in steps, so that the area is the average precision of that seed. The dashed line is the share of outliers among the {} test rows: what calling every row an outlier gives.{}",
            format::count(labels.len()),
            subject.supervised_note()
        ),
        alt: format!("Precision-recall curves. Median average precisions: {}.", listed(&ranked)),
        canvas,
        ..Figure::default()
    })
}

/// Outliers and rows of the test part that a row's curve is of: folds differ by a row of each label.
pub fn sizes(subject: Subject<'_>, row: &SummaryRow) -> (usize, usize) {
    let scores = row.median_trial.and_then(|at| subject.results.trials[at].scores.as_ref());
    let labels = scores.map_or(&[][..], |scores| &scores.test.labels);
    (labels.iter().filter(|&&label| label).count(), labels.len())
}

/// Precision over recall in steps, from the points of the ROC curve and the sizes of the classes: a
/// precision holds from the recall before it to its own.
fn steps(curve: &RocCurve, outliers: usize, rows: usize) -> Vec<(f64, f64)> {
    let (positives, negatives) = (outliers as f64, (rows - outliers) as f64);
    let mut points = Vec::with_capacity(2 * curve.tpr.len());
    let mut before = 0.0;
    for (&fpr, &tpr) in curve.fpr.iter().zip(&curve.tpr) {
        let called = tpr * positives + fpr * negatives;
        if called <= 0.0 {
            continue;
        }
        let precision = tpr * positives / called;
        points.extend([(before, precision), (tpr, precision)]);
        before = tpr;
    }
    points
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_area_under_the_steps_is_the_average_precision() {
        // scores 4 3 2 1, labels 1 0 1 0: AP = 0.5 * 1 + 0.5 * 2/3 = 5/6
        let curve = RocCurve {
            fpr: vec![0.0, 0.0, 0.5, 0.5, 1.0],
            tpr: vec![0.0, 0.5, 0.5, 1.0, 1.0],
            thresholds: vec![f64::INFINITY, 4.0, 3.0, 2.0, 1.0],
        };
        let area: f64 = steps(&curve, 2, 4).windows(2).map(|p| (p[1].0 - p[0].0) * p[1].1).sum();
        assert!((area - 5.0 / 6.0).abs() < 1e-12);
    }
}
