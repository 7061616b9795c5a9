//! What was run, in words: the facts that a reader needs to judge the figures and to repeat them.

use std::collections::BTreeMap;

use oddbench_core::record::{ExperimentResults, Manifest, PartSizes};
use serde_json::Value;

use crate::format;
use crate::render::escape::shell;

/// A term and what it was.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fact {
    /// The term.
    pub term: &'static str,
    /// What it was.
    pub value: String,
}

/// The heading of the report.
pub fn title(manifest: &Manifest) -> String {
    let mark = if manifest.data.synthetic { " (synthetic data)" } else { "" };
    format!("{}{mark}", manifest.experiment)
}

/// Data, protocol, software and machine.
pub fn facts(results: &ExperimentResults) -> Vec<Fact> {
    let manifest = &results.manifest;
    let data = &manifest.data;
    let generated = if data.synthetic { ", generated rows" } else { "" };
    let mut facts = vec![
        ("Data set", format!("{}{generated}", data.dataset)),
        ("Features", data.features.clone()),
        ("Label policy", data.labels.clone()),
        ("Split", split(data.split.as_str(), sizes(results))),
        ("Preprocessing", plain(&data.preprocess)),
    ];
    let rules = manifest.thresholds.iter().map(format::rule).collect::<Vec<_>>();
    facts.push((if rules.len() == 1 { "Threshold" } else { "Thresholds" }, rules.join("; ")));
    facts.push(("Seeds", seeds(results)));
    if let Some(folds) = results.trials.iter().filter_map(|trial| trial.trial.fold).max() {
        facts.push(("Folds", format!("{folds}, each the test part of a trial of its own")));
    }
    facts.push(("Devices", devices(results)));
    facts.push(("Software", software(manifest)));
    facts.push(("Machine", machine(manifest)));
    let overrides = match manifest.overrides.is_empty() {
        true => "none".to_owned(),
        false => manifest.overrides.join(" "),
    };
    facts.push(("Overrides", overrides));
    facts.into_iter().map(|(term, value)| Fact { term, value }).collect()
}

/// Where the figures come from: digests and dates.
pub fn provenance(results: &ExperimentResults) -> Vec<Fact> {
    let manifest = &results.manifest;
    let mut facts = vec![
        ("Experiment file", manifest.spec_path.clone()),
        ("Data digest (SHA-256)", manifest.data.digest.clone()),
        ("Record format", manifest.format_version.to_string()),
    ];
    let ended = results
        .trials
        .iter()
        .filter_map(|trial| trial.record.as_ref())
        .map(|record| &record.finished_at);
    if let Some(last) = ended.max() {
        facts.push(("Last trial ended", last.clone()));
    }
    facts.into_iter().map(|(term, value)| Fact { term, value }).collect()
}

/// The command that makes these results.
pub fn command(manifest: &Manifest) -> String {
    let mut words = vec!["oddbench".to_owned(), "run".to_owned(), shell(&manifest.spec_path)];
    for text in &manifest.overrides {
        match text.split_once(' ') {
            Some((option, value)) if option.starts_with("--") => {
                words.extend([option.to_owned(), shell(value)]);
            }
            _ => words.push(shell(text)),
        }
    }
    words.join(" ")
}

/// Says that unsupervised models were fitted on outliers too; `None` if they were not.
pub fn contaminated(results: &ExperimentResults) -> Option<String> {
    let sizes = sizes(results).filter(|sizes| sizes.train_outliers > 0)?;
    results.trials.iter().any(|trial| !trial.trial.supervised).then(|| {
        format!(
            "The unsupervised models were fitted on all training rows, of which {} of {} ({:.1} %) are outliers; they did not see the labels.",
            format::count(sizes.train_outliers),
            format::count(sizes.train),
            100.0 * sizes.train_outliers as f64 / sizes.train as f64
        )
    })
}

/// Says how many test inliers the label policy calls so although their class is not `normal`;
/// `None` if there are none, or no such class.
pub fn label_defect(results: &ExperimentResults) -> Option<String> {
    let test = &results.trials.iter().find_map(|trial| trial.scores.as_ref())?.test;
    let is_normal = |name: &str| name.trim_end_matches('.') == "normal";
    if !test.classes.names.iter().any(|name| is_normal(name)) {
        return None;
    }
    let mut others: BTreeMap<&str, usize> = BTreeMap::new();
    let mut inliers = 0;
    for (row, _) in test.labels.iter().enumerate().filter(|(_, outlier)| !**outlier) {
        inliers += 1;
        let class = test.classes.of(row);
        if !is_normal(class) {
            *others.entry(class).or_default() += 1;
        }
    }
    let total: usize = others.values().sum();
    if total == 0 {
        return None;
    }
    let mut ranked: Vec<(&str, usize)> = others.into_iter().collect();
    ranked.sort_by(|a, b| b.1.cmp(&a.1).then(a.0.cmp(b.0)));
    let named: Vec<String> = ranked
        .iter()
        .take(7)
        .map(|(class, rows)| format!("{class} {}", format::count(*rows)))
        .collect();
    let rest = if ranked.len() > 7 { ", …" } else { "" };
    Some(format!(
        "Under the label policy \"{}\", {} of the {} test inliers ({:.1} %) are of another class than normal: {}{rest}.",
        results.manifest.data.labels,
        format::count(total),
        format::count(inliers),
        100.0 * total as f64 / inliers as f64,
        named.join(", "),
    ))
}

/// Of the first fold, if there are folds: they differ by a row of each label at most.
fn sizes(results: &ExperimentResults) -> Option<PartSizes> {
    let mut trials: Vec<_> = results.trials.iter().collect();
    trials.sort_by_key(|trial| trial.trial.fold);
    trials.into_iter().find_map(|trial| trial.record.as_ref()?.sizes)
}

fn split(name: &str, sizes: Option<PartSizes>) -> String {
    let Some(sizes) = sizes else { return name.to_owned() };
    let part = |what: &str, rows: usize, outliers: usize| match (rows, outliers) {
        (0, _) => format!("no {what} rows"),
        (_, 0) => format!("{} {what} rows, all inliers", format::count(rows)),
        _ => format!(
            "{} {what} rows, {} of them outliers ({:.1} %)",
            format::count(rows),
            format::count(outliers),
            100.0 * outliers as f64 / rows as f64
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
    format!("{name}: {}; {} columns", parts.join("; "), sizes.columns)
}

/// A JSON value as `key value, key value`.
fn plain(value: &Value) -> String {
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
    let mut devices: Vec<&str> =
        results.trials.iter().filter_map(|t| Some(t.record.as_ref()?.device.as_str())).collect();
    devices.sort_unstable();
    devices.dedup();
    if devices.is_empty() { format::UNKNOWN.into() } else { devices.join(", ") }
}

fn software(manifest: &Manifest) -> String {
    let revision = match &manifest.git_revision {
        Some(revision) => format!("git {revision}"),
        None => "git revision unknown".into(),
    };
    format!("oddbench {}, {revision}", manifest.oddbench)
}

fn machine(manifest: &Manifest) -> String {
    let machine = &manifest.environment;
    let cpu = machine.cpu.as_deref().unwrap_or("unknown processor");
    format!(
        "{cpu}, {} logical cores, {}; at most {} trials at a time",
        machine.cores, machine.platform, machine.jobs
    )
}
