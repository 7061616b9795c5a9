//! Ensembles: trials that are computed from the stored scores of other trials, without a fit.
//!
//! An ensemble has one trial per seed that its seeded members share (deterministic members stand in for
//! every seed), per fold, and per backend if a member uses one. Its address is the hash of its members'
//! addresses and of its settings.

use std::time::Instant;

use oddbench_core::ensemble::{EnsembleError, Reference, combine, surprisals, weights};
use oddbench_core::record::{
    FORMAT_VERSION, Manifest, MemberWeight, Outcome, PartSizes, Record, ScoredPart, Scores, Stage,
    TrialInfo,
};
use oddbench_data::scores;
use oddbench_models::Backend;
use serde_json::{Value, json};

use crate::canonical;
use crate::machine;
use crate::plan::Trial;
use crate::spec::{EnsembleSpec, KeyPath, Spec, SpecError};
use crate::store::{Store, StoreError};
use crate::trial::TrialRun;

/// The kind that tables and records name.
pub const KIND: &str = "ensemble";
/// The device of a trial that runs no model.
const DEVICE: &str = "cpu (from stored scores)";

/// The trials of every ensemble of an experiment, given those of its models.
pub(crate) fn trials(spec: &Spec, fitted: &[Trial]) -> Result<Vec<Trial>, SpecError> {
    let mut trials = Vec::new();
    for (index, ensemble) in spec.ensembles.iter().enumerate() {
        let of = |name: &String| -> Vec<&TrialInfo> {
            let infos = fitted.iter().map(|trial| &trial.info);
            infos.filter(|info| info.name == *name).collect()
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
                for fold in spec.split.folds() {
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
        // A list that is not the processor alone is that of models which use a device.
        let uses_device = own.iter().any(|backend| backend != Backend::Cpu.name());
        if most.is_empty() || uses_device {
            most = own;
        }
    }
    most
}

fn trial(
    ensemble: &EnsembleSpec,
    members: &[Vec<&TrialInfo>],
    backend: &str,
    (seed, fold): (Option<u64>, Option<u32>),
) -> Trial {
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
        "kind": KIND,
        "members": ids,
        "settings": ensemble.settings,
    });
    let info = TrialInfo {
        id: canonical::address(&identity),
        name: ensemble.name.clone(),
        kind: KIND.to_owned(),
        params: params(ensemble),
        seed,
        fold,
        backend: backend.to_owned(),
        train_rows: None,
        supervised: chosen.iter().any(|trial| trial.supervised),
        view: None,
        sweep: None,
    };
    Trial { info, device: DEVICE.to_owned(), members: ids }
}

/// The settings as a table shows them.
fn params(ensemble: &EnsembleSpec) -> Value {
    let mut params = json!(ensemble.settings);
    params["members"] = json!(ensemble.members);
    params
}

/// Computes an ensemble's trial from its members' scores and stores it. A member without scores makes it
/// a failed one.
pub(crate) fn run(store: &Store, manifest: &Manifest, trial: &Trial) -> Result<(), StoreError> {
    let run = match attempt(store, manifest, trial)? {
        Ok((sizes, outcome, members, scores)) => {
            let mut record = record(manifest, &trial.info, outcome);
            record.sizes = sizes;
            record.members = members;
            TrialRun { record, scores: Some(scores), fitted: None }
        }
        Err(message) => {
            let outcome = Outcome::Failed { stage: Stage::Prepare, message };
            let record = record(manifest, &trial.info, outcome);
            TrialRun { record, scores: None, fitted: None }
        }
    };
    store.write_trial(&run, None)
}

fn record(manifest: &Manifest, info: &TrialInfo, outcome: Outcome) -> Record {
    Record {
        format_version: FORMAT_VERSION,
        trial: info.clone(),
        data: manifest.data.clone(),
        sizes: None,
        device: DEVICE.to_owned(),
        environment: manifest.environment.clone(),
        finished_at: machine::now_utc(),
        outcome,
        timing: None,
        members: vec![],
    }
}

type Done = (Option<PartSizes>, Outcome, Vec<MemberWeight>, Scores);

