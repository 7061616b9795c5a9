//! `mixture` sees no label at all: the scores as a mixture of two normal distributions, a lower and an
//! upper one. The threshold is where both are equally likely.

use serde::{Deserialize, Serialize};

use super::{DefaultValue, Key, NoThreshold, ThresholdRule, TunedRows, Undefined, Values};

/// Where a score is as likely of the upper as of the lower of two normal distributions that make up the
/// scores of all rows; no label is looked at.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Mixture {
    /// Whether they make up the logarithms of the scores.
    pub log: bool,
}

impl Undefined {
    /// The rule is `mixture` and the scores are not two groups.
    pub const ONE_GROUP: Self = Self {
        code: "one-group",
        reason: "the scores do not part into two groups: one of two normal distributions shrinks onto equal scores, or has no border with the other",
    };
    /// The rule is `mixture` of logarithms and a score has none.
    pub const NO_LOGARITHM: Self = Self {
        code: "no-logarithm",
        reason: "a score is not above 0 and has no logarithm: leave out `log`",
    };
}

impl ThresholdRule for Mixture {
    const SUMMARY: &'static str =
        "The border between two normal distributions that make up the scores of all rows.";
    const KEYS: &'static [Key] = &[Key {
        name: "log",
        values: Values::Flag,
        default: DefaultValue::Flag(false),
        meaning: "Whether the two groups are of the scores' logarithms",
    }];
    const UNDEFINED: &'static [Undefined] = &[Undefined::ONE_GROUP, Undefined::NO_LOGARITHM];

    fn choose(&self, rows: &TunedRows<'_>) -> Result<f64, NoThreshold> {
        match rows.scores.is_empty() {
            true => Err(NoThreshold::Rows("rows")),
            false => mixture(rows.scores, self.log).map_err(NoThreshold::Undefined),
        }
    }

    fn words(&self, part: &str) -> String {
        let of = if self.log { "scores' logarithms" } else { "scores" };
        format!("border between two normal distributions of the {part} {of}")
    }
}

/// More distinct scores than this are taken as so many groups of neighbours.
const MOST_GROUPS: usize = 4_096;

/// Where the upper component may begin when the search does: quantiles of the scores.
const STARTS: [f64; 6] = [0.2, 0.5, 0.8, 0.9, 0.95, 0.99];

/// A search ends when the mean log-likelihood gains less in a step...
const LEAST_GAIN: f64 = 1e-10;
/// ...or after so many steps.
const MOST_STEPS: usize = 1_000;

/// A component narrower than this share of the deviation of all scores has shrunk onto equal ones,
/// where the likelihood has no maximum.
const LEAST_DEVIATION: f64 = 1e-3;

/// The score between the means of the two components that is as likely of either: where the posterior
/// of the upper one is one half (McLachlan and Peel 2000, "Finite Mixture Models", sections 2.8 and
/// 3.2; the search is expectation-maximisation, Dempster, Laird and Rubin 1977). With `log` the
/// components are of the logarithms of the scores; the threshold is a score again.
///
/// The search begins at several quantiles, and the best likelihood wins; nothing is drawn.
fn mixture(scores: &[f64], log: bool) -> Result<f64, Undefined> {
    if !log {
        return border(scores.to_vec());
    }
    match scores.iter().all(|score| *score > 0.0) {
        true => border(scores.iter().map(|score| score.ln()).collect()).map(f64::exp),
        false => Err(Undefined::NO_LOGARITHM),
    }
}

fn border(mut values: Vec<f64>) -> Result<f64, Undefined> {
    values.sort_unstable_by(f64::total_cmp);
    let groups = Groups::of(&values);
    let found = STARTS.into_iter().filter_map(|start| groups.search(start));
    let best = found.max_by(|a, b| a.likelihood.total_cmp(&b.likelihood));
    let standard = best.and_then(|found| found.mixture.border()).ok_or(Undefined::ONE_GROUP)?;
    Ok(groups.middle + groups.deviation * standard)
}

/// One normal distribution and its share of the rows.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Component {
    weight: f64,
    mean: f64,
    variance: f64,
}

impl Component {
    /// Logarithm of weight times density, but for a constant.
    fn log_density(&self, x: f64) -> f64 {
        self.weight.ln() - (self.variance.ln() + (x - self.mean).powi(2) / self.variance) / 2.0
    }
}

/// The lower component, then the upper one.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Pair([Component; 2]);

