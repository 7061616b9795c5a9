//! SIMD dispatch and the buffers that the fused CPU steps compute in.
//!
//! A kernel is an `#[inline(always)]` function that is generic over [`Simd`]; a whole training epoch
//! is one [`WithSimd`] value handed to [`dispatch`], which picks the instruction set once. Below
//! that call everything is inlined, so AVX2 and FMA are used without `unsafe` and without compiler
//! flags. Buffers are feature-major: a [`Plane`] holds one contiguous row of batch columns per
//! feature, and because each row is padded to [`PAD`] columns no kernel needs a scalar tail.
//!
//! Sums always run in the same order on one machine, whatever the threads, so results are bit-equal
//! from run to run. Processors with other vector widths add in another order.

use std::ops::{Deref, DerefMut};
use std::sync::OnceLock;

pub use pulp::{Simd, WithSimd};

/// Batch columns are padded to a multiple of this: two of the widest vectors (16 lanes), because
/// the dense kernels work on two vectors of columns at a time.
pub const PAD: usize = 32;

/// In bytes: a cache line, so that no vector load straddles two.
const ALIGNMENT: usize = 64;

/// The number of columns that a batch of `n` rows occupies.
#[inline(always)]
pub const fn padded(n: usize) -> usize {
    n.div_ceil(PAD) * PAD
}

/// The environment variable that asks for another instruction set than the widest one: `scalar`, or `avx2` on a
/// processor that has AVX-512 too. These kernels then add in the order of a processor that has no more.
pub const KERNELS: &str = "ODDBENCH_KERNELS";

/// Runs `op` with the widest instruction set of this processor, or the one that [`KERNELS`] asks for.
pub fn dispatch<Op: WithSimd>(op: Op) -> Op::Output {
    chosen().as_ref().map_or_else(|_| pulp::Arch::new(), |arch| *arch).dispatch(op)
}

/// The instruction set that [`dispatch`] takes: `scalar`, `avx2`, `avx512` or `neon`. An error if the environment
/// asks for one that is not there.
pub fn kernels() -> Result<String, String> {
    chosen().as_ref().map(|arch| name(*arch)).map_err(Clone::clone)
}

/// Chosen once in a process.
fn chosen() -> &'static Result<pulp::Arch, String> {
    static CHOSEN: OnceLock<Result<pulp::Arch, String>> = OnceLock::new();
    CHOSEN.get_or_init(|| match std::env::var_os(KERNELS) {
        None => Ok(pulp::Arch::new()),
        Some(asked) => named(&asked.to_string_lossy()),
    })
}

fn named(asked: &str) -> Result<pulp::Arch, String> {
    let widest = pulp::Arch::new();
    #[cfg(target_arch = "x86_64")]
    if let ("avx2", Some(simd)) = (asked, pulp::x86::V3::try_new()) {
        return Ok(pulp::Arch::V3(simd));
    }
    match asked {
        "scalar" => Ok(pulp::Arch::Scalar),
        _ if asked == name(widest) => Ok(widest),
        _ => Err(format!("{KERNELS} is \"{asked}\", and this processor has {}", name(widest))),
    }
}

/// Which of them exist depends on the features that other crates ask pulp for, so that the variants cannot be named.
fn name(arch: pulp::Arch) -> String {
    let variant = format!("{arch:?}");
    match variant.split(|c: char| !c.is_ascii_alphanumeric()).next().unwrap_or_default() {
        "Scalar" => "scalar".into(),
        "V3" => "avx2".into(),
        "V4" => "avx512".into(),
        other => other.to_ascii_lowercase(),
    }
}

/// `f32` values that begin on a cache line; they can be sliced, not grown.
#[derive(Debug)]
pub struct Aligned {
    data: Vec<f32>,
    start: usize,
    len: usize,
}

impl Aligned {
    /// `len` zeros.
    pub fn zeros(len: usize) -> Self {
        let data = vec![0.0; len + ALIGNMENT / size_of::<f32>()];
        // `align_offset` may refuse by contract; then the values are merely not aligned.
        let start = data.as_ptr().align_offset(ALIGNMENT).min(ALIGNMENT / size_of::<f32>());
        Self { data, start, len }
    }

    /// A copy of `values`.
    pub fn copy_of(values: &[f32]) -> Self {
        let mut copy = Self::zeros(values.len());
        copy.copy_from_slice(values);
        copy
    }
}

impl Clone for Aligned {
    fn clone(&self) -> Self {
        // The new allocation has its own alignment offset.
        Self::copy_of(self)
    }
}

