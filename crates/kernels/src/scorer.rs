//! Errors of rows, in as few dispatches as size and time allow: in training of all models at once, and of
//! one trained network.

use std::ops::Range;
use std::sync::{MutexGuard, PoisonError};
use std::time::Instant;

use crate::wgsl::score::ROWS;
use crate::{Error, Gpu, Network, Place, Trainer, wgsl};

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
        let row = vec![0.0; self.network.n_features()];
        let draws = vec![0.0; self.network.draws_per_row()];
        let zeros = vec![0.0; self.network.n_params()];
        let trained = self.of_trained(&zeros, [0.0; 2], 1)?;
        trained.errors(&row, |_| draws.clone())?;
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

    /// One dispatch: the errors of some rows by some models, model by model.
    fn dispatch(
        &self,
        inputs: &Inputs<'_>,
        models: Range<usize>,
        rows: Range<usize>,
    ) -> Result<Vec<f32>, Error> {
        let (gpu, count, n_rows) = (&self.gpu, models.len(), rows.len());
        let words = inputs.draws.map_or(0, |(_, words)| *words);
        // Neighbouring rows' slots lie in whole lines.
        let stride = n_rows.next_multiple_of(32);
        let span = [n_rows, words, models.start, stride, rows.start, inputs.samples];
        let span = gpu.upload(&span.map(|number| number as u32))?;
        let tape = self.network.tape(true);
        let tapes = gpu.room(count * tape * stride)?;
        let errors = gpu.room(count * n_rows)?;
        let mut buffers = vec![(0, &span), (1, inputs.rows), (2, inputs.state), (3, &errors)];
        buffers.extend(inputs.draws.map(|(draws, _)| (4, draws)));
        if tape > 0 {
            buffers.push((5, &tapes));
        }
        buffers.extend(inputs.weights.map(|weights| (6, weights)));
        let bindings = gpu.bind(&self.pipeline, &buffers)?;
        gpu.dispatch(&self.pipeline, &bindings, [n_rows.div_ceil(ROWS), count])?;
        gpu.read(&errors, count * n_rows)
    }
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
    /// The measure of each of the row-major `rows`. `draw` is asked for the draws of some rows, row by row and
    /// sample by sample, if the measure draws.
    pub fn errors(
        &self,
        rows: &[f32],
        mut draw: impl FnMut(Range<usize>) -> Vec<f32>,
    ) -> Result<Vec<f32>, Error> {
        let Scoring { gpu, network, measure, .. } = &self.scoring;
        let n_features = network.n_features();
        let n_rows = rows.len() / n_features;
        Error::check_length("the rows", rows.len(), n_rows * n_features)?;
        let draws = measure.draws(network);
        let (samples, words) = match draws {
            true => (self.samples.max(1), self.samples.max(1) * network.draws_per_row()),
            false => (1, 0),
        };
        let at_once = self.scoring.pairs_at_once(n_features.max(words), samples);
        let mut all = Vec::with_capacity(n_rows);
        for first in (0..n_rows).step_by(at_once) {
            let some = first..n_rows.min(first + at_once);
            let drawn = if draws { draw(some.clone()) } else { Vec::new() };
            Error::check_length("the draws", drawn.len(), some.len() * words)?;
            let _alone = alone(gpu);
            let drawn = (gpu.upload(&drawn)?, drawn.len());
            let inputs = Inputs {
                rows: &gpu.upload(&rows[some.start * n_features..some.end * n_features])?,
                state: &self.parameters,
                draws: draws.then_some(&drawn),
                weights: self.weights.as_ref(),
                samples,
            };
            all.extend(self.scoring.dispatch(&inputs, 0..1, 0..some.len())?);
        }
        Ok(all)
    }
}

/// Waits until no other thread scores a trained network.
fn alone(gpu: &Gpu) -> MutexGuard<'_, ()> {
    gpu.scores().lock().unwrap_or_else(PoisonError::into_inner)
}

