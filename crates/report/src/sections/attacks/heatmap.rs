//! Heat maps of classes by models: how many rows of each class are found, and where their scores lie.
//! One hue from pale to dark, which every kind of colour vision can order; the value is in each cell.

use plotters::prelude::{RGBColor, Rectangle};
use plotters::style::text_anchor::{HPos, VPos};
use plotters::style::{IntoFont, TextStyle};

use super::counted::{Attacks, ClassResult, Kind, Line};
use crate::aggregate::SummaryRow;
use crate::contenders::best_first;
use crate::figures::{
    Area, Canvas, DrawError, Figure, INK, MUTED, SUB, bold, fill, fit, font, head, px, text,
};
use crate::format;
use crate::subject::Subject;

const NAMES: f64 = 176.0;
const TOP: f64 = 60.0;
const ROW: f64 = 19.0;
const GAP: f64 = 24.0;
const LEAST_WIDTH: f64 = 640.0;
const MOST_WIDTH: f64 = 1200.0;

/// What the cells show.
#[derive(Clone, Copy, PartialEq)]
pub enum Value {
    /// The share that is called an outlier.
    Called,
    /// The median share of normal rows that score below.
    Place,
}

/// A line per class, a column per model.
pub fn draw(subject: Subject<'_>, attacks: &Attacks, value: Value) -> Result<Figure, DrawError> {
    let columns: Vec<(&SummaryRow, &[ClassResult])> = super::shown(subject.rows, attacks).collect();
    let oracle = subject.is_oracle();
    let mark = if oracle && value == Value::Called { " †" } else { "" };
    let (title, subtitle) = match value {
        Value::Called => (
            format!("Share of each class called outliers, {}{mark}", attacks.judged.rows()),
            "medians over trials at the first threshold; recall for outliers, false alarms for inliers",
        ),
        Value::Place => (
            format!("Where the scores of each class lie, {}", attacks.judged.rows()),
            "median share of normal rows that score below, median over trials; 0.5 is no better than chance",
        ),
    };
    let lines: Vec<(usize, &Line)> = attacks.lines.iter().enumerate().collect();
    let groups: Vec<&[(usize, &Line)]> = lines.chunk_by(|a, b| a.1.kind == b.1.kind).collect();
    let labels = columns.iter().map(|(row, _)| font::width(&row.marked_name(), 11.0));
    let slanted = labels.fold(0.0, f64::max).min(150.0) + 10.0;
    let step = ((MOST_WIDTH - NAMES - 16.0) / columns.len() as f64).min(46.0);
    let width = (NAMES + step * columns.len() as f64 + 16.0).max(LEAST_WIDTH).ceil();
    let height = TOP + slanted + ROW * lines.len() as f64 + GAP * groups.len() as f64 + 12.0;
    let canvas = Canvas::draw((width as u32, height.ceil() as u32), |area| {
        head(area, &title, subtitle, subject.stamp())?;
        for (i, (row, _)) in columns.iter().enumerate() {
            let at = (px(NAMES + step * (i as f64 + 0.5)), px(TOP + slanted - 6.0));
            area.draw_text(&fit(&row.marked_name(), 11.0, 150.0), &upwards(11.0), at)?;
        }
        let mut y = TOP + slanted;
        for group in &groups {
            let at = (px(16.0), px(y + GAP / 2.0 + 2.0));
            let title = fit(group[0].1.kind.title(), 11.0, width - 32.0);
            area.draw_text(&title, &bold(11.0, INK, HPos::Left, VPos::Center), at)?;
            y += GAP;
            for (at, line) in group.iter() {
                name(area, line, y)?;
                for (i, (_, found)) in columns.iter().enumerate() {
                    let corner = (NAMES + step * i as f64, y);
                    cell(area, corner, step, of(&found[*at], value))?;
                }
                y += ROW;
            }
        }
        Ok(())
    })?;
    let mut caption = String::from("The darker, the greater. ");
    caption.push_str(match value {
        Value::Called => "Lines named “all” count the rows of all their classes.",
        Value::Place => "1: above every normal row. Equal scores count half. Medians over trials; no threshold is needed.",
    });
    caption.push_str(subject.supervised_note());
    if oracle && value == Value::Called {
        caption.push_str(" † threshold chosen on the test rows.");
    }
    let alt = alt(&title, attacks, &columns, value);
    Ok(Figure { title, caption, alt, canvas, ..Figure::default() })
}

fn of(found: &ClassResult, value: Value) -> Option<f64> {
    match value {
        Value::Called => found.called.map(|s| s.median),
        Value::Place => found.place.map(|place| place[1]),
    }
}

fn upwards(size: f64) -> TextStyle<'static> {
    let turned = ("sans-serif", size * f64::from(SUB))
        .into_font()
        .transform(plotters::style::FontTransform::Rotate270);
    TextStyle { font: turned, ..text(size, INK, HPos::Left, VPos::Center) }
}

