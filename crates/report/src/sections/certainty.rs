//! How sure the comparison is: which models are better than others, and where the medians may lie. Both sources of
//! chance are in every interval, as far as they can be drawn: other seeds and other test rows.

pub mod resampled;

use oddbench_core::metrics::Metric;
use oddbench_core::stats::{Bootstrap, Interval, estimate};

use crate::aggregate::SummaryRow;
use crate::document::Block;
use crate::few;
use crate::figures::Figure;
use crate::format::{self, ORACLE_SHORT, UNKNOWN};
use crate::pairs::{Answer, Pair, SIGNIFICANCE};
use crate::runs::{self, has_folds};
use crate::scene::Scene;
use crate::table::{Cell, Head, SUPERVISED_NOTE, Table, by_supervision, heads, metric_head};
use crate::topic::Topic;
use crate::verdict::Shown;
use resampled::{Intervals, within};

/// The section; none where nothing can be resampled.
pub const TOPIC: Topic = Topic::new("certainty", "How sure", blocks);

/// The metrics that have intervals.
const INTERVALS: [Metric; 5] =
    [Metric::Precision, Metric::Recall, Metric::F1, Metric::RocAuc, Metric::AveragePrecision];

/// The metrics of an operator that have intervals here; the section of the operator has the others.
const OPERATORS: [Metric; 4] =
    [Metric::Mcc, Metric::BalancedAccuracy, Metric::MacroRecall, Metric::PartialRocAuc];

/// Who is better, then the intervals under the first threshold rule.
fn blocks(scene: &Scene<'_>, figures: Vec<Figure>) -> Vec<Block> {
    if let Some(few) = few::sentence(scene.results) {
        return Block::usual([few], figures, []);
    }
    let pairs = scene.pairs();
    let precisions = scene.compared().by(Metric::AveragePrecision, pairs);
    let tables = [
        pair_table(scene, Metric::RocAuc, &pairs.pairs),
        pair_table(scene, Metric::AveragePrecision, &precisions).map(Table::folded),
        interval_table(scene),
        scene.intervals().map(|intervals| operator_table(scene, intervals).folded()),
    ];
    Block::usual([], figures, tables.into_iter().flatten())
}

/// Is the first better than the second? `None` without a pair.
fn pair_table(scene: &Scene<'_>, metric: Metric, pairs: &[Pair]) -> Option<Table> {
    let rows: Vec<Vec<Cell>> = pairs.iter().map(|pair| pair_cells(scene, metric, pair)).collect();
    let words = format!(
        "Is one model better than another? By {}, medians over {}",
        metric.title(),
        runs::varied(scene.results)
    );
    let mut head = heads(&["Model", "Against"], &[metric.title(), "Of the other"]);
    head.extend(["Difference", "95 % interval", "p, Holm"].map(|text| Head::new(text, true)));
    head.push(Head::new("The first is", false));
    let notes = pair_notes(scene, pairs);
    (!rows.is_empty())
        .then(|| Table::new(scene.caption(&words), head, rows).notes(notes).wide([2, 3, 6]))
}

fn pair_cells(scene: &Scene<'_>, metric: Metric, pair: &Pair) -> Vec<Cell> {
    let (first, second) = (&scene.rows[pair.first], &scene.rows[pair.second]);
    let median = |row: &SummaryRow| {
        Cell::known(row.metric(0, metric).map(|spread| spread.median), format::signed)
    };
    let shown = Shown::of(pair);
    let unsure = matches!(pair.answer(), Answer::Tie | Answer::Unsure);
    vec![
        Cell::new(first.marked_name()),
        Cell::new(second.marked_name()),
        median(first),
        median(second),
        Cell::of(pair.found.difference, shown.difference),
        Cell::new(shown.interval),
        Cell::of(pair.p_adjusted, shown.p),
        Cell { attention: unsure, ..Cell::new(pair.answer().word()) },
    ]
}

fn pair_notes(scene: &Scene<'_>, pairs: &[Pair]) -> Vec<String> {
    let drawn = match has_folds(scene.results) {
        true => "Each of 1,000 resamples draws whole folds, the same ones for both models.",
        false => {
            "1,000 resamples draw test rows, attacks and benign rows separately and the same rows for both models. Another 1,000 draw seeds of each model."
        }
    };
    let mut notes = vec![
        format!(
            "Difference: of the two medians. {drawn} The interval is Student's; its variance comes from these resamples. p is two-sided. Holm's method corrects it for the {} of this table.",
            format::counted(pairs.len(), "comparison")
        ),
        format!(
            "tie: the interval holds 0. may be chance: the interval leaves 0 out, but p is not below {SIGNIFICANCE}. Among so many comparisons, one such interval is no surprise."
        ),
    ];
    let mut once: Vec<&str> = Vec::new();
    for at in pairs.iter().flat_map(|pair| [pair.first, pair.second]) {
        let row = &scene.rows[at];
        if crate::verdict::has_one_seed(scene, row) && !once.contains(&row.name.as_str()) {
            once.push(&row.name);
        }
    }
    if !once.is_empty() {
        notes.push(format!(
            "These models have one seed, so that only test rows are drawn: {}. Their intervals do not include what another seed would change.",
            once.join(", ")
        ));
    }
    let supervised = pairs.iter().any(|pair| scene.rows[pair.first].supervised);
    notes.extend(supervised.then(|| SUPERVISED_NOTE.to_owned()));
    notes
}

