//! A training step as data: the layers, their activations, and where their parameters lie in the flat
//! vector.

use crate::{Error, wgsl};

/// What a layer does to its sums. It stands for the same functions as on the CPU.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Activation {
    /// Nothing.
    Linear,
    /// max(x, 0).
    Relu,
    /// x if positive, else this slope (above 0) times x.
    LeakyRelu(f32),
    /// x if positive, else exp(x) - 1.
    Elu,
    /// Hyperbolic tangent.
    Tanh,
    /// 1 / (1 + exp(-x)).
    Sigmoid,
}

/// A dense layer: weights `[n_in][n_out]` from position `at` of the flat vector, then `n_out` biases.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Dense {
    /// Number of inputs.
    pub n_in: usize,
    /// Number of outputs.
    pub n_out: usize,
    /// Applied to the sums.
    pub activation: Activation,
    /// Position of the first weight.
    pub at: usize,
}

impl Dense {
    /// Weights and biases together.
    pub fn n_params(&self) -> usize {
        (self.n_in + 1) * self.n_out
    }

    /// The position after the last bias.
    pub fn end(&self) -> usize {
        self.at + self.n_params()
    }
}

/// Layers between the `widths` (input, hidden ..., output) whose parameters begin at position `at`.
/// Fewer than two widths give no layer.
pub fn stack(at: usize, widths: &[usize], hidden: Activation, output: Activation) -> Vec<Dense> {
    let mut layers: Vec<Dense> = Vec::new();
    for (i, pair) in widths.windows(2).enumerate() {
        let last = i + 2 == widths.len();
        layers.push(Dense {
            n_in: pair[0],
            n_out: pair[1],
            activation: if last { output } else { hidden },
            at: layers.last().map_or(at, Dense::end),
        });
    }
    layers
}

/// Dense layers that rebuild a row. The loss is the mean squared error over rows and features.
#[derive(Debug, Clone, PartialEq)]
pub struct Autoencoder {
    /// From the input on; the last layer is as wide as the input.
    pub layers: Vec<Dense>,
}

/// A variational autoencoder. The loss of a row is its squared error plus the weighted divergence.
#[derive(Debug, Clone, PartialEq)]
pub struct Vae {
    /// From a row to the means and then the logarithms of the variances.
    pub encoder: Vec<Dense>,
    /// From a code to a row.
    pub decoder: Vec<Dense>,
    /// Length of a code.
    pub latent: usize,
}

/// A bidirectional generative adversarial network. A step is two moves of the discriminator (on real and
/// on made pairs) and some of encoder and generator, all of one Adam, whose counter they share.
#[derive(Debug, Clone, PartialEq)]
pub struct Bigan {
    /// From a row over a hidden layer to its code.
    pub encoder: [Dense; 2],
    /// From a code over a hidden layer to a row.
    pub generator: [Dense; 2],
    /// From a pair, code first, over a hidden layer to the logit of a real pair.
    pub discriminator: [Dense; 2],
    /// Length of a code.
    pub latent: usize,
    /// Moves of encoder and generator in a step.
    pub generator_updates: usize,
    /// Whether the error of the reconstruction is in the loss of encoder and generator.
    pub cycle: bool,
}

impl Bigan {
    /// Values of a pair.
    pub fn pair(&self) -> usize {
        self.discriminator[0].n_in
    }

    /// Words of the dropout masks for one look at a pair: a bit for each value of the pair and then for
    /// each feature of the discriminator, 1 for what is kept.
    pub fn mask_words(&self) -> usize {
        (self.pair() + self.discriminator[0].n_out).div_ceil(32)
    }

    /// Where the discriminator's parameters begin.
    pub fn boundary(&self) -> usize {
        self.discriminator[0].at
    }
}

/// The number of gates of a memory unit.
pub(crate) const GATES: usize = 4;

/// A layer of long short-term memory that reads one value a step. Its parameters: the kernel `[4 units]`,
/// the recurrent kernel `[units][4 units]`, the bias `[4 units]`, with the gates in the order i, f, g, o.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Lstm {
    /// Size of the state.
    pub(crate) units: usize,
    /// Position of the first weight.
    pub(crate) at: usize,
}

impl Lstm {
    /// The position after the last bias.
    pub(crate) fn end(&self) -> usize {
        self.at + (self.units + 2) * GATES * self.units
    }
}

