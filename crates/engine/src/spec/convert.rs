//! From the sections as they are written to checked values: every name, range and
//! combination is checked here.

mod dataset;
mod draws;
mod ensemble;
mod executor;
mod external;
mod given;
mod limits;
mod measure;
mod model;
mod operator;
pub(crate) mod section;
pub(crate) mod split;
mod sweep;
pub(crate) mod threshold;
mod transfer;
mod view;

use std::collections::BTreeSet;
use std::path::Path;

use oddbench_core::experiment::{Experiment, ReportSettings, RunSettings};
use oddbench_core::preprocess::PreprocessSettings;
use oddbench_core::record::{AnchorSet, MeasuredEpoch};
use oddbench_data::{anchors, measured_epochs};
use oddbench_models::Backend;

use super::Spec;
use super::error::Fault;
use super::locate::{Document, KeyPath};
use super::structure::control_fault;
use super::suggest::allowed;
use super::suite::kind_name;
use super::wire::{WireDataset, WireReport, WireRun, WireSpec};

pub(crate) use dataset::{Opened, all_but};
pub use limits::mebibytes;
pub(crate) use model::param_fault;

const DEFAULT_SEEDS: [u64; 1] = [2018];

/// Checks a file that has the right structure.
pub(crate) fn convert(
    wire: WireSpec,
    document: &Document,
    overrides: Vec<String>,
    opened: &Opened,
) -> Result<Spec, Fault> {
    let base = document.file.path.parent().unwrap_or(Path::new("")).to_owned();
    folder_name(&KeyPath::of(&["name"]), &wire.name)?;
    let set_name = set_name(&wire.dataset, document);
    let by_default = wire.dataset.features.is_none();
    let (mut dataset, source) = dataset::dataset(wire.dataset, &base, opened)?;
    let transfer = transfer::other(wire.transfer, &base, opened)?;
    let split = split::split(&wire.split, &dataset, &source, &base)?;
    if by_default {
        dataset::without_column_of_split(&mut dataset, &split)?;
    }
    transfer.as_ref().map_or(Ok(()), |other| other.suits(&split))?;
    let at = KeyPath::of(&["preprocess"]);
    let preprocess = section::read(PreprocessSettings::KEYS, &at, &wire.preprocess, None)?;
    let (seeds, backends) = run(&wire.run)?;
    let at = KeyPath::of(&["limits"]);
    let (time, memory) = (wire.limits.timeout.as_deref(), wire.limits.max_memory.as_deref());
    let limits = limits::limits(&at, time, memory)?;
    let (time, memory) =
        (wire.limits.run_timeout.as_deref(), wire.limits.run_max_memory.as_deref());
    let run_limits = limits::run_limits(&at, time, memory)?;
    let slurm = executor::slurm(&wire.executor.slurm)?;
    let (mut models, hints) = model::models(
        wire.model,
        &model::Shared {
            seeds: &seeds,
            split: &split,
            dataset: &dataset,
            source: &source,
            preprocess,
            limits,
            base: &base,
            set: document.set.as_ref().map(|(_, name)| name.as_str()),
            transfers: match &transfer {
                Some(_) => Some("[transfer]"),
                None => split.kind().transfers().then_some("split.transfer"),
            },
        },
    )?;
    let transfer =
        transfer.map(|other| other.share((&mut dataset, &source), &mut models, preprocess));
    let transfer = transfer.transpose()?;
    let anchors = anchor_sets(&wire.report, &base)?;
    let anchor_names = anchors.iter().map(|set| set.name.clone()).collect();
    let anchors = anchors::of_set(anchors, &set_name);
    let measured_files = wire.report.measured_epochs.clone();
    let measured_epochs = measured_epochs(&measured_files, &base)?;
    let experiment = Experiment {
        name: wire.name,
        description: wire.description,
        thresholds: threshold::thresholds(wire.threshold, split.kind())?,
        operator: operator::operator(wire.operator)?,
        measure: measure::measure(wire.measure)?,
        ensembles: ensemble::ensembles(wire.ensemble, &models, split.kind())?,
        run: RunSettings { backends: backends.iter().map(|b| b.name().to_owned()).collect() },
        report: ReportSettings { anchors: anchor_names, measured_epochs: measured_files },
        dataset,
        transfer: transfer.as_ref().map(|other| other.settings.clone()),
        split,
        preprocess,
        models,
    };
    let document = document.clone();
    Ok(Spec {
        experiment,
        source,
        transfer,
        backends,
        run_limits,
        slurm,
        anchors,
        measured_epochs,
        overrides,
        hints,
        document,
    })
}

/// What published figures call the data set.
fn set_name(dataset: &WireDataset, document: &Document) -> String {
    match &document.set {
        Some((_, name)) => name.clone(),
        None => {
            let set = dataset.keys.get("set").and_then(|set| set.as_str());
            set.map_or_else(|| kind_name(&dataset.kind), str::to_owned)
        }
    }
}

