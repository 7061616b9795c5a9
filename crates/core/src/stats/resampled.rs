//! Metrics of models on resamples that all of them share: the input of intervals and differences.

use super::cells::Cells;
use super::interval::{Interval, percentiles};
use super::proportion::interval_of;
use super::resample::{Block, Blocks, Bootstrap, LANES, Lanes};
use super::weighted::Ranking;
use crate::dataset::Classes;
use crate::metrics::{Basis, Cuts, Metric, PerMetric};
use crate::scores::ScoredPart;

/// The metrics of one model on one choice of rows.
type Metrics = PerMetric<Option<f64>>;

/// Resamples of labelled rows, each side separately, drawn once for all models and kept.
pub struct Resamples<'a> {
    labels: &'a [bool],
    classes: Option<&'a Classes>,
    /// Several resamples at once: a block of them has every row in order.
    draws: Vec<Lanes>,
    settings: Bootstrap,
}

impl<'a> Resamples<'a> {
    /// Draws them: a byte per row and resample. If the classes of rows are not known, macro recall is not known.
    pub fn draw(labels: &'a [bool], settings: Bootstrap) -> Self {
        let mut blocks = Blocks::new(labels, settings);
        let mut draws = Vec::with_capacity(labels.len() * settings.resamples.div_ceil(LANES));
        while let Some(block) = blocks.draw() {
            draws.extend_from_slice(block.weights);
        }
        Self { labels, classes: None, draws, settings }
    }

    /// The same of rows whose classes are known.
    pub fn of(part: &'a ScoredPart, settings: Bootstrap) -> Self {
        Self { classes: Some(&part.classes), ..Self::draw(&part.labels, settings) }
    }

    /// One model's metrics on all rows and on every resample; those whose threshold is not given are
    /// undefined. Panics if there is not one score per label.
    pub fn measure(&self, scores: &[f64], cuts: &Cuts) -> Measured {
        self.measure_some(scores, cuts, &vec![true; self.labels.len()])
    }

    /// The same on some of the rows only: those that `kept` says, in the same resamples, so that
    /// [`Measured::fall_to`] compares like with like. Panics if there is not one score and one answer
    /// per label.
    pub fn measure_some(&self, scores: &[f64], cuts: &Cuts, kept: &[bool]) -> Measured {
        assert_eq!(kept.len(), self.labels.len(), "one answer per label");
        assert_eq!(scores.len(), self.labels.len(), "one score per label");
        let labels: Vec<bool> = of_kept(self.labels, kept).collect();
        let scores: Vec<f64> = of_kept(scores, kept).collect();
        let classes = self.classes.filter(|classes| !classes.is_empty());
        let classes = classes.map(|all| Classes {
            names: all.names.clone(),
            codes: of_kept(&all.codes, kept).collect(),
        });
        let rows = Rows { classes: &classes.unwrap_or_default(), labels: &labels };
        let mut meter = Meter::of_rows(rows, &scores, cuts, Extent::All, self.settings);
        let mut weights: Vec<Lanes> = Vec::with_capacity(labels.len());
        for at in 0..self.settings.resamples.div_ceil(LANES) {
            let block = &self.draws[at * self.labels.len()..][..self.labels.len()];
            weights.clear();
            weights.extend(of_kept(block, kept));
            let used = (self.settings.resamples - at * LANES).min(LANES);
            meter.add(Block { weights: &weights, used });
        }
        meter.finish()
    }
}

fn of_kept<'v, T: Copy>(values: &'v [T], kept: &'v [bool]) -> impl Iterator<Item = T> + 'v {
    values.iter().zip(kept).filter(|(_, kept)| **kept).map(|(value, _)| *value)
}

#[derive(Clone, Copy)]
struct Rows<'a> {
    classes: &'a Classes,
    labels: &'a [bool],
}

/// How many of the metrics are measured on resamples.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Extent {
    /// All of them.
    All,
    /// All metrics but the two areas under whole curves. Then the rows are counted in their own order, and need no order
    /// by score. So 60 models on 250,000 rows take only seconds.
    WithoutWholeAreas,
}

/// Measures one model on blocks of resamples, one after the other.
pub struct Meter {
    cells: Cells,
    /// `None` where the areas over all rows are not asked for.
    ranking: Option<Ranking>,
    measured: Measured,
}

impl Meter {
    /// Measures the scores of a part. Nothing is resampled yet. Panics if there is not one label per score.
    pub fn new(part: &ScoredPart, cuts: &Cuts, extent: Extent, settings: Bootstrap) -> Self {
        let rows = Rows { classes: &part.classes, labels: &part.labels };
        Self::of_rows(rows, &part.scores, cuts, extent, settings)
    }

    fn of_rows(
        rows: Rows<'_>,
        scores: &[f64],
        cuts: &Cuts,
        extent: Extent,
        settings: Bootstrap,
    ) -> Self {
        let basis = Basis::of(rows.classes, rows.labels, scores, cuts);
        let measured =
            Measured { observed: PerMetric::of(&basis), basis, drawn: Vec::new(), settings };
        let (cells, ranking) = match extent {
            Extent::All => (
                Cells::new(rows.classes, rows.labels, scores, cuts),
                Some(Ranking::new(rows.labels, scores)),
            ),
            Extent::WithoutWholeAreas => {
                (Cells::with_head(rows.classes, rows.labels, scores, cuts), None)
            }
        };
        Self { cells, ranking, measured }
    }

    /// The metrics on a block of resamples of the same rows.
    pub fn add(&mut self, block: Block<'_>) {
        let counts = self.cells.count(block.weights);
        let areas = match &self.ranking {
            Some(ranking) => ranking.areas(block.weights, counts.of_label(false)),
            None => counts.partial_areas(),
        };
        let used = areas.into_iter().enumerate().take(block.used);
        let metrics = used.map(|(lane, areas)| PerMetric::of(&counts.basis(lane, areas)));
        self.measured.drawn.extend(metrics);
    }

    /// What was found.
    pub fn finish(self) -> Measured {
        self.measured
    }
}

/// What is known about one model: its metrics on all rows and on every resample.
pub struct Measured {
    pub(super) observed: Metrics,
    pub(super) drawn: Vec<Metrics>,
    pub(super) settings: Bootstrap,
    basis: Basis,
}

impl Measured {
    /// Where each metric may lie; `None` where it is undefined on the rows. The threshold is held fixed: an
    /// oracle's own uncertainty is not in them. For recall at a false positive rate and precision at a prevalence,
    /// the interval is a function of the counts (Wilson's, MOVER's), because a resample of rows without false
    /// alarms has none either. For the other metrics, the percentiles are the interval.
    pub fn intervals(&self) -> PerMetric<Option<Interval>> {
        PerMetric::from_fn(|metric| {
            self.observed[metric]?;
            match metric.counted(&self.basis) {
                Some(counted) => interval_of(&counted, self.settings.level),
                None => percentiles(self.drawn.iter().map(|values| values[metric]), self.settings),
            }
        })
    }

    /// The metrics on all rows.
    pub fn observed(&self) -> &PerMetric<Option<f64>> {
        &self.observed
    }

    /// A metric on each resample, where it is defined.
    pub fn drawn(&self, metric: Metric) -> Vec<Option<f64>> {
        self.drawn.iter().map(|values| values[metric]).collect()
    }

    /// The area under the ROC curve of all rows, minus the area of some of them, which
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
