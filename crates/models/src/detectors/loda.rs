//! `loda`: how rare the bins are into which random projections of a row fall.
//!
//! T. Pevný: *Loda: Lightweight on-line detector of anomalies*, Machine Learning 102, 2016. The score is
//! minus the mean over the projections of the logarithm of the probability of the row's bin.
//!
//! Two things differ from PyOD's `LODA` (3.6.7). PyOD looks a value up in the bin above its own:
//! it searches the edges without the last two of them and takes the result for the number of a bin. And a
//! value outside of all bins counts there as one in the outermost bin. Here a value has the bin that it
//! was counted in, and one outside of all bins is as rare as an empty bin. PyOD also divides the score
//! by the number of projections once more, which changes no order. docs/upstream/pyod-loda.md has a
//! reproduction.

mod projection;

use oddbench_core::{DetectorError, Matrix};
use rayon::prelude::*;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

pub use self::projection::Projection;
use self::projection::Projections;
use super::hbos::edges;
use crate::{
    kind::Kind,
    model::{Fit, Model},
    parallel::{map_rows, score_rows},
    params::{MOST_PARTS, ParamError, Params, require, require_count},
    save::Saved,
};

/// The count of an empty bin, in rows: PyOD's value.
const EMPTY: f64 = 1e-12;

/// Parameters of `loda`.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct LodaParams {
    /// Number of projections, each with its own histogram.
    #[schemars(range(min = 1, max = MOST_PARTS))]
    pub n_random_cuts: usize,
    /// Equally wide bins of a histogram, between the smallest and the largest projection of a training
    /// row. PyOD's `"auto"`, which chooses their number for each projection, is missing.
    #[schemars(range(min = 2, max = 100_000))]
    pub n_bins: usize,
    /// What the projections are made of: sparse vectors, as in the paper, or dense ones.
    pub projection: Projection,
}

impl Default for LodaParams {
    fn default() -> Self {
        Self { n_random_cuts: 100, n_bins: 10, projection: Projection::Sparse }
    }
}

impl Params for LodaParams {
    fn check(&self) -> Result<(), ParamError> {
        let (cuts, bins) = (self.n_random_cuts, self.n_bins);
        require_count("n_random_cuts", cuts, MOST_PARTS)?;
        require("n_bins", (2..=100_000).contains(&bins), "from 2 to 100000", bins)
    }
}

/// The histogram of the training rows along a projection.
#[derive(Debug)]
struct Histogram {
    /// One more than bins, ascending.
    edges: Vec<f64>,
    /// Minus the natural logarithm of the probability of each bin.
    rarity: Vec<f64>,
    /// That of an empty bin, which every place outside of the bins has.
    empty: f64,
}

impl Histogram {
    fn fit(values: &[f64], n_bins: usize) -> Self {
        let low = values.iter().copied().fold(f64::INFINITY, f64::min);
        let high = values.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        let edges = edges(low, high, n_bins);
        let mut counts = vec![0_u32; n_bins];
        for &value in values {
            if let Some(bin) = bin_of(&edges, value) {
                counts[bin] += 1;
            }
        }
        let total = values.len() as f64 + n_bins as f64 * EMPTY;
        let rarity = |count: f64| -((count + EMPTY) / total).ln();
        let rarities = counts.iter().map(|&count| rarity(f64::from(count))).collect();
        Self { edges, rarity: rarities, empty: rarity(0.0) }
    }

    fn rarity(&self, value: f64) -> f64 {
        bin_of(&self.edges, value).map_or(self.empty, |bin| self.rarity[bin])
    }
}

/// The bin of a value, `None` outside of all. A value on an edge belongs to the bin above; only the
/// last bin holds both its edges.
fn bin_of(edges: &[f64], value: f64) -> Option<usize> {
    let (bins, last) = (edges.len() - 1, edges[edges.len() - 1]);
    let above = edges.partition_point(|&edge| edge <= value);
    if above == 0 || value > last { None } else { Some((above - 1).min(bins - 1)) }
}

/// Projections and the histogram along each.
pub struct Histograms {
    projections: Projections,
    histograms: Vec<Histogram>,
}

impl Histograms {
    fn fit(projections: Projections, x: &Matrix, n_bins: usize) -> Result<Self, DetectorError> {
        let histogram =
            |cut| Histogram::fit(&score_rows(x, |row| projections.of(cut, row)), n_bins);
        let histograms: Vec<Histogram> =
            (0..projections.count()).into_par_iter().map(histogram).collect();
        if histograms.iter().any(|h| !h.edges.is_sorted_by(|a, b| a < b)) {
            return Err(DetectorError::BadInput(format!(
                "the projections of the rows are too large and too close for {n_bins} bins; scale the \
                 features"
            )));
        }
        Ok(Self { projections, histograms })
    }

