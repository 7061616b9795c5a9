//! `GET /api/kinds`: the kinds of models that can be fitted on an upload, each with the schema of its parameters, from
//! which the page makes its form.

use axum::Json;
use oddbench_core::preprocess::PreprocessSettings;
use oddbench_engine::scoring::unsupervised_kinds;
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::Value;

/// What can be fitted, and how numbers and categories can be prepared.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Kinds {
    kinds: Vec<KindInfo>,
    /// The words of each choice, the default first.
    scale: &'static [&'static str],
    transform: &'static [&'static str],
    encode: &'static [&'static str],
}

/// A kind of model.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "Kind")]
struct KindInfo {
    name: &'static str,
    summary: &'static str,
    /// Whether it is quick and useful on most tables without tuning.
    recommended: bool,
    /// The JSON Schema of its parameters.
    parameters: Value,
}

/// The kinds.
pub async fn list() -> Json<Kinds> {
    let kind = |kind: &oddbench_models::Kind| KindInfo {
        name: kind.name,
        summary: kind.summary,
        recommended: kind.fits_uploads,
        parameters: kind.schema(),
    };
    Json(Kinds {
        kinds: unsupervised_kinds().map(kind).collect(),
        scale: PreprocessSettings::words("scale"),
        transform: PreprocessSettings::words("transform"),
        encode: PreprocessSettings::words("encode"),
    })
}
