//! One file a detector, and the table that lists them.

pub mod autoencoder;
pub mod bigan;
pub mod constant;
pub mod copod;
pub mod ecod;
pub mod gradient_boosting;
pub mod hbos;
pub mod isolation_forest;
pub mod knn;
pub mod lof;
pub mod mahalanobis;
#[cfg(test)]
mod network_golden;
#[cfg(test)]
mod network_rows;
pub mod ocsvm;
pub mod pca;
pub mod random;
pub mod random_forest;
pub mod seq2seq;
pub mod svm;
mod tail_probability;
pub mod vae;

use crate::kinds::Kind;

/// Every kind, in the order of `oddbench models`.
pub(crate) const KINDS: &[Kind] = &[
    pca::KIND,
    ocsvm::KIND,
    isolation_forest::KIND,
    autoencoder::KIND,
    vae::KIND,
    bigan::KIND,
    seq2seq::KIND,
    mahalanobis::KIND,
    hbos::KIND,
    ecod::KIND,
    copod::KIND,
    knn::KIND,
    lof::KIND,
    random_forest::KIND,
    svm::KIND,
    gradient_boosting::KIND,
    constant::KIND,
    random::KIND,
];
