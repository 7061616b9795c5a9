//! What `ecod` and `copod` share: how far into its tail each value of a row lies.
//!
//! Both give a value the negative logarithm of its left and of its right tail probability under the
//! empirical distribution of its column, and differ in how they join the two. As PyOD does for a
//! call with one row, a row is scored as if it alone had been added to the `n` training rows: its
//! tail holds itself, so that no probability is 0, and no other row of the call changes its score.

use std::path::Path;

use oddbench_core::{
    Detector, DetectorError, FittedDetector, Matrix, Train, Watch, detector::check_input,
};
use rayon::prelude::*;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{
    parallel::{map_rows, score_rows},
    params::{ParamError, Params},
    save::Saved,
};

/// How the two tails of a value become its share of the score.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Rule {
    /// The largest of left, right and the tail that the column's skewness chooses.
    Ecod,
    /// The larger of the mean of both tails and the tail that the column's skewness chooses.
    Copod,
}

/// None: neither method has parameters.
#[derive(Debug, Clone, Default, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct NoParams {}

impl Params for NoParams {
    fn check(&self) -> Result<(), ParamError> {
        Ok(())
    }
}

pub(super) struct TailDetector {
    pub rule: Rule,
}

struct FittedTails {
    rule: Rule,
    columns: Vec<Column>,
}

/// The empirical distribution of one column, and the share of a value at and between its steps.
struct Column {
    /// The distinct training values, ascending.
    values: Vec<f32>,
    /// For each of them, the number of training values up to it.
    up_to: Vec<u32>,
    /// -1, 0 or 1.
    skewness: i8,
    /// The share of a value equal to `values[i]`.
    at: Vec<f64>,
    /// The share of a value between `values[i - 1]` and `values[i]`; one more than values.
    between: Vec<f64>,
}

impl Rule {
    fn name(self) -> &'static str {
        match self {
            Self::Ecod => super::ecod::KIND.name,
            Self::Copod => super::copod::KIND.name,
        }
    }

    /// The share of a value of whose column `left` rows lie up to it and `right` from it on, itself
    /// included, out of `n` with itself.
    fn share(self, left: u32, right: u32, n: u32, skewness: i8) -> f64 {
        let surprise = |rows: u32| -(f64::from(rows) / f64::from(n)).ln();
        let (left, right) = (surprise(left), surprise(right));
        let skewed = match skewness {
            1 => right,
            -1 => left,
            _ => left + right,
        };
        match self {
            Self::Ecod => left.max(right).max(skewed),
            Self::Copod => skewed.max((left + right) / 2.0),
        }
    }
}

impl Column {
    fn fit(rule: Rule, mut sorted: Vec<f32>) -> Self {
        sorted.sort_unstable_by(f32::total_cmp);
        let skewness = skewness_sign(&sorted);
        let (mut values, mut up_to) = (Vec::new(), Vec::new());
        for chunk in sorted.chunk_by(|a, b| a == b) {
            values.push(chunk[0]);
            up_to.push(up_to.last().unwrap_or(&0) + chunk.len() as u32);
        }
        Self::new(rule, values, up_to, skewness)
    }

    fn new(rule: Rule, values: Vec<f32>, up_to: Vec<u32>, skewness: i8) -> Self {
        let n = up_to.last().copied().unwrap_or(0);
        let before = |i: usize| if i == 0 { 0 } else { up_to[i - 1] };
        let share = |left, right| rule.share(left + 1, right + 1, n + 1, skewness);
        let at = (0..values.len()).map(|i| share(up_to[i], n - before(i))).collect();
        let between = (0..=values.len()).map(|i| share(before(i), n - before(i))).collect();
        Self { values, up_to, skewness, at, between }
    }

    fn share(&self, value: f32) -> f64 {
        let i = self.values.partition_point(|&v| v < value);
        if self.values.get(i) == Some(&value) { self.at[i] } else { self.between[i] }
    }
}

