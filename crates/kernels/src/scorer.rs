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
        let fits = 4 * network.n_params() <= gpu.limits().workgroup_bytes;
        let params = if fits { Place::Workgroup } else { Place::Device };
        let n_rows = rows.len() / network.n_features();
        Error::check_length("the rows", rows.len(), n_rows * network.n_features())?;
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
        let (gpu, rows, tape) = (gpu.clone(), gpu.upload(rows)?, network.tape(true));
        Ok(Self { gpu, pipeline, rows, n_rows, tape, draws })
    }

    /// The errors of all rows with the present parameters, model by model. `loss_weight` is the factor
    /// of the loss's second part.
    pub fn errors(&self, trainer: &Trainer, loss_weight: f32) -> Result<Vec<Vec<f32>>, Error> {
        let models = trainer.models();
        if self.n_rows == 0 {
            return Ok(vec![Vec::new(); models]);
        }
        let words = self.draws.as_ref().map_or(0, |(_, words)| *words as u32);
        let stride = self.n_rows.next_multiple_of(32);
        let span = [self.n_rows as u32, words, loss_weight.to_bits(), stride as u32];
        let span = self.gpu.upload(&span)?;
        let tapes = self.gpu.room(models * self.tape * stride)?;
        let errors = self.gpu.room(models * self.n_rows)?;
        let mut buffers = vec![(0, &span), (1, &self.rows), (2, trainer.state()), (3, &errors)];
        if let Some((draws, _)) = &self.draws {
            buffers.push((4, draws));
        }
        if self.tape > 0 {
            buffers.push((5, &tapes));
        }
        let bindings = self.gpu.bind(&self.pipeline, &buffers)?;
        self.gpu.dispatch(&self.pipeline, &bindings, [self.n_rows.div_ceil(ROWS), models])?;
        let all = self.gpu.read(&errors, models * self.n_rows)?;
        Ok(all.chunks(self.n_rows).map(<[f32]>::to_vec).collect())
    }
}
