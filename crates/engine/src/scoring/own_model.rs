//! `fit.json`: what a model that was fitted on a table of one's own knows of itself.

use std::fs;
use std::path::Path;

use oddbench_core::preprocess::Preprocessor;
use oddbench_core::record::FORMAT_VERSION;
use oddbench_core::{Epoch, FittedDetector};
use oddbench_data::columns::ColumnVerdict;
use oddbench_data::files::temporary_beside;
use oddbench_data::rows::ReadRequest;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{ModelInfo, ScoringError, ThresholdInfo};
use crate::change_floor::ChangeFloor;
use crate::store::{read_versioned, write_json};

/// The file's name.
pub(super) const FIT_FILE: &str = "fit.json";

/// A column that is no feature, and why.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct LeftOut {
    pub(super) column: String,
    pub(super) reason: String,
}

/// `fit.json`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct FitRecord {
    pub(super) format_version: u32,
    pub(super) name: String,
    pub(super) kind: String,
    pub(super) params: Value,
    pub(super) seed: Option<u64>,
    /// The file that it was fitted on, as the user named it.
    pub(super) source: String,
    /// What the user said of how the file is read; left out if that was nothing.
    #[serde(default, skip_serializing_if = "ReadRequest::says_nothing")]
    pub(super) reading: ReadRequest,
    pub(super) rows: usize,
    pub(super) left_out: Vec<LeftOut>,
    /// What every column was taken for; empty in files that were written before it was kept.
    #[serde(default)]
    pub(super) columns: Vec<ColumnVerdict>,
    pub(super) thresholds: Vec<ThresholdInfo>,
    pub(super) epochs: Vec<Epoch>,
    pub(super) notes: Vec<String>,
    pub(super) fit_seconds: f64,
    pub(super) fitted_at: String,
    pub(super) oddbench: String,
}

impl FitRecord {
    pub(super) fn read(root: &Path) -> Result<Self, ScoringError> {
        let path = root.join(FIT_FILE);
        let remedy = "fit the model again";
        read_versioned(&path, remedy)?.ok_or_else(|| ScoringError::NoModel {
            path,
            message: "the file is missing".into(),
            remedy: remedy.into(),
        })
    }

    pub(super) fn info(&self) -> ModelInfo {
        ModelInfo {
            id: self.name.clone(),
            name: self.name.clone(),
            kind: self.kind.clone(),
            params: self.params.clone(),
            seed: self.seed,
            experiment: None,
            dataset: self.source.clone(),
            synthetic: false,
            supervised: false,
            train_rows: Some(self.rows),
            explains: false,
            reconstructs: false,
            columns: Vec::new(),
            thresholds: self.thresholds.clone(),
            fitted_at: self.fitted_at.clone(),
            notes: self.notes.clone(),
        }
    }

    /// Writes the folder whole or not at all.
    pub(super) fn save(
        &self,
        dir: &Path,
        preprocessor: &Preprocessor,
        detector: &dyn FittedDetector,
        floor: ChangeFloor,
    ) -> Result<(), ScoringError> {
        let failed = |path: &Path, error: std::io::Error| ScoringError::Io {
            path: path.to_owned(),
            message: error.to_string(),
        };
        if dir.exists() {
            let path = dir.display();
            return Err(ScoringError::Request(format!(
                "{path} is there already; give the model another folder"
            )));
        }
        debug_assert_eq!(self.format_version, FORMAT_VERSION);
        let temporary = temporary_beside(dir);
        let model = temporary.join("model");
        // A killed fit may have left it.
        let _ = fs::remove_dir_all(&temporary);
        let written = (|| {
            fs::create_dir_all(&model).map_err(|e| failed(&model, e))?;
            detector.save(&model)?;
            write_json(&model.join("preprocessor.json"), preprocessor)?;
            write_json(&model.join(ChangeFloor::FILE), &floor)?;
            write_json(&temporary.join(FIT_FILE), self)?;
            fs::rename(&temporary, dir).map_err(|e| failed(dir, e))
        })();
        if written.is_err() {
            // What matters is the first error.
            let _ = fs::remove_dir_all(&temporary);
        }
        written
    }
}
