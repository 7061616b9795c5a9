//! The rows of an experiment beside what its models say of them.

pub mod one;
pub mod parts;
pub mod table;

use oddbench_core::scores::{ScoredPart, Scores};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Which rows of an experiment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Part {
    /// The test rows.
    #[default]
    Test,
    /// The validation rows.
    Validation,
    /// The rows of the external test.
    Transfer,
}

impl Part {
    /// The scores of that part, if it has rows.
    pub fn of(self, scores: &Scores) -> Option<&ScoredPart> {
        let part = match self {
            Self::Test => Some(&scores.test),
            Self::Validation => Some(&scores.validation),
            Self::Transfer => scores.transfer.as_ref(),
        };
        part.filter(|part| !part.scores.is_empty())
    }
}
