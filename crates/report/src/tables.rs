//! The tables of a report, free of any format: the renderers and the terminal show these.

use oddbench_core::record::{ExperimentResults, Outcome, Stage};

use crate::aggregate::{Metric, Spread, SummaryRow};
use crate::anchors::Comparison;
use crate::format::{self, ORACLE, ORACLE_NOTE, UNKNOWN};

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
    /// More on it, where there is room: `median 0.963 (0.679 to 0.969)`.
    pub detail: Option<String>,
    /// Whether it is the best of its column.
    pub best: bool,
    /// A share from 0 to 1 that a bar can show.
    pub share: Option<f64>,
    /// What it sorts by.
    pub value: Option<f64>,
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

fn heads(texts: &[(&str, bool)]) -> Vec<Head> {
    texts.iter().map(|&(text, numeric)| Head { text: text.into(), numeric }).collect()
}

/// The comparison of all rows under the rule at that position.
pub fn comparison(results: &ExperimentResults, rows: &[SummaryRow], rule: usize) -> Table {
    let Some(settings) = results.manifest.thresholds.get(rule) else {
        return Table { caption: String::new(), head: vec![], groups: vec![], notes: vec![] };
    };
    let oracle = settings.is_oracle();
    let mut head = heads(&[("Model", false), ("Seeds", true)]);
    for metric in Metric::ALL {
        let mark = if oracle && metric.depends_on_threshold() { ORACLE } else { "" };
        head.push(Head { text: format!("{}{mark}", metric.title()), numeric: true });
    }
    head.extend(heads(&[
        ("Fit, s", true),
        ("Score, s", true),
        ("Peak, MB", true),
        ("Status", false),
    ]));
    let best = best(rows, rule);
    let body = |supervised: bool| -> Vec<Vec<Cell>> {
        let group = rows.iter().filter(|row| row.supervised == supervised);
        group.map(|row| comparison_row(row, rule, &best)).collect()
    };
    let mut groups = vec![Group { title: None, rows: body(false) }];
    let supervised = body(true);
    if !supervised.is_empty() {
        groups.push(Group {
            title: Some("Supervised: trained with labels".into()),
            rows: supervised,
        });
    }
    groups.retain(|group| !group.rows.is_empty());
    Table {
        caption: caption(results, &format!("Test rows, threshold: {}", format::rule(settings))),
        head,
        groups,
        notes: comparison_notes(results, rows, oracle),
    }
}

fn caption(results: &ExperimentResults, text: &str) -> String {
    let mark = if results.manifest.data.synthetic { " (synthetic data)" } else { "" };
    format!("{text}{mark}")
}

fn comparison_notes(results: &ExperimentResults, rows: &[SummaryRow], oracle: bool) -> Vec<String> {
    let mut notes = Vec::new();
    if oracle {
        notes.push(ORACLE_NOTE.to_owned());
    }
    if results.manifest.data.synthetic {
        notes.push(SYNTHETIC_NOTE.to_owned());
    }
    if rows.iter().any(|row| row.trials.len() > 1) {
        notes.push("Mean ± sample standard deviation over seeds; (n = …) where a figure is undefined at some seeds.".into());
    }
    notes.push(format!(
        "{UNKNOWN} undefined or unknown. Bold: the best mean of the unsupervised rows."
    ));
    notes
}

/// The best mean of each metric among the unsupervised rows, as it is shown, so that ties share it.
fn best(rows: &[SummaryRow], rule: usize) -> Vec<Option<String>> {
    let of = |metric: Metric| {
        if metric == Metric::Threshold {
            return None;
        }
        let unsupervised = || rows.iter().filter(|row| !row.supervised);
        let best = unsupervised()
            .filter_map(|row| row.metric(rule, metric))
            .map(|s| s.mean)
            .reduce(f64::max)?;
        (unsupervised().count() > 1).then(|| format::share(best))
    };
    Metric::ALL.into_iter().map(of).collect()
}

