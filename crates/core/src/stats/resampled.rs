//! Metrics of models on resamples that all of them share: what intervals and differences are made of.

use super::interval::{Interval, percentiles};
use super::resample::{Bootstrap, Resampler};
use super::weighted::{LANES, Lanes, Ranking};
use crate::metrics::{Metric, PerMetric};

/// The metrics of one model on one choice of rows.
type Metrics = PerMetric<Option<f64>>;

/// Resamples of labelled rows, each label for itself, drawn once for all models.
pub struct Resamples<'a> {
    labels: &'a [bool],
    /// Several resamples at once: a block of them has every row in order. The last block also has
    /// resamples that are not used: they fill it up.
    draws: Vec<Lanes>,
    settings: Bootstrap,
}

impl<'a> Resamples<'a> {
    /// Draws them: two bytes per row and resample.
    pub fn draw(labels: &'a [bool], settings: Bootstrap) -> Self {
        let mut resampler = Resampler::new(labels, settings.seed);
        let blocks = settings.resamples.div_ceil(LANES);
        let mut draws = vec![[0; LANES]; labels.len() * blocks];
        for resample in 0..settings.resamples {
            let block = resample / LANES * labels.len();
            for (row, &count) in draws[block..].iter_mut().zip(resampler.draw()) {
                row[resample % LANES] = count;
            }
        }
        Self { labels, draws, settings }
    }

    /// One model's metrics on all rows and on every resample; those that need a threshold are
    /// undefined without one. Panics if there is not one score per label.
    pub fn measure(&self, scores: &[f64], threshold: Option<f64>) -> Measured {
        self.measure_some(scores, threshold, &vec![true; self.labels.len()])
    }

    /// The same on some of the rows only: those that `kept` says, in the same resamples, so that
    /// [`Measured::fall_to`] compares like with like. Panics if there is not one score and one answer
    /// per label.
    pub fn measure_some(&self, scores: &[f64], threshold: Option<f64>, kept: &[bool]) -> Measured {
        assert_eq!(kept.len(), self.labels.len(), "one answer per label");
        assert_eq!(scores.len(), self.labels.len(), "one score per label");
        let labels: Vec<bool> = of_kept(self.labels, kept).collect();
        let scores: Vec<f64> = of_kept(scores, kept).collect();
        let ranking = Ranking::new(&labels, &scores);
        let called = threshold.map(|threshold| ranking.called(&scores, threshold));
        let [observed, ..] = metrics(&ranking, &vec![[1; LANES]; labels.len()], called);
        let mut weights: Vec<Lanes> = Vec::with_capacity(labels.len());
        let block = |block: &[Lanes]| {
            weights.clear();
            weights.extend(of_kept(block, kept));
            metrics(&ranking, &weights, called)
        };
        // Without rows there is nothing to cut into resamples, and every one is as empty.
        let mut drawn: Vec<Metrics> = match self.labels.len() {
            0 => vec![observed; self.settings.resamples],
            rows => self.draws.chunks_exact(rows).flat_map(block).collect(),
        };
        drawn.truncate(self.settings.resamples);
        Measured { observed, drawn, settings: self.settings }
    }
}

fn of_kept<'v, T: Copy>(values: &'v [T], kept: &'v [bool]) -> impl Iterator<Item = T> + 'v {
    values.iter().zip(kept).filter(|(_, kept)| **kept).map(|(value, _)| *value)
}

/// The metrics of rows that count as often as the weights say, the first `called` of them called
/// outliers.
fn metrics(ranking: &Ranking, weights: &[Lanes], called: Option<usize>) -> [Metrics; LANES] {
    let measured = ranking.measure(weights, called.unwrap_or(0));
    measured.map(|(areas, counts)| PerMetric::of(&areas, called.map(|_| &counts)))
}

/// What [`Resamples::measure`] found of one model.
pub struct Measured {
    pub(super) observed: Metrics,
    pub(super) drawn: Vec<Metrics>,
    pub(super) settings: Bootstrap,
}

impl Measured {
    /// Percentile intervals; `None` where the metric is undefined on the rows. The threshold is held fixed:
    /// an oracle's own uncertainty is not in them.
    pub fn intervals(&self) -> PerMetric<Option<Interval>> {
        PerMetric::from_fn(|metric| {
            self.observed[metric]?;
            percentiles(self.drawn.iter().map(|values| values[metric]), self.settings)
        })
    }

    /// The area under the ROC curve of all rows less that of some of them, which
    /// [`Resamples::measure_some`] found in the same resamples, with its interval. `None` where either
    /// area is undefined.
    pub fn fall_to(&self, some: &Self) -> Option<(f64, Interval)> {
        let fall = self.observed[Metric::RocAuc]? - some.observed[Metric::RocAuc]?;
        let both = self.drawn.iter().zip(&some.drawn);
        let drawn = both.map(|(all, some)| Some(all[Metric::RocAuc]? - some[Metric::RocAuc]?));
        Some((fall, percentiles(drawn, self.settings)?))
    }

    /// The area under the ROC curve.
    pub fn roc_auc(&self) -> Option<f64> {
        self.observed[Metric::RocAuc]
    }
}
