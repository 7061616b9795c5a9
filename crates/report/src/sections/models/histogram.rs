//! Histogram of the test scores, inliers and outliers apart, with the threshold.

use plotters::prelude::{PathElement, Rectangle};
use plotters::style::text_anchor::{HPos, VPos};

use crate::aggregate::SummaryRow;
use crate::figures::{
    Axes, Axis, Canvas, Dash, DrawError, Figure, Frame, INK, INLIER, Key, MUTED, OUTLIER, SIZE,
    Scale, annotate, bold, draw_curve, fill, is_power, legend, line, open,
};
use crate::format;
use crate::subject::Subject;

const BINS: usize = 64;
/// A count of one stands this far above the floor of the logarithmic axis: log10(1 / 0.5).
const FLOOR: f64 = -0.301;

/// The bins of one histogram.
struct Bins {
    scale: Scale,
    /// Plotted range.
    low: f64,
    high: f64,
    inliers: [usize; BINS],
    outliers: [usize; BINS],
    /// Rows left of the range and right of it, counted in the first and last bin.
    beyond: usize,
}

/// Draws the histogram of a row's median seed.
pub fn draw(subject: Subject<'_>, row: &SummaryRow) -> Result<Figure, DrawError> {
    let trial = subject.shown(row);
    let empty = Default::default();
    let test = trial.scores.as_ref().map_or(&empty, |scores| &scores.test);
    let thresholds: Vec<Option<f64>> = trial.evaluations.iter().map(|e| e.threshold).collect();
    let first = thresholds.first().copied().flatten();
    let bins = fill_bins(&test.scores, &test.labels, first);
    let beyond = match bins.beyond {
        0 => String::new(),
        n => format!(" · {} beyond the ends counted in the end bins", format::counted(n, "row")),
    };
    let subtitle = format!("{}{beyond}", subject.seed_words(row));
    let title = format!("{}: scores of the test rows", row.name);
    let canvas = Canvas::draw(SIZE, |area| {
        let tallest = bins.inliers.iter().chain(&bins.outliers).max().copied().unwrap_or(1).max(1);
        let top = (tallest as f64).log10() + 0.18;
        let mut y = Axis::new("rows (logarithmic)", Scale::Log, FLOOR..top.max(0.7));
        y.ticks.retain(|(at, _)| is_power(*at));
        // There is less than one row only where a bin is empty.
        y.minor.retain(|at| *at > 0.0);
        let name = if bins.scale == Scale::Log { "score (logarithmic)" } else { "score" };
        let x = Axis::new(name, bins.scale, bins.low..bins.high);
        let frame =
            Frame { title: &title, subtitle: &subtitle, stamp: subject.stamp(), x, y, legend: 132 };
        let mut plot = open(area, &frame)?;
        plot.draw_series(
            bars(&bins, &bins.inliers).map(|corners| Rectangle::new(corners, fill(INLIER, 0.5))),
        )?;
        plot.draw_series(
            bars(&bins, &bins.outliers).map(|corners| Rectangle::new(corners, fill(OUTLIER, 0.22))),
        )?;
        for run in outline(&bins, &bins.outliers) {
            plot.draw_series([PathElement::new(run, line(OUTLIER, 1.0, 1.5))])?;
        }
        draw_thresholds(&mut plot, &bins, &thresholds, subject)?;
        let keys = [
            (Key::Box(fill(INLIER, 0.5), None), "inliers".to_owned()),
            (Key::Box(fill(OUTLIER, 0.22), Some(line(OUTLIER, 1.0, 1.5))), "outliers".to_owned()),
            (
                Key::Line(line(INK, 1.0, 1.4), Dash::Dashed),
                format!("threshold{}", oracle_mark(subject, 0)),
            ),
        ];
        let shown = if thresholds.iter().all(Option::is_none) { 2 } else { 3 };
        legend(area, 132, &keys[..shown])
    })?;
    Ok(Figure {
        alt: alt(subject, row.name.as_str(), &test.labels, &test.scores, first),
        caption: caption(subject, &subtitle),
        title,
        canvas,
        ..Figure::default()
    })
}