/// A name that folders are named by.
pub(crate) fn folder_name(key: &KeyPath, name: &str) -> Result<(), Fault> {
    let fits = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
    let good = !name.is_empty() && !name.starts_with(['.', '-']) && name.chars().all(fits);
    match good && name.len() <= 100 {
        true => Ok(()),
        false => Err(Fault::value(
            key,
            format!("\"{name}\" cannot name a folder"),
            "use letters, digits, `-`, `_` and `.`, at most 100 of them, such as \"kdd99-published\"",
        )),
    }
}

fn run(wire: &WireRun) -> Result<(Vec<u64>, Vec<Backend>), Fault> {
    let section = KeyPath::of(&["run"]);
    let seeds = wire.seeds.clone().unwrap_or_else(|| DEFAULT_SEEDS.to_vec());
    check_seeds(&section.key("seeds"), &seeds)?;
    let key = section.key("backends");
    let known = Backend::ALL.map(|backend| (backend.name(), backend));
    let names = wire.backends.clone().unwrap_or_else(|| vec![Backend::Cpu.name().to_owned()]);
    if names.is_empty() {
        return Err(Fault::value(
            &key,
            "the list is empty",
            "name at least one: backends = [\"cpu\"]",
        ));
    }
    let mut backends = Vec::new();
    for (index, name) in names.iter().enumerate() {
        let backend = choose(&key.index(index), name, &known)?;
        if backends.contains(&backend) {
            let message = format!("\"{name}\" is named twice");
            return Err(Fault::value(&key.index(index), message, "name each backend once"));
        }
        backends.push(backend);
    }
    Ok((seeds, backends))
}

fn anchor_sets(wire: &WireReport, base: &Path) -> Result<Vec<AnchorSet>, Fault> {
    let key = KeyPath::of(&["report", "anchors"]);
    wire.anchors
        .iter()
        .enumerate()
        .map(|(index, name)| {
            if let Some(fault) = control_fault(&key.index(index), name) {
                return Err(fault);
            }
            anchors::load(name, base).map_err(|error| {
                let help =
                    format!("{}; or the path of a .toml file", allowed(name, &anchors::NAMES));
                Fault::value(&key.index(index), error.to_string(), help)
            })
        })
        .collect()
}

fn measured_epochs(files: &[String], base: &Path) -> Result<Vec<MeasuredEpoch>, Fault> {
    let key = KeyPath::of(&["report", "measured_epochs"]);
    let mut all = Vec::new();
    for (index, name) in files.iter().enumerate() {
        let key = key.index(index);
        if let Some(fault) = control_fault(&key, name) {
            return Err(fault);
        }
        let help = format!(
            "a path from the folder of the experiment file to a CSV file with the columns {}",
            measured_epochs::COLUMNS.join(", ")
        );
        let lines = measured_epochs::load(&base.join(name));
        all.extend(lines.map_err(|error| Fault::value(&key, error.to_string(), help))?);
    }
    Ok(all)
}

/// One of several names.
fn choose<T: Copy>(key: &KeyPath, value: &str, options: &[(&str, T)]) -> Result<T, Fault> {
    if let Some((_, choice)) = options.iter().find(|(name, _)| *name == value) {
        return Ok(*choice);
    }
    let names: Vec<&str> = options.iter().map(|(name, _)| *name).collect();
    Err(Fault::value(key, format!("\"{value}\" is unknown"), allowed(value, &names)))
}

/// A number strictly between 0 and 1.
fn share(key: &KeyPath, value: f64) -> Result<f64, Fault> {
    match value > 0.0 && value < 1.0 {
        true => Ok(value),
        false => {
            // Who writes 30 or 99.5 means per cent. What 1.3 means is unknown.
            let help = match (2.0..100.0).contains(&value) {
                true => {
                    // Without the last binary digits: 0.07, and not 0.07000000000000001.
                    let meant = (value * 1e7).round() / 1e9;
                    format!("did you mean {meant}? use a number above 0 and below 1")
                }
                false => "use a number above 0 and below 1".to_owned(),
            };
            Err(Fault::value(key, format!("{value} is out of range"), help))
        }
    }
}

/// A key that is there but has no meaning beside the others.
fn misplaced(key: &KeyPath, present: bool, belongs_to: &str) -> Result<(), Fault> {
    match present {
        false => Ok(()),
        true => Err(Fault::name(
            key,
            format!("this key belongs to {belongs_to}"),
            "remove it: a key that has no effect is refused",
        )),
    }
}

fn check_seeds(key: &KeyPath, seeds: &[u64]) -> Result<(), Fault> {
    if seeds.is_empty() {
        return Err(Fault::value(key, "the list is empty", "give at least one seed: seeds = [1]"));
    }
    let mut seen = BTreeSet::new();
    for (index, seed) in seeds.iter().enumerate() {
        if !seen.insert(seed) {
            let message = format!("the seed {seed} is there twice");
            return Err(Fault::value(
                &key.index(index),
                message,
                "each seed once: the same seed gives the same figures",
            ));
        }
    }
    Ok(())
}
