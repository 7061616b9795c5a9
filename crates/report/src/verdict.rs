//! The verdict: who is the best model, how sure that is, what it costs, what it misses, and what would change the
//! answer. In sentences that are computed from the records; every surface shows these.

mod caveats;
mod coin;
mod misses;

pub use caveats::has_one_seed;

use oddbench_core::metrics::Metric;
use oddbench_core::results::ExperimentResults;
use serde::Serialize;

use crate::aggregate::SummaryRow;
use crate::contenders::{contends, ranked};
use crate::few;
use crate::format;
use crate::pairs::{Answer, Leader, Pair, Pairs};
use crate::runs::has_folds;
use crate::scene::Scene;
use crate::sections::cost::microseconds_a_row;
use crate::times;
use crate::tried;

/// Names that a sentence lists; tables have them all.
const MOST_NAMES: usize = 6;

/// The answer of an experiment.
#[derive(Debug, Clone, PartialEq, Default, Serialize)]
pub struct Verdict {
    /// The answer, a paragraph for each group of models: those that saw no labels, those that did.
    pub sentences: Vec<String>,
    /// What would change it.
    pub caveats: Vec<String>,
    /// The best of each group.
    pub best: Vec<Best>,
    /// Every comparison that the answer rests on.
    pub pairs: Vec<ComparedPair>,
}

/// The best model of a group.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Best {
    /// The name of its row.
    pub name: String,
    /// Whether it saw labels.
    pub supervised: bool,
    /// Its median ROC-AUC.
    pub roc_auc: f64,
    /// Trials that the median is of.
    pub trials: usize,
    /// Rows that tie with it.
    pub ties: Vec<String>,
}

/// Two rows compared by ROC-AUC, medians over their trials.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ComparedPair {
    /// One row.
    pub first: String,
    /// The other.
    pub second: String,
    /// The medians of both.
    pub medians: [Option<f64>; 2],
    /// First less second.
    pub difference: f64,
    /// Low end of the 95 % interval.
    pub low: f64,
    /// High end.
    pub high: f64,
    /// After Holm's correction for all pairs here.
    pub p: f64,
    /// What it comes to.
    pub answer: Answer,
    /// How many seeds (or folds) of each are drawn.
    pub units: [usize; 2],
    /// Its figures as every surface shows them.
    pub shown: Shown,
}

/// A comparison in text: no digit contradicts what it comes to.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Shown {
    /// The difference: `+0.012`.
    pub difference: String,
    /// The interval: `+0.003 to +0.021`.
    pub interval: String,
    /// The p-value: `0.007`.
    pub p: String,
}

impl Shown {
    /// What a table and a sentence have of a pair.
    pub fn of(pair: &Pair) -> Self {
        Self {
            difference: format::difference_with(pair.found.difference, pair.found.interval),
            interval: format::ends_of_difference(pair.found.interval),
            p: format::p_value(pair.p_adjusted),
        }
    }
}

/// The verdict on results and their rows ([`crate::summarize`]).
pub fn verdict(results: &ExperimentResults, rows: &[SummaryRow]) -> Verdict {
    of_scene(&Scene::new(results, rows))
}

/// The same, from what sections share.
pub fn of_scene(scene: &Scene<'_>) -> Verdict {
    let pairs = scene.pairs();
    let mut sentences: Vec<String> =
        pairs.leaders.iter().map(|leader| paragraph(scene, pairs, leader)).collect();
    if sentences.is_empty() {
        sentences.push(nobody(scene));
    }
    Verdict {
        sentences,
        caveats: caveats::of(scene, pairs),
        best: pairs.leaders.iter().filter_map(|leader| best(scene, pairs, leader)).collect(),
        pairs: pairs.pairs.iter().map(|pair| line(scene.rows, pair)).collect(),
    }
}

fn nobody(scene: &Scene<'_>) -> String {
    let title = Metric::RocAuc.title();
    let why = scene.results.sweeps.iter().filter_map(|sweep| {
        Some(format!(" Sweep of {}: {}", sweep.name, tried::undecided(sweep)?))
    });
    let why: String = why.collect();
    let said = match scene.rows.iter().any(|row| row.status.completed > 0) {
        false => "No model has scores, so that none is the best.".to_owned(),
        true => format!("No model that was fitted here has a {title}, so that none is the best."),
    };
    format!("{said}{why}")
}

fn best(scene: &Scene<'_>, pairs: &Pairs, leader: &Leader) -> Option<Best> {
    let row = &scene.rows[leader.best];
    Some(Best {
        name: row.name.clone(),
        supervised: row.supervised,
        roc_auc: area(row)?,
        trials: row.status.completed,
        ties: pairs.ties(leader.best).into_iter().map(|at| scene.rows[at].name.clone()).collect(),
    })
}

