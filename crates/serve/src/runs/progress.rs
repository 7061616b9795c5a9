//! How far a run is, from the events that `oddbench run --events` writes.

use std::collections::VecDeque;

use oddbench_core::Epoch;
use oddbench_core::record::{Outcome, TrialInfo};
use oddbench_engine::{Event, TrialEvent};
use schemars::JsonSchema;
use serde::Serialize;

use crate::detect::jobs::EpochLine;
use crate::page::evenly;

/// Epochs of a trial that runs that are told at most; of more, every second, fourth, eighth ... is.
const EPOCHS: usize = 400;

/// Epochs of a trial that is done that are told at most.
const SHORT: usize = 60;

/// Trials that are done whose curves are told: the latest ones.
const CURVES: usize = 8;

/// Notes that are kept.
const NOTES: usize = 40;

/// The trials of a run.
#[derive(Debug, Clone, Default)]
pub struct Trials {
    /// The experiment's name.
    pub experiment: Option<String>,
    /// The trials in the file's order.
    pub lines: Vec<RunTrial>,
    /// Remarks, the oldest first.
    pub notes: Vec<String>,
    /// Seconds that the rest is expected to take.
    pub left_seconds: Option<f64>,
    latest: VecDeque<String>,
    /// Trials that have ended, the latest last; their curves are kept.
    ended: VecDeque<usize>,
}

/// Where a trial is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum TrialState {
    Waiting,
    Running,
    Done,
    /// An earlier run has done it.
    DoneBefore,
    Failed,
}

/// A trial of a run.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct RunTrial {
    id: String,
    /// The model, with the seed and the fold where there are several.
    name: String,
    state: TrialState,
    /// Under the first threshold rule.
    roc_auc: Option<f64>,
    f1: Option<f64>,
    fit_seconds: Option<f64>,
    /// Why it failed.
    message: Option<String>,
    /// Of a trial that runs, its losses so far; also of those that ended last.
    #[schemars(with = "Vec<EpochLine>")]
    epochs: Vec<Epoch>,
    /// Of how many epochs one is kept.
    #[serde(skip)]
    stride: u32,
}

impl RunTrial {
    /// Adds an epoch. The curve stays evenly dense, and ends with the latest epoch.
    fn add(&mut self, epoch: Epoch) {
        let stays = |of: &Epoch, stride: u32| of.epoch.saturating_sub(1).is_multiple_of(stride);
        if self.epochs.last().is_some_and(|last| !stays(last, self.stride)) {
            self.epochs.pop();
        }
        if self.epochs.len() >= EPOCHS {
            self.stride *= 2;
            let stride = self.stride;
            self.epochs.retain(|of| stays(of, stride));
        }
        self.epochs.push(epoch);
    }

    /// A new attempt, or an end: the losses so far go.
    fn forget_epochs(&mut self) {
        self.epochs.clear();
        self.stride = 1;
    }
}

impl Trials {
    /// Trials with scores.
    pub fn done(&self) -> usize {
        self.number(|state| matches!(state, TrialState::Done | TrialState::DoneBefore))
    }

    /// Trials that failed.
    pub fn failed(&self) -> usize {
        self.number(|state| state == TrialState::Failed)
    }

    fn number(&self, of: impl Fn(TrialState) -> bool) -> usize {
        self.lines.iter().filter(|line| of(line.state)).count()
    }

    /// Takes a line of the file; one that is no event changes nothing.
    pub fn take(&mut self, line: &[u8]) {
        if let Ok(event) = serde_json::from_slice(line) {
            self.happened(event);
        }
    }

    fn happened(&mut self, event: Event) {
        match event {
            Event::Planned { experiment, trials, cached, .. } => {
                self.experiment = Some(experiment);
                self.lines = trials.iter().map(waiting).collect();
                cached.into_iter().for_each(|at| self.set(at, TrialState::DoneBefore));
            }
            Event::Preparing { dataset, set } => {
                self.note(format!("preparing {}", set.unwrap_or(dataset)));
            }
            Event::Told { set, text } => self.note(in_set(set.as_deref(), &text)),
            Event::SetFailed { set, message } => self.note(format!("{set}: FAILED: {message}")),
            Event::Started { trial } => self.set(trial, TrialState::Running),
            Event::Trial { trial, what: TrialEvent::Epoch { epoch } } => self.epoch(trial, epoch),
            Event::Trial { trial, what: TrialEvent::Note { note } } => {
                let name = self.lines.get(trial).map(|line| line.name.clone());
                self.note(in_set(name.as_deref(), &note));
            }
            Event::Done { trial, outcome, roc_auc, f1 } => {
                self.ended(trial, outcome, (roc_auc, f1));
            }
            Event::TimeLeft { seconds } => self.left_seconds = seconds,
            Event::Finished { .. } => self.none_runs(),
            Event::Prepared { .. } => {}
        }
    }

    /// The run is over: what ran at its end has no result, and waits for the next run.
    pub fn none_runs(&mut self) {
        let running = |line: &&mut RunTrial| line.state == TrialState::Running;
        for line in self.lines.iter_mut().filter(running) {
            line.state = TrialState::Waiting;
            line.forget_epochs();
        }
    }

    fn set(&mut self, trial: usize, state: TrialState) {
        if let Some(line) = self.lines.get_mut(trial) {
            line.state = state;
            line.forget_epochs();
        }
    }

    fn epoch(&mut self, trial: usize, epoch: Epoch) {
        if let Some(line) = self.lines.get_mut(trial) {
            line.add(epoch);
        }
    }

