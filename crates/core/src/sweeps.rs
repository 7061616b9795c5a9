//! Sweeps: several configurations of one model, of which validation rows choose one. The winner alone
//! is judged on test rows; nothing here looks at them.

use serde::Serialize;
use serde_json::Value;

use crate::experiment::SweepPoint;
use crate::metrics::Metric;
use crate::record::{Stage, TrialInfo};

/// How a trial of a sweep went, as far as the choice is concerned.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum TrialState {
    /// It has scores; the metric of its validation rows, if it is defined.
    Scored(Option<f64>),
    /// It failed.
    Failed,
    /// It has not been run.
    Missing,
}

/// One model's sweep on one backend.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Sweep {
    /// The model's name.
    pub name: String,
    /// The detector's kind.
    pub kind: String,
    /// The backend.
    pub backend: String,
    /// The metric of the validation rows that the winner has most of; of one that needs a threshold,
    /// the best that any threshold gives.
    pub select: Metric,
    /// How many configurations the file asks for.
    pub size: usize,
    /// The configurations in the file's order.
    pub configurations: Vec<Configuration>,
    /// Position of the winner; `None` while a trial is missing, or if no configuration can win.
    pub winner: Option<usize>,
    /// Its trials that failed, in the order given: the losers are in no list of trials, so that nothing else says why.
    /// Empty until whoever has the records adds them.
    pub failures: Vec<Failure>,
    /// How many trials ran at the same time at most, of each command that ran some of its trials, sorted. Empty until
    /// whoever has the records adds them.
    pub jobs: Vec<usize>,
}

/// A trial of a sweep that failed.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Failure {
    /// The trial.
    pub trial: TrialInfo,
    /// Where it failed.
    pub stage: Stage,
    /// Why, for a person.
    pub message: String,
}

impl Sweep {
    /// Whether it is the sweep of a trial that belongs to one.
    pub fn is_of(&self, trial: &TrialInfo) -> bool {
        self.name == trial.name && self.backend == trial.backend
    }

    /// Trials of all configurations with scores.
    pub fn completed(&self) -> usize {
        self.configurations.iter().map(|configuration| configuration.completed).sum()
    }

    /// Trials of all configurations that failed.
    pub fn failed(&self) -> usize {
        self.configurations.iter().map(|configuration| configuration.failed).sum()
    }

    /// Trials of all configurations that have not been run.
    pub fn missing(&self) -> usize {
        self.configurations.iter().map(|configuration| configuration.missing).sum()
    }
}

/// One configuration of a sweep.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Configuration {
    /// The swept parameters.
    pub values: Value,
    /// The metric of the validation rows of each trial in which it is defined.
    pub validation: Vec<f64>,
    /// Trials with scores.
    pub completed: usize,
    /// Trials that failed.
    pub failed: usize,
    /// Trials that have not been run.
    pub missing: usize,
    /// Positions of its trials in the list given.
    pub trials: Vec<usize>,
}

impl Configuration {
    /// The mean over seeds and folds; `None` unless every trial has scores and the metric: a mean over
    /// the trials that survived would favour what fails.
    pub fn mean(&self) -> Option<f64> {
        let n = self.validation.len();
        let whole = n > 0 && n == self.trials.len();
        whole.then(|| self.validation.iter().sum::<f64>() / n as f64)
    }
}

/// The sweeps among trials, given in the manifest's order with how each went. The winner is the first
/// configuration with the greatest mean.
pub fn sweeps<'a>(trials: impl IntoIterator<Item = (&'a TrialInfo, TrialState)>) -> Vec<Sweep> {
    let mut sweeps: Vec<Sweep> = Vec::new();
    for (at, (trial, tried)) in trials.into_iter().enumerate() {
        let Some(point) = &trial.sweep else { continue };
        let configuration = configuration(sweep_of(&mut sweeps, trial, point), point);
        configuration.trials.push(at);
        match tried {
            TrialState::Scored(metric) => {
                configuration.completed += 1;
                configuration.validation.extend(metric);
            }
            TrialState::Failed => configuration.failed += 1,
            TrialState::Missing => configuration.missing += 1,
        }
    }
    for sweep in &mut sweeps {
        sweep.winner = winner(&sweep.configurations);
    }
    sweeps
}

/// Whether the test rows may be looked at: of trials of no sweep, and of a sweep's winner. One answer
/// per trial of the list that the sweeps were made from.
pub fn shown(sweeps: &[Sweep], trials: usize) -> Vec<bool> {
    let mut shown = vec![true; trials];
    for sweep in sweeps {
        for (at, configuration) in sweep.configurations.iter().enumerate() {
            let wins = sweep.winner == Some(at);
            configuration.trials.iter().for_each(|&trial| shown[trial] = wins);
        }
    }
    shown
}

/// The sweep that a trial is of; `None` if it is of none, or if its configurations are unknown.
pub fn of_trial<'s>(sweeps: &'s [Sweep], trial: &TrialInfo) -> Option<&'s Sweep> {
    trial.sweep.as_ref()?;
    sweeps.iter().find(|sweep| sweep.is_of(trial))
}

