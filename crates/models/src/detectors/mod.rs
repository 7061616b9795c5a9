//! One file a detector, and the table that lists them.

mod autoencoder;
mod bigan;
mod constant;
mod copod;
mod ecod;
mod gradient_boosting;
mod hbos;
mod isolation_forest;
mod knn;
mod lof;
mod mahalanobis;
#[cfg(test)]
mod network_golden;
#[cfg(test)]
mod network_rows;
mod ocsvm;
mod pca;
mod random;
mod random_forest;
mod seq2seq;
mod svm;
mod tail_probability;
mod vae;

use crate::kinds::Kind;
use crate::model::Model;
use tail_probability::TailParams;

/// Every kind, in the order of `oddbench models`.
pub(crate) const KINDS: &[Kind] = &[
    pca::PcaParams::KIND,
    ocsvm::OcsvmParams::KIND,
    isolation_forest::IsolationForestParams::KIND,
    autoencoder::AutoencoderParams::KIND,
    vae::VaeParams::KIND,
    bigan::BiganParams::KIND,
    seq2seq::Seq2SeqParams::KIND,
    mahalanobis::MahalanobisParams::KIND,
    hbos::HbosParams::KIND,
    TailParams::<ecod::Ecod>::KIND,
    TailParams::<copod::Copod>::KIND,
    knn::KnnParams::KIND,
    lof::LofParams::KIND,
    random_forest::RandomForestParams::KIND,
    svm::SvmParams::KIND,
    gradient_boosting::GradientBoostingParams::KIND,
    constant::ConstantParams::KIND,
    random::RandomParams::KIND,
];
