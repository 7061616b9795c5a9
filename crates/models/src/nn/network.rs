//! What all networks share around the maths of each: the choice of an engine, training, notes,
//! saving and loading.

use oddbench_core::{DetectorError, Engine, Matrix, OnDevice, Watch};
use rand_xoshiro::Xoshiro256PlusPlus;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::batches::Batches;
#[cfg(any(test, feature = "burn"))]
use super::burn_mlp::BurnMlp;
use super::dense::Activation;
#[cfg(feature = "kernels")]
use super::kernel_learner::{KernelLearner, Kernels, failed};
#[cfg(feature = "kernels")]
use super::kernel_scorer::{KernelScorer, ScoreByKernels};
use super::loss::{finite, squared_distance, squared_shares};
use super::mlp::{Mlp, apply};
use super::params::{Presets, Training};
use super::training::{Learner, NO_VALIDATION, Setup, note_range, train};
use crate::company::Seat;
use crate::device::{Backend, Device, TensorDevice};
use crate::kind::{InCompany, Kind};
use crate::model::{Fit, Model};
use crate::params::{ParamError, parse};
use crate::rng::stream;
use crate::save::Saved;
use crate::training_shape::TrainingShape;

/// A network's own part, implemented for its parameters. [`Model`] follows from it.
pub(crate) trait NeuralNetwork: Presets + Clone + Send + Sync + 'static {
    /// The layers over one flat vector of weights.
    type Shape: Clone + Send + Sync + 'static;

    /// See [`Model::KIND`].
    const KIND: Kind;

    /// The purpose of what training draws besides weights and batches.
    const NOISE: &'static str = "noise";

    /// Whether scores draw random numbers, so that the seed is saved with the weights.
    const SCORES_DRAW: bool = false;

    /// How it is trained.
    fn training(&self) -> &Training;

    /// The activation of its output.
    fn output(&self) -> Activation;

    /// The layers for rows of that many columns.
    fn shape(&self, n_features: usize) -> Self::Shape;

    /// Length of the vector of weights.
    fn n_weights(shape: &Self::Shape) -> usize;

    /// Draws the initial weights.
    fn init(&self, shape: &Self::Shape, rng: &mut Xoshiro256PlusPlus) -> Vec<f32>;

    /// The network before its first step, on the CPU.
    fn fused<'a>(
        &self,
        shape: &Self::Shape,
        weights: &[f32],
        setup: Setup<'a>,
    ) -> Box<dyn Learner + 'a>;

    /// The network before its first step, on a burn device. It computes the same.
    #[cfg(any(test, feature = "burn"))]
    fn on_burn<'a>(
        &self,
        shape: &Self::Shape,
        weights: &[f32],
        setup: Setup<'a>,
        device: &TensorDevice,
    ) -> Box<dyn Learner + 'a>;

    /// The network as the fused kernels of a graphics card take it. They compute the same.
    #[cfg(feature = "kernels")]
    fn kernels(&self, shape: &Self::Shape, setup: &Setup<'_>) -> Kernels;

    /// How its score follows from what the kernels compute: the mean squared error of the reconstruction, if
    /// nothing else is said.
    #[cfg(feature = "kernels")]
    fn score_by_kernels(&self, _shape: &Self::Shape) -> ScoreByKernels {
        ScoreByKernels::MEAN_SQUARED
    }

    /// The draws of rows for a score that draws, row by row and sample by sample.
    #[cfg(feature = "kernels")]
    fn score_draws(&self, _trained: &Trained<Self::Shape>, _x: &Matrix) -> Vec<f32> {
        Vec::new()
    }

    /// The same network with every number at one value that the fused kernels take from outside of their text. Networks
    /// that are equal then train together.
    fn alike(&self) -> Self;

    /// 32-bit words of noise or masks that the kernels take for each row of so many columns.
    fn words_per_row(&self, _columns: usize) -> usize {
        0
    }

    /// Tells `watch` what a reader must know before training.
    fn note_before(&self, _watch: &mut dyn Watch) {}

    /// Tells `watch` what a reader must know after training.
    fn note_after(
        &self,
        _trained: &Trained<Self::Shape>,
        _x: &Matrix,
        _watch: &mut dyn Watch,
    ) -> Result<(), DetectorError> {
        Ok(())
    }

    /// Each row as the network rebuilds it.
    fn reconstruct(
        &self,
        trained: &Trained<Self::Shape>,
        x: &Matrix,
    ) -> Result<Matrix, DetectorError>;

    /// One finite score per row: the mean squared error of the reconstruction, if nothing else is said.
    fn score(&self, trained: &Trained<Self::Shape>, x: &Matrix) -> Result<Vec<f64>, DetectorError> {
        let y = self.reconstruct(trained, x)?;
        let n_features = x.cols() as f64;
        let pairs = x.iter_rows().zip(y.iter_rows());
        finite(pairs.map(|(x, y)| squared_distance(x, y) / n_features).collect())
    }

    /// Each feature's share of the score: its squared error over the number of features, if nothing
    /// else is said.
    fn explain(&self, trained: &Trained<Self::Shape>, x: &Matrix) -> Result<Matrix, DetectorError> {
        Ok(squared_shares(x, &self.reconstruct(trained, x)?))
    }
}

