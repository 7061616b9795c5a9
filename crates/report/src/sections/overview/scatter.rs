//! The test rows on their first two principal components, inliers and outliers in different marks.

use std::collections::BTreeSet;

use oddbench_core::record::Projection;
use plotters::prelude::{Circle, PathElement};
use plotters::style::{Color, ShapeStyle};

use crate::figures::{
    Axes, Axis, Canvas, DrawError, Figure, Frame, INLIER, Key, OUTLIER, Pen, SIZE, Scale, Series,
    line, open, px, switches, take,
};
use crate::format;

/// Draws the scatter; points that would fall on one another are drawn once.
pub fn draw(
    projection: &Projection,
    labels: &[bool],
    stamp: Option<&str>,
) -> Result<Figure, DrawError> {
    let points: Vec<(f64, f64, bool)> = projection
        .positions
        .iter()
        .zip(projection.x.iter().zip(&projection.y))
        .filter_map(|(&at, (&x, &y))| Some((f64::from(x), f64::from(y), *labels.get(at as usize)?)))
        .filter(|(x, y, _)| x.is_finite() && y.is_finite())
        .collect();
    let x_range = range(points.iter().map(|p| p.0));
    let y_range = range(points.iter().map(|p| p.1));
    let (inside, outside): (Vec<&(f64, f64, bool)>, Vec<_>) =
        points.iter().partition(|(x, y, _)| x_range.contains(x) && y_range.contains(y));
    let title = "Test rows on two principal components";
    let mut subtitle =
        format!("{} of {}", format::count(points.len()), format::counted(labels.len(), "row"));
    if !outside.is_empty() {
        subtitle.push_str(&format!(
            " · outside the frame: {}",
            format::counted(outside.len(), "far row")
        ));
    }
    let percent = |share: f64| format!("{} % of the training variance", format::percent(share));
    let canvas = Canvas::draw(SIZE, |area| {
        let x = Axis::new(
            format!("component 1 ({})", percent(projection.explained[0])),
            Scale::Linear,
            x_range.clone(),
        );
        let y = Axis::new(
            format!("component 2 ({})", percent(projection.explained[1])),
            Scale::Linear,
            y_range.clone(),
        );
        let frame = Frame { title, subtitle: &subtitle, stamp, x, y, legend: 116 };
        let mut plot = open(area, &frame)?;
        let dot = ShapeStyle { color: INLIER.mix(0.75), filled: true, stroke_width: 0 };
        let kind = |key, name: &str| {
            Pen::Series(Series { key, name: name.to_owned(), value: String::new() })
        };
        take(&plot, &kind(0, "inliers"))?;
        let inliers = distinct(&plot, inside.iter().filter(|p| !p.2).map(|p| (p.0, p.1)));
        plot.draw_series(inliers.into_iter().map(|at| Circle::new(at, px(1.9), dot)))?;
        let cross = line(OUTLIER, 1.0, 1.1);
        take(&plot, &kind(1, "outliers"))?;
        let outliers = distinct(&plot, inside.iter().filter(|p| p.2).map(|p| (p.0, p.1)));
        let arm = arm(&plot, 3.0);
        plot.draw_series(outliers.iter().flat_map(|&(x, y)| {
            [(1.0, 1.0), (1.0, -1.0)].map(|(sx, sy): (f64, f64)| {
                let (dx, dy) = (arm.0 * sx, arm.1 * sy);
                PathElement::new(vec![(x - dx, y - dy), (x + dx, y + dy)], cross)
            })
        }))?;
        take(&plot, &Pen::Frame)?;
        let keys = [
            (Some(0), Key::Dot(dot), "inliers".to_owned()),
            (Some(1), Key::Cross(cross), "outliers".to_owned()),
        ];
        switches(area, 116, &keys)
    })?;
    let outliers = points.iter().filter(|p| p.2).count();
    Ok(Figure {
        title: title.into(),
        caption: format!(
            "Components fitted on the training rows. Dots: inliers; crosses: outliers. {subtitle}."
        ),
        alt: format!(
            "Scatter of {} and {} on the first two principal components.",
            format::counted(points.len() - outliers, "inlier"),
            format::counted(outliers, "outlier"),
        ),
        canvas,
        ..Figure::default()
    })
}

/// The range of an axis, with some room: of all values, or of the middle 99 % if the outer values would squeeze them.
fn range(values: impl Iterator<Item = f64>) -> std::ops::Range<f64> {
    let mut sorted: Vec<f64> = values.collect();
    sorted.sort_unstable_by(f64::total_cmp);
    let (Some(&min), Some(&max)) = (sorted.first(), sorted.last()) else { return 0.0..1.0 };
    let quantile = |q: f64| sorted[((sorted.len() - 1) as f64 * q).round() as usize];
    let (low, high) = (quantile(0.005), quantile(0.995));
    let span = high - low;
    let start = if low - min <= span / 2.0 { min } else { low };
    let end = if max - high <= span / 2.0 { max } else { high };
    let room = ((end - start) * 0.04).max(start.abs() * 1e-3).max(1e-6);
    start - room..end + room
}

/// One point per figure unit.
fn distinct(plot: &Axes<'_>, points: impl Iterator<Item = (f64, f64)>) -> Vec<(f64, f64)> {
    let cell = arm(plot, 1.0);
    let mut taken = BTreeSet::new();
    points
        .filter(|(x, y)| taken.insert(((x / cell.0).round() as i64, (y / cell.1).round() as i64)))
        .collect()
}

/// The plotted length of that many figure units on each axis.
fn arm(plot: &Axes<'_>, units: f64) -> (f64, f64) {
    let (width, height) = plot.plotting_area().dim_in_pixel();
    let (x, y) = (plot.x_range(), plot.y_range());
    let length = f64::from(px(units));
    ((x.end - x.start) / f64::from(width) * length, (y.end - y.start) / f64::from(height) * length)
}
