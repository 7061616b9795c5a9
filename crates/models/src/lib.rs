//! The detectors, and the table that finds them by kind. The only crate that names burn, nalgebra
//! and libsvm.

pub mod contract;
mod covariance;
mod decision_tree;
pub mod detectors;
pub mod device;
mod distinct;
pub mod kinds;
mod lanes;
mod neighbours;
pub mod nn;
mod parallel;
pub mod params;
pub mod projection;
mod resample;
pub mod rng;
pub mod save;
mod supervised;
mod worded;

pub use device::{Backend, Device, DeviceError};
pub use kinds::{Kind, find, kinds, load};
pub use params::ParamError;
