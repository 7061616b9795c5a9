//! What stands at the head of a report: the values that matter most, and what must not be overlooked.

use std::collections::BTreeMap;

use oddbench_core::metrics::Metric;
use oddbench_core::results::{ExperimentResults, TrialResult};

use crate::contenders::ranked;
use crate::document::Warning;
use crate::format;
use crate::runs::{one_class_parts, sizes};
use crate::scene::Scene;
use crate::sections::attacks::counted::is_normal;
use crate::sections::audit::ceiling;
use crate::sections::shortcuts::near;
use crate::sections::unseen;
use crate::subject::Subject;
use crate::tried;

/// Every warning that the results call for.
pub fn warnings(scene: &Scene<'_>) -> Vec<Warning> {
    let Subject { results, rows } = scene.subject();
    let synthetic = results.manifest.data.synthetic.then(|| {
        "The rows are made by a generator. The figures say nothing about real traffic.".to_owned()
    });
    let oracle = scene.has_oracle().then(|| format!(
        "Figures marked {} use a threshold that was chosen on the test rows themselves, with knowledge of their labels or scores. They cannot be reached in practice.",
        format::ORACLE
    ));
    let mut warnings = vec![
        ("Synthetic data.", synthetic),
        ("Oracle threshold.", oracle),
        ("Contaminated training rows.", contaminated(results)),
        ("Labels.", label_defect(results)),
        ("Above the ceiling.", ceiling::warning(results, rows)),
        ("Shortcuts.", near::warning(results, rows)),
        ("Unseen values.", unseen::warning(results.audit.as_ref())),
    ];
    if let Some(known) = scene.known_rows() {
        let warning = |name: &str| {
            format!(
                "{name} ranks test rows better than chance only because training rows have their features: on the {} test rows of other features it is no better than chance; see Data audit.",
                format::count(known.total - known.known)
            )
        };
        let memorised = known.memorised(rows).into_iter();
        warnings.extend(memorised.map(|name| ("Known by heart.", Some(warning(name)))));
    }
    let one_class = one_class_parts(results).into_iter().map(|one| format!("{one}."));
    warnings.extend(one_class.map(|text| ("One class.", Some(text))));
    let counts = tried::counts(results);
    let without = counts.total() - counts.completed;
    let incomplete = || {
        let trials = format::counted(counts.total(), "trial");
        let has = format::agreed(without, "has", "have");
        format!("{without} of {trials} {has} no scores; see Failures.")
    };
    warnings.push(("Incomplete.", (without > 0).then(incomplete)));
    let said = |(title, text): (&'static str, Option<String>)| Some(Warning { title, text: text? });
    warnings.into_iter().filter_map(said).collect()
}

/// A few values that say what this is: the size of the test and the best rows.
pub fn highlights(subject: Subject<'_>) -> Vec<(String, String)> {
    let Subject { results, rows } = subject;
    let counts = tried::counts(results);
    let mut highlights = vec![
        (rows.len().to_string(), "models".into()),
        (format!("{}/{}", counts.completed, counts.total()), "trials completed".into()),
    ];
    let mut sizes = results
        .trials
        .iter()
        .filter_map(|trial| Some((&trial.trial, trial.record.as_ref()?.sizes?)));
    if let Some((trial, sizes)) = sizes.next() {
        let fold = trial.fold_name.as_ref().map(|family| format!(" without {family}"));
        let fold = fold.unwrap_or_default();
        let outliers =
            format!("test rows{fold}, {}", format::counted(sizes.test_outliers, "outlier"));
        highlights.push((format::count(sizes.test), outliers));
    }
    // The best that saw no labels; the best that did where there is no other.
    let best = [false, true].into_iter().find_map(|supervised| {
        ranked(rows, supervised, Metric::RocAuc).first().map(|&at| &rows[at])
    });
    if let Some(row) = best
        && let Some(spread) = row.metric(0, Metric::RocAuc)
    {
        let saw = if row.supervised { ", supervised" } else { "" };
        let label = format!("best median {}{saw}: {}", Metric::RocAuc.title(), row.name);
        highlights.push((format::share(spread.median), label));
    }
    highlights
}

/// Says that unsupervised models were fitted on outliers too; `None` if they were not.
pub fn contaminated(results: &ExperimentResults) -> Option<String> {
    let sizes = sizes(results).filter(|sizes| sizes.train_outliers > 0)?;
    let fitted_here = |trial: &TrialResult| !trial.trial.supervised && trial.trial.given.is_none();
    results.trials.iter().any(fitted_here).then(|| {
        let named = results.trials.iter().find(|trial| trial.trial.fold == Some(1));
        let fold = named.and_then(|trial| trial.trial.fold_name.as_ref());
        let fold = fold.map(|family| format!(" without {family}")).unwrap_or_default();
        format!(
            "The unsupervised models were fitted on all training rows, of which {} of {} ({} %){fold} are outliers; they did not see the labels.",
            format::count(sizes.train_outliers),
            format::count(sizes.train),
            format::percent_of(sizes.train_outliers, sizes.train)
        )
    })
}

/// How many test inliers are of another class than `normal`, and how many inliers there are; `None` if there are none,
/// or no such class.
pub fn other_inliers(results: &ExperimentResults) -> Option<(usize, usize)> {
    let (others, inliers) = inliers_by_class(results)?;
    let total: usize = others.values().sum();
    (total > 0).then_some((total, inliers))
}

fn inliers_by_class(results: &ExperimentResults) -> Option<(BTreeMap<&str, usize>, usize)> {
    let test = &results.trials.iter().find_map(|trial| trial.scores.as_ref())?.test;
    if !test.classes.names.iter().any(|name| is_normal(name)) {
        return None;
    }
    let mut others: BTreeMap<&str, usize> = BTreeMap::new();
    let mut inliers = 0;
    for (row, _) in test.labels.iter().enumerate().filter(|(_, outlier)| !**outlier) {
        inliers += 1;
        let class = test.classes.of(row);
        if !is_normal(class) {
            *others.entry(class).or_default() += 1;
        }
    }
    Some((others, inliers))
}

/// Says how many test inliers the label policy calls so although their class is not `normal`;
/// `None` if there are none, or no such class.
pub fn label_defect(results: &ExperimentResults) -> Option<String> {
    let (total, _) = other_inliers(results)?;
    let (others, inliers) = inliers_by_class(results)?;
    let mut ranked: Vec<(&str, usize)> = others.into_iter().collect();
    ranked.sort_by(|a, b| b.1.cmp(&a.1).then(a.0.cmp(b.0)));
    let named: Vec<String> = ranked
        .iter()
        .take(7)
        .map(|(class, rows)| format!("{class} {}", format::count(*rows)))
        .collect();
    let rest = if ranked.len() > 7 { ", …" } else { "" };
    Some(format!(
        "Under the label policy \"{}\", {} of the {} test inliers ({} %) are of another class than normal: {}{rest}.",
        results.manifest.data.labels,
        format::count(total),
        format::count(inliers),
        format::percent_of(total, inliers),
        named.join(", "),
    ))
}
