//! What a reader of a table must know of the user's own models, which were fitted elsewhere or by a program. The name of a
//! model that was fitted elsewhere has a mark (`crate::aggregate`). So every table and figure shows the mark.

use oddbench_core::external::EXTERNAL;
use oddbench_core::given::NOTE;
use oddbench_core::metrics::Metric;

use crate::aggregate::SummaryRow;
use crate::format;

/// A median ROC-AUC below this makes one ask whether the scores have the wrong direction.
const UPSIDE_DOWN: f64 = 0.4;

/// The notes below a table of these rows: on models that were fitted elsewhere, and on scores of the user's that look
/// upside down, be they from a file or from a program.
pub fn notes(rows: &[SummaryRow]) -> Vec<String> {
    let elsewhere = rows.iter().any(|row| row.elsewhere.is_some());
    let mut notes: Vec<String> = elsewhere.then(|| NOTE.to_owned()).into_iter().collect();
    let own = |row: &&SummaryRow| row.elsewhere.is_some() || row.kind == EXTERNAL;
    notes.extend(rows.iter().filter(own).filter_map(|row| {
        let area = row.metric(0, Metric::RocAuc)?.median;
        (area < UPSIDE_DOWN).then(|| {
            format!(
                "{} has a median ROC-AUC of {}. Of its scores the higher must be the more anomalous; oddbench does not change their sign.",
                row.name,
                format::share(area)
            )
        })
    }));
    notes
}
