//! Training of a burn module by autodiff and burn's Adam: what other backends than the CPU run, and
//! what the fused steps are compared with.

use burn::module::Module;
use burn::optim::{AdamConfig, GradientsParams, ModuleOptimizer};
use burn::tensor::{Device, Gradients, Int, Tensor, TensorData};
use oddbench_core::DetectorError;
use rand_xoshiro::Xoshiro256PlusPlus;

use super::adam::AdamSettings;
use super::burn_mlp::{upload, values};
use super::training::{Learner, Setup};

/// A network that can say its loss.
pub trait BurnNetwork: Module + Sized {
    /// The mean loss over the rows of `x`, of shape `[1]`. Noise, if the network needs any, is drawn
    /// from `noise`, the same numbers in the same order as in the fused step.
    fn loss(&self, x: Tensor<2>, noise: &mut Xoshiro256PlusPlus) -> Tensor<1>;

    /// The loss by which a training is judged, if it is another than [`Self::loss`].
    fn validation_loss(&self, x: Tensor<2>, noise: &mut Xoshiro256PlusPlus) -> Tensor<1> {
        self.loss(x, noise)
    }

    /// Shortens a step's gradients, if the network limits them.
    fn limit(&self, _gradients: &mut Gradients) {}

    /// Called before each epoch with the number of those that went before.
    fn begin_epoch(&mut self, _epochs_done: u32) {}

    /// All parameters, flat.
    fn parameters(&self) -> Result<Vec<f32>, DetectorError>;

    /// The same network with other parameters.
    fn with_parameters(&self, parameters: &[f32], device: &Device) -> Self;

    /// The gradient of all parameters, flat.
    #[cfg(test)]
    fn gradient(&self, gradients: &Gradients) -> Result<Vec<f32>, DetectorError>;
}

/// Burn's Adam with those setup.
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
/// read once an epoch, so that nothing waits for the device in between. A step only sends the
/// row numbers of its batch and the network's noise. (Sending the order once and cutting batches out of
/// it would change the recorded operations from step to step, and burn's fusion would plan again.)
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

impl<N: BurnNetwork> BurnLearner<N> {
    /// Before the first epoch. `network` must be on `device`, which must be an autodiff device.
    pub fn new(network: N, setup: Setup<'_>, device: Device) -> Self {
        Self {
            network,
            optimizer: adam(&setup.adam),
            learning_rate: setup.adam.learning_rate,
            batch_size: setup.batch_size,
            train: upload(setup.train, &device),
            validation: setup.validation.map(|x| upload(x, &device)),
            noise: setup.noise,
            validation_noise: setup.validation_noise,
            device,
            epochs_done: 0,
        }
    }

    /// The loss of the given rows and its gradient, without a step.
    #[cfg(test)]
    pub fn gradient(&mut self, rows: &[u32]) -> (f32, Vec<f32>) {
        let x = gather(&self.train, rows, &self.device);
        let loss = self.network.loss(x, &mut self.noise);
        let gradient = self.network.gradient(&loss.backward()).unwrap();
        (values(loss).unwrap()[0], gradient)
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
            let mut gradients = loss.backward();
            self.network.limit(&mut gradients);
            let gradients = GradientsParams::from_grads(gradients, &self.network);
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
