//! Settings are compared key by key.

use oddbench_core::metrics::Metric;
use serde_json::json;

use super::Tolerances;

#[test]
fn the_default_tolerances_are_the_documented_ones() {
    let text = serde_json::to_value(Tolerances::default()).unwrap();
    assert_eq!(text, json!({ "f1": 0.01, "roc_auc": 0.005, "average_precision": 0.01 }));
    assert_eq!(Tolerances::default().0.get(&Metric::Recall), None);
}
