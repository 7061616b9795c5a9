//! Scores for rows that no experiment knows: a saved model opened from a trial's folder (or fitted on a
//! user's unlabelled table), columns matched by name, and the contributions to each row's score.
//!
//! ```text
//! SavedModel::open(dir) ─┐
//! fit_unlabelled(rows) ──┴→ score_rows(rows) → Scored → decisions(threshold) → ScoredWriter
//! ```

mod cut;
mod error;
mod fit;
mod info;
mod open;
mod own_model;
mod percent;
mod saved_model;
mod scored;

pub use cut::Cut;
pub use error::ScoringError;
pub use fit::{
    FitRequest, TrainingInput, fit_judged, fit_part, fit_unlabelled, judge_columns,
    unsupervised_kinds,
};
pub use info::{InputColumn, ModelInfo, ThresholdInfo};
pub use percent::percent_notes;
pub use saved_model::{GoodRows, Reconstructed, SavedModel};
pub use scored::{Filled, Scored, Unseen};
