//! What a job is asked for, and whether that can be done.

use std::sync::Arc;

use oddbench_core::list::first_of;
use oddbench_core::preprocess::PreprocessSettings;
use oddbench_core::threshold::check_quantile;
use oddbench_engine::scoring::{SavedModel, unsupervised_kinds};
use oddbench_models::Kind;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::labels::{Chosen, truth};
use super::params;
use super::uploads::Upload;
use crate::error::{Answer, ApiError};
use crate::state::App;

/// Kinds that can be fitted on an upload.
fn fitted_kinds() -> Vec<&'static str> {
    unsupervised_kinds().map(|kind| kind.name).collect()
}

/// The rows that a model is fitted on.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum FitOn {
    /// All.
    #[default]
    All,
    /// Those that the label calls normal.
    Normal,
}

/// What is asked for.
#[expect(clippy::large_enum_variant, reason = "a request is there once, and soon gone")]
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
    /// Fit a model on the upload, or on another one, and score the upload with it.
    Fit {
        /// Its kind.
        #[schemars(extend("enum" = fitted_kinds()))]
        kind: String,
        /// What to call it; after its kind and its upload if left out.
        name: Option<String>,
        /// Which rows to fit on.
        #[serde(default)]
        fit_on: FitOn,
        /// The upload whose rows to fit on; the one that is scored if left out.
        fit_upload: Option<String>,
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
        /// Columns that are taken for categories even if they hold numbers.
        #[serde(default)]
        categorical: Vec<String>,
        /// How categories become numbers. If left out: `one-hot`, with at most 1,000 categories in a column.
        #[schemars(extend("enum" = PreprocessSettings::words("encode")))]
        encode: Option<String>,
        /// How numbers are scaled; `min-max` if left out.
        #[schemars(extend("enum" = PreprocessSettings::words("scale")))]
        scale: Option<String>,
        /// How numbers are transformed before they are scaled; not at all if left out.
        #[schemars(extend("enum" = PreprocessSettings::words("transform")))]
        transform: Option<String>,
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

/// The rows that a model is fitted on.
pub struct Training {
    /// Their table.
    pub upload: Arc<Upload>,
    /// Which of them; `None`: all.
    pub rows: Option<Vec<usize>>,
}

impl Training {
    /// How many there are.
    pub fn count(&self) -> usize {
        self.rows.as_ref().map_or(self.upload.rows.len(), Vec::len)
    }
}

/// What a request comes to.
pub enum Checked {
    /// The model to score with.
    Score(Arc<SavedModel>),
    /// The rows to fit on.
    Fit(Training),
}

/// Opens the model to score with, or checks what is to be fitted: mistakes are reported at once.
pub fn checked(app: &App, upload: &Arc<Upload>, request: &JobRequest) -> Answer<Checked> {
    match request {
        JobRequest::Score { model, .. } => Ok(Checked::Score(model_for(app, upload, model)?)),
        JobRequest::Fit {
            kind,
            params,
            quantile,
            encode,
            scale,
            transform,
            fit_on,
            fit_upload,
            label,
            ..
        } => {
            let kind = kind_of(kind)?;
            quantile.map_or(Ok(()), check_quantile).map_err(|message| {
                ApiError::bad(message, "0.95 calls the highest 5 % anomalies")
            })?;
            for (key, word) in [("encode", encode), ("scale", scale), ("transform", transform)] {
                check_word(key, word.as_deref())?;
            }
            let training = match fit_upload {
                Some(id) => app.detect.upload(id, &app.limits)?,
                None => Arc::clone(upload),
            };
            check_columns(upload, &training, request)?;
            let rows = match fit_on {
                FitOn::All => None,
                FitOn::Normal => Some(normal_rows(&training, label.as_ref())?),
            };
            let training = Training { upload: training, rows };
            params::check(kind, params.as_ref(), training.count())?;
            Ok(Checked::Fit(training))
        }
    }
}

/// The kind of that name, if it can be fitted here.
fn kind_of(name: &str) -> Answer<&'static Kind> {
    unsupervised_kinds().find(|kind| kind.name == name).ok_or_else(|| {
        ApiError::bad(
            format!("{name:?} cannot be fitted here"),
            format!("kind is one of: {}", fitted_kinds().join(", ")),
        )
    })
}

