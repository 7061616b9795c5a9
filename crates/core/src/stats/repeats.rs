//! The figures of a model that was fitted several times, with several seeds or on several folds. Both sources of chance are
//! resampled: the seeds and the rows.

use super::interval::{Interval, UNDEFINED_SHARE, percentiles};
use super::median::median;
use super::resample::Bootstrap;
use crate::SplitMix64;

/// A figure of one trial.
#[derive(Debug, Clone, PartialEq)]
pub struct Repeat {
    /// The trials of a unit are drawn together: a fold, or a seed. Trials of two models with the same unit belong together.
    pub unit: u64,
    /// The figure.
    pub value: f64,
    /// The figure on resamples of the test rows, the same ones for all trials on these rows. Empty: the rows are not
    /// resampled.
    pub drawn: Vec<Option<f64>>,
}

/// The median over a model's trials, and where it may lie.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Estimated {
    /// The median; the mean of the middle two of an even number.
    pub median: f64,
    /// Where it may lie if other seeds had been drawn and other rows. `None` without anything to resample, or where the
    /// figure is undefined on too many resamples.
    pub interval: Option<Interval>,
}

/// The median over trials with its interval. One trial has the percentiles over resampled rows; several have Student's
/// interval as in [`super::compare`]. `None` without a trial.
pub fn estimate(repeats: &[Repeat], settings: Bootstrap) -> Option<Estimated> {
    let median = median(repeats.iter().map(|repeat| repeat.value))?;
    Some(Estimated { median, interval: interval(median, repeats, settings) })
}

fn interval(median: f64, repeats: &[Repeat], settings: Bootstrap) -> Option<Interval> {
    let units = units(repeats);
    let halves = on_rows(repeats, &units);
    if units.len() < 2 {
        return percentiles(halves?[0].iter().copied(), settings);
    }
    let of_rows = match &halves {
        None => Variance(0.0),
        Some([one, other]) => covariance(one, other)?,
    };
    let seeds = medians_of(repeats, &Draws::new(&units, settings.resamples, settings.seed));
    let chance = Chance::new(of_rows, &[(units.len(), Variance::of(&seeds))]);
    let reach = chance.reach(settings.level);
    Some(Interval { low: median - reach, high: median + reach })
}

/// The distinct units of a model's trials.
pub(super) fn units(repeats: &[Repeat]) -> Vec<u64> {
    let mut units: Vec<u64> = repeats.iter().map(|repeat| repeat.unit).collect();
    units.sort_unstable();
    units.dedup();
    units
}

/// Which units are in each resample: as many as there are, with replacement.
pub(super) struct Draws {
    units: Vec<u64>,
    drawn: Vec<Vec<u64>>,
}

impl Draws {
    pub(super) fn new(units: &[u64], resamples: usize, seed: u64) -> Self {
        let mut random = SplitMix64(seed ^ 0x5eed_0f5e_ed50_f5ee);
        let mut draw = || (0..units.len()).map(|_| units[random.below(units.len())]).collect();
        Self { units: units.to_vec(), drawn: (0..resamples).map(|_| draw()).collect() }
    }
}

/// The median over a model's trials on each drawing of units, the rows held fixed.
pub(super) fn medians_of(repeats: &[Repeat], draws: &Draws) -> Vec<f64> {
    let of_unit = |unit: &u64| {
        let own = repeats.iter().filter(|repeat| repeat.unit == *unit);
        own.map(|repeat| repeat.value).collect()
    };
    let values: Vec<Vec<f64>> = draws.units.iter().map(of_unit).collect();
    let position = |unit: &u64| draws.units.partition_point(|known| known < unit);
    let drawn = |units: &Vec<u64>| {
        median(units.iter().flat_map(|unit| values[position(unit)].iter().copied()))
    };
    draws.drawn.iter().filter_map(drawn).collect()
}

/// The median over a model's trials on each resample of the rows, the units held fixed: over every other unit, and over
/// the rest. If there is one unit, both are over that unit. `None` if the rows are not resampled.
pub(super) fn on_rows(repeats: &[Repeat], units: &[u64]) -> Option<[Vec<Option<f64>>; 2]> {
    let resamples = repeats.iter().map(|repeat| repeat.drawn.len()).min()?;
    let over = |half: usize| -> Vec<Option<f64>> {
        let position = |repeat: &Repeat| units.partition_point(|known| *known < repeat.unit);
        let is_kept = |repeat: &&Repeat| units.len() == 1 || position(repeat) % 2 == half;
        let kept: Vec<&Repeat> = repeats.iter().filter(is_kept).collect();
        let on = |at: usize| {
            let drawn = kept.iter().map(|repeat| repeat.drawn[at]);
            drawn.collect::<Option<Vec<f64>>>().and_then(median)
        };
        (0..resamples).map(on).collect()
    };
    (resamples > 0).then(|| [over(0), over(1)])
}

