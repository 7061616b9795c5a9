//! The network's forward and backward pass on the CPU, fused: a tile of batch columns (two vectors)
//! goes through both encoders, the decoder and all the way back before the next tile begins, so
//! that everything between is read from the cache.

use pulp::Simd;

use super::network::{Network, Output};
use crate::nn::activation::{sigmoid, sigmoid_backward};
use crate::nn::lstm::kernels::{add_gradient, step, step_back};
use crate::nn::lstm::tape::{View, tile_columns, tile_rows};
use crate::nn::lstm::{Packed, Pair, Tape, pairs, pairs_mut};
use crate::nn::simd::{Aligned, Plane, WithSimd};

/// The weights in the order in which the kernels read them.
#[derive(Debug, Clone)]
pub struct Weights {
    forward: Packed,
    backward: Packed,
    decoder: Packed,
    /// The output layer's weights, then its bias.
    head: Vec<f32>,
}

impl Weights {
    /// Packs the flat parameters `params`.
    pub fn new(network: &Network, params: &[f32]) -> Self {
        let mut weights = Self {
            forward: Packed::new(&network.forward, false),
            backward: Packed::new(&network.backward, false),
            decoder: Packed::new(&network.decoder, !network.wiring.teacher_forcing),
            head: vec![0.0; network.decoder.units + 1],
        };
        weights.fill(network, params);
        weights
    }

    /// Takes new values.
    pub fn fill(&mut self, network: &Network, params: &[f32]) {
        self.forward.fill(&network.forward, params);
        self.backward.fill(&network.backward, params);
        self.decoder.fill(&network.decoder, params);
        self.head.copy_from_slice(&params[network.head()..network.n_params()]);
    }
}

/// What a tile computes in.
#[derive(Debug, Clone)]
pub struct Scratch {
    forward: Tape,
    backward: Tape,
    decoder: Tape,
    /// The decoder's outputs; after the backward pass the derivatives before their activation.
    outputs: Aligned,
    d_rows: Aligned,
    d_cells: Aligned,
}

impl Scratch {
    /// Buffers for one tile.
    pub fn new(network: &Network) -> Self {
        let decoder = network.decoder;
        Self {
            forward: Tape::new(network.forward, network.steps),
            backward: Tape::new(network.backward, network.steps),
            decoder: Tape::new(decoder, network.steps),
            outputs: tile_rows(network.steps),
            d_rows: tile_rows(decoder.rows()),
            d_cells: tile_rows(decoder.units),
        }
    }
}

/// One tile of the rows and of the dropout masks.
#[derive(Clone, Copy)]
struct Columns<'a> {
    network: &'a Network,
    /// One feature per value of a row.
    x: &'a Plane,
    /// One feature per LSTM (forward, backward, decoder) and step: 0, or what is kept is
    /// multiplied by. `None`: everything is kept.
    masks: Option<&'a Plane>,
    tile: usize,
}

impl Columns<'_> {
    #[inline(always)]
    fn value<S: Simd>(&self, feature: usize) -> Pair<S> {
        pairs::<S>(self.x.feature(feature))[self.tile]
    }

    /// `input` after the dropout of LSTM number `lstm` at step `t`.
    #[inline(always)]
    fn dropped<S: Simd>(&self, simd: S, lstm: usize, t: usize, input: Pair<S>) -> Pair<S> {
        let Some(masks) = self.masks else { return input };
        let mask = pairs::<S>(masks.feature(lstm * self.network.steps + t))[self.tile];
        [simd.mul_f32s(input[0], mask[0]), simd.mul_f32s(input[1], mask[1])]
    }
}

/// Whether the decoder is fed the true values before, or its own outputs.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Feed {
    /// The true values.
    Teacher,
    /// Its own outputs.
    Own,
}

/// Runs both encoders and the decoder; the outputs are in `outputs`.
#[inline(always)]
fn forward<S: Simd>(
    simd: S,
    columns: Columns<'_>,
    weights: &Weights,
    scratch: &mut Scratch,
    feed: Feed,
) {
    let network = columns.network;
    let last = network.steps - 1;
    let zero = [simd.splat_f32s(0.0); 2];
    let mut encoders = [scratch.forward.view::<S>(), scratch.backward.view::<S>()];
    for (lstm, encoder) in encoders.iter_mut().enumerate() {
        encoder.state_mut(0).fill(zero);
        encoder.cell_mut(0).fill(zero);
        let packed = if lstm == 0 { &weights.forward } else { &weights.backward };
        for t in 0..network.steps {
            let value = columns.value::<S>(if lstm == 0 { t } else { last - t });
            encoder.input_mut(t)[0] = columns.dropped(simd, lstm, t, value);
            step(simd, packed, encoder, t);
        }
    }
    let mut decoder = scratch.decoder.view::<S>();
    let units = network.forward.units;
    for (encoder, at) in encoders.iter().zip([0, units]) {
        decoder.state_mut(0)[at..at + units].copy_from_slice(encoder.state(network.steps));
        decoder.cell_mut(0)[at..at + units].copy_from_slice(encoder.cell(network.steps));
    }
    let outputs = &mut pairs_mut::<S>(&mut scratch.outputs)[..network.steps];
    let mut fed = if network.wiring.roll { columns.value::<S>(0) } else { zero };
    for (t, slot) in outputs.iter_mut().enumerate() {
        decoder.input_mut(t)[0] = columns.dropped(simd, 2, t, fed);
        step(simd, &weights.decoder, &mut decoder, t);
        *slot = output(simd, network.output, &weights.head, decoder.state(t + 1));
        fed = match feed {
            Feed::Teacher => columns.value::<S>(network.target(t)),
            Feed::Own => *slot,
        };
    }
}

