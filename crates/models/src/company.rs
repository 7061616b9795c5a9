//! Trials of one process that train together on a graphics card. Each runs on a thread of its own, with the code of a
//! trial that runs alone, and has a [`Seat`]. At its seat it waits for those that train with it.
//!
//! - [`gathering`]: before training, until all have come or have left; equals form a group.
//! - [`meeting`]: in training, the members of a group hand in their epochs, and one of them dispatches for all.
//! - [`sent_rows`]: rows that several of them read are sent to the device once.
//! - [`stopwatch`]: what the time of a trial in company is.
//!
//! Nobody waits for a trial that has failed, has stopped early or trains otherwise: its seat is left. Nobody waits for a
//! trial that holds the turn. So no two trials wait for each other.

#[cfg(any(test, feature = "kernels"))]
pub(crate) mod gathering;
#[cfg(any(test, feature = "kernels"))]
pub(crate) mod meeting;
#[cfg(any(test, feature = "kernels"))]
pub(crate) mod sent_rows;
mod stopwatch;
#[cfg(test)]
mod tests;

use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};

#[cfg(feature = "kernels")]
use oddbench_core::Matrix;
#[cfg(feature = "kernels")]
use oddbench_kernels as kernels;

#[cfg(feature = "kernels")]
use crate::nn::joint;
use stopwatch::Stopwatch;

/// The place of a trial among those of its process. Clones are the same place.
#[derive(Debug, Clone)]
pub struct Seat {
    company: Arc<Company>,
    at: usize,
    stopwatch: Stopwatch,
}

#[derive(Debug)]
struct Company {
    #[cfg(feature = "kernels")]
    gathering: joint::Gathering,
    #[cfg(feature = "kernels")]
    rows: sent_rows::SentRows<kernels::Rows>,
    /// Who computes by itself.
    turn: Mutex<Option<usize>>,
    turn_is_free: Condvar,
}

impl Seat {
    /// Seats for that many trials, all of which are expected to train together.
    pub fn for_each_of(trials: usize) -> Vec<Self> {
        let company = Arc::new(Company {
            #[cfg(feature = "kernels")]
            gathering: joint::Gathering::of(trials),
            #[cfg(feature = "kernels")]
            rows: sent_rows::SentRows::of(trials),
            turn: Mutex::new(None),
            turn_is_free: Condvar::new(),
        });
        let watches = Stopwatch::of(trials).into_iter().enumerate();
        watches
            .map(|(at, stopwatch)| Self { company: Arc::clone(&company), at, stopwatch })
            .collect()
    }

    /// A seat that nobody sits beside.
    pub fn alone() -> Self {
        Self::for_each_of(1).remove(0)
    }

    /// Begins or continues to count the trial's seconds.
    pub fn start(&self) {
        self.stopwatch.start();
    }

    /// Counts no more of them.
    pub fn stop(&self) {
        self.stopwatch.stop();
    }

    /// The trial's seconds. Those that several trials of a company count at the same time are divided equally among
    /// them, so that the seconds of all together are the time that has passed.
    pub fn seconds(&self) -> f64 {
        self.stopwatch.seconds()
    }

    /// The others neither wait for this trial nor let it wait: it has ended.
    pub fn leave(&self) {
        self.stop();
        self.train_otherwise();
        let mut turn = self.turn();
        if *turn == Some(self.at) {
            *turn = None;
            self.company.turn_is_free.notify_all();
        }
    }

    /// Waits until no other trial of the company computes by itself, and keeps the turn until it leaves. The time that
    /// it waits is not counted. Without turns, hundreds of trials would hold the memory of scoring at once, and would
    /// measure each other's time.
    pub fn take_turn(&self) {
        self.train_otherwise();
        let counts = self.stopwatch.runs();
        self.stop();
        let mut turn = self.turn();
        while turn.is_some_and(|of| of != self.at) {
            turn = self.company.turn_is_free.wait(turn).unwrap_or_else(PoisonError::into_inner);
        }
        *turn = Some(self.at);
        drop(turn);
        if counts {
            self.start();
        }
    }

    /// Whether other trials of the company train on the device now. What this trial does there then waits for them, and
    /// takes a time that says nothing.
    pub fn others_train(&self) -> bool {
        #[cfg(feature = "kernels")]
        return self.company.gathering.others_work(self.at);
        #[cfg(not(feature = "kernels"))]
        return false;
    }

    fn turn(&self) -> MutexGuard<'_, Option<usize>> {
        self.company.turn.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Those that train together do not wait for this trial.
    pub(crate) fn train_otherwise(&self) {
        #[cfg(feature = "kernels")]
        self.company.gathering.leave(self.at);
    }

    /// Rows on the device, which the company's trials share.
    #[cfg(feature = "kernels")]
    pub(crate) fn rows(
        &self,
        gpu: &kernels::Gpu,
        x: &Matrix,
    ) -> Result<kernels::Rows, kernels::Error> {
        let send = |x: &Matrix| kernels::Rows::send(gpu, x.as_slice(), x.cols());
        self.company.rows.get(x, send)
    }

    /// How many times rows were sent that stay on the device.
    #[cfg(all(test, feature = "kernels"))]
    pub(crate) fn sent_rows(&self) -> usize {
        self.company.rows.staying()
    }

    /// Waits for those that are expected, and trains with its equals.
    #[cfg(feature = "kernels")]
    pub(crate) fn join(
        &self,
        entry: (joint::Key, joint::Entry),
        make: impl Fn(Vec<joint::Entry>) -> gathering::Made<joint::Entry, joint::Joined>,
    ) -> Option<joint::Joined> {
        self.company.gathering.join(self.at, entry, make)
    }
}
