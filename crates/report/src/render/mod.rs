//! The documents of a report, one file per format, all made from one [`Document`].

pub mod csv;
pub mod escape;
pub mod html;
pub mod latex;
pub mod markdown;

use oddbench_core::record::{ExperimentResults, Outcome, TrialInfo};

use crate::aggregate::SummaryRow;
use crate::anchors::Comparison;
use crate::ceiling;
use crate::facts::{self, Fact};
use crate::figures::{Figure, Place, Scene};
use crate::format;
use crate::known_rows::KnownRows;
use crate::runs::{has_folds, run_name};
use crate::section::Section;
use crate::tables::{self, Resampled, Table};

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
    /// What else there is to say, each under a heading of its own, in order.
    pub sections: Vec<Section>,
    /// Test rows beside transfer rows, one table per threshold rule; empty without transfer rows.
    pub transfers: Vec<Table>,
    /// Medians and ranges, one table per threshold rule; empty if each row has one trial.
    pub medians: Vec<Table>,
    /// Published figures beside ours.
    pub published: Vec<(Comparison, Table)>,
    /// Trials without scores.
    pub failures: Option<Table>,
    /// How to repeat it.
    pub command: String,
    /// Digests and dates.
    pub provenance: Vec<Fact>,
}

impl<'a> Document<'a> {
    /// Puts together what the results say.
    pub fn new(scene: &Scene<'a>, comparisons: Vec<Comparison>, figures: &'a [Figure]) -> Self {
        let Scene { results, rows, .. } = *scene;
        let manifest = &results.manifest;
        let rules = 0..manifest.thresholds.len();
        let resampled = Resampled::new(results, rows);
        let known = KnownRows::new(results, rows, resampled.as_ref());
        Self {
            results,
            rows,
            figures,
            title: facts::title(manifest),
            warnings: warnings(results, rows, known.as_ref()),
            facts: facts::facts(results),
            comparisons: rules
                .clone()
                .map(|rule| tables::comparison(results, rows, rule))
                .collect(),
            sections: sections(scene, resampled.as_ref(), known.as_ref()),
            transfers: rules
                .clone()
                .filter_map(|rule| tables::transfer(results, rows, rule))
                .collect(),
            medians: rules.filter_map(|rule| tables::medians(results, rows, rule)).collect(),
            published: comparisons
                .into_iter()
                .map(|comparison| {
                    let table = tables::published(results, &comparison);
                    (comparison, table)
                })
                .collect(),
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

    /// What the trials of a row noted, each once, with the seeds and folds that noted it.
    pub fn notes(&self, row: &SummaryRow) -> Vec<String> {
        let mut notes: Vec<(&str, Vec<&TrialInfo>)> = Vec::new();
        for &at in &row.trials {
            let trial = &self.results.trials[at];
            let Some(Outcome::Completed { notes: own, .. }) =
                trial.record.as_ref().map(|r| &r.outcome)
            else {
                continue;
            };
            for note in own {
                match notes.iter_mut().find(|(known, _)| known == note) {
                    Some((_, trials)) => trials.push(&trial.trial),
                    None => notes.push((note, vec![&trial.trial])),
                }
            }
        }
        let shown = |(note, trials): (&str, Vec<&TrialInfo>)| match noted_by(
            &trials,
            row.trials.len(),
            has_folds(self.results),
        ) {
            Some(who) => format!("{note} ({who})"),
            None => note.to_owned(),
        };
        notes.into_iter().map(shown).collect()
    }
}

/// `seed 3`, `seeds 1, 3`, `every seed`; `fold 2; seed 1, fold 3` where there are folds. `None` if the
/// row has one trial.
fn noted_by(trials: &[&TrialInfo], of: usize, folds: bool) -> Option<String> {
    let names = || trials.iter().map(|trial| run_name(trial)).collect::<Vec<_>>();
    let seeds = || {
        let seed = |trial: &&TrialInfo| trial.seed.map_or("any".to_owned(), |s| s.to_string());
        trials.iter().map(seed).collect::<Vec<_>>().join(", ")
    };
    match (folds, trials.len()) {
        _ if of <= 1 => None,
        (true, n) if n == of => Some("every trial".into()),
        (true, _) => Some(names().join("; ")),
        (false, n) if n == of => Some("every seed".into()),
        (false, 1) => Some(format!("seed {}", seeds())),
        (false, _) => Some(format!("seeds {}", seeds())),
    }
}

/// The sections between the overview and the models.
fn sections(
    scene: &Scene<'_>,
    resampled: Option<&Resampled<'_>>,
    known: Option<&KnownRows>,
) -> Vec<Section> {
    let Scene { results, rows, .. } = *scene;
    let mut audit = tables::audit(results);
    audit.extend(known.map(|known| tables::known_rows(results, rows, known)));
    let mut audit = Section::of_tables("audit", "Data audit", audit);
    if let Some(audit) = &mut audit {
        audit.text.extend(ceiling::sentence(results, rows));
    }
    [
        tables::defects(results, rows),
        tables::attacks(results, rows, &scene.attacks),
        tables::sweep(results),
        Section::of_tables("certainty", "How sure", tables::certainty(results, resampled)),
        Some(tables::ranks(&scene.ranks)),
        tables::backends(results, rows),
        audit,
    ]
    .into_iter()
    .flatten()
    .collect()
}

fn warnings(
    results: &ExperimentResults,
    rows: &[SummaryRow],
    known: Option<&KnownRows>,
) -> Vec<Warning> {
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
    if let Some(text) = facts::contaminated(results) {
        warnings.push(Warning { title: "Contaminated training rows.", text });
    }
    if let Some(text) = facts::label_defect(results) {
        warnings.push(Warning { title: "Labels.", text });
    }
    if let Some(text) = ceiling::warning(results, rows) {
        warnings.push(Warning { title: "Above the ceiling.", text });
    }
    if let Some(known) = known {
        for name in known.by_heart(rows) {
            let text = format!(
                "{name} ranks test rows better than chance only because training rows have their features: on the {} test rows of other features it is no better than chance; see Data audit.",
                format::count(known.total - known.known)
            );
            warnings.push(Warning { title: "Known by heart.", text });
        }
    }
    let without = results.trials.iter().filter(|trial| trial.scores.is_none()).count();
    if without > 0 {
        let text =
            format!("{without} of {} trials have no scores; see Failures.", results.trials.len());
        warnings.push(Warning { title: "Incomplete.", text });
    }
    warnings
}
