//! What changed between two results of an experiment: medians with intervals, times, settings, data.

mod figures;
mod markdown;
mod provenance;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use oddbench_core::metrics::Metric;
use oddbench_core::record::TrialInfo;
use oddbench_core::results::ExperimentResults;
use oddbench_core::settings;
use serde::Serialize;

use crate::aggregate::{SummaryRow, summarize};
use crate::few;
use crate::format::counted;
use crate::sections::run::built_from;
use crate::spread::Spread;
use crate::tried;
pub use figures::{Basis, FigureChange};
pub use markdown::markdown;
pub use oddbench_core::settings::Setting;

/// How far a metric may fall before it counts as a regression.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Tolerances(pub BTreeMap<Metric, f64>);

impl Default for Tolerances {
    /// 0.005 of ROC-AUC, 0.01 of average precision and of F1; other metrics are shown and not judged.
    fn default() -> Self {
        Self(BTreeMap::from([
            (Metric::RocAuc, 0.005),
            (Metric::AveragePrecision, 0.01),
            (Metric::F1, 0.01),
        ]))
    }
}

/// The second results beside the first.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Changes {
    /// Which results, in words.
    pub sides: [Side; 2],
    /// What is different about the rows; empty if they are the same.
    pub data: Vec<Setting>,
    /// What is different about the resolved experiment, key by key.
    pub settings: Vec<Setting>,
    /// What is different about program and machine.
    pub provenance: Vec<Setting>,
    /// Rows that both have, in the order of the first.
    pub rows: Vec<RowChange>,
    /// Trials that only one of them has scores of.
    pub only: Vec<Only>,
    /// Trials that are equal in both: the same address, the same scores.
    pub same_trials: usize,
    /// That the test rows of a class are too few to compare models, and what is not judged then.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub few: Option<String>,
    /// What counts as a regression.
    pub tolerances: Tolerances,
    /// What has become worse and which results are unfinished, in words; empty if there is nothing of the kind.
    pub regressions: Vec<String>,
}

/// One of the two results.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Side {
    /// As it was asked for.
    pub name: String,
    /// The experiment.
    pub experiment: String,
    /// The git revision that it ran in, if known.
    pub git_revision: Option<String>,
    /// The git revision that the program was built from, if known.
    pub built_from: Option<String>,
    /// How many trials have scores.
    pub completed: usize,
    /// Of how many.
    pub trials: usize,
}

/// One model on one backend, in both.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct RowChange {
    /// What tables call it.
    pub name: String,
    /// The model's name.
    pub model: String,
    /// The backend.
    pub backend: String,
    /// Trials with scores, in each.
    pub completed: [usize; 2],
    /// How its figures changed, in the order of the tables; a metric that is undefined in both is absent.
    pub figures: Vec<FigureChange>,
    /// Wall seconds of a fit.
    pub fit_seconds: [Option<Spread>; 2],
    /// Wall seconds of scoring the test rows.
    pub score_seconds: [Option<Spread>; 2],
    /// Peak resident memory in MiB.
    pub peak_rss_mb: [Option<Spread>; 2],
}

/// A trial with scores in one of them alone.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Only {
    /// 0 for the first, 1 for the second.
    pub side: usize,
    /// The model's name.
    pub model: String,
    /// The backend.
    pub backend: String,
    /// Seed and fold in words.
    pub run: String,
}

/// Holds the second results against the first. `names` are what the reader calls them.
pub fn changes(
    names: [&str; 2],
    results: [&ExperimentResults; 2],
    tolerances: Tolerances,
) -> Changes {
    let summaries = results.map(summarize);
    let twin = |row: &SummaryRow| {
        summaries[1].iter().find(|other| other.model == row.model && other.backend == row.backend)
    };
    let pairs: Vec<(&SummaryRow, &SummaryRow)> =
        summaries[0].iter().filter_map(|row| Some((row, twin(row)?))).collect();
    let rows: Vec<RowChange> =
        pairs.iter().map(|&(first, second)| row(results, [first, second], &tolerances)).collect();
    let manifests = results.map(|results| &results.manifest);
    let mut changes = Changes {
        sides: [0, 1].map(|side| self::side(names[side], results[side])),
        data: settings::data(manifests),
        settings: settings::settings(manifests),
        provenance: provenance::provenance(manifests),
        only: only(results),
        same_trials: same_trials(results),
        few: results.into_iter().find_map(few::sentence).map(|few| {
            format!(
                "{few} Figures that rest on these rows cannot be judged: they show no regression."
            )
        }),
        regressions: Vec::new(),
        rows,
        tolerances,
    };
    changes.regressions = [0, 1]
        .into_iter()
        .filter_map(|side| unfinished(names[side], results[side]))
        .chain(regressions(&changes, &summaries))
        .collect();
    changes
}