fn line(rows: &[SummaryRow], pair: &Pair) -> ComparedPair {
    let (first, second) = (&rows[pair.first], &rows[pair.second]);
    ComparedPair {
        first: first.name.clone(),
        second: second.name.clone(),
        medians: [area(first), area(second)],
        difference: pair.found.difference,
        low: pair.found.interval.low,
        high: pair.found.interval.high,
        p: pair.p_adjusted,
        answer: pair.answer(),
        units: pair.found.units,
        shown: Shown::of(pair),
    }
}

fn area(row: &SummaryRow) -> Option<f64> {
    row.metric(0, Metric::RocAuc).map(|spread| spread.median)
}

fn paragraph(scene: &Scene<'_>, pairs: &Pairs, leader: &Leader) -> String {
    let few = few::sentence(scene.results);
    if let Some(beaten) = coin::sentence(scene, pairs, leader) {
        // What a model costs and finds says nothing, where it is no better than a coin.
        let said = [Some(beaten), few, Some(rests_on(scene, &scene.rows[leader.best]))];
        return joined(said);
    }
    if few.is_some() {
        // Who ties, who is the best at a threshold and what is missed would be said of one or two rows.
        let rests_on = rests_on(scene, &scene.rows[leader.best]);
        return joined([lead(scene, pairs, leader), few, Some(rests_on), costs(scene, leader)]);
    }
    let said = [
        lead(scene, pairs, leader),
        ties(scene, pairs, leader),
        Some(rests_on(scene, &scene.rows[leader.best])),
        by_f1(scene, leader),
        costs(scene, leader),
        misses::sentence(scene, leader.best),
    ];
    joined(said)
}

fn joined(said: impl IntoIterator<Item = Option<String>>) -> String {
    said.into_iter().flatten().collect::<Vec<_>>().join(" ")
}

/// Who is the best, and its lead over the next. A model that ties, or whose lead nobody can judge, is not called the best:
/// it has the greatest median.
fn lead(scene: &Scene<'_>, pairs: &Pairs, leader: &Leader) -> Option<String> {
    let row = &scene.rows[leader.best];
    let (name, own) = (&row.name, format::share(area(row)?));
    let saw = if row.supervised { "that saw labels" } else { "without labels" };
    let Some(&next) = leader.behind.first() else {
        let is_other = |other: &SummaryRow| other.supervised == row.supervised && contends(other);
        let others = scene.rows.iter().filter(|other| is_other(other)).count() > 1;
        let with = if others { " with scores" } else { "" };
        return Some(format!("{name} is the only model {saw}{with}: ROC-AUC {own}."));
    };
    let title = Metric::RocAuc.title();
    let of = leader.behind.len() + 1;
    let other = &scene.rows[next].name;
    let greatest = format!("{name} has the greatest median {title} of {of} models {saw}, {own}");
    let Some(pair) = pairs.of(leader.best, next) else {
        let figure = format::share(area(&scene.rows[next])?);
        return Some(format!("{greatest}; {other} is next with {figure}."));
    };
    let best = format!("{name} is the best of {of} models {saw} by median {title}, {own}");
    let shown = Shown::of(pair);
    let by = shown.difference.trim_start_matches('+');
    let sure = format!("95 % interval {}, p {}", shown.interval, shown.p);
    Some(match pair.answer() {
        Answer::Tie if pair.found.difference == 0.0 => {
            format!("{greatest}, and {other} has the same ({sure}).")
        }
        Answer::Tie => format!(
            "{greatest}, and ties with {other}, the next: it leads by {by} ({sure}), which may be chance."
        ),
        Answer::Unsure => format!(
            "{greatest}: it leads {other}, the next, by {by} ({sure}). Among {} that may be chance.",
            format::counted(pairs.pairs.len(), "comparison")
        ),
        Answer::Better | Answer::Worse => {
            format!("{best}: it leads {other}, the next, by {by} ({sure}).")
        }
    })
}

/// Which models tie with the best, or with the next.
fn ties(scene: &Scene<'_>, pairs: &Pairs, leader: &Leader) -> Option<String> {
    let &next = leader.behind.first()?;
    // Without an interval, nobody knows.
    pairs.of(leader.best, next)?;
    let tied = contending(leader, &pairs.ties(leader.best));
    if !tied.is_empty() {
        // One alone has been named.
        let names = names(scene, &tied);
        return (tied != [next]).then(|| match tied.len() {
            1 => format!("It ties with {names}: the interval of their difference holds 0."),
            n => format!(
                "{n} models tie with it, because the interval of each difference holds 0: {names}."
            ),
        });
    }
    let tied = contending(leader, &pairs.ties(next));
    let next = &scene.rows[next].name;
    Some(match tied.len() {
        0 => "No model ties with it.".to_owned(),
        1 => format!("No model ties with it; {} ties with {next}.", names(scene, &tied)),
        n => format!(
            "No model ties with it; behind it {n} models tie with {next}: {}.",
            names(scene, &tied)
        ),
    })
}

