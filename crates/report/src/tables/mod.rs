//! The tables of a report, free of any format: what the renderers show.

mod attacks;
mod audit;
mod backends;
mod certainty;
mod defects;
mod known_rows;
mod published;
mod ranks;
pub mod sweep;
mod transfer;
mod trials;

use oddbench_core::evaluate::Undefined;
use oddbench_core::record::ExperimentResults;

use crate::aggregate::{Metric, Spread, SummaryRow};
use crate::format::{self, ORACLE, ORACLE_NOTE, ORACLE_SHORT, UNKNOWN};
use crate::{facts, runs};

pub use attacks::{attacks, judged};
pub use audit::audit;
pub use backends::backends;
pub use certainty::{Resampled, certainty};
pub use defects::defects;
pub use known_rows::known_rows;
pub use published::published;
pub use ranks::{rank_values, ranks};
pub use sweep::sweep;
pub use transfer::transfer;
pub use trials::{failures, trials};

/// A column's head.
#[derive(Debug, Clone, PartialEq)]
pub struct Head {
    /// What it says.
    pub text: String,
    /// Whether its cells are figures, set flush right.
    pub numeric: bool,
}

/// A cell.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Cell {
    /// What it says.
    pub text: String,
    /// More on it, line by line, where there is room: `median 0.963`, `0.679 to 0.969`.
    pub details: Vec<String>,
    /// Whether it is the best of its column.
    pub best: bool,
    /// A share from 0 to 1 that a bar can show.
    pub share: Option<f64>,
    /// What it sorts by.
    pub value: Option<f64>,
    /// Whether it says that something is amiss.
    pub attention: bool,
}

impl Cell {
    fn new(text: impl Into<String>) -> Self {
        Self { text: text.into(), ..Self::default() }
    }
}

/// Rows that belong together.
#[derive(Debug, Clone, PartialEq)]
pub struct Group {
    /// What they have in common, if it needs saying.
    pub title: Option<String>,
    /// The rows; the first cell is the row's head.
    pub rows: Vec<Vec<Cell>>,
}

/// A table.
#[derive(Debug, Clone, PartialEq)]
pub struct Table {
    /// What it shows.
    pub caption: String,
    /// One per column.
    pub head: Vec<Head>,
    /// The body.
    pub groups: Vec<Group>,
    /// Footnotes.
    pub notes: Vec<String>,
}

/// The mark of a table of generated rows.
pub const SYNTHETIC_NOTE: &str =
    "Synthetic data: the rows are made by a generator. The figures say nothing about real traffic.";

/// What the cost of not peeking is.
const NOT_PEEKED_NOTE: &str = "Cost of not peeking: the best F1 that any threshold could give on these test rows, by someone who knows their labels, less the F1 in this table. That best F1 is computed for this column alone.";

/// What an oracle's gain is.
const PEEKED_NOTE: &str = "† Gain by peeking: F1 in this table less that of the same rule on the validation rows, as they are, judged on the same test rows.";

/// The heading above rows of models that saw labels.
pub const SUPERVISED: &str = "Supervised: trained with labels";

/// What `(s)` means where there are no groups.
pub const SUPERVISED_NOTE: &str = "(s) supervised: trained with labels.";

/// Unsupervised rows first, supervised ones in a group of their own under a heading that says so.
fn grouped<'r>(
    rows: impl Iterator<Item = &'r SummaryRow>,
    cells: impl Fn(&'r SummaryRow) -> Vec<Cell>,
) -> Vec<Group> {
    let (supervised, unsupervised): (Vec<_>, Vec<_>) = rows.partition(|row| row.supervised);
    let group = |title: Option<&str>, rows: Vec<&'r SummaryRow>| Group {
        title: title.map(str::to_owned),
        rows: rows.into_iter().map(&cells).collect(),
    };
    let groups = [group(None, unsupervised), group(Some(SUPERVISED), supervised)];
    groups.into_iter().filter(|group| !group.rows.is_empty()).collect()
}