/// How many rows are scored at once. It is a multiple of the blocks in which every network computes, so that a row's score
/// does not depend on it, and large enough for a GPU.
const SCORED_AT_ONCE: usize = 1 << 17;

/// A trained network. Kernels score what kernels have trained. A loaded one scores on the CPU, whatever it was
/// trained on.
pub(crate) struct Trained<S> {
    pub shape: S,
    pub weights: Vec<f32>,
    /// Seed of the draws that scores need.
    pub seed: u64,
    device: Option<TensorDevice>,
    /// The kernels that score, if kernels have trained it.
    #[cfg(feature = "kernels")]
    scorer: Option<KernelScorer>,
}

impl<S> Trained<S> {
    /// The burn device that it runs on where no kernels score; `None` for the CPU's own engine.
    pub fn device(&self) -> Option<&TensorDevice> {
        self.device.as_ref()
    }

    /// The outputs of some of its dense layers for rows.
    pub fn run(&self, layers: &Mlp, x: &Matrix) -> Result<Matrix, DetectorError> {
        match &self.device {
            #[cfg(any(test, feature = "burn"))]
            Some(device) => BurnMlp::new(layers, &self.weights, device).apply(x, device),
            #[cfg(not(any(test, feature = "burn")))]
            Some(device) => match *device {},
            None => Ok(apply(layers, &self.weights, x)),
        }
    }
}

/// What is saved beside the weights if scores draw.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct State {
    noise_seed: u64,
}

/// A network's initial weights, and what it is trained on.
fn begin<'a, N: NeuralNetwork>(
    network: &N,
    shape: &N::Shape,
    (train, validation): (&'a Matrix, Option<&'a Matrix>),
    seed: u64,
) -> (Vec<f32>, Setup<'a>) {
    let draws = |purpose: &str| stream(seed, &format!("{}/{purpose}", <N as Model>::KIND.name));
    let weights = network.init(shape, &mut draws("weights"));
    let setup = Setup {
        train,
        validation,
        batch_size: network.training().batch_size,
        adam: network.training().adam(),
        noise: draws(N::NOISE),
        validation_noise: draws("validation-noise"),
    };
    (weights, setup)
}

/// A network before its first step, with what it is trained on.
pub(super) fn learner<'a, N: NeuralNetwork>(
    network: &N,
    shape: &N::Shape,
    rows: (&'a Matrix, Option<&'a Matrix>),
    seed: u64,
    device: Option<&TensorDevice>,
) -> Box<dyn Learner + 'a> {
    let (weights, setup) = begin(network, shape, rows, seed);
    match device {
        #[cfg(any(test, feature = "burn"))]
        Some(device) => network.on_burn(shape, &weights, setup, device),
        #[cfg(not(any(test, feature = "burn")))]
        Some(device) => match *device {},
        None => network.fused(shape, &weights, setup),
    }
}

/// A network before its first step, and the kernel by which it will score, if kernels train it.
struct Begun<'a> {
    learner: Box<dyn Learner + 'a>,
    #[cfg(feature = "kernels")]
    scoring: Option<oddbench_kernels::Scoring>,
}

impl<'a> Begun<'a> {
    fn without_kernels(learner: Box<dyn Learner + 'a>) -> Self {
        Self {
            learner,
            #[cfg(feature = "kernels")]
            scoring: None,
        }
    }
}

