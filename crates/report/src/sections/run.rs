//! What was run, in words: the facts that a reader needs to judge the figures and to repeat them.

use std::collections::{BTreeMap, BTreeSet};

use oddbench_core::record::{Manifest, PartSizes};
use oddbench_core::results::ExperimentResults;
use serde_json::Value;

use crate::document::Block;
use crate::format;
use crate::runs::sizes;
use crate::times;
use crate::topic::Topic;

/// The section.
pub const TOPIC: Topic =
    Topic::new("run", "What was run", |scene, _| vec![Block::Facts(facts(scene.results))]);

/// Data, protocol, software and machine.
fn facts(results: &ExperimentResults) -> Vec<(&'static str, String)> {
    let manifest = &results.manifest;
    let data = &manifest.data;
    let generated = if data.synthetic { ", generated rows" } else { "" };
    let mut facts = vec![
        ("Data set", format!("{}{generated}", data.dataset)),
        ("Features", data.features.clone()),
        ("Label policy", data.labels.clone()),
        ("Split", split(&split_name(results), sizes(results))),
        ("Preprocessing", plain(&data.preprocess)),
    ];
    if !data.left_out.is_empty() {
        facts.insert(2, ("Columns", data.left_out.join("; ")));
    }
    let rules = manifest.experiment.thresholds.iter().map(format::rule).collect::<Vec<_>>();
    facts.push((if rules.len() == 1 { "Threshold" } else { "Thresholds" }, rules.join("; ")));
    facts.push(("Seeds", seeds(results)));
    facts.extend(fingerprint(results).map(|found| ("Split fingerprint", found)));
    facts.extend(folds(results).map(|folds| ("Folds", folds)));
    facts.push(("Devices", devices(results)));
    facts.push(("Software", software(manifest)));
    facts.extend(reported(results).map(|versions| ("Reported versions", versions)));
    facts.push(("Machine", machine(results)));
    let overrides = match manifest.overrides.is_empty() {
        true => "none".to_owned(),
        false => manifest.overrides.join(" "),
    };
    facts.push(("Overrides", overrides));
    facts
}

/// What shows whether other figures are of the same split.
fn fingerprint(results: &ExperimentResults) -> Option<String> {
    let records = results.trials.iter().filter_map(|trial| trial.record.as_ref());
    let mut found: Vec<&str> = records.filter_map(|record| record.fingerprint.as_deref()).collect();
    found.sort_unstable();
    found.dedup();
    match found.as_slice() {
        [] => None,
        [one] => Some((*one).to_owned()),
        several => Some(format!("{} different ones, in record.json of each trial", several.len())),
    }
}

fn split(name: &str, sizes: Option<PartSizes>) -> String {
    let Some(sizes) = sizes else { return name.to_owned() };
    let part = |what: &str, rows: usize, outliers: usize| match (rows, outliers) {
        (0, _) => format!("no {what} rows"),
        (_, 0) => format!("{}, all inliers", format::counted(rows, &format!("{what} row"))),
        _ => format!(
            "{}, {} of them outliers ({} %)",
            format::counted(rows, &format!("{what} row")),
            format::count(outliers),
            format::percent_of(outliers, rows)
        ),
    };
    let mut parts = vec![
        part("training", sizes.train, sizes.train_outliers),
        part("validation", sizes.validation, sizes.validation_outliers),
        part("test", sizes.test, sizes.test_outliers),
    ];
    if let (Some(rows), Some(outliers)) = (sizes.transfer, sizes.transfer_outliers) {
        parts.push(part("transfer", rows, outliers));
    }
    format!("{name}: {}; {}", parts.join("; "), format::counted(sizes.columns, "column"))
}

/// The split, with the fold that the sizes are of where folds differ in more than a row.
fn split_name(results: &ExperimentResults) -> String {
    let name = &results.manifest.data.split;
    let first = results.trials.iter().find(|trial| trial.trial.fold == Some(1));
    match first.and_then(|trial| trial.trial.fold_name.as_deref()) {
        Some(family) => format!("{name} (here without {family})"),
        None => name.clone(),
    }
}

