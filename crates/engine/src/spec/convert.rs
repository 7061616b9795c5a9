//! From the sections as they are written to the sections as they are meant: every name, range and
//! combination is checked here.

use std::collections::BTreeSet;
use std::path::Path;

use oddbench_core::evaluate::{QuantileOf, Rule, ThresholdSettings, TuneOn};
use oddbench_core::preprocess::{Encode, Missing, PreprocessSettings, Scale};
use oddbench_core::record::AnchorSet;
use oddbench_core::split::{Holdout, Published};
use oddbench_data::{Source, SourceInfo, anchors};
use oddbench_models::{Backend, Kind, ParamError};
use serde_json::Value;

use super::error::{Fault, SpecError};
use super::locate::{Document, KeyPath};
use super::suggest::{allowed, nearest};
use super::wire::{
    OneOrMany, SetOrColumns, WireDataset, WireModel, WirePreprocess, WireReport, WireRun, WireSpec,
    WireSplit, WireThreshold,
};
use super::{DatasetSpec, ModelSpec, Spec, SplitSpec};

const DEFAULT_SEEDS: [u64; 1] = [2018];
const DEFAULT_ROWS: u64 = 20_000;
const DEFAULT_DATA_SEED: u64 = 1;
const DEFAULT_HOLDOUT: Holdout =
    Holdout { test: 0.3, validation: 0.2, seed: 1, inliers_only: true };

/// Checks a file that has the right structure.
pub(crate) fn convert(
    wire: WireSpec,
    document: Document,
    overrides: Vec<String>,
) -> Result<Spec, SpecError> {
    let base = document.file.path.parent().unwrap_or(Path::new("")).to_owned();
    let checked = (|| {
        let name = name(wire.name)?;
        let (dataset, has_test_table) = dataset(wire.dataset)?;
        let split = split(&wire.split, dataset.kind, has_test_table)?;
        let preprocess = preprocess(&wire.preprocess)?;
        let thresholds = thresholds(wire.threshold, split)?;
        let (seeds, backends) = run(&wire.run)?;
        let models = models(wire.model, &seeds, split)?;
        let anchors = anchor_sets(&wire.report, &base)?;
        Ok((name, dataset, split, preprocess, thresholds, backends, models, anchors))
    })();
    let (name, dataset, split, preprocess, thresholds, backends, models, anchors) =
        checked.map_err(|fault| document.error(fault))?;
    Ok(Spec {
        name,
        description: wire.description,
        dataset,
        split,
        preprocess,
        thresholds,
        backends,
        models,
        anchors,
        overrides,
        document,
    })
}

/// One of several names; `planned` are those that the documents name and this version lacks.
fn choose<T: Copy>(
    key: &KeyPath,
    value: &str,
    options: &[(&str, T)],
    planned: &[&str],
) -> Result<T, Fault> {
    if let Some((_, choice)) = options.iter().find(|(name, _)| *name == value) {
        return Ok(*choice);
    }
    let names: Vec<&str> = options.iter().map(|(name, _)| *name).collect();
    if planned.contains(&value) {
        let message = format!("\"{value}\" is not available in this version");
        return Err(Fault::value(key, message, format!("available: {}", names.join(", "))));
    }
    Err(Fault::value(key, format!("\"{value}\" is unknown"), allowed(value, &names)))
}

