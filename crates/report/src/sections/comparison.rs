//! All models side by side, under each threshold rule.

use oddbench_core::metrics::Metric;
use oddbench_core::one_class::folds_in_words;
use oddbench_core::results::ExperimentResults;
use oddbench_core::threshold::Undefined;

use crate::aggregate::{Column, SummaryRow};
use crate::contenders::contends;
use crate::document::Block;
use crate::elsewhere;
use crate::figures::Figure;
use crate::format::{self, ORACLE_NOTE, UNKNOWN};
use crate::runs::{self, one_class_parts};
use crate::scene::Scene;
use crate::sections::audit::ceiling;
use crate::sections::over_time::drift_sentence;
use crate::sections::shortcuts::near::near;
use crate::subject::Subject;
use crate::table::{Cell, Head, Place, Table, by_supervision, heads, median_note, metric_head};
use crate::topic::Topic;
use crate::verdict::has_one_seed;
use crate::warnings::contaminated;

/// The section, with a table per rule.
pub const TOPIC: Topic =
    Topic { paper: true, terminal: true, ..Topic::new("comparison", "Comparison", blocks) };

/// The mark of a figure that rests on one seed.
const ONE_SEED: &str = "§";

/// The mark of a table of generated rows.
const SYNTHETIC_NOTE: &str =
    "Synthetic data: the rows are made by a generator. The figures say nothing about real traffic.";

/// The head of the column that says what a look at the test rows is worth, with its note, under a rule
/// that has not seen them.
const COST: (&str, &str) = (
    "Cost of not peeking",
    "Cost of not peeking: the best F1 that any threshold could give on these test rows, by someone who knows their labels, less the F1 in this table. That best F1 is computed for this column alone.",
);

/// The same under an oracle.
const GAIN: (&str, &str) = (
    "Gain by peeking†",
    "† Gain by peeking: F1 in this table less that of the same rule on the validation rows, as they are, judged on the same test rows.",
);

fn blocks(scene: &Scene<'_>, _: Vec<Figure>) -> Vec<Block> {
    let rules = 0..scene.results.manifest.experiment.thresholds.len();
    Block::tables(rules.map(|rule| table(scene, rule))).collect()
}

/// All rows under the rule at that position.
fn table(scene: &Scene<'_>, rule: usize) -> Table {
    let (results, rows) = (scene.results, scene.rows);
    let settings = &results.manifest.experiment.thresholds[rule];
    let best = [best(rows, rule, false), best(rows, rule, true)];
    let groups = by_supervision(rows.iter(), |row| {
        cells(scene, row, rule, &best[usize::from(row.supervised)])
    });
    let caption = scene.caption(&format!(
        "Test rows, medians over {}, threshold: {}",
        runs::varied(results),
        format::rule(settings)
    ));
    Table {
        terminal_notes: terminal_notes(scene, rule),
        ..Table::grouped(caption, columns(settings.is_oracle()), groups)
            .notes(notes(results, rows, rule))
            .sortable()
    }
}

fn columns(oracle: bool) -> Vec<Head> {
    let mut head = heads(&["Model"], &["Trials"]);
    for column in Column::study() {
        let narrow = column != Column::Threshold;
        let note = (oracle && column.needs_threshold()).then_some(ORACLE_NOTE);
        let place = place(column);
        let own = metric_head(column, oracle);
        head.push(Head { paper: narrow, terminal: narrow, note, place, ..own });
    }
    head[1].place = Place::Wide;
    let (text, note) = if oracle { GAIN } else { COST };
    let asked = Head { place: Place::Asked, ..Head::new(text, true) };
    head.push(Head { terminal: false, note: Some(note), ..asked });
    head.push(Head { paper: false, ..Head::new("Fit, s", true) });
    for text in ["Score, s", "Peak, MB"] {
        head.push(Head { paper: false, terminal: false, ..Head::new(text, true) });
    }
    head
}