fn comparison_row(row: &SummaryRow, rule: usize, best: &[Option<String>]) -> Vec<Cell> {
    let mut cells = vec![
        Cell {
            detail: Some(row.kind.clone()).filter(|kind| *kind != row.name),
            ..Cell::new(&row.name)
        },
        Cell::new(row.trials.len().to_string()),
    ];
    for (metric, best) in Metric::ALL.into_iter().zip(best) {
        let spread = row.metric(rule, metric);
        let show = |value: f64| format::metric(metric, value);
        let is_best = !row.supervised && spread.is_some_and(|s| Some(show(s.mean)) == *best);
        cells.push(Cell {
            text: format::spread(spread, row.status.completed, show),
            detail: spread.and_then(|s| detail(s, show)),
            best: is_best,
            share: spread.filter(|_| metric != Metric::Threshold).map(|s| s.mean.clamp(0.0, 1.0)),
            value: spread.map(|s| s.mean),
        });
    }
    let completed = row.status.completed;
    cells.push(measured(row.fit_seconds, completed, format::seconds));
    cells.push(measured(row.score_seconds, completed, format::seconds));
    cells.push(measured(row.peak_rss_mb, completed, format::megabytes));
    cells.push(Cell::new(row.status.to_string()));
    cells
}

fn measured(spread: Option<Spread>, expected: usize, show: fn(f64) -> String) -> Cell {
    Cell {
        text: format::spread(spread.map(|s| Spread { sd: None, ..s }), expected, show),
        detail: spread.and_then(|s| detail(s, show)),
        value: spread.map(|s| s.mean),
        ..Cell::default()
    }
}

fn detail(spread: Spread, show: impl Fn(f64) -> String) -> Option<String> {
    (spread.n > 1).then(|| {
        format!("median {} ({} to {})", show(spread.median), show(spread.min), show(spread.max))
    })
}

/// Medians and ranges of rows with several seeds: a mean hides a seed that collapsed.
pub fn medians(results: &ExperimentResults, rows: &[SummaryRow], rule: usize) -> Option<Table> {
    let settings = results.manifest.thresholds.get(rule)?;
    let oracle = settings.is_oracle();
    let several: Vec<&SummaryRow> = rows.iter().filter(|row| row.status.completed > 1).collect();
    if several.is_empty() {
        return None;
    }
    let mut head = heads(&[("Model", false), ("Completed", true)]);
    for metric in Metric::ALL {
        let mark = if oracle && metric.depends_on_threshold() { ORACLE } else { "" };
        head.push(Head { text: format!("{}{mark}", metric.title()), numeric: true });
    }
    let body = several.into_iter().map(|row| {
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
                "Median (least to greatest) over seeds, threshold: {}",
                format::rule(settings)
            ),
        ),
        head,
        groups: vec![Group { title: None, rows: body.collect() }],
        notes: if oracle { vec![ORACLE_NOTE.to_owned()] } else { vec![] },
    })
}

/// Published figures beside ours: three rows per label.
pub fn published(results: &ExperimentResults, comparison: &Comparison) -> Table {
    let oracle = results.manifest.thresholds.first().is_some_and(|t| t.is_oracle());
    let mut head = heads(&[("Model", false), ("", false)]);
    for metric in &comparison.metrics {
        let mark = if oracle && metric.depends_on_threshold() { ORACLE } else { "" };
        head.push(Head { text: format!("{}{mark}", metric.title()), numeric: true });
    }
    let mut notes = Vec::new();
    let mut groups = Vec::new();
    for row in &comparison.rows {
        let name = row.row.as_deref().unwrap_or(&row.label);
        let mut numbered = name.to_owned();
        if let Some(note) = &row.note {
            let number = match notes.iter().position(|known| known == note) {
                Some(position) => position + 1,
                None => {
                    notes.push(note.clone());
                    notes.len()
                }
            };
            numbered.push_str(&format!(" [{number}]"));
        }
        let seeds = match (&row.row, row.seeds) {
            (None, _) => "ours: not in this experiment".to_owned(),
            (Some(_), 0) => "ours: no trial completed".to_owned(),
            (Some(_), 1) => "ours".to_owned(),
            (Some(_), n) => format!("ours, median of {n}"),
        };
        let shown = |metric: Metric, value: Option<f64>| {
            Cell::new(value.map_or(UNKNOWN.into(), |v| format::metric(metric, v)))
        };
        let line = |first: &str, second: String, cells: Vec<Cell>| {
            let mut line = vec![Cell::new(first), Cell::new(second)];
            line.extend(cells);
            line
        };
        let pairs = || comparison.metrics.iter().copied().zip(&row.cells);
        let mut rows = vec![
            line(
                &numbered,
                "published".into(),
                pairs().map(|(m, c)| shown(m, c.published)).collect(),
            ),
            line("", seeds, pairs().map(|(m, c)| shown(m, c.ours)).collect()),
        ];
        if row.cells.iter().any(|cell| cell.difference().is_some()) {
            let differences = pairs().map(|(_, cell)| {
                Cell::new(cell.difference().map_or(UNKNOWN.into(), format::difference))
            });
            rows.push(line("", "difference".into(), differences.collect()));
        }
        groups.push(Group { title: None, rows });
    }
    let mut notes: Vec<String> =
        notes.into_iter().enumerate().map(|(i, note)| format!("[{}] {note}", i + 1)).collect();
    if oracle {
        notes.push(ORACLE_NOTE.to_owned());
    }
    Table {
        caption: caption(results, &format!("Against {}", comparison.name)),
        head,
        groups,
        notes,
    }
}

