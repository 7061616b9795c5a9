//! A network on both engines that it has on the processor: its own fused step, and burn's autodiff on burn-flex. The bench
//! `networks` compares their speed.

use oddbench_core::Matrix;
use serde_json::Value;

use super::network::{NeuralNetwork, learner};
use super::training::Learner;
use crate::device::TensorDevice;
use crate::kind::Kind;
use crate::params::{ParamError, parse};

/// Makes the fused learner and the one of burn.
pub(crate) type Engines =
    for<'a> fn(&Value, &'a Matrix) -> Result<[Box<dyn Learner + 'a>; 2], ParamError>;

/// The same network on both engines, before the first step: the fused one and burn-flex.
pub(crate) fn both_engines<'a, N: NeuralNetwork>(
    params: &Value,
    x: &'a Matrix,
) -> Result<[Box<dyn Learner + 'a>; 2], ParamError> {
    let (network, flex) = (parse::<N>(params)?, TensorDevice::flex());
    let shape = network.shape(x.cols());
    Ok([None, Some(&flex)].map(|device| learner(&network, &shape, (x, None), 1, device)))
}

impl Kind {
    /// A network with those parameters, before its first step on those rows, on both engines. `None` if the kind is no
    /// network.
    pub fn engines<'a>(
        &self,
        params: &Value,
        x: &'a Matrix,
    ) -> Option<Result<[Box<dyn Learner + 'a>; 2], ParamError>> {
        self.engines.map(|engines| self.by_own_names(params, |params| engines(params, x)))
    }
}
