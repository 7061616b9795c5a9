//! Which attacks the best model misses, as far as classes are known.

use oddbench_core::metrics::Metric;

use crate::format;
use crate::scene::Scene;
use crate::sections::attacks::counted::{Attacks, Judged, Kind};

/// A class of which less than this is found is missed for the most part.
const MISSED: f64 = 0.5;

/// Classes that the sentence lists.
const MOST_CLASSES: usize = 4;

/// What share of the attacks the row finds at its threshold, and which classes it misses. `None` without a threshold.
pub fn sentence(scene: &Scene<'_>, row: usize) -> Option<String> {
    let recall = scene.rows[row].metric(0, Metric::Recall)?.median;
    let settings = scene.results.manifest.experiment.thresholds.first()?;
    let mark = if settings.is_oracle() { format::ORACLE } else { "" };
    let found = format!(
        "At its threshold ({}{mark}) {} finds {} % of the attacks",
        settings.rule_name(),
        scene.rows[row].name,
        format::percent(recall)
    );
    let attacks = scene.attacks().iter().find(|attacks| attacks.judged == Judged::Test);
    let classes = attacks.map(|attacks| classes(attacks, row)).unwrap_or_default();
    let listed = |classes: &[Class<'_>]| {
        let shown = classes.iter().take(MOST_CLASSES).map(|class| {
            format!(
                "{} (found {:.0} % of {})",
                class.name,
                100.0 * class.recall,
                format::count(class.rows)
            )
        });
        shown.collect::<Vec<_>>().join(", ")
    };
    let missed: Vec<Class<'_>> =
        classes.iter().copied().filter(|class| class.recall < MISSED).collect();
    Some(match (classes.len(), missed.len()) {
        (0 | 1, _) => format!("{found}."),
        (_, 0) if classes[0].recall == 1.0 => format!("{found}, of every class."),
        (_, 0) => format!("{found}; the least of a class is {}.", listed(&classes[..1])),
        (_, n) => {
            let more = n.saturating_sub(MOST_CLASSES);
            let more = if more > 0 { format!(" and {more} more") } else { String::new() };
            format!("{found} and misses most of {}{more}.", listed(&missed))
        }
    })
}

/// A class of attacks, and what share of it is found.
#[derive(Clone, Copy)]
struct Class<'a> {
    name: &'a str,
    rows: usize,
    recall: f64,
}

/// The classes, those with the lowest recall first, and of these the largest.
fn classes(attacks: &Attacks, row: usize) -> Vec<Class<'_>> {
    let lines = attacks.lines.iter().zip(&attacks.found[row]);
    let outliers = lines.filter(|(line, _)| !line.total && line.kind < Kind::UnknownInliers);
    let class = outliers.filter_map(|(line, found)| {
        Some(Class { name: &line.name, rows: line.rows, recall: found.called?.median })
    });
    let mut classes: Vec<Class<'_>> = class.collect();
    classes.sort_by(|a, b| a.recall.total_cmp(&b.recall).then(b.rows.cmp(&a.rows)));
    classes
}
