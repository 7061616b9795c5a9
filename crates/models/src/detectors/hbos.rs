//! `hbos`: the sum over the features of how rare each value's histogram bin is.
//!
//! M. Goldstein, A. Dengel: *Histogram-Based Outlier Score (HBOS)*, KI 2012; bins, regulariser and
//! the rule for values outside all bins are PyOD's.

use oddbench_core::{DetectorError, Matrix};
use rayon::prelude::*;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{
    kind::Kind,
    model::{Fit, Model},
    parallel::{map_rows, score_rows},
    params::{ParamError, Params, require},
    peer_names::same,
    save::Saved,
};

/// Parameters of `hbos`.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct HbosParams {
    /// Number of equally wide bins between the smallest and the largest training value. PyOD's `"auto"`, which
    /// chooses it for each column, is missing.
    #[schemars(range(min = 2, max = 100_000))]
    pub n_bins: usize,
    /// Added to every density, so that an empty bin has a finite score.
    #[schemars(range(max = 1.0), extend("exclusiveMinimum" = 0))]
    pub alpha: f64,
    /// How many bin widths outside of all bins a value may lie and still belong to the outermost
    /// one; further out it scores as the rarest bin.
    #[schemars(range(min = 0.0, max = 1.0))]
    pub tolerance: f64,
}

impl Default for HbosParams {
    fn default() -> Self {
        Self { n_bins: 10, alpha: 0.1, tolerance: 0.5 }
    }
}

impl Params for HbosParams {
    fn check(&self) -> Result<(), ParamError> {
        let (bins, alpha, tolerance) = (self.n_bins, self.alpha, self.tolerance);
        require("n_bins", (2..=100_000).contains(&bins), "from 2 to 100000", bins)?;
        require("alpha", alpha > 0.0 && alpha <= 1.0, "above 0 and at most 1", alpha)?;
        require("tolerance", (0.0..=1.0).contains(&tolerance), "from 0 to 1", tolerance)
    }
}

/// The bins of one feature.
pub struct Histogram {
    /// One more than bins, ascending.
    edges: Vec<f64>,
    /// Minus the binary logarithm of each bin's density plus the regulariser.
    rarity: Vec<f64>,
    /// The rarity of the rarest bin.
    rarest: f64,
    /// The median rarity of the training values. An explanation counts from here: what every row has explains nothing.
    usual: f64,
}

impl Histogram {
    fn fit(values: impl Iterator<Item = f32> + Clone, params: &HbosParams) -> Self {
        let wide = || values.clone().map(f64::from);
        let edges = edges(
            wide().fold(f64::INFINITY, f64::min),
            wide().fold(f64::NEG_INFINITY, f64::max),
            params.n_bins,
        );
        let mut counts = vec![0_u32; params.n_bins];
        for value in wide() {
            // A value on an edge belongs to the bin above; only the last bin holds both its edges.
            let bin = edges.partition_point(|&edge| edge <= value).saturating_sub(1);
            counts[bin.min(params.n_bins - 1)] += 1;
        }
        let n = f64::from(counts.iter().sum::<u32>());
        let rarity = counts
            .iter()
            .zip(edges.windows(2))
            .map(|(&count, edge)| {
                -(f64::from(count) / (edge[1] - edge[0]) / n + params.alpha).log2()
            })
            .collect();
        let mut histogram = Self::new(edges, rarity, 0.0);
        histogram.usual = histogram.median_rarity(values, params.tolerance);
        histogram
    }

    fn new(edges: Vec<f64>, rarity: Vec<f64>, usual: f64) -> Self {
        let rarest = rarity.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        Self { edges, rarity, rarest, usual }
    }

    fn rarity(&self, value: f32, tolerance: f64) -> f64 {
        self.bin(value, tolerance).map_or(self.rarest, |bin| self.rarity[bin])
    }

    /// The bin that a value is scored with; `None` if it is too far outside of all bins. A value on an edge is scored
    /// with the bin below, as PyOD does, although the fit counts it in the bin above.
    fn bin(&self, value: f32, tolerance: f64) -> Option<usize> {
        let value = f64::from(value);
        let (edges, bins) = (&self.edges, self.rarity.len());
        match edges.partition_point(|&edge| edge < value) {
            0 if edges[0] - value > (edges[1] - edges[0]) * tolerance => None,
            0 => Some(0),
            i if i <= bins => Some(i - 1),
            _ if value - edges[bins] > (edges[bins] - edges[bins - 1]) * tolerance => None,
            _ => Some(bins - 1),
        }
    }