impl Deref for Aligned {
    type Target = [f32];

    #[inline(always)]
    fn deref(&self) -> &[f32] {
        &self.data[self.start..self.start + self.len]
    }
}

impl DerefMut for Aligned {
    #[inline(always)]
    fn deref_mut(&mut self) -> &mut [f32] {
        &mut self.data[self.start..self.start + self.len]
    }
}

/// A feature-major batch: `features` rows of `stride` columns, column `c` being row `c` of the batch.
///
/// The stride is fixed when it is made; a smaller batch uses the first [`padded`] columns.
/// Columns between the batch's size and its padded size hold values that must not be used.
#[derive(Debug, Clone)]
pub struct Plane {
    features: usize,
    stride: usize,
    data: Aligned,
}

impl Plane {
    /// Zeros for batches of up to `batch` rows.
    pub fn zeros(features: usize, batch: usize) -> Self {
        let stride = padded(batch);
        Self { features, stride, data: Aligned::zeros(features * stride) }
    }

    /// Number of features.
    #[inline(always)]
    pub fn features(&self) -> usize {
        self.features
    }

    /// Allocated columns per feature, a multiple of [`PAD`].
    #[inline(always)]
    pub fn stride(&self) -> usize {
        self.stride
    }

    /// All columns of one feature.
    #[inline(always)]
    pub fn feature(&self, f: usize) -> &[f32] {
        &self.data[f * self.stride..(f + 1) * self.stride]
    }

    /// All columns of one feature, to be written.
    #[inline(always)]
    pub fn feature_mut(&mut self, f: usize) -> &mut [f32] {
        &mut self.data[f * self.stride..(f + 1) * self.stride]
    }

    /// All values, feature by feature.
    #[inline(always)]
    pub fn as_slice(&self) -> &[f32] {
        &self.data
    }

    /// All values, feature by feature, to be written.
    #[inline(always)]
    pub fn as_mut_slice(&mut self) -> &mut [f32] {
        &mut self.data
    }

    /// The first `vecs` vectors of one feature.
    #[inline(always)]
    pub fn vectors<S: Simd>(&self, f: usize, vecs: usize) -> &[S::f32s] {
        &S::as_simd_f32s(self.feature(f)).0[..vecs]
    }

    /// The first `vecs` vectors of one feature, to be written.
    #[inline(always)]
    pub fn vectors_mut<S: Simd>(&mut self, f: usize, vecs: usize) -> &mut [S::f32s] {
        &mut S::as_mut_simd_f32s(self.feature_mut(f)).0[..vecs]
    }

    /// Sets the columns from `n` to its padded size to zero, in every feature. A plane of gradients
    /// must have them zero before weights are summed over the columns.
    #[inline(always)]
    pub fn clear_padding(&mut self, n: usize) {
        let end = padded(n);
        if n < end {
            for row in self.data.chunks_exact_mut(self.stride) {
                row[n..end].fill(0.0);
            }
        }
    }
}

/// The number of vectors that cover the padded columns of a batch of `n` rows.
#[inline(always)]
pub fn vectors_of<S: Simd>(n: usize) -> usize {
    padded(n) / S::F32_LANES
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn buffers_begin_on_a_cache_line_clones_too() {
        for len in [1, 7, 100] {
            let values = Aligned::zeros(len);
            assert_eq!(values.as_ptr() as usize % ALIGNMENT, 0);
            assert_eq!(values.clone().as_ptr() as usize % ALIGNMENT, 0);
            assert_eq!(values.len(), len);
        }
    }

    #[test]
    fn an_instruction_set_is_had_by_its_name_or_refused() {
        assert_eq!(name(named("scalar").unwrap()), "scalar");
        let widest = name(pulp::Arch::new());
        assert_eq!(name(named(&widest).unwrap()), widest);
        let error = named("abacus").unwrap_err();
        assert!(error.contains("abacus") && error.contains(&widest), "{error}");
        #[cfg(target_arch = "x86_64")]
        assert_eq!(named("avx2").is_ok(), std::is_x86_feature_detected!("avx2"));
    }

    #[test]
    fn padding_is_cleared_and_nothing_else() {
        let mut plane = Plane::zeros(2, 40);
        plane.as_mut_slice().fill(1.0);
        plane.clear_padding(5);
        for f in 0..2 {
            assert_eq!(plane.feature(f)[..5], [1.0; 5]);
            assert_eq!(plane.feature(f)[5..32], [0.0; 27]);
            assert_eq!(plane.feature(f)[32..], [1.0; 32]);
        }
    }
}