/// A network before its first step on a device that is not the CPU: by the fused kernels if the device has
/// them and the network fits them, else by burn. `watch` learns which, and why not.
fn on_device<'a, N: NeuralNetwork>(
    network: &N,
    shape: &N::Shape,
    rows: (&'a Matrix, Option<&'a Matrix>),
    seed: u64,
    (device, seat, watch): (&Device, &Seat, &mut dyn Watch),
) -> Result<Begun<'a>, DetectorError> {
    #[cfg(feature = "kernels")]
    if let Some(gpu) = device.kernels() {
        use oddbench_kernels::Error;
        let (weights, setup) = begin(network, shape, rows, seed);
        let kernels = network.kernels(shape, &setup);
        match KernelLearner::new(kernels, &weights, &setup, (gpu, seat)) {
            Ok(learner) => {
                let (scoring, training) = scoring(network, shape, (gpu, &learner))?;
                watch.on_device(training);
                return Ok(Begun { learner: Box::new(learner), scoring: Some(scoring) });
            }
            Err(Error::Unsuitable(reason)) if device.tensors().is_none() => {
                let message = format!("{reason}; {NEEDS_BURN}");
                return Err(DetectorError::Device { device: "wgpu".into(), message });
            }
            Err(Error::Unsuitable(reason)) => {
                watch.note(&format!("trained by burn, not by the fused kernels: {reason}"));
            }
            Err(error) => return Err(failed(error)),
        }
    }
    // Networks that burn trains do it one after the other.
    seat.take_turn();
    watch.on_device(OnDevice { engine: Engine::Burn, models_at_once: 1, compile_seconds: None });
    Ok(Begun::without_kernels(learner(network, shape, rows, seed, device.tensors())))
}

/// The kernel that will score, and what is said of the training. It is compiled before the first epoch, so that
/// no scoring call waits for it; its seconds are among those of compilation.
#[cfg(feature = "kernels")]
fn scoring<N: NeuralNetwork>(
    network: &N,
    shape: &N::Shape,
    (gpu, learner): (&oddbench_kernels::Gpu, &KernelLearner),
) -> Result<(oddbench_kernels::Scoring, OnDevice), DetectorError> {
    let measure = network.score_by_kernels(shape).measure;
    let scoring =
        oddbench_kernels::Scoring::new(gpu, learner.network(), measure).map_err(failed)?;
    let training = learner.training();
    let compile_seconds = training.compile_seconds.map(|own| own + scoring.compile_seconds());
    Ok((scoring, OnDevice { compile_seconds, ..training }))
}

/// What helps where the fused kernels cannot train, in such a build.
#[cfg(feature = "kernels")]
const NEEDS_BURN: &str = "this build of oddbench has the fused kernels alone: build with `cargo build \
                          --release --features wgpu`, whose burn trains such a network, or use backends = \
                          [\"cpu\"]";

/// The same network by the CPU's steps and by fused kernels, before the first step.
#[cfg(all(test, feature = "kernels"))]
#[expect(
    clippy::unwrap_used,
    reason = "clippy's allowance for tests does not see the feature beside `test`"
)]
pub(crate) fn cpu_and_kernels<'a, N: NeuralNetwork>(
    params: &serde_json::Value,
    (x, validation): (&'a Matrix, &'a Matrix),
    gpu: &oddbench_kernels::Gpu,
) -> [Box<dyn Learner + 'a>; 2] {
    let network = crate::params::parse::<N>(params).unwrap();
    let (shape, rows) = (network.shape(x.cols()), (x, Some(validation)));
    let (weights, setup) = begin(&network, &shape, rows, 1);
    let kernels = network.kernels(&shape, &setup);
    assert_eq!(network.words_per_row(x.cols()), kernels.network.draws_per_row());
    let by_kernels = KernelLearner::new(kernels, &weights, &setup, (gpu, &Seat::alone())).unwrap();
    [learner(&network, &shape, rows, 1, None), Box::new(by_kernels)]
}

/// See [`Kind::in_company`].
fn in_company<N: NeuralNetwork>(params: &Value, columns: usize) -> Result<InCompany, ParamError> {
    let network = parse::<N>(params)?;
    // Of each row: its number in the order that is shuffled, and number and words in an epoch that trains and in one that is
    // drawn meanwhile.
    let bytes_per_row = 4 * (3 + 2 * network.words_per_row(columns));
    let alike = serde_json::to_value(network.alike()).unwrap_or_default();
    Ok(InCompany { alike, bytes_per_row })
}

