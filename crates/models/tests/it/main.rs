//! The detectors from outside: the contract, scikit-learn's figures, saved models, parameters.

#![expect(clippy::unwrap_used, reason = "a test that panics has failed")]

#[cfg(any(feature = "wgpu", feature = "ndarray", feature = "cuda"))]
mod backends;
mod classifiers;
mod clustering;
mod contract;
mod explanations;
mod extreme_value;
mod golden;
mod many_rows;
mod params;
mod peer_names;
mod projections;
mod save;
mod supervised;
mod untrained;
