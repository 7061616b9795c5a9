//! `oddbench check --contract`: the commands of an experiment against the promises that our own detectors keep.

use oddbench_core::Detector;
use oddbench_core::external::ExternalSettings;
use oddbench_models::contract::{Verdict, check_command};
use serde_json::Value;

use super::External;
use crate::spec::Spec;

/// A command of an experiment.
pub struct Subject {
    /// The name of its model.
    pub name: String,
    settings: ExternalSettings,
    params: Value,
}

/// The commands of an experiment; of a sweep, with the parameters of the first configuration.
pub fn contract(spec: &Spec) -> Vec<Subject> {
    let models = spec.experiment.models.iter();
    models
        .filter_map(|model| {
            let settings = model.external.clone()?;
            Some(Subject { name: model.name.clone(), settings, params: model.params.clone() })
        })
        .collect()
}

impl Subject {
    /// Starts the command for every clause, on small tables that are made here, and hands over each verdict
    /// when it is known.
    pub fn check(&self, told: impl FnMut(&Verdict)) -> Vec<Verdict> {
        let make = || -> Box<dyn Detector> {
            Box::new(External::new(self.settings.clone(), self.params.clone(), 0, false))
        };
        check_command(&make, self.settings.supervised, told)
    }
}
