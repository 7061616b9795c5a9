//! ROC curves: one figure of all rows, and one of all seeds of a row.

use oddbench_core::metrics::RocCurve;
use plotters::prelude::Circle;
use plotters::style::ShapeStyle;

use super::canvas::{Canvas, DrawError};
use super::chart::{Area, Frame, Key, Plot, SIZE, draw_curve, fill, legend, line, open};
use super::palette::{INK, INLIER, MUTED, SERIES};
use super::ticks::Axis;
use super::{Place, Scene, Sketch, row_of};
use crate::aggregate::{Metric, SummaryRow};
use crate::format;

/// The curves of the median seeds of all rows.
pub fn draw_all(scene: &Scene<'_>, _: Place) -> Result<Sketch, DrawError> {
    let title = "ROC curves of all models";
    let mut ranked = ranked(scene, Metric::RocAuc);
    ranked.retain(|(_, row, _)| curve(scene, row).is_some());
    let subtitle =
        "the seed with the median ROC-AUC of each model; area under the curve beside its name";
    let canvas = Canvas::draw(SIZE, |area| {
        let mut plot = open_unit(area, scene, title, subtitle, 190)?;
        for (index, row, _) in ranked.iter().rev() {
            if let Some(curve) = curve(scene, row) {
                let (style, dashed) = series(*index);
                draw_curve(&mut plot, &points(curve), style, dashed)?;
            }
        }
        legend(area, 190, &keys(&ranked))
    })?;
    Ok(Sketch {
        title: title.into(),
        caption: format!(
            "True positive rate over false positive rate. One curve per model: the seed whose ROC-AUC is the median. The diagonal is chance.{}",
            scene.supervised_note()
        ),
        alt: format!("ROC curves. Areas: {}.", listed(&ranked)),
        canvas,
    })
}

/// Every seed of a row, the median one bold, with the point of the first threshold rule.
pub fn draw_one(scene: &Scene<'_>, place: Place) -> Result<Sketch, DrawError> {
    let row = row_of(scene, place);
    let title = format!("{}: ROC curve", row.name);
    let others: Vec<&RocCurve> = row
        .trials
        .iter()
        .filter(|at| Some(**at) != row.median_trial)
        .filter_map(|&at| scene.curves[at].as_ref())
        .collect();
    let auc = row
        .median_trial
        .and_then(|at| scene.results.trials[at].evaluations.first()?.roc_auc)
        .map_or(String::new(), |auc| format!("AUC {auc:.3}"));
    let subtitle = scene.seed_words(row);
    let operating = operating_point(scene, row);
    let oracle = scene.results.manifest.thresholds.first().is_some_and(|t| t.is_oracle());
    let canvas = Canvas::draw(SIZE, |area| {
        let mut plot = open_unit(area, scene, &title, &subtitle, 150)?;
        for curve in &others {
            draw_curve(&mut plot, &points(curve), line(INLIER, 0.45, 1.0), false)?;
        }
        if let Some(curve) = curve(scene, row) {
            draw_curve(&mut plot, &points(curve), line(INLIER, 1.0, 2.2), false)?;
        }
        let mut keys = vec![(Key::Line(line(INLIER, 1.0, 2.2), false), auc.clone())];
        if !others.is_empty() {
            let label = format::counted(others.len(), "other seed");
            keys.push((Key::Line(line(INLIER, 0.45, 1.0), false), label));
        }
        if let Some(point) = operating {
            plot.draw_series([Circle::new(point, super::chart::px(4.0), fill(INK, 1.0))])?;
            let mark = if oracle { " †" } else { "" };
            keys.push((Key::Dot(fill(INK, 1.0)), format!("threshold{mark}")));
        }
        keys.push((Key::Line(line(MUTED, 1.0, 1.0), true), "chance".into()));
        legend(area, 150, &keys)
    })?;
    let mut caption = match others.len() {
        0 => String::new(),
        _ => "Bold: the median seed; thin: every other seed. ".to_owned(),
    };
    caption.push_str("Dot: the first rule's threshold.");
    if oracle {
        caption.push_str(" † chosen on the test rows.");
    }
    let alt = match operating {
        Some((fpr, tpr)) => format!(
            "ROC curve of {}, {auc}. At the threshold the false positive rate is {fpr:.3} and the true positive rate {tpr:.3}.",
            row.name
        ),
        None => format!("ROC curve of {}, {auc}.", row.name),
    };
    Ok(Sketch { title, caption, alt, canvas })
}

