//! `sweep` of a model: a grid of parameters, or draws from ranges and lists with a budget. Every
//! combination is checked by the model's kind before anything is fitted.

use oddbench_core::counts::{agreed, counted};
use oddbench_core::experiment::{Draws, SweepConfiguration, SweepSettings};
use oddbench_core::metrics::Metric;
use oddbench_core::split::SplitKind;
use oddbench_models::{Kind, OwnNames, ParamError};
use serde_json::{Map, Value};

use super::draws::{Choices, Range, draw};
use super::model::param_fault;
use super::{choose, misplaced};
use crate::spec::error::Fault;
use crate::spec::locate::KeyPath;
use crate::spec::suggest::allowed;

/// More are a mistake, or a week.
const MOST: usize = 1000;
const DEFAULT_SEED: u64 = 1;

/// The configurations of a sweep, in order: of a grid with the last parameter varying fastest. And what to
/// notes about the spelling of its parameters.
pub(super) fn sweep(
    model: &KeyPath,
    kind: &Kind,
    params: &OwnNames,
    mut wire: Map<String, Value>,
    split: &dyn SplitKind,
) -> Result<(SweepSettings, Vec<String>), Fault> {
    let at = model.key("sweep");
    if !split.has_validation() {
        return Err(Fault::name(
            &at,
            "the winner of a sweep is chosen on validation rows, and this split has none",
            split.to_validate(),
        ));
    }
    let select = select(&at, wire.remove("select"))?;
    let random = whole(&at, "random", wire.remove("random"))?;
    let seed = whole(&at, "seed", wire.remove("seed"))?;
    misplaced(&at.key("seed"), seed.is_some() && random.is_none(), "a sweep with random = ...")?;
    let own = kind.own_names(&wire).map_err(|error| param_fault(&at, kind.name, error))?;
    let choices = choices(&at, params, &own, random.is_some())?;
    let (values, draws) = match random {
        None => (grid(&at, &choices)?, None),
        Some(0) => {
            return Err(Fault::value(&at.key("random"), "0 is out of range", "use 1 or more"));
        }
        Some(number) => {
            let (number, seed) =
                (usize::try_from(number).unwrap_or(usize::MAX), seed.unwrap_or(DEFAULT_SEED));
            (random_values(&at, &choices, number, seed)?, Some(Draws { number, seed }))
        }
    };
    let configurations = values
        .into_iter()
        .map(|values| configuration(model, kind, params, values, &own))
        .collect::<Result<_, _>>()?;
    Ok((SweepSettings { select, draws, configurations }, own.hints().collect()))
}

fn select(at: &KeyPath, value: Option<Value>) -> Result<Metric, Fault> {
    let key = at.key("select");
    match value {
        None => Ok(Metric::RocAuc),
        Some(Value::String(name)) => {
            choose(&key, &name, &Metric::CRITERIA.map(|metric| (metric.name(), metric)))
        }
        Some(other) => Err(Fault::value(
            &key,
            format!("expected a text, found {other}"),
            allowed("", &Metric::CRITERIA.map(Metric::name)),
        )),
    }
}

fn whole(at: &KeyPath, key: &str, value: Option<Value>) -> Result<Option<u64>, Fault> {
    let Some(value) = value else { return Ok(None) };
    value.as_u64().map(Some).ok_or_else(|| {
        let message = format!("expected a whole number, 0 or more, found {value}");
        Fault::value(&at.key(key), message, format!("write it like this: {key} = 20"))
    })
}

/// What each swept parameter may be, by its name here.
fn choices(
    at: &KeyPath,
    params: &OwnNames,
    swept: &OwnNames,
    random: bool,
) -> Result<Vec<(String, Choices)>, Fault> {
    if swept.params.is_empty() {
        let help = "name at least one: sweep = { latent = [2, 4, 8] }";
        return Err(Fault::value(at, "no parameter is swept", help));
    }
    let mut choices = Vec::new();
    for (name, value) in swept.params.clone() {
        let key = at.key(swept.written(&name));
        if params.params.contains_key(&name) {
            let message = format!("`{}` is in params too", params.written(&name));
            return Err(Fault::name(&key, message, "remove it from params, or from the sweep"));
        }
        let choice = match value {
            Value::Array(values) => list(&key, values)?,
            Value::Object(range) if random => Choices::Range(self::range(&key, range)?),
            Value::Object(_) => {
                return Err(Fault::value(
                    &key,
                    "a range is drawn from, and this sweep is a grid",
                    "list the values, or add random = 20 to the sweep to draw that many configurations",
                ));
            }
            other => {
                let help = format!("write it in brackets: {name} = [{other}]");
                return Err(Fault::value(&key, format!("expected a list, found {other}"), help));
            }
        };
        choices.push((name, choice));
    }
    Ok(choices)
}

fn list(key: &KeyPath, values: Vec<Value>) -> Result<Choices, Fault> {
    if values.is_empty() {
        return Err(Fault::value(key, "the list is empty", "give at least one value"));
    }
    for (index, value) in values.iter().enumerate() {
        if values[..index].contains(value) {
            let message = format!("{value} is there twice");
            return Err(Fault::value(&key.index(index), message, "name each value once"));
        }
    }
    Ok(Choices::List(values))
}

