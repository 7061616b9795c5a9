//! Speed-up over the baseline against a size: where a line passes 1, the lines of times cross.

use super::curves::{Curve, draw_curves};
use super::study::{Line, Over, Study};
use crate::figures::{Axis, DrawError, Figure, Scale, padded};
use crate::format;

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
    let curve = |line: &Line| Curve { name: name(line), points: speed_ups(line) };
    let curves: Vec<Curve> = lines.iter().map(curve).collect();
    let points = || curves.iter().flat_map(|curve| &curve.points);
    let sizes = || points().map(|(size, _)| *size);
    let gains = || points().map(|(_, gain)| *gain).chain([0.0]);
    let subtitle =
        format!("{baseline}'s seconds over the backend's; above the dashed line it is quicker");
    let x = Axis::new(format!("{} (logarithmic)", over.words()), Scale::Log, padded(sizes(), 0.05));
    let y = Axis::new("speed-up (logarithmic)", Scale::Log, padded(gains(), 0.05));
    let level = Some((baseline, 0.0));
    let canvas = draw_curves((title, &subtitle, stamp), [x, y], level, &curves)?;
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
