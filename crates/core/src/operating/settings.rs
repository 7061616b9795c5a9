//! `[operator]` of an experiment.

use serde::{Deserialize, Serialize};

use crate::metrics::Metric;
use crate::over_time::DEFAULT_EPISODE_GAP;

/// Which false positive rates, which shares of attacks and how much traffic the operator's figures are for.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OperatorSettings {
    /// False positive rates at which a threshold is chosen, each above 0 and below 1, all different; at least one.
    pub fpr: Vec<f64>,
    /// Shares of all rows that are attacks, each above 0 and below 1, all different; at least one.
    pub prevalence: Vec<f64>,
    /// How many flows (benign and not) a network has in a day, above 0; `None`: there are no figures per day.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub flows_per_day: Option<f64>,
    /// The longest gap, in seconds, between two rows of one episode of an attack; 0 or more.
    #[serde(default = "default_gap", skip_serializing_if = "is_default_gap")]
    pub episode_gap: f64,
}

fn default_gap() -> f64 {
    DEFAULT_EPISODE_GAP
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde calls it with a reference")]
fn is_default_gap(gap: &f64) -> bool {
    gap.total_cmp(&DEFAULT_EPISODE_GAP).is_eq()
}

impl Default for OperatorSettings {
    /// The rates and shares that the metrics of the operator have.
    fn default() -> Self {
        Self {
            fpr: Metric::FPRS.to_vec(),
            prevalence: Metric::PREVALENCES.to_vec(),
            flows_per_day: None,
            episode_gap: DEFAULT_EPISODE_GAP,
        }
    }
}

impl OperatorSettings {
    /// Whether nothing was asked for beside the default.
    pub fn is_default(&self) -> bool {
        *self == Self::default()
    }

    /// How many benign flows a day has: all flows less the share of attacks. The least of the stated shares
    /// is taken, which makes the most benign flows and so the most false alarms.
    pub fn benign_per_day(&self) -> Option<f64> {
        let least = self.prevalence.iter().copied().reduce(f64::min)?;
        self.flows_per_day.map(|flows| flows * (1.0 - least))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_has_the_flows_that_are_no_attacks() {
        let settings = OperatorSettings {
            flows_per_day: Some(2e6),
            prevalence: vec![0.5, 0.01],
            ..OperatorSettings::default()
        };
        assert_eq!(settings.benign_per_day(), Some(1.98e6));
        assert_eq!(OperatorSettings::default().benign_per_day(), None);
        assert!(OperatorSettings::default().is_default() && !settings.is_default());
    }
}
