//! Heat maps of classes by models: how many rows of each class are found, and where their scores lie.
//! One hue from pale to dark, which every kind of colour vision can order; the value is in each cell.

use plotters::prelude::{RGBColor, Rectangle};
use plotters::style::text_anchor::{HPos, VPos};
use plotters::style::{IntoFont, TextStyle};

use super::canvas::{Canvas, DrawError, SUB};
use super::chart::{Area, bold, fill, fit, head, px, text};
use super::palette::{INK, MUTED};
use super::{Place, Scene, Sketch, font};
use crate::aggregate::SummaryRow;
use crate::attacks::{Attacks, Found, Kin, Line};
use crate::format;
use crate::tables::judged;

const NAMES: f64 = 176.0;
const TOP: f64 = 60.0;
const ROW: f64 = 19.0;
const GAP: f64 = 24.0;
const LEAST_WIDTH: f64 = 640.0;
const MOST_WIDTH: f64 = 1200.0;

/// What the cells show.
#[derive(Clone, Copy, PartialEq)]
enum Value {
    Called,
    Place,
}

/// The share of each class's test rows that is called an outlier.
pub fn draw_called(scene: &Scene<'_>, _: Place) -> Result<Sketch, DrawError> {
    draw(scene, 0, Value::Called)
}

/// The same of transfer rows.
pub fn draw_called_transfer(scene: &Scene<'_>, _: Place) -> Result<Sketch, DrawError> {
    draw(scene, 1, Value::Called)
}

/// The median share of normal rows that score below each class's rows.
pub fn draw_place(scene: &Scene<'_>, _: Place) -> Result<Sketch, DrawError> {
    draw(scene, 0, Value::Place)
}

/// The same of transfer rows.
pub fn draw_place_transfer(scene: &Scene<'_>, _: Place) -> Result<Sketch, DrawError> {
    draw(scene, 1, Value::Place)
}

fn draw(scene: &Scene<'_>, at: usize, value: Value) -> Result<Sketch, DrawError> {
    let attacks = &scene.attacks[at];
    let columns: Vec<(&SummaryRow, &[Found])> = scene
        .rows
        .iter()
        .zip(&attacks.found)
        .filter(|(_, found)| found.iter().any(|f| f.place.is_some()))
        .map(|(row, found)| (row, found.as_slice()))
        .collect();
    let oracle = scene.results.manifest.thresholds.first().is_some_and(|t| t.is_oracle());
    let mark = if oracle && value == Value::Called { " †" } else { "" };
    let (title, subtitle) = match value {
        Value::Called => (
            format!("Share of each class called outliers, {}{mark}", judged(attacks)),
            "means over trials, first threshold rule; recall for outliers, false alarms for inliers",
        ),
        Value::Place => (
            format!("Where the scores of each class lie, {}", judged(attacks)),
            "median share of normal rows that score below; 0.5 is no better than chance",
        ),
    };
    let lines: Vec<(usize, &Line)> = attacks.lines.iter().enumerate().collect();
    let groups: Vec<&[(usize, &Line)]> = lines.chunk_by(|a, b| a.1.kin == b.1.kin).collect();
    let labels = columns.iter().map(|(row, _)| font::width(&row.marked_name(), 11.0));
    let slanted = labels.fold(0.0, f64::max).min(150.0) + 10.0;
    let step = ((MOST_WIDTH - NAMES - 16.0) / columns.len() as f64).min(46.0);
    let width = (NAMES + step * columns.len() as f64 + 16.0).max(LEAST_WIDTH).ceil();
    let height = TOP + slanted + ROW * lines.len() as f64 + GAP * groups.len() as f64 + 12.0;
    let canvas = Canvas::draw((width as u32, height.ceil() as u32), |area| {
        head(area, &title, subtitle, scene.stamp())?;
        for (i, (row, _)) in columns.iter().enumerate() {
            let at = (px(NAMES + step * (i as f64 + 0.5)), px(TOP + slanted - 6.0));
            area.draw_text(&fit(&row.marked_name(), 11.0, 150.0), &upwards(11.0), at)?;
        }
        let mut y = TOP + slanted;
        for group in &groups {
            let at = (px(16.0), px(y + GAP / 2.0 + 2.0));
            let title = fit(group[0].1.kin.title(), 11.0, width - 32.0);
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
        Value::Place => "1: above every normal row. Equal scores count half. Means over trials; no threshold is needed.",
    });
    caption.push_str(scene.supervised_note());
    if oracle && value == Value::Called {
        caption.push_str(" † threshold chosen on the test rows.");
    }
    Ok(Sketch { alt: alt(&title, attacks, &columns, value), title, caption, canvas })
}

fn of(found: &Found, value: Value) -> Option<f64> {
    match value {
        Value::Called => found.called.map(|s| s.mean),
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
    columns: &[(&SummaryRow, &[Found])],
    value: Value,
) -> String {
    let best = |(at, line): (usize, &Line)| {
        let figure = |(row, found): &(&SummaryRow, &[Found])| {
            Some((of(&found[at], value)?, row.name.clone()))
        };
        let (best, model) = columns.iter().filter_map(figure).max_by(|a, b| a.0.total_cmp(&b.0))?;
        Some(format!("{} {} ({model})", line.name, format::share(best)))
    };
    let lines = attacks.lines.iter().enumerate();
    let outliers = lines.filter(|(_, line)| !line.total && line.kin < Kin::Strange);
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
