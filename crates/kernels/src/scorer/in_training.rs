//! Errors of rows by all models of a trainer.

use std::ops::Range;

use super::{Inputs, Measure, Room, Scoring};
use crate::wgsl::totals::{BLOCK, totals};
use crate::{Error, Gpu, Network, Rows, Trainer};

/// Rows on the device, and the kernels that compute their errors by the models of a trainer, and add them up.
pub struct Scorer {
    scoring: Scoring,
    totals: wgpu::ComputePipeline,
    compile_seconds: f64,
    rows: Rows,
    /// Whether only the rows in an epoch's order count.
    ordered: bool,
    /// The draws of all models, and the words of each.
    draws: Option<(wgpu::Buffer, usize)>,
    /// What dispatches work with.
    room: Option<Room>,
}

/// Sums of errors that the device may not have computed yet.
pub(crate) struct Sums {
    /// The sums, `[model][block]`.
    pub buffer: wgpu::Buffer,
    /// Blocks of rows.
    pub blocks: usize,
}

impl Scorer {
    /// For these rows. `draws` holds, for each model of the trainer, the loss's draws for every
    /// row, if [`Measure::Loss`] draws.
    pub fn new(
        gpu: &Gpu,
        network: &Network,
        measure: Measure,
        rows: &Rows,
        draws: &[&[f32]],
    ) -> Result<Self, Error> {
        network.check()?;
        rows.check(network)?;
        let mut scorer = Self::of((gpu, network, measure), rows, false)?;
        if measure.draws(network) {
            let words = rows.n_rows() * network.draws_per_row();
            for draws in draws {
                Error::check_length("a model's draws", draws.len(), words)?;
            }
            scorer.draws = Some((gpu.upload(&draws.concat())?, words));
        }
        Ok(scorer)
    }

    /// For the training rows of a trainer, by a measure that draws nothing.
    pub fn of_training_rows(trainer: &Trainer, measure: Measure) -> Result<Self, Error> {
        Self::of((trainer.gpu(), trainer.network(), measure), trainer.rows(), true)
    }

    fn of(
        (gpu, network, measure): (&Gpu, &Network, Measure),
        rows: &Rows,
        ordered: bool,
    ) -> Result<Self, Error> {
        let n_rows = rows.n_rows();
        let most = BLOCK.saturating_mul(gpu.limits().workgroups);
        if n_rows > most {
            let reason = format!("{n_rows} rows, and the device adds up the errors of {most}");
            return Err(Error::unsuitable(reason));
        }
        let scoring = Scoring::new(gpu, network, measure)?;
        let totals = gpu.compile(totals(ordered))?;
        Ok(Self {
            compile_seconds: scoring.compile_seconds() + totals.seconds,
            totals: totals.pipeline,
            scoring,
            rows: rows.clone(),
            ordered,
            draws: None,
            room: None,
        })
    }

    /// How long the driver took to compile the kernels; 0 if they were compiled before.
    pub fn compile_seconds(&self) -> f64 {
        self.compile_seconds
    }

    /// The errors of all rows with the present parameters, model by model. `loss_weights` are each model's
    /// factor of the loss's second part.
    pub fn errors(
        &mut self,
        trainer: &Trainer,
        loss_weights: &[f32],
    ) -> Result<Vec<Vec<f32>>, Error> {
        let n_rows = self.rows.n_rows();
        let mut all = Vec::with_capacity(trainer.models());
        self.in_turn(trainer, loss_weights, |gpu, errors, models| {
            let errors = gpu.read(errors, models.len() * n_rows)?;
            all.extend(errors.chunks(n_rows.max(1)).map(<[f32]>::to_vec));
            Ok(())
        })?;
        all.resize(trainer.models(), Vec::new());
        Ok(all)
    }

