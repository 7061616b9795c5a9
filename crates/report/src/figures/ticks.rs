//! Where an axis has ticks and what they say.

use std::ops::Range;

use plotters::coord::ranged1d::{KeyPointHint, NoDefaultFormatting, Ranged, ValueFormatter};

use crate::format;

/// An axis: its name, the plotted range, and its ticks in plotted units with their labels.
#[derive(Debug, Clone)]
pub struct Axis {
    /// What it shows.
    pub name: String,
    /// From where to where, after scaling.
    pub range: Range<f64>,
    /// Positions after scaling, with labels.
    pub ticks: Vec<(f64, String)>,
}

/// How values become positions.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scale {
    /// As they are.
    Linear,
    /// By their decimal logarithm; values must be positive.
    Log,
}

impl Scale {
    /// The position of a value.
    pub fn place(self, value: f64) -> f64 {
        match self {
            Self::Linear => value,
            Self::Log => value.log10(),
        }
    }
}

impl Axis {
    /// An axis over `low..high` in plotted units (logarithms for [`Scale::Log`]).
    pub fn new(name: impl Into<String>, scale: Scale, range: Range<f64>) -> Self {
        let ticks = match scale {
            Scale::Linear => linear(&range),
            Scale::Log => logarithmic(&range),
        };
        Self { name: name.into(), range, ticks }
    }

    /// An axis from 0 to 1 with a little room, so that a curve along its edge can be seen.
    pub fn unit(name: impl Into<String>) -> Self {
        let ticks = (0..=5).map(|i| (f64::from(i) / 5.0, format!("{:.1}", f64::from(i) / 5.0)));
        Self { name: name.into(), range: -0.01..1.01, ticks: ticks.collect() }
    }
}

/// From the least to the greatest value with some room on both sides, at least that much.
pub fn padded(values: impl Iterator<Item = f64>, least: f64) -> Range<f64> {
    let (low, high) = values.fold((f64::MAX, f64::MIN), |(low, high), v| (low.min(v), high.max(v)));
    let room = ((high - low) * 0.06).max(least);
    low - room..high + room
}

impl Ranged for Axis {
    type FormatOption = NoDefaultFormatting;
    type ValueType = f64;

    fn map(&self, value: &f64, (from, to): (i32, i32)) -> i32 {
        let share = (value - self.range.start) / (self.range.end - self.range.start);
        from + (share * f64::from(to - from)).round() as i32
    }

    fn key_points<Hint: KeyPointHint>(&self, _: Hint) -> Vec<f64> {
        self.ticks.iter().map(|(at, _)| *at).collect()
    }

    fn range(&self) -> Range<f64> {
        self.range.clone()
    }
}

impl ValueFormatter<f64> for Axis {
    fn format_ext(&self, value: &f64) -> String {
        self.ticks.iter().find(|(at, _)| at == value).map_or(String::new(), |(_, l)| l.clone())
    }
}

/// Some four to seven round numbers: multiples of 1, 2 or 5 times a power of ten.
fn linear(range: &Range<f64>) -> Vec<(f64, String)> {
    let span = range.end - range.start;
    let raw = span / 7.0;
    let power = 10_f64.powf(raw.log10().floor());
    let factor = [1.0, 2.0, 5.0, 10.0].into_iter().find(|f| f * power >= raw).unwrap_or(10.0);
    let step = factor * power;
    let decimals = (-step.log10().floor()).max(0.0) as usize;
    let (first, last) = ((range.start / step).ceil() as i64, (range.end / step).floor() as i64);
    let label = |value: f64| match decimals {
        0..=4 if value.abs() < 1e6 => format!("{:.decimals$}", value + 0.0),
        _ => format::significant(value, 3),
    };
    (first..=last).take(20).map(|i| i as f64 * step).map(|value| (value, label(value))).collect()
}

/// Powers of ten; with 2 and 5 times them where there are few.
fn logarithmic(range: &Range<f64>) -> Vec<(f64, String)> {
    let decades = range.start.floor() as i32..=range.end.ceil() as i32;
    let span = range.end - range.start;
    let every = (span / 6.0).ceil().max(1.0) as i32;
    let factors: &[f64] = if span < 2.5 { &[1.0, 2.0, 5.0] } else { &[1.0] };
    decades
        .filter(|decade| decade.rem_euclid(every) == 0)
        .flat_map(|decade| factors.iter().map(move |factor| factor * 10_f64.powi(decade)))
        .map(|value| (value.log10(), power_label(value)))
        .filter(|(position, _)| range.contains(position))
        .collect()
}

fn power_label(value: f64) -> String {
    match value {
        1.0..1e6 => format::count(value.round() as usize),
        1e-4..1.0 => format::significant(value, 1),
        _ => format!("{value:.0e}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn labels(axis: &Axis) -> Vec<&str> {
        axis.ticks.iter().map(|(_, label)| label.as_str()).collect()
    }

    #[test]
    fn linear_ticks_are_round_and_inside() {
        let axis = Axis::new("x", Scale::Linear, 0.03..0.97);
        assert_eq!(labels(&axis), ["0.2", "0.4", "0.6", "0.8"]);
        let axis = Axis::new("x", Scale::Linear, -3.0..41.0);
        assert_eq!(labels(&axis), ["0", "10", "20", "30", "40"]);
    }

    #[test]
    fn logarithmic_ticks_are_powers_of_ten() {
        let axis = Axis::new("x", Scale::Log, -2.2..3.1);
        assert_eq!(labels(&axis), ["0.01", "0.1", "1", "10", "100", "1,000"]);
        let axis = Axis::new("x", Scale::Log, -0.3..1.2);
        assert_eq!(labels(&axis), ["1", "2", "5", "10"]);
    }
}
