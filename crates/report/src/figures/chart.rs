//! What the figures have in common: title, axes, legend, lines.

use plotters::coord::Shift;
use plotters::prelude::{
    Cartesian2d, ChartBuilder, ChartContext, Circle, Color, DrawingArea, LabelAreaPosition,
    PathElement, RGBColor, Rectangle, ShapeStyle, Text,
};
use plotters::style::text_anchor::{HPos, Pos, VPos};
use plotters::style::{FontStyle, IntoFont, RGBAColor, TextStyle};
use plotters_backend::BackendColor;

use super::canvas::{DrawError, Recorder, SUB};
use super::marks::{Dash, Measure, Pen, Series};
use super::palette::{GRID, INK, MUTED, SERIES};
use super::ticks::{Axis, Scale};
use super::{font, thin};

/// An area to draw on.
pub type Area<'a> = DrawingArea<Recorder<'a>, Shift>;

/// Axes to draw in.
pub type Axes<'a> = ChartContext<'a, Recorder<'a>, Cartesian2d<Axis, Axis>>;

/// Width and height of a figure in figure units.
pub const SIZE: (u32, u32) = (640, 420);

/// What stands around the axes.
pub struct Frame<'t> {
    /// The first line.
    pub title: &'t str,
    /// The second line; may be empty.
    pub subtitle: &'t str,
    /// A word in the corner that must not be overlooked, such as "synthetic data".
    pub stamp: Option<&'t str>,
    /// The horizontal axis.
    pub x: Axis,
    /// The vertical axis.
    pub y: Axis,
    /// Room for a legend on the right.
    pub legend: i32,
}

/// Figure units as backend pixels.
pub fn px(units: f64) -> i32 {
    (units * f64::from(SUB)).round() as i32
}

/// A text style: em size in figure units, colour, position around the point.
pub fn text(size: f64, color: RGBColor, h: HPos, v: VPos) -> TextStyle<'static> {
    let font = ("sans-serif", size * f64::from(SUB)).into_font();
    TextStyle { font, color: solid(color), pos: Pos::new(h, v) }
}

/// The same in bold.
pub fn bold(size: f64, color: RGBColor, h: HPos, v: VPos) -> TextStyle<'static> {
    let font = ("sans-serif", size * f64::from(SUB)).into_font().style(FontStyle::Bold);
    TextStyle { font, color: solid(color), pos: Pos::new(h, v) }
}

fn solid(RGBColor(r, g, b): RGBColor) -> BackendColor {
    BackendColor { alpha: 1.0, rgb: (r, g, b) }
}

/// A line's style: colour, opacity, width in figure units.
pub fn line(color: RGBColor, alpha: f64, width: f64) -> ShapeStyle {
    ShapeStyle { color: color.mix(alpha), filled: false, stroke_width: px(width) as u32 }
}

/// An area's style.
pub fn fill(color: RGBColor, alpha: f64) -> ShapeStyle {
    ShapeStyle { color: color.mix(alpha), filled: true, stroke_width: 0 }
}

/// Text that fits into that many figure units at that size, cut with an ellipsis.
pub fn fit(content: &str, size: f64, room: f64) -> String {
    if font::width(content, size) <= room {
        return content.to_owned();
    }
    let mut cut: Vec<char> = content.chars().collect();
    while cut.pop().is_some() {
        let candidate: String = cut.iter().collect::<String>() + "…";
        if font::width(&candidate, size) <= room {
            return candidate;
        }
    }
    String::new()
}

/// The same over so many lines at most, broken at spaces where that is possible; the last one is cut.
pub fn wrap(content: &str, size: f64, room: f64, most: usize) -> Vec<String> {
    let (mut lines, mut rest) = (vec![], content);
    while lines.len() + 1 < most && font::width(rest, size) > room {
        let ends = rest.char_indices().map(|(at, letter)| at + letter.len_utf8());
        let Some(end) = ends.take_while(|&end| font::width(&rest[..end], size) <= room).last()
        else {
            break;
        };
        let end = rest[..end].rfind(' ').filter(|&at| at > 0).unwrap_or(end);
        lines.push(rest[..end].trim_end().to_owned());
        rest = rest[end..].trim_start();
    }
    lines.push(fit(rest, size, room));
    lines
}

