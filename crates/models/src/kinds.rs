//! The table of detector kinds: what exists, with which parameters, and how it is built and loaded.

use std::path::Path;

use oddbench_core::{Detector, DetectorError, FittedDetector};
use serde_json::Value;
use thiserror::Error;

use crate::device::Device;

/// A parameter is unknown, of the wrong type or out of range.
#[derive(Debug, Error, PartialEq)]
#[error("{}{message}", key.as_ref().map(|k| format!("{k}: ")).unwrap_or_default())]
pub struct ParamError {
    /// The parameter at fault, dotted if nested; `None` if it is about several.
    pub key: Option<String>,
    /// What is wrong and what is allowed, in lower case, without the key.
    pub message: String,
    /// The parameter names that exist, if the key is unknown.
    pub known: Vec<String>,
}

/// One kind of detector.
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
    pub(crate) resolve: fn(&Value) -> Result<Value, ParamError>,
    pub(crate) build: fn(&Value, &Device) -> Result<Box<dyn Detector>, ParamError>,
    pub(crate) load: fn(&Path) -> Result<Box<dyn FittedDetector>, DetectorError>,
    pub(crate) schema: fn() -> Value,
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
}

/// Every kind, in the order of `oddbench models`.
pub fn kinds() -> &'static [Kind] {
    &[]
}

/// The kind of that name.
pub fn find(name: &str) -> Option<&'static Kind> {
    kinds().iter().find(|kind| kind.name == name)
}

/// Loads what [`FittedDetector::save`] wrote, whatever its kind.
pub fn load(dir: &Path) -> Result<Box<dyn FittedDetector>, DetectorError> {
    let _ = dir;
    todo!()
}
