//! The registry of detectors: one file each, and one line here.

#[cfg(test)]
mod alike;
mod empirical_distribution;
#[cfg(all(test, feature = "kernels"))]
mod kernels_like_cpu;
#[cfg(all(test, feature = "kernels"))]
mod kernels_score;
#[cfg(all(test, feature = "kernels"))]
mod kernels_together;
#[cfg(test)]
mod network_golden;
#[cfg(test)]
mod network_rows;
mod tail_probability;
mod tree_samples;

use std::path::Path;

use oddbench_core::{DetectorError, FittedDetector};

use crate::external::EXTERNAL_KIND;
use crate::given::SCORES_KIND;
use crate::kind::Kind;
use crate::model::Model;
use crate::save::Saved;
use tail_probability::TailParams;

/// Declares the files, lists the kinds, and tests every clause of the contract for each.
macro_rules! kinds {
    ($($module:ident: $params:ty,)+) => {
        $(mod $module;)+

        /// Every kind, in the order of `oddbench models`.
        const KINDS: &[Kind] = &[$(<$params>::KIND),+];

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
    principal_component_classifier: principal_component_classifier::ClassifierParams,
    ocsvm: ocsvm::OcsvmParams,
    isolation_forest: isolation_forest::IsolationForestParams,
    extended_isolation_forest: extended_isolation_forest::ExtendedIsolationForestParams,
    autoencoder: autoencoder::AutoencoderParams,
    vae: vae::VaeParams,
    bigan: bigan::BiganParams,
    seq2seq: seq2seq::Seq2SeqParams,
    mahalanobis: mahalanobis::MahalanobisParams,
    hbos: hbos::HbosParams,
    loda: loda::LodaParams,
    ecod: TailParams<ecod::Ecod>,
    copod: TailParams<copod::Copod>,
    knn: knn::KnnParams,
    lof: lof::LofParams,
    k_means: k_means::KMeansParams,
    cblof: cblof::CblofParams,
    gmm: gmm::GmmParams,
    random_forest: random_forest::RandomForestParams,
    svm: svm::SvmParams,
    gradient_boosting: gradient_boosting::GradientBoostingParams,
    logistic_regression: logistic_regression::LogisticRegressionParams,
    naive_bayes: naive_bayes::NaiveBayesParams,
    knn_classifier: knn_classifier::KnnClassifierParams,
    extreme_value: extreme_value::ExtremeValueParams,
    constant: constant::ConstantParams,
    random: random::RandomParams,
}

/// Every kind that is fitted in this process, in the order of `oddbench models`.
pub fn kinds() -> &'static [Kind] {
    KINDS
}

/// The kind of that name, among all that [`named`] lists.
pub fn find(name: &str) -> Option<&'static Kind> {
    named().find(|kind| kind.name == name)
}

/// Every kind that an experiment may name: [`kinds`], then users' commands and scores from elsewhere.
pub fn named() -> impl Iterator<Item = &'static Kind> {
    kinds().iter().chain([&EXTERNAL_KIND, &SCORES_KIND])
}

/// Loads what [`FittedDetector::save`] wrote, whatever its kind.
pub fn load(dir: &Path) -> Result<Box<dyn FittedDetector>, DetectorError> {
    let saved = Saved::read(dir)?;
    let Some(kind) = find(&saved.kind) else {
        let names: Vec<_> = kinds().iter().map(|kind| kind.name).collect();
        let message = format!("unknown kind {:?}; there are {}", saved.kind, names.join(", "));
        return Err(saved.broken(message));
    };
    (kind.load)(&saved)
}
