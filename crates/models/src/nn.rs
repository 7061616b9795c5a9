//! Small neural networks on the CPU: fused training steps over flat `f32` parameters.
//!
//! The networks of this crate have a few hundred to a few thousand parameters, so in a general
//! framework the overhead per operation, not the arithmetic, decides the time of a step. Here a
//! step is written out by hand: forward, backward and Adam run over buffers that are allocated once,
//! inside one SIMD dispatch per epoch. The same networks exist as burn modules beside each detector;
//! tests compare loss, gradients and optimiser steps of both.

pub mod activation;
pub mod adam;
pub mod batches;
#[cfg(any(test, feature = "burn"))]
pub mod both_engines;
#[cfg(any(test, feature = "burn"))]
pub mod burn_mlp;
#[cfg(any(test, feature = "burn"))]
pub mod burn_training;
pub mod dense;
pub mod early_stopping;
pub mod init;
#[cfg(feature = "kernels")]
pub mod joint;
#[cfg(feature = "kernels")]
pub mod kernel_learner;
#[cfg(feature = "kernels")]
pub mod kernel_scorer;
pub mod loss;
pub mod lstm;
pub mod mlp;
pub mod network;
pub mod nonlinearity;
pub mod params;
pub mod simd;
pub mod training;
