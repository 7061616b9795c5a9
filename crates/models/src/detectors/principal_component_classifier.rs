//! `principal-component-classifier`: how far a row lies out along the first principal components, or
//! along the last ones, each in standard deviations.
//!
//! M.-L. Shyu, S.-C. Chen, K. Sarinnapakorn, L. Chang: *A Novel Anomaly Detection Scheme Based on
//! Principal Component Classifier*, ICDM Foundations and New Directions of Data Mining Workshop, 2003,
//! which was evaluated on KDD Cup 99. The components come from the correlation matrix, after the
//! training rows that lie farthest out have been trimmed. Two sums are taken of a row, of its squared
//! coordinate over the component's variance: one over the major components, which explain half of the
//! variance, and one over the minor ones, whose variance is below 0.2. The paper calls a row an
//! outlier if either sum exceeds its bound, and takes both bounds from the training rows, so that
//! together they have the false alarm rate that is asked for.
//!
//! What differs from the paper: it has a verdict, and a harness needs a score. The score is the larger of
//! both sums, each over its bound; above 1 is the paper's outlier. Components along which the training
//! rows do not vary are left out, and so are columns that are constant, which have no correlation.
//! `components = "all"` takes one sum over all components: the squared Mahalanobis distance. The
//! bounds are of all training rows, trimmed ones too.

use oddbench_core::{DetectorError, Matrix, threshold::quantile};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{
    covariance::{Axes, covariance, mean, principal_axes, scaled, scales},
    kind::Kind,
    model::{Fit, Model},
    parallel::{map_rows, score_rows},
    params::{ParamError, Params, require},
    save::Saved,
    spread::{Spread, whitening},
};

/// The components over which the score sums.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Selection {
    /// The major ones and, apart from them, the minor ones: the paper's.
    MajorAndMinor,
    /// The major ones.
    Major,
    /// The minor ones.
    Minor,
    /// All of them, in one sum.
    All,
}

/// Parameters of `principal-component-classifier`.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct ClassifierParams {
    /// The components over which the score sums.
    pub components: Selection,
    /// The share of the variance that the major components explain: as many of the first components as this
    /// takes.
    #[schemars(range(max = 1.0), extend("exclusiveMinimum" = 0))]
    pub major_share: f64,
    /// The variance below which a component is a minor one. A standardised feature has the variance 1.
    #[schemars(extend("exclusiveMinimum" = 0))]
    pub minor_below: f64,
    /// The share of the training rows that is trimmed, rounded down to whole rows: those with the
    /// largest Mahalanobis distance. 0 trims nothing.
    #[schemars(range(min = 0.0), extend("exclusiveMaximum" = 0.5))]
    pub trim: f64,
    /// About this share of the training rows gets a score above 1: it sets the bounds of the sums.
    #[schemars(extend("exclusiveMinimum" = 0, "exclusiveMaximum" = 1))]
    pub false_alarm_rate: f64,
}

impl Default for ClassifierParams {
    fn default() -> Self {
        Self {
            components: Selection::MajorAndMinor,
            major_share: 0.5,
            minor_below: 0.2,
            trim: 0.005,
            false_alarm_rate: 0.01,
        }
    }
}

impl Params for ClassifierParams {
    fn check(&self) -> Result<(), ParamError> {
        let (share, below, trim) = (self.major_share, self.minor_below, self.trim);
        require("major_share", share > 0.0 && share <= 1.0, "above 0 and at most 1", share)?;
        require("minor_below", below > 0.0 && below.is_finite(), "above 0", below)?;
        require("trim", (0.0..0.5).contains(&trim), "from 0 to below 0.5", trim)?;
        let rate = self.false_alarm_rate;
        require("false_alarm_rate", rate > 0.0 && rate < 1.0, "above 0 and below 1", rate)
    }
}

/// One of the sums.
pub struct Part {
    spread: Spread,
    /// The bound of the sum. The false alarm rate says how many training rows lie above it.
    bound: f64,
}