fn name(area: &Area<'_>, line: &Line, y: f64) -> Result<(), DrawError> {
    let at = |x: f64| (px(x), px(y + ROW / 2.0));
    let count = format::count(line.rows);
    let room = NAMES - 34.0 - font::width(&count, 9.5) - 6.0;
    let style = if line.total { bold } else { text };
    let shown = fit(&line.name, 11.0, room);
    area.draw_text(&shown, &style(11.0, INK, HPos::Left, VPos::Center), at(24.0))?;
    area.draw_text(&count, &text(9.5, MUTED, HPos::Right, VPos::Center), at(NAMES - 8.0))
}

/// A cell with its value; empty where that is undefined.
fn cell(
    area: &Area<'_>,
    (x, y): (f64, f64),
    width: f64,
    value: Option<f64>,
) -> Result<(), DrawError> {
    let middle = (px(x + width / 2.0), px(y + ROW / 2.0));
    let Some(value) = value else {
        return area.draw_text(
            format::UNKNOWN,
            &text(10.0, MUTED, HPos::Center, VPos::Center),
            middle,
        );
    };
    let corners = [(px(x + 0.5), px(y + 0.5)), (px(x + width - 0.5), px(y + ROW - 0.5))];
    area.draw(&Rectangle::new(corners, fill(shade(value), 1.0)))?;
    let ink = ink(shade(value));
    let shown = match value {
        v if width < 30.0 => format!("{:.0}", v * 100.0),
        v => format!("{v:.2}"),
    };
    area.draw_text(&shown, &text(10.0, ink, HPos::Center, VPos::Center), middle)
}

/// Text on a shade: dark or white, whichever stands out more. Neither is a colour that dark mode repaints.
fn ink(shade: RGBColor) -> RGBColor {
    let (dark, white) = (RGBColor(0x1F, 0x29, 0x32), RGBColor(0xFE, 0xFE, 0xFE));
    if contrast(shade, dark) > contrast(shade, white) { dark } else { white }
}

/// The contrast ratio of the Web Content Accessibility Guidelines 2, but for a gamma of 2.2.
fn contrast(a: RGBColor, b: RGBColor) -> f64 {
    let linear = |c: u8| (f64::from(c) / 255.0).powf(2.2);
    let light = |c: RGBColor| 0.2126 * linear(c.0) + 0.7152 * linear(c.1) + 0.0722 * linear(c.2);
    let (a, b) = (light(a) + 0.05, light(b) + 0.05);
    a.max(b) / a.min(b)
}

/// From nearly white to dark blue, the lightness falling evenly.
fn shade(value: f64) -> RGBColor {
    const STOPS: [(f64, f64, f64); 4] =
        [(246.0, 249.0, 252.0), (158.0, 202.0, 225.0), (49.0, 130.0, 189.0), (8.0, 48.0, 107.0)];
    let at = value.clamp(0.0, 1.0) * (STOPS.len() - 1) as f64;
    let low = (at.floor() as usize).min(STOPS.len() - 2);
    let (a, b, t) = (STOPS[low], STOPS[low + 1], at - low as f64);
    let mix = |a: f64, b: f64| (a + (b - a) * t).round() as u8;
    RGBColor(mix(a.0, b.0), mix(a.1, b.1), mix(a.2, b.2))
}

/// The best of each line of outliers.
fn alt(
    title: &str,
    attacks: &Attacks,
    columns: &[(&SummaryRow, &[ClassResult])],
    value: Value,
) -> String {
    let best = |(at, line): (usize, &Line)| {
        let figure = |(row, found): &(&SummaryRow, &[ClassResult])| {
            Some((row.name.clone(), of(&found[at], value)?))
        };
        let (model, best) = best_first(columns.iter().filter_map(figure)).into_iter().next()?;
        Some(format!("{} {} ({model})", line.name, format::share(best)))
    };
    let lines = attacks.lines.iter().enumerate();
    let outliers = lines.filter(|(_, line)| !line.total && line.kind < Kind::UnknownInliers);
    let listed: Vec<String> = outliers.filter_map(best).collect();
    format!(
        "Heat map. {title}. The greatest value of each class of outliers: {}.",
        listed.join("; ")
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn darker_is_more_and_the_values_can_be_read() {
        let shades: Vec<RGBColor> = (0..=100).map(|i| shade(f64::from(i) / 100.0)).collect();
        let white = RGBColor(255, 255, 255);
        assert!(shades.windows(2).all(|p| contrast(p[0], white) < contrast(p[1], white)));
        assert!(shades.iter().all(|&shade| contrast(shade, ink(shade)) > 4.0));
    }
}
