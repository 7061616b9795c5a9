//! Metrics as pure functions on slices; `None` where a metric is undefined. Ties in scores are handled
//! as scikit-learn does: rows with equal scores are on the same side of every threshold.

mod areas;
mod basis;
mod confusion;
mod metric;
mod per_metric;
mod pr;
mod roc;
mod sweep;
mod tally;

pub(crate) use areas::PartialArea;
pub use areas::{Areas, average_precision, roc_auc};
pub use basis::{Basis, ClassCalls, Counted, Cuts};
pub(crate) use confusion::ClassWeights;
pub use confusion::{Confusion, WeightedConfusion};
pub use metric::{Group, Metric};
pub use per_metric::PerMetric;
pub use pr::{PrCurve, pr_curve};
pub use roc::{RocCurve, roc_curve};
pub use sweep::sweep;
pub(crate) use tally::{Tally, tallies};
