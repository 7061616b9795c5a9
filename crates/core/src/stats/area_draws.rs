//! The areas under both curves on resamples of the rows, without a walk over the rows for each resample: what each
//! row adds to an area is computed once (its influence), and rows are drawn in groups.

use super::resample::Bootstrap;
use crate::SplitMix64;
use crate::metrics::Areas;

/// The most groups in which the rows of a label are drawn. A standard error from g groups has itself an error of 1/√(2g).
/// That is 3 % here, as it is with 500 resamples.
const MOST_GROUPS: usize = 500;

/// Resamples of labelled rows, each side separately, that all models on these rows share.
pub struct RowDraws {
    labels: Vec<bool>,
    /// The group of each row: inliers first, then outliers.
    group_of: Vec<u32>,
    /// How often each group is in each resample, minus one; scaled, so that the variance is as for single rows.
    weights: Vec<Vec<f64>>,
}

/// An area of one model: on all rows, and on every resample of them.
#[derive(Debug, Clone, PartialEq)]
pub struct DrawnArea {
    /// On all rows.
    pub value: f64,
    /// On each resample.
    pub drawn: Vec<f64>,
}

/// Both areas; `None` where a class is absent.
#[derive(Debug, Clone, PartialEq)]
pub struct DrawnAreas {
    /// The area under the ROC curve.
    pub roc_auc: Option<DrawnArea>,
    /// Average precision.
    pub average_precision: Option<DrawnArea>,
}

impl RowDraws {
    /// Draws them. Rows of a label are dealt to groups at random, so that their order in the file does not matter.
    pub fn new(labels: &[bool], settings: Bootstrap) -> Self {
        let mut random = SplitMix64(settings.seed);
        let mut group_of = vec![0; labels.len()];
        let mut sizes = [0; 2];
        let mut first = 0;
        for (label, size) in [false, true].into_iter().zip(&mut sizes) {
            let mut rows: Vec<usize> = (0..labels.len()).filter(|&r| labels[r] == label).collect();
            *size = rows.len().min(MOST_GROUPS);
            shuffle(&mut rows, &mut random);
            rows.iter()
                .enumerate()
                .for_each(|(at, &row)| group_of[row] = first + (at % *size) as u32);
            first += *size as u32;
        }
        let weights = (0..settings.resamples).map(|_| weights(sizes, &mut random)).collect();
        Self { labels: labels.to_vec(), group_of, weights }
    }

    /// The areas of one model. Panics if there is not one score per row.
    ///
    /// An area on a resample is the area plus, row by row, its influence times (how often it was drawn - 1): the first
    /// terms of the area's expansion, of which DeLong's variance (1988) is made too.
    pub fn areas(&self, scores: &[f64]) -> DrawnAreas {
        assert_eq!(scores.len(), self.labels.len(), "one score per row");
        let areas = Areas::of(&self.labels, scores);
        let influences = Influences::of(&self.labels, scores);
        let draw = |value: Option<f64>, influence: &[f64]| {
            let sums = self.group_sums(influence);
            let on =
                |weights: &Vec<f64>| -> f64 { weights.iter().zip(&sums).map(|(w, s)| w * s).sum() };
            value.map(|value| DrawnArea {
                value,
                drawn: self.weights.iter().map(|weights| value + on(weights)).collect(),
            })
        };
        // Without rows of both labels there is nothing to resample.
        let both = areas.roc_auc.is_some();
        DrawnAreas {
            roc_auc: draw(areas.roc_auc, &influences.roc_auc),
            average_precision: draw(
                areas.average_precision.filter(|_| both),
                &influences.average_precision,
            ),
        }
    }

    /// The influence of each group, less the mean of its side: a resample has as many rows of a side as there are.
    fn group_sums(&self, influence: &[f64]) -> Vec<f64> {
        let mean = [false, true].map(|label| {
            let of = || self.labels.iter().zip(influence).filter(|(l, _)| **l == label);
            of().map(|(_, value)| value).sum::<f64>() / of().count().max(1) as f64
        });
        let mut sums = vec![0.0; self.weights.first().map_or(0, Vec::len)];
        for ((&group, &label), &value) in self.group_of.iter().zip(&self.labels).zip(influence) {
            if let Some(sum) = sums.get_mut(group as usize) {
                *sum += value - mean[usize::from(label)];
            }
        }
        sums
    }
}

/// One resample: groups of each side with replacement. The factor makes up for the degree of freedom that each
/// label's mean takes.
fn weights(sizes: [usize; 2], random: &mut SplitMix64) -> Vec<f64> {
    let mut weights = Vec::with_capacity(sizes[0] + sizes[1]);
    for size in sizes {
        let mut counts = vec![-1.0; size];
        (0..size).for_each(|_| counts[random.below(size)] += 1.0);
        let scale = if size > 1 { (size as f64 / (size as f64 - 1.0)).sqrt() } else { 0.0 };
        weights.extend(counts.into_iter().map(|count| count * scale));
    }
    weights
}

fn shuffle(rows: &mut [usize], random: &mut SplitMix64) {
    for last in (1..rows.len()).rev() {
        rows.swap(last, random.below(last + 1));
    }
}

/// How much each row adds to an area if it is drawn once more.
struct Influences {
    roc_auc: Vec<f64>,
    average_precision: Vec<f64>,
}