/// The covariance of two series, 0 at least; `None` where more than a few of their values are undefined.
pub(super) fn covariance(first: &[Option<f64>], second: &[Option<f64>]) -> Option<Variance> {
    let pairs = first.iter().zip(second).filter_map(|(a, b)| Some(((*a)?, (*b)?)));
    let pairs: Vec<(f64, f64)> = pairs.collect();
    let n = pairs.len() as f64;
    if n < 2.0 || n < first.len() as f64 * (1.0 - UNDEFINED_SHARE) {
        return None;
    }
    let mean = |of: fn(&(f64, f64)) -> f64| pairs.iter().map(of).sum::<f64>() / n;
    let (a, b) = (mean(|pair| pair.0), mean(|pair| pair.1));
    let sum: f64 = pairs.iter().map(|pair| (pair.0 - a) * (pair.1 - b)).sum();
    Some(Variance((sum / (n - 1.0)).max(0.0)))
}

/// A variance.
#[derive(Debug, Clone, Copy)]
pub(super) struct Variance(pub(super) f64);

impl Variance {
    /// The variance of resampled values; 0 for fewer than two.
    pub(super) fn of(values: &[f64]) -> Self {
        let n = values.len() as f64;
        if n < 2.0 {
            return Self(0.0);
        }
        let mean = values.iter().sum::<f64>() / n;
        Self(values.iter().map(|v| (v - mean).powi(2)).sum::<f64>() / (n - 1.0))
    }
}

/// How far chance reaches: a standard error, and how well it is known.
#[derive(Debug, Clone, Copy)]
pub(super) struct Chance {
    /// The standard error.
    error: f64,
    /// Degrees of freedom; `None`: so many that the normal distribution serves.
    freedom: Option<usize>,
}

/// From so many degrees of freedom on Student's distribution is the normal one.
const NORMAL: f64 = 1_000.0;

/// The variance of a median of so many values, over the variance of resampled medians. In half of the cases, a resample
/// of two values has one of them twice. From three values on, resampled medians vary more than they should: in
/// simulations of 3 to 30 normal values, the true variance is 0.75 to 0.9 of the variance of resampled medians.
fn of_medians(units: usize) -> f64 {
    if units == 2 { 2.0 } else { 5.0 / 6.0 }
}

impl Chance {
    /// From the variance by the rows, and that by each drawing of units, with their number. The degrees of freedom are
    /// Satterthwaite's (1946), with one less than the units for each part.
    pub(super) fn new(rows: Variance, parts: &[(usize, Variance)]) -> Self {
        // One unit is drawn every time: what varies there is rounding.
        let parts = parts.iter().filter(|(units, _)| *units > 1);
        let parts: Vec<(f64, f64)> =
            parts.map(|(units, part)| (*units as f64, of_medians(*units) * part.0)).collect();
        let variance = rows.0 + parts.iter().map(|part| part.1).sum::<f64>();
        let uncertain: f64 = parts.iter().map(|(units, part)| part * part / (units - 1.0)).sum();
        let freedom = variance * variance / uncertain;
        let few = uncertain > 0.0 && freedom < NORMAL;
        let freedom = few.then(|| (freedom.floor() as usize).max(1));
        Self { error: variance.sqrt(), freedom }
    }

    /// Student's quantile times the standard error: half of an interval's width.
    pub(super) fn reach(&self, level: f64) -> f64 {
        self.quantile(level) * self.error
    }

    /// P(a difference at least so great), if there is none.
    pub(super) fn p_value(&self, difference: f64) -> f64 {
        match (difference == 0.0, self.error > 0.0, self.freedom) {
            (true, ..) => 1.0,
            (false, false, _) => 0.0,
            (false, true, Some(df)) => super::two_sided_student(difference / self.error, df),
            (false, true, None) => super::distributions::two_sided_normal(difference / self.error),
        }
    }

    fn quantile(&self, level: f64) -> f64 {
        let p = 0.5 + level / 2.0;
        match self.freedom {
            Some(df) => super::distributions::student_quantile(p, df),
            None => super::distributions::normal_quantile(p),
        }
    }
}
