//! The documents of a report, one file per format, all made from one [`Document`].

pub mod csv;
pub mod escape;
pub mod html;
pub mod latex;
pub mod markdown;

use oddbench_core::record::{ExperimentResults, Outcome};

use crate::aggregate::SummaryRow;
use crate::anchors::Comparison;
use crate::facts::{self, Fact};
use crate::figures::{Figure, Place};
use crate::format;
use crate::tables::{self, Table};

/// Something that must not be overlooked.
pub struct Warning {
    /// A word or two.
    pub title: &'static str,
    /// The rest.
    pub text: String,
}

/// Everything that a report says, free of any format.
pub struct Document<'a> {
    /// The experiment.
    pub results: &'a ExperimentResults,
    /// Its rows.
    pub rows: &'a [SummaryRow],
    /// Its figures.
    pub figures: &'a [Figure],
    /// The heading.
    pub title: String,
    /// What must not be overlooked.
    pub warnings: Vec<Warning>,
    /// What was run.
    pub facts: Vec<Fact>,
    /// One table per threshold rule.
    pub comparisons: Vec<Table>,
    /// Medians and ranges, one table per threshold rule; empty if each row has one seed.
    pub medians: Vec<Table>,
    /// Published figures beside ours.
    pub published: Vec<(Comparison, Table)>,
    /// What becomes of each class.
    pub classes: Option<Table>,
    /// Trials without scores.
    pub failures: Option<Table>,
    /// How to repeat it.
    pub command: String,
    /// Digests and dates.
    pub provenance: Vec<Fact>,
}

impl<'a> Document<'a> {
    /// Puts together what the results say.
    pub fn new(
        results: &'a ExperimentResults,
        rows: &'a [SummaryRow],
        comparisons: Vec<Comparison>,
        figures: &'a [Figure],
    ) -> Self {
        let manifest = &results.manifest;
        let rules = 0..manifest.thresholds.len();
        Self {
            results,
            rows,
            figures,
            title: facts::title(manifest),
            warnings: warnings(results),
            facts: facts::facts(results),
            comparisons: rules
                .clone()
                .map(|rule| tables::comparison(results, rows, rule))
                .collect(),
            medians: rules.filter_map(|rule| tables::medians(results, rows, rule)).collect(),
            published: comparisons
                .into_iter()
                .map(|comparison| {
                    let table = tables::published(results, &comparison);
                    (comparison, table)
                })
                .collect(),
            classes: tables::classes(results, rows),
            failures: tables::failures(results),
            command: facts::command(manifest),
            provenance: facts::provenance(results),
        }
    }

    /// The figures of a place, in order.
    pub fn figures_of(&self, place: Place) -> impl Iterator<Item = &'a Figure> {
        self.figures.iter().filter(move |figure| figure.place == place)
    }

    /// Every trial of a row, one table per threshold rule.
    pub fn trials(&self, row: &SummaryRow) -> Vec<Table> {
        let rules = 0..self.results.manifest.thresholds.len();
        rules.map(|rule| tables::trials(self.results, row, rule)).collect()
    }

    /// What the trials of a row noted, each once, with the seeds that noted it.
    pub fn notes(&self, row: &SummaryRow) -> Vec<String> {
        let mut notes: Vec<(&str, Vec<String>)> = Vec::new();
        for &at in &row.trials {
            let trial = &self.results.trials[at];
            let Some(Outcome::Completed { notes: own, .. }) =
                trial.record.as_ref().map(|r| &r.outcome)
            else {
                continue;
            };
            let seed = trial.trial.seed.map_or("any".to_owned(), |seed| seed.to_string());
            for note in own {
                match notes.iter_mut().find(|(known, _)| known == note) {
                    Some((_, seeds)) => seeds.push(seed.clone()),
                    None => notes.push((note, vec![seed.clone()])),
                }
            }
        }
        let several = row.trials.len() > 1;
        let shown = |(note, seeds): (&str, Vec<String>)| match several {
            true if seeds.len() == row.trials.len() => format!("{note} (every seed)"),
            true if seeds.len() == 1 => format!("{note} (seed {})", seeds[0]),
            true => format!("{note} (seeds {})", seeds.join(", ")),
            false => note.to_owned(),
        };
        notes.into_iter().map(shown).collect()
    }
}

fn warnings(results: &ExperimentResults) -> Vec<Warning> {
    let manifest = &results.manifest;
    let mut warnings = Vec::new();
    if manifest.data.synthetic {
        let text = "The rows are made by a generator. The figures say nothing about real traffic.";
        warnings.push(Warning { title: "Synthetic data.", text: text.into() });
    }
    if manifest.thresholds.iter().any(|rule| rule.is_oracle()) {
        let text = format!(
            "Figures marked {} use a threshold that was chosen on the test rows themselves, with knowledge of their labels or scores. They cannot be reached in practice.",
            format::ORACLE
        );
        warnings.push(Warning { title: "Oracle threshold.", text });
    }
    if let Some(text) = facts::label_defect(results) {
        warnings.push(Warning { title: "Labels.", text });
    }
    let without = results.trials.iter().filter(|trial| trial.scores.is_none()).count();
    if without > 0 {
        let text =
            format!("{without} of {} trials have no scores; see Failures.", results.trials.len());
        warnings.push(Warning { title: "Incomplete.", text });
    }
    warnings
}
