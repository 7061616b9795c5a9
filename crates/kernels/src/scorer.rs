//! Errors of rows, in as few dispatches as size and time allow: in training of all models at once, and of
//! one trained network.

mod in_training;

use std::ops::Range;
use std::sync::{MutexGuard, PoisonError};
use std::time::Instant;

use crate::wgsl::score::ROWS;
use crate::{Error, Gpu, Network, Place, Rows, wgsl};

pub use in_training::Scorer;
pub(crate) use in_training::Sums;

/// What is computed of every row.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Measure {
    /// The sum of squared errors of the reconstruction. A variational autoencoder reconstructs from the mean.
    Squared,
    /// The sum of absolute errors of the reconstruction.
    Absolute,
    /// The loss with the given draws, where the loss draws; else the squared error. The sequence network works
    /// as in training, with true values fed if it is trained so; [`Measure::Squared`] feeds its own outputs
    /// and leaves out a first value that is not predicted.
    Loss,
    /// Of the variational autoencoder: the squared error, added up over the draws.
    Sampled,
    /// Of the variational autoencoder: as [`Measure::Sampled`], with the weighted divergence.
    Bound,
    /// Of the BiGAN: a distance of the reconstruction, weighted, and what the discriminator says, weighted.
    Judged {
        /// Whether the distance is that of [`Measure::Absolute`]; else that of [`Measure::Squared`].
        absolute: bool,
        /// What the discriminator says.
        verdict: Verdict,
    },
}

/// What the discriminator says of a row and its code, without dropout.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Verdict {
    /// The sum of absolute differences of its features for the row and for the reconstruction.
    Features,
    /// The cross-entropy of its verdict against "real".
    CrossEntropy,
}

impl Measure {
    /// The measure that is the same of this network and that other callers name, so that they share a kernel.
    fn common_name(self, network: &Network) -> Self {
        match (self, network) {
            (Self::Loss, Network::Autoencoder(_) | Network::Bigan(_)) => Self::Squared,
            (Self::Loss, Network::Vae(_)) => Self::Bound,
            (Self::Loss, Network::Seq2Seq(net)) if !net.roll && !net.teacher_forcing => {
                Self::Squared
            }
            _ => self,
        }
    }

    pub(crate) fn draws(self, network: &Network) -> bool {
        let by_draws = matches!(self, Self::Loss | Self::Sampled | Self::Bound);
        by_draws && matches!(network, Network::Vae(_))
    }

    /// Whether there are two parts, each with a weight.
    pub(crate) fn has_weights(self, network: &Network) -> bool {
        match self {
            Self::Squared | Self::Absolute | Self::Sampled => false,
            Self::Loss => matches!(network, Network::Vae(_)),
            Self::Bound | Self::Judged { .. } => true,
        }
    }

    /// Refuses what the network does not have.
    fn check(self, network: &Network) -> Result<(), Error> {
        let fits = match self {
            Self::Squared | Self::Absolute | Self::Loss => true,
            Self::Sampled | Self::Bound => matches!(network, Network::Vae(_)),
            Self::Judged { .. } => matches!(network, Network::Bigan(_)),
        };
        let reason = || Error::BadInput(format!("{}: it has no {self:?}", network.name()));
        if fits { Ok(()) } else { Err(reason()) }
    }
}

/// Most bytes of rows, draws, errors and tapes that one dispatch takes.
const MOST_BYTES: usize = 256 << 20;

/// Most multiply-adds of one dispatch, about: a device that does ten thousand million a second stays
/// within the time that a desktop's watchdog allows.
const MOST_WORK: usize = 1 << 31;

/// A compiled kernel that computes a measure of rows.
pub struct Scoring {
    gpu: Gpu,
    network: Network,
    measure: Measure,
    pipeline: wgpu::ComputePipeline,
    compile_seconds: f64,
}

