//! How program and machine differ from the program and the machine that made the results.

use std::collections::{BTreeMap, BTreeSet};

use oddbench_core::record::{Environment, Manifest};
use oddbench_core::settings::differing;
use serde::Serialize;
use serde_json::{Value, json};

/// A fact of program or machine that has two values.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Elsewhere {
    /// Which, dotted: `build.rustc`.
    pub key: String,
    /// What the results say.
    pub there: Value,
    /// What it is here.
    pub here: Value,
    /// How many of the trials it is true of; `None`: it is of the experiment as a whole.
    pub trials: Option<usize>,
}

/// Collects the differences over trials.
#[derive(Default)]
pub(super) struct Differences {
    known: BTreeMap<(String, String, String), (Elsewhere, usize)>,
    unknown: BTreeSet<String>,
    whole: Vec<Elsewhere>,
}

impl Differences {
    /// What is said once of an experiment.
    pub(super) fn add_whole(&mut self, there: &Manifest, here: &Manifest) {
        let facts =
            |of: &Manifest| json!({ "git_revision": of.git_revision, "devices": of.devices });
        for setting in differing([there, here].map(facts)) {
            let [there, here] = setting.values.map(Option::unwrap_or_default);
            match there.is_null() || there == json!([]) {
                true => drop(self.unknown.insert(setting.key)),
                false => {
                    let found = Elsewhere { key: setting.key, there, here, trials: None };
                    if !self.whole.contains(&found) {
                        self.whole.push(found);
                    }
                }
            }
        }
    }

    /// The message about a trial.
    pub(super) fn add(&mut self, there: &Environment, here: &Environment) {
        for setting in differing([json!(there), json!(here)]) {
            let [there, here] = setting.values.map(Option::unwrap_or_default);
            if there.is_null() {
                self.unknown.insert(setting.key);
                continue;
            }
            let key = (setting.key.clone(), there.to_string(), here.to_string());
            let fresh = || (Elsewhere { key: setting.key, there, here, trials: None }, 0);
            self.known.entry(key).or_insert_with(fresh).1 += 1;
        }
    }

    /// The differences, and the facts that the results do not say.
    pub(super) fn finish(self) -> (Vec<Elsewhere>, Vec<String>) {
        let of_trials = self.known.into_values();
        let of_trials =
            of_trials.map(|(found, trials)| Elsewhere { trials: Some(trials), ..found });
        let found: Vec<_> = self.whole.into_iter().chain(of_trials).collect();
        let known = |key: &String| found.iter().any(|found| found.key == *key);
        let unknown = self.unknown.into_iter().filter(|key| !known(key)).collect();
        (found, unknown)
    }
}
