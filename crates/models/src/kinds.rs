//! The table of detector kinds: what exists, with which parameters, and how it is built and loaded.

use std::path::Path;

use oddbench_core::{Detector, DetectorError, FittedDetector};
use serde_json::Value;

use crate::{detectors, device::Device, params::ParamError, save::Saved};

type Resolve = fn(&Value) -> Result<Value, ParamError>;
type Build = fn(&Value, &Device) -> Result<Box<dyn Detector>, ParamError>;
type Load = fn(&Saved) -> Result<Box<dyn FittedDetector>, DetectorError>;

/// One kind of detector. A detector's file exports one as `pub(crate) const KIND: Kind`.
pub struct Kind {
    /// As the experiment file names it.
    pub name: &'static str,
    /// One sentence for `oddbench models`.
    pub summary: &'static str,
    /// The paper or source of the method.
    pub source: &'static str,
    /// Whether the fit sees labels.
    pub supervised: bool,
    /// Whether a fit uses the backend; the others run on the processor whatever the backend.
    pub uses_device: bool,
    /// Whether a score depends on the row's position, not on its values alone: true of `random`.
    pub positional: bool,
    /// [`crate::params::resolve`] for the kind's parameters.
    pub(crate) resolve: Resolve,
    /// Reads and checks the parameters, and makes the unfitted detector.
    pub(crate) build: Build,
    /// Rebuilds a fitted detector.
    pub(crate) load: Load,
    /// [`crate::params::schema`] for the kind's parameters.
    pub(crate) schema: fn() -> Value,
    /// Parameters under which a fit of a few hundred rows takes well under a second: for tests and
    /// quick starts. `{}` where the defaults are quick.
    pub(crate) quick: fn() -> Value,
}

impl Kind {
    /// Checks a parameter object and fills in every default.
    pub fn resolve(&self, params: &Value) -> Result<Value, ParamError> {
        (self.resolve)(params)
    }

    /// A detector with those parameters (resolved or not) on that device.
    pub fn build(&self, params: &Value, device: &Device) -> Result<Box<dyn Detector>, ParamError> {
        (self.build)(params, device)
    }

    /// The JSON Schema of the parameter object.
    pub fn schema(&self) -> Value {
        (self.schema)()
    }

    /// Parameters for a fit in well under a second on a few hundred rows.
    pub fn quick(&self) -> Value {
        (self.quick)()
    }
}

/// Every kind, in the order of `oddbench models`.
pub fn kinds() -> &'static [Kind] {
    detectors::KINDS
}

/// The kind of that name.
pub fn find(name: &str) -> Option<&'static Kind> {
    kinds().iter().find(|kind| kind.name == name)
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
