//! Epochs one after the other, with the errors of rows after each, without waiting for the device between them.

use super::{Begun, EpochInput, Trainer};
use crate::gpu::Part;
use crate::scorer::Sums;
use crate::{Error, Scorer};

/// Rows whose errors are added up after each epoch.
pub struct ErrorSum<'a> {
    /// The rows. If they are the training rows, only those in the epoch's order count.
    pub scorer: &'a mut Scorer,
    /// Each model's factor of the loss's second part.
    pub loss_weights: &'a [f32],
}

/// What an epoch leaves.
#[derive(Debug, Clone, PartialEq)]
pub struct EpochLosses {
    /// The loss before each step, `[model][step]`.
    pub losses: Vec<Vec<f32>>,
    /// For each [`ErrorSum`] and model: the sum of the rows' errors with the parameters after the epoch.
    pub sums: Vec<Vec<f64>>,
}

impl Trainer {
    /// Trains every model for some epochs, `[epoch][model]`. See [`Trainer::epoch`] for the losses. The host
    /// waits for the device only at the end, if there are no more epochs than [`Trainer::epochs_at_once`].
    pub fn epochs(
        &mut self,
        epochs: &[Vec<EpochInput<'_>>],
        after: &mut [ErrorSum<'_>],
    ) -> Result<Vec<EpochLosses>, Error> {
        let mut begun = Vec::with_capacity(epochs.len());
        for inputs in epochs {
            let steps = self.begin(inputs)?;
            let orders: Vec<&[u32]> = inputs.iter().map(|input| input.order).collect();
            let sums = after.iter_mut().map(|ErrorSum { scorer, loss_weights }| {
                scorer.begin_sums(self, loss_weights, &orders)
            });
            begun.push((steps, sums.collect::<Result<Vec<Sums>, Error>>()?));
        }
        let models = self.models();
        let steps = |begun: &Begun| models * begun.steps;
        let parts: Vec<Part<'_>> = begun
            .iter()
            .flat_map(|(spans, sums)| {
                let losses = spans.iter().map(|span| (&span.losses, steps(span)));
                losses.chain(sums.iter().map(|sums| (&sums.buffer, models * sums.blocks)))
            })
            .map(|(buffer, values)| Part { buffer, begin: 0, values })
            .collect();
        let values = self.gpu().read_parts(&parts)?;
        self.has_waited();
        let mut rest = &values[..];
        Ok(begun.iter().map(|(spans, sums)| passed(spans, sums, models, &mut rest)).collect())
    }
}

/// Takes an epoch's part of what was read.
fn passed(spans: &[Begun], sums: &[Sums], models: usize, rest: &mut &[f32]) -> EpochLosses {
    let mut next = |per_model: usize| {
        let (these, others) = rest.split_at(models * per_model);
        *rest = others;
        these
    };
    let mut losses = vec![Vec::new(); models];
    for span in spans {
        for (losses, of_model) in losses.iter_mut().zip(next(span.steps).chunks(span.steps)) {
            losses.extend_from_slice(of_model);
        }
    }
    let sum = |blocks: &[f32]| blocks.iter().map(|sum| f64::from(*sum)).sum::<f64>();
    let sums = sums.iter().map(|sums| match sums.blocks {
        0 => vec![0.0; models],
        blocks => next(blocks).chunks(blocks).map(sum).collect(),
    });
    EpochLosses { sums: sums.collect(), losses }
}