fn side(name: &str, results: &ExperimentResults) -> Side {
    let (manifest, counts) = (&results.manifest, tried::counts(results));
    Side {
        name: name.to_owned(),
        experiment: manifest.experiment.name.clone(),
        git_revision: manifest.git_revision.clone(),
        built_from: built_from(manifest).map(str::to_owned),
        completed: counts.completed,
        trials: counts.total(),
    }
}

fn row(
    results: [&ExperimentResults; 2],
    rows: [&SummaryRow; 2],
    tolerances: &Tolerances,
) -> RowChange {
    RowChange {
        name: rows[0].name.clone(),
        model: rows[0].model.clone(),
        backend: rows[0].backend.clone(),
        completed: rows.map(|row| row.status.completed),
        figures: figures::figures(results, rows, tolerances),
        fit_seconds: rows.map(|row| row.fit_seconds),
        score_seconds: rows.map(|row| row.score_seconds),
        peak_rss_mb: rows.map(|row| row.peak_rss_mb),
    }
}

/// What makes two trials of two results one: the address may have changed with a setting.
fn key(trial: &TrialInfo) -> (&str, &str, Option<u64>, Option<String>) {
    (&trial.name, &trial.backend, trial.seed, trial.fold_in_short())
}

fn only(results: [&ExperimentResults; 2]) -> Vec<Only> {
    let mut only = Vec::new();
    for side in [0, 1] {
        let scored = |at: usize| results[at].trials.iter().filter(|trial| trial.scores.is_some());
        for trial in scored(side) {
            let own = key(&trial.trial);
            if !scored(1 - side).any(|other| key(&other.trial) == own) {
                only.push(Only {
                    side,
                    model: trial.trial.name.clone(),
                    backend: trial.trial.backend.clone(),
                    run: crate::runs::run_name(&trial.trial),
                });
            }
        }
    }
    only
}

fn same_trials(results: [&ExperimentResults; 2]) -> usize {
    let same = |trial: &&oddbench_core::results::TrialResult| {
        let mut others = results[1].trials.iter();
        trial.scores.is_some()
            && others.any(|other| other.trial.id == trial.trial.id && other.scores == trial.scores)
    };
    results[0].trials.iter().filter(same).count()
}

/// That a run has not had all of its trials: what was not measured passes no gate.
fn unfinished(name: &str, results: &ExperimentResults) -> Option<String> {
    let counts = tried::counts(results);
    let run = counts.total() - counts.missing;
    (counts.missing > 0).then(|| {
        let trials = counted(counts.total(), "trial");
        format!("Unfinished: {name} has {run} of {trials}; run it again to go on")
    })
}

/// Metrics that fell, and rows that are gone or lost trials to failures.
fn regressions(changes: &Changes, summaries: &[Vec<SummaryRow>; 2]) -> Vec<String> {
    let mut regressions = Vec::new();
    for row in &summaries[0] {
        if row.status.completed == 0 {
            continue;
        }
        let twin = summaries[1].iter().find(|r| r.model == row.model && r.backend == row.backend);
        if let Some(twin) = twin.filter(|twin| twin.undecided.is_some()) {
            let how = twin.progress_in_words();
            regressions.push(format!("{}: no configuration is chosen ({how})", row.name));
            continue;
        }
        match twin.map(|twin| twin.status) {
            None => regressions.push(format!("{} is gone", row.name)),
            Some(status) if status.completed == 0 => {
                let trials = counted(status.total(), "trial");
                let none = format!("{}: none of {trials} has scores ({status})", row.name);
                regressions.push(none);
            }
            Some(status) if status.failed > row.status.failed => {
                regressions.push(format!("{}: {status}", row.name));
            }
            Some(_) => {}
        }
    }
    // A row without scores has been named, and each of its figures is undefined.
    for row in changes.rows.iter().filter(|row| row.completed[1] > 0) {
        let fallen = row.figures.iter().filter(|figure| figure.regression);
        regressions.extend(fallen.map(|figure| format!("{}: {}", row.name, figure.words())));
    }
    regressions
}
