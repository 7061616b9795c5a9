//! The figures that an operator decides by: at a stated share of false alarms, how many attacks a model
//! finds, how many of its alarms are attacks where attacks are rare, and how many false alarms that makes.
//!
//! Every threshold here is chosen by the rule `fpr` on the benign rows of the validation part. The test rows
//! have no part in the choice, and `[threshold]` has none either.

mod point;
mod settings;

pub(crate) use point::benign_rows_for;
pub use point::{
    AtPrevalence, Estimate, MIN_FALSE_ALARMS, OperatingPoint, Part, Unresolvable, cuts,
    operating_points, threshold_at,
};
pub use settings::OperatorSettings;