/// Title, second line and stamp.
pub fn head(
    area: &Area<'_>,
    title: &str,
    subtitle: &str,
    stamp: Option<&str>,
) -> Result<(), DrawError> {
    let width = f64::from(area.dim_in_pixel().0) / f64::from(SUB);
    let mut room = width - 32.0;
    if let Some(stamp) = stamp {
        let taken = font::width(stamp, 11.0) + 16.0;
        let (left, right) = (width - 14.0 - taken, width - 14.0);
        let frame =
            Rectangle::new([(px(left), px(11.0)), (px(right), px(31.0))], line(MUTED, 1.0, 1.0));
        area.draw(&frame)?;
        let style = bold(11.0, MUTED, HPos::Center, VPos::Center);
        area.draw_text(stamp, &style, (px((left + right) / 2.0), px(21.0)))?;
        room -= taken + 12.0;
    }
    let at = |y: f64| (px(16.0), px(y));
    let title = fit(title, 15.5, room);
    area.draw_text(&title, &bold(15.0, INK, HPos::Left, VPos::Top), at(11.0))?;
    let subtitle = fit(subtitle, 11.0, width - 32.0);
    area.draw_text(&subtitle, &text(11.0, MUTED, HPos::Left, VPos::Top), at(34.0))
}

/// Draws the head and the axes.
pub fn open<'a>(area: &Area<'a>, frame: &Frame<'_>) -> Result<Axes<'a>, DrawError> {
    head(area, frame.title, frame.subtitle, frame.stamp)?;
    let widest = frame.y.ticks.iter().map(|(_, l)| font::width(l, 11.0)).fold(0.0, f64::max);
    let mut chart: Axes<'a> = ChartBuilder::on(area)
        .margin_top(px(60.0))
        .margin_left(px(12.0))
        .margin_right(px(18.0) + frame.legend * SUB)
        .margin_bottom(px(10.0))
        .set_label_area_size(LabelAreaPosition::Left, px(widest + 30.0))
        .set_label_area_size(LabelAreaPosition::Bottom, px(42.0))
        .build_cartesian_2d(frame.x.clone(), frame.y.clone())?;
    area.draw(&Pen::Axes(measures(&chart, frame)))?;
    area.draw(&Pen::Scale)?;
    chart
        .configure_mesh()
        .bold_line_style(line(GRID, 1.0, 1.0))
        .light_line_style(RGBAColor(0, 0, 0, 0.0))
        .axis_style(line(MUTED, 1.0, 1.0))
        .set_all_tick_mark_size(px(4.0))
        .label_style(text(11.0, MUTED, HPos::Center, VPos::Center))
        .axis_desc_style(text(12.0, INK, HPos::Center, VPos::Center))
        .x_desc(frame.x.name.as_str())
        .y_desc(frame.y.name.as_str())
        .draw()?;
    minor_marks(area, &chart, frame)?;
    area.draw(&Pen::Frame)?;
    Ok(chart)
}

/// The axes of a chart, for those who read values from the drawing.
fn measures(chart: &Axes<'_>, frame: &Frame<'_>) -> [Measure; 2] {
    let (x, y) = chart.plotting_area().get_pixel_range();
    let of = |axis: &Axis, pixels| Measure {
        name: axis.name.clone(),
        pixels,
        values: (axis.range.start, axis.range.end),
        logarithmic: axis.scale == Scale::Log,
    };
    [of(&frame.x, (x.start, x.end)), of(&frame.y, (y.end, y.start))]
}

/// What is drawn in the axes after this belongs to that pen.
pub fn take(plot: &Axes<'_>, pen: &Pen) -> Result<(), DrawError> {
    plot.plotting_area().draw(pen)
}

/// A curve of a series of its own, which a reader can switch off.
pub fn draw_series(
    plot: &mut Axes<'_>,
    (key, name): (usize, &str),
    points: &[(f64, f64)],
    (style, dash): (ShapeStyle, Dash),
) -> Result<(), DrawError> {
    let series = Series { key, name: name.to_owned(), value: String::new() };
    take(plot, &Pen::Series(series))?;
    draw_curve(plot, points, style, dash)?;
    take(plot, &Pen::Frame)
}