fn contending(leader: &Leader, rows: &[usize]) -> Vec<usize> {
    leader.behind.iter().copied().filter(|at| rows.contains(at)).collect()
}

/// Names of rows, the first few.
fn names(scene: &Scene<'_>, rows: &[usize]) -> String {
    let mut names: Vec<&str> = rows.iter().map(|&at| scene.rows[at].name.as_str()).collect();
    let more = names.len().saturating_sub(MOST_NAMES);
    names.truncate(MOST_NAMES);
    let listed = names.join(", ");
    if more > 0 { format!("{listed} and {more} more") } else { listed }
}

/// What the median of a row is over, and what of that is chance.
fn rests_on(scene: &Scene<'_>, row: &SummaryRow) -> String {
    let seeded = row.trials.iter().any(|&at| scene.results.trials[at].trial.seed.is_some());
    let (name, n) = (&row.name, row.status.completed);
    let spread = row.metric(0, Metric::RocAuc);
    let range = spread.map(|s| format!("{} to {}", format::share(s.min), format::share(s.max)));
    let range = range.unwrap_or_default();
    // A fold whose test rows are all of one label has no ROC-AUC.
    let known = spread.map_or(n, |spread| spread.n);
    match (has_folds(scene.results), seeded, n) {
        (true, _, 1) => format!("{name} was judged on one fold."),
        (true, _, n) if known < n => {
            let has = if n - known == 1 { " one has" } else { "s have" };
            format!(
                "{name} was judged by {known} of {n} trials over folds ({range}): the other{has} no ROC-AUC."
            )
        }
        (true, _, n) => format!("{name} was judged by {n} trials over folds ({range})."),
        (false, false, _) => {
            format!("{name} uses no random numbers: every run gives the same figures.")
        }
        (false, true, n) if n < row.status.total() => {
            let of = format::counted(row.status.total(), "seed");
            let range = if n > 1 { format!(" ({range})") } else { String::new() };
            format!(
                "Of the {of} of {name}, {n} {} scores{range}.",
                format::agreed(n, "has", "have")
            )
        }
        (false, true, 1) => format!("{name} has one seed."),
        (false, true, n) if spread.is_some_and(|s| s.min == 1.0) => {
            format!("All {n} seeds of {name} reach 1.000, which no model can surpass.")
        }
        (false, true, n) if spread.is_some_and(|s| s.min == s.max) => {
            format!("The {n} seeds of {name} give the same figure.")
        }
        (false, true, n) => format!("{name} has {n} seeds ({range})."),
    }
}

/// Who is the best by F1, where that is another one: the question is often asked, and the answer depends on a threshold.
fn by_f1(scene: &Scene<'_>, leader: &Leader) -> Option<String> {
    let supervised = scene.rows[leader.best].supervised;
    let &first = ranked(scene.rows, supervised, Metric::F1).first()?;
    let f1 = |at: usize| scene.rows[at].metric(0, Metric::F1).map(|spread| spread.median);
    let (best, own) = (format::share(f1(first)?), format::share(f1(leader.best)?));
    let mark = if scene.is_oracle() { format::ORACLE } else { "" };
    (best != own).then(|| {
        let name = &scene.rows[first].name;
        format!("At the thresholds of this experiment {name} has the greatest median F1{mark}, {best} against {own}.")
    })
}

/// What the best costs, beside the next.
fn costs(scene: &Scene<'_>, leader: &Leader) -> Option<String> {
    let cost = |at: usize| {
        let row = &scene.rows[at];
        let fit = format::duration(row.fit_seconds?.median);
        let score = microseconds_a_row(scene.subject(), row)?;
        Some((fit, format::duration(score / 1e6)))
    };
    let (fit, score) = cost(leader.best)?;
    let name = &scene.rows[leader.best].name;
    let mut named = vec![&scene.rows[leader.best]];
    let mut said = format!("{name} takes {fit} to fit and {score} to score a row");
    if let Some(&next) = leader.behind.first()
        && let Some((fit, score)) = cost(next)
    {
        said.push_str(&format!("; {} takes {fit} and {score}", scene.rows[next].name));
        named.push(&scene.rows[next]);
    }
    let shares = times::shared(scene.results, named);
    Some(joined([Some(format!("{said}.")), shares]))
}
