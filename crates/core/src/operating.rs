//! The figures for an operator's decision: at a stated share of false alarms, how many attacks a model
//! finds, how many of its alarms are attacks where attacks are rare, and how many false alarms there are.
//!
//! Every threshold here is chosen by the rule `fpr` on the benign rows of the validation part. The test rows
//! have no influence on the choice, and neither has `[threshold]`.

mod point;
mod settings;

pub(crate) use point::benign_rows_for;
pub use point::{
    AtPrevalence, Estimate, MIN_FALSE_ALARMS, OperatingPoint, Part, Unresolvable, cuts,
    operating_points, threshold_at,
};
pub use settings::OperatorSettings;