fn range(key: &KeyPath, mut wire: Map<String, Value>) -> Result<Range, Fault> {
    let help = "write it like this: { min = 1e-4, max = 1e-2, log = true }";
    let (min, max, log) = (wire.remove("min"), wire.remove("max"), wire.remove("log"));
    if let Some(unknown) = wire.keys().next() {
        let message = format!("there is no key `{unknown}` here");
        return Err(Fault::name(&key.key(unknown), message, "keys here: min, max, log"));
    }
    let number = |name: &str, value: &Option<Value>| {
        value.as_ref().and_then(Value::as_f64).ok_or_else(|| match value {
            None => Fault::value(&key.key(name), "this key is missing", help),
            Some(other) => {
                Fault::value(&key.key(name), format!("expected a number, found {other}"), help)
            }
        })
    };
    let (low, high) = (number("min", &min)?, number("max", &max)?);
    let log = match log {
        None => false,
        Some(Value::Bool(log)) => log,
        Some(other) => {
            let message = format!("expected true or false, found {other}");
            return Err(Fault::value(&key.key("log"), message, help));
        }
    };
    if low >= high {
        let message = format!("the range from {low} to {high} is empty");
        return Err(Fault::value(key, message, "min must be below max"));
    }
    if log && low <= 0.0 {
        let message = format!("{low} has no logarithm");
        return Err(Fault::value(&key.key("min"), message, "use min above 0, or log = false"));
    }
    let integers = [&min, &max].map(|v| v.as_ref().and_then(Value::as_i64));
    Ok(Range { low, high, log, whole: integers.iter().all(Option::is_some) })
}

/// How many combinations there are; `None`: uncountably many, or more than fit.
fn combinations(choices: &[(String, Choices)]) -> Option<usize> {
    choices.iter().try_fold(1usize, |product, (_, choice)| product.checked_mul(choice.count()?))
}

fn grid(at: &KeyPath, choices: &[(String, Choices)]) -> Result<Vec<Map<String, Value>>, Fault> {
    let number = combinations(choices).unwrap_or(usize::MAX);
    too_many(at, number)?;
    let mut grid = vec![Map::new()];
    for (name, choice) in choices {
        let Choices::List(values) = choice else { continue };
        let with = |point: &Map<String, Value>, value: &Value| {
            let mut point = point.clone();
            point.insert(name.clone(), value.clone());
            point
        };
        grid = grid.iter().flat_map(|p| values.iter().map(move |v| with(p, v))).collect();
    }
    Ok(grid)
}

fn random_values(
    at: &KeyPath,
    choices: &[(String, Choices)],
    number: usize,
    seed: u64,
) -> Result<Vec<Map<String, Value>>, Fault> {
    too_many(&at.key("random"), number)?;
    if let Some(all) = combinations(choices).filter(|all| *all <= number) {
        return Err(Fault::value(
            &at.key("random"),
            format!("there {} only {}", agreed(all, "is", "are"), counted(all, "combination")),
            "lists alone, without random, try them all; or use a smaller number",
        ));
    }
    Ok(draw(choices, number, seed))
}

fn too_many(at: &KeyPath, number: usize) -> Result<(), Fault> {
    match number > MOST {
        true => {
            let message = format!("{number} configurations are too many");
            Err(Fault::value(
                at,
                message,
                format!("use at most {MOST}; random = 50 draws 50 of them"),
            ))
        }
        false => Ok(()),
    }
}

/// The parameters with the swept ones in place, as the kind completes them.
fn configuration(
    model: &KeyPath,
    kind: &Kind,
    params: &OwnNames,
    values: Map<String, Value>,
    swept: &OwnNames,
) -> Result<SweepConfiguration, Fault> {
    let mut all = params.params.clone();
    all.extend(values.clone());
    let params = kind.resolve(&Value::Object(all)).map_err(|error| {
        let at = fault_section(model, &error, &swept.params);
        let known = !error.known.is_empty();
        let error = swept.at_written(params.at_written(error));
        let mut fault = param_fault(&at, kind.name, error);
        if !known {
            fault.message = format!("{} (with {})", fault.message, described(&values));
        }
        fault
    })?;
    Ok(SweepConfiguration { values: Value::Object(values), params })
}

/// The place of the faulty parameter in the file.
fn fault_section(model: &KeyPath, error: &ParamError, swept: &Map<String, Value>) -> KeyPath {
    let first = error.key.as_deref().map(|key| key.split(['.', '[']).next().unwrap_or(key));
    match first {
        Some(key) if !swept.contains_key(key) => model.key("params"),
        _ => model.key("sweep"),
    }
}

/// `latent = 2, learning_rate = 0.01`.
fn described(values: &Map<String, Value>) -> String {
    let pairs: Vec<String> = values.iter().map(|(key, value)| format!("{key} = {value}")).collect();
    pairs.join(", ")
}
