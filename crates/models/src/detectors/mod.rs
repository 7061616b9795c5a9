//! One file a detector, and the table that lists them.

pub mod autoencoder;
pub mod constant;
pub mod isolation_forest;
pub mod ocsvm;
pub mod pca;
pub mod random;
pub mod vae;

use crate::kinds::Kind;

/// Every kind, in the order of `oddbench models`.
pub(crate) const KINDS: &[Kind] = &[
    pca::KIND,
    ocsvm::KIND,
    isolation_forest::KIND,
    autoencoder::KIND,
    vae::KIND,
    constant::KIND,
    random::KIND,
];
