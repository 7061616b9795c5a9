//! Misses over false alarms of all rows in one figure, the detection-error trade-off of Martin et al. ("The DET curve
//! in assessment of detection task performance", Eurospeech 1997). Their axes are normal deviates. These are
//! logarithms: a base rate of one in a thousand needs rates of false alarms far below one in a hundred, and a
//! logarithm gives each factor of ten the same room.

use oddbench_core::metrics::{Metric, RocCurve};

use super::precision_recall::sizes;
use super::roc::{curve, keys, listed, ranked};
use crate::aggregate::SummaryRow;
use crate::figures::{
    Axis, BESIDE, Canvas, Dash, DrawError, Figure, Frame, MUTED, SIZE, Scale, draw_series, line,
    open, series_line, switches,
};
use crate::format;
use crate::subject::Subject;

/// The axes, which start at one row of each class.
pub struct Rates {
    inliers: usize,
    outliers: usize,
    x: Axis,
    y: Axis,
}

/// The least false positive rate and the least miss rate that the test rows can show, as axes; `None` unless
/// there is a curve and each class has two rows.
pub fn rates(subject: Subject<'_>, curves: &[Option<RocCurve>]) -> Option<Rates> {
    let drawn = subject.rows.iter().filter(|row| curve(curves, row).is_some());
    // Folds differ by a row of each label: the larger one's curve fits too.
    let (inliers, outliers) = drawn.fold((0, 0), |(most, found), row| {
        let (outliers, rows) = sizes(subject, row);
        (most.max(rows - outliers), found.max(outliers))
    });
    let axis = |name, rows: usize| Axis::powers(name, Scale::Log.place(1.0 / rows as f64)..0.0);
    (inliers > 1 && outliers > 1).then(|| Rates {
        inliers,
        outliers,
        x: axis("false positive rate (logarithmic)", inliers),
        y: axis("miss rate (logarithmic)", outliers),
    })
}

/// The curves of the median seeds of all rows.
pub fn draw(
    subject: Subject<'_>,
    curves: &[Option<RocCurve>],
    rates: &Rates,
) -> Result<Figure, DrawError> {
    let title = "Misses and false alarms of all models";
    let mut ranked = ranked(subject, Metric::RocAuc);
    ranked.retain(|(_, row, _)| curve(curves, row).is_some());
    let subtitle = "median seeds; ROC-AUC beside each name; best: lower left";
    let (low, floor) = (1.0 / rates.inliers as f64, rates.y.range.start);
    let mut perfect = Vec::new();
    let lines = ranked.iter().filter_map(|(index, row, _)| {
        let points = steps(curve(curves, row)?, low, floor);
        if points.is_empty() {
            perfect.push(row.name.as_str());
        }
        Some((*index, points))
    });
    let lines: Vec<(usize, Vec<(f64, f64)>)> = lines.collect();
    let canvas = Canvas::draw(SIZE, |area| {
        let (x, y) = (rates.x.clone(), rates.y.clone());
        let frame = Frame { title, subtitle, stamp: subject.stamp(), x, y, legend: 190 };
        let mut plot = open(area, &frame)?;
        let dashed = (line(MUTED, 1.0, 1.0), Dash::Dashed);
        draw_series(&mut plot, (BESIDE, "chance"), &chance(low, floor), dashed)?;
        for (index, points) in lines.iter().rev().filter(|(_, points)| !points.is_empty()) {
            let name = subject.rows[*index].marked_name();
            draw_series(&mut plot, (*index, &name), points, series_line(*index))?;
        }
        switches(area, 190, &keys(&ranked))
    })?;
    Ok(Figure {
        title: title.into(),
        caption: caption(subject, rates, &perfect),
        alt: format!(
            "Miss rate over false positive rate on logarithmic axes. {}.",
            at_rates(curves, &ranked, low)
        ),
        canvas,
        ..Figure::default()
    })
}

fn caption(subject: Subject<'_>, rates: &Rates, perfect: &[&str]) -> String {
    let mut caption = format!(
        "Share of outliers that are missed over share of inliers that raise a false alarm. From one labelled mark to the next there are ten times as many errors. The axes start at one of the {} and one of the {} of the test rows: rarer errors cannot be seen on these rows. A curve starts at the left with what is missed without a false alarm, and leaves the figure below where nothing is missed. The dashed line is chance.",
        format::counted(rates.inliers, "inlier"),
        format::counted(rates.outliers, "outlier"),
    );
    if !perfect.is_empty() {
        caption.push_str(&format!(
            " No curve, because nothing is missed even without a false alarm: {}.",
            perfect.join(", ")
        ));
    }
    caption.push_str(subject.supervised_note());
    caption
}

