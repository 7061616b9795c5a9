//! Runs the trials of ensembles: they are computed from the stored scores of other trials, without a fit.

use std::time::Instant;

use oddbench_core::ensemble::{
    EnsembleError, EnsembleSettings, Reference, combine, surprisals, weights,
};
use oddbench_core::record::{Manifest, MemberWeight, Outcome, Record, Stage};
use oddbench_core::results::TrialResult;
use oddbench_core::scores::{ScoredPart, Scores};

use crate::change_floor::ChangeFloor;
use crate::plan::Trial;
use crate::store::{Earlier, Store, StoreError, judged, without_scores};
use crate::trial::{Task, TrialRun, build};

/// Computes an ensemble's trial from its members' scores and stores it. A member without scores makes it
/// a failed one.
pub(crate) fn run(
    store: &Store,
    manifest: &Manifest,
    trial: &Trial,
    settings: &EnsembleSettings,
    others: &[TrialResult],
    earlier: Earlier,
) -> Result<TrialResult, StoreError> {
    let task = Task::new(manifest, &trial.info, &build, false);
    let run = match attempt(&task, trial, settings, others) {
        Ok((record, scores)) => {
            TrialRun { record, scores: Some(scores), fitted: None, floor: ChangeFloor::NONE }
        }
        Err(message) => {
            let outcome = Outcome::Failed { stage: Stage::Prepare, message };
            TrialRun::failed(task.record(None, trial.device.clone(), outcome))
        }
    };
    let record = store.write_trial(&run, None, earlier)?;
    match run.scores.filter(|_| record.outcome.is_completed()) {
        Some(scores) => judged(manifest, &trial.info, record, scores),
        None => Ok(without_scores(&trial.info, Some(record))),
    }
}

fn attempt(
    task: &Task<'_>,
    trial: &Trial,
    settings: &EnsembleSettings,
    others: &[TrialResult],
) -> Result<(Record, Scores), String> {
    let mut parts: Vec<&Scores> = Vec::new();
    let mut names: Vec<&str> = Vec::new();
    let (mut sizes, mut fingerprint) = (None, None);
    for id in &trial.members {
        let same = || others.iter().filter(|other| other.trial.id == *id);
        // A sweep may have a configuration that is the same trial. Its scores are withheld from the sweep, not from the
        // member.
        let member = same().find(|other| other.scores.is_some()).or_else(|| same().next());
        let name = member.map_or(id.as_str(), |member| &member.trial.name);
        let scores = member.and_then(|member| member.scores.as_ref());
        parts.push(scores.ok_or_else(|| format!("member \"{name}\" (trial {id}) has no scores"))?);
        let record = member.and_then(|member| member.record.as_ref());
        sizes = sizes.or(record.and_then(|record| record.sizes));
        fingerprint = fingerprint.or_else(|| record?.fingerprint.clone());
        names.push(name);
    }
    let joined = join(settings, &parts).map_err(|error| error.to_string())?;
    let total: usize = joined.weights.iter().sum();
    let members: Vec<MemberWeight> = (names.into_iter().zip(&trial.members))
        .zip(&joined.weights)
        .filter(|(_, weight)| **weight > 0)
        .map(|((name, id), &weight)| MemberWeight {
            name: name.to_owned(),
            trial: id.clone(),
            weight: share(weight, total),
        })
        .collect();
    let outcome = Outcome::Completed {
        fit_seconds: Some(joined.weigh_seconds),
        score_seconds: Some(joined.score_seconds),
        peak_rss_mb: None,
        native_threshold: None,
        epochs: vec![],
        notes: vec![note(&members)],
    };
    // Columns are the members', which may see the rows differently.
    let record = task.record(sizes, trial.device.clone(), outcome);
    Ok((Record { members, fingerprint, ..record }, joined.scores))
}

fn note(members: &[MemberWeight]) -> String {
    let one = |member: &MemberWeight| format!("{:.2} {}", member.weight, member.name);
    let list: Vec<String> = members.iter().map(one).collect();
    format!("made of {}; times are without the members'", list.join(", "))
}

fn share(weight: usize, total: usize) -> f64 {
    weight as f64 / total.max(1) as f64
}

struct Joined {
    weights: Vec<usize>,
    scores: Scores,
    weigh_seconds: f64,
    score_seconds: f64,
}

fn join(settings: &EnsembleSettings, members: &[&Scores]) -> Result<Joined, EnsembleError> {
    let first = *members.first().ok_or(EnsembleError::NoMembers)?;
    let same = |other: &&Scores| {
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
    ScoredPart { scores, ..like.without_scores() }
}
