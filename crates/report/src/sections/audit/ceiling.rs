//! No scorer of the features can be better than the ceiling of the test rows. A figure above it tells
//! of an error: labels in the features, rows that were mixed up, scores that chance decides.

use oddbench_core::audit::Ceiling;
use oddbench_core::metrics::Metric;
use oddbench_core::record::TrialInfo;
use oddbench_core::results::ExperimentResults;

use crate::aggregate::SummaryRow;
use crate::format;

/// Above the ceiling by less than this is rounding.
const ROUNDING: f64 = 1e-9;

/// The ceiling of the test rows, if they were audited and it is defined.
pub fn of_test(results: &ExperimentResults) -> Option<Ceiling> {
    results.audit.as_ref()?.parts.iter().find(|part| part.part == "test")?.ceiling
}

/// Rows with a trial above the ceiling, each with the figure: `AE: ROC-AUC 0.99970`.
pub fn above(results: &ExperimentResults, rows: &[SummaryRow]) -> Vec<String> {
    let Some(ceiling) = of_test(results) else { return Vec::new() };
    let limits = [
        (Metric::RocAuc, ceiling.roc_auc),
        (Metric::Accuracy, ceiling.accuracy),
        (Metric::F1, ceiling.f1),
    ];
    let of_row = |row: &SummaryRow| {
        let judged = row.trials.iter().filter(|&&at| is_bound(results, &results.trials[at].trial));
        let evaluations: Vec<_> = judged.flat_map(|&at| &results.trials[at].evaluations).collect();
        let excess = |(metric, limit): (Metric, f64)| {
            let most =
                evaluations.iter().filter_map(|e| e.metrics[metric]).max_by(f64::total_cmp)?;
            (most > limit + ROUNDING).then(|| format!("{} {most:.5}", metric.title()))
        };
        let found: Vec<String> = limits.into_iter().filter_map(excess).collect();
        (!found.is_empty()).then(|| format!("{}: {}", row.name, found.join(", ")))
    };
    rows.iter().filter_map(of_row).collect()
}

/// Whether the trial sees only the features that were audited, on the rows that were: a view of its own
/// may have more columns, and another fold has other rows.
fn is_bound(results: &ExperimentResults, trial: &TrialInfo) -> bool {
    let audited = &results.manifest.data.features;
    let same = |trial: &TrialInfo| trial.view.as_ref().is_none_or(|view| view.features == *audited);
    let member = |id: &str| results.manifest.trials.iter().find(|trial| trial.id == id);
    let members = results.trials.iter().find(|result| result.trial.id == trial.id);
    let members = members.and_then(|result| result.record.as_ref()).map(|record| &record.members);
    let sound = |member: Option<&TrialInfo>| member.is_some_and(same);
    trial.fold.is_none_or(|fold| fold == 1)
        && same(trial)
        && members.is_none_or(|members| members.iter().all(|m| sound(member(&m.trial))))
}

/// What the report says of it: that nothing exceeds the ceiling, or what does. `None` without one.
pub fn sentence(results: &ExperimentResults, rows: &[SummaryRow]) -> Option<String> {
    let ceiling = of_test(results)?;
    above(results, rows).is_empty().then(|| {
        format!(
            "No model's ROC-AUC, accuracy or F1 exceeds the ceiling of the test rows (ROC-AUC {:.5}, accuracy {:.5}, F1 {:.5}).",
            ceiling.roc_auc, ceiling.accuracy, ceiling.f1
        )
    })
}

/// The warning, if something is above the ceiling.
pub fn warning(results: &ExperimentResults, rows: &[SummaryRow]) -> Option<String> {
    let (ceiling, above) = (of_test(results)?, above(results, rows));
    (!above.is_empty()).then(|| {
        format!(
            "No function of the features can be better on these test rows than ROC-AUC {:.5}, accuracy {:.5} and F1 {:.5}, since equal rows carry both labels; yet {}. Something is wrong with the data or the evaluation: a label that leaked into the scores, rows in another order, or scores that chance decides.",
            ceiling.roc_auc,
            ceiling.accuracy,
            ceiling.f1,
            format::listed(&above)
        )
    })
}