impl Influences {
    fn of(labels: &[bool], scores: &[f64]) -> Self {
        let mut order: Vec<usize> = (0..scores.len()).collect();
        order.sort_unstable_by(|&a, &b| scores[b].total_cmp(&scores[a]));
        let ties: Vec<&[usize]> = order.chunk_by(|&a, &b| scores[a] == scores[b]).collect();
        let outliers = labels.iter().filter(|&&label| label).count() as f64;
        let inliers = labels.len() as f64 - outliers;
        let mut roc_auc = vec![0.0; scores.len()];
        let mut average_precision = vec![0.0; scores.len()];
        // Outliers and inliers down to each score.
        let mut tally = (0.0, 0.0);
        let mut steps = Vec::with_capacity(ties.len());
        for rows in &ties {
            let own = rows.iter().filter(|&&row| labels[row]).count() as f64;
            let before = tally;
            tally = (tally.0 + own, tally.1 + rows.len() as f64 - own);
            for &row in *rows {
                roc_auc[row] = match labels[row] {
                    true => (inliers - f64::midpoint(before.1, tally.1)) / (inliers * outliers),
                    false => f64::midpoint(before.0, tally.0) / (inliers * outliers),
                };
            }
            steps.push((own, tally.0, tally.1));
        }
        // From the lowest score up: a row changes the precision at its own score and at all lower ones.
        let mut below = (0.0, 0.0);
        for (rows, &(own, found, false_alarms)) in ties.iter().zip(&steps).rev() {
            let called = found + false_alarms;
            let step = own / outliers / (called * called);
            below = (below.0 + step * false_alarms, below.1 - step * found);
            for &row in *rows {
                average_precision[row] = match labels[row] {
                    true => below.0 + found / called / outliers,
                    false => below.1,
                };
            }
        }
        Self { roc_auc, average_precision }
    }
}

#[cfg(test)]
mod tests {
    use super::super::Resamples;
    use super::*;
    use crate::metrics::{Cuts, Metric};

    /// Twelve uniform numbers are a nearly normal one.
    fn scores(labels: &[bool], shift: f64, random: &mut SplitMix64) -> Vec<f64> {
        let mut normal =
            || (0..12).map(|_| random.draw() as f64 / u64::MAX as f64).sum::<f64>() - 6.0;
        labels.iter().map(|&l| normal() + if l { shift } else { 0.0 }).collect()
    }

    fn deviation(values: &[f64]) -> f64 {
        let n = values.len() as f64;
        let mean = values.iter().sum::<f64>() / n;
        (values.iter().map(|v| (v - mean).powi(2)).sum::<f64>() / (n - 1.0)).sqrt()
    }

    /// An influence is the derivative by the row's weight: a copy of every row of a hundred times as many rows
    /// moves an area by about the influence of the row.
    #[test]
    fn influences_are_derivatives_by_the_weight_of_a_row() {
        let labels: Vec<bool> = (0..24).map(|row| row % 3 == 0).collect();
        // With ties.
        let scores: Vec<f64> =
            (0..24).map(|row| f64::from(row * 7 % 11) + f64::from(row % 3)).collect();
        let found = Influences::of(&labels, &scores);
        let area = |extra: Option<usize>| {
            let times = |row: usize| 400 + usize::from(Some(row) == extra);
            let copies = || (0..24).flat_map(|row| std::iter::repeat_n(row, times(row)));
            let (l, s): (Vec<bool>, Vec<f64>) =
                copies().map(|row| (labels[row], scores[row])).unzip();
            Areas::of(&l, &s)
        };
        let all = area(None);
        let slopes: Vec<[f64; 2]> = (0..24)
            .map(|row| {
                let with = area(Some(row));
                [
                    400.0 * (with.roc_auc.unwrap() - all.roc_auc.unwrap()),
                    400.0 * (with.average_precision.unwrap() - all.average_precision.unwrap()),
                ]
            })
            .collect();
        // Up to a constant for each side, which no resample shows.
        for (at, influence) in [&found.roc_auc, &found.average_precision].into_iter().enumerate() {
            for row in 3..24 {
                let twin = row % 3;
                let twin = if labels[row] { 0 } else { twin.max(1) };
                let expected = slopes[row][at] - slopes[twin][at];
                let ours = influence[row] - influence[twin];
                assert!((ours - expected).abs() < 2e-4, "{at} {row}: {ours} {expected}");
            }
        }
    }

    /// Resampled areas deviate as in a bootstrap that walks over all rows, with groups or without.
    #[test]
    fn deviations_are_those_of_a_bootstrap_of_single_rows() {
        let mut random = SplitMix64(5);
        for rows in [300, 2_400] {
            let labels: Vec<bool> = (0..rows).map(|row| row % 3 == 0).collect();
            let scores = scores(&labels, 1.5, &mut random);
            let settings = Bootstrap { resamples: 2_000, ..Bootstrap::default() };
            let ours = RowDraws::new(&labels, settings).areas(&scores);
            let whole = Resamples::draw(&labels, settings).measure(&scores, &Cuts::default());
            let drawn =
                |metric| -> Vec<f64> { whole.drawn(metric).into_iter().flatten().collect() };
            for (ours, metric) in
                [(ours.roc_auc, Metric::RocAuc), (ours.average_precision, Metric::AveragePrecision)]
            {
                let (ours, theirs) = (ours.unwrap(), deviation(&drawn(metric)));
                assert_eq!(Some(ours.value), whole.observed()[metric]);
                let ratio = deviation(&ours.drawn) / theirs;
                assert!((0.92..1.08).contains(&ratio), "{metric:?} of {rows} rows: {ratio}");
            }
        }
    }

    #[test]
    fn rows_of_one_label_have_no_area() {
        let found = RowDraws::new(&[true; 3], Bootstrap::default()).areas(&[1.0, 2.0, 3.0]);
        assert_eq!((found.roc_auc, found.average_precision), (None, None));
        let none = RowDraws::new(&[], Bootstrap::default()).areas(&[]);
        assert_eq!(none.roc_auc, None);
    }
}