/// Where a dispatch finds what it computes with.
struct Inputs<'a> {
    rows: &'a wgpu::Buffer,
    /// The parameters of all models; of several models with their moments.
    state: &'a wgpu::Buffer,
    /// The draws of all models, and the words of each.
    draws: Option<&'a (wgpu::Buffer, usize)>,
    /// The weights of both parts, for each model.
    weights: Option<&'a wgpu::Buffer>,
    samples: usize,
}

impl Scoring {
    /// Compiles the kernel, unless it was compiled before. A row is scored at once, because some drivers compile
    /// only then.
    pub fn new(gpu: &Gpu, network: &Network, measure: Measure) -> Result<Self, Error> {
        network.check()?;
        measure.check(network)?;
        let measure = measure.common_name(network);
        let fits = 4 * network.n_params() <= gpu.limits().workgroup_bytes;
        let params = if fits { Place::Workgroup } else { Place::Device };
        let compiled = gpu.compile(wgsl::scoring(network, measure, params))?;
        let scoring = Self {
            gpu: gpu.clone(),
            network: network.clone(),
            measure,
            pipeline: compiled.pipeline,
            compile_seconds: compiled.seconds,
        };
        if scoring.compile_seconds > 0.0 { scoring.score_a_row() } else { Ok(scoring) }
    }

    /// Scores a row of zeros by parameters that are zeros; the seconds are among those of compilation.
    fn score_a_row(self) -> Result<Self, Error> {
        let started = Instant::now();
        let columns = self.network.n_features();
        let row = Rows::send(&self.gpu, &vec![0.0; columns], columns)?;
        let draws = vec![0.0; self.network.draws_per_row()];
        let zeros = vec![0.0; self.network.n_params()];
        let trained = self.of_trained(&zeros, [0.0; 2], 1)?;
        trained.errors(1, |_| Ok(row.clone()), |_| draws.clone())?;
        let mut scoring = trained.scoring;
        scoring.compile_seconds += started.elapsed().as_secs_f64();
        Ok(scoring)
    }

    /// How long the driver took to compile the kernel; 0 if it was compiled before.
    pub fn compile_seconds(&self) -> f64 {
        self.compile_seconds
    }

    /// The kernel with the parameters of a trained network. `weights` are those of the measure's two parts,
    /// if it has two; `samples` is the number of draws of each row, if it draws.
    pub fn of_trained(
        self,
        parameters: &[f32],
        weights: [f32; 2],
        samples: usize,
    ) -> Result<Trained, Error> {
        Error::check_length("a parameter vector", parameters.len(), self.network.n_params())?;
        let weighted = self.measure.has_weights(&self.network);
        Ok(Trained {
            parameters: self.gpu.upload(parameters)?,
            weights: weighted.then(|| self.gpu.upload(&weights)).transpose()?,
            samples,
            scoring: self,
        })
    }

    /// How many pairs of a row and a model one dispatch takes, each with that many words of the caller's.
    fn pairs_at_once(&self, words: usize, samples: usize) -> usize {
        let limits = self.gpu.limits();
        let most = usize::try_from(limits.buffer_bytes).unwrap_or(MOST_BYTES).min(MOST_BYTES);
        let by_size = most / (4 * self.network.tape(true).max(words).max(1));
        let by_work = MOST_WORK / (samples * self.network.work_per_row());
        // A tape has room for 31 rows more.
        let pairs = by_size.saturating_sub(32).min(by_work).max(1);
        pairs.min(limits.workgroups * ROWS)
    }

    /// Memory for dispatches of so many models and rows; `all` are the rows of each model's errors.
    fn room(&self, models: usize, rows: usize, all: usize) -> Result<Room, Error> {
        let tape = self.network.tape(true);
        let tapes = || self.gpu.room(models * tape * stride(rows));
        Ok(Room {
            tapes: (tape > 0).then(tapes).transpose()?,
            errors: self.gpu.room(models * all)?,
            rows: all,
        })
    }

