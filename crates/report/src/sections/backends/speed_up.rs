//! Speed-up over the baseline against a size: where a line passes 1, the lines of times cross.

use super::study::{Line, Over, Study};
use crate::figures::{
    Axis, BESIDE, Canvas, Dash, DrawError, Figure, Frame, Key, MUTED, Pen, SERIES, SIZE, Scale,
    Series, draw_curve, draw_series, fill, line, open, padded, px, series_line, switches, take,
};
use crate::format;
use plotters::prelude::Circle;

/// Room for the names on the right.
const LEGEND: i32 = 190;

/// The lines that have something to show: two sizes or more.
pub fn lines(study: &Study, over: Over) -> Vec<Line> {
    let mut lines = study.lines(over);
    lines.retain(|line| line.points.len() > 1);
    lines
}

/// Speed-ups over the baseline, a line per model and backend.
pub fn draw(
    stamp: Option<&str>,
    baseline: &str,
    over: Over,
    lines: &[Line],
) -> Result<Figure, DrawError> {
    let title = match over {
        Over::Batch => "Speed-up of training by batch size",
        Over::TrainRows => "Speed-up of training by number of training rows",
        Over::ScoreRows => "Speed-up of scoring by rows in a call",
    };
    let curves: Vec<Vec<(f64, f64)>> = lines.iter().map(speed_ups).collect();
    let sizes = || curves.iter().flatten().map(|(size, _)| *size);
    let gains = || curves.iter().flatten().map(|(_, gain)| *gain).chain([0.0]);
    let subtitle =
        format!("{baseline}'s seconds over the backend's; above the dashed line it is quicker");
    let canvas = Canvas::draw(SIZE, |area| {
        let x =
            Axis::new(format!("{} (logarithmic)", over.words()), Scale::Log, padded(sizes(), 0.05));
        let y = Axis::new("speed-up (logarithmic)", Scale::Log, padded(gains(), 0.05));
        let ends = [(x.range.start, 0.0), (x.range.end, 0.0)];
        let frame = Frame { title, subtitle: &subtitle, stamp, x, y, legend: LEGEND };
        let mut plot = open(area, &frame)?;
        let dashed = (line(MUTED, 1.0, 1.0), Dash::Dashed);
        draw_series(&mut plot, (BESIDE, baseline), &ends, dashed)?;
        let mut keys = Vec::new();
        for (at, (line_, curve)) in lines.iter().zip(&curves).enumerate() {
            let color = SERIES[at % SERIES.len()];
            let (style, dash) = series_line(at);
            take(&plot, &Pen::Series(Series { key: at, name: name(line_), value: String::new() }))?;
            draw_curve(&mut plot, curve, style, dash)?;
            let dot = |point: &(f64, f64)| Circle::new(*point, px(2.5), fill(color, 1.0));
            plot.draw_series(curve.iter().map(dot))?;
            keys.push((Some(at), Key::Line(style, dash), name(line_)));
        }
        take(&plot, &Pen::Frame)?;
        switches(area, LEGEND, &keys)
    })?;
    Ok(Figure {
        title: title.to_owned(),
        caption: format!(
            "Seconds of {baseline} over seconds of the backend, by {}; medians over seeds, without the first epoch or call. Where a line passes 1 (dashed), the backend overtakes.",
            over.words()
        ),
        alt: alt(title, lines),
        canvas,
        ..Figure::default()
    })
}

/// Positions on both axes: logarithms of the size and of the speed-up.
fn speed_ups(line: &Line) -> Vec<(f64, f64)> {
    line.points.iter().map(|[size, base, own]| (size.log10(), (base / own).log10())).collect()
}

fn name(line: &Line) -> String {
    match line.fixed.is_empty() {
        true => format!("{}, {}", line.kind, line.backend),
        false => format!("{}, {}, {}", line.kind, line.backend, line.fixed),
    }
}

fn alt(title: &str, lines: &[Line]) -> String {
    let said = |line: &Line| {
        let gain = |p: &[f64; 3]| format::significant(p[1] / p[2], 2);
        let (first, last) = (line.points.first(), line.points.last());
        first.zip(last).map(|(first, last)| {
            let [from, to] = [first[0], last[0]].map(|size| format::count(size as usize));
            format!("{}: {} at {from}, {} at {to}", name(line), gain(first), gain(last))
        })
    };
    format!("{title}. {}.", lines.iter().filter_map(said).collect::<Vec<_>>().join("; "))
}
