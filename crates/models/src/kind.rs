//! A kind of detector: its names, its parameters, and how it is built and loaded.

use oddbench_core::{Detector, DetectorError, FittedDetector};
use serde_json::{Map, Value, json};

use crate::allowed;
use crate::peer_names::{Here, OwnNames, PeerName};
use crate::training_shape::TrainingShape;
use crate::{device::Device, params::ParamError, save::Saved};

type Resolve = fn(&Value) -> Result<Value, ParamError>;
type Suits = fn(&Value, &TrainingShape) -> Result<(), ParamError>;
type Build = fn(&Value, &Device) -> Result<Box<dyn Detector>, ParamError>;
type Company = fn(&Value, usize) -> Result<InCompany, ParamError>;
type Load = fn(&Saved) -> Result<Box<dyn FittedDetector>, DetectorError>;

/// What is known of trials that may train together on a graphics card.
#[derive(Debug, Clone, PartialEq)]
pub struct InCompany {
    /// The parameters without those that may differ: learning rates, weights of the loss, how long it trains, how it
    /// scores. Trials with equal ones, on the same rows, train in the same dispatches.
    pub alike: Value,
    /// Bytes of the machine's memory that each further trial takes for each training row.
    pub bytes_per_row: usize,
}

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
    /// Whether the dashboard recommends it for an uploaded table: quick and useful on most tables without
    /// tuning.
    pub fits_uploads: bool,
    /// Whether a score depends on the row's position, not on its values alone: true of `random`.
    pub positional: bool,
    /// Other libraries' names for its parameters, in tables that kinds may share.
    pub(crate) peers: &'static [&'static [PeerName]],
    /// Other libraries' names for what oddbench decides elsewhere.
    pub(crate) elsewhere: &'static [PeerName],
    pub(crate) resolve: Resolve,
    pub(crate) suits: Suits,
    pub(crate) build: Build,
    pub(crate) load: Load,
    pub(crate) schema: fn() -> Value,
    /// `None` for what does not train in company.
    pub(crate) in_company: Option<Company>,
    /// Both engines of a network; `None` for other kinds.
    #[cfg(any(test, feature = "burn"))]
    pub(crate) engines: Option<crate::nn::both_engines::Engines>,
    /// Parameters under which a fit of a few hundred rows takes well under a second: for tests and
    /// quick starts. `{}` where the defaults are quick.
    pub(crate) quick: fn() -> Value,
}

impl Kind {
    /// Checks a parameter object and fills in every default. Names of other libraries are read as ours.
    pub fn resolve(&self, params: &Value) -> Result<Value, ParamError> {
        self.by_own_names(params, self.resolve)
    }

    /// Everything that is wrong with a parameter object. The reader stops at the first parameter that is wrong, so each is
    /// taken out when it has been found, and the others are read again.
    pub fn faults(&self, params: &Value) -> Vec<ParamError> {
        let mut params = params.clone();
        let mut faults = Vec::new();
        while let Err(error) = self.resolve(&params) {
            let given = params.as_object_mut().zip(error.top_key());
            let taken = given.and_then(|(given, key)| given.remove(key));
            faults.push(error);
            if taken.is_none() {
                break;
            }
        }
        faults
    }

    /// Other libraries' names for its parameters, and for what oddbench decides elsewhere.
    pub fn peer_names(&self) -> impl Iterator<Item = PeerName> + Clone {
        self.peers.iter().copied().chain([self.elsewhere]).flatten().copied()
    }

    /// Parameters by our names, with what was written. Neither names nor values are checked.
    pub fn own_names(&self, params: &Map<String, Value>) -> Result<OwnNames, ParamError> {
        OwnNames::read(params, self.peer_names())
    }

    /// Our name of a parameter that goes by this one; the same if it is no other spelling.
    pub fn own_name<'a>(&self, name: &'a str) -> &'a str {
        let same = |peer: PeerName| match peer.here {
            Here::Same(own) if peer.name == name => Some(own),
            _ => None,
        };
        self.peer_names().find_map(same).unwrap_or(name)
    }

    pub(crate) fn by_own_names<T>(
        &self,
        params: &Value,
        read: impl FnOnce(&Value) -> Result<T, ParamError>,
    ) -> Result<T, ParamError> {
        let Value::Object(given) = params else { return read(params) };
        let own = self.own_names(given)?;
        read(&Value::Object(own.params.clone())).map_err(|error| own.at_written(error))
    }

    /// With which others a trial of those parameters may train on a graphics card, on rows of so many columns; `None` for
    /// kinds that train alone.
    pub fn in_company(&self, params: &Value, columns: usize) -> Option<InCompany> {
        let in_company = self.in_company?;
        self.by_own_names(params, |params| in_company(params, columns)).ok()
    }

    /// Whether a fit with those parameters accepts rows of that shape: what a fit refuses before it
    /// looks at a value.
    pub fn suits(&self, params: &Value, shape: &TrainingShape) -> Result<(), ParamError> {
        self.by_own_names(params, |params| (self.suits)(params, shape))
    }

    /// A detector with those parameters (resolved or not) on that device.
    pub fn build(&self, params: &Value, device: &Device) -> Result<Box<dyn Detector>, ParamError> {
        self.by_own_names(params, |params| (self.build)(params, device))
    }

    /// The JSON Schema of the parameter object. Other spellings are in it, marked as deprecated.
    pub fn schema(&self) -> Value {
        let mut schema = (self.schema)();
        for peer in self.peer_names() {
            let Here::Same(own) = peer.here else { continue };
            let mut other = schema["properties"][own].clone();
            other["description"] = json!(format!("Another name of `{own}`."));
            other["deprecated"] = json!(true);
            schema["properties"][peer.name] = other;
        }
        schema
    }

    /// What a parameter may be, in words: `a whole number, 1 to 4096`, or its words as an experiment file has
    /// them.
    pub fn allowed(&self, parameter: &str) -> String {
        let schema = (self.schema)();
        allowed::in_words(&schema, &schema["properties"][parameter])
    }

    /// Parameters for a fit in well under a second on a few hundred rows.
    pub fn quick(&self) -> Value {
        (self.quick)()
    }
}
