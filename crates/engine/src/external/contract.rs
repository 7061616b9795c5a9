//! `oddbench check --contract`: tests the commands of an experiment by the promises that all detectors keep.

use oddbench_core::Detector;
use oddbench_core::external::ExternalSettings;
use oddbench_models::contract::{Step, Verdict, check_command};
use serde_json::Value;

use super::External;
use crate::spec::Spec;

/// The longest time that a command may take from its start in the contract, on a few hundred rows. One that
/// forgets an answer would otherwise be waited for an hour.
const MOST_SECONDS: u64 = 60;

/// A command of an experiment.
pub struct Subject {
    /// The name of its model.
    pub name: String,
    settings: ExternalSettings,
    params: Value,
}

/// The commands of an experiment. A sweep's command has the parameters of its first configuration.
pub fn contract(spec: &Spec) -> Vec<Subject> {
    let models = spec.experiment.models.iter();
    models
        .filter_map(|model| {
            let mut settings = model.external.clone()?;
            settings.timeout_seconds = settings.timeout_seconds.min(MOST_SECONDS);
            Some(Subject { name: model.name.clone(), settings, params: model.params.clone() })
        })
        .collect()
}

impl Subject {
    /// How long the command may take from its start: the timeout of its model, and a minute at most.
    pub fn timeout_seconds(&self) -> u64 {
        self.settings.timeout_seconds
    }

    /// Starts the command for every clause, on small tables that are made here, and reports each step.
    pub fn check(&self, told: impl FnMut(Step<'_>)) -> Vec<Verdict> {
        let make = || -> Box<dyn Detector> {
            Box::new(External::new(self.settings.clone(), self.params.clone(), 0, false))
        };
        check_command(&make, self.settings.supervised, told)
    }
}