/// A phone has room for two metrics, a desk for six with what a model costs.
fn place(column: Column) -> Place {
    match column {
        Column::Metric(Metric::F1 | Metric::RocAuc) => Place::Always,
        Column::Metric(
            Metric::Precision | Metric::Recall | Metric::Mcc | Metric::AveragePrecision,
        ) => Place::Wide,
        Column::Metric(_) | Column::Threshold => Place::Asked,
    }
}

fn notes(results: &ExperimentResults, rows: &[SummaryRow], rule: usize) -> Vec<String> {
    let mut notes = Vec::new();
    if results.manifest.data.synthetic {
        notes.push(SYNTHETIC_NOTE.to_owned());
    }
    notes.extend(elsewhere::notes(rows));
    notes.extend(contaminated(results));
    notes.extend(undefined_notes(results, rows, rule));
    notes.extend(one_class_notes(results));
    if let Some(note) = median_note(results, rows) {
        let over = note.trim_end_matches('.');
        notes.push(format!(
            "{over}; (n = …) where a figure is undefined in some trials. Trials: how many; {ONE_SEED} one seed alone: another seed gives other figures."
        ));
    }
    let of = match rows.iter().any(|row| row.supervised) {
        true => " of its group: models that saw labels are not compared with those that did not",
        false => "",
    };
    let without = match rows.iter().all(contends) {
        true => "",
        false => ". Sanity models and models that were fitted elsewhere are never marked",
    };
    notes.push(format!("{UNKNOWN} undefined or unknown. Bold: the best median{of}{without}."));
    notes
}

/// What must be known of the table in a terminal.
fn terminal_notes(scene: &Scene<'_>, rule: usize) -> Vec<String> {
    let Subject { results, rows } = scene.subject();
    let mut notes = Vec::new();
    if results.manifest.data.synthetic {
        notes.push("Synthetic data: these figures say nothing about real traffic.".to_owned());
    }
    let settings = &results.manifest.experiment.thresholds[rule];
    let oracle = match settings.is_oracle() {
        true => " († an oracle: it was chosen on the test rows themselves)",
        false => "",
    };
    notes.push(format!("Threshold: {}{oracle}.", format::rule(settings)));
    if rows.iter().any(|row| row.trials.len() > 1) {
        notes.push(format!("Medians over {}.", runs::varied(results)));
    }
    if rows.iter().any(|row| has_one_seed(scene, row)) {
        notes.push(format!("{ONE_SEED} One seed: another one gives other figures."));
    }
    notes.extend(undefined_notes(results, rows, rule));
    notes.extend(one_class_notes(results));
    notes.extend(elsewhere::notes(rows));
    notes.extend(contaminated(results));
    notes.extend(ceiling::warning(results, rows).map(|text| format!("Above the ceiling. {text}")));
    notes.extend(near(results, rows).map(|near| near.sentence()));
    if rows.iter().any(|row| row.supervised) && rows.iter().any(|row| !row.supervised) {
        notes.push("Supervised rows saw labels; the others did not.".to_owned());
    }
    if rule == 0 {
        notes.extend(scene.over_time().and_then(|over| drift_sentence(scene, over)));
    }
    notes
}

/// The best median of each metric among the models that saw labels or those that did not, as it is shown,
/// so that ties share it.
fn best(rows: &[SummaryRow], rule: usize, supervised: bool) -> Vec<Option<String>> {
    let of = |column: Column| {
        if column == Column::Threshold {
            return None;
        }
        let group = || rows.iter().filter(|row| row.supervised == supervised);
        let contenders = group().filter(|row| contends(row));
        let medians = contenders.filter_map(|row| Some(row.metric(rule, column)?.median));
        let best = medians.reduce(f64::max)?;
        (group().count() > 1).then(|| format::share(best))
    };
    Column::study().map(of).collect()
}

