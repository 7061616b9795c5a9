//! The detectors, and the table that finds them by kind. The only crate that names burn, nalgebra,
//! libsvm and linfa.

mod allowed;
mod clusters;
mod company;
pub mod contract;
mod covariance;
mod decision_tree;
mod detectors;
pub mod device;
mod distinct;
#[cfg(test)]
mod example;
mod external;
mod given;
mod kind;
mod model;
mod neighbours;
mod nn;
mod number_or_word;
mod parallel;
mod params;
mod peer_names;
pub mod projection;
mod resample;
pub mod rng;
mod row_groups;
pub mod save;
mod spread;
mod supervised;
mod training_shape;

pub use company::Seat;
pub use detectors::{find, kinds, load, named};
pub use device::{Backend, Device, DeviceError, kernels};
pub use external::EXTERNAL_KIND;
pub use given::SCORES_KIND;
pub use kind::{InCompany, Kind};
pub use nn::{batches::Batches, training::Learner};
pub use params::ParamError;
pub use peer_names::{Here, OwnNames, PeerName};
pub use training_shape::TrainingShape;