/// A row read as a sequence by a bidirectional LSTM and written again by a second one, with a dense layer
/// from its state to a value. The loss is the mean squared error over rows and values. Parameters: the
/// forward and the backward layer, the decoder of twice the units, the output layer's weights, its bias.
#[derive(Debug, Clone, PartialEq)]
pub struct Seq2Seq {
    /// Values of a row.
    pub steps: usize,
    /// Units of each direction.
    pub units: usize,
    /// Step t predicts value t + 1 (the last one value 0) and begins from value 0; if not, it predicts the
    /// row itself and begins from a zero.
    pub roll: bool,
    /// Without the roll: predict the row from its last value to its first.
    pub reverse: bool,
    /// In training, each step is fed the true value that the step before should have predicted; if not,
    /// what it did predict.
    pub teacher_forcing: bool,
    /// Activation of the output layer.
    pub output: Activation,
    /// Whether inputs are dropped in training.
    pub dropout: bool,
    /// Whether long gradients are shortened.
    pub clip: bool,
}

impl Seq2Seq {
    /// Forward layer, backward layer, decoder.
    pub(crate) fn lstms(&self) -> [Lstm; 3] {
        let forward = Lstm { units: self.units, at: 0 };
        let backward = Lstm { units: self.units, at: forward.end() };
        [forward, backward, Lstm { units: 2 * self.units, at: backward.end() }]
    }

    /// Position of the output layer's weights.
    pub(crate) fn head(&self) -> usize {
        self.lstms()[2].end()
    }
}

/// A network with everything that its kernel's text depends on.
#[derive(Debug, Clone, PartialEq)]
pub enum Network {
    /// See [`Autoencoder`].
    Autoencoder(Autoencoder),
    /// See [`Vae`].
    Vae(Vae),
    /// See [`Bigan`].
    Bigan(Bigan),
    /// See [`Seq2Seq`].
    Seq2Seq(Seq2Seq),
}

/// One optimiser step within a step of a network.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Move {
    /// The parameters that move.
    pub(crate) part: std::ops::Range<usize>,
    /// Whether they move at the discriminator's rate.
    pub(crate) judging: bool,
}