/// The model of that id, if its columns are there.
fn model_for(app: &App, upload: &Upload, model: &str) -> Answer<Arc<SavedModel>> {
    let model = app.model(model)?;
    let columns = model.info().columns.iter().map(|column| column.name.as_str());
    let lacking: Vec<&str> = columns.filter(|name| upload.rows.position(name).is_none()).collect();
    match lacking.is_empty() {
        true => Ok(model),
        false => Err(ApiError::unusable(
            format!("the model reads columns that the table has not: {}", lacking.join(", ")),
            "choose a model that was fitted on such tables, or fit one on this upload",
        )),
    }
}

/// An error if a key of preprocessing has no such word.
fn check_word(key: &str, word: Option<&str>) -> Answer<()> {
    let words = PreprocessSettings::words(key);
    match word.filter(|word| !words.contains(word)) {
        None => Ok(()),
        Some(other) => Err(ApiError::bad(
            format!("there is no {key} {other:?}"),
            format!("{key} is one of: {}", words.join(", ")),
        )),
    }
}

/// An error if the request names no column to fit on, or columns that neither table has: it names them all.
fn check_columns(upload: &Upload, training: &Upload, request: &JobRequest) -> Answer<()> {
    let JobRequest::Fit { columns, ignore, keep, categorical, .. } = request else { return Ok(()) };
    if columns.as_ref().is_some_and(Vec::is_empty) && keep.is_empty() && categorical.is_empty() {
        return Err(ApiError::bad(
            "columns is an empty list: a model needs a column to learn from",
            format!(
                "name some of {}; or leave columns out: then the table decides",
                quoted(training.rows.names())
            ),
        ));
    }
    let named = columns.iter().flatten().chain(ignore).chain(keep).chain(categorical);
    let there = |name: &str| [upload, training].iter().any(|of| of.rows.position(name).is_some());
    let mut absent: Vec<String> = named.filter(|name| !there(name)).cloned().collect();
    absent.sort();
    absent.dedup();
    match absent.len() {
        0 => Ok(()),
        n => Err(ApiError::unusable(
            format!("there is no column {}", quoted(&absent)),
            format!(
                "choose {} among the columns of the table: {}",
                if n == 1 { "it" } else { "them" },
                quoted(training.rows.names())
            ),
        )),
    }
}

/// Names in quotes, the first ones of a long list.
fn quoted(names: &[String]) -> String {
    let quoted: Vec<String> = names.iter().map(|name| format!("{name:?}")).collect();
    first_of(&quoted, 40)
}

/// The rows that the label calls normal. Another upload need not have all classes.
fn normal_rows(training: &Upload, label: Option<&Chosen>) -> Answer<Vec<usize>> {
    let Some(label) = label else {
        return Err(ApiError::bad(
            "no column says which rows are normal",
            "choose the column with the truth, or fit on all rows",
        ));
    };
    if training.rows.position(&label.column).is_none() {
        return Err(ApiError::unusable(
            format!("{} has no column {:?}", training.name, label.column),
            "fit on all of its rows",
        ));
    }
    let all = truth(&training.rows, &Chosen { column: label.column.clone(), normal: vec![] })?;
    let here = label.normal.iter().filter(|name| all.classes.names.contains(name));
    let chosen = Chosen { column: label.column.clone(), normal: here.cloned().collect() };
    let rows = truth(&training.rows, &chosen)?.normal_rows();
    match rows.len() {
        0 | 1 => Err(ApiError::unusable(
            format!(
                "{} of {} are normal by {:?}",
                match rows.len() {
                    0 => "no rows",
                    _ => "one row",
                },
                training.name,
                label.column
            ),
            "tick the values that mean normal, or fit on all rows",
        )),
        _ => Ok(rows),
    }
}