    /// Begins one dispatch: the errors of some rows by some models, which go to the place of these rows.
    fn dispatch(
        &self,
        inputs: &Inputs<'_>,
        models: Range<usize>,
        rows: Range<usize>,
        room: &Room,
    ) -> Result<(), Error> {
        let (gpu, count, n_rows) = (&self.gpu, models.len(), rows.len());
        let words = inputs.draws.map_or(0, |(_, words)| *words);
        let begin = [models.start, stride(n_rows), rows.start];
        let span = [n_rows, words].into_iter().chain(begin).chain([inputs.samples, room.rows]);
        let span = gpu.upload(&span.map(|number| number as u32).collect::<Vec<u32>>())?;
        let mut buffers = vec![(0, &span), (1, inputs.rows), (2, inputs.state), (3, &room.errors)];
        buffers.extend(inputs.draws.map(|(draws, _)| (4, draws)));
        buffers.extend(room.tapes.as_ref().map(|tapes| (5, tapes)));
        buffers.extend(inputs.weights.map(|weights| (6, weights)));
        let bindings = gpu.bind(&self.pipeline, &buffers)?;
        gpu.dispatch(&self.pipeline, &bindings, [n_rows.div_ceil(ROWS), count])
    }
}

/// The distance of a tape's slots: neighbouring rows' slots lie in whole lines.
fn stride(rows: usize) -> usize {
    rows.next_multiple_of(32)
}

/// Memory of dispatches. The next one may use it again, because the device runs one after the other.
struct Room {
    tapes: Option<wgpu::Buffer>,
    errors: wgpu::Buffer,
    /// The rows of each model's errors.
    rows: usize,
}

/// A trained network on the device. Threads may share the device: they score one after the other, so that
/// together they need no more memory than one of them.
pub struct Trained {
    scoring: Scoring,
    parameters: wgpu::Buffer,
    weights: Option<wgpu::Buffer>,
    samples: usize,
}

impl Trained {
    /// The device that it is on.
    pub fn gpu(&self) -> &Gpu {
        &self.scoring.gpu
    }

    /// The measure of each of `n_rows` rows. `send` is asked for some of the rows on the device. `draw` is asked for
    /// their draws, row by row and sample by sample, if the measure draws.
    pub fn errors(
        &self,
        n_rows: usize,
        mut send: impl FnMut(Range<usize>) -> Result<Rows, Error>,
        mut draw: impl FnMut(Range<usize>) -> Vec<f32>,
    ) -> Result<Vec<f32>, Error> {
        let Scoring { gpu, network, measure, .. } = &self.scoring;
        let draws = measure.draws(network);
        let (samples, words) = match draws {
            true => (self.samples.max(1), self.samples.max(1) * network.draws_per_row()),
            false => (1, 0),
        };
        let at_once = self.scoring.pairs_at_once(network.n_features().max(words), samples);
        let mut all = Vec::with_capacity(n_rows);
        for first in (0..n_rows).step_by(at_once) {
            let some = first..n_rows.min(first + at_once);
            let drawn = if draws { draw(some.clone()) } else { Vec::new() };
            Error::check_length("the draws", drawn.len(), some.len() * words)?;
            let _alone = alone(gpu);
            let rows = send(some.clone())?;
            rows.check(network)?;
            Error::check_length("the rows that were sent", rows.n_rows(), some.len())?;
            let drawn = (gpu.upload(&drawn)?, drawn.len());
            let inputs = Inputs {
                rows: rows.buffer(),
                state: &self.parameters,
                draws: draws.then_some(&drawn),
                weights: self.weights.as_ref(),
                samples,
            };
            let room = self.scoring.room(1, some.len(), some.len())?;
            self.scoring.dispatch(&inputs, 0..1, 0..some.len(), &room)?;
            all.extend(gpu.read(&room.errors, some.len())?);
        }
        Ok(all)
    }
}

/// Waits until no other thread scores a trained network.
fn alone(gpu: &Gpu) -> MutexGuard<'_, ()> {
    gpu.scores().lock().unwrap_or_else(PoisonError::into_inner)
}
