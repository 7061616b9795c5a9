//! The order of the models over blocks (folds, seeds, experiments, data sets): mean ranks, the Friedman test and
//! Nemenyi's critical difference, or why there are none.

use oddbench_core::metrics::Metric;
use oddbench_core::results::ExperimentResults;
use oddbench_core::stats::{Friedman, friedman};

use crate::aggregate::{Spread, SummaryRow, summarize};

/// The level of the critical difference, and below which a p-value says that models differ.
pub const ALPHA: f64 = 0.05;

/// What the blocks are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Blocks {
    /// Folds of one split, each with test rows of its own.
    Folds,
    /// Seeds on the same test rows.
    Seeds,
    /// Experiments.
    Experiments,
    /// Data sets of one experiment file.
    Sets,
}

impl Blocks {
    /// What they are called.
    pub fn word(self) -> &'static str {
        match self {
            Self::Folds => "folds",
            Self::Seeds => "seeds",
            Self::Experiments => "experiments",
            Self::Sets => "data sets",
        }
    }
}

/// Models ranked in every block.
#[derive(Debug, Clone, PartialEq)]
pub struct Ranks {
    /// What the blocks are.
    pub blocks: Blocks,
    /// The blocks' names.
    pub names: Vec<String>,
    /// What they are ranked by.
    pub metric: Metric,
    /// The models, in the order given.
    pub models: Vec<String>,
    /// The metric, a list per block with one value per model.
    pub values: Vec<Vec<f64>>,
    /// The test.
    pub test: Friedman,
}

impl Ranks {
    /// Positions of the models from the best mean rank down.
    pub fn order(&self) -> Vec<usize> {
        let rank = |model: &usize| self.test.mean_ranks[*model];
        let mut order: Vec<usize> = (0..self.models.len()).collect();
        order.sort_by(|a, b| rank(a).total_cmp(&rank(b)));
        order
    }

    /// In how many blocks the model at that position has the best value, alone or with others.
    pub fn wins(&self, model: usize) -> usize {
        let best = |block: &&Vec<f64>| block.iter().all(|value| *value <= block[model]);
        self.values.iter().filter(best).count()
    }

    /// Nemenyi's groups: as many neighbours in [`Ranks::order`] as lie within the critical difference,
    /// first and last position of each; groups of one, and groups inside of others, left out.
    pub fn groups(&self) -> Vec<(usize, usize)> {
        let order = self.order();
        let rank = |at: usize| self.test.mean_ranks[order[at]];
        let mut groups: Vec<(usize, usize)> = Vec::new();
        for first in 0..order.len() {
            let within = |&last: &usize| rank(last) - rank(first) < self.test.critical_difference;
            let last = (first..order.len()).take_while(within).last().unwrap_or(first);
            if last > first && groups.last().is_none_or(|&(_, end)| last > end) {
                groups.push((first, last));
            }
        }
        groups
    }
}

/// The models of one experiment over its folds or, where it has none, over the seeds that all of them
/// share. Else why not, in a sentence.
pub fn within(results: &ExperimentResults, rows: &[SummaryRow]) -> Result<Ranks, String> {
    let folds = crate::runs::has_folds(results);
    let key = |at: usize| {
        let trial = &results.trials[at].trial;
        if folds { trial.fold.map(u64::from) } else { trial.seed }
    };
    let scored: Vec<&SummaryRow> = rows.iter().filter(|row| row.status.completed > 0).collect();
    let auc = |row: &SummaryRow, block: u64| {
        let of =
            |at: &usize| (key(*at).is_none_or(|key| key == block)).then(|| roc_auc(results, *at));
        Spread::of(row.trials.iter().filter_map(of).flatten()).map(|s| s.median)
    };
    let mut keys: Vec<u64> = (0..results.trials.len()).filter_map(key).collect();
    keys.sort_unstable();
    keys.dedup();
    let whole = |block: &u64| scored.iter().all(|row| auc(row, *block).is_some());
    keys.retain(whole);
    let (blocks, word) = if folds { (Blocks::Folds, "fold") } else { (Blocks::Seeds, "seed") };
    let values =
        keys.iter().map(|&block| scored.iter().filter_map(|row| auc(row, block)).collect());
    let models = scored.iter().map(|row| row.marked_name()).collect();
    let names = keys.iter().map(|key| format!("{word} {key}")).collect();
    rank(blocks, Metric::RocAuc, names, models, values.collect())
}

/// The models that all of several experiments have (by the name of their row), over the experiments.
/// Else why not, in a sentence.
pub fn across(experiments: &[ExperimentResults]) -> Result<Ranks, String> {
    let summaries: Vec<Vec<SummaryRow>> = experiments.iter().map(summarize).collect();
    let auc = |rows: &[SummaryRow], name: &str| {
        let row = rows.iter().find(|row| row.marked_name() == name)?;
        Some(row.metric(0, Metric::RocAuc)?.median)
    };
    let first = summaries.first().map(Vec::as_slice).unwrap_or_default();
    let common = |name: &String| summaries.iter().all(|rows| auc(rows, name).is_some());
    let models: Vec<String> = first.iter().map(SummaryRow::marked_name).filter(common).collect();
    let values = summaries
        .iter()
        .map(|rows| models.iter().filter_map(|name| auc(rows, name)).collect())
        .collect();
    let names =
        experiments.iter().map(|results| results.manifest.experiment.name.clone()).collect();
    rank(Blocks::Experiments, Metric::RocAuc, names, models, values)
}

/// Models over data sets, from the medians over trials of each: a list per data set with one value per
/// model. A data set on which some model has none is no block. Else why not, in a sentence.
pub fn over_sets(
    metric: Metric,
    models: Vec<String>,
    sets: Vec<(String, Vec<Option<f64>>)>,
) -> Result<Ranks, String> {
    let whole = sets.into_iter().filter_map(|(name, values)| {
        Some((name, values.into_iter().collect::<Option<Vec<f64>>>()?))
    });
    let (names, values) = whole.unzip();
    rank(Blocks::Sets, metric, names, models, values)
}

fn roc_auc(results: &ExperimentResults, trial: usize) -> Option<f64> {
    results.trials[trial].evaluations.first()?.metrics[Metric::RocAuc]
}

fn rank(
    blocks: Blocks,
    metric: Metric,
    names: Vec<String>,
    models: Vec<String>,
    values: Vec<Vec<f64>>,
) -> Result<Ranks, String> {
    let (word, title) = (blocks.word(), metric.title());
    if models.len() < 3 {
        return Err(format!(
            "Models are ranked against each other from three on; here {} every block.",
            match models.len() {
                0 => format!("none has a {title} in"),
                1 => format!("one alone has a {title} in"),
                n => format!("{n} have a {title} in"),
            }
        ));
    }
    if values.len() < 2 {
        return Err(format!(
            "No ranking over blocks: it takes at least two {word} in which every model has a {title}, and here {}. A k-fold split has them, several common seeds, several data sets, or several experiments (oddbench report A B C).",
            if values.is_empty() { "is none" } else { "is one" }
        ));
    }
    match friedman(&values, ALPHA) {
        Some(test) => Ok(Ranks { blocks, names, metric, models, values, test }),
        None => Err(format!("No ranking over {word}: in each of them all models tie.")),
    }
}
