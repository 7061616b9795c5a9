//! The detectors, and the table that finds them by kind. The only crate that names burn, nalgebra
//! and libsvm.

pub mod device;
pub mod kinds;
pub mod nn;

pub use device::{Backend, Device, DeviceError};
pub use kinds::{Kind, ParamError, find, kinds, load};