    fn ended(&mut self, trial: usize, outcome: Outcome, (roc_auc, f1): (Option<f64>, Option<f64>)) {
        let state = if outcome.is_completed() { TrialState::Done } else { TrialState::Failed };
        self.set(trial, state);
        self.ended.push_back(trial);
        if self.ended.len() > CURVES
            && let Some(line) = self.ended.pop_front().and_then(|at| self.lines.get_mut(at))
        {
            line.epochs.clear();
        }
        let Some(line) = self.lines.get_mut(trial) else { return };
        (line.roc_auc, line.f1) = (roc_auc, f1);
        match outcome {
            Outcome::Completed { fit_seconds, epochs, .. } => {
                line.fit_seconds = fit_seconds;
                line.epochs = evenly(epochs.len(), SHORT).iter().map(|&at| epochs[at]).collect();
                // The last one is the one that counts.
                if let Some(last) = epochs.last()
                    && line.epochs.last() != Some(last)
                {
                    line.epochs.push(*last);
                }
            }
            Outcome::Failed { message, .. } => line.message = Some(message),
        }
    }

    /// Many trials may say the same: it is told once.
    fn note(&mut self, note: String) {
        if self.latest.contains(&note) {
            return;
        }
        self.latest.push_back(note);
        if self.latest.len() > NOTES {
            self.latest.pop_front();
        }
        self.notes = self.latest.iter().cloned().collect();
    }
}

fn in_set(set: Option<&str>, text: &str) -> String {
    set.map_or_else(|| text.to_owned(), |set| format!("{set}: {text}"))
}

fn waiting(trial: &TrialInfo) -> RunTrial {
    let seed = trial.seed.map(|seed| format!(" seed {seed}")).unwrap_or_default();
    let fold = trial.fold_in_words().map(|fold| format!(" {fold}")).unwrap_or_default();
    RunTrial {
        id: trial.id.clone(),
        name: format!("{}{seed}{fold}", trial.name),
        state: TrialState::Waiting,
        roc_auc: None,
        f1: None,
        fit_seconds: None,
        message: None,
        epochs: Vec::new(),
        stride: 1,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn after(events: &[serde_json::Value]) -> Trials {
        let lines = ["a", "b", "c"].map(line).to_vec();
        let mut trials = Trials { lines, ..Trials::default() };
        events.iter().for_each(|event| trials.take(event.to_string().as_bytes()));
        trials
    }

    fn line(name: &str) -> RunTrial {
        RunTrial {
            id: name.into(),
            name: name.into(),
            state: TrialState::Waiting,
            roc_auc: None,
            f1: None,
            fit_seconds: None,
            message: None,
            epochs: Vec::new(),
            stride: 1,
        }
    }

    fn epoch(number: u32) -> serde_json::Value {
        json!({ "event": "trial", "trial": 0, "what": { "event": "epoch", "epoch": { "epoch": number, "epochs": 900, "loss": 0.5 } } })
    }

    #[test]
    fn trials_start_report_losses_and_end() {
        let failed = json!({ "event": "done", "trial": 1, "outcome": { "status": "failed", "stage": "fit", "message": "out of cheese" }, "roc_auc": null, "f1": null });
        let trials = after(&[
            json!({ "event": "started", "trial": 0 }),
            epoch(1),
            failed,
            json!({ "event": "time-left", "seconds": 3.5 }),
            json!({ "event": "told", "set": null, "text": "the same" }),
            json!({ "event": "told", "set": null, "text": "the same" }),
            json!("no event"),
        ]);
        assert_eq!(trials.lines[0].state, TrialState::Running);
        assert_eq!(trials.lines[0].epochs.len(), 1);
        assert_eq!(trials.lines[1].message.as_deref(), Some("out of cheese"));
        assert_eq!((trials.done(), trials.failed()), (0, 1));
        assert_eq!((trials.left_seconds, trials.notes.len()), (Some(3.5), 1));
    }

    #[test]
    fn only_the_trials_that_ended_last_keep_their_curves() {
        let done = |trial| {
            json!({ "event": "done", "trial": trial, "outcome": { "status": "completed", "fit_seconds": 1.0, "score_seconds": 1.0,
                "peak_rss_mb": null, "epochs": [{ "epoch": 1, "epochs": 1, "loss": 0.5 }], "notes": [] }, "roc_auc": 0.9, "f1": 0.8 })
        };
        let mut trials = Trials { lines: vec![line("t"); CURVES + 2], ..Trials::default() };
        (0..CURVES + 2).for_each(|at| trials.take(done(at).to_string().as_bytes()));
        let curves: Vec<usize> = trials.lines.iter().map(|line| line.epochs.len()).collect();
        assert_eq!(curves[..2], [0, 0]);
        assert!(curves[2..].iter().all(|epochs| *epochs == 1));
        assert_eq!((trials.done(), trials.lines[0].roc_auc), (CURVES + 2, Some(0.9)));
    }

    #[test]
    fn long_curves_are_thinned_evenly_and_end_with_the_latest_epoch() {
        let events: Vec<_> = (1..=2_998).map(epoch).collect();
        let trials = after(&events);
        let kept: Vec<u32> = trials.lines[0].epochs.iter().map(|epoch| epoch.epoch).collect();
        assert!(kept.len() <= EPOCHS + 1 && kept.len() > EPOCHS / 3, "{}", kept.len());
        assert_eq!((kept[0], kept.last()), (1, Some(&2_998)));
        let even = kept[..kept.len() - 1].windows(2).all(|pair| pair[1] - pair[0] == 8);
        assert!(even, "{kept:?}");
    }
}