/// The metrics of an operator that are no figures of an operating point, for any number of test rows.
fn operator_table(scene: &Scene<'_>, intervals: &Intervals<'_>) -> Table {
    let oracle = scene.is_oracle();
    let mut head = heads(&["Model"], &[]);
    head.extend(OPERATORS.map(|metric| metric_head(metric, oracle)));
    let body = |row: &SummaryRow| {
        let own = intervals.of_rows.iter().find(|(shown, _)| std::ptr::eq(*shown, row));
        let cell = |metric: Metric| {
            let interval = own.and_then(|(_, found)| found[metric]);
            let Some((spread, Interval { low, high })) = row.metric(0, metric).zip(interval) else {
                return Cell::new(UNKNOWN);
            };
            let [value, low, high] = [spread.median, low, high].map(format::signed);
            Cell { range: Some(format!("{low} to {high}")), ..Cell::of(spread.median, value) }
        };
        [Cell::new(row.name.as_str())].into_iter().chain(OPERATORS.map(cell)).collect()
    };
    let caption = scene.caption(&format!(
        "What both classes weigh alike: medians over {} with 95 % intervals, first threshold",
        runs::varied(scene.results)
    ));
    let groups = by_supervision(intervals.of_rows.iter().map(|(row, _)| *row), body);
    let mut notes = vec![
        "Balanced accuracy: the mean of two shares, of the attacks that are called attacks and of the benign rows that are called benign. Macro recall: the mean recall over the classes of attacks. A rare class counts as much as a frequent one. Partial ROC-AUC: the area up to a false positive rate of 0.01, scaled so that chance gives 1/2 and the best is 1.".to_owned(),
        interval_note(scene),
    ];
    notes.extend(oracle.then(|| ORACLE_SHORT.to_owned()));
    Table::grouped(caption, head, groups).notes(notes).wide([1, 3])
}

/// What the intervals of medians are made of.
fn interval_note(scene: &Scene<'_>) -> String {
    if has_folds(scene.results) {
        return "Each of 1,000 resamples draws whole folds. The interval is Student's. Thresholds stay fixed: the intervals do not include the chance in an oracle's threshold.".to_owned();
    }
    "The test rows are resampled 1,000 times, attacks and benign rows separately. A model with one trial has the percentiles of its figure on these resamples. A model with several seeds has Student's interval, which also includes 1,000 resamples of the seeds. For a figure at a threshold, only the seed with the median ROC-AUC is measured on the resampled rows. Thresholds stay fixed: the intervals do not include the chance in an oracle's threshold.".to_owned()
}

/// Where the medians may lie; `None` if nothing can be resampled.
fn interval_table(scene: &Scene<'_>) -> Option<Table> {
    let oracle = scene.is_oracle();
    let mut head = heads(&["Model"], &[]);
    head.extend(INTERVALS.map(|metric| metric_head(metric, oracle)));
    let shown: Vec<(&SummaryRow, [Option<Interval>; 5])> = (0..scene.rows.len())
        .map(|at| (&scene.rows[at], INTERVALS.map(|metric| interval(scene, at, metric))))
        .filter(|(_, intervals)| intervals.iter().any(Option::is_some))
        .collect();
    let body = |row: &SummaryRow| {
        let own = shown.iter().find(|(shown, _)| std::ptr::eq(*shown, row));
        let cell = |(metric, interval): (Metric, Option<Interval>)| {
            let Some((spread, Interval { low, high })) = row.metric(0, metric).zip(interval) else {
                return Cell::new(UNKNOWN);
            };
            Cell::of(spread.median, format!("{} to {}", format::signed(low), format::signed(high)))
        };
        let figures = own.map(|(_, found)| INTERVALS.into_iter().zip(*found).map(cell));
        [Cell::new(row.name.as_str())].into_iter().chain(figures.into_iter().flatten()).collect()
    };
    let caption = scene.caption(&format!(
        "95 % intervals of the medians over {}, first threshold",
        runs::varied(scene.results)
    ));
    let groups = by_supervision(shown.iter().map(|(row, _)| *row), body);
    let mut notes = vec![interval_note(scene)];
    notes.extend(oracle.then(|| ORACLE_SHORT.to_owned()));
    (!shown.is_empty()).then(|| Table::grouped(caption, head, groups).notes(notes).wide([1, 2]))
}

/// Where a median may lie: an area's from all seeds on all resamples, for any number of rows.
fn interval(scene: &Scene<'_>, row: usize, metric: Metric) -> Option<Interval> {
    if metric.needs_threshold() && !has_folds(scene.results) {
        let mut known = scene.intervals()?.of_rows.iter();
        return known.find(|(shown, _)| std::ptr::eq(*shown, &scene.rows[row]))?.1[metric];
    }
    let repeats = scene.compared().repeats(row, metric);
    Some(within(metric, estimate(&repeats, Bootstrap::default())?.interval?))
}
