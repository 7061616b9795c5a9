//! The input of a report: the records, scores and evaluations of an experiment's trials.

use crate::audit::Audit;
use crate::evaluate::Evaluation;
use crate::operating::OperatingPoint;
use crate::record::{Manifest, Projection, Record, TrialInfo};
use crate::scores::Scores;
use crate::sweeps::Sweep;

/// One trial as a report sees it.
#[derive(Debug, Clone, PartialEq)]
pub struct TrialResult {
    /// The trial as the manifest names it: its name is the current one.
    pub trial: TrialInfo,
    /// Its record; `None` if it has not been run.
    pub record: Option<Record>,
    /// Its scores, if it completed.
    pub scores: Option<Scores>,
    /// The test rows under each threshold rule of the manifest, if it completed.
    pub evaluations: Vec<Evaluation>,
    /// The transfer rows at the same thresholds, if it completed and has such rows.
    pub transfer: Vec<Evaluation>,
    /// The test rows at each false positive rate of `[operator]`, if it completed.
    pub operating: Vec<OperatingPoint>,
    /// The transfer rows at the same thresholds, if it completed and has such rows.
    pub transfer_operating: Vec<OperatingPoint>,
}

impl TrialResult {
    /// Whether it has run and has scores.
    pub fn is_completed(&self) -> bool {
        self.record.as_ref().is_some_and(|record| record.outcome.is_completed())
    }
}

/// Everything that a report is made from.
#[derive(Debug, Clone, PartialEq)]
pub struct ExperimentResults {
    /// The experiment.
    pub manifest: Manifest,
    /// Its trials, in the manifest's order. A sweep has only its winner's trials here, because
    /// a look at the losers' test rows would be peeking.
    pub trials: Vec<TrialResult>,
    /// The sweeps, as their validation rows saw them.
    pub sweeps: Vec<Sweep>,
    /// The scatter of the test rows, if it was made.
    pub projection: Option<Projection>,
    /// The audit of the rows, if it was made.
    pub audit: Option<Audit>,
}
