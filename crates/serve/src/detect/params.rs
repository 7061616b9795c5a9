//! Whether the parameters of a fit can be used. They are checked when the request comes, so that nobody waits for a job
//! that must fail.

use oddbench_models::{Kind, TrainingShape};
use serde_json::{Value, json};

use crate::error::{Answer, ApiError};

/// An error that names every parameter that is wrong, or does not suit so many training rows.
pub fn check(kind: &Kind, params: Option<&Value>, rows: usize) -> Answer<()> {
    let params = params.cloned().unwrap_or_else(|| json!({}));
    let mut faults = kind.faults(&params);
    if faults.is_empty() {
        // How many columns a fit has is known once categories are encoded.
        let columns = u32::MAX as usize;
        let shape = TrainingShape { rows, columns, outliers: 0, validation_inliers: 0 };
        faults.extend(kind.suits(&params, &shape).err());
    }
    let troubles: Vec<String> = faults.iter().map(ToString::to_string).collect();
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