fn cells(scene: &Scene<'_>, row: &SummaryRow, rule: usize, best: &[Option<String>]) -> Vec<Cell> {
    let completed = row.status.completed;
    let kind = Some(row.kind.clone()).filter(|kind| *kind != row.name);
    let name = Cell { details: kind.into_iter().collect(), ..Cell::new(&row.name) };
    let mut cells = vec![name, trials(scene, row)];
    for (column, best) in Column::study().zip(best) {
        let spread = row.metric(rule, column);
        let show = |value: f64| format::metric(column, value);
        let cell = Cell::spread(spread, completed, show);
        cells.push(match column {
            // A threshold's range says little beside the width that it takes.
            Column::Threshold => Cell { trials: None, ..cell },
            // The range of the metric that the verdict is by stands in narrow formats too.
            Column::Metric(Metric::RocAuc) => {
                let best = is_best(row, &cell, best);
                Cell { best, range: cell.trials.clone(), trials: None, ..cell }.with_bar()
            }
            _ => Cell { best: is_best(row, &cell, best), ..cell }.with_bar(),
        });
    }
    cells.push(peeking(row, rule));
    cells.push(Cell::spread(row.fit_seconds, completed, format::seconds));
    cells.push(Cell::spread(row.score_seconds, completed, format::seconds));
    cells.push(Cell::spread(row.peak_rss_mb, completed, format::megabytes));
    cells
}

/// The number of trials, marked where it is one seed of a model that another seed would make another one.
fn trials(scene: &Scene<'_>, row: &SummaryRow) -> Cell {
    let mut cell = Cell::trials(row);
    if has_one_seed(scene, row) {
        cell.text.push_str(ONE_SEED);
    }
    cell
}

/// Whether the cell is the best of its column. Sanity models are never the best, whatever their figures.
fn is_best(row: &SummaryRow, cell: &Cell, best: &Option<String>) -> bool {
    let shown = cell.value.map(format::share);
    contends(row) && shown.is_some() && shown == *best
}

/// The cost of not peeking, or what an oracle gained by it.
fn peeking(row: &SummaryRow, rule: usize) -> Cell {
    let Some(rule) = row.rules.get(rule) else { return Cell::new(UNKNOWN) };
    let oracle = rule.peeking.oracle_f1.filter(|_| !rule.oracle);
    let details = oracle.map(|best| format!("of {} at best", format::share(best.median)));
    let cell = Cell::spread(rule.peeking.difference, row.status.completed, format::signed);
    Cell { details: details.into_iter().collect(), ..cell }
}

/// Notes on rows that have no threshold under this rule: in which folds, and why.
fn undefined_notes(results: &ExperimentResults, rows: &[SummaryRow], rule: usize) -> Vec<String> {
    let mut reasons: Vec<(Undefined, Vec<u32>, Vec<&str>)> = Vec::new();
    for row in rows {
        let Some(why) = row.rules.get(rule).and_then(|rule| rule.undefined) else { continue };
        let folds = folds_without_threshold(results, row, rule);
        match reasons.iter_mut().find(|known| (known.0, &known.1) == (why, &folds)) {
            Some((.., names)) => names.push(&row.name),
            None => reasons.push((why, folds, vec![&row.name])),
        }
    }
    let note = |(why, folds, names): (Undefined, Vec<u32>, Vec<&str>)| {
        let of = match folds.as_slice() {
            [] => String::new(),
            folds => format!(" in {}", folds_in_words(folds)),
        };
        format!("No threshold under this rule for {}{of}: {why}.", names.join(", "))
    };
    reasons.into_iter().map(note).collect()
}

/// The folds of the trials to which the rule gives no threshold; empty without folds.
fn folds_without_threshold(results: &ExperimentResults, row: &SummaryRow, rule: usize) -> Vec<u32> {
    let trials = row.trials.iter().map(|&at| &results.trials[at]);
    let lacking = trials.filter(|trial| {
        trial.evaluations.get(rule).is_some_and(|evaluation| evaluation.undefined.is_some())
    });
    let mut folds: Vec<u32> = lacking.filter_map(|trial| trial.trial.fold).collect();
    folds.sort_unstable();
    folds.dedup();
    folds
}

/// Which metrics are undefined because a part has rows of one class alone.
fn one_class_notes(results: &ExperimentResults) -> impl Iterator<Item = String> {
    one_class_parts(results).into_iter().map(|one| format!("{one}."))
}