/// `AE misses 0.120 at a false positive rate of 0.01`, for the powers of ten that the rows can show.
fn at_rates(curves: &[Option<RocCurve>], ranked: &[(usize, &SummaryRow, f64)], low: f64) -> String {
    let rates: Vec<f64> = [0.1, 0.01, 0.001].into_iter().filter(|rate| *rate >= low).collect();
    if rates.is_empty() {
        return format!("ROC-AUC: {}", listed(ranked));
    }
    let of = |(_, row, _): &(usize, &SummaryRow, f64)| {
        let curve = curve(curves, row)?;
        let said = rates.iter().map(|&rate| format!("{:.3} at {rate}", missed(curve, rate)));
        Some(format!("{} misses {}", row.name, said.collect::<Vec<_>>().join(", ")))
    };
    ranked.iter().filter_map(of).collect::<Vec<_>>().join("; ")
}

/// The least miss rate with no more than that false positive rate.
fn missed(curve: &RocCurve, most: f64) -> f64 {
    let within = curve.fpr.iter().zip(&curve.tpr).take_while(|(fpr, _)| **fpr <= most);
    within.last().map_or(1.0, |(_, tpr)| 1.0 - tpr)
}

/// The least miss rate over the most false positives, in steps and by their logarithms, from `low` on; empty
/// where nothing is missed without a false alarm. `floor` is the place of the lower edge.
fn steps(curve: &RocCurve, low: f64, floor: f64) -> Vec<(f64, f64)> {
    let place = |rate: f64| if rate > 0.0 { Scale::Log.place(rate) } else { floor };
    let mut before = missed(curve, 0.0);
    if before <= 0.0 {
        return Vec::new();
    }
    let mut points = vec![(place(low), place(before))];
    for (&fpr, &tpr) in curve.fpr.iter().zip(&curve.tpr).filter(|(fpr, _)| **fpr > 0.0) {
        points.extend([(place(fpr), place(before)), (place(fpr), place(1.0 - tpr))]);
        before = 1.0 - tpr;
        if before <= 0.0 {
            break;
        }
    }
    points
}

/// What a score without information gives: misses and false alarms add up to 1. Both ends are near an axis, so
/// that each half goes along the logarithm of the smaller rate.
fn chance(low: f64, floor: f64) -> Vec<(f64, f64)> {
    let (half, steps) = (Scale::Log.place(0.5), 60);
    let rest = |place: f64| Scale::Log.place(1.0 - 10_f64.powf(place));
    let along = |from: f64, to: f64| {
        (0..=steps).map(move |step| from + (to - from) * f64::from(step) / f64::from(steps))
    };
    let left = along(Scale::Log.place(low), half).map(|x| (x, rest(x)));
    left.chain(along(half, floor).map(|y| (rest(y), y))).collect()
}

#[cfg(test)]
mod tests {
    use oddbench_core::metrics::roc_curve;

    use super::*;

    /// Four inliers and two outliers; the highest score is an outlier's.
    fn curve() -> RocCurve {
        let labels = [true, false, true, false, false, false];
        roc_curve(&labels, &[6.0, 5.0, 4.0, 3.0, 2.0, 1.0]).unwrap()
    }

    #[test]
    fn steps_start_at_one_false_alarm_and_leave_below() {
        // Without a false alarm one of two outliers is missed; with one of four, none.
        let half = (0.25, 0.5);
        let expected = [half, half, half, half, (0.25, 0.0)];
        let points = steps(&curve(), 0.25, -9.0);
        assert_eq!(points.len(), expected.len(), "{points:?}");
        for ((x, y), (fpr, miss)) in points.into_iter().zip(expected) {
            assert!((10_f64.powf(x) - fpr).abs() < 1e-12);
            let below = miss == 0.0 && y == -9.0;
            assert!(below || (10_f64.powf(y) - miss).abs() < 1e-12, "{y} is not {miss}");
        }
    }

    #[test]
    fn a_model_without_errors_has_no_curve() {
        let perfect = roc_curve(&[true, false, false], &[3.0, 2.0, 1.0]).unwrap();
        assert!(steps(&perfect, 0.5, -9.0).is_empty());
    }

    #[test]
    fn equal_scores_miss_everything_until_all_rows_are_called() {
        let constant = roc_curve(&[true, false, false], &[1.0; 3]).unwrap();
        assert_eq!(missed(&constant, 0.99), 1.0);
        // From one false alarm of two, along the upper edge, and down at the right.
        let points = steps(&constant, 0.5, -9.0);
        assert_eq!(points, [(0.5_f64.log10(), 0.0), (0.0, 0.0), (0.0, -9.0)]);
    }

    #[test]
    fn chance_is_where_the_rates_add_up_to_one() {
        let points = chance(1e-4, -5.0);
        assert_eq!((points[0].0, points.last().unwrap().1), (-4.0, -5.0));
        for (x, y) in points {
            assert!((10_f64.powf(x) + 10_f64.powf(y) - 1.0).abs() < 1e-12);
        }
    }
}
