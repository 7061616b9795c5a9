//! The parameters of `svm`.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::{
    detectors::ocsvm::{
        kernel::Kernel,
        params::{Gamma, KernelKind},
    },
    number_or_word::{NumberOrWord, number_or_word},
    params::{ParamError, Params, require},
    resample::{self, Resample},
    supervised::ClassWeight,
};

/// How many training rows are learned from.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum MaxRows {
    /// All of them.
    All,
    /// At most so many, a whole number.
    Count(f64),
}

number_or_word!(MaxRows, [All = "all"], Count, "\"all\" or a whole number from 2 to 2147483647", {
    fn number_schema() -> Value {
        json!({ "type": "integer", "minimum": 2, "maximum": 2_147_483_647 })
    }
});

impl MaxRows {
    pub(super) fn limit(self) -> Option<usize> {
        self.number().map(|count| count as usize)
    }
}

/// Parameters of `svm`.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct SvmParams {
    /// What a training row on the wrong side costs: the higher, the more the border bends to the
    /// training rows.
    #[schemars(extend("exclusiveMinimum" = 0))]
    pub c: f64,
    /// The kernel function.
    pub kernel: KernelKind,
    /// Coefficient of the rbf, poly and sigmoid kernels; "scale" is one over the number of features
    /// times the variance of all values that are learned from.
    pub gamma: Gamma,
    /// Degree of the poly kernel.
    #[schemars(range(min = 1, max = 20))]
    pub degree: u32,
    /// Constant of the poly and sigmoid kernels.
    pub coef0: f64,
    /// Weight of the classes, by which c is multiplied: "none", "balanced" (both weigh the same in
    /// sum), or the weight of an outlier, where an inlier weighs 1.
    pub class_weight: ClassWeight,
    /// Training rows that are learned from at most: "all" or a number. More are thinned at random, with
    /// the classes' shares kept, and the record says so. Time grows with the square of the rows.
    pub max_rows: MaxRows,
    /// How training rows (those that max_rows leaves) whose classes differ in size are made even:
    /// "none", "smote" (synthetic rows), "over" (repeated rows), "under" (fewer rows). No other row is
    /// touched.
    pub resample: Resample,
    /// smote only: a synthetic row lies between a row and one of so many of the nearest of its class.
    #[schemars(range(min = 1))]
    pub smote_neighbours: usize,
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

impl Default for SvmParams {
    fn default() -> Self {
        Self {
            c: 1.0,
            kernel: KernelKind::Rbf,
            gamma: Gamma::Scale,
            degree: 3,
            coef0: 0.0,
            class_weight: ClassWeight::None,
            max_rows: MaxRows::All,
            resample: Resample::None,
            smote_neighbours: 5,
            tolerance: 1e-3,
            cache_mb: 200,
            shrinking: true,
        }
    }
}

impl Params for SvmParams {
    fn check(&self) -> Result<(), ParamError> {
        require("c", self.c > 0.0 && self.c.is_finite(), "above 0", self.c)?;
        self.gamma.check()?;
        require("degree", (1..=20).contains(&self.degree), "from 1 to 20", self.degree)?;
        require("coef0", self.coef0.is_finite(), "finite", self.coef0)?;
        self.class_weight.check()?;
        let rows = self.max_rows.number().unwrap_or(2.0);
        require(
            "max_rows",
            (2.0..=2_147_483_647.0).contains(&rows) && rows.fract() == 0.0,
            MaxRows::ALLOWED,
            rows,
        )?;
        resample::check(self.smote_neighbours)?;
        let tolerance = self.tolerance;
        require("tolerance", tolerance > 0.0 && tolerance < 1.0, "above 0 and below 1", tolerance)?;
        require("cache_mb", self.cache_mb >= 1, "1 or more", self.cache_mb)
    }
}

impl SvmParams {
    /// The kernel with its width settled.
    pub(super) fn kernel(&self, gamma: f64) -> Kernel {
        self.kernel.kernel(gamma, self.degree, self.coef0)
    }
}
