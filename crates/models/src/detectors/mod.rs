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

/// Lists the kinds, and tests every clause of the contract for each.
macro_rules! kinds {
    ($($module:ident: $params:ty,)+) => {
        /// Every kind, in the order of `oddbench models`.
        pub(crate) const KINDS: &[Kind] = &[$(<$params>::KIND),+];

        #[cfg(test)]
        mod keeps_the_contract {
            $(mod $module {
                use super::super::*;
                use crate::contract::{for_each_clause, test_clauses};

                for_each_clause!(test_clauses <$params>::KIND);
            })+
        }
    };
}

kinds! {
    pca: pca::PcaParams,
    ocsvm: ocsvm::OcsvmParams,
    isolation_forest: isolation_forest::IsolationForestParams,
    autoencoder: autoencoder::AutoencoderParams,
    vae: vae::VaeParams,
    bigan: bigan::BiganParams,
    seq2seq: seq2seq::Seq2SeqParams,
    mahalanobis: mahalanobis::MahalanobisParams,
    hbos: hbos::HbosParams,
    ecod: TailParams<ecod::Ecod>,
    copod: TailParams<copod::Copod>,
    knn: knn::KnnParams,
    lof: lof::LofParams,
    random_forest: random_forest::RandomForestParams,
    svm: svm::SvmParams,
    gradient_boosting: gradient_boosting::GradientBoostingParams,
    constant: constant::ConstantParams,
    random: random::RandomParams,
}