/// The line of the series at that position: eight colours, each in four kinds of line.
pub fn series_line(index: usize) -> (ShapeStyle, Dash) {
    const DASHES: [Dash; 4] = [Dash::Solid, Dash::Dashed, Dash::Dotted, Dash::Mixed];
    let color = SERIES[index % SERIES.len()];
    (line(color, 1.0, 1.8), DASHES[index / SERIES.len() % DASHES.len()])
}

/// Short marks outside of the axes, half as long as those that have labels.
fn minor_marks(area: &Area<'_>, chart: &Axes<'_>, frame: &Frame<'_>) -> Result<(), DrawError> {
    let (left, bottom) = (frame.x.range.start, frame.y.range.start);
    let below = frame.x.minor.iter().map(|&x| ((x, bottom), (0, px(2.0))));
    let beside = frame.y.minor.iter().map(|&y| ((left, y), (-px(2.0), 0)));
    for (at, (dx, dy)) in below.chain(beside) {
        let (x, y) = chart.backend_coord(&at);
        area.draw(&PathElement::new([(x, y), (x + dx, y + dy)], line(MUTED, 1.0, 1.0)))?;
    }
    Ok(())
}

/// A curve through points in plotted units, thinned.
pub fn draw_curve(
    plot: &mut Axes<'_>,
    points: &[(f64, f64)],
    style: ShapeStyle,
    dash: Dash,
) -> Result<(), DrawError> {
    let (x, y) = (plot.x_range(), plot.y_range());
    let (width, height) = plot.plotting_area().dim_in_pixel();
    let unit = |pixels: u32| f64::from(pixels) / f64::from(SUB);
    let size = (unit(width), unit(height));
    let span = (x.end - x.start, y.end - y.start);
    let points = thin::curve(points, span, size, 0.15);
    take(plot, &Pen::Dash(dash))?;
    plot.draw_series([PathElement::new(points, style)])?;
    take(plot, &Pen::Dash(Dash::Solid))
}

/// How a legend shows a series.
#[derive(Debug, Clone, Copy)]
pub enum Key {
    /// A line.
    Line(ShapeStyle, Dash),
    /// An area, with an outline if it has one.
    Box(ShapeStyle, Option<ShapeStyle>),
    /// A dot.
    Dot(ShapeStyle),
    /// A diagonal cross.
    Cross(ShapeStyle),
}

/// Draws entries downwards in the room on the right, as far as they fit; what doesn't is counted. Long names have
/// several lines if there is height for all of them.
pub fn legend(area: &Area<'_>, room: i32, entries: &[(Key, String)]) -> Result<(), DrawError> {
    let plain: Vec<Entry<'_>> = entries.iter().map(|(key, name)| (None, *key, name)).collect();
    draw_legend(area, room, &plain)
}

/// The same with the keys of the series that they stand for, which have been drawn.
pub fn switches(
    area: &Area<'_>,
    room: i32,
    entries: &[(Option<usize>, Key, String)],
) -> Result<(), DrawError> {
    let entries: Vec<Entry<'_>> = entries.iter().map(|(at, key, name)| (*at, *key, name)).collect();
    draw_legend(area, room, &entries)
}

/// The key of the series, if it can be switched off, its mark and its name.
type Entry<'a> = (Option<usize>, Key, &'a String);

