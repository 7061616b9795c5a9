//! Metrics as pure functions on slices; `None` where a metric is undefined. Ties in scores are handled
//! as scikit-learn does: rows of one score change sides together.

mod confusion;
mod pr;
mod roc;
mod sweep;
mod tally;

pub use confusion::Confusion;
pub use pr::{PrCurve, average_precision, pr_curve};
pub use roc::{RocCurve, roc_auc, roc_curve};
pub use sweep::{best_f1, sweep};
pub(crate) use tally::{Tally, tallies};