    /// Begins to add up the errors of all rows with the present parameters, or of those that each model's order names.
    pub(crate) fn begin_sums(
        &mut self,
        trainer: &Trainer,
        loss_weights: &[f32],
        orders: &[&[u32]],
    ) -> Result<Sums, Error> {
        let n_rows = self.rows.n_rows();
        let places = match orders.first() {
            Some(order) if self.ordered => order.len(),
            _ => n_rows,
        };
        let blocks = places.div_ceil(BLOCK);
        let sums = trainer.gpu().room(blocks * trainer.models())?;
        if blocks == 0 {
            return Ok(Sums { buffer: sums, blocks });
        }
        let upload = || trainer.gpu().upload_parts(orders);
        let ordered = self.ordered.then(upload).transpose()?;
        let totals = self.totals.clone();
        self.in_turn(trainer, loss_weights, |gpu, errors, models| {
            let span = [places, n_rows, models.start, blocks].map(|number| number as u32);
            let span = gpu.upload(&span)?;
            let mut buffers = vec![(0, &span), (1, errors), (2, &sums)];
            buffers.extend(ordered.as_ref().map(|order| (3, order)));
            let bindings = gpu.bind(&totals, &buffers)?;
            gpu.dispatch(&totals, &bindings, [blocks, models.len()])
        })?;
        Ok(Sums { buffer: sums, blocks })
    }

    /// Begins to compute the errors of all rows by some models at a time. `take` gets them where they will be,
    /// model by model; the next models' errors come to the same place.
    fn in_turn(
        &mut self,
        trainer: &Trainer,
        loss_weights: &[f32],
        mut take: impl FnMut(&Gpu, &wgpu::Buffer, Range<usize>) -> Result<(), Error>,
    ) -> Result<(), Error> {
        let (models, n_rows) = (trainer.models(), self.rows.n_rows());
        Error::check_length("the list of loss weights", loss_weights.len(), models)?;
        let Scoring { gpu, network, measure, .. } = &self.scoring;
        let of_model = |weight: &f32| [1.0, *weight];
        let weights: Vec<[f32; 2]> = loss_weights.iter().map(of_model).collect();
        let weighted = measure.has_weights(network);
        let weights = weighted.then(|| gpu.upload(&weights)).transpose()?;
        let (models_at_once, rows_at_once) = self.at_once();
        let room = match self.room.take() {
            Some(room) => room,
            None => self.make_room(models)?,
        };
        let inputs = Inputs {
            rows: self.rows.buffer(),
            state: trainer.state(),
            draws: self.draws.as_ref(),
            weights: weights.as_ref(),
            samples: 1,
        };
        for first in (0..models).step_by(models_at_once) {
            let some = first..models.min(first + models_at_once);
            for row in (0..n_rows).step_by(rows_at_once) {
                let rows = row..n_rows.min(row + rows_at_once);
                self.scoring.dispatch(&inputs, some.clone(), rows, &room)?;
            }
            take(gpu, &room.errors, some)?;
        }
        self.room = Some(room);
        Ok(())
    }

    /// Models and rows of one dispatch.
    fn at_once(&self) -> (usize, usize) {
        let pairs = self.scoring.pairs_at_once(0, 1);
        let rows = pairs.min(self.rows.n_rows()).max(1);
        ((pairs / rows).min(self.scoring.gpu.limits().workgroups), rows)
    }

    fn make_room(&self, models: usize) -> Result<Room, Error> {
        let (models_at_once, rows) = self.at_once();
        self.scoring.room(models_at_once.min(models), rows, self.rows.n_rows())
    }

    /// Takes the memory that it needs for the models of a trainer now, and not in the first epoch: whoever makes the
    /// trainer can still make a smaller one. Models only become fewer.
    pub fn reserve(&mut self, models: usize) -> Result<(), Error> {
        self.room = Some(self.make_room(models)?);
        Ok(())
    }

    /// Goes on with these models of the trainer alone, as [`Trainer::keep`] does.
    pub fn keep(&mut self, models: &[usize]) -> Result<(), Error> {
        if let Some((draws, words)) = &mut self.draws {
            *draws = self.scoring.gpu.kept(draws, *words, models)?;
        }
        Ok(())
    }
}
