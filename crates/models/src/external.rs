//! `external`: a user's command, as the table of kinds lists it. A trial starts its process; nothing
//! here does.

use oddbench_core::DetectorError;
use oddbench_core::external::EXTERNAL;
use serde_json::{Value, json};

use crate::kind::Kind;
use crate::params::ParamError;

/// A user's command. It has its own parameters, so every name is allowed. The experiment says whether the
/// command sees labels.
pub static EXTERNAL_KIND: Kind = Kind {
    name: EXTERNAL,
    summary: "a command of your own, in any language, that fits and scores by a small protocol",
    source: "docs/EXTERNAL.md",
    supervised: false,
    uses_device: false,
    fits_uploads: false,
    positional: false,
    peers: &[],
    elsewhere: &[],
    resolve: |params| match params {
        Value::Object(_) => Ok(params.clone()),
        other => Err(ParamError::general(format!("expected a table of parameters, found {other}"))),
    },
    suits: |_, _| Ok(()),
    build: |_, _| Err(ParamError::general(ELSEWHERE)),
    load: |saved| Err(DetectorError::BadInput(format!("{}: {ELSEWHERE}", saved.kind))),
    in_company: None,
    schema: || {
        json!({
            "type": "object",
            "description": "Whatever the command understands; it is given them as JSON.",
            "additionalProperties": true
        })
    },
    #[cfg(any(test, feature = "burn"))]
    engines: None,
    quick: || json!({}),
};

const ELSEWHERE: &str = "a command is started by the trials of `oddbench run` and by `oddbench check --contract` alone: name it in an experiment file";
