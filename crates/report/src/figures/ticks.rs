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
    /// How values become positions.
    pub scale: Scale,
    /// Positions after scaling, with labels.
    pub ticks: Vec<(f64, String)>,
    /// Positions of short marks without labels; on a linear axis there are none.
    pub minor: Vec<f64>,
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
        let (ticks, minor) = match scale {
            Scale::Linear => (linear(&range), Vec::new()),
            Scale::Log => (logarithmic(&range), unlabelled(&range)),
        };
        Self { name: name.into(), range, scale, ticks, minor }
    }

    /// A logarithmic axis whose ends are these logarithms, with a little room, so that a curve along its edge can be
    /// seen, and with ticks at powers of ten alone. Zero has no logarithm and so no place on it: what draws there
    /// says where the axis starts.
    pub fn powers(name: impl Into<String>, ends: Range<f64>) -> Self {
        let room = (ends.end - ends.start) * 0.01;
        let mut axis = Self::new(name, Scale::Log, ends.start - room..ends.end + room);
        axis.ticks.retain(|(at, _)| is_power(*at));
        axis.minor.retain(|at| (ends.start - 1e-9..ends.end + 1e-9).contains(at));
        axis
    }

    /// An axis from 0 to 1 with a little room, so that a curve along its edge can be seen.
    pub fn unit(name: impl Into<String>) -> Self {
        let ticks = (0..=5).map(|i| (f64::from(i) / 5.0, format!("{:.1}", f64::from(i) / 5.0)));
        Self {
            name: name.into(),
            range: -0.01..1.01,
            scale: Scale::Linear,
            ticks: ticks.collect(),
            minor: vec![],
        }
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
    let every = labelled_decades(range);
    let factors: &[f64] = if span < 2.5 { &[1.0, 2.0, 5.0] } else { &[1.0] };
    decades
        .filter(|decade| decade.rem_euclid(every) == 0)
        .flat_map(|decade| factors.iter().map(move |factor| factor * 10_f64.powi(decade)))
        .map(|value| (value.log10(), power_label(value)))
        .filter(|(position, _)| range.contains(position))
        .collect()
}

/// Of how many powers of ten one has a label: all of them unless that would be more than some seven.
fn labelled_decades(range: &Range<f64>) -> i32 {
    ((range.end - range.start) / 6.0).ceil().max(1.0) as i32
}

/// Twice to nine times each power of ten; the powers themselves where not all of them have labels.
fn unlabelled(range: &Range<f64>) -> Vec<f64> {
    let factors = if labelled_decades(range) > 1 { 1..=1 } else { 2..=9 };
    let decades = range.start.floor() as i32..=range.end.floor() as i32;
    let places = decades.flat_map(|decade| {
        let place = move |factor| Scale::Log.place(f64::from(factor)) + f64::from(decade);
        factors.clone().map(place)
    });
    places.filter(|position| range.contains(position)).collect()
}

/// Whether a position on a logarithmic axis is that of a power of ten.
pub fn is_power(position: f64) -> bool {
    (position - position.round()).abs() < 1e-9
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

    #[test]
    fn an_axis_of_rates_has_its_ends_and_powers_of_ten_alone() {
        let axis = Axis::powers("rate", -5.0..0.0);
        assert_eq!(labels(&axis), ["1e-5", "0.0001", "0.001", "0.01", "0.1", "1"]);
        assert!(axis.range.start < -5.0 && axis.range.start > -5.1 && axis.range.end < 0.1);
        // Eight marks in each of the five decades, at logarithms of whole multiples.
        assert_eq!(axis.minor.len(), 40);
        assert!((axis.minor[0] - 2e-5_f64.log10()).abs() < 1e-12);
        assert!((axis.minor[39] - 0.9_f64.log10()).abs() < 1e-12);
        // Less than two decades have no labels between the powers either.
        let axis = Axis::powers("rate", (1.0 / 60.0_f64).log10()..0.5_f64.log10());
        assert_eq!(labels(&axis), ["0.1"]);
        let values: Vec<f64> = axis.minor.iter().map(|at| 10_f64.powf(*at)).collect();
        let expected = [0.02, 0.03, 0.04, 0.05, 0.06, 0.07, 0.08, 0.09, 0.2, 0.3, 0.4, 0.5];
        assert_eq!(values.len(), expected.len());
        assert!(values.iter().zip(expected).all(|(a, b)| (a - b).abs() < 1e-12), "{values:?}");
    }

    #[test]
    fn powers_without_a_label_have_a_mark_and_linear_axes_have_none() {
        let axis = Axis::new("x", Scale::Log, -8.1..0.1);
        assert_eq!(labels(&axis), ["1e-8", "1e-6", "0.0001", "0.01", "1"]);
        assert_eq!(axis.minor, (-8..=0).map(f64::from).collect::<Vec<_>>());
        assert!(Axis::new("x", Scale::Linear, 0.0..1.0).minor.is_empty());
    }
}