/// The sign of the third central moment; 0 for a column that is constant but for rounding.
fn skewness_sign(values: &[f32]) -> i8 {
    /// The relative spread below which SciPy calls a column constant.
    const RESOLUTION: f64 = 1e-15;
    let n = values.len() as f64;
    let mean = values.iter().map(|&v| f64::from(v)).sum::<f64>() / n;
    let moment = |power| values.iter().map(|&v| (f64::from(v) - mean).powi(power)).sum::<f64>() / n;
    if moment(2) <= (RESOLUTION * mean).powi(2) {
        return 0;
    }
    match moment(3) {
        m if m > 0.0 => 1,
        m if m < 0.0 => -1,
        _ => 0,
    }
}

impl Detector for TailDetector {
    fn fit(
        &self,
        train: Train<'_>,
        _seed: u64,
        _watch: &mut dyn Watch,
    ) -> Result<Box<dyn FittedDetector>, DetectorError> {
        check_input(train.x, None)?;
        let columns = (0..train.x.cols())
            .into_par_iter()
            .map(|j| Column::fit(self.rule, train.x.column(j).collect()))
            .collect();
        Ok(Box::new(FittedTails { rule: self.rule, columns }))
    }

    fn deterministic(&self) -> bool {
        true
    }
}

impl FittedDetector for FittedTails {
    fn score(&self, x: &Matrix) -> Result<Vec<f64>, DetectorError> {
        check_input(x, Some(self.n_features()))?;
        Ok(score_rows(x, |row| row.iter().zip(&self.columns).map(|(&v, c)| c.share(v)).sum()))
    }

    /// The share of each value: the parts of which the score is the sum.
    fn explain(&self, x: &Matrix) -> Result<Option<Matrix>, DetectorError> {
        check_input(x, Some(self.n_features()))?;
        Ok(Some(map_rows(x, x.cols(), |row, out| {
            for ((share, &value), column) in out.iter_mut().zip(row).zip(&self.columns) {
                *share = column.share(value) as f32;
            }
        })))
    }

    fn save(&self, dir: &Path) -> Result<(), DetectorError> {
        let d = self.columns.len();
        let sizes: Vec<u32> = self.columns.iter().map(|c| c.values.len() as u32).collect();
        let values: Vec<f32> = self.columns.iter().flat_map(|c| c.values.clone()).collect();
        let up_to: Vec<u32> = self.columns.iter().flat_map(|c| c.up_to.clone()).collect();
        let skewness: Vec<f32> = self.columns.iter().map(|c| f32::from(c.skewness)).collect();
        Saved::new(self.rule.name(), &NoParams {}, d)
            .with("sizes", &[d], sizes)
            .with("values", &[values.len()], values)
            .with("up_to", &[up_to.len()], up_to)
            .with("skewness", &[d], skewness)
            .write(dir)
    }

    fn n_features(&self) -> usize {
        self.columns.len()
    }
}

pub(super) fn load(rule: Rule, saved: &Saved) -> Result<Box<dyn FittedDetector>, DetectorError> {
    let d = saved.n_features;
    let sizes = saved.tensor_u32("sizes", &[d])?;
    let n = sizes.iter().map(|&size| size as usize).sum();
    let (values, up_to) = (saved.tensor_f32("values", &[n])?, saved.tensor_u32("up_to", &[n])?);
    let skewness = saved.tensor_f32("skewness", &[d])?;
    let mut start = 0;
    let mut columns = Vec::with_capacity(d);
    for (&size, &skewness) in sizes.iter().zip(skewness) {
        let range = start..start + size as usize;
        start = range.end;
        let ascending = values[range.clone()].is_sorted() && up_to[range.clone()].is_sorted();
        if range.is_empty() || !ascending {
            return Err(saved.broken("a column's steps are missing or out of order"));
        }
        let (values, up_to) = (values[range.clone()].to_vec(), up_to[range].to_vec());
        columns.push(Column::new(rule, values, up_to, skewness as i8));
    }
    Ok(Box::new(FittedTails { rule, columns }))
}
