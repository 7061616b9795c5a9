//! Networks that train together: one trainer on the graphics card, and a member for each of them.

use std::fmt;
use std::sync::Arc;

use oddbench_core::Matrix;
use oddbench_kernels::{
    EpochInput, Error, ErrorSum, Gpu, Measure, Network, Plan, Scorer, Start, Trainer,
};

use crate::company::Seat;
use crate::company::gathering::{self, Made};
use crate::company::meeting::{Meeting, Work};
use crate::company::sent_rows::Place;

/// Where networks wait for those that train with them.
pub(crate) type Gathering = gathering::Gathering<Key, Entry, Joined>;

/// A network's place in a trainer, or why there is no trainer.
pub(crate) type Joined = Result<Member, Error>;

/// What is equal in networks that train together.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Key {
    /// Its shape.
    pub network: Network,
    /// Rows per step.
    pub batch: usize,
    /// Rows of an epoch.
    pub places: usize,
    /// What is computed of the training rows after an epoch, if anything is.
    pub curve: Option<Measure>,
    /// The training rows and the validation rows.
    pub rows: [Place; 2],
}

/// A network before its first step.
#[derive(Debug)]
pub(crate) struct Entry {
    /// Weights and numbers.
    pub start: Start,
    /// The draws of its validation loss.
    pub validation_draws: Vec<f32>,
    /// Its factor of the second part of the validation loss.
    pub loss_weight: f32,
}

/// The rows and the device of networks that train together.
pub(crate) struct Common<'a> {
    /// The device.
    pub gpu: &'a Gpu,
    /// The place of the network that waits, whose company shares rows.
    pub seat: &'a Seat,
    /// The layout of the kernel.
    pub plan: Plan,
    /// What they have in common.
    pub key: Key,
    /// Training rows.
    pub train: &'a Matrix,
    /// Validation rows.
    pub validation: Option<&'a Matrix>,
}

impl Common<'_> {
    /// Makes a trainer for the networks: for all, or for the first ones if the device's memory or its buffers hold no
    /// more. The others train after them.
    pub(crate) fn begin(&self, mut entries: Vec<Entry>) -> Made<Entry, Joined> {
        let most = Trainer::most_models(self.gpu, &self.key.network, &self.plan).max(1);
        let mut rest = entries.split_off(most.min(entries.len()));
        loop {
            let count = entries.len();
            let parts = match self.trainer(&entries) {
                Ok(joint) => Member::each_of(joint, count).map(Ok).collect(),
                Err(Error::OutOfMemory(_)) if count > 1 => {
                    rest = entries.split_off(count / 2).into_iter().chain(rest).collect();
                    continue;
                }
                Err(error) => entries.iter().map(|_| Err(error.clone())).collect(),
            };
            return Made { parts, rest };
        }
    }

    fn trainer(&self, entries: &[Entry]) -> Result<Joint, Error> {
        let Self { gpu, seat, plan, key, train, validation } = self;
        let starts: Vec<Start> = entries.iter().map(|entry| entry.start.clone()).collect();
        let rows = seat.rows(gpu, train)?;
        let trainer = Trainer::new(gpu, &key.network, plan.clone(), &rows, &starts)?;
        let of_training = |measure| Scorer::of_training_rows(&trainer, measure);
        let draws: Vec<&[f32]> = entries.iter().map(|entry| &entry.validation_draws[..]).collect();
        let measure = key.curve.unwrap_or(Measure::Loss);
        let scorer =
            |x: &&Matrix| Scorer::new(gpu, &key.network, measure, &seat.rows(gpu, x)?, &draws);
        let mut train = key.curve.map(of_training).transpose()?;
        let mut validation = validation.as_ref().map(scorer).transpose()?;
        for scorer in [&mut train, &mut validation].into_iter().flatten() {
            scorer.reserve(entries.len())?;
        }
        Ok(Joint {
            train,
            validation,
            present: (0..entries.len()).collect(),
            loss_weights: entries.iter().map(|entry| entry.loss_weight).collect(),
            parameters: None,
            trainer,
        })
    }
}

/// A trainer, and what the validation loss needs.
pub(crate) struct Joint {
    trainer: Trainer,
    /// The training rows' errors, where the curve is made of them.
    train: Option<Scorer>,
    validation: Option<Scorer>,
    /// The members that the trainer holds, in its order.
    present: Vec<usize>,
    /// Of each of them, its factor of the second part of the validation loss.
    loss_weights: Vec<f32>,
    /// The present parameters, once somebody has asked.
    parameters: Option<Vec<Vec<f32>>>,
}