impl<N: NeuralNetwork> Model for N {
    type Learned = Trained<N::Shape>;

    const KIND: Kind = Kind {
        uses_device: true,
        in_company: Some(in_company::<N>),
        #[cfg(any(test, feature = "burn"))]
        engines: Some(super::both_engines::both_engines::<N>),
        ..<N as NeuralNetwork>::KIND
    };

    fn deterministic(&self) -> bool {
        false
    }

    fn suits(&self, shape: &TrainingShape) -> Result<(), ParamError> {
        match (self.training().schedule().patience, shape.validation_inliers) {
            (Some(_), 0) => Err(ParamError::at("patience", NO_VALIDATION)),
            _ => Ok(()),
        }
    }

    fn fit(&self, fit: Fit<'_>) -> Result<Trained<N::Shape>, DetectorError> {
        let Fit { x, validation, seed, device, watch, .. } = fit;
        let seat = device.seat();
        note_range(x, self.output(), watch);
        self.note_before(watch);
        let (shape, rows) = (self.shape(x.cols()), (x, validation));
        let begun = match device.backend() {
            Backend::Cpu => Begun::without_kernels(learner(self, &shape, rows, seed, None)),
            _ => on_device(self, &shape, rows, seed, (device, &seat, &mut *watch))?,
        };
        let mut learner = begun.learner;
        seat.start();
        let purpose = format!("{}/batches", <N as Model>::KIND.name);
        let mut batches = Batches::new(x.rows(), stream(seed, &purpose));
        train(learner.as_mut(), self.training().schedule(), &mut batches, (&seat, &mut *watch))?;
        let weights = learner.parameters()?;
        // Nobody waits for it while it looks at what it has learned.
        drop(learner);
        #[cfg(feature = "kernels")]
        let by_kernels =
            |scoring| KernelScorer::new(scoring, self.score_by_kernels(&shape), &weights, &seat);
        let trained = Trained {
            #[cfg(feature = "kernels")]
            scorer: begun.scoring.map(by_kernels).transpose()?,
            shape,
            weights,
            seed,
            device: device.tensors().cloned(),
        };
        self.note_after(&trained, x, watch)?;
        Ok(trained)
    }

    /// Some rows at a time: their reconstructions are as large as the rows themselves.
    fn score(&self, trained: &Trained<N::Shape>, x: &Matrix) -> Result<Vec<f64>, DetectorError> {
        #[cfg(feature = "kernels")]
        if let Some(scorer) = &trained.scorer {
            return scorer.score(self, trained, x);
        }
        if x.rows() <= SCORED_AT_ONCE {
            return NeuralNetwork::score(self, trained, x);
        }
        let mut scores = Vec::with_capacity(x.rows());
        for first in (0..x.rows()).step_by(SCORED_AT_ONCE) {
            let rows = x.slice(first..x.rows().min(first + SCORED_AT_ONCE));
            scores.extend(NeuralNetwork::score(self, trained, &rows)?);
        }
        Ok(scores)
    }

    fn explain(
        &self,
        trained: &Trained<N::Shape>,
        x: &Matrix,
    ) -> Result<Option<Matrix>, DetectorError> {
        NeuralNetwork::explain(self, trained, x).map(Some)
    }

    fn reconstruct(
        &self,
        trained: &Trained<N::Shape>,
        x: &Matrix,
    ) -> Result<Option<Matrix>, DetectorError> {
        NeuralNetwork::reconstruct(self, trained, x).map(Some)
    }

    fn save(trained: &Trained<N::Shape>, saved: Saved) -> Saved {
        let Trained { weights, seed, .. } = trained;
        let saved = saved.with("weights", &[weights.len()], weights.clone());
        if N::SCORES_DRAW { saved.with_state(&State { noise_seed: *seed }) } else { saved }
    }

    fn load(&self, saved: &Saved) -> Result<Trained<N::Shape>, DetectorError> {
        let shape = self.shape(saved.n_features);
        let weights = saved.tensor_f32("weights", &[N::n_weights(&shape)])?.to_vec();
        let seed = if N::SCORES_DRAW { saved.state::<State>()?.noise_seed } else { 0 };
        Ok(Trained {
            shape,
            weights,
            seed,
            device: None,
            #[cfg(feature = "kernels")]
            scorer: None,
        })
    }
}
