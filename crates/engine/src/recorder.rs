//! Listens to a fit: keeps the content of the record, and passes on what a listener hears at once.

use std::mem::take;
use std::sync::atomic::{AtomicBool, Ordering};

use oddbench_core::record::{Stage, Timing};
use oddbench_core::{Epoch, OnDevice, Watch};

use crate::progress::TrialEvent;

/// Keeps the content of the record and passes everything on.
pub(crate) struct Recorder<'a> {
    pub(crate) stage: Stage,
    say: &'a mut dyn FnMut(TrialEvent),
    cancel: &'a AtomicBool,
    pub(crate) epochs: Vec<Epoch>,
    epoch_seconds: Vec<f64>,
    on_device: Option<OnDevice>,
    pub(crate) notes: Vec<String>,
}

impl<'a> Recorder<'a> {
    pub(crate) fn new(say: &'a mut dyn FnMut(TrialEvent), cancel: &'a AtomicBool) -> Self {
        Self {
            stage: Stage::Prepare,
            say,
            cancel,
            epochs: Vec::new(),
            epoch_seconds: Vec::new(),
            on_device: None,
            notes: Vec::new(),
        }
    }

    /// How the fit spent its time.
    pub(crate) fn timing(&mut self) -> Timing {
        let training = self.on_device.as_ref();
        Timing {
            epoch_seconds: take(&mut self.epoch_seconds),
            engine: training.map(|it| it.engine),
            models_at_once: training.map(|it| it.models_at_once),
            compile_seconds: training.and_then(|it| it.compile_seconds).map(microseconds),
            ..Timing::default()
        }
    }
}

/// Microseconds are all that a timing can mean.
pub(crate) fn microseconds(seconds: f64) -> f64 {
    (seconds * 1e6).round() / 1e6
}

impl Watch for Recorder<'_> {
    fn epoch(&mut self, epoch: Epoch) {
        self.epochs.push(epoch);
        (self.say)(TrialEvent::Epoch { epoch });
    }
    fn epoch_seconds(&mut self, seconds: f64) {
        self.epoch_seconds.push(microseconds(seconds));
    }
    fn on_device(&mut self, training: OnDevice) {
        self.on_device = Some(training);
    }
    fn note(&mut self, note: &str) {
        self.notes.push(note.to_owned());
        (self.say)(TrialEvent::Note { note: note.to_owned() });
    }
    fn cancelled(&self) -> bool {
        self.cancel.load(Ordering::Relaxed)
    }
}