/// What a member needs for an epoch.
#[derive(Debug)]
pub(crate) struct Epoch {
    /// Row numbers.
    pub order: Vec<u32>,
    /// Noise or masks.
    pub draws: Vec<u32>,
    /// The factor of the loss's second part.
    pub loss_weight: f32,
}

impl Epoch {
    fn input(&self) -> EpochInput<'_> {
        EpochInput { order: &self.order, draws: &self.draws, loss_weight: self.loss_weight }
    }
}

/// What a member's epoch leaves.
#[derive(Debug)]
pub(crate) struct EpochLosses {
    /// The loss before each step.
    pub steps: Vec<f32>,
    /// The sum of the errors of the order's rows after the epoch, where the curve is made of them.
    pub train: Option<f64>,
    /// The sum of the validation rows' errors after the epoch, if there are such rows.
    pub validation: Option<f64>,
}

/// What a member gets for its epochs.
#[derive(Debug)]
pub(crate) struct Answer {
    /// The losses of those that were trained: the first ones, at least one.
    pub passed: Vec<EpochLosses>,
    /// The others.
    pub rest: Vec<Epoch>,
    /// How many epochs the member should ask for next. It asks for one if it needs the weights after each epoch.
    pub next: usize,
}

impl Work for Joint {
    type Ask = Vec<Epoch>;
    type Answer = Answer;
    type Error = Error;

    fn answer(
        &mut self,
        present: &[usize],
        mut asks: Vec<Vec<Epoch>>,
    ) -> Result<Vec<Answer>, Error> {
        self.keep(present)?;
        let places = asks.iter().flatten().map(|epoch| epoch.order.len()).max().unwrap_or(0);
        let fewest = asks.iter().map(Vec::len).min().unwrap_or(0);
        let count = fewest.min(self.trainer.epochs_at_once(places));
        let mut passed = self.epochs(&asks, count)?.into_iter();
        let next = self.trainer.epochs_at_once(places);
        let of_member = |ask: &mut Vec<Epoch>| Answer {
            rest: ask.split_off(count),
            passed: passed.next().unwrap_or_default(),
            next,
        };
        Ok(asks.iter_mut().map(of_member).collect())
    }

    fn broken() -> Error {
        Error::Lost("another trial that trained with this one has panicked".into())
    }
}

impl Joint {
    fn compile_seconds(&self) -> f64 {
        let scorers = [&self.train, &self.validation].into_iter().flatten();
        self.trainer.compile_seconds() + scorers.map(Scorer::compile_seconds).sum::<f64>()
    }

    /// Goes on without the members that have left.
    fn keep(&mut self, present: &[usize]) -> Result<(), Error> {
        if self.present == present {
            return Ok(());
        }
        let is_there = |(_, member): &(usize, &usize)| present.binary_search(member).is_ok();
        let members = self.present.iter().enumerate();
        let kept: Vec<usize> = members.filter(is_there).map(|(place, _)| place).collect();
        self.trainer.keep(&kept)?;
        if let Some(scorer) = &mut self.validation {
            scorer.keep(&kept)?;
        }
        self.loss_weights = kept.iter().map(|place| self.loss_weights[*place]).collect();
        self.present = kept.iter().map(|place| self.present[*place]).collect();
        self.parameters = None;
        Ok(())
    }

    /// All members that are there train that many epochs. The losses are `[member][epoch]`.
    fn epochs(
        &mut self,
        asks: &[Vec<Epoch>],
        count: usize,
    ) -> Result<Vec<Vec<EpochLosses>>, Error> {
        self.parameters = None;
        let epochs: Vec<Vec<EpochInput<'_>>> =
            (0..count).map(|at| asks.iter().map(|ask| ask[at].input()).collect()).collect();
        let loss_weights = &self.loss_weights[..];
        let [train, validation] = [&mut self.train, &mut self.validation]
            .map(|scorer| scorer.as_mut().map(|scorer| ErrorSum { scorer, loss_weights }));
        let has_train = train.is_some();
        let mut after: Vec<ErrorSum<'_>> = train.into_iter().chain(validation).collect();
        let passed = self.trainer.epochs(&epochs, &mut after)?;
        let mut losses: Vec<Vec<EpochLosses>> = asks.iter().map(|_| Vec::new()).collect();
        for epoch in passed {
            for (at, (losses, steps)) in losses.iter_mut().zip(epoch.losses).enumerate() {
                let mut sums = epoch.sums.iter().map(|sums| sums[at]);
                let train = if has_train { sums.next() } else { None };
                losses.push(EpochLosses { steps, train, validation: sums.next() });
            }
        }
        Ok(losses)
    }

