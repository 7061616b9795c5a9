//! Sweeps: the validation metric of every configuration, one panel per swept parameter.

use oddbench_core::sweeps::Sweep;
use plotters::prelude::{Circle, PathElement};
use serde_json::Value;

use super::{metric_title, name, parameters, shown};
use crate::figures::{
    Area, Axis, Canvas, DrawError, Figure, Frame, INLIER, Key, MUTED, OUTLIER, SIZE, Scale, fill,
    legend, line, open, px,
};
use crate::format;
use crate::subject::Subject;

const PANEL: u32 = 300;
const LEGEND: i32 = 132;
/// Panels of one figure: the parameters after these are in the table alone.
const MOST: usize = 12;

/// Draws a panel for each parameter of each sweep: a dot per configuration at the mean of its trials, a
/// line from the least to the greatest.
pub fn draw(subject: Subject<'_>) -> Result<Figure, DrawError> {
    let sweeps = &subject.results.sweeps;
    let panels: Vec<(&Sweep, &str)> = sweeps
        .iter()
        .filter(|sweep| sweep.configurations.iter().any(|c| c.mean().is_some()))
        .flat_map(|sweep| parameters(sweep).into_iter().map(move |name| (sweep, name)))
        .take(MOST)
        .collect();
    let height = PANEL * u32::try_from(panels.len().max(1)).unwrap_or(1);
    let canvas = Canvas::draw((SIZE.0, height), |area| {
        let areas = area.split_evenly((panels.len().max(1), 1));
        for (area, (sweep, parameter)) in areas.iter().zip(&panels) {
            panel(subject, area, sweep, parameter)?;
        }
        Ok(())
    })?;
    let title = "Sweep: the validation metric by parameter".to_owned();
    let caption = "One dot per configuration at the mean of its trials on validation rows, a line from the least to the greatest; the chosen one is orange. Nothing here is of the test rows.".to_owned();
    Ok(Figure { title, caption, alt: alt(sweeps), canvas, ..Figure::default() })
}

/// Whether there is something to draw.
pub fn any(sweeps: &[Sweep]) -> bool {
    let configurations = sweeps.iter().flat_map(|sweep| &sweep.configurations);
    configurations.into_iter().any(|configuration| configuration.mean().is_some())
}

fn panel(
    subject: Subject<'_>,
    area: &Area<'_>,
    sweep: &Sweep,
    parameter: &str,
) -> Result<(), DrawError> {
    let points = points(sweep, parameter);
    let (x, place) = x_axis(sweep, parameter);
    let range = |pick: fn(&Point) -> (f64, f64)| {
        let ends = points.iter().map(pick);
        ends.fold((f64::MAX, f64::MIN), |(low, high), (l, h)| (low.min(l), high.max(h)))
    };
    let (low, high) = range(|point| (point.low, point.high));
    let room = ((high - low) * 0.08).max(0.002);
    let y = Axis::new(
        format!("{}, validation", metric_title(sweep.select)),
        Scale::Linear,
        low - room..high + room,
    );
    let title = format!("{}: {parameter}", name(&subject.results.sweeps, sweep));
    let subtitle = format!("{} tried", format::counted(sweep.size, "configuration"));
    let frame =
        Frame { title: &title, subtitle: &subtitle, stamp: subject.stamp(), x, y, legend: LEGEND };
    let mut plot = open(area, &frame)?;
    // The chosen one last, so that it lies on top.
    for chosen in [false, true] {
        let (colour, alpha, size) = if chosen { (OUTLIER, 1.0, 4.5) } else { (INLIER, 0.75, 3.0) };
        for point in points.iter().filter(|point| point.chosen == chosen) {
            let at = place(&point.value);
            let ends = [(at, point.low), (at, point.high)];
            plot.draw_series([PathElement::new(ends, line(MUTED, 0.6, 1.0))])?;
            let dot = Circle::new((at, point.mean), px(size), fill(colour, alpha));
            plot.draw_series([dot])?;
        }
    }
    let keys = [
        (Key::Dot(fill(OUTLIER, 1.0)), "chosen".to_owned()),
        (Key::Dot(fill(INLIER, 0.75)), "the others".to_owned()),
    ];
    legend(area, LEGEND, &keys)
}

struct Point {
    value: Value,
    mean: f64,
    low: f64,
    high: f64,
    chosen: bool,
}

fn points(sweep: &Sweep, parameter: &str) -> Vec<Point> {
    let configurations = sweep.configurations.iter().enumerate();
    configurations
        .filter_map(|(at, configuration)| {
            let all = configuration.validation.iter().copied();
            Some(Point {
                value: configuration.values.get(parameter)?.clone(),
                mean: configuration.mean()?,
                low: all.clone().fold(f64::MAX, f64::min),
                high: all.fold(f64::MIN, f64::max),
                chosen: sweep.winner == Some(at),
            })
        })
        .collect()
}

type Placed = Box<dyn Fn(&Value) -> f64>;

/// Numbers on a scale, logarithmic where they span more than an order of magnitude; anything else side
/// by side.
fn x_axis(sweep: &Sweep, parameter: &str) -> (Axis, Placed) {
    let values: Vec<Value> =
        sweep.configurations.iter().filter_map(|c| c.values.get(parameter).cloned()).collect();
    let numbers: Option<Vec<f64>> = values.iter().map(Value::as_f64).collect();
    match numbers {
        Some(numbers) if !numbers.is_empty() => {
            let low = numbers.iter().copied().fold(f64::MAX, f64::min);
            let high = numbers.iter().copied().fold(f64::MIN, f64::max);
            let scale = if low > 0.0 && high > 12.0 * low { Scale::Log } else { Scale::Linear };
            let (from, to) = (scale.place(low), scale.place(high));
            let room = ((to - from) * 0.08).max(from.abs() * 0.05).max(1e-9);
            let axis = Axis::new(parameter, scale, from - room..to + room);
            (axis, Box::new(move |value| scale.place(value.as_f64().unwrap_or(low))))
        }
        _ => {
            let mut distinct: Vec<Value> = Vec::new();
            for value in values {
                if !distinct.contains(&value) {
                    distinct.push(value);
                }
            }
            let ticks = distinct.iter().enumerate().map(|(at, value)| (at as f64, shown(value)));
            let axis = Axis {
                name: parameter.to_owned(),
                range: -0.5..distinct.len() as f64 - 0.5,
                scale: Scale::Linear,
                ticks: ticks.collect(),
                minor: Vec::new(),
            };
            let place = move |value: &Value| {
                distinct.iter().position(|known| known == value).map_or(0.0, |at| at as f64)
            };
            (axis, Box::new(place))
        }
    }
}

fn alt(sweeps: &[Sweep]) -> String {
    let of = |sweep: &Sweep| {
        let words = format!(
            "{} over {}",
            name(sweeps, sweep),
            format::counted(sweep.size, "configuration")
        );
        let chosen = sweep.winner.map(|at| &sweep.configurations[at]);
        match chosen.and_then(|chosen| Some((chosen, chosen.mean()?))) {
            Some((chosen, mean)) => format!(
                "{words}: {} of validation {} is chosen, with {}",
                shown(&chosen.values)
                    .replace(['{', '}', '"'], "")
                    .replace(':', " = ")
                    .replace(',', ", "),
                metric_title(sweep.select),
                format::fine(mean)
            ),
            None => format!("{words}: none is chosen"),
        }
    };
    format!("Sweep of {}.", sweeps.iter().map(of).collect::<Vec<_>>().join("; "))
}
