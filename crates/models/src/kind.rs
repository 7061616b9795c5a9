//! A kind of detector: its names, its parameters, and how it is built and loaded.

use oddbench_core::{Detector, DetectorError, FittedDetector, Matrix};
use serde_json::Value;

use crate::training_shape::TrainingShape;
use crate::{device::Device, nn::training::Learner, params::ParamError, save::Saved};

type Resolve = fn(&Value) -> Result<Value, ParamError>;
type Suits = fn(&Value, &TrainingShape) -> Result<(), ParamError>;
type Build = fn(&Value, &Device) -> Result<Box<dyn Detector>, ParamError>;
type Engines = for<'a> fn(&Value, &'a Matrix) -> Result<[Box<dyn Learner + 'a>; 2], ParamError>;
type Load = fn(&Saved) -> Result<Box<dyn FittedDetector>, DetectorError>;

/// One kind of detector, as the table lists it. `Kind::of` makes one.
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
    /// Whether the dashboard offers to fit it on an uploaded table: quick and useful on most tables
    /// without tuning.
    pub fits_uploads: bool,
    /// Whether a score depends on the row's position, not on its values alone: true of `random`.
    pub positional: bool,
    pub(crate) resolve: Resolve,
    pub(crate) suits: Suits,
    pub(crate) build: Build,
    pub(crate) load: Load,
    pub(crate) schema: fn() -> Value,
    /// Of a network.
    pub(crate) engines: Option<Engines>,
    /// Parameters under which a fit of a few hundred rows takes well under a second: for tests and
    /// quick starts. `{}` where the defaults are quick.
    pub(crate) quick: fn() -> Value,
}

impl Kind {
    /// Checks a parameter object and fills in every default.
    pub fn resolve(&self, params: &Value) -> Result<Value, ParamError> {
        (self.resolve)(params)
    }

    /// Whether a fit with those parameters accepts rows of that shape: what a fit refuses before it
    /// looks at a value.
    pub fn suits(&self, params: &Value, shape: &TrainingShape) -> Result<(), ParamError> {
        (self.suits)(params, shape)
    }

    /// A detector with those parameters (resolved or not) on that device.
    pub fn build(&self, params: &Value, device: &Device) -> Result<Box<dyn Detector>, ParamError> {
        (self.build)(params, device)
    }

    /// The JSON Schema of the parameter object.
    pub fn schema(&self) -> Value {
        (self.schema)()
    }

    /// A network with those parameters before its first step on those rows, on both engines that it has
    /// on the processor: its own and burn's. `None` for what is no network. For the benches.
    pub fn engines<'a>(
        &self,
        params: &Value,
        x: &'a Matrix,
    ) -> Option<Result<[Box<dyn Learner + 'a>; 2], ParamError>> {
        self.engines.map(|engines| engines(params, x))
    }

    /// Parameters for a fit in well under a second on a few hundred rows.
    pub fn quick(&self) -> Value {
        (self.quick)()
    }
}
