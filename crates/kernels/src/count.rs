//! What a step costs, counted from the network's description: for devices that nobody has at hand.
//!
//! Counted are the multiply-adds of matrix products, the sums over rows and the traffic with the device's
//! memory. Not counted are activations, addresses and waiting, so the counts are lower bounds.

use crate::network::{GATES, Lstm};
use crate::{Bigan, Dense, Network, Place, Plan, Seq2Seq, Variant};

/// The cost of one step of one model, for a whole batch.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Counts {
    /// Multiplications with an addition, of all rows.
    pub multiply_adds: usize,
    /// Squares of sums, each by the whole workgroup; of several workgroups, those of one.
    pub squares: usize,
    /// Shuffles of each invocation.
    pub shuffles: usize,
    /// Values that each invocation writes to the stage, and reads from it, in the portable variant.
    pub staged: usize,
    /// Barriers.
    pub barriers: usize,
    /// Bytes of workgroup memory.
    pub workgroup_bytes: usize,
    /// Bytes that the workgroup exchanges with the device's memory or its caches, parameters left out.
    pub device_bytes: usize,
}

/// The work of one row in one step.
#[derive(Debug, Clone, Copy, Default)]
struct Work {
    multiply_adds: usize,
    squares: usize,
    /// Values read from and written to the row's tape.
    taped: usize,
}

impl Work {
    fn plus(self, other: Self) -> Self {
        Self {
            multiply_adds: self.multiply_adds + other.multiply_adds,
            squares: self.squares + other.squares,
            taped: self.taped + other.taped,
        }
    }
}

impl Counts {
    /// Counts the work of a network that is laid out as planned.
    pub fn new(network: &Network, plan: &Plan) -> Self {
        let width = plan.width;
        let work = match network {
            Network::Autoencoder(net) => stacked(&net.layers, false, width),
            Network::Vae(net) => {
                stacked(&net.encoder, false, width).plus(stacked(&net.decoder, true, width))
            }
            Network::Bigan(net) => adversaries(net, width),
            Network::Seq2Seq(net) => sequence(net, width),
        };
        let (chunks, moves) = (plan.chunks(), network.moves());
        let squares = work.squares * chunks;
        let portable = plan.variant == Variant::Portable;
        let words = network.n_features() + 1 + network.draws_per_row();
        let moved: usize = moves.iter().map(|step| step.part.len()).sum();
        let sums = match plan.sums {
            Place::Workgroup => 0,
            Place::Device => plan.groups * (squares * plan.rows + moved * plan.parts()),
        };
        // Written by all workgroups, and read by the one that moves the parameters.
        let partials = 2 * plan.partials() * moves.len();
        let moments = if plan.moments_in_registers() { 0 } else { 4 * moved };
        let per_row = words * moves.len() + work.taped;
        Self {
            multiply_adds: work.multiply_adds * plan.batch,
            squares,
            shuffles: if portable { 0 } else { squares * (width - 1) },
            staged: if portable { squares * 2 * width } else { 0 },
            barriers: 2 * moves.len()
                + usize::from(network.clips())
                + if portable { 2 * squares } else { 0 },
            workgroup_bytes: plan.workgroup_bytes(),
            device_bytes: 4 * (plan.batch * per_row + sums + partials + moments),
        }
    }
}

/// Layers that are written out: forward, back, and a product for each weight.
fn stacked(layers: &[Dense], input_wanted: bool, width: usize) -> Work {
    let mut work = Work::default();
    for (l, layer) in layers.iter().enumerate() {
        let weights = layer.n_in * layer.n_out;
        let passes = if l > 0 || input_wanted { 3 } else { 2 };
        let loss = usize::from(l == 0 && !input_wanted);
        work.multiply_adds += passes * weights;
        work.squares += (layer.n_params() + loss).div_ceil(width);
    }
    work
}

/// Two layers with a loop over the units between them.
struct Wide {
    first: usize,
    second: usize,
    squares: usize,
}

