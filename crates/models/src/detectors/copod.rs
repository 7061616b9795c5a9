//! `copod`: the sum over the features of tail probabilities under the empirical copula.
//!
//! Z. Li, Y. Zhao, N. Botta, C. Ionescu, X. Hu: *COPOD: Copula-Based Outlier Detection*, ICDM 2020.

use super::tail_probability::{Rule, TailParams, Tails};
use crate::kind::Kind;

/// The larger of the mean of both tails and the tail that the column's skewness chooses.
#[derive(Debug, Clone, Copy)]
pub struct Copod;

impl Rule for Copod {
    const KIND: Kind = Kind::of::<TailParams<Self>>(
        "copod",
        "copula-based tail probabilities: the mean or the skewed tail of each feature, summed",
        "Li et al.: COPOD, ICDM 2020",
    );

    fn share(Tails { left, right, skewed }: Tails) -> f64 {
        skewed.max((left + right) / 2.0)
    }
}
