//! Mean ranks of the models over the data sets, with the test that says whether they differ.

use oddbench_core::metrics::Metric;

use super::SuiteResults;
use crate::document::{Block, Part, Section};
use crate::figures::Figure;
use crate::sections::ranks::{self, Ranks};

/// The order of the models by one metric.
pub struct OverSets {
    /// What they are ranked by.
    pub metric: Metric,
    /// The order, or why there is none.
    pub ranks: Result<Ranks, String>,
    /// The data sets that are no block, because some model has no figure on them.
    left_out: Vec<String>,
    /// The models that are not ranked, because they have no figure on any data set.
    without: Vec<String>,
}

impl OverSets {
    /// Ranks the models of all data sets by their medians.
    pub fn new(suite: &SuiteResults, metric: Metric) -> Self {
        let has = |model: &String| suite.sets.iter().any(|set| set.median(model, metric).is_some());
        let (models, without): (Vec<String>, Vec<String>) =
            suite.models().into_iter().partition(has);
        let values = suite.sets.iter().map(|set| {
            let values = models.iter().map(|model| set.median(model, metric));
            (set.name.clone(), values.collect::<Vec<_>>())
        });
        let values: Vec<_> = values.collect();
        let lacking = values.iter().filter(|(_, values)| values.contains(&None));
        let left_out = lacking.map(|(name, _)| name.clone()).collect();
        let ranks = ranks::over_sets(metric, models, values);
        Self { metric, ranks, left_out, without }
    }

    /// The mean rank of a model.
    pub fn mean_rank(&self, model: &str) -> Option<f64> {
        let ranks = self.ranks.as_ref().ok()?;
        let at = ranks.models.iter().position(|name| name == model)?;
        Some(ranks.test.mean_ranks[at])
    }
}

/// A part per metric.
pub fn section(all: &[OverSets], figures: Vec<Vec<Figure>>) -> Section {
    let parts = all.iter().zip(figures).map(|(over, figures)| {
        let mut blocks = ranks::said(&over.ranks, figures);
        let names = |names: &[String]| names.join(", ");
        if !over.left_out.is_empty() {
            blocks.push(Block::Text(format!(
                "Not among the blocks, because some model has no {} there: {}.",
                over.metric.title(),
                names(&over.left_out)
            )));
        }
        if !over.without.is_empty() {
            blocks.push(Block::Text(format!(
                "Not ranked, without a figure on any data set: {}.",
                names(&over.without)
            )));
        }
        Block::Part(Part {
            id: format!("ranks-{}", over.metric.name().replace('_', "-")),
            title: format!("By {}", over.metric.title()),
            blocks,
            folded: false,
        })
    });
    Section {
        id: "ranks",
        title: "Ranks over data sets",
        blocks: parts.collect(),
        paper: false,
        terminal: false,
    }
}
