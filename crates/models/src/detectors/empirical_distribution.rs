//! The empirical distribution of a column: what `ecod`, `copod` and `extreme-value` learn.

use oddbench_core::{DetectorError, Matrix};
use rayon::prelude::*;

use crate::save::Saved;

/// The empirical distribution of one column.
#[derive(Debug, Clone, PartialEq)]
pub struct Steps {
    /// The distinct values, ascending.
    pub values: Vec<f32>,
    /// For each of them, the number of values up to it.
    pub up_to: Vec<u32>,
}

impl Steps {
    /// One for each column.
    pub fn of_columns(x: &Matrix) -> Vec<Self> {
        (0..x.cols()).into_par_iter().map(|j| Self::of(x.column(j).collect())).collect()
    }

    fn of(mut values: Vec<f32>) -> Self {
        values.sort_unstable_by(f32::total_cmp);
        let mut steps = Self { values: Vec::new(), up_to: Vec::new() };
        for chunk in values.chunk_by(|a, b| a == b) {
            steps.push(chunk[0], chunk.len() as u32);
        }
        steps
    }

    /// Adds a value above all others.
    fn push(&mut self, value: f32, count: u32) {
        self.values.push(value);
        self.up_to.push(self.len() + count);
    }

    /// How many values there are, repetitions included.
    pub fn len(&self) -> u32 {
        self.up_to.last().copied().unwrap_or(0)
    }

    /// How many values lie below the `i`-th distinct one.
    pub fn before(&self, i: usize) -> u32 {
        if i == 0 { 0 } else { self.up_to[i - 1] }
    }

    /// Each distinct value with the number of times it occurs.
    fn counted(&self) -> impl Iterator<Item = (f32, u32)> + '_ {
        self.values.iter().enumerate().map(|(i, &v)| (v, self.up_to[i] - self.before(i)))
    }

    /// The distribution of both samples together.
    pub fn joined(&self, other: &Self) -> Self {
        let (mut left, mut right) = (self.counted().peekable(), other.counted().peekable());
        let mut joined = Self { values: Vec::new(), up_to: Vec::new() };
        while let Some(value) = match (left.peek(), right.peek()) {
            (Some(&(a, _)), Some(&(b, _))) => Some(a.min(b)),
            (a, b) => a.or(b).map(|&(value, _)| value),
        } {
            let count = |side: Option<(f32, u32)>| side.map_or(0, |(_, count)| count);
            let here = |&(v, _): &(f32, u32)| v == value;
            joined.push(value, count(left.next_if(here)) + count(right.next_if(here)));
        }
        joined
    }

    /// The sign of the third central moment; 0 for a column that is constant but for rounding.
    pub fn skewness(&self) -> i8 {
        /// The relative spread below which SciPy calls a column constant.
        const RESOLUTION: f64 = 1e-15;
        let n = f64::from(self.len());
        let average = |f: &dyn Fn(f64) -> f64| {
            self.counted().map(|(v, count)| f(f64::from(v)) * f64::from(count)).sum::<f64>() / n
        };
        let mean = average(&|v| v);
        if average(&|v| (v - mean).powi(2)) <= (RESOLUTION * mean).powi(2) {
            return 0;
        }
        match average(&|v| (v - mean).powi(3)) {
            m if m > 0.0 => 1,
            m if m < 0.0 => -1,
            _ => 0,
        }
    }

    /// Adds the distributions of all columns to a saved model.
    pub fn save(columns: &[Self], saved: Saved) -> Saved {
        let sizes: Vec<u32> = columns.iter().map(|c| c.values.len() as u32).collect();
        let values: Vec<f32> = columns.iter().flat_map(|c| c.values.clone()).collect();
        let up_to: Vec<u32> = columns.iter().flat_map(|c| c.up_to.clone()).collect();
        let n = values.len();
        saved.with("sizes", &[columns.len()], sizes).with("values", &[n], values).with(
            "up_to",
            &[n],
            up_to,
        )
    }

    /// What [`Self::save`] added: one distribution for each column, each with a value or more.
    pub fn load(saved: &Saved) -> Result<Vec<Self>, DetectorError> {
        let sizes = saved.tensor_u32("sizes", &[saved.n_features])?;
        let n = sizes.iter().map(|&size| size as usize).sum();
        let (values, up_to) = (saved.tensor_f32("values", &[n])?, saved.tensor_u32("up_to", &[n])?);
        let mut start = 0;
        let mut columns = Vec::with_capacity(sizes.len());
        for &size in sizes {
            let range = start..start + size as usize;
            start = range.end;
            let (values, up_to) = (values[range.clone()].to_vec(), up_to[range].to_vec());
            let ascending = values.is_sorted_by(|a, b| a < b) && up_to.is_sorted_by(|a, b| a < b);
            if values.is_empty() || !ascending || up_to[0] == 0 {
                return Err(saved.broken("a column's steps are missing or out of order"));
            }
            columns.push(Self { values, up_to });
        }
        Ok(columns)
    }
}
