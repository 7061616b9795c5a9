//! Whether one column alone comes near the models, and the warning if it does.

use oddbench_core::metrics::Metric;
use oddbench_core::operating::Estimate;
use oddbench_core::results::ExperimentResults;
use oddbench_core::shortcuts::{ColumnShortcut, Reason, Shortcuts};

use crate::aggregate::SummaryRow;
use crate::contenders::{is_sanity, ranked};
use crate::format;

/// Names that a warning lists; the section has them all.
const MOST_NAMES: usize = 8;

/// The ROC-AUC of a coin.
const COIN: f64 = 0.5;

/// The best single column that models see, beside the models.
pub struct Near<'a> {
    column: &'a ColumnShortcut,
    area: Estimate,
    /// Models whose median ROC-AUC is not above the column's.
    behind: usize,
    /// Models with a ROC-AUC, without the sanity models.
    models: usize,
    /// The model that the verdict names first of those without labels, if the column's interval reaches it.
    reached: Option<(&'a str, f64)>,
}

/// The column that ranks the test rows best, if it comes near the models: its ROC-AUC is at least the median
/// of half of them, or its interval reaches the best unsupervised model's.
pub fn near<'a>(results: &'a ExperimentResults, rows: &'a [SummaryRow]) -> Option<Near<'a>> {
    let shortcuts = results.audit.as_ref()?.shortcuts.as_ref()?;
    let seen = shortcuts.columns.iter().filter(|of| of.seen);
    let areas = seen.filter_map(|of| Some((of, of.roc_auc?)));
    let (column, area) = areas.max_by(|a, b| a.1.value.total_cmp(&b.1.value))?;
    // A column that tells no more than a coin is no shortcut, however poor the models are.
    if area.interval.low <= COIN {
        return None;
    }
    let models = rows.iter().filter(|row| !is_sanity(row));
    let median = |row: &SummaryRow| Some(row.metric(0, Metric::RocAuc)?.median);
    let medians: Vec<f64> = models.filter_map(median).collect();
    let behind = medians.iter().filter(|median| **median <= area.value).count();
    let best = ranked(rows, false, Metric::RocAuc).first().map(|&at| &rows[at]);
    let best = best.and_then(|row| Some((row.name.as_str(), median(row)?)));
    let reached = best.filter(|(_, median)| area.interval.high >= *median);
    let near = Near { column, area, behind, models: medians.len(), reached };
    let half = near.models > 0 && 2 * behind >= near.models;
    (half || reached.is_some()).then_some(near)
}

impl Near<'_> {
    /// What is said of it.
    pub fn sentence(&self) -> String {
        let Estimate { value, interval } = self.area;
        let models = match (self.behind, self.models) {
            (behind, models) if behind == models => format!("no model of {models} ranks better"),
            (behind, models) => {
                let rank = format::agreed(behind, "ranks", "rank");
                format!("{behind} of {models} models {rank} no better")
            }
        };
        let reached = match self.reached {
            Some((name, median)) => {
                format!(
                    "; the greatest median of a model without labels is {} ({name})",
                    format::share(median)
                )
            }
            None => String::new(),
        };
        format!(
            "The column {:?} alone ranks the test rows with ROC-AUC {} ({} to {}), in an order learned from labels: {models}{reached}.",
            self.column.column,
            format::share(value),
            format::share(interval.low),
            format::share(interval.high),
        )
    }
}

/// The warning at the head of the report: a column that comes near the models, and columns that no model
/// should see or that alone tell the label. `None` if there is nothing of the kind.
pub fn warning(results: &ExperimentResults, rows: &[SummaryRow]) -> Option<String> {
    let shortcuts = results.audit.as_ref()?.shortcuts.as_ref()?;
    let near = near(results, rows).map(|near| near.sentence());
    let identifying = named(shortcuts, Reason::Identifies);
    let identifying = (!identifying.is_empty())
        .then(|| format!("Models see what is no feature: {}.", format::listed(&identifying)));
    let telling = named(shortcuts, Reason::Tells);
    let telling = (!telling.is_empty())
        .then(|| format!("Single columns nearly tell the label: {}.", format::listed(&telling)));
    let said: Vec<String> = [near, identifying, telling].into_iter().flatten().collect();
    (!said.is_empty()).then(|| format!("{} See Shortcuts.", said.join(" ")))
}

/// The columns that models see and that are named for that reason: the first few, and how many more.
fn named(shortcuts: &Shortcuts, reason: Reason) -> Vec<String> {
    let of = shortcuts.named.iter().filter(|named| named.seen && named.reasons.contains(&reason));
    let mut names: Vec<String> = of.filter_map(|named| named.column.clone()).collect();
    if names.len() > MOST_NAMES {
        let rest = names.split_off(MOST_NAMES - 1).len();
        names.push(format!("{rest} more"));
    }
    names
}