/// The output layer's value for one decoder state.
#[inline(always)]
fn output<S: Simd>(simd: S, output: Output, head: &[f32], state: &[Pair<S>]) -> Pair<S> {
    let mut sums = [simd.splat_f32s(head[state.len()]); 2];
    for (state, weight) in state.iter().zip(head) {
        let weight = simd.splat_f32s(*weight);
        for v in 0..2 {
            sums[v] = simd.mul_add_e_f32s(weight, state[v], sums[v]);
        }
    }
    match output {
        Output::Sigmoid => [sigmoid(simd, sums[0]), sigmoid(simd, sums[1])],
        Output::Linear => sums,
    }
}

/// Goes back from the outputs to the gradient of all parameters, which is added to `gradient`.
/// `valid` is `scale` for columns that are rows and 0 for padding. Returns the tile's sums of
/// squared errors times `valid`, lane by lane.
#[inline(always)]
fn backward<S: Simd>(
    simd: S,
    columns: Columns<'_>,
    weights: &Weights,
    scratch: &mut Scratch,
    valid: Pair<S>,
    gradient: &mut [f32],
) -> Pair<S> {
    let network = columns.network;
    let mut decoder = scratch.decoder.view::<S>();
    let outputs = &mut pairs_mut::<S>(&mut scratch.outputs)[..network.steps];
    let d_rows = &mut pairs_mut::<S>(&mut scratch.d_rows)[..network.decoder.rows()];
    let d_cells = &mut pairs_mut::<S>(&mut scratch.d_cells)[..network.decoder.units];
    let loss =
        decoder_back(simd, columns, weights, &mut decoder, outputs, valid, (d_rows, d_cells));
    add_gradient(simd, &decoder, gradient);
    add_head_gradient(simd, network, &decoder, outputs, gradient);
    let units = network.forward.units;
    let mut encoders = [scratch.forward.view::<S>(), scratch.backward.view::<S>()];
    for (lstm, encoder) in encoders.iter_mut().enumerate() {
        let packed = if lstm == 0 { &weights.forward } else { &weights.backward };
        // The rows of one encoder are the part of the decoder's initial state that came from it;
        // the row before them stands in for the encoder's input.
        let d_rows = &mut d_rows[lstm * units..][..encoder.lstm.rows()];
        let d_cells = &mut d_cells[lstm * units..][..units];
        for t in (0..network.steps).rev() {
            step_back(simd, packed, encoder, t, d_rows, d_cells);
        }
        add_gradient(simd, encoder, gradient);
    }
    loss
}

/// Goes back through the decoder. `outputs` become the derivatives before their activation, and
/// `d_rows` and `d_cells` end with those by the decoder's initial state and cells. Returns the loss.
#[inline(always)]
fn decoder_back<S: Simd>(
    simd: S,
    columns: Columns<'_>,
    weights: &Weights,
    decoder: &mut View<'_, S>,
    outputs: &mut [Pair<S>],
    valid: Pair<S>,
    (d_rows, d_cells): (&mut [Pair<S>], &mut [Pair<S>]),
) -> Pair<S> {
    let network = columns.network;
    let zero = [simd.splat_f32s(0.0); 2];
    let (mut loss, mut feedback) = (zero, zero);
    d_rows.fill(zero);
    d_cells.fill(zero);
    for (t, output) in outputs.iter_mut().enumerate().rev() {
        let target = columns.value::<S>(network.target(t));
        for v in 0..2 {
            let error = simd.sub_f32s(output[v], target[v]);
            let weighted = simd.mul_f32s(error, valid[v]);
            loss[v] = simd.mul_add_e_f32s(error, weighted, loss[v]);
            let d_y = simd.add_f32s(simd.add_f32s(weighted, weighted), feedback[v]);
            output[v] = match network.output {
                Output::Sigmoid => sigmoid_backward(simd, output[v], d_y),
                Output::Linear => d_y,
            };
        }
        for (d_state, weight) in d_rows[network.decoder.n_in..].iter_mut().zip(&weights.head) {
            let weight = simd.splat_f32s(*weight);
            for v in 0..2 {
                d_state[v] = simd.mul_add_e_f32s(weight, output[v], d_state[v]);
            }
        }
        step_back(simd, &weights.decoder, decoder, t, d_rows, d_cells);
        if !network.wiring.teacher_forcing {
            feedback = columns.dropped(simd, 2, t, d_rows[0]);
        }
    }
    loss
}

