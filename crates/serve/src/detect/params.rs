//! Whether the parameters of a fit can be used. They are checked when the request comes, so that nobody waits for a job
//! that must fail.

use oddbench_models::{Kind, ParamError};
use serde_json::Value;

use crate::error::{Answer, ApiError};

/// An error that names every parameter that is wrong.
pub fn check(kind: &Kind, params: Option<&Value>) -> Answer<()> {
    let Some(params) = params else { return Ok(()) };
    let troubles = troubles(kind, params.clone());
    let (what, remedy) = match troubles.len() {
        0 => return Ok(()),
        1 => ("a parameter".to_owned(), "correct the parameter"),
        n => (format!("{n} parameters"), "correct the parameters"),
    };
    let kind_name = kind.name;
    let verb = if troubles.len() == 1 { "is" } else { "are" };
    let error = format!("{what} of {kind_name} {verb} wrong: {}", troubles.join("; "));
    let remedy = format!("{remedy}; GET /api/kinds says what each may be");
    Err(ApiError { troubles, ..ApiError::bad(error, remedy) })
}

/// What is wrong, parameter by parameter. The reader of parameters stops at the first that is wrong, so each is taken out
/// when it has been told, and the others are read again.
fn troubles(kind: &Kind, mut params: Value) -> Vec<String> {
    let mut told = Vec::new();
    while let Err(error) = kind.resolve(&params) {
        let (text, key) = (error.to_string(), top_key(&error));
        told.push(text);
        let given = params.as_object_mut();
        let taken = given.zip(key).and_then(|(given, key)| given.remove(&key));
        if taken.is_none() {
            break;
        }
    }
    told
}

/// The parameter that an error is about: `hidden` of `hidden[0]`.
fn top_key(error: &ParamError) -> Option<String> {
    let key = error.key.as_deref()?;
    key.split(['.', '[']).next().map(str::to_owned)
}
