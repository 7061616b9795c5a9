//! Rows of models that were fitted elsewhere: what a reader of a table must know of them. Their names carry the mark
//! (`crate::aggregate`), so that every table and figure shows it.

use oddbench_core::given::NOTE;
use oddbench_core::metrics::Metric;

use crate::aggregate::SummaryRow;
use crate::format;

/// A mean ROC-AUC below this makes one ask whether the scores have the wrong direction.
const UPSIDE_DOWN: f64 = 0.4;

/// The notes below a table of these rows; none if every model was fitted here.
pub fn notes(rows: &[SummaryRow]) -> Vec<String> {
    let elsewhere = || rows.iter().filter(|row| row.elsewhere.is_some());
    let mut notes: Vec<String> = elsewhere().take(1).map(|_| NOTE.to_owned()).collect();
    notes.extend(elsewhere().filter_map(|row| {
        let area = row.metric(0, Metric::RocAuc)?.mean;
        (area < UPSIDE_DOWN).then(|| {
            format!(
                "{} has ROC-AUC {}. Of its scores the higher must be the more anomalous; oddbench does not change their sign.",
                row.name,
                format::share(area)
            )
        })
    }));
    notes
}