fn oracle_mark(subject: Subject<'_>, rule: usize) -> &'static str {
    match subject.results.manifest.experiment.thresholds.get(rule) {
        Some(settings) if settings.is_oracle() => " †",
        _ => "",
    }
}

fn caption(subject: Subject<'_>, subtitle: &str) -> String {
    let mut text = format!("Filled: inliers. Outlined: outliers. {}", format::sentence(subtitle));
    if subject.has_oracle() {
        text.push_str(" † threshold chosen on the test rows.");
    }
    text
}

fn alt(
    subject: Subject<'_>,
    name: &str,
    labels: &[bool],
    scores: &[f64],
    threshold: Option<f64>,
) -> String {
    let outliers = labels.iter().filter(|&&label| label).count();
    let mut text = format!(
        "Histogram of the scores that {name} gives {} and {}.",
        format::counted(labels.len() - outliers, "inlier"),
        format::counted(outliers, "outlier"),
    );
    if let Some(threshold) = threshold {
        let above = |want: bool, noun| {
            let rows = labels.iter().zip(scores);
            let rows = rows.filter(|(label, score)| **label == want && **score > threshold);
            format::counted(rows.count(), noun)
        };
        text.push_str(&format!(
            " Above the threshold{} of {} lie {} and {}.",
            oracle_mark(subject, 0),
            format::significant(threshold, 4),
            above(false, "inlier"),
            above(true, "outlier"),
        ));
    }
    text
}

fn fill_bins(scores: &[f64], labels: &[bool], threshold: Option<f64>) -> Bins {
    let (scale, low, high) = range(scores, threshold);
    let mut bins = Bins { scale, low, high, inliers: [0; BINS], outliers: [0; BINS], beyond: 0 };
    for (&score, &outlier) in scores.iter().zip(labels) {
        let at = (scale.place(score) - low) / (high - low) * BINS as f64;
        bins.beyond += usize::from(!(0.0..=BINS as f64).contains(&at));
        let bin = (at.max(0.0) as usize).min(BINS - 1);
        let counts = if outlier { &mut bins.outliers } else { &mut bins.inliers };
        counts[bin] += 1;
    }
    bins
}

/// The scale and the plotted range: all scores, or all but the outermost half per cent on a side whose
/// tail would squeeze the rest; the threshold is inside wherever that costs no more than half the plot.
fn range(scores: &[f64], threshold: Option<f64>) -> (Scale, f64, f64) {
    let mut sorted = scores.to_vec();
    sorted.sort_unstable_by(f64::total_cmp);
    let (Some(&min), Some(&max)) = (sorted.first(), sorted.last()) else {
        return (Scale::Linear, 0.0, 1.0);
    };
    let quantile = |q: f64| sorted[((sorted.len() - 1) as f64 * q).round() as usize];
    let positive = min > 0.0 && threshold.is_none_or(|t| t > 0.0);
    let heavy = positive && quantile(0.995) > 50.0 * quantile(0.5);
    let scale = if heavy { Scale::Log } else { Scale::Linear };
    let [min, low, high, max] =
        [min, quantile(0.005), quantile(0.995), max].map(|v| scale.place(v));
    let span = (high - low).max(f64::MIN_POSITIVE);
    let mut start = if low - min <= span / 2.0 { min } else { low };
    let mut end = if max - high <= span / 2.0 { max } else { high };
    if let Some(threshold) = threshold.map(|t| scale.place(t)) {
        let span = end - start;
        if threshold < start && start - threshold <= span {
            start = threshold - span * 0.03;
        } else if threshold > end && threshold - end <= span {
            end = threshold + span * 0.03;
        }
    }
    if end - start <= 1e-12 * end.abs().max(1e-300) {
        let room = start.abs().max(1.0) * 0.5;
        return (scale, start - room, end + room);
    }
    (scale, start, end)
}

/// The corners of each bin's bar that has rows.
fn bars(bins: &Bins, counts: &[usize; BINS]) -> impl Iterator<Item = [(f64, f64); 2]> {
    let edge = edges(bins);
    counts
        .iter()
        .enumerate()
        .filter(|(_, count)| **count > 0)
        .map(move |(bin, &count)| [(edge(bin), FLOOR), (edge(bin + 1), (count as f64).log10())])
}

/// The contour of each run of bins that have rows.
fn outline(bins: &Bins, counts: &[usize; BINS]) -> Vec<Vec<(f64, f64)>> {
    let edge = edges(bins);
    let mut runs = Vec::new();
    let mut run: Vec<(f64, f64)> = Vec::new();
    for (bin, &count) in counts.iter().enumerate() {
        if count == 0 {
            continue;
        }
        let height = (count as f64).log10();
        if run.is_empty() {
            run.push((edge(bin), FLOOR));
        }
        run.extend([(edge(bin), height), (edge(bin + 1), height)]);
        if counts.get(bin + 1).is_none_or(|&next| next == 0) {
            run.push((edge(bin + 1), FLOOR));
            runs.push(std::mem::take(&mut run));
        }
    }
    runs
}

fn edges(bins: &Bins) -> impl Fn(usize) -> f64 + use<> {
    let (low, width) = (bins.low, (bins.high - bins.low) / BINS as f64);
    move |bin| low + width * bin as f64
}

/// The first rule's threshold with its value; further ones thinner, with their numbers.
fn draw_thresholds(
    plot: &mut Axes<'_>,
    bins: &Bins,
    thresholds: &[Option<f64>],
    subject: Subject<'_>,
) -> Result<(), DrawError> {
    let top = plot.y_range().end;
    for (rule, &threshold) in thresholds.iter().enumerate().rev() {
        let Some(threshold) = threshold else { continue };
        let at = bins.scale.place(threshold);
        let inside = at >= bins.low && at <= bins.high;
        let color = if rule == 0 { INK } else { MUTED };
        if inside {
            let width = if rule == 0 { 1.5 } else { 1.0 };
            draw_curve(plot, &[(at, FLOOR), (at, top)], line(color, 1.0, width), Dash::Dashed)?;
        }
        let right = at > (bins.low + bins.high) / 2.0;
        let shift = (if right { -5.0 } else { 5.0 }, 3.0 + 15.0 * rule as f64);
        let value = format::significant(threshold, 4);
        let mut label = match (inside, right) {
            (true, _) => value,
            (false, true) => format!("threshold {value} →"),
            (false, false) => format!("← threshold {value}"),
        };
        if thresholds.len() > 1 {
            label = format!("rule {}: {label}", rule + 1);
        }
        label.push_str(oracle_mark(subject, rule));
        let side = if right { HPos::Right } else { HPos::Left };
        let point = (if inside { at } else { at.clamp(bins.low, bins.high) }, top);
        annotate(plot, point, shift, label, bold(10.5, color, side, VPos::Top))?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_heavy_tail_is_clipped_and_counted() {
        let mut scores: Vec<f64> = (0..1000).map(|i| f64::from(i) / 1000.0 - 0.5).collect();
        scores.push(1e6);
        let bins = fill_bins(&scores, &vec![false; 1001], Some(0.1));
        assert_eq!(bins.scale, Scale::Linear);
        assert!(bins.high < 1.0);
        // The far row, and the half per cent of ordinary ones beyond the quantile.
        assert!((1..=6).contains(&bins.beyond), "{}", bins.beyond);
        assert_eq!(bins.inliers.iter().sum::<usize>(), 1001);
    }

    #[test]
    fn equal_scores_have_a_range() {
        let bins = fill_bins(&[2.0; 9], &[true; 9], Some(2.0));
        assert!(bins.low < 2.0 && bins.high > 2.0);
        assert_eq!((bins.outliers.iter().sum::<usize>(), bins.beyond), (9, 0));
    }

    #[test]
    fn positive_scores_over_decades_get_a_logarithmic_axis() {
        let scores: Vec<f64> = (0..1000).map(|i| 10_f64.powf(f64::from(i) / 150.0 - 3.0)).collect();
        assert_eq!(range(&scores, Some(0.5)).0, Scale::Log);
        assert_eq!(range(&scores, Some(-1.0)).0, Scale::Linear);
    }
}
