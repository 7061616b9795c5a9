//! Parameter objects: read strictly, checked, completed with defaults, described as JSON Schema.

use std::fmt::{Debug, Display};

use oddbench_core::serde_words;
use schemars::JsonSchema;
use serde::{Serialize, de::DeserializeOwned};
use serde_json::{Map, Value};
use thiserror::Error;

/// A parameter is unknown, of the wrong type or out of range.
#[derive(Debug, Error, PartialEq)]
#[error("{}{message}", key.as_ref().map(|k| format!("{k}: ")).unwrap_or_default())]
pub struct ParamError {
    /// The parameter at fault, dotted if nested; `None` if it is about several.
    pub key: Option<String>,
    /// What is wrong and what is allowed, in lower case, without the key.
    pub message: String,
    /// The parameter names that exist, if the key is unknown.
    pub known: Vec<String>,
    /// What to do instead, if the key is another library's: one clause in lower case.
    pub instead: Option<&'static str>,
}

/// The parameters of one kind: a plain struct with `#[serde(default, deny_unknown_fields)]`.
pub(crate) trait Params: Serialize + DeserializeOwned + JsonSchema + Default {
    /// The values of the parameters that are left out; they may depend on those that are given.
    fn defaults(_given: &Map<String, Value>) -> Self {
        Self::default()
    }

    /// The ranges, and what must hold between parameters.
    fn check(&self) -> Result<(), ParamError>;
}

impl ParamError {
    /// An error about one parameter.
    pub(crate) fn at(key: &str, message: impl Into<String>) -> Self {
        Self { key: Some(key.into()), ..Self::general(message) }
    }

    /// The parameter of the object that it is about: `hidden` of `hidden[0]`.
    pub(crate) fn top_key(&self) -> Option<&str> {
        self.key.as_deref()?.split(['.', '[']).next()
    }

    /// A name of another library for what oddbench decides elsewhere or has not.
    pub(crate) fn not_here(key: &str, instead: &'static str) -> Self {
        let message = format!("this is no parameter here: {instead}");
        Self { instead: Some(instead), ..Self::at(key, message) }
    }

    /// An error about several parameters together, or about the object as a whole.
    pub(crate) fn general(message: impl Into<String>) -> Self {
        Self { key: None, message: message.into(), known: Vec::new(), instead: None }
    }
}

/// `Ok` if `holds`; else an error that names the key, what is allowed, and what was given.
///
/// `require("nu", nu > 0.0 && nu <= 1.0, "above 0 and at most 1", nu)`
pub(crate) fn require(
    key: &str,
    holds: bool,
    allowed: &str,
    given: impl Display,
) -> Result<(), ParamError> {
    if holds {
        return Ok(());
    }
    Err(ParamError::at(key, format!("must be {allowed}, got {given}")))
}

/// The most trees, starts or projections. A fit makes each of them, so that memory or time grows with their number.
pub(crate) const MOST_PARTS: u64 = 10_000;

/// The most steps of a search that ends by itself when it has converged.
pub(crate) const MOST_STEPS: u64 = 1_000_000;

/// `Ok` if a count is 1 or more and at most `most`; else an error that names the key and the range.
pub(crate) fn require_count(
    key: &str,
    given: impl TryInto<u64> + Display + Copy,
    most: u64,
) -> Result<(), ParamError> {
    let holds = given.try_into().is_ok_and(|count| (1..=most).contains(&count));
    require(key, holds, &format!("from 1 to {most}"), given)
}

/// Reads and checks a parameter object; what is left out takes its default.
pub(crate) fn parse<P: Params>(value: &Value) -> Result<P, ParamError> {
    let Value::Object(given) = value else {
        return Err(ParamError::general(format!("the parameters must be a table, got {value}")));
    };
    let defaults = object_of(&P::defaults(given));
    refuse_unknown(given, &defaults)?;
    let params = read::<P>(&defaults, given).map_err(|error| {
        let path = error.path().to_string();
        // serde does not say the path into a flattened block: look for the value that is refused.
        let refused = |(key, value): (&String, &Value)| {
            let alone = Map::from_iter([(key.clone(), value.clone())]);
            read::<P>(&defaults, &alone).is_err().then(|| key.clone())
        };
        let key = if path == "." { given.iter().find_map(refused) } else { Some(path) };
        ParamError { key, ..ParamError::general(plainly(&error.into_inner().to_string())) }
    })?;
    params.check()?;
    Ok(params)
}

/// The parameters with the given values and the defaults of the others.
fn read<P: Params>(
    defaults: &Map<String, Value>,
    given: &Map<String, Value>,
) -> Result<P, serde_path_to_error::Error<serde_json::Error>> {
    let mut all = defaults.clone();
    all.extend(given.clone());
    serde_path_to_error::deserialize(Value::Object(all))
}

/// The parameter object with every default filled in. Resolving it again changes nothing.
pub(crate) fn resolve<P: Params>(value: &Value) -> Result<Value, ParamError> {
    Ok(Value::Object(object_of(&parse::<P>(value)?)))
}

/// The JSON Schema of the parameter object. Every parameter has a default, so none is required.
pub(crate) fn schema<P: Params>() -> Value {
    let mut schema = schemars::schema_for!(P).to_value();
    for (key, default) in object_of(&P::default()) {
        schema["properties"][key]["default"] = default;
    }
    if let Some(schema) = schema.as_object_mut() {
        schema.remove("required");
    }
    schema
}

fn refuse_unknown(
    given: &Map<String, Value>,
    defaults: &Map<String, Value>,
) -> Result<(), ParamError> {
    let Some(unknown) = given.keys().find(|key| !defaults.contains_key(*key)) else {
        return Ok(());
    };
    let known: Vec<String> = defaults.keys().cloned().collect();
    let message = if known.is_empty() {
        "there is no such parameter; this kind has none".into()
    } else {
        format!("there is no such parameter; there are {}", known.join(", "))
    };
    Err(ParamError { known, ..ParamError::at(unknown, message) })
}

/// serde's message in the words of an experiment file, not of Rust's types.
fn plainly(message: &str) -> String {
    let Some((found, expected)) = message.split_once(", expected ") else {
        return message.into();
    };
    let found = ["invalid type: ", "invalid value: ", "unknown variant "]
        .iter()
        .fold(found, |found, prefix| found.trim_start_matches(prefix));
    let found = serde_words::found(found);
    let expected = match expected {
        "u8" | "u16" | "u32" | "u64" | "usize" => "a whole number, 0 or more",
        "i8" | "i16" | "i32" | "i64" | "isize" => "a whole number",
        "f32" | "f64" => "a number",
        "a boolean" => "true or false",
        "a sequence" => "a list",
        other => other,
    };
    format!("expected {expected}, got {found}").replace('`', "")
}

fn object_of(params: &impl Serialize) -> Map<String, Value> {
    match serde_json::to_value(params) {
        Ok(Value::Object(object)) => object,
        // Parameters are plain structs with string keys.
        _ => Map::new(),
    }
}
