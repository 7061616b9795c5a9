//! `ecod`: the sum over the features of how far into its more extreme tail each value lies.
//!
//! Z. Li, Y. Zhao, X. Hu, N. Botta, C. Ionescu, G. H. Chen: *ECOD: Unsupervised Outlier Detection
//! Using Empirical Cumulative Distribution Functions*, IEEE TKDE 2022.

use super::tail_probability::{Rule, TailParams, Tails};
use crate::kind::Kind;

/// The largest of left, right and the tail that the column's skewness chooses.
#[derive(Debug, Clone, Copy)]
pub struct Ecod;

impl Rule for Ecod {
    const KIND: Kind = Kind::of::<TailParams<Self>>(
        "ecod",
        "empirical tail probabilities: the more extreme tail of each feature, summed",
        "Li et al.: ECOD, IEEE TKDE 2022",
    );

    fn share(Tails { left, right, skewed }: Tails) -> f64 {
        left.max(right).max(skewed)
    }
}