fn open_unit<'a>(
    area: &Area<'a>,
    scene: &Scene<'_>,
    title: &str,
    subtitle: &str,
    legend: i32,
) -> Result<Plot<'a>, DrawError> {
    let (x, y) = (Axis::unit("false positive rate"), Axis::unit("true positive rate"));
    let mut plot = open(area, &Frame { title, subtitle, stamp: scene.stamp(), x, y, legend })?;
    draw_curve(&mut plot, &[(0.0, 0.0), (1.0, 1.0)], line(MUTED, 1.0, 1.0), true)?;
    Ok(plot)
}

fn points(curve: &RocCurve) -> Vec<(f64, f64)> {
    curve.fpr.iter().copied().zip(curve.tpr.iter().copied()).collect()
}

/// False and true positive rate at the first rule's threshold of the median seed.
fn operating_point(scene: &Scene<'_>, row: &SummaryRow) -> Option<(f64, f64)> {
    let confusion = scene.results.trials[row.median_trial?].evaluations.first()?.confusion?;
    let (inliers, outliers) = (confusion.fp + confusion.tn, confusion.tp + confusion.fn_);
    let rate = |part: u64, of: u64| (of > 0).then(|| part as f64 / of as f64);
    Some((rate(confusion.fp, inliers)?, rate(confusion.tp, outliers)?))
}

/// The curve of a row's median seed.
pub fn curve<'s>(scene: &'s Scene<'_>, row: &SummaryRow) -> Option<&'s RocCurve> {
    scene.curves[row.median_trial?].as_ref()
}

/// Rows with a value of the metric at their median seed, the best first, each with the position that
/// decides its colour in every figure.
pub fn ranked<'s>(scene: &'s Scene<'_>, metric: Metric) -> Vec<(usize, &'s SummaryRow, f64)> {
    let value = |row: &SummaryRow| {
        metric.of(scene.results.trials[row.median_trial?].evaluations.first()?)
    };
    let mut ranked: Vec<_> = scene
        .rows
        .iter()
        .enumerate()
        .filter_map(|(index, row)| Some((index, row, value(row)?)))
        .collect();
    ranked.sort_by(|a, b| b.2.total_cmp(&a.2).then(a.0.cmp(&b.0)));
    ranked
}

/// The line of the row at that position.
pub fn series(index: usize) -> (ShapeStyle, bool) {
    let color = SERIES[index % SERIES.len()];
    (line(color, 1.0, 1.8), (index / SERIES.len()) % 2 == 1)
}

/// Legend entries: name and value, the best first.
pub fn keys(ranked: &[(usize, &SummaryRow, f64)]) -> Vec<(Key, String)> {
    let entry = |(index, row, value): &(usize, &SummaryRow, f64)| {
        let (style, dashed) = series(*index);
        (Key::Line(style, dashed), format!("{}  {}", format::share(*value), row.marked_name()))
    };
    ranked.iter().map(entry).collect()
}

/// `AE 0.963, PCA 0.754`.
pub fn listed(ranked: &[(usize, &SummaryRow, f64)]) -> String {
    let entry = |(_, row, value): &(usize, &SummaryRow, f64)| format!("{} {value:.3}", row.name);
    ranked.iter().map(entry).collect::<Vec<_>>().join(", ")
}
