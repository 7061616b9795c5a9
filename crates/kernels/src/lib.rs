//! Training steps of small networks on a graphics card: many optimiser steps of many models in one
//! dispatch.
//!
//! A general framework launches some 60 kernels for one step of a small network, and the launches
//! decide the time. Here one dispatch runs hundreds of steps. One workgroup trains one model, and
//! one invocation computes one row of the batch. A model sees only its own workgroup, so its bits
//! do not depend on the models beside it.
//!
//! # The parts
//!
//! - [`Network`] describes a training step as data: widths, activations, wiring.
//! - [`Plan`] decides for a device how many invocations a workgroup has, and which arrays lie in
//!   workgroup memory. It refuses ([`Error::Unsuitable`]) what the device cannot hold.
//! - [`wgsl`] writes the kernel as WGSL text. Layers are loops in Rust and named values in WGSL.
//! - [`Rows`] are rows on the device, for as many trainers and scorers as want them.
//! - [`Trainer`] holds the models on the device and runs epochs. [`Scorer`] computes the errors of
//!   rows in training, and adds them up. [`Trained`] scores rows by a trained network.
//! - [`Counts`] counts the instructions and bytes of a step, for devices that nobody has at hand.
//!
//! # Why WGSL text through wgpu
//!
//! The kernels are straight text without loops over layers, and they are different for each shape
//! of network. A text writer produces such kernels with few lines, the product can be read, and wgpu
//! alone builds in a minute. CubeCL would make the same text from Rust macros. It was not tried,
//! because it brings its build time and gives no instruction that WGSL lacks here: subgroup shuffles
//! are in both. burn's device can be shared ([`Gpu::from_parts`]), so both paths use the same card
//! and the same memory.
//!
//! # What is the same as on the CPU
//!
//! Parameters are one flat vector: for each layer the weights `[n_in][n_out]`, then the biases. Adam
//! adds epsilon to the bias-corrected root. The last batch of an epoch may be smaller; its loss is
//! divided by its own number of rows. Noise and dropout masks come from the caller, so they are the
//! same numbers as on the CPU.

mod count;
mod error;
mod gpu;
mod network;
mod plan;
mod rows;
mod scorer;
mod spans;
mod trainer;
pub mod wgsl;

pub use count::Counts;
pub use error::Error;
pub use gpu::{Gpu, Limits};
pub use network::{Activation, Autoencoder, Bigan, Dense, Network, Seq2Seq, Vae, stack};
pub use plan::{Place, Plan, Variant};
pub use rows::Rows;
pub use scorer::{Measure, Scorer, Scoring, Trained, Verdict};
pub use trainer::{Adam, EpochInput, EpochLosses, ErrorSum, Factors, Start, Trainer};