/// The components of the standardised rows, with everything that is needed to apply them to a raw row.
struct Components {
    mean: Vec<f64>,
    scales: Vec<f64>,
    axes: Axes,
    /// Along how many axes the rows vary.
    varying: usize,
}

impl Components {
    fn fit(x: &Matrix) -> Result<Self, DetectorError> {
        let mean = mean(x);
        let covariance = covariance(x, &mean);
        let scales = scales(&covariance, &mean, x.rows());
        let axes = principal_axes(scaled(&covariance, &scales));
        match axes.varying() {
            0 => Err(DetectorError::BadInput("all training rows are equal".into())),
            varying => Ok(Self { mean, scales, axes, varying }),
        }
    }

    /// The spread along some of the axes.
    fn spread(&self, which: std::ops::Range<usize>) -> Spread {
        let scale = |axis: &Vec<f64>| axis.iter().zip(&self.scales).map(|(a, s)| a / s).collect();
        let axes = Axes {
            variances: self.axes.variances[which.clone()].to_vec(),
            vectors: self.axes.vectors[which].iter().map(scale).collect(),
        };
        Spread { mean: self.mean.clone(), whitening: whitening(axes) }
    }

    /// How many of the first axes explain such a share of the variance.
    fn major(&self, share: f64) -> usize {
        let wanted = share * self.axes.variances.iter().sum::<f64>();
        let mut explained = 0.0;
        let before = self.axes.variances.iter().take_while(|&&variance| {
            explained += variance;
            explained < wanted
        });
        (before.count() + 1).min(self.varying)
    }

    /// Which axes have a variance below that.
    fn minor(&self, below: f64) -> std::ops::Range<usize> {
        let first = self.axes.variances.iter().take_while(|&&variance| variance >= below).count();
        first.min(self.varying)..self.varying
    }
}

/// All rows but those with the largest squared Mahalanobis distances. The first of equal rows go.
fn trimmed(x: &Matrix, share: f64) -> Result<Option<Matrix>, DetectorError> {
    let out = (share * x.rows() as f64) as usize;
    if out == 0 {
        return Ok(None);
    }
    let components = Components::fit(x)?;
    let spread = components.spread(0..components.varying);
    let distances = score_rows(x, |row| spread.squared_distance(row));
    let mut order: Vec<usize> = (0..x.rows()).collect();
    order.sort_by(|&a, &b| distances[b].total_cmp(&distances[a]));
    let mut kept = order.split_off(out);
    kept.sort_unstable();
    Ok(Some(x.select(&kept)))
}

impl ClassifierParams {
    fn spreads(&self, components: &Components) -> Result<Vec<Spread>, DetectorError> {
        let major = 0..components.major(self.major_share);
        let minor = components.minor(self.minor_below);
        let all = 0..components.varying;
        let chosen = match self.components {
            Selection::MajorAndMinor if minor.is_empty() => vec![major],
            Selection::MajorAndMinor => vec![major, minor],
            Selection::Major => vec![major],
            Selection::Minor if minor.is_empty() => {
                return Err(DetectorError::BadInput(format!(
                    "no component along which the training rows vary has a variance below minor_below = {}: \
                     raise it, or take other components",
                    self.minor_below
                )));
            }
            Selection::Minor => vec![minor],
            Selection::All => vec![all],
        };
        Ok(chosen.into_iter().map(|which| components.spread(which)).collect())
    }
}

/// The part whose sum over its bound is the largest, and that ratio.
fn largest<'a>(parts: &'a [Part], row: &[f32]) -> (&'a Part, f64) {
    let mut best = (&parts[0], f64::NEG_INFINITY);
    for part in parts {
        let ratio = part.spread.squared_distance(row) / part.bound;
        if ratio > best.1 {
            best = (part, ratio);
        }
    }
    best
}

impl Model for ClassifierParams {
    type Learned = Vec<Part>;

