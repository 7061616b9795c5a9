//! What a job has found: scores, contributions, a projection, and the threshold that it begins with.

use std::sync::{Arc, OnceLock};

use oddbench_core::record::Projection;
use oddbench_core::{FeatureKind, Matrix};
use oddbench_data::rows::Rows;
use oddbench_engine::scoring::{SavedModel, Scored};
use oddbench_models::projection::principal_plane;

use super::uploads::Upload;
use crate::error::Answer;
use crate::features::{Usual, usual};
use crate::page::evenly;

/// Rows of the scatter at most.
const PROJECTED: usize = 3_000;

/// Rows that the plane of the scatter is found from at most.
const FOUND_FROM: usize = 20_000;

/// Columns of a matrix that a plane is found for: the time grows with their cube.
const MOST_COLUMNS: usize = 400;

/// Rows that tell what is usual at most.
const USUAL_FROM: usize = 20_000;

/// A result.
pub struct Outcome {
    /// The model.
    pub model: Arc<SavedModel>,
    /// Scores and contributions of every row.
    pub scored: Scored,
    /// The threshold that it begins with; `None` if the model has none.
    pub threshold: Option<f64>,
    /// The scatter; `None` where there are too many columns.
    pub projection: Option<Projection>,
    /// What a reader must know.
    pub notes: Vec<String>,
    usual: OnceLock<Vec<(String, Usual)>>,
    groups: OnceLock<Vec<u32>>,
    by_score: OnceLock<Vec<u32>>,
}

impl Outcome {
    /// A result, with its scatter.
    pub fn new(upload: &Upload, model: Arc<SavedModel>, scored: Scored) -> Answer<Self> {
        let threshold = model.info().default_threshold().ok();
        let mut notes = Vec::new();
        if threshold.is_none() {
            notes.push(
                "the model has no threshold of its own: move it where you want it".to_owned(),
            );
        }
        let projection = projection(&upload.rows, &model)?;
        if projection.is_none() {
            notes.push(format!("no scatter: the model reads more than {MOST_COLUMNS} columns"));
        }
        let (usual, groups, by_score) = Default::default();
        Ok(Self { model, scored, threshold, projection, notes, usual, groups, by_score })
    }

    /// What is usual in every column among the rows that are called normal (of a sample).
    pub fn usual(&self, upload: &Upload) -> Answer<&[(String, Usual)]> {
        if let Some(found) = self.usual.get() {
            return Ok(found);
        }
        let sample = evenly(upload.rows.len(), USUAL_FROM);
        let threshold = self.threshold.unwrap_or(f64::INFINITY);
        let normal: Vec<usize> =
            sample.into_iter().filter(|&row| self.scored.scores[row] <= threshold).collect();
        let table = upload.rows.select(&normal).table(&known_kinds(upload))?;
        let all: Vec<usize> = (0..normal.len()).collect();
        Ok(self.usual.get_or_init(|| usual(&table, &all)))
    }
}

impl Outcome {
    /// The positions of the rows from the greatest score down, found once; equal scores stay in the order of the file.
    pub fn by_score(&self) -> &[u32] {
        self.by_score.get_or_init(|| {
            let scores = &self.scored.scores;
            // An upload has far fewer than 2^32 rows.
            let mut positions: Vec<u32> = (0..scores.len() as u32).collect();
            positions.sort_by(|&a, &b| scores[b as usize].total_cmp(&scores[a as usize]));
            positions
        })
    }

    /// The group of each row, found once.
    pub fn groups(&self, find: impl FnOnce() -> Answer<Vec<u32>>) -> Answer<&[u32]> {
        if let Some(found) = self.groups.get() {
            return Ok(found);
        }
        let found = find()?;
        Ok(self.groups.get_or_init(|| found))
    }
}

/// The columns that have any value, with what they hold.
pub fn known_kinds(upload: &Upload) -> Vec<(String, FeatureKind)> {
    let kinds = upload.kinds.iter();
    kinds.filter_map(|(name, kind)| Some((name.clone(), (*kind)?))).collect()
}

/// The rows on the plane of their own largest variance, as the model sees them.
fn projection(rows: &Rows, model: &SavedModel) -> Answer<Option<Projection>> {
    if model.preprocessor().columns().len() > MOST_COLUMNS {
        return Ok(None);
    }
    let matrix = |positions: &[usize]| -> Answer<Matrix> {
        Ok(model.matrix(&rows.select(positions).table(model.columns())?)?)
    };
    let plane = principal_plane(&matrix(&evenly(rows.len(), FOUND_FROM))?);
    let positions = evenly(rows.len(), PROJECTED);
    let shown = matrix(&positions)?;
    let projected = plane.and_then(|plane| Ok((plane.project(&shown)?, plane.explained)));
    let ((x, y), explained) = projected.map_err(crate::error::ApiError::internal)?;
    // Uploads have far fewer than 2^32 rows.
    let positions = positions.into_iter().map(|at| at as u32).collect();
    Ok(Some(Projection { positions, x, y, explained }))
}