impl Pair {
    /// Where the two densities are equal between the means, if that is at one place: below it the lower
    /// component is likelier, above it the upper one.
    fn border(&self) -> Option<f64> {
        let Self([lower, upper]) = self;
        let excess = |x: f64| upper.log_density(x) - lower.log_density(x);
        let (mut low, mut high) = (lower.mean, upper.mean);
        if !(excess(low) < 0.0 && excess(high) > 0.0) {
            return None;
        }
        for _ in 0..200 {
            let middle = (low + high) / 2.0;
            if excess(middle) > 0.0 {
                high = middle;
            } else {
                low = middle;
            }
        }
        Some((low + high) / 2.0)
    }
}

/// A search's end.
struct Fitted {
    mixture: Pair,
    /// Mean over rows, but for a constant.
    likelihood: f64,
}

/// Neighbouring scores, scaled to mean 0 and variance 1.
struct Groups {
    /// Mean score, mean square around it, and rows of each group, in ascending order.
    groups: Vec<(f64, f64, f64)>,
    rows: f64,
    middle: f64,
    deviation: f64,
}

impl Groups {
    /// `values` in ascending order.
    fn of(values: &[f64]) -> Self {
        let rows = values.len().max(1) as f64;
        let middle = values.iter().sum::<f64>() / rows;
        let variance = values.iter().map(|x| (x - middle).powi(2)).sum::<f64>() / rows;
        let deviation = variance.sqrt();
        let size = values.len().div_ceil(MOST_GROUPS).max(1);
        let group = |rows: &[f64]| {
            let n = rows.len() as f64;
            let scaled = |x: &f64| (x - middle) / deviation;
            let mean = rows.iter().map(scaled).sum::<f64>() / n;
            let square = rows.iter().map(|x| (scaled(x) - mean).powi(2)).sum::<f64>() / n;
            (mean, square, n)
        };
        Self { groups: values.chunks(size).map(group).collect(), rows, middle, deviation }
    }

    /// Expectation-maximisation from the rows below and above a quantile; `None` if a component shrinks
    /// onto equal scores or loses its rows.
    fn search(&self, start: f64) -> Option<Fitted> {
        if !(self.deviation.is_finite() && self.deviation > 0.0) {
            return None;
        }
        let mut below = 0.0;
        let upper: Vec<f64> = self
            .groups
            .iter()
            .map(|(_, _, n)| {
                below += n;
                f64::from(u8::from(below > start * self.rows))
            })
            .collect();
        let mut mixture = self.maximise(&upper)?;
        let mut before = f64::NEG_INFINITY;
        for _ in 0..MOST_STEPS {
            let (upper, likelihood) = self.expect(&mixture);
            mixture = self.maximise(&upper)?;
            if likelihood - before < LEAST_GAIN {
                break;
            }
            before = likelihood;
        }
        mixture.0.sort_by(|a, b| a.mean.total_cmp(&b.mean));
        Some(Fitted { mixture, likelihood: self.expect(&mixture).1 })
    }

    /// The posterior of the second component for each group, and the mean log-likelihood.
    fn expect(&self, Pair([first, second]): &Pair) -> (Vec<f64>, f64) {
        let mut sum = 0.0;
        let posteriors = self.groups.iter().map(|&(x, _, n)| {
            let (a, b) = (first.log_density(x), second.log_density(x));
            let (most, gap) = (a.max(b), (a - b).abs());
            sum += n * (most + (-gap).exp().ln_1p());
            1.0 / (1.0 + (a - b).exp())
        });
        let posteriors = posteriors.collect();
        (posteriors, sum / self.rows)
    }

    /// The components that the posteriors make.
    fn maximise(&self, upper: &[f64]) -> Option<Pair> {
        let component = |share: &dyn Fn(f64) -> f64| {
            let shared = || {
                self.groups.iter().zip(upper).map(|(&(x, square, n), &p)| (x, square, n * share(p)))
            };
            let rows: f64 = shared().map(|(_, _, n)| n).sum();
            let mean = shared().map(|(x, _, n)| n * x).sum::<f64>() / rows;
            let squares = shared().map(|(x, square, n)| n * ((x - mean).powi(2) + square));
            let variance = squares.sum::<f64>() / rows;
            let whole = rows > 1.0 && variance.sqrt() > LEAST_DEVIATION;
            whole.then_some(Component { weight: rows / self.rows, mean, variance })
        };
        Some(Pair([component(&|p| 1.0 - p)?, component(&|p| p)?]))
    }
}