/// Every trial of a row under the rule at that position.
pub fn seeds(results: &ExperimentResults, row: &SummaryRow, rule: usize) -> Table {
    let oracle = row.rules.get(rule).is_some_and(|r| r.oracle);
    let mut head = heads(&[("Seed", false)]);
    for metric in Metric::ALL {
        let mark = if oracle && metric.depends_on_threshold() { ORACLE } else { "" };
        head.push(Head { text: format!("{}{mark}", metric.title()), numeric: true });
    }
    for text in ["TP", "FP", "TN", "FN"] {
        let mark = if oracle { ORACLE } else { "" };
        head.push(Head { text: format!("{text}{mark}"), numeric: true });
    }
    head.extend(heads(&[
        ("Fit, s", true),
        ("Peak, MB", true),
        ("Status", false),
        ("Trial", false),
    ]));
    let rows = row.trials.iter().map(|&at| seed_row(results, row, at, rule)).collect();
    let rule = row.rules.get(rule).map_or(String::new(), |r| format::rule(&r.settings));
    Table {
        caption: caption(results, &format!("{}: every seed, threshold: {rule}", row.name)),
        head,
        groups: vec![Group { title: None, rows }],
        notes: if oracle { vec![ORACLE_NOTE.to_owned()] } else { vec![] },
    }
}

fn seed_row(results: &ExperimentResults, row: &SummaryRow, at: usize, rule: usize) -> Vec<Cell> {
    let trial = &results.trials[at];
    let evaluation = trial.evaluations.get(rule);
    let mut seed = trial.trial.seed.map_or("any".to_owned(), |seed| seed.to_string());
    if row.median_trial == Some(at) && row.trials.len() > 1 {
        seed.push_str(" (median)");
    }
    let mut cells = vec![Cell::new(seed)];
    for metric in Metric::ALL {
        let value = evaluation.and_then(|e| metric.of(e));
        cells.push(Cell::new(value.map_or(UNKNOWN.into(), |v| format::metric(metric, v))));
    }
    let count = |value: fn(oddbench_core::metrics::Confusion) -> u64| {
        Cell::new(evaluation.map_or(UNKNOWN.into(), |e| value(e.confusion).to_string()))
    };
    cells.extend([count(|c| c.tp), count(|c| c.fp), count(|c| c.tn), count(|c| c.fn_)]);
    let (fit, peak, status) = match trial.record.as_ref().map(|record| &record.outcome) {
        Some(Outcome::Completed { fit_seconds, peak_rss_mb, .. }) => {
            (Some(*fit_seconds), *peak_rss_mb, "completed".to_owned())
        }
        Some(Outcome::Failed { stage, .. }) => {
            (None, None, format!("failed ({})", stage_name(*stage)))
        }
        None => (None, None, "not run".to_owned()),
    };
    cells.push(Cell::new(fit.map_or(UNKNOWN.into(), format::seconds)));
    cells.push(Cell::new(peak.map_or(UNKNOWN.into(), format::megabytes)));
    cells.push(Cell::new(status));
    cells.push(Cell::new(trial.trial.id.chars().take(12).collect::<String>()));
    cells
}