/// Which rows have no threshold under the rule at that position, and why.
pub fn undefined_notes(rows: &[SummaryRow], rule: usize) -> Vec<String> {
    let mut reasons: Vec<(Undefined, Vec<&str>)> = Vec::new();
    for row in rows {
        let Some(why) = row.rules.get(rule).and_then(|rule| rule.undefined) else { continue };
        match reasons.iter_mut().find(|(known, _)| *known == why) {
            Some((_, names)) => names.push(&row.name),
            None => reasons.push((why, vec![&row.name])),
        }
    }
    let note = |(why, names): (Undefined, Vec<&str>)| {
        format!("No threshold under this rule for {}: {why}.", names.join(", "))
    };
    reasons.into_iter().map(note).collect()
}

fn heads(texts: &[(&str, bool)]) -> Vec<Head> {
    texts.iter().map(|&(text, numeric)| Head { text: text.into(), numeric }).collect()
}

/// A head per metric, marked where an oracle's threshold decides it.
fn metric_heads(metrics: &[Metric], oracle: bool) -> impl Iterator<Item = Head> {
    metrics.iter().map(move |metric| {
        let mark = if oracle && metric.depends_on_threshold() { ORACLE } else { "" };
        Head { text: format!("{}{mark}", metric.title()), numeric: true }
    })
}

/// The comparison of all rows under the rule at that position.
pub fn comparison(results: &ExperimentResults, rows: &[SummaryRow], rule: usize) -> Table {
    let Some(settings) = results.manifest.thresholds.get(rule) else {
        return Table { caption: String::new(), head: vec![], groups: vec![], notes: vec![] };
    };
    let oracle = settings.is_oracle();
    let mut head = heads(&[("Model", false), ("Trials", true)]);
    head.extend(metric_heads(&Metric::ALL, oracle));
    head.extend(heads(&[(if oracle { PEEKED } else { NOT_PEEKED }, true)]));
    head.extend(heads(&[("Fit, s", true), ("Score, s", true), ("Peak, MB", true)]));
    let best = [best(rows, rule, false), best(rows, rule, true)];
    let groups =
        grouped(rows.iter(), |row| comparison_row(row, rule, &best[usize::from(row.supervised)]));
    Table {
        caption: caption(results, &format!("Test rows, threshold: {}", format::rule(settings))),
        head,
        groups,
        notes: comparison_notes(results, rows, rule, oracle),
    }
}

fn caption(results: &ExperimentResults, text: &str) -> String {
    let mark = if results.manifest.data.synthetic { " (synthetic data)" } else { "" };
    format!("{text}{mark}")
}

fn comparison_notes(
    results: &ExperimentResults,
    rows: &[SummaryRow],
    rule: usize,
    oracle: bool,
) -> Vec<String> {
    let mut notes = Vec::new();
    if oracle {
        notes.push(ORACLE_NOTE.to_owned());
    }
    notes.push(if oracle { PEEKED_NOTE } else { NOT_PEEKED_NOTE }.to_owned());
    if results.manifest.data.synthetic {
        notes.push(SYNTHETIC_NOTE.to_owned());
    }
    notes.extend(facts::contaminated(results));
    notes.extend(undefined_notes(rows, rule));
    if rows.iter().any(|row| row.trials.len() > 1) {
        let over = runs::varied(results);
        notes.push(format!("Mean ± sample standard deviation over {over}; (n = …) where a figure is undefined in some trials. Trials: how many."));
    }
    let of = match rows.iter().any(|row| row.supervised) {
        true => " of its group: models that saw labels are not compared with those that did not",
        false => "",
    };
    notes.push(format!("{UNKNOWN} undefined or unknown. Bold: the best mean{of}."));
    notes
}

/// The best mean of each metric among the rows that saw labels or those that did not, as it is shown,
/// so that ties share it.
fn best(rows: &[SummaryRow], rule: usize, supervised: bool) -> Vec<Option<String>> {
    let of = |metric: Metric| {
        if metric == Metric::Threshold {
            return None;
        }
        let group = || rows.iter().filter(|row| row.supervised == supervised);
        let best =
            group().filter_map(|row| row.metric(rule, metric)).map(|s| s.mean).reduce(f64::max)?;
        (group().count() > 1).then(|| format::share(best))
    };
    Metric::ALL.into_iter().map(of).collect()
}