fn draw_legend(area: &Area<'_>, room: i32, entries: &[Entry<'_>]) -> Result<(), DrawError> {
    // The pitch of entries and of the further lines of one.
    const ROW: f64 = 17.0;
    const NEXT: f64 = 13.0;
    const LINES: usize = 3;
    let (width, height) = area.dim_in_pixel();
    let (width, height) = (f64::from(width) / f64::from(SUB), f64::from(height) / f64::from(SUB));
    let (x, top) = (width - f64::from(room), 72.0);
    let rows = ((height - top) / ROW).floor().max(1.0) as usize;
    let shown = if entries.len() > rows { rows - 1 } else { entries.len() };
    let style = text(11.0, INK, HPos::Left, VPos::Center);
    let labels = |lines: usize| -> Vec<Vec<String>> {
        entries.iter().map(|(.., name)| wrap(name, 11.0, width - x - 36.0, lines)).collect()
    };
    let tall = |labels: &[Vec<String>]| -> f64 {
        labels.iter().map(|lines| ROW + NEXT * (lines.len() - 1) as f64).sum()
    };
    let fits = (1..=LINES).rev().map(labels).find(|labels| tall(labels) <= height - top);
    let labels = fits.unwrap_or_else(|| labels(1));
    let mut middle = top;
    for ((series, key, _), lines) in entries.iter().zip(&labels).take(shown) {
        area.draw(&series.map_or(Pen::Frame, Pen::Legend))?;
        draw_key(area, (x, middle), *key)?;
        for (i, line) in lines.iter().enumerate() {
            let at = (px(x + 28.0), px(middle + NEXT * i as f64));
            area.draw_text(line, &style, at)?;
        }
        middle += ROW + NEXT * (lines.len() - 1) as f64;
    }
    area.draw(&Pen::Frame)?;
    if shown < entries.len() {
        let more = format!("and {} more", entries.len() - shown);
        let style = text(11.0, MUTED, HPos::Left, VPos::Center);
        area.draw_text(&more, &style, (px(x + 28.0), px(middle)))?;
    }
    Ok(())
}

fn draw_key(area: &Area<'_>, (x, y): (f64, f64), key: Key) -> Result<(), DrawError> {
    let at = |dx: f64, dy: f64| (px(x + dx), px(y + dy));
    match key {
        Key::Line(style, dash) => {
            area.draw(&Pen::Dash(dash))?;
            area.draw(&PathElement::new([at(0.0, 0.0), at(22.0, 0.0)], style))?;
            area.draw(&Pen::Dash(Dash::Solid))
        }
        Key::Box(style, outline) => {
            area.draw(&Rectangle::new([at(4.0, -5.0), at(18.0, 5.0)], style))?;
            match outline {
                Some(outline) => {
                    area.draw(&Rectangle::new([at(4.0, -5.0), at(18.0, 5.0)], outline))
                }
                None => Ok(()),
            }
        }
        Key::Dot(style) => area.draw(&Circle::new(at(11.0, 0.0), px(3.0), style)),
        Key::Cross(style) => {
            area.draw(&PathElement::new([at(7.5, -3.5), at(14.5, 3.5)], style))?;
            area.draw(&PathElement::new([at(7.5, 3.5), at(14.5, -3.5)], style))
        }
    }
}

/// Text at a point in plotted units, moved by figure units.
pub fn annotate(
    plot: &mut Axes<'_>,
    at: (f64, f64),
    shift: (f64, f64),
    content: String,
    style: TextStyle<'static>,
) -> Result<(), DrawError> {
    let offset = (px(shift.0), px(shift.1));
    plot.draw_series(
        [plotters::element::EmptyElement::at(at) + Text::new(content, offset, style)],
    )?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn thirty_two_lines_are_told_apart() {
        let lines: Vec<_> = (0..32)
            .map(series_line)
            .map(|(style, dash)| (style.color.rgb(), dash.lengths()))
            .collect();
        let alike = |at: usize| lines[..at].contains(&lines[at]);
        assert!(!(0..32).any(alike));
    }

    #[test]
    fn names_with_the_same_beginning_are_told_apart_in_a_legend() {
        let of =
            |trees: &str| wrap(&format!("0.429  isolation forest {trees} trees"), 11.0, 120.0, 3);
        let (few, many) = (of("410"), of("411"));
        assert_ne!(few, many);
        assert!(few.len() > 1 && few.concat().contains("410"), "{few:?}");
        assert!(few.iter().all(|line| font::width(line, 11.0) <= 120.0), "{few:?}");
        assert_eq!(wrap("AE", 11.0, 120.0, 3), ["AE"]);
        let cut = wrap(&"isolation-forest".repeat(9), 11.0, 120.0, 2);
        assert!(cut.len() == 2 && cut[1].ends_with('…') && !cut[0].contains('…'), "{cut:?}");
    }
}