/// `5, each the test part of a trial of its own`, or the families that are left out in turn.
fn folds(results: &ExperimentResults) -> Option<String> {
    let trials = || results.trials.iter().map(|trial| &trial.trial);
    let folds = trials().filter_map(|trial| trial.fold).max()?;
    let mut names: Vec<&str> = trials().filter_map(|trial| trial.fold_name.as_deref()).collect();
    let mut known = std::collections::BTreeSet::new();
    names.retain(|name| known.insert(*name));
    Some(match names.is_empty() {
        true => format!("{folds}, each the test part of a trial of its own"),
        false => format!("{folds}, each without one family of attacks: {}", names.join(", ")),
    })
}

/// A JSON value as `key value, key value`.
pub fn plain(value: &Value) -> String {
    match value {
        Value::Object(map) => {
            let entry = |(key, value): (&String, &Value)| format!("{key} {}", plain(value));
            map.iter().map(entry).collect::<Vec<_>>().join(", ")
        }
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

fn seeds(results: &ExperimentResults) -> String {
    let mut seeds: Vec<u64> = results.trials.iter().filter_map(|trial| trial.trial.seed).collect();
    seeds.sort_unstable();
    seeds.dedup();
    match seeds.is_empty() {
        true => "none: every model is deterministic".into(),
        false => seeds.iter().map(u64::to_string).collect::<Vec<_>>().join(", "),
    }
}

fn devices(results: &ExperimentResults) -> String {
    // A file of scores is no device.
    let here = results.trials.iter().filter(|trial| trial.trial.given.is_none());
    let mut devices: Vec<&str> =
        here.filter_map(|t| Some(t.record.as_ref()?.device.as_str())).collect();
    devices.sort_unstable();
    devices.dedup();
    if devices.is_empty() { format::UNKNOWN.into() } else { devices.join(", ") }
}

/// The git revision that the program was built from, if the manifest knows it.
pub fn built_from(manifest: &Manifest) -> Option<&str> {
    manifest.environment.build.as_ref()?.revision.as_deref()
}

fn software(manifest: &Manifest) -> String {
    // The program's own sources, and the folder in which it ran: two revisions, of which each may be unknown.
    let built = built_from(manifest).map_or_else(
        || "of an unknown git revision".to_owned(),
        |revision| format!("built from git {revision}"),
    );
    let ran = manifest.git_revision.as_ref();
    let ran = ran.map(|revision| format!(", run in a folder at git {revision}"));
    format!("oddbench {}, {built}{}", manifest.oddbench, ran.unwrap_or_default())
}

/// The versions that the user's programs reported, each with the names of its rows. Trials of one row may have different
/// versions if a program was updated before the run was resumed. `None` if no program reported a version.
fn reported(results: &ExperimentResults) -> Option<String> {
    let mut versions: BTreeMap<&str, BTreeMap<&str, BTreeSet<&str>>> = BTreeMap::new();
    for trial in &results.trials {
        let run = trial.record.as_ref().and_then(|record| record.external.as_ref());
        for (package, version) in run.iter().flat_map(|run| &run.versions) {
            let of_row = versions.entry(&trial.trial.name).or_default();
            of_row.entry(package).or_default().insert(version);
        }
    }
    let mut rows: BTreeMap<String, Vec<&str>> = BTreeMap::new();
    for (row, packages) in versions {
        let words = packages.into_iter().map(|(package, versions)| {
            format!("{package} {}", versions.into_iter().collect::<Vec<_>>().join(" and "))
        });
        rows.entry(words.collect::<Vec<_>>().join(", ")).or_default().push(row);
    }
    let words =
        rows.into_iter().map(|(versions, rows)| format!("{versions} ({})", rows.join(", ")));
    Some(words.collect::<Vec<_>>().join("; ")).filter(|words| !words.is_empty())
}

fn machine(results: &ExperimentResults) -> String {
    let machine = &results.manifest.environment;
    let cpu = machine.cpu.as_deref().unwrap_or("unknown processor");
    format!(
        "{cpu}, {} logical cores, {}; {}",
        machine.cores,
        machine.platform,
        times::jobs_in_words(results)
    )
}