fn sweep_of<'s>(
    sweeps: &'s mut Vec<Sweep>,
    trial: &TrialInfo,
    point: &SweepPoint,
) -> &'s mut Sweep {
    let at = sweeps.iter().position(|sweep| sweep.is_of(trial)).unwrap_or_else(|| {
        sweeps.push(Sweep {
            name: trial.name.clone(),
            kind: trial.kind.clone(),
            backend: trial.backend.clone(),
            select: point.select,
            size: point.configurations,
            configurations: Vec::new(),
            winner: None,
            failures: Vec::new(),
            jobs: Vec::new(),
        });
        sweeps.len() - 1
    });
    &mut sweeps[at]
}

fn configuration<'s>(sweep: &'s mut Sweep, point: &SweepPoint) -> &'s mut Configuration {
    let known = sweep.configurations.iter().position(|known| known.values == point.values);
    let at = known.unwrap_or_else(|| {
        sweep.configurations.push(Configuration {
            values: point.values.clone(),
            validation: Vec::new(),
            completed: 0,
            failed: 0,
            missing: 0,
            trials: Vec::new(),
        });
        sweep.configurations.len() - 1
    });
    &mut sweep.configurations[at]
}

fn winner(configurations: &[Configuration]) -> Option<usize> {
    if configurations.iter().any(|configuration| configuration.missing > 0) {
        return None;
    }
    let means = configurations.iter().map(Configuration::mean).enumerate();
    let known = means.filter_map(|(at, mean)| Some((at, mean?)));
    known.reduce(|best, next| if next.1 > best.1 { next } else { best }).map(|(at, _)| at)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn trial(latent: u32, seed: u64) -> TrialInfo {
        TrialInfo {
            id: format!("{latent}-{seed}"),
            name: "AE".into(),
            kind: "autoencoder".into(),
            params: json!({ "latent": latent }),
            seed: Some(seed),
            fold: None,
            fold_name: None,
            backend: "cpu".into(),
            train_rows: None,
            supervised: false,
            view: None,
            external: None,
            given: None,
            sweep: Some(SweepPoint {
                configurations: 3,
                select: Metric::RocAuc,
                values: json!({ "latent": latent }),
            }),
        }
    }

    /// Three configurations of two seeds each.
    fn of(tried: [TrialState; 6]) -> Sweep {
        let trials = [(2, 1), (2, 2), (4, 1), (4, 2), (8, 1), (8, 2)].map(|(l, s)| trial(l, s));
        let mut sweeps = sweeps(trials.iter().zip(tried));
        assert_eq!(sweeps.len(), 1);
        sweeps.remove(0)
    }

    const fn scored(value: f64) -> TrialState {
        TrialState::Scored(Some(value))
    }

    #[test]
    fn the_mean_over_seeds_wins_and_not_the_luckiest_seed() {
        let sweep = of([0.99, 0.5, 0.8, 0.9, 0.7, 0.7].map(scored));
        assert_eq!(sweep.winner, Some(1));
        assert_eq!(shown(&[sweep], 7), [false, false, true, true, false, false, true]);
    }

    #[test]
    fn a_tie_goes_to_the_first() {
        assert_eq!(of([0.5, 0.7, 0.6, 0.6, 0.9, 0.3].map(scored)).winner, Some(0));
    }

    #[test]
    fn nothing_wins_while_a_trial_is_missing() {
        let mut tried = [0.9; 6].map(scored);
        tried[5] = TrialState::Missing;
        let sweep = of(tried);
        assert_eq!((sweep.winner, sweep.configurations[2].missing), (None, 1));
        assert_eq!((sweep.completed(), sweep.failed(), sweep.missing()), (5, 0, 1));
        assert_eq!(shown(&[sweep], 6), [false; 6]);
    }

    #[test]
    fn a_configuration_that_fails_once_cannot_win() {
        let sweep = of([
            scored(0.9),
            TrialState::Failed,
            scored(0.6),
            scored(0.6),
            scored(0.5),
            scored(0.5),
        ]);
        assert_eq!(sweep.winner, Some(1));
        assert_eq!(of([TrialState::Failed; 6]).winner, None);
        assert_eq!(
            of([TrialState::Scored(None); 6]).winner,
            None,
            "an undefined metric chooses nothing"
        );
    }

    #[test]
    fn the_metrics_are_those_of_the_validation_rows() {
        // One of the two outliers is ranked below one of the two inliers: 3 of 4 pairs are right.
        let (labels, scores) = ([true, false, true, false], [4.0, 3.0, 2.0, 1.0]);
        assert_eq!(Metric::RocAuc.best(&labels, &scores), Some(0.75));
        // Precision 1 and 2/3 at the two outliers.
        let precision = Metric::AveragePrecision.best(&labels, &scores).unwrap();
        assert!((precision - (1.0 + 2.0 / 3.0) / 2.0).abs() < 1e-12);
        // Calling the first three: precision 2/3, recall 1.
        assert!((Metric::F1.best(&labels, &scores).unwrap() - 0.8).abs() < 1e-12);
    }
}
