//! What would change the verdict.

use oddbench_core::metrics::Metric;

use crate::aggregate::SummaryRow;
use crate::contenders::{contends, is_sanity};
use crate::few::{few, rough};
use crate::format;
use crate::pairs::{Answer, Leader, Pairs};
use crate::runs::has_folds;
use crate::scene::Scene;
use crate::sections::shortcuts::near;
use crate::sections::unseen;
use crate::tried;
use crate::warnings::other_inliers;

/// Each in a sentence or two; empty if nothing is known that would.
pub fn of(scene: &Scene<'_>, pairs: &Pairs) -> Vec<String> {
    let mut said = Vec::new();
    said.extend(scene.results.manifest.data.synthetic.then(|| {
        "Generated rows: the order of the models says nothing about real traffic.".to_owned()
    }));
    for leader in &pairs.leaders {
        said.extend(one_seed(scene, leader));
        said.extend(overlap(scene, pairs, leader));
        said.extend(not_behind(scene, pairs, leader));
    }
    if !pairs.leaders.is_empty() {
        said.extend(scene.is_oracle().then(oracle));
        said.extend(
            near::warning(scene.results, scene.rows).map(|text| format!("A shortcut: {text}")),
        );
        said.extend(unseen::caveat(scene.results.audit.as_ref()));
        said.extend(rough(scene.results));
        said.extend(labels(scene));
        said.extend(folds(scene));
        said.extend(incomplete(scene));
    }
    said
}

/// Whether a median stands on one seed of a model that chance moves.
pub fn has_one_seed(scene: &Scene<'_>, row: &SummaryRow) -> bool {
    let seeded = row.trials.iter().any(|&at| scene.results.trials[at].trial.seed.is_some());
    !has_folds(scene.results) && seeded && row.status.completed == 1
}

fn one_seed(scene: &Scene<'_>, leader: &Leader) -> Option<String> {
    if few(scene.results).is_some() {
        // There is no interval that could lack something.
        return None;
    }
    let both = [Some(leader.best), leader.behind.first().copied()].into_iter().flatten();
    let both: Vec<&SummaryRow> = both.map(|at| &scene.rows[at]).collect();
    let once = both.iter().filter(|row| has_one_seed(scene, row));
    let once: Vec<&str> = once.map(|row| row.name.as_str()).collect();
    let names = once.join(" and ");
    let has = format::agreed(once.len(), "has", "have");
    // Whoever has asked for more seeds knows how to ask.
    let remedy = match both.iter().any(|row| row.status.missing > 0) {
        true => "The experiment is not finished: run it again, and the missing trials are added.",
        false => "Run with --seeds 1,2,3,4,5 to know.",
    };
    (!once.is_empty()).then(|| {
        format!("One seed: {names} {has} one seed, so that the interval does not include what another seed would change. {remedy}")
    })
}

fn overlap(scene: &Scene<'_>, pairs: &Pairs, leader: &Leader) -> Option<String> {
    let tied = pairs.ties(leader.best);
    // Two models whose scores are the same on every resample do not change places.
    let may_change = |at: &usize| {
        pairs
            .of(leader.best, *at)
            .is_some_and(|pair| pair.found.interval.high > pair.found.interval.low)
    };
    let tied = leader.behind.iter().copied().filter(|at| tied.contains(at)).filter(may_change);
    let tied: Vec<usize> = tied.collect();
    let best = &scene.rows[leader.best].name;
    match tied.as_slice() {
        [] => None,
        [one] => Some(format!(
            "Overlap: other seeds or other rows could put {} before {best}.",
            scene.rows[*one].name
        )),
        more => Some(format!(
            "Overlap: other seeds or other rows could put any of {} models before {best}.",
            more.len()
        )),
    }
}

/// Rows that are never called the best and are not behind it.
fn not_behind(scene: &Scene<'_>, pairs: &Pairs, leader: &Leader) -> Option<String> {
    let ties = pairs.ties(leader.best);
    let best = &scene.rows[leader.best];
    let own = best.metric(0, Metric::RocAuc)?.median;
    let rows = scene.rows.iter().enumerate().filter(|(_, row)| !contends(row));
    let said = rows.filter(|(_, row)| row.supervised == best.supervised).filter_map(|(at, row)| {
        let area = row.metric(0, Metric::RocAuc)?.median;
        let surely = pairs.of(leader.best, at).is_some_and(|pair| pair.answer() == Answer::Worse);
        let how = match (ties.contains(&at), area > own) {
            (true, _) => "ties with it",
            (false, true) if surely => "ranks the rows better",
            (false, true) => "has the greater figure, which may be chance",
            (false, false) => return None,
        };
        let what = match is_sanity(row) {
            true => "a sanity model",
            false => "fitted elsewhere, on what nobody can say here",
        };
        Some(format!("{}, {what}, {how}: ROC-AUC {}.", row.name, format::share(area)))
    });
    let said: Vec<String> = said.collect();
    (!said.is_empty()).then(|| format!("Not behind the best model: {}", said.join(" ")))
}

fn oracle() -> String {
    format!(
        "An oracle threshold: figures marked {} use a threshold that was chosen on the test rows. At a threshold that was chosen on other rows, more attacks are missed. The order by ROC-AUC needs no threshold.",
        format::ORACLE
    )
}

fn labels(scene: &Scene<'_>) -> Option<String> {
    let (others, inliers) = other_inliers(scene.results)?;
    Some(format!(
        "The label policy {:?}: {} of the {} test inliers {} another class than normal. With other labels, the order of the models may change.",
        scene.results.manifest.data.labels,
        format::count(others),
        format::count(inliers),
        format::agreed(others, "has", "have")
    ))
}

fn folds(scene: &Scene<'_>) -> Option<String> {
    has_folds(scene.results).then(|| {
        "Folds: the intervals resample whole folds. With few folds, only large differences are told apart. Folds share training rows, which makes the intervals too narrow.".to_owned()
    })
}

fn incomplete(scene: &Scene<'_>) -> Option<String> {
    let counts = tried::counts(scene.results);
    let without = counts.total() - counts.completed;
    (without > 0).then(|| {
        format!(
            "{without} of {} {} no scores. A model without scores cannot win.",
            format::counted(counts.total(), "trial"),
            format::agreed(without, "has", "have")
        )
    })
}