/// A number strictly between 0 and 1.
fn share(key: &KeyPath, value: f64) -> Result<f64, Fault> {
    match value > 0.0 && value < 1.0 {
        true => Ok(value),
        false => Err(Fault::value(
            key,
            format!("{value} is out of range"),
            "use a number between 0 and 1, such as 0.2",
        )),
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

fn name(name: String) -> Result<String, Fault> {
    let fits = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
    let good = !name.is_empty() && !name.starts_with(['.', '-']) && name.chars().all(fits);
    match good && name.len() <= 100 {
        true => Ok(name),
        false => Err(Fault::value(
            &KeyPath::of(&["name"]),
            format!("\"{name}\" cannot name a folder"),
            "use letters, digits, `-`, `_` and `.`, at most 100 of them, such as \"kdd99-published\"",
        )),
    }
}

fn dataset(wire: WireDataset) -> Result<(DatasetSpec, bool), Fault> {
    let section = KeyPath::of(&["dataset"]);
    let kinds = Source::KINDS.map(|kind| (kind, kind));
    let kind = choose(&section.key("kind"), &wire.kind, &kinds, &["nsl-kdd", "csv"])?;
    let source = match kind {
        "synthetic" => synthetic(&section, &wire)?,
        _ => {
            let owner = "kind = \"synthetic\"";
            misplaced(&section.key("rows"), wire.rows.is_some(), owner)?;
            misplaced(&section.key("seed"), wire.seed.is_some(), owner)?;
            Source::Kdd99
        }
    };
    let info = source.info();
    let (features, columns) = features(&section.key("features"), wire.features, &info)?;
    let policies: Vec<(&str, usize)> =
        info.label_policies.iter().enumerate().map(|(at, (name, _))| (*name, at)).collect();
    let chosen = match &wire.labels {
        Some(labels) => choose(&section.key("labels"), labels, &policies, &[])?,
        None => 0,
    };
    let (labels, policy) = info.label_policies[chosen].clone();
    let has_test_table = matches!(source, Source::Kdd99);
    let resolved = DatasetSpec {
        source,
        kind,
        synthetic: info.synthetic,
        features,
        columns,
        labels: labels.to_owned(),
        policy,
    };
    Ok((resolved, has_test_table))
}

fn synthetic(section: &KeyPath, wire: &WireDataset) -> Result<Source, Fault> {
    let rows = wire.rows.unwrap_or(DEFAULT_ROWS);
    if !(100..=10_000_000).contains(&rows) {
        let message = format!("{rows} is out of range");
        return Err(Fault::value(&section.key("rows"), message, "use 100 to 10000000 rows"));
    }
    #[expect(clippy::cast_possible_truncation, reason = "at most 10,000,000, checked above")]
    let rows = rows as usize;
    Ok(Source::Synthetic { rows, seed: wire.seed.unwrap_or(DEFAULT_DATA_SEED) })
}

fn features(
    key: &KeyPath,
    wire: Option<SetOrColumns>,
    info: &SourceInfo,
) -> Result<(String, Vec<String>), Fault> {
    let sets: Vec<&str> = info.feature_sets.iter().map(|(name, _)| *name).collect();
    let set = |name: &str| info.feature_sets.iter().find(|(set, _)| *set == name);
    match wire.unwrap_or_else(|| SetOrColumns::Set("all".into())) {
        SetOrColumns::Set(name) => match set(&name) {
            Some((_, columns)) => Ok((name, columns.clone())),
            None => Err(Fault::value(
                key,
                format!("there is no feature set \"{name}\""),
                format!("{}; or give a list of columns: [\"...\", \"...\"]", allowed(&name, &sets)),
            )),
        },
        SetOrColumns::Columns(columns) => {
            check_columns(key, &columns, info)?;
            Ok((columns.join(","), columns))
        }
    }
}

fn check_columns(key: &KeyPath, columns: &[String], info: &SourceInfo) -> Result<(), Fault> {
    if columns.is_empty() {
        return Err(Fault::value(key, "the list is empty", "name at least one column, or \"all\""));
    }
    let mut seen = BTreeSet::new();
    for (index, column) in columns.iter().enumerate() {
        let known: Vec<&str> = info.columns.iter().map(|(name, _)| name.as_str()).collect();
        if !known.contains(&column.as_str()) {
            let help = match nearest(column, known.iter().copied()) {
                Some(near) => format!("did you mean \"{near}\"?"),
                None => format!("columns of {}: {}", info.kind, known.join(", ")),
            };
            let message = format!("{} has no column \"{column}\"", info.kind);
            return Err(Fault::value(&key.index(index), message, help));
        }
        if !seen.insert(column) {
            let message = format!("the column \"{column}\" is named twice");
            return Err(Fault::value(&key.index(index), message, "name each column once"));
        }
    }
    Ok(())
}

fn split(wire: &WireSplit, dataset: &str, has_test_table: bool) -> Result<SplitSpec, Fault> {
    let section = KeyPath::of(&["split"]);
    let options = [
        ("published-8020", Some(Published::P8020)),
        ("published-9010", Some(Published::P9010)),
        ("published-all", Some(Published::All)),
        ("holdout", None),
    ];
    let Some(published) = choose(&section.key("kind"), &wire.kind, &options, &["k-fold"])? else {
        return holdout(&section, wire).map(SplitSpec::Holdout);
    };
    let owner = "kind = \"holdout\"";
    misplaced(&section.key("test"), wire.test.is_some(), owner)?;
    misplaced(&section.key("validation"), wire.validation.is_some(), owner)?;
    misplaced(&section.key("seed"), wire.seed.is_some(), owner)?;
    misplaced(&section.key("train_on"), wire.train_on.is_some(), owner)?;
    match has_test_table {
        true => Ok(SplitSpec::Published(published)),
        false => Err(Fault::value(
            &section.key("kind"),
            format!("\"{}\" needs a separate test table, which {dataset} does not have", wire.kind),
            "use kind = \"holdout\", or dataset.kind = \"kdd99\"",
        )),
    }
}

fn holdout(section: &KeyPath, wire: &WireSplit) -> Result<Holdout, Fault> {
    let test = share(&section.key("test"), wire.test.unwrap_or(DEFAULT_HOLDOUT.test))?;
    let validation = wire.validation.unwrap_or(DEFAULT_HOLDOUT.validation);
    if validation != 0.0 {
        share(&section.key("validation"), validation)?;
    }
    if test + validation >= 1.0 {
        let key = if wire.test.is_some() { "test" } else { "validation" };
        return Err(Fault::value(
            &section.key(key),
            format!("test ({test}) and validation ({validation}) leave no rows to train on"),
            "their sum must be below 1",
        ));
    }
    let inliers_only = match &wire.train_on {
        Some(on) => {
            choose(&section.key("train_on"), on, &[("inliers", true), ("all", false)], &[])?
        }
        None => DEFAULT_HOLDOUT.inliers_only,
    };
    Ok(Holdout { test, validation, seed: wire.seed.unwrap_or(DEFAULT_HOLDOUT.seed), inliers_only })
}

fn preprocess(wire: &WirePreprocess) -> Result<PreprocessSettings, Fault> {
    let section = KeyPath::of(&["preprocess"]);
    let scales = [("min-max", Scale::MinMax), ("standard", Scale::Standard), ("none", Scale::None)];
    let encodings = [("one-hot", Encode::OneHot), ("ordinal", Encode::Ordinal)];
    let rules =
        [("error", Missing::Error), ("median", Missing::Median), ("drop-row", Missing::DropRow)];
    let word = |value: &Option<String>, default: &str| value.clone().unwrap_or(default.to_owned());
    Ok(PreprocessSettings {
        scale: choose(&section.key("scale"), &word(&wire.scale, "min-max"), &scales, &[])?,
        encode: choose(&section.key("encode"), &word(&wire.encode, "one-hot"), &encodings, &[])?,
        missing: choose(&section.key("missing"), &word(&wire.missing, "error"), &rules, &[])?,
    })
}

fn thresholds(
    wire: OneOrMany<WireThreshold>,
    split: SplitSpec,
) -> Result<Vec<ThresholdSettings>, Fault> {
    let section = KeyPath::of(&["threshold"]);
    let has_validation = !matches!(split, SplitSpec::Holdout(h) if h.validation == 0.0);
    let list: Vec<(KeyPath, WireThreshold)> = match wire {
        OneOrMany::One(one) => vec![(section, one)],
        OneOrMany::Many(many) if many.is_empty() => {
            let help = "add a [threshold] section with rule = \"max-f1\"";
            return Err(Fault::value(&section, "there is no threshold rule", help));
        }
        OneOrMany::Many(many) => {
            many.into_iter().enumerate().map(|(at, one)| (section.index(at), one)).collect()
        }
    };
    list.into_iter().map(|(key, one)| threshold(&key, &one, has_validation)).collect()
}

#[derive(Clone, Copy)]
enum RuleName {
    Max(Rule),
    Quantile,
    Fixed,
}

fn threshold(
    section: &KeyPath,
    wire: &WireThreshold,
    has_validation: bool,
) -> Result<ThresholdSettings, Fault> {
    let names = [
        ("max-accuracy", RuleName::Max(Rule::MaxAccuracy)),
        ("max-f1", RuleName::Max(Rule::MaxF1)),
        ("max-f2", RuleName::Max(Rule::MaxF2)),
        ("quantile", RuleName::Quantile),
        ("fixed", RuleName::Fixed),
    ];
    let chosen = choose(&section.key("rule"), &wire.rule, &names, &[])?;
    refuse_idle_keys(section, wire, chosen)?;
    let rule = match chosen {
        RuleName::Max(rule) => rule,
        RuleName::Quantile => quantile(section, wire)?,
        RuleName::Fixed => fixed(section, wire)?,
    };
    let tune_on = tune_on(section, wire, has_validation || matches!(chosen, RuleName::Fixed))?;
    if let Some(contamination) = wire.contamination {
        share(&section.key("contamination"), contamination)?;
    }
    if let Some(decimals) = wire.decimals.filter(|decimals| *decimals > 15) {
        let message = format!("{decimals} is out of range");
        return Err(Fault::value(&section.key("decimals"), message, "use 0 to 15"));
    }
    Ok(ThresholdSettings {
        rule,
        tune_on,
        contamination: wire.contamination,
        decimals: wire.decimals,
    })
}

fn refuse_idle_keys(section: &KeyPath, wire: &WireThreshold, rule: RuleName) -> Result<(), Fault> {
    if !matches!(rule, RuleName::Quantile) {
        misplaced(&section.key("quantile"), wire.quantile.is_some(), "rule = \"quantile\"")?;
        misplaced(&section.key("of"), wire.of.is_some(), "rule = \"quantile\"")?;
    }
    if !matches!(rule, RuleName::Max(_)) {
        let owner = "the rules max-accuracy, max-f1 and max-f2";
        misplaced(&section.key("contamination"), wire.contamination.is_some(), owner)?;
        misplaced(&section.key("decimals"), wire.decimals.is_some(), owner)?;
    }
    match rule {
        RuleName::Fixed => {
            misplaced(&section.key("tune_on"), wire.tune_on.is_some(), "rules that are tuned")
        }
        _ => misplaced(&section.key("value"), wire.value.is_some(), "rule = \"fixed\""),
    }
}

fn quantile(section: &KeyPath, wire: &WireThreshold) -> Result<Rule, Fault> {
    let key = section.key("quantile");
    let q = wire.quantile.ok_or_else(|| {
        Fault::value(
            &key,
            "this key is missing",
            "add quantile = 0.95, or another number between 0 and 1",
        )
    })?;
    let of = match &wire.of {
        Some(of) => {
            let options = [("inliers", QuantileOf::Inliers), ("all", QuantileOf::All)];
            choose(&section.key("of"), of, &options, &[])?
        }
        None => QuantileOf::Inliers,
    };
    Ok(Rule::Quantile { q: share(&key, q)?, of })
}

fn fixed(section: &KeyPath, wire: &WireThreshold) -> Result<Rule, Fault> {
    let key = section.key("value");
    match wire.value {
        Some(value) if value.is_finite() => Ok(Rule::Fixed { value }),
        Some(value) => {
            Err(Fault::value(&key, format!("{value} is no threshold"), "use a finite number"))
        }
        None => {
            Err(Fault::value(&key, "this key is missing", "add value = 0.5, or another number"))
        }
    }
}

fn tune_on(section: &KeyPath, wire: &WireThreshold, has_validation: bool) -> Result<TuneOn, Fault> {
    let key = section.key("tune_on");
    let options = [("validation", TuneOn::Validation), ("test", TuneOn::Test)];
    let tune_on = match &wire.tune_on {
        Some(part) => choose(&key, part, &options, &[])?,
        None => TuneOn::Validation,
    };
    match tune_on == TuneOn::Validation && !has_validation {
        false => Ok(tune_on),
        true => Err(Fault::value(
            &key,
            "there are no validation rows to tune on: split.validation is 0",
            "give split.validation a share, such as 0.2",
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
        let backend = choose(&key.index(index), name, &known, &[])?;
        if backends.contains(&backend) {
            let message = format!("\"{name}\" is named twice");
            return Err(Fault::value(&key.index(index), message, "name each backend once"));
        }
        backends.push(backend);
    }
    Ok((seeds, backends))
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

fn models(wire: Vec<WireModel>, seeds: &[u64], split: SplitSpec) -> Result<Vec<ModelSpec>, Fault> {
    let section = KeyPath::of(&["model"]);
    if wire.is_empty() {
        return Err(Fault::value(
            &section,
            "there is no model",
            "add a [[model]] section with kind = \"pca\"; `oddbench models` lists the kinds",
        ));
    }
    let mut models: Vec<ModelSpec> = Vec::new();
    for (index, wire) in wire.into_iter().enumerate() {
        let at = section.index(index);
        let named = wire.label.is_some();
        let model = model(&at, wire, seeds, split)?;
        if let Some(first) = models.iter().position(|earlier| earlier.label == model.label) {
            let key = if named { "label" } else { "kind" };
            return Err(Fault::value(
                &at.key(key),
                format!("the label \"{}\" is taken by model[{first}]", model.label),
                "give each model a label of its own: label = \"...\"",
            ));
        }
        models.push(model);
    }
    Ok(models)
}

fn model(
    at: &KeyPath,
    wire: WireModel,
    seeds: &[u64],
    split: SplitSpec,
) -> Result<ModelSpec, Fault> {
    let kind = kind(&at.key("kind"), &wire.kind)?;
    if kind.supervised && !split.trains_on_outliers() {
        return Err(Fault::value(
            &at.key("kind"),
            format!("\"{}\" learns from labels, and this split trains on inliers only", kind.name),
            "use split.kind = \"holdout\" with train_on = \"all\"",
        ));
    }
    let label = wire.label.unwrap_or_else(|| kind.name.to_owned());
    if label.trim().is_empty() || label.len() > 80 || label.chars().any(char::is_control) {
        let help = "use 1 to 80 characters in one line, or leave the label out";
        return Err(Fault::value(&at.key("label"), "this cannot label a row", help));
    }
    if let Some(own) = &wire.seeds {
        check_seeds(&at.key("seeds"), own)?;
    }
    let params = kind
        .resolve(&Value::Object(wire.params))
        .map_err(|error| param_fault(&at.key("params"), error))?;
    Ok(ModelSpec { label, kind, params, seeds: wire.seeds.unwrap_or_else(|| seeds.to_vec()) })
}

fn kind(key: &KeyPath, name: &str) -> Result<&'static Kind, Fault> {
    if let Some(kind) = oddbench_models::find(name) {
        return Ok(kind);
    }
    let names: Vec<&str> = oddbench_models::kinds().iter().map(|kind| kind.name).collect();
    Err(Fault::value(key, format!("there is no model kind \"{name}\""), allowed(name, &names)))
}

/// A model's own complaint about its parameters, at the parameter.
pub(crate) fn param_fault(params: &KeyPath, error: ParamError) -> Fault {
    let key = match &error.key {
        Some(dotted) => dotted.split('.').fold(params.clone(), |path, part| path.key(part)),
        None => params.clone(),
    };
    if error.known.is_empty() {
        return Fault::value(&key, error.message, "");
    }
    let known: Vec<&str> = error.known.iter().map(String::as_str).collect();
    let unknown = error.key.as_deref().and_then(|key| key.rsplit('.').next()).unwrap_or_default();
    Fault::name(&key, error.message, allowed(unknown, &known))
}

fn anchor_sets(wire: &WireReport, base: &Path) -> Result<Vec<AnchorSet>, Fault> {
    let key = KeyPath::of(&["report", "anchors"]);
    wire.anchors
        .iter()
        .enumerate()
        .map(|(index, name)| {
            anchors::load(name, base).map_err(|error| {
                let help =
                    format!("{}; or the path of a .toml file", allowed(name, &anchors::NAMES));
                Fault::value(&key.index(index), error.to_string(), help)
            })
        })
        .collect()
}