impl Wide {
    fn new([first, second]: &[Dense; 2], width: usize) -> Self {
        let of_unit = first.n_in + 1 + second.n_out;
        Self {
            first: first.n_in * first.n_out,
            second: second.n_in * second.n_out,
            squares: first.n_out * of_unit.div_ceil(width) + second.n_out.div_ceil(width),
        }
    }

    fn forward(&self) -> Work {
        Work { multiply_adds: self.first + self.second, ..Work::default() }
    }

    /// The hidden units are computed again.
    fn back(&self, gradient: bool, wanted: bool) -> Work {
        let products = if gradient { self.first + self.second } else { 0 };
        let inputs = if wanted { self.first } else { 0 };
        Work {
            multiply_adds: self.first + self.second + products + inputs,
            squares: if gradient { self.squares } else { 0 },
            taped: 0,
        }
    }
}

fn adversaries(net: &Bigan, width: usize) -> Work {
    let [e, g, d] = [&net.encoder, &net.generator, &net.discriminator].map(|n| Wide::new(n, width));
    let judge = |from: &Wide| from.forward().plus(d.forward()).plus(d.back(true, false));
    let verdicts = d.forward().plus(d.back(false, true));
    let mut update = g.forward().plus(e.forward()).plus(verdicts).plus(verdicts);
    update = update.plus(g.back(true, false)).plus(e.back(true, false));
    if net.cycle {
        update = update.plus(g.forward()).plus(g.back(true, true));
    }
    let updates = std::iter::repeat_n(update, net.generator_updates);
    updates.fold(judge(&e).plus(judge(&g)), Work::plus)
}

fn sequence(net: &Seq2Seq, width: usize) -> Work {
    let layer = |(number, lstm): (usize, &Lstm)| {
        let (u, steps) = (lstm.units, net.steps);
        let inputs = u + usize::from(number == 2 && !net.teacher_forcing);
        let of_step = (u + 1) * GATES * u + inputs * GATES * u + (u + 2) * GATES * u;
        // Forward: states and cells in, input, states, cells and gates out. Back: gates, cells and both
        // derivatives in, gates and derivatives out. Gradient, for each unit: input, states, its gates.
        let taped = (2 * u + 1 + 6 * u) + (8 * u + 6 * u) + u * (1 + u + GATES);
        Work {
            multiply_adds: steps * of_step,
            squares: u * (GATES * (u + 2)).div_ceil(width),
            taped: steps * taped,
        }
    };
    let head = 2 * net.units + 1;
    let output = Work {
        multiply_adds: 3 * net.steps * head,
        squares: (head + 1).div_ceil(width),
        taped: net.steps * (4 + 2 * net.units),
    };
    net.lstms().iter().enumerate().map(layer).fold(output, Work::plus)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Activation, Autoencoder, Limits, stack};

    #[test]
    fn the_published_autoencoder_has_the_counts_made_by_hand() {
        let widths = [18, 15, 7, 2, 7, 15, 18];
        let layers = stack(0, &widths, Activation::Relu, Activation::Sigmoid);
        let network = Network::Autoencoder(Autoencoder { layers });
        let limits = Limits::H200;
        let counts = |variant| {
            let plan = Plan::new(&network, 128, &limits, variant).unwrap();
            Counts::new(&network, &plan)
        };
        let ours = counts(Variant::Subgroup);
        // 778 weights three times, less the way back to the input.
        assert_eq!(ours.multiply_adds, 128 * (3 * 778 - 270));
        // 286 (with the loss), 112, 16, 21, 120 and 288 values in squares of 32.
        assert_eq!(ours.squares, 9 + 4 + 1 + 1 + 4 + 9);
        assert_eq!((ours.shuffles, ours.barriers), (28 * 31, 2));
        // A row and its number.
        assert_eq!(ours.device_bytes, 128 * 4 * 19);
        let portable = counts(Variant::Portable);
        assert_eq!((portable.shuffles, portable.barriers), (0, 2 + 2 * 28));
        assert_eq!(portable.staged, 28 * 64);
    }
}
