//! Rows of the kernel matrix for LIBSVM's solver: dense, cached, computed on all cores.

use libsvm_rs::{
    cache::{Cache, Qfloat},
    qmatrix::QMatrix,
};
use oddbench_core::Matrix;
use pulp::{Simd, WithSimd};
use rayon::prelude::*;

use super::kernel::Kernel;
use crate::{
    nn::simd::dispatch,
    row_groups::{Group, LANES, fill_group},
};

/// Groups of rows that one thread computes at a time.
const GROUPS: usize = 128;

/// The kernel matrix of the training rows, in the order that the solver has given them; its entries
/// times the signs of both rows.
pub(in crate::detectors) struct KernelRows {
    kernel: Kernel,
    n_features: usize,
    /// Group `g` holds the rows `g · LANES ..`: one `[f32; LANES]` per feature.
    groups: Vec<[f32; LANES]>,
    /// 1 or -1 per row.
    signs: Vec<f64>,
    diagonal: Vec<f64>,
    cache: Cache,
}

impl KernelRows {
    /// `signs` are the classes (1 or -1) of the rows; all 1 where there is one class.
    pub fn new(x: &Matrix, signs: &[i8], kernel: Kernel, cache_mb: u32) -> Self {
        let d = x.cols();
        let mut groups = vec![[0.0; LANES]; x.rows().div_ceil(LANES) * d];
        for (rows, group) in x.as_slice().chunks(LANES * d).zip(groups.chunks_exact_mut(d)) {
            fill_group(rows.chunks_exact(d), group);
        }
        let cache = Cache::new(x.rows(), cache_mb as usize * 1024 * 1024);
        let signs = signs.iter().map(|&sign| f64::from(sign)).collect();
        let mut rows = Self { kernel, n_features: d, groups, signs, diagonal: Vec::new(), cache };
        rows.diagonal = (0..x.rows())
            .map(|i| rows.kernel.values(&rows.row(i), rows.group(i / LANES))[i % LANES])
            .collect();
        rows
    }

    fn group(&self, g: usize) -> &Group {
        &self.groups[g * self.n_features..(g + 1) * self.n_features]
    }

    fn row(&self, i: usize) -> Vec<f64> {
        self.group(i / LANES).iter().map(|values| f64::from(values[i % LANES])).collect()
    }
}

impl QMatrix for KernelRows {
    fn get_q(&mut self, i: usize, len: usize) -> &[Qfloat] {
        let row = self.row(i);
        let (data, start) = self.cache.get_data(i, len);
        if start < len {
            let first = start / LANES;
            let (kernel, d, sign) = (self.kernel, self.n_features, self.signs[i]);
            // Values of an unfinished group that the cache kept are written again, unchanged.
            data[first * LANES..len]
                .par_chunks_mut(GROUPS * LANES)
                .zip(self.groups[first * d..].par_chunks(GROUPS * d))
                .zip(self.signs[first * LANES..].par_chunks(GROUPS * LANES))
                .for_each(|((out, groups), signs)| {
                    dispatch(Fill { kernel, row: &row, sign, groups, signs, out });
                });
        }
        &data[..len]
    }

    fn get_qd(&self) -> &[f64] {
        &self.diagonal
    }

    fn swap_index(&mut self, i: usize, j: usize) {
        self.cache.swap_index(i, j);
        self.diagonal.swap(i, j);
        self.signs.swap(i, j);
        let d = self.n_features;
        for f in 0..d {
            let (a, b) = (i / LANES * d + f, j / LANES * d + f);
            let (left, right) = (self.groups[a][i % LANES], self.groups[b][j % LANES]);
            self.groups[a][i % LANES] = right;
            self.groups[b][j % LANES] = left;
        }
    }
}

/// Kernels of one row with the rows of the groups, times their signs.
struct Fill<'a> {
    kernel: Kernel,
    row: &'a [f64],
    sign: f64,
    groups: &'a Group,
    signs: &'a [f64],
    out: &'a mut [Qfloat],
}

impl WithSimd for Fill<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, _: S) {
        let groups = self.groups.chunks_exact(self.row.len());
        let signs = self.signs.chunks(LANES);
        for ((out, group), signs) in self.out.chunks_mut(LANES).zip(groups).zip(signs) {
            let values = self.kernel.values(self.row, group);
            for ((out, value), sign) in out.iter_mut().zip(values).zip(signs) {
                *out = (self.sign * sign * value) as Qfloat;
            }
        }
    }
}
