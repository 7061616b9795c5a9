//! `scores`: a model that was fitted elsewhere, as the table of kinds lists it. A trial reads its scores from a
//! file; nothing is fitted.

use oddbench_core::DetectorError;
use oddbench_core::given::SCORES;
use serde_json::json;

use crate::kind::Kind;
use crate::params::ParamError;

/// Models that were fitted elsewhere. Whether the fit used labels is said in the experiment.
pub static SCORES_KIND: Kind = Kind {
    name: SCORES,
    summary: "scores that you computed elsewhere for the rows of `oddbench data export`",
    source: "docs/EXTERNAL.md, Scores computed elsewhere",
    supervised: false,
    uses_device: false,
    fits_uploads: false,
    positional: false,
    peers: &[],
    elsewhere: &[],
    resolve: |params| match params.as_object().map(|params| params.keys().next()) {
        Some(None) => Ok(json!({})),
        Some(Some(key)) => Err(ParamError::at(key, NO_PARAMETERS)),
        None => Err(ParamError::general(format!("expected a table, found {params}"))),
    },
    suits: |_, _| Ok(()),
    build: |_, _| Err(ParamError::general(ELSEWHERE)),
    load: |saved| Err(DetectorError::BadInput(format!("{}: {ELSEWHERE}", saved.kind))),
    in_company: None,
    schema: || {
        json!({
            "type": "object",
            "description": "None: the model was fitted elsewhere.",
            "additionalProperties": false
        })
    },
    #[cfg(any(test, feature = "burn"))]
    engines: None,
    quick: || json!({}),
};

const NO_PARAMETERS: &str = "a model of kind \"scores\" has no parameters: it was fitted elsewhere";

const ELSEWHERE: &str = "this model was fitted elsewhere, and oddbench knows its scores alone: name the file of the scores in an experiment file and run that";