fn comparison_row(row: &SummaryRow, rule: usize, best: &[Option<String>]) -> Vec<Cell> {
    let mut cells = vec![
        Cell {
            details: Some(row.kind.clone()).filter(|kind| *kind != row.name).into_iter().collect(),
            ..Cell::new(&row.name)
        },
        trial_count(row),
    ];
    for (metric, best) in Metric::ALL.into_iter().zip(best) {
        let spread = row.metric(rule, metric);
        let show = |value: f64| format::metric(metric, value);
        let is_best = spread.is_some_and(|s| Some(show(s.mean)) == *best);
        cells.push(Cell {
            text: format::spread(spread, row.status.completed, show),
            // A threshold's spread says little beside the width that it takes.
            details: details(spread.filter(|_| metric != Metric::Threshold), show),
            best: is_best,
            share: spread.filter(|_| metric != Metric::Threshold).map(|s| s.mean.clamp(0.0, 1.0)),
            value: spread.map(|s| s.mean),
            ..Cell::default()
        });
    }
    let completed = row.status.completed;
    cells.push(peeking(row, rule));
    cells.push(measured(row.fit_seconds, completed, format::seconds));
    cells.push(measured(row.score_seconds, completed, format::seconds));
    cells.push(measured(row.peak_rss_mb, completed, format::megabytes));
    cells
}

/// What the head says above [`peeking`] under a rule that has not seen the test rows.
const NOT_PEEKED: &str = "Cost of not peeking";
/// The same under an oracle.
const PEEKED: &str = "Gain by peeking†";

/// The cost of not peeking, or what an oracle gained by it.
fn peeking(row: &SummaryRow, rule: usize) -> Cell {
    let Some(rule) = row.rules.get(rule) else { return Cell::new(UNKNOWN) };
    let oracle = rule.peeking.oracle_f1.filter(|_| !rule.oracle);
    Cell {
        text: format::spread(rule.peeking.difference, row.status.completed, format::share)
            .replace('-', "−"),
        details: oracle
            .map(|best| format!("of {} at best", format::share(best.mean)))
            .into_iter()
            .collect(),
        value: rule.peeking.difference.map(|s| s.mean),
        ..Cell::default()
    }
}

/// The number of trials, and how they went if not all completed.
fn trial_count(row: &SummaryRow) -> Cell {
    let total = row.trials.len();
    let all = row.status.completed == total;
    let text = if all { total.to_string() } else { row.status.to_string() };
    Cell { value: Some(row.status.completed as f64), attention: !all, ..Cell::new(text) }
}

fn measured(spread: Option<Spread>, expected: usize, show: fn(f64) -> String) -> Cell {
    Cell {
        text: format::spread(spread, expected, show),
        details: details(spread, show),
        value: spread.map(|s| s.mean),
        ..Cell::default()
    }
}

fn details(spread: Option<Spread>, show: impl Fn(f64) -> String) -> Vec<String> {
    match spread {
        Some(s) if s.n > 1 => {
            vec![
                format!("median {}", show(s.median)),
                format!("{} to {}", show(s.min), show(s.max)),
            ]
        }
        _ => vec![],
    }
}

/// Medians and ranges of rows with several trials: a mean hides a seed that collapsed.
pub fn medians(results: &ExperimentResults, rows: &[SummaryRow], rule: usize) -> Option<Table> {
    let settings = results.manifest.thresholds.get(rule)?;
    let oracle = settings.is_oracle();
    let several: Vec<&SummaryRow> = rows.iter().filter(|row| row.status.completed > 1).collect();
    if several.is_empty() {
        return None;
    }
    let mut head = heads(&[("Model", false), ("Completed", true)]);
    head.extend(metric_heads(&Metric::ALL, oracle));
    let groups = grouped(several.into_iter(), |row| {
        let mut cells = vec![Cell::new(&row.name), Cell::new(row.status.completed.to_string())];
        cells.extend(Metric::ALL.into_iter().map(|metric| {
            let show = |value: f64| format::metric(metric, value);
            Cell::new(row.metric(rule, metric).map_or(UNKNOWN.into(), |s| {
                format!("{} ({} to {})", show(s.median), show(s.min), show(s.max))
            }))
        }));
        cells
    });
    Some(Table {
        caption: caption(
            results,
            &format!(
                "Median (least to greatest) over {}, threshold: {}",
                runs::varied(results),
                format::rule(settings)
            ),
        ),
        head,
        groups,
        notes: if oracle { vec![ORACLE_SHORT.to_owned()] } else { vec![] },
    })
}
