//! What goes to the device for some steps.

use super::{Adam, EpochInput, Factors};
use crate::Network;
use crate::wgsl::kernel::{HEAD, numbers_per_step};

/// The distance of the numbers of two steps' dispatches, in bytes: what every device can bind.
pub(super) const SPAN: usize = 256;

/// Buffers that dispatches read.
pub(super) struct Sent {
    /// The sizes that a dispatch reads. If workgroups share a batch, each step has its own; else all steps have one.
    pub spans: wgpu::Buffer,
    pub order: wgpu::Buffer,
    pub batches: wgpu::Buffer,
    pub numbers: wgpu::Buffer,
    pub draws: wgpu::Buffer,
}

/// The numbers of `count` dispatches.
pub(super) fn spans(sizes: [usize; 4], count: usize) -> Vec<u32> {
    let mut spans = vec![0; count * SPAN / 4];
    for (step, span) in spans.chunks_mut(SPAN / 4).enumerate() {
        let numbers = sizes.into_iter().chain([step]);
        span.iter_mut().zip(numbers).for_each(|(slot, number)| *slot = number as u32);
    }
    spans
}

/// Each model's numbers: the head, then the numbers of each of `count` steps, before which the optimisers have moved
/// that often. Bias corrections are computed in double precision, as on the CPU.
pub(super) fn numbers<'m>(
    network: &Network,
    models: impl ExactSizeIterator<Item = (&'m (Adam, Factors), &'m EpochInput<'m>)>,
    (moves_done, count): (i32, usize),
) -> Vec<f32> {
    let (per_step, moves) = (numbers_per_step(network), network.moves());
    let mut numbers = Vec::with_capacity(models.len() * (HEAD + count * per_step));
    let (mut of, mut corrections) = (None, Vec::new());
    for ((adam, factors), input) in models {
        numbers.extend([adam.beta_1 as f32, adam.beta_2 as f32, adam.epsilon as f32]);
        numbers.extend([factors.kept, factors.cycle_weight, factors.gradient_clip]);
        // Most models have the decays of the model before them.
        if of != Some([adam.beta_1, adam.beta_2]) {
            of = Some([adam.beta_1, adam.beta_2]);
            let moves = moves_done + 1..=moves_done + (count * moves.len()) as i32;
            corrections = moves.map(|at| bias_corrections(adam, at)).collect();
        }
        let mut corrections = corrections.iter();
        for _ in 0..count {
            for (step, (first, second)) in moves.iter().zip(corrections.by_ref()) {
                let rate = match step.judging {
                    true => factors.discriminator_rate,
                    false => adam.learning_rate,
                };
                numbers.push((rate / first) as f32);
                numbers.push(*second);
            }
            if network.has_loss_weight() {
                numbers.push(input.loss_weight);
            }
        }
    }
    numbers
}

/// What the optimiser's move of that number divides the learning rate by, and what it multiplies the root of the second
/// moment by.
fn bias_corrections(adam: &Adam, at: i32) -> (f64, f32) {
    (1.0 - adam.beta_1.powi(at), (1.0 / (1.0 - adam.beta_2.powi(at)).sqrt()) as f32)
}