fn attempt(
    store: &Store,
    manifest: &Manifest,
    trial: &Trial,
) -> Result<Result<Done, String>, StoreError> {
    let mut parts: Vec<Scores> = Vec::new();
    let mut names: Vec<String> = Vec::new();
    let mut sizes = None;
    for id in &trial.members {
        let info = manifest.trials.iter().find(|other| other.id == *id);
        let name = info.map_or_else(|| id.clone(), |info| info.name.clone());
        let record = store.record(id)?;
        let completed = record.as_ref().filter(|r| matches!(r.outcome, Outcome::Completed { .. }));
        let Some(record) = completed else {
            return Ok(Err(format!("member \"{name}\" (trial {id}) has no scores")));
        };
        sizes = sizes.or(record.sizes);
        match scores::read(&store.trial_dir(id).join("scores.parquet")) {
            Ok(scores) => parts.push(scores),
            Err(error) => return Ok(Err(format!("member \"{name}\": {error}"))),
        }
        names.push(name);
    }
    let settings = manifest_settings(trial);
    Ok(settings.and_then(|settings| {
        let joined = join(&settings, &parts).map_err(|error| error.to_string())?;
        let total: usize = joined.weights.iter().sum();
        let members: Vec<MemberWeight> = (names.into_iter().zip(&trial.members))
            .zip(&joined.weights)
            .filter(|(_, weight)| **weight > 0)
            .map(|((name, id), &weight)| MemberWeight {
                name,
                trial: id.clone(),
                weight: share(weight, total),
            })
            .collect();
        let outcome = Outcome::Completed {
            fit_seconds: joined.weigh_seconds,
            score_seconds: joined.score_seconds,
            peak_rss_mb: None,
            native_threshold: None,
            epochs: vec![],
            notes: vec![note(&members)],
        };
        // Columns are the members', which may see the rows differently.
        Ok((sizes, outcome, members, joined.scores))
    }))
}

fn note(members: &[MemberWeight]) -> String {
    let one = |member: &MemberWeight| format!("{:.2} {}", member.weight, member.name);
    let list: Vec<String> = members.iter().map(one).collect();
    format!("made of {}; times are without the members'", list.join(", "))
}

#[expect(clippy::cast_precision_loss, reason = "a few members")]
fn share(weight: usize, total: usize) -> f64 {
    weight as f64 / total.max(1) as f64
}

fn manifest_settings(trial: &Trial) -> Result<oddbench_core::ensemble::EnsembleSettings, String> {
    let mut params = trial.info.params.clone();
    if let Some(params) = params.as_object_mut() {
        params.remove("members");
    }
    serde_json::from_value(params).map_err(|error| error.to_string())
}

struct Joined {
    weights: Vec<usize>,
    scores: Scores,
    weigh_seconds: f64,
    score_seconds: f64,
}

fn join(
    settings: &oddbench_core::ensemble::EnsembleSettings,
    members: &[Scores],
) -> Result<Joined, EnsembleError> {
    let first = members.first().ok_or(EnsembleError::NoMembers)?;
    let same = |other: &Scores| {
        other.validation.rows == first.validation.rows
            && other.test.rows == first.test.rows
            && other.transfer.as_ref().map(|p| &p.rows) == first.transfer.as_ref().map(|p| &p.rows)
    };
    if !members.iter().all(same) {
        return Err(EnsembleError::Rows);
    }
    let started = Instant::now();
    let labels = &first.validation.labels;
    let references: Vec<Reference> = members
        .iter()
        .map(|member| Reference::inliers(labels, &member.validation.scores))
        .collect::<Option<_>>()
        .ok_or(EnsembleError::NoInliers)?;
    let surprised = |part: &dyn Fn(&Scores) -> &[f64]| -> Vec<Vec<f64>> {
        let pairs = references.iter().zip(members);
        pairs.map(|(reference, member)| surprisals(reference, part(member))).collect()
    };
    let validation = surprised(&|member| &member.validation.scores);
    let weights = weights(settings, labels, &validation)?;
    let weigh_seconds = started.elapsed().as_secs_f64();
    let joint = |members: &[Vec<f64>]| combine(settings.combine, members, &weights);
    let started = Instant::now();
    let test = part(&first.test, joint(&surprised(&|member| &member.test.scores)));
    let score_seconds = started.elapsed().as_secs_f64();
    let transfer = first.transfer.as_ref().map(|transfer| {
        let scores = surprised(&|member| {
            member.transfer.as_ref().map_or(&[], |transfer| transfer.scores.as_slice())
        });
        part(transfer, joint(&scores))
    });
    let validation = part(&first.validation, joint(&validation));
    let scores = Scores { validation, test, transfer };
    Ok(Joined { weights, scores, weigh_seconds, score_seconds })
}

fn part(like: &ScoredPart, scores: Vec<f64>) -> ScoredPart {
    ScoredPart {
        rows: like.rows.clone(),
        classes: like.classes.clone(),
        labels: like.labels.clone(),
        scores,
    }
}
