//! The parameters of `ocsvm`.

use oddbench_core::Matrix;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::kernel::{Kernel, Shape};
use crate::{
    number_or_word::{NumberOrWord, number_or_word},
    params::{ParamError, Params, require},
};

/// The kernel function.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum KernelKind {
    /// `exp(-gamma |x - y|^2)`
    Rbf,
    /// `x·y`
    Linear,
    /// `(gamma x·y + coef0)^degree`
    Poly,
    /// `tanh(gamma x·y + coef0)`
    Sigmoid,
}

impl KernelKind {
    /// The function with its numbers settled.
    pub(in crate::detectors) fn kernel(self, gamma: f64, degree: u32, coef0: f64) -> Kernel {
        let shape = match self {
            Self::Rbf => Shape::Rbf,
            Self::Linear => Shape::Linear,
            Self::Poly => Shape::Poly { degree, coef0 },
            Self::Sigmoid => Shape::Sigmoid { coef0 },
        };
        Kernel { shape, gamma }
    }
}

/// The kernel's width: a number, or one of the words `scale` and `auto`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Gamma {
    /// One over the number of features times the variance of all training values.
    Scale,
    /// One over the number of features: scikit-learn's default before 0.22, and PyOD's.
    Auto,
    /// As given.
    Value(f64),
}

number_or_word!(
    Gamma,
    [Scale = "scale", Auto = "auto"],
    Value,
    "\"scale\", \"auto\" or a number above 0",
    {
        const WHOLE: bool = false;

        fn number_schema() -> Value {
            json!({ "type": "number", "exclusiveMinimum": 0 })
        }
    }
);

impl Gamma {
    /// The width for the rows that are learned from.
    pub(in crate::detectors) fn of(self, x: &Matrix) -> f64 {
        match self {
            Self::Value(gamma) => gamma,
            Self::Scale => scale(x),
            Self::Auto => 1.0 / x.cols() as f64,
        }
    }

    pub(in crate::detectors) fn check(self) -> Result<(), ParamError> {
        let gamma = self.number().unwrap_or(1.0);
        require("gamma", gamma > 0.0 && gamma.is_finite(), Self::ALLOWED, gamma)
    }
}

/// scikit-learn's `gamma="scale"`: one over the number of features times the variance of all
/// values; 1 if they are all equal.
fn scale(x: &Matrix) -> f64 {
    let values = || x.as_slice().iter().map(|&v| f64::from(v));
    let n = x.as_slice().len() as f64;
    let mean = values().sum::<f64>() / n;
    let variance = values().map(|v| (v - mean).powi(2)).sum::<f64>() / n;
    if variance > 0.0 { 1.0 / (x.cols() as f64 * variance) } else { 1.0 }
}

/// Parameters of `ocsvm`.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct OcsvmParams {
    /// The kernel function.
    pub kernel: KernelKind,
    /// Coefficient of the rbf, poly and sigmoid kernels.
    pub gamma: Gamma,
    /// An upper bound on the share of training rows outside, and a lower bound on the share of support vectors.
    /// Time grows with it: on 97,278 rows seconds at 0.01, a minute or more at 0.1.
    #[schemars(range(max = 1.0), extend("exclusiveMinimum" = 0))]
    pub nu: f64,
    /// Degree of the poly kernel.
    #[schemars(range(min = 1, max = 20))]
    pub degree: u32,
    /// Constant of the poly and sigmoid kernels.
    pub coef0: f64,
    /// How far from the optimum the solver may stop.
    #[schemars(extend("exclusiveMinimum" = 0, "exclusiveMaximum" = 1))]
    pub tolerance: f64,
    /// Memory for rows of the kernel matrix, in MiB; it decides time, not results.
    #[schemars(range(min = 1))]
    pub cache_mb: u32,
    /// Whether the solver sets settled rows aside for a while; it decides time, and results only
    /// within the tolerance.
    pub shrinking: bool,
}

impl Default for OcsvmParams {
    fn default() -> Self {
        Self {
            kernel: KernelKind::Rbf,
            gamma: Gamma::Scale,
            nu: 0.01,
            degree: 3,
            coef0: 0.0,
            tolerance: 1e-3,
            cache_mb: 200,
            shrinking: true,
        }
    }
}

impl Params for OcsvmParams {
    fn check(&self) -> Result<(), ParamError> {
        self.gamma.check()?;
        require("nu", self.nu > 0.0 && self.nu <= 1.0, "above 0 and at most 1", self.nu)?;
        require("degree", (1..=20).contains(&self.degree), "from 1 to 20", self.degree)?;
        require("coef0", self.coef0.is_finite(), "finite", self.coef0)?;
        let tolerance = self.tolerance;
        require("tolerance", tolerance > 0.0 && tolerance < 1.0, "above 0 and below 1", tolerance)?;
        require("cache_mb", self.cache_mb >= 1, "1 or more", self.cache_mb)
    }
}

impl OcsvmParams {
    /// The kernel with its width settled.
    pub(super) fn kernel(&self, gamma: f64) -> Kernel {
        self.kernel.kernel(gamma, self.degree, self.coef0)
    }
}
