//! Scores that were computed elsewhere: what an experiment and a record say about them.

use serde::{Deserialize, Serialize};

/// The kind of a model whose scores come from a file.
pub const SCORES: &str = "scores";

/// The mark after the name of a model whose fit oddbench has not seen.
pub const MARK: &str = "fitted elsewhere";

/// The same of an ensemble with such a member.
pub const MEMBER_MARK: &str = "a member fitted elsewhere";

/// What the mark means, for a reader of a table.
pub const NOTE: &str = "Fitted elsewhere: the scores come from a file, and oddbench saw nothing but these scores. Which rows and labels the fit used and how long it took is not known here.";

/// What an experiment says of the scores of a model.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GivenSettings {
    /// The path of the file from the experiment file, with [`SEED`] and [`FOLD`] where it has them.
    pub file: String,
    /// Whether the fit used the labels of training rows, as the user says.
    pub supervised: bool,
}

/// Stands for a seed in [`GivenSettings::file`].
pub const SEED: &str = "{seed}";

/// Stands for the number of a fold there.
pub const FOLD: &str = "{fold}";

impl GivenSettings {
    /// Whether there is one file for each seed.
    pub fn is_by_seed(&self) -> bool {
        self.file.contains(SEED)
    }

    /// The path of the file of a trial.
    pub fn file_of(&self, seed: Option<u64>, fold: Option<u32>) -> String {
        let mut file = self.file.clone();
        for (word, value) in [(SEED, seed), (FOLD, fold.map(u64::from))] {
            if let Some(value) = value {
                file = file.replace(word, &value.to_string());
            }
        }
        file
    }
}

/// The file that the scores of a trial come from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GivenScores {
    /// Where it is.
    pub path: String,
    /// SHA-256 of its content.
    pub sha256: String,
}

impl GivenScores {
    /// The device of such a trial in its record.
    pub fn words(&self) -> String {
        let name = std::path::Path::new(&self.path).file_name().unwrap_or_default();
        format!("scores from {}", name.to_string_lossy())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_trial_has_the_file_of_its_seed_and_fold() {
        let settings = |file: &str| GivenSettings { file: file.into(), supervised: false };
        let both = settings("out/fold-{fold}/scores-{seed}.csv");
        assert_eq!(both.file_of(Some(7), Some(2)), "out/fold-2/scores-7.csv");
        assert!(both.is_by_seed());
        let one = settings("scores.csv");
        assert_eq!(one.file_of(None, None), "scores.csv");
        assert!(!one.is_by_seed());
    }

    #[test]
    fn a_record_names_the_file_without_its_folder() {
        let given = GivenScores { path: "/home/me/scores.csv".into(), sha256: "00".into() };
        assert_eq!(given.words(), "scores from scores.csv");
    }
}
