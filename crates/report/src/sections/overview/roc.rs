//! ROC curves of all rows in one figure.

use crate::aggregate::SummaryRow;
use crate::figures::{
    Area, Axes, Axis, BESIDE, Canvas, Dash, DrawError, Figure, Frame, Key, MUTED, SIZE,
    draw_series, line, open, series_line, switches,
};
use crate::format;
use crate::subject::Subject;
use oddbench_core::metrics::{Metric, RocCurve};

/// The curves of the median seeds of all rows.
pub fn draw(subject: Subject<'_>, curves: &[Option<RocCurve>]) -> Result<Figure, DrawError> {
    let title = "ROC curves of all models";
    let mut ranked = ranked(subject, Metric::RocAuc);
    ranked.retain(|(_, row, _)| curve(curves, row).is_some());
    let subtitle = "the seed with the median ROC-AUC of each model; beside its name the median area over trials";
    let canvas = Canvas::draw(SIZE, |area| {
        let mut plot = open_unit(area, subject, title, subtitle, 190)?;
        for (index, row, _) in ranked.iter().rev() {
            if let Some(curve) = curve(curves, row) {
                let name = row.marked_name();
                draw_series(&mut plot, (*index, &name), &points(curve), series_line(*index))?;
            }
        }
        switches(area, 190, &keys(&ranked))
    })?;
    Ok(Figure {
        title: title.into(),
        caption: format!(
            "True positive rate over false positive rate. One curve per model: the seed in the middle by ROC-AUC. The diagonal is chance.{}",
            subject.supervised_note()
        ),
        alt: format!("ROC curves. Median areas: {}.", listed(&ranked)),
        canvas,
        ..Figure::default()
    })
}

/// Axes of rates with the diagonal of chance.
pub fn open_unit<'a>(
    area: &Area<'a>,
    subject: Subject<'_>,
    title: &str,
    subtitle: &str,
    legend: i32,
) -> Result<Axes<'a>, DrawError> {
    let (x, y) = (Axis::unit("false positive rate"), Axis::unit("true positive rate"));
    let mut plot = open(area, &Frame { title, subtitle, stamp: subject.stamp(), x, y, legend })?;
    let chance = (line(MUTED, 1.0, 1.0), Dash::Dashed);
    draw_series(&mut plot, (BESIDE, "chance"), &[(0.0, 0.0), (1.0, 1.0)], chance)?;
    Ok(plot)
}

/// The points of a curve in the plot.
pub fn points(curve: &RocCurve) -> Vec<(f64, f64)> {
    curve.fpr.iter().copied().zip(curve.tpr.iter().copied()).collect()
}

/// The curve of a row's median seed.
pub fn curve<'s>(curves: &'s [Option<RocCurve>], row: &SummaryRow) -> Option<&'s RocCurve> {
    curves[row.median_trial?].as_ref()
}

/// Rows with scores and their median of the metric over trials, the best first, each with the position that
/// decides its colour in every figure.
pub fn ranked<'s>(subject: Subject<'s>, metric: Metric) -> Vec<(usize, &'s SummaryRow, f64)> {
    let value = |row: &SummaryRow| {
        row.median_trial?;
        Some(row.metric(0, metric)?.median)
    };
    let mut ranked: Vec<_> = subject
        .rows
        .iter()
        .enumerate()
        .filter_map(|(index, row)| Some((index, row, value(row)?)))
        .collect();
    ranked.sort_by(|a, b| b.2.total_cmp(&a.2).then(a.0.cmp(&b.0)));
    ranked
}

/// Legend entries: name and median, the best first.
pub fn keys(ranked: &[(usize, &SummaryRow, f64)]) -> Vec<(Option<usize>, Key, String)> {
    let entry = |(index, row, value): &(usize, &SummaryRow, f64)| {
        let (style, dash) = series_line(*index);
        let text = format!("{}  {}", format::share(*value), row.marked_name());
        (Some(*index), Key::Line(style, dash), text)
    };
    ranked.iter().map(entry).collect()
}

/// `AE 0.963, PCA 0.754`.
pub fn listed(ranked: &[(usize, &SummaryRow, f64)]) -> String {
    let entry = |(_, row, value): &(usize, &SummaryRow, f64)| format!("{} {value:.3}", row.name);
    ranked.iter().map(entry).collect::<Vec<_>>().join(", ")
}