/// Rows on the device, and the kernel that computes their errors by the models of a trainer.
pub struct Scorer {
    scoring: Scoring,
    rows: wgpu::Buffer,
    n_rows: usize,
    /// The draws of all models, and the words of each.
    draws: Option<(wgpu::Buffer, usize)>,
}

impl Scorer {
    /// For row-major `rows`. `draws` holds, for each model of the trainer, the loss's draws for every
    /// row, if [`Measure::Loss`] draws.
    pub fn new(
        gpu: &Gpu,
        network: &Network,
        measure: Measure,
        rows: &[f32],
        draws: &[&[f32]],
    ) -> Result<Self, Error> {
        network.check()?;
        let n_rows = rows.len() / network.n_features();
        Error::check_length("the rows", rows.len(), n_rows * network.n_features())?;
        Self::of(gpu, network, measure, (gpu.upload(rows)?, n_rows), draws)
    }

    /// For the rows that a trainer has on the device already, by a measure that draws nothing.
    pub fn of_training_rows(trainer: &Trainer, measure: Measure) -> Result<Self, Error> {
        Self::of(trainer.gpu(), trainer.network(), measure, trainer.rows(), &[])
    }

    fn of(
        gpu: &Gpu,
        network: &Network,
        measure: Measure,
        (rows, n_rows): (wgpu::Buffer, usize),
        draws: &[&[f32]],
    ) -> Result<Self, Error> {
        let words = n_rows * network.draws_per_row();
        let draws = match measure.draws(network) {
            false => None,
            true => {
                for draws in draws {
                    Error::check_length("a model's draws", draws.len(), words)?;
                }
                Some((gpu.upload(&draws.concat())?, words))
            }
        };
        Ok(Self { scoring: Scoring::new(gpu, network, measure)?, rows, n_rows, draws })
    }

    /// The errors of all rows with the present parameters, model by model. `loss_weights` are each model's
    /// factor of the loss's second part.
    pub fn errors(&self, trainer: &Trainer, loss_weights: &[f32]) -> Result<Vec<Vec<f32>>, Error> {
        let (models, n_rows) = (trainer.models(), self.n_rows);
        Error::check_length("the list of loss weights", loss_weights.len(), models)?;
        let mut all = vec![Vec::with_capacity(n_rows); models];
        let Scoring { gpu, network, measure, .. } = &self.scoring;
        let weights = match measure.has_weights(network) {
            true => {
                let of_model = |weight: &f32| [1.0, *weight];
                Some(gpu.upload(&loss_weights.iter().map(of_model).collect::<Vec<_>>())?)
            }
            false => None,
        };
        let inputs = Inputs {
            rows: &self.rows,
            state: trainer.state(),
            draws: self.draws.as_ref(),
            weights: weights.as_ref(),
            samples: 1,
        };
        let pairs = self.scoring.pairs_at_once(0, 1);
        let rows_at_once = pairs.min(n_rows).max(1);
        let models_at_once = (pairs / rows_at_once).min(gpu.limits().workgroups);
        for first in (0..models).step_by(models_at_once) {
            let some = first..models.min(first + models_at_once);
            for row in (0..n_rows).step_by(rows_at_once) {
                let rows = row..n_rows.min(row + rows_at_once);
                let errors = self.scoring.dispatch(&inputs, some.clone(), rows.clone())?;
                for (all, errors) in all[some.clone()].iter_mut().zip(errors.chunks(rows.len())) {
                    all.extend_from_slice(errors);
                }
            }
        }
        Ok(all)
    }

    /// Goes on with these models of the trainer alone, as [`Trainer::keep`] does.
    pub fn keep(&mut self, models: &[usize]) -> Result<(), Error> {
        if let Some((draws, words)) = &mut self.draws {
            *draws = self.scoring.gpu.kept(draws, *words, models)?;
        }
        Ok(())
    }
}