impl Network {
    /// Its name in messages and in the head of the kernel.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Autoencoder(_) => "autoencoder",
            Self::Vae(_) => "vae",
            Self::Bigan(_) => "bigan",
            Self::Seq2Seq(_) => "seq2seq",
        }
    }

    /// All dense layers in the order of their parameters, of the networks that have only such.
    fn layers(&self) -> Vec<Dense> {
        match self {
            Self::Autoencoder(net) => net.layers.clone(),
            Self::Vae(net) => net.encoder.iter().chain(&net.decoder).copied().collect(),
            Self::Bigan(net) => [net.encoder, net.generator, net.discriminator].concat(),
            Self::Seq2Seq(_) => Vec::new(),
        }
    }

    /// Length of the flat parameter vector.
    pub fn n_params(&self) -> usize {
        match self {
            Self::Seq2Seq(net) => net.head() + 2 * net.units + 1,
            _ => self.layers().last().map_or(0, Dense::end),
        }
    }

    /// Length of a row.
    pub fn n_features(&self) -> usize {
        match self {
            Self::Seq2Seq(net) => net.steps,
            _ => self.layers().first().map_or(0, |layer| layer.n_in),
        }
    }

    /// How many 32-bit words of noise or masks the caller gives for each row of an epoch's order.
    ///
    /// The variational autoencoder's are the bits of a draw for each latent dimension. The BiGAN's are,
    /// for each move of encoder and generator, the bits of a code's draws, and after these
    /// [`Bigan::mask_words`] for each look at pairs: real and made of the discriminator's moves, then
    /// real and made of each further move. The sequence network's are a bit for each step of the forward
    /// layer, of the backward layer and of the decoder, 1 for an input that is kept.
    pub fn draws_per_row(&self) -> usize {
        match self {
            Self::Autoencoder(_) => 0,
            Self::Vae(net) => net.latent,
            Self::Bigan(net) => {
                let looks = 2 + 2 * net.generator_updates;
                net.latent * net.generator_updates + looks * net.mask_words()
            }
            Self::Seq2Seq(net) if net.dropout => (3 * net.steps).div_ceil(32),
            Self::Seq2Seq(_) => 0,
        }
    }

    /// The optimiser steps of one step, in their order.
    pub(crate) fn moves(&self) -> Vec<Move> {
        let n_params = self.n_params();
        match self {
            Self::Autoencoder(_) | Self::Vae(_) | Self::Seq2Seq(_) => {
                vec![Move { part: 0..n_params, judging: false }]
            }
            Self::Bigan(net) => {
                let judging = Move { part: net.boundary()..n_params, judging: true };
                let moving = Move { part: 0..net.boundary(), judging: false };
                let mut moves = vec![judging.clone(), judging];
                moves.extend(std::iter::repeat_n(moving, net.generator_updates));
                moves
            }
        }
    }

    /// Iterations of the loops over hidden units for one chunk of rows.
    pub(crate) fn iterations(&self) -> usize {
        match self {
            Self::Autoencoder(_) | Self::Vae(_) => 0,
            Self::Bigan(net) => {
                let [e, g, d] = [net.encoder, net.generator, net.discriminator].map(|n| n[0].n_out);
                e + g + 4 * d + net.generator_updates * (4 * g + 2 * e + 4 * d)
            }
            // Four layers' worth of units forward, back and for the gradient; steps, copies, a norm.
            Self::Seq2Seq(net) => net.steps * (12 * net.units + 8) + 8 * net.units + 256,
        }
    }

    /// Multiply-adds of a row's way through the network, about: each parameter has one, in each step of a
    /// sequence.
    pub(crate) fn work_per_row(&self) -> usize {
        let steps = if let Self::Seq2Seq(net) = self { net.steps } else { 1 };
        steps * self.n_params()
    }

    /// Whether layers are written out value by value, so that the text grows with the parameters.
    pub(crate) fn unrolled(&self) -> bool {
        matches!(self, Self::Autoencoder(_) | Self::Vae(_))
    }

    /// Slots of a row's tape in the device's memory.
    pub(crate) fn tape(&self, rolling: bool) -> usize {
        match self {
            Self::Seq2Seq(net) => wgsl::seq2seq::slots(net, rolling),
            _ => 0,
        }
    }

    /// Whether loss and gradient have numbers that the caller sets.
    pub(crate) fn has_numbers(&self) -> bool {
        match self {
            Self::Autoencoder(_) => false,
            Self::Vae(_) | Self::Bigan(_) => true,
            Self::Seq2Seq(net) => net.dropout,
        }
    }

    /// Whether long gradients are shortened.
    pub(crate) fn clips(&self) -> bool {
        matches!(self, Self::Seq2Seq(net) if net.clip)
    }

    /// Whether some sums have two parts that are computed one after the other.
    pub(crate) fn adds_twice(&self) -> bool {
        matches!(self, Self::Bigan(net) if net.cycle)
    }

    /// Whether the loss has a factor that the caller sets for each epoch.
    pub(crate) fn has_loss_weight(&self) -> bool {
        matches!(self, Self::Vae(_))
    }

    /// Refuses layers that do not fit each other.
    pub(crate) fn check(&self) -> Result<(), Error> {
        match self.misfit() {
            None => Ok(()),
            Some(reason) => Err(Error::BadInput(format!("{}: {reason}", self.name()))),
        }
    }

    fn misfit(&self) -> Option<&'static str> {
        if let Self::Seq2Seq(net) = self {
            return (net.steps == 0 || net.units == 0).then_some("it needs steps and units");
        }
        let layers = self.layers();
        if layers.is_empty() || layers.iter().any(|layer| layer.n_in == 0 || layer.n_out == 0) {
            return Some("every layer needs an input and an output");
        }
        let mut at = 0;
        for layer in &layers {
            if layer.at != at {
                return Some("the layers' parameters must lie one after the other");
            }
            at = layer.end();
        }
        let as_wide = layers[layers.len() - 1].n_out == layers[0].n_in;
        match self {
            Self::Vae(net) if net.encoder.last().is_none_or(|l| l.n_out != 2 * net.latent) => {
                Some("the encoder must end in two values for each latent dimension")
            }
            Self::Autoencoder(_) | Self::Vae(_) if !as_wide => {
                Some("the last layer must be as wide as a row")
            }
            Self::Bigan(net) if net.generator_updates == 0 => {
                Some("encoder and generator must move")
            }
            Self::Bigan(net) if net.pair() != net.latent + self.n_features() => {
                Some("the discriminator must see a code and a row")
            }
            _ => None,
        }
    }
}
