//! The trials of ensembles.
//!
//! An ensemble has one trial per seed that its seeded members share (deterministic members stand in for
//! every seed), per fold, and per backend if a member uses one. Its address is the hash of its members'
//! addresses and of its settings.

use oddbench_core::ensemble::EnsembleSettings;
use oddbench_core::experiment::EnsembleModel;
use oddbench_core::record::{FORMAT_VERSION, TrialInfo};
use oddbench_models::Backend;
use serde_json::{Value, json};

use crate::canonical;
use crate::spec::{KeyPath, Spec, SpecError};

/// The kind that tables and records name.
pub const ENSEMBLE: &str = "ensemble";

/// A trial that is computed from other trials' scores.
pub(super) struct EnsembleTrial {
    /// What it is, with its address.
    pub(super) info: TrialInfo,
    /// The addresses of its members.
    pub(super) members: Vec<String>,
    /// How their scores become one.
    pub(super) settings: EnsembleSettings,
}

/// The trials of every ensemble of an experiment, given the trials of its models.
pub(super) fn trials(spec: &Spec, fitted: &[&TrialInfo]) -> Result<Vec<EnsembleTrial>, SpecError> {
    let mut trials = Vec::new();
    for (index, ensemble) in spec.experiment.ensembles.iter().enumerate() {
        let of = |name: &String| -> Vec<&TrialInfo> {
            fitted.iter().copied().filter(|info| info.name == *name).collect()
        };
        let members: Vec<Vec<&TrialInfo>> = ensemble.members.iter().map(of).collect();
        let seeds = seeds(&members).ok_or_else(|| {
            let key = KeyPath::of(&["ensemble"]).index(index).key("members");
            spec.document.error(crate::spec::Fault::value(
                &key,
                "these members have no seed in common",
                "give them the same seeds, in run.seeds or in each model",
            ))
        })?;
        for backend in backends(&members) {
            for &seed in &seeds {
                for fold in spec.experiment.split.kind().folds() {
                    trials.push(trial(ensemble, &members, &backend, (seed, fold)));
                }
            }
        }
    }
    Ok(trials)
}

/// The seeds that all members with seeds share, in the first one's order; `None` if they share none.
fn seeds(members: &[Vec<&TrialInfo>]) -> Option<Vec<Option<u64>>> {
    let mut shared: Option<Vec<Option<u64>>> = None;
    for member in members.iter().filter(|trials| trials.iter().any(|t| t.seed.is_some())) {
        let mut own: Vec<Option<u64>> = Vec::new();
        for trial in member {
            if !own.contains(&trial.seed) {
                own.push(trial.seed);
            }
        }
        shared = Some(match shared {
            None => own,
            Some(known) => known.into_iter().filter(|seed| own.contains(seed)).collect(),
        });
    }
    match shared {
        None => Some(vec![None]),
        Some(seeds) => (!seeds.is_empty()).then_some(seeds),
    }
}

/// The backends of the member that has most of them: members that use none are on the processor alone.
fn backends(members: &[Vec<&TrialInfo>]) -> Vec<String> {
    let mut most: Vec<String> = Vec::new();
    for member in members {
        let mut own: Vec<String> = Vec::new();
        for trial in member {
            if !own.contains(&trial.backend) {
                own.push(trial.backend.clone());
            }
        }
        // A model uses a device if its list has another backend than the processor.
        let uses_device = own.iter().any(|backend| backend != Backend::Cpu.name());
        if most.is_empty() || uses_device {
            most = own;
        }
    }
    most
}

fn trial(
    ensemble: &EnsembleModel,
    members: &[Vec<&TrialInfo>],
    backend: &str,
    (seed, fold): (Option<u64>, Option<u32>),
) -> EnsembleTrial {
    let suits = |trial: &&&TrialInfo, on: &str| {
        trial.backend == on && trial.fold == fold && (trial.seed.is_none() || trial.seed == seed)
    };
    let chosen: Vec<&TrialInfo> = members
        .iter()
        .filter_map(|trials| {
            let on = |backend: &str| trials.iter().find(|trial| suits(trial, backend)).copied();
            on(backend).or_else(|| on(Backend::Cpu.name()))
        })
        .collect();
    let ids: Vec<String> = chosen.iter().map(|trial| trial.id.clone()).collect();
    let identity = json!({
        "format_version": FORMAT_VERSION,
        "kind": ENSEMBLE,
        "members": ids,
        "settings": ensemble.settings,
    });
    let info = TrialInfo {
        id: canonical::address(&identity),
        name: ensemble.name.clone(),
        kind: ENSEMBLE.to_owned(),
        params: params(ensemble),
        seed,
        fold,
        fold_name: chosen.first().and_then(|member| member.fold_name.clone()),
        backend: backend.to_owned(),
        train_rows: None,
        supervised: chosen.iter().any(|trial| trial.supervised),
        view: None,
        external: None,
        given: None,
        sweep: None,
    };
    EnsembleTrial { info, members: ids, settings: ensemble.settings }
}

/// The settings as a table shows them.
fn params(ensemble: &EnsembleModel) -> Value {
    let mut params = json!(ensemble.settings);
    params["members"] = json!(ensemble.members);
    params
}
