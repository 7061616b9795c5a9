//! Families of attacks that neither training nor validation has seen: what each model finds of each, by itself.

use oddbench_core::evaluate::Evaluation;
use oddbench_core::metrics::Metric;
use oddbench_core::record::PartSizes;
use oddbench_core::results::{ExperimentResults, TrialResult};

use crate::aggregate::{Spread, SummaryRow};
use crate::document::Block;
use crate::figures::Figure;
use crate::format::{self, ORACLE, ORACLE_SHORT, UNKNOWN};
use crate::scene::Scene;
use crate::table::{Cell, Head, Table, by_supervision, heads};
use crate::topic::Topic;

/// The section; none unless folds leave families out.
pub const TOPIC: Topic =
    Topic { paper: true, terminal: true, ..Topic::new("left-out", "Attacks never seen", blocks) };

fn blocks(scene: &Scene<'_>, _: Vec<Figure>) -> Vec<Block> {
    let families = families(scene.results);
    if families.is_empty() {
        return vec![];
    }
    let Some(rule) = scene.results.manifest.experiment.thresholds.first() else { return vec![] };
    let mark = if rule.is_oracle() { ORACLE } else { "" };
    let at = format!("threshold: {}", format::rule(rule));
    let figures = [
        (format!("Recall{mark} on each family by itself, {at}"), Figures::Metric(Metric::Recall)),
        (
            format!("Share of the benign test rows called outliers{mark} at the same thresholds"),
            Figures::FalsePositiveRate,
        ),
        (
            "ROC-AUC of each family against the benign test rows".to_owned(),
            Figures::Metric(Metric::RocAuc),
        ),
        (
            "Recall on each family at one false alarm per thousand benign validation rows"
                .to_owned(),
            Figures::Metric(Metric::RecallAtFpr1e3),
        ),
    ];
    let shown = figures.into_iter().enumerate().filter_map(|(at, (caption, figures))| {
        let found = scene.rows.iter().any(|row| {
            families.iter().any(|family| spread(scene.results, row, family.name, figures).is_some())
        });
        let marked = rule.is_oracle() && at < 2;
        let terminal =
            format!("Attacks never seen: {}{}.", caption[..1].to_lowercase(), &caption[1..]);
        found.then(|| Table {
            terminal_notes: vec![terminal],
            ..table(scene, &families, &caption, figures).notes(notes(scene, marked))
        })
    });
    let text = "Each fold leaves one family of attacks out of the training and the validation rows. Its test rows are inliers and that family alone.";
    Block::usual([text.to_owned()], vec![], shown.chain(parts(scene, &families)))
}

/// A family with the sizes of its fold's parts, if some trial of it has completed.
struct Family<'a> {
    name: &'a str,
    sizes: Option<PartSizes>,
}

fn families(results: &ExperimentResults) -> Vec<Family<'_>> {
    let mut families: Vec<Family<'_>> = Vec::new();
    for result in &results.trials {
        let Some(name) = result.trial.fold_name.as_deref() else { continue };
        let sizes = result.record.as_ref().and_then(|record| record.sizes);
        match families.iter_mut().find(|family| family.name == name) {
            Some(family) => family.sizes = family.sizes.or(sizes),
            None => families.push(Family { name, sizes }),
        }
    }
    families
}

/// What a table shows.
#[derive(Clone, Copy)]
enum Figures {
    Metric(Metric),
    FalsePositiveRate,
}

impl Figures {
    fn of(self, evaluation: &Evaluation) -> Option<f64> {
        match self {
            Self::Metric(metric) => evaluation.metrics[metric],
            Self::FalsePositiveRate => {
                let counts = evaluation.confusion?;
                let inliers = counts.fp + counts.tn;
                (inliers > 0).then(|| counts.fp as f64 / inliers as f64)
            }
        }
    }
}

/// How a figure of a row's trials without that family varies, under the first rule.
fn spread(
    results: &ExperimentResults,
    row: &SummaryRow,
    family: &str,
    figures: Figures,
) -> Option<Spread> {
    let trials = of_family(results, row, family);
    Spread::of(trials.filter_map(|trial| figures.of(trial.evaluations.first()?)))
}

fn of_family<'r>(
    results: &'r ExperimentResults,
    row: &'r SummaryRow,
    family: &'r str,
) -> impl Iterator<Item = &'r TrialResult> {
    let trials = row.trials.iter().map(|&at| &results.trials[at]);
    trials.filter(move |trial| trial.trial.fold_name.as_deref() == Some(family))
}

fn table(scene: &Scene<'_>, families: &[Family<'_>], caption: &str, figures: Figures) -> Table {
    let mut head = heads(&["Model"], &[]);
    head.extend(families.iter().map(|family| {
        let rows = family.sizes.map(|sizes| format::counted(sizes.test_outliers, "row"));
        let rows = rows.unwrap_or_else(|| format!("{UNKNOWN} rows"));
        Head::new(format!("{} ({rows})", family.name), true)
    }));
    let groups = by_supervision(scene.rows.iter(), |row| {
        let figure = |family: &Family<'_>| {
            let expected = of_family(scene.results, row, family.name).count();
            let spread = spread(scene.results, row, family.name, figures);
            Cell::spread(spread, expected, format::share).with_bar()
        };
        std::iter::once(Cell::new(&row.name)).chain(families.iter().map(figure)).collect()
    });
    Table::grouped(scene.caption(&format!("{caption}, medians over seeds")), head, groups)
        .sortable()
}

fn notes(scene: &Scene<'_>, oracle: bool) -> Vec<String> {
    let several = scene.rows.iter().any(|row| {
        let mut seeds = row.trials.iter().map(|&at| scene.results.trials[at].trial.seed);
        let first = seeds.next();
        seeds.any(|seed| Some(seed) != first)
    });
    let notes =
        [(several, "Medians over seeds, with the least and the greatest."), (oracle, ORACLE_SHORT)];
    notes.into_iter().filter(|note| note.0).map(|note| note.1.to_owned()).collect()
}

/// How many rows each fold has.
fn parts(scene: &Scene<'_>, families: &[Family<'_>]) -> Option<Table> {
    let rows: Vec<Vec<Cell>> = families
        .iter()
        .filter_map(|family| Some((family.name, family.sizes?)))
        .map(|(name, sizes)| {
            let counts = [
                sizes.train,
                sizes.train_outliers,
                sizes.validation,
                sizes.validation_outliers,
                sizes.test - sizes.test_outliers,
                sizes.test_outliers,
            ];
            std::iter::once(Cell::new(name)).chain(counts.map(Cell::count)).collect()
        })
        .collect();
    let head = heads(
        &["Left out"],
        &[
            "Training rows",
            "Of them outliers",
            "Validation rows",
            "Of them outliers",
            "Benign test rows",
            "Test rows of the family",
        ],
    );
    (!rows.is_empty()).then(|| Table::new(scene.caption("The rows of each fold"), head, rows))
}