/// Adds the gradient of the output layer, given the derivatives before its activation.
#[inline(always)]
fn add_head_gradient<S: Simd>(
    simd: S,
    network: &Network,
    decoder: &View<'_, S>,
    d_outputs: &[Pair<S>],
    gradient: &mut [f32],
) {
    let units = network.decoder.units;
    let gradient = &mut gradient[network.head()..network.n_params()];
    let mut bias = [simd.splat_f32s(0.0); 2];
    for d in d_outputs {
        bias = [simd.add_f32s(bias[0], d[0]), simd.add_f32s(bias[1], d[1])];
    }
    gradient[units] += simd.reduce_sum_f32s(simd.add_f32s(bias[0], bias[1]));
    for (j, slot) in gradient[..units].iter_mut().enumerate() {
        let mut sums = [simd.splat_f32s(0.0); 2];
        for (t, d) in d_outputs.iter().enumerate() {
            let state = decoder.state(t + 1)[j];
            for v in 0..2 {
                sums[v] = simd.mul_add_e_f32s(d[v], state[v], sums[v]);
            }
        }
        *slot += simd.reduce_sum_f32s(simd.add_f32s(sums[0], sums[1]));
    }
}

/// The loss and its gradient over the first `n` columns of a chunk of a batch.
pub struct TrainPass<'a> {
    /// The network's shape.
    pub network: &'a Network,
    /// Its weights.
    pub weights: &'a Weights,
    /// The rows, one column each.
    pub x: &'a Plane,
    /// The dropout masks, if any: one feature per LSTM and step.
    pub masks: Option<&'a Plane>,
    /// How many columns are rows.
    pub n: usize,
    /// The factor of the sum of squared errors: 1 over (rows of the batch times values).
    pub scale: f32,
    /// Buffers.
    pub scratch: &'a mut Scratch,
    /// Overwritten with the gradient of all parameters.
    pub gradient: &'a mut [f32],
}

impl WithSimd for TrainPass<'_> {
    /// The sum of squared errors times `scale`.
    type Output = f32;

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) -> f32 {
        let Self { network, weights, x, masks, n, scale, scratch, gradient } = self;
        let feed = if network.wiring.teacher_forcing { Feed::Teacher } else { Feed::Own };
        let width = tile_columns::<S>();
        gradient.fill(0.0);
        let mut loss = [simd.splat_f32s(0.0); 2];
        for tile in 0..n.div_ceil(width) {
            let columns = Columns { network, x, masks, tile };
            forward(simd, columns, weights, scratch, feed);
            let valid = valid_columns::<S>(n - tile * width, scale);
            let tile_loss = backward(simd, columns, weights, scratch, valid, gradient);
            for v in 0..2 {
                loss[v] = simd.add_f32s(loss[v], tile_loss[v]);
            }
        }
        simd.reduce_sum_f32s(simd.add_f32s(loss[0], loss[1]))
    }
}

/// `scale` in the first `n` columns of a tile, 0 in the others.
#[inline(always)]
fn valid_columns<S: Simd>(n: usize, scale: f32) -> Pair<S> {
    let mut valid = [0.0; 2 * MAX_LANES];
    valid[..n.min(tile_columns::<S>())].fill(scale);
    pairs::<S>(&valid)[0]
}

/// Lanes of the widest vectors.
const MAX_LANES: usize = 16;

/// The decoder's outputs for the first `n` columns of a chunk of rows, without dropout.
pub struct PredictPass<'a> {
    /// The network's shape.
    pub network: &'a Network,
    /// Its weights.
    pub weights: &'a Weights,
    /// The rows, one column each.
    pub x: &'a Plane,
    /// How many columns are rows.
    pub n: usize,
    /// The inputs of the decoder.
    pub feed: Feed,
    /// Buffers.
    pub scratch: &'a mut Scratch,
    /// One feature per decoder step: overwritten with the outputs.
    pub outputs: &'a mut Plane,
}

impl WithSimd for PredictPass<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        for tile in 0..self.n.div_ceil(tile_columns::<S>()) {
            let columns = Columns { network: self.network, x: self.x, masks: None, tile };
            forward(simd, columns, self.weights, self.scratch, self.feed);
            for (t, output) in pairs::<S>(&self.scratch.outputs).iter().enumerate() {
                if t < self.network.steps {
                    pairs_mut::<S>(self.outputs.feature_mut(t))[tile] = *output;
                }
            }
        }
    }
}
