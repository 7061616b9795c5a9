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
pub(crate) mod shared;
pub(crate) mod sums;
pub(crate) mod text;
pub(crate) mod totals;
pub(crate) mod vae;
pub(crate) mod wide;

use crate::{Measure, Network, Place, Plan};

/// The kernels that train: one per model and dispatch with as many steps as the caller lists, or two for each move
/// of a step that several workgroups share.
pub fn of_training(network: &Network, plan: &Plan) -> Vec<String> {
    if !plan.is_shared() {
        return vec![kernel::training(network, plan)];
    }
    let moves = 0..network.moves().len();
    let of_move =
        |which| [shared::gradient(network, plan, which), shared::movement(network, plan, which)];
    moves.flat_map(of_move).collect()
}

/// The kernel that computes an error for each row and model.
/// `params` says whether the parameters are copied to workgroup memory.
pub fn scoring(network: &Network, measure: Measure, params: Place) -> String {
    score::scoring(network, measure, params)
}