/// The share of each class that the median seed of each row calls outliers, at the first rule's
/// threshold; `None` if nothing has scores.
pub fn classes(results: &ExperimentResults, rows: &[SummaryRow]) -> Option<Table> {
    let test = &results.trials.iter().find_map(|trial| trial.scores.as_ref())?.test;
    let oracle = results.manifest.thresholds.first().is_some_and(|t| t.is_oracle());
    let shown: Vec<(&SummaryRow, Vec<u32>)> = rows
        .iter()
        .filter_map(|row| {
            let trial = &results.trials[row.median_trial?];
            let (scores, evaluation) = (trial.scores.as_ref()?, trial.evaluations.first()?);
            let mut called = vec![0; test.classes.names.len()];
            for (&code, &score) in scores.test.classes.codes.iter().zip(&scores.test.scores) {
                *called.get_mut(usize::from(code))? += u32::from(score > evaluation.threshold);
            }
            Some((row, called))
        })
        .collect();
    let mut sizes = vec![(0_u32, 0_u32); test.classes.names.len()];
    for (&code, &outlier) in test.classes.codes.iter().zip(&test.labels) {
        let size = sizes.get_mut(usize::from(code))?;
        size.0 += 1;
        size.1 += u32::from(outlier);
    }
    let mut order: Vec<usize> = (0..sizes.len()).filter(|&class| sizes[class].0 > 0).collect();
    order.sort_by(|&a, &b| sizes[b].0.cmp(&sizes[a].0).then(a.cmp(&b)));
    let mut head = heads(&[("Class", false), ("Label", false), ("Rows", true)]);
    head.extend(shown.iter().map(|(row, _)| Head { text: row.name.clone(), numeric: true }));
    let body = order.into_iter().map(|class| {
        let (total, outliers) = sizes[class];
        let label = match outliers {
            0 => "inlier",
            n if n == total => "outlier",
            _ => "both",
        };
        let mut cells = vec![
            Cell::new(&test.classes.names[class]),
            Cell::new(label),
            Cell { value: Some(f64::from(total)), ..Cell::new(format::count(total as usize)) },
        ];
        cells.extend(shown.iter().map(|(_, called)| {
            let share = f64::from(called[class]) / f64::from(total);
            Cell { share: Some(share), value: Some(share), ..Cell::new(format::share(share)) }
        }));
        cells
    });
    let mark = if oracle { format!(" {ORACLE}") } else { String::new() };
    let text = format!(
        "Share of each class's test rows called outliers, median seeds, first threshold rule{mark}"
    );
    Some(Table {
        caption: caption(results, &text),
        head,
        groups: vec![Group { title: None, rows: body.collect() }],
        notes: if oracle { vec![ORACLE_NOTE.to_owned()] } else { vec![] },
    })
}

/// Trials without scores, with the reason; `None` if there are none.
pub fn failures(results: &ExperimentResults) -> Option<Table> {
    let rows: Vec<Vec<Cell>> = results
        .trials
        .iter()
        .filter_map(|trial| {
            let (stage, message) = match trial.record.as_ref().map(|record| &record.outcome) {
                Some(Outcome::Completed { .. }) => return None,
                Some(Outcome::Failed { stage, message }) => (stage_name(*stage), message.as_str()),
                None => (
                    "not run",
                    "The experiment ended before this trial; run it again to complete it.",
                ),
            };
            let info = &trial.trial;
            let seed = info.seed.map_or("any".to_owned(), |seed| seed.to_string());
            let texts = [&info.label, &info.backend, &seed, stage, message];
            Some(texts.into_iter().map(Cell::new).collect())
        })
        .collect();
    (!rows.is_empty()).then(|| Table {
        caption: "Trials without scores".into(),
        head: heads(&[
            ("Model", false),
            ("Backend", false),
            ("Seed", false),
            ("Stage", false),
            ("Why", false),
        ]),
        groups: vec![Group { title: None, rows }],
        notes: vec![],
    })
}

fn stage_name(stage: Stage) -> &'static str {
    match stage {
        Stage::Prepare => "prepare",
        Stage::Fit => "fit",
        Stage::Score => "score",
        Stage::Store => "store",
        Stage::Process => "process",
    }
}
