//! Whether the best model of a group beats a coin. A model that does not deserves no praise.

use oddbench_core::metrics::Metric;
use oddbench_core::stats::{Bootstrap, Interval, estimate};

use crate::aggregate::SummaryRow;
use crate::contenders::best_first;
use crate::few::few;
use crate::format;
use crate::pairs::{Answer, Leader, Pairs};
use crate::scene::Scene;
use crate::sections::certainty::resampled::within;

/// The ROC-AUC of a coin, and of a constant score.
const COIN: f64 = 0.5;

/// Sanity models whose scores know nothing of a row.
const BLIND: [&str; 2] = ["random", "constant"];

/// Says that no model of the group beats a coin. `None` if the best one does.
pub fn sentence(scene: &Scene<'_>, pairs: &Pairs, leader: &Leader) -> Option<String> {
    let row = &scene.rows[leader.best];
    let own = area(row)?;
    let blind = unbeaten(scene, pairs, leader.best, own);
    if own > COIN && blind.is_none() {
        return None;
    }
    let interval = interval(scene, leader.best);
    let saw = if row.supervised { "that saw labels" } else { "without labels" };
    let title = Metric::RocAuc.title();
    let range = interval.map(|interval| {
        let [low, high] = [interval.low, interval.high].map(format::share);
        format!(" (95 % interval {low} to {high})")
    });
    let greatest = format!(
        "the greatest median, of {}, is {}{}",
        row.name,
        format::share(own),
        range.unwrap_or_default()
    );
    let Some(other) = blind else {
        return Some(format!(
            "No model {saw} is shown to beat a coin, whose {title} is 0.500: {greatest}."
        ));
    };
    let figure = format::share(area(other)?);
    let name = &other.name;
    // An interval above 0.5 beside the words that no coin is beaten would be a contradiction.
    Some(match interval.is_some_and(|interval| interval.low > COIN) {
        true => format!(
            "No model {saw} is shown to be better than {name}, which knows nothing of the rows and has a {title} of {figure} here: {greatest}."
        ),
        false => format!(
            "No model {saw} is shown to beat a coin, whose {title} is 0.500: {greatest}. {name}, which knows nothing of the rows, has {figure}."
        ),
    })
}

/// Where the median of a row may lie. It decides nothing: over two or three folds it is wide even for a good model. `None`
/// if the rows are too few to say.
fn interval(scene: &Scene<'_>, row: usize) -> Option<Interval> {
    if few(scene.results).is_some() {
        return None;
    }
    let repeats = scene.compared().repeats(row, Metric::RocAuc);
    Some(within(Metric::RocAuc, estimate(&repeats, Bootstrap::default())?.interval?))
}

/// A blind model that the best one is not better than.
fn unbeaten<'a>(scene: &Scene<'a>, pairs: &Pairs, best: usize, own: f64) -> Option<&'a SummaryRow> {
    let blind = scene.rows.iter().enumerate().filter(|(_, row)| BLIND.contains(&row.kind.as_str()));
    let not_behind = blind.filter_map(|(at, row)| {
        let figure = area(row)?;
        let tie = pairs.of(best, at).is_some_and(|pair| pair.answer() == Answer::Tie);
        (tie || figure >= own).then_some((row, figure))
    });
    best_first(not_behind).first().map(|(row, _)| *row)
}

fn area(row: &SummaryRow) -> Option<f64> {
    row.metric(0, Metric::RocAuc).map(|spread| spread.median)
}