    /// The lower median of the rarities of values, from the number of values in each bin.
    fn median_rarity(&self, values: impl Iterator<Item = f32>, tolerance: f64) -> f64 {
        let mut counts = vec![0_usize; self.rarity.len()];
        let mut all = 0_usize;
        for value in values {
            all += 1;
            // Training values lie inside of the bins.
            if let Some(bin) = self.bin(value, tolerance) {
                counts[bin] += 1;
            }
        }
        let mut bins: Vec<usize> = (0..counts.len()).collect();
        bins.sort_by(|a, b| self.rarity[*a].total_cmp(&self.rarity[*b]));
        let mut seen = 0;
        let median = bins.into_iter().find(|bin| {
            seen += counts[*bin];
            seen >= all.div_ceil(2)
        });
        median.map_or(self.rarest, |bin| self.rarity[bin])
    }
}

/// The edges of equally wide bins; half a unit on either side of a constant column.
pub(super) fn edges(low: f64, high: f64, n_bins: usize) -> Vec<f64> {
    let (low, high) = if low < high { (low, high) } else { (low - 0.5, high + 0.5) };
    let step = (high - low) / n_bins as f64;
    let mut edges: Vec<f64> = (0..=n_bins).map(|i| i as f64 * step + low).collect();
    edges[n_bins] = high;
    edges
}

impl Model for HbosParams {
    type Learned = Vec<Histogram>;

    const KIND: Kind = Kind {
        peers: &[&[same("tol", "tolerance")]],
        ..Kind::of::<Self>(
            "hbos",
            "histograms: minus the log density of each feature's bin, summed",
            "Goldstein, Dengel: Histogram-Based Outlier Score, KI 2012",
        )
    };

    fn fit(&self, Fit { x, .. }: Fit<'_>) -> Result<Vec<Histogram>, DetectorError> {
        let columns = (0..x.cols()).into_par_iter();
        let histograms: Vec<Histogram> =
            columns.map(|j| Histogram::fit(x.column(j), self)).collect();
        if let Some(j) = histograms.iter().position(|h| !h.edges.is_sorted_by(|a, b| a < b)) {
            return Err(DetectorError::BadInput(format!(
                "column {j}: its values are too large and too close for {} bins; scale the features",
                self.n_bins
            )));
        }
        Ok(histograms)
    }

    fn score(&self, histograms: &Vec<Histogram>, x: &Matrix) -> Result<Vec<f64>, DetectorError> {
        Ok(score_rows(x, |row| {
            row.iter().zip(histograms).map(|(&v, h)| h.rarity(v, self.tolerance)).sum()
        }))
    }

    /// The rarity of each value's bin, less the median rarity of the training values of its column. The parts of a row
    /// add up to its score less the sum of these medians, which is the same for all rows. A constant column has a large
    /// rarity in PyOD's bins, and would else be the first reason of every row.
    fn explain(
        &self,
        histograms: &Vec<Histogram>,
        x: &Matrix,
    ) -> Result<Option<Matrix>, DetectorError> {
        Ok(Some(map_rows(x, x.cols(), |row, out| {
            for ((share, &value), histogram) in out.iter_mut().zip(row).zip(histograms) {
                *share = (histogram.rarity(value, self.tolerance) - histogram.usual) as f32;
            }
        })))
    }

    fn save(histograms: &Vec<Histogram>, saved: Saved) -> Saved {
        let (d, bins) = (histograms.len(), histograms[0].rarity.len());
        let edges: Vec<f64> = histograms.iter().flat_map(|h| h.edges.clone()).collect();
        let rarity: Vec<f64> = histograms.iter().flat_map(|h| h.rarity.clone()).collect();
        let usual: Vec<f64> = histograms.iter().map(|h| h.usual).collect();
        let saved = saved.with("edges", &[d, bins + 1], edges).with("rarity", &[d, bins], rarity);
        saved.with("usual", &[d], usual)
    }

    fn load(&self, saved: &Saved) -> Result<Vec<Histogram>, DetectorError> {
        let (d, bins) = (saved.n_features, self.n_bins);
        let edges = saved.tensor_f64("edges", &[d, bins + 1])?.chunks_exact(bins + 1);
        let rarity = saved.tensor_f64("rarity", &[d, bins])?.chunks_exact(bins);
        // Models of earlier versions do not have it. Their explanations stay as they were.
        let usual = match saved.shape("usual") {
            Ok(_) => saved.tensor_f64("usual", &[d])?.to_vec(),
            Err(_) => vec![0.0; d],
        };
        let parts = edges.zip(rarity).zip(usual);
        Ok(parts.map(|((e, r), usual)| Histogram::new(e.to_vec(), r.to_vec(), usual)).collect())
    }
}
