//! What a job is asked for, and whether that can be done.

use std::sync::Arc;

use oddbench_core::preprocess::PreprocessSettings;
use oddbench_engine::scoring::SavedModel;
use oddbench_models::kinds;
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::Value;

use super::labels::Chosen;
use super::uploads::Upload;
use crate::error::{Answer, ApiError};
use crate::state::App;

/// Kinds that can be fitted on an upload.
fn fitted_kinds() -> Vec<&'static str> {
    kinds().iter().filter(|kind| kind.fits_uploads).map(|kind| kind.name).collect()
}

/// What is asked for.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(tag = "action", rename_all = "kebab-case", deny_unknown_fields)]
pub enum JobRequest {
    /// Score with a model that exists.
    Score {
        /// Its id.
        model: String,
        /// The truth, if the table has it.
        label: Option<Chosen>,
    },
    /// Fit a model on the upload, and score the upload with it.
    Fit {
        /// Its kind.
        #[schemars(extend("enum" = fitted_kinds()))]
        kind: String,
        /// Parameters that are not to be the defaults.
        params: Option<Value>,
        /// Of everything random; 1 if left out.
        seed: Option<u64>,
        /// The columns to fit on, whatever they look like; if left out, those that the upload's `columns`
        /// call features.
        columns: Option<Vec<String>>,
        /// Columns that are no features.
        #[serde(default)]
        ignore: Vec<String>,
        /// Columns that are features although they look like labels, identifiers, addresses or points in
        /// time.
        #[serde(default)]
        keep: Vec<String>,
        /// Columns to take for categories, whatever they hold.
        #[serde(default)]
        categorical: Vec<String>,
        /// How categories become numbers; `one-hot`, with at most 1,000 a column, if left out.
        #[schemars(extend("enum" = PreprocessSettings::words("encode")))]
        encode: Option<String>,
        /// The share of the upload's scores that the threshold lies above; 0.95 if left out.
        quantile: Option<f64>,
        /// The truth, if the table has it.
        label: Option<Chosen>,
    },
}

impl JobRequest {
    /// The truth, if the table has it.
    pub fn label(&self) -> Option<&Chosen> {
        match self {
            Self::Score { label, .. } | Self::Fit { label, .. } => label.as_ref(),
        }
    }
}

/// Opens the model to score with, or checks what is to be fitted: mistakes are told at once.
pub fn checked(
    app: &App,
    upload: &Upload,
    request: &JobRequest,
) -> Answer<Option<Arc<SavedModel>>> {
    match request {
        JobRequest::Score { model, .. } => {
            let model = app.model(model)?;
            let lacking: Vec<&str> = model
                .info()
                .columns
                .iter()
                .map(|column| column.name.as_str())
                .filter(|name| upload.rows.position(name).is_none())
                .collect();
            match lacking.is_empty() {
                true => Ok(Some(model)),
                false => Err(ApiError::unusable(
                    format!(
                        "the model reads columns that the table has not: {}",
                        lacking.join(", ")
                    ),
                    "choose a model that was fitted on such tables, or fit one on this upload",
                )),
            }
        }
        JobRequest::Fit { kind, columns, quantile, ignore, keep, categorical, encode, .. } => {
            let offered = fitted_kinds();
            if !offered.contains(&kind.as_str()) {
                return Err(ApiError::bad(
                    format!("{kind:?} cannot be fitted here"),
                    format!("kind is one of: {}", offered.join(", ")),
                ));
            }
            if quantile.is_some_and(|q| !(q > 0.0 && q < 1.0)) {
                return Err(ApiError::bad(
                    "the quantile is not between 0 and 1",
                    "0.95 calls the upper 5 % anomalies",
                ));
            }
            let words = PreprocessSettings::words("encode");
            if let Some(other) = encode.as_ref().filter(|word| !words.contains(&word.as_str())) {
                return Err(ApiError::bad(
                    format!("there is no encoding {other:?}"),
                    format!("encode is one of: {}", words.join(", ")),
                ));
            }
            let named = columns.iter().flatten().chain(ignore).chain(keep).chain(categorical);
            let unknown = named.into_iter().find(|name| upload.rows.position(name).is_none());
            match unknown {
                Some(name) => Err(ApiError::unusable(
                    format!("there is no column {name:?}"),
                    "GET /api/uploads/{id} lists the columns",
                )),
                None => Ok(None),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The page has words of its own for each of them.
    #[test]
    fn the_page_offers_the_kinds_that_can_be_fitted() {
        let page = include_str!("../../assets/js/detect/model.js");
        let (_, fits) = page.split_once("const FITS = {\n").unwrap();
        let (fits, _) = fits.split_once("\n};").unwrap();
        let keys = fits.lines().filter_map(|line| line.split_once(": {"));
        let offered: Vec<&str> = keys.map(|(key, _)| key.trim().trim_matches('"')).collect();
        assert_eq!(offered, fitted_kinds());
    }
}