    fn parameters_of(&mut self, member: usize) -> Result<Vec<f32>, Error> {
        let place = self.place(member)?;
        if self.parameters.is_none() {
            self.parameters = Some(self.trainer.parameters()?);
        }
        let parameters = self.parameters.iter().flatten().nth(place);
        Ok(parameters.cloned().unwrap_or_default())
    }

    fn set_parameters_of(&mut self, member: usize, parameters: &[f32]) -> Result<(), Error> {
        let place = self.place(member)?;
        self.parameters = None;
        self.trainer.set_parameters(place, parameters)
    }

    fn place(&self, member: usize) -> Result<usize, Error> {
        let gone = |_| Error::BadInput("the trainer does not hold this model any more".into());
        self.present.binary_search(&member).map_err(gone)
    }
}

/// What a member needs of its meeting. Without this trait the compiler looks through all of wgpu wherever a seat is
/// shared by threads, and gives up.
trait Meets: Send + Sync {
    fn ask(&self, member: usize, epochs: Vec<Epoch>) -> Result<(), Error>;
    fn take(&self, member: usize) -> Result<Answer, Error>;
    fn parameters(&self, member: usize) -> Result<Vec<f32>, Error>;
    fn set_parameters(&self, member: usize, parameters: &[f32]) -> Result<(), Error>;
    fn leave(&self, member: usize);
}

impl Meets for Meeting<Joint> {
    fn ask(&self, member: usize, epochs: Vec<Epoch>) -> Result<(), Error> {
        Meeting::ask(self, member, epochs)
    }

    fn take(&self, member: usize) -> Result<Answer, Error> {
        Meeting::take(self, member)
    }

    fn parameters(&self, member: usize) -> Result<Vec<f32>, Error> {
        self.with(|joint| joint.parameters_of(member))?
    }

    fn set_parameters(&self, member: usize, parameters: &[f32]) -> Result<(), Error> {
        self.with(|joint| joint.set_parameters_of(member, parameters))?
    }

    fn leave(&self, member: usize) {
        Meeting::leave(self, member);
    }
}

/// A network in a trainer. Dropped, it leaves, and the others go on.
pub(crate) struct Member {
    meeting: Arc<dyn Meets>,
    at: usize,
    models: usize,
    compile_seconds: f64,
}

impl Member {
    fn each_of(joint: Joint, models: usize) -> impl Iterator<Item = Self> {
        let compile_seconds = joint.compile_seconds() / models as f64;
        let meeting: Arc<dyn Meets> = Arc::new(Meeting::of(joint, models));
        (0..models).map(move |at| Self {
            meeting: Arc::clone(&meeting),
            at,
            models,
            compile_seconds,
        })
    }

    /// How many networks began to train together.
    pub(crate) fn models(&self) -> usize {
        self.models
    }

    /// Its share of the time that the driver took to compile the kernel.
    pub(crate) fn compile_seconds(&self) -> f64 {
        self.compile_seconds
    }

    /// Asks for epochs. They are trained once all members have asked, by the last of them. The others go on at once.
    pub(crate) fn ask(&self, epochs: Vec<Epoch>) -> Result<(), Error> {
        self.meeting.ask(self.at, epochs)
    }

    /// Waits, and gets the losses of some of the epochs that were asked for.
    pub(crate) fn take(&self) -> Result<Answer, Error> {
        self.meeting.take(self.at)
    }

    /// The present parameters.
    pub(crate) fn parameters(&self) -> Result<Vec<f32>, Error> {
        self.meeting.parameters(self.at)
    }

    /// Sets the parameters.
    pub(crate) fn set_parameters(&self, parameters: &[f32]) -> Result<(), Error> {
        self.meeting.set_parameters(self.at, parameters)
    }
}

impl fmt::Debug for Member {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "member {} of {}", self.at, self.models)
    }
}

impl Drop for Member {
    fn drop(&mut self) {
        self.meeting.leave(self.at);
    }
}
