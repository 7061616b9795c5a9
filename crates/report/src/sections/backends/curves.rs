//! Measured points, joined by a line per series.

use plotters::prelude::Circle;

use crate::figures::{
    Axis, BESIDE, Canvas, Dash, DrawError, Frame, Key, MUTED, Pen, SERIES, SIZE, Series,
    draw_curve, draw_series, fill, line, open, px, series_line, switches, take,
};

/// Room for the names on the right.
const LEGEND: i32 = 190;

/// A series.
pub struct Curve {
    /// What it is called.
    pub name: String,
    /// Positions on both axes, after scaling.
    pub points: Vec<(f64, f64)>,
}

/// The series under a title, with a dashed level across if there is one: its name and its position on the vertical axis.
pub fn draw_curves(
    (title, subtitle, stamp): (&str, &str, Option<&str>),
    [x, y]: [Axis; 2],
    level: Option<(&str, f64)>,
    curves: &[Curve],
) -> Result<Canvas, DrawError> {
    Canvas::draw(SIZE, |area| {
        let across = level.map(|(name, at)| (name, [(x.range.start, at), (x.range.end, at)]));
        let frame = Frame { title, subtitle, stamp, x, y, legend: LEGEND };
        let mut plot = open(area, &frame)?;
        if let Some((name, ends)) = across {
            let dashed = (line(MUTED, 1.0, 1.0), Dash::Dashed);
            draw_series(&mut plot, (BESIDE, name), &ends, dashed)?;
        }
        let mut keys = Vec::new();
        for (key, curve) in curves.iter().enumerate() {
            let color = SERIES[key % SERIES.len()];
            let (style, dash) = series_line(key);
            let name = curve.name.clone();
            take(&plot, &Pen::Series(Series { key, name: name.clone(), value: String::new() }))?;
            draw_curve(&mut plot, &curve.points, style, dash)?;
            let dot = |point: &(f64, f64)| Circle::new(*point, px(2.5), fill(color, 1.0));
            plot.draw_series(curve.points.iter().map(dot))?;
            keys.push((Some(key), Key::Line(style, dash), name));
        }
        take(&plot, &Pen::Frame)?;
        switches(area, LEGEND, &keys)
    })
}