    /// The rarity of a row along each projection.
    fn rarities(&self, row: &[f32]) -> impl Iterator<Item = f64> {
        let cuts = self.histograms.iter().enumerate();
        cuts.map(|(cut, histogram)| histogram.rarity(self.projections.of(cut, row)))
    }

    fn score(&self, row: &[f32]) -> f64 {
        self.rarities(row).sum::<f64>() / self.histograms.len() as f64
    }

    /// For each feature by how much the row is rarer along the projections that use it than along the
    /// others, in standard errors (the paper's one-sided two-sample t-test); 0 if all projections
    /// use it, or none, or if there is no spread.
    fn t_statistics(&self, row: &[f32]) -> Vec<f64> {
        let mut moments = vec![[Moments::default(); 2]; row.len()];
        for (cut, rarity) in self.rarities(row).enumerate() {
            let mut uses = vec![false; row.len()];
            self.projections.columns(cut).for_each(|column| uses[column] = true);
            for (moments, uses) in moments.iter_mut().zip(uses) {
                moments[usize::from(uses)].add(rarity);
            }
        }
        moments.iter().map(|[without, with]| with.t_statistic(without)).collect()
    }
}

/// The moments of a sample that a t-test needs (Welford's recurrence).
#[derive(Debug, Default, Clone, Copy)]
struct Moments {
    count: f64,
    mean: f64,
    squares: f64,
}

impl Moments {
    fn add(&mut self, value: f64) {
        self.count += 1.0;
        let from_mean = value - self.mean;
        self.mean += from_mean / self.count;
        self.squares += from_mean * (value - self.mean);
    }

    /// The squared standard error of the mean.
    fn squared_error(&self) -> f64 {
        self.squares / (self.count - 1.0) / self.count
    }

    fn t_statistic(&self, other: &Self) -> f64 {
        if self.count < 2.0 || other.count < 2.0 {
            return 0.0;
        }
        let squared = self.squared_error() + other.squared_error();
        if squared > 0.0 { (self.mean - other.mean) / squared.sqrt() } else { 0.0 }
    }
}

impl Model for LodaParams {
    type Learned = Histograms;

    const KIND: Kind = Kind::of::<Self>(
        "loda",
        "random projections: minus the log probability of the bin that each falls into, averaged",
        "Pevný: Loda: Lightweight on-line detector of anomalies, 2016",
    );

    fn deterministic(&self) -> bool {
        false
    }

    fn fit(&self, Fit { x, seed, .. }: Fit<'_>) -> Result<Histograms, DetectorError> {
        let projections = self.projection.draw(self.n_random_cuts, x.cols(), seed)?;
        Histograms::fit(projections, x, self.n_bins)
    }

    fn score(&self, histograms: &Histograms, x: &Matrix) -> Result<Vec<f64>, DetectorError> {
        Ok(score_rows(x, |row| histograms.score(row)))
    }

    /// The t-statistic of each feature, which the paper ranks features by. Dense projections use every
    /// feature and explain nothing.
    fn explain(
        &self,
        histograms: &Histograms,
        x: &Matrix,
    ) -> Result<Option<Matrix>, DetectorError> {
        if self.projection == Projection::Gaussian {
            return Ok(None);
        }
        Ok(Some(map_rows(x, x.cols(), |row, out| {
            let statistics = histograms.t_statistics(row);
            out.iter_mut().zip(statistics).for_each(|(out, t)| *out = t as f32);
        })))
    }

    fn save(Histograms { projections, histograms }: &Histograms, saved: Saved) -> Saved {
        let (cuts, bins) = (histograms.len(), histograms[0].rarity.len());
        let edges: Vec<f64> = histograms.iter().flat_map(|h| h.edges.clone()).collect();
        let rarity: Vec<f64> = histograms.iter().flat_map(|h| h.rarity.clone()).collect();
        let empty: Vec<f64> = histograms.iter().map(|h| h.empty).collect();
        projections
            .save(saved)
            .with("edges", &[cuts, bins + 1], edges)
            .with("rarity", &[cuts, bins], rarity)
            .with("empty", &[cuts], empty)
    }

    fn load(&self, saved: &Saved) -> Result<Histograms, DetectorError> {
        let (cuts, bins) = (self.n_random_cuts, self.n_bins);
        let projections = Projections::load(saved, cuts)?;
        let edges = saved.tensor_f64("edges", &[cuts, bins + 1])?.chunks_exact(bins + 1);
        let rarity = saved.tensor_f64("rarity", &[cuts, bins])?.chunks_exact(bins);
        let empty = saved.tensor_f64("empty", &[cuts])?;
        let parts = edges.zip(rarity).zip(empty);
        let histogram = |((edges, rarity), &empty): ((&[f64], &[f64]), &f64)| Histogram {
            edges: edges.to_vec(),
            rarity: rarity.to_vec(),
            empty,
        };
        Ok(Histograms { projections, histograms: parts.map(histogram).collect() })
    }
}

#[cfg(test)]
mod tests;
