//! Writes kernels as WGSL text.

pub(crate) mod adam;
pub(crate) mod autoencoder;
pub(crate) mod bigan;
pub(crate) mod dense;
pub(crate) mod functions;
pub(crate) mod kernel;
pub(crate) mod lstm;
pub(crate) mod score;
pub(crate) mod seq2seq;
pub(crate) mod sums;
pub(crate) mod text;
pub(crate) mod vae;
pub(crate) mod wide;

use crate::{Measure, Network, Place, Plan};

/// The kernel that trains: one workgroup per model, as many steps as the caller lists.
pub fn training(network: &Network, plan: &Plan) -> String {
    kernel::training(network, plan)
}

/// The kernel that computes an error for each row and model.
/// `params` says whether the parameters are copied to workgroup memory.
pub fn scoring(network: &Network, measure: Measure, params: Place) -> String {
    score::scoring(network, measure, params)
}
