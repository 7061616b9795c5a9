//! Errors of rows, in one dispatch.

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
}

impl Measure {
    pub(crate) fn draws(self, network: &Network) -> bool {
        self == Self::Loss && matches!(network, Network::Vae(_))
    }
}

/// Most bytes of errors, or of tapes, that one dispatch leaves.
const MOST_BYTES: usize = 256 << 20;

/// Rows on the device, and the kernel that computes their errors.
pub struct Scorer {
    gpu: Gpu,
    pipeline: wgpu::ComputePipeline,
    rows: wgpu::Buffer,
    n_rows: usize,
    /// Slots of a row's tape.
    tape: usize,
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
        let fits = 4 * network.n_params() <= gpu.limits().workgroup_bytes;
        let params = if fits { Place::Workgroup } else { Place::Device };
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
        let pipeline = gpu.compile(wgsl::scoring(network, measure, params))?.pipeline;
        let (gpu, tape) = (gpu.clone(), network.tape(true));
        Ok(Self { gpu, pipeline, rows, n_rows, tape, draws })
    }

    /// The errors of all rows with the present parameters, model by model. `loss_weights` are each model's
    /// factor of the loss's second part.
    pub fn errors(&self, trainer: &Trainer, loss_weights: &[f32]) -> Result<Vec<Vec<f32>>, Error> {
        let models = trainer.models();
        Error::check_length("the list of loss weights", loss_weights.len(), models)?;
        if self.n_rows == 0 {
            return Ok(vec![Vec::new(); models]);
        }
        let loss_weights = self.gpu.upload(loss_weights)?;
        let at_once = self.models_at_once();
        let mut all = Vec::with_capacity(models);
        for first in (0..models).step_by(at_once) {
            let count = at_once.min(models - first);
            let errors = self.some_errors(trainer, &loss_weights, (first, count))?;
            all.extend(errors.chunks(self.n_rows).map(<[f32]>::to_vec));
        }
        Ok(all)
    }

    /// How many models one dispatch takes.
    fn models_at_once(&self) -> usize {
        let most =
            MOST_BYTES.min(usize::try_from(self.gpu.limits().buffer_bytes).unwrap_or(MOST_BYTES));
        let of_model = 4 * self.stride() * self.tape.max(1);
        (most / of_model).clamp(1, self.gpu.limits().workgroups)
    }

    /// The distance of a tape's slots.
    fn stride(&self) -> usize {
        self.n_rows.next_multiple_of(32)
    }

    fn some_errors(
        &self,
        trainer: &Trainer,
        loss_weights: &wgpu::Buffer,
        (first, count): (usize, usize),
    ) -> Result<Vec<f32>, Error> {
        let words = self.draws.as_ref().map_or(0, |(_, words)| *words);
        let span = [self.n_rows, words, first, self.stride()].map(|number| number as u32);
        let span = self.gpu.upload(&span)?;
        let tapes = self.gpu.room(count * self.tape * self.stride())?;
        let errors = self.gpu.room(count * self.n_rows)?;
        let mut buffers = vec![(0, &span), (1, &self.rows), (2, trainer.state()), (3, &errors)];
        if let Some((draws, _)) = &self.draws {
            buffers.extend([(4, draws), (6, loss_weights)]);
        }
        if self.tape > 0 {
            buffers.push((5, &tapes));
        }
        let bindings = self.gpu.bind(&self.pipeline, &buffers)?;
        self.gpu.dispatch(&self.pipeline, &bindings, [self.n_rows.div_ceil(ROWS), count])?;
        self.gpu.read(&errors, count * self.n_rows)
    }

    /// Goes on with these models of the trainer alone, as [`Trainer::keep`] does.
    pub fn keep(&mut self, models: &[usize]) -> Result<(), Error> {
        if let Some((draws, words)) = &mut self.draws {
            *draws = self.gpu.kept(draws, *words, models)?;
        }
        Ok(())
    }
}
