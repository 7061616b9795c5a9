//! Training of a burn module by autodiff and burn's Adam: what other backends than the CPU run, and
//! what the fused steps are held against.

use burn::module::Module;
use burn::optim::{AdamConfig, GradientsParams, ModuleOptimizer};
use burn::tensor::{Device, Int, Tensor, TensorData};
use oddbench_core::{DetectorError, Matrix};
use rand_xoshiro::Xoshiro256PlusPlus;

use super::adam::AdamSettings;
use super::burn_mlp::{upload, values};
use super::training::Learner;

/// A network that can say its loss.
pub trait BurnNetwork: Module + Sized {
    /// The mean loss over the rows of `x`, of shape `[1]`. Noise, if the network needs any, is drawn
    /// from `noise`, the same numbers in the same order as in the fused step.
    fn loss(&self, x: Tensor<2>, noise: &mut Xoshiro256PlusPlus) -> Tensor<1>;

    /// The loss by which a training is judged, if it is another than [`Self::loss`].
    fn validation_loss(&self, x: Tensor<2>, noise: &mut Xoshiro256PlusPlus) -> Tensor<1> {
        self.loss(x, noise)
    }

    /// Called before each epoch with the number of those that went before.
    fn begin_epoch(&mut self, _epochs_done: u32) {}

    /// All parameters, flat.
    fn parameters(&self) -> Result<Vec<f32>, DetectorError>;

    /// The same network with other parameters.
    fn with_parameters(&self, parameters: &[f32], device: &Device) -> Self;
}

/// Burn's Adam with those settings.
pub fn adam(settings: &AdamSettings) -> ModuleOptimizer {
    AdamConfig::new()
        .with_beta_1(settings.beta_1 as f32)
        .with_beta_2(settings.beta_2 as f32)
        .with_epsilon(settings.epsilon as f32)
        .init()
}

/// A network in training on a burn device.
///
/// The rows lie on the device and batches are gathered there; the losses are added up there too and
/// read once an epoch, so that nothing waits for the device in between. What goes over in a step is the
/// row numbers of its batch and the network's noise. (Sending the order once and cutting batches out of
/// it would change the recorded operations from step to step, so that burn's fusion would plan anew.)
pub struct BurnLearner<N> {
    network: N,
    optimizer: ModuleOptimizer,
    learning_rate: f64,
    batch_size: usize,
    train: Tensor<2>,
    validation: Option<Tensor<2>>,
    noise: Xoshiro256PlusPlus,
    validation_noise: Xoshiro256PlusPlus,
    device: Device,
    epochs_done: u32,
}

/// The given rows of a table on the device.
pub fn gather(x: &Tensor<2>, rows: &[u32], device: &Device) -> Tensor<2> {
    let index: Vec<i32> = rows.iter().map(|&row| row as i32).collect();
    let index = Tensor::<1, Int>::from_data(TensorData::new(index, [rows.len()]), device);
    x.clone().select(0, index)
}

/// Reads a sum from the device and divides it.
pub fn mean(total: Option<Tensor<1>>, n: usize) -> Result<f64, DetectorError> {
    let nothing = || DetectorError::BadInput("there are no rows to train on".into());
    let total = values(total.ok_or_else(nothing)?)?;
    Ok(f64::from(total[0]) / n as f64)
}

/// What a [`BurnLearner`] trains on and how.
pub struct BurnSettings<'a> {
    /// Training rows.
    pub train: &'a Matrix,
    /// Validation rows.
    pub validation: Option<&'a Matrix>,
    /// Rows per step.
    pub batch_size: usize,
    /// The optimiser.
    pub adam: AdamSettings,
    /// Where the noise of training comes from.
    pub noise: Xoshiro256PlusPlus,
    /// Where the noise of the validation loss comes from: the same in every epoch.
    pub validation_noise: Xoshiro256PlusPlus,
}

impl<N: BurnNetwork> BurnLearner<N> {
    /// Before the first epoch. `network` must be on `device`, which must be an autodiff device.
    pub fn new(network: N, settings: BurnSettings<'_>, device: Device) -> Self {
        Self {
            network,
            optimizer: adam(&settings.adam),
            learning_rate: settings.adam.learning_rate,
            batch_size: settings.batch_size,
            train: upload(settings.train, &device),
            validation: settings.validation.map(|x| upload(x, &device)),
            noise: settings.noise,
            validation_noise: settings.validation_noise,
            device,
            epochs_done: 0,
        }
    }
}

impl<N: BurnNetwork> Learner for BurnLearner<N> {
    fn epoch(&mut self, order: &[u32]) -> Result<f64, DetectorError> {
        self.network.begin_epoch(self.epochs_done);
        self.epochs_done += 1;
        let mut total: Option<Tensor<1>> = None;
        for rows in order.chunks(self.batch_size) {
            let x = gather(&self.train, rows, &self.device);
            let loss = self.network.loss(x, &mut self.noise);
            let gradients = GradientsParams::from_grads(loss.backward(), &self.network);
            let loss = loss.inner() * rows.len() as f64;
            total = Some(match total {
                Some(total) => total + loss,
                None => loss,
            });
            self.network = self.optimizer.step(self.learning_rate, self.network.clone(), gradients);
        }
        mean(total, order.len())
    }

    fn validation_loss(&mut self) -> Result<Option<f64>, DetectorError> {
        let Some(x) = &self.validation else { return Ok(None) };
        let loss = self.network.validation_loss(x.clone(), &mut self.validation_noise.clone());
        Ok(Some(f64::from(values(loss.detach())?[0])))
    }

    fn parameters(&self) -> Result<Vec<f32>, DetectorError> {
        self.network.parameters()
    }

    fn set_parameters(&mut self, parameters: &[f32]) -> Result<(), DetectorError> {
        self.network = self.network.with_parameters(parameters, &self.device);
        self.network.begin_epoch(self.epochs_done);
        Ok(())
    }
}