    const KIND: Kind = Kind::of::<Self>(
        "principal-component-classifier",
        "squared coordinates along the major and the minor principal components, over their variances",
        "Shyu et al.: A Novel Anomaly Detection Scheme Based on Principal Component Classifier, 2003",
    );

    /// If no component is a minor one, the major ones alone count, and a note says so.
    fn fit(&self, Fit { x, watch, .. }: Fit<'_>) -> Result<Vec<Part>, DetectorError> {
        let kept = trimmed(x, self.trim)?;
        let components = Components::fit(kept.as_ref().unwrap_or(x))?;
        let spreads = self.spreads(&components)?;
        if self.components == Selection::MajorAndMinor && spreads.len() == 1 {
            watch.note(&format!(
                "no component has a variance below minor_below = {}: the major ones alone are scored",
                self.minor_below
            ));
        }
        // Both sums leave such a share of rows below their bounds, as if they were independent.
        let below = (1.0 - self.false_alarm_rate).powf(1.0 / spreads.len() as f64);
        let part = |spread: Spread| {
            let sums = score_rows(x, |row| spread.squared_distance(row));
            let bound = quantile(&sums, below).unwrap_or(1.0).max(f64::EPSILON);
            Part { spread, bound }
        };
        Ok(spreads.into_iter().map(part).collect())
    }

    fn score(&self, parts: &Vec<Part>, x: &Matrix) -> Result<Vec<f64>, DetectorError> {
        Ok(score_rows(x, |row| largest(parts, row).1))
    }

    /// 1, where a sum reaches its bound: the paper's verdict.
    fn native_threshold(&self, _: &Vec<Part>) -> Option<f64> {
        Some(1.0)
    }

    /// Each feature's part of the sum that is the score, over the bound. A part may be negative.
    fn explain(&self, parts: &Vec<Part>, x: &Matrix) -> Result<Option<Matrix>, DetectorError> {
        Ok(Some(map_rows(x, x.cols(), |row, out| {
            let (part, _) = largest(parts, row);
            let shares = part.spread.shares(row);
            out.iter_mut().zip(shares).for_each(|(out, share)| *out = (share / part.bound) as f32);
        })))
    }

    fn save(parts: &Vec<Part>, saved: Saved) -> Saved {
        let d = parts[0].spread.mean.len();
        let sizes: Vec<u32> = parts.iter().map(|part| part.spread.whitening.len() as u32).collect();
        let rows = sizes.iter().sum::<u32>() as usize;
        let bounds: Vec<f64> = parts.iter().map(|part| part.bound).collect();
        let whitening: Vec<f64> =
            parts.iter().flat_map(|part| part.spread.whitening.concat()).collect();
        saved
            .with("mean", &[d], parts[0].spread.mean.clone())
            .with("sizes", &[parts.len()], sizes)
            .with("bounds", &[parts.len()], bounds)
            .with("whitening", &[rows, d], whitening)
    }

    fn load(&self, saved: &Saved) -> Result<Vec<Part>, DetectorError> {
        let d = saved.n_features;
        let count = saved.shape("sizes")?.iter().product();
        if count == 0 {
            return Err(saved.broken("it has no components"));
        }
        let sizes = saved.tensor_u32("sizes", &[count])?;
        let rows = sizes.iter().map(|&size| size as usize).sum();
        let bounds = saved.tensor_f64("bounds", &[count])?;
        let mean = saved.tensor_f64("mean", &[d])?;
        let mut whitening = saved.tensor_f64("whitening", &[rows, d])?.chunks_exact(d.max(1));
        let part = |(&size, &bound): (&u32, &f64)| {
            let whitening = whitening.by_ref().take(size as usize).map(<[f64]>::to_vec).collect();
            Part { spread: Spread { mean: mean.to_vec(), whitening }, bound }
        };
        Ok(sizes.iter().zip(bounds).map(part).collect())
    }
}
