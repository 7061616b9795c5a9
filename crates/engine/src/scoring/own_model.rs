//! The folder of a model that was fitted on a user's table. `fit.json` describes it, and
//! `SHA256SUMS` has the digests of all its other files.

use std::fs;
use std::io;
use std::path::Path;

use oddbench_core::preprocess::Preprocessor;
use oddbench_core::record::FORMAT_VERSION;
use oddbench_core::{Epoch, FittedDetector};
use oddbench_data::columns::ColumnVerdict;
use oddbench_data::files::{self, temporary_beside};
use oddbench_data::rows::ReadRequest;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{ModelInfo, ScoringError, ThresholdInfo};
use crate::change_floor::ChangeFloor;
use crate::store::sums::{self, SUMS};
use crate::store::{StoreError, file_digests, read_versioned, write_json};

/// The file's name.
pub(super) const FIT_FILE: &str = "fit.json";

/// What to do if a file of the folder is damaged.
pub(super) const FIT_AGAIN: &str = "fit the model again, into another folder";

fn write_sums(root: &Path) -> io::Result<()> {
    let digests = file_digests(root)?;
    let lines = digests.iter().map(|(name, digest)| (name.as_str(), digest.as_str()));
    files::write(&root.join(SUMS), sums::text(lines).as_bytes())
}

/// An error unless every file is as it was written. A folder from before digests were kept is taken as it is.
fn check_sums(root: &Path) -> Result<(), ScoringError> {
    let Some(written) = sums::read(root, FIT_AGAIN)? else { return Ok(()) };
    let failed = |source| ScoringError::Io { path: root.to_owned(), source };
    let mut found = file_digests(root).map_err(failed)?;
    // Other files of the folder are not read.
    found.retain(|name, _| name == FIT_FILE || name.starts_with(MODEL_FILES));
    let other = |name: &&String| written.get(*name) != found.get(*name);
    let Some(name) = written.keys().chain(found.keys()).find(other) else { return Ok(()) };
    Err(StoreError::Corrupt {
        path: root.join(name),
        message: format!("it is not what {SUMS} says"),
        remedy: FIT_AGAIN.to_owned(),
    }
    .into())
}

/// Begins the names of the files of detector and preprocessing.
const MODEL_FILES: &str = "model/";

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
    /// Reads it. First all files of the folder are compared with their digests.
    pub(super) fn read(root: &Path) -> Result<Self, ScoringError> {
        check_sums(root)?;
        let path = root.join(FIT_FILE);
        read_versioned(&path, FIT_AGAIN)?.ok_or_else(|| ScoringError::NoModel {
            path,
            message: "the file is missing".into(),
            remedy: FIT_AGAIN.into(),
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
        let failed = |path: &Path, source| ScoringError::Io { path: path.to_owned(), source };
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
            write_sums(&temporary).map_err(|e| failed(&temporary, e))?;
            fs::rename(&temporary, dir).map_err(|e| failed(dir, e))
        })();
        if written.is_err() {
            // The first error matters.
            let _ = fs::remove_dir_all(&temporary);
        }
        written
    }
}
