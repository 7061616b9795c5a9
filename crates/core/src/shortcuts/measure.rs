//! What one column says about the labels of the judged rows.

use super::one_rule::Rule;
use super::sample::{Counts, Halves, Sample};
use super::values::{Grouped, Numbers, Value, roc_auc};
use super::{Audited, CLASS_ROWS, ColumnShortcut, ConstantIn, LEVEL, OneRule, TellingValue};
use crate::Column;
use crate::metrics::{Confusion, Metric};
use crate::operating::Estimate;
use crate::stats::{mean_of_proportions, proportion, roc_auc_interval};

/// A column of the test rows; figures only where there is something to learn from.
pub(super) fn column(
    halves: Option<&Halves<'_>>,
    test: &Sample<'_>,
    audited: &Audited,
) -> Option<ColumnShortcut> {
    let Audited { name, seen, mark } = audited;
    let values = test.column(name, *seen)?;
    let mut found = ColumnShortcut {
        column: name.clone(),
        seen: *seen,
        mark: *mark,
        missing: missing(values, test),
        roc_auc: None,
        one_rule: None,
        constant_in: Vec::new(),
        telling_value: None,
    };
    if let Some(halves) = halves {
        let (learn, judge) = (&halves.learn, &halves.judge);
        let learned = Grouped::of(learn.column(name, *seen)?, learn);
        let judged = Grouped::of(values, judge);
        (found.roc_auc, found.one_rule) =
            figures(&learned, learn.counts(), &judged, judge.counts());
        found.telling_value = telling_value(&judged, judge.counts());
        if judged.values().len() > 1 {
            found.constant_in = constant_in(values, judge);
        }
    }
    Some(found)
}

/// Rows without a value.
fn missing(column: &Column, sample: &Sample<'_>) -> u64 {
    sample.rows.iter().filter(|row| Value::at(column, **row) == Value::Missing).count() as u64
}

/// The ROC-AUC and the one-rule classifier of a column. `all` are the rows that were learned from, `of` those
/// that are judged.
pub(super) fn figures(
    learned: &Grouped<'_>,
    all: Counts,
    judged: &Grouped<'_>,
    of: Counts,
) -> (Option<Estimate>, Option<OneRule>) {
    let area = area(learned, all, judged).and_then(|value| {
        let interval = roc_auc_interval(value, of.outliers, of.inliers, LEVEL)?;
        Some(Estimate { value, interval })
    });
    let rule = Rule::learn(learned, all);
    let called = rule.called(judged);
    let confusion = Confusion {
        tp: called.outliers,
        fp: called.inliers,
        tn: of.inliers - called.inliers,
        fn_: of.outliers - called.outliers,
    };
    let right = ((confusion.tp, of.outliers), (confusion.tn, of.inliers));
    let one_rule = mean_of_proportions(right.0, right.1, LEVEL).map(|interval| {
        let share = |(part, whole): (u64, u64)| part as f64 / whole as f64;
        let value = f64::midpoint(share(right.0), share(right.1));
        OneRule {
            balanced_accuracy: Estimate { value, interval },
            f1: Metric::F1.of_counts(&confusion),
            parts: rule.parts(),
        }
    });
    (area, one_rule)
}

/// The area of the judged rows, in the direction or by the shares that were learned.
fn area(learned: &Grouped<'_>, all: Counts, judged: &Grouped<'_>) -> Option<f64> {
    let missing_is_odd = learned.missing().leans_to_outliers(all);
    match (learned, judged) {
        (Grouped::Numbers(learned), Grouped::Numbers(judged)) => {
            let falls = ascending(learned, false, missing_is_odd).is_some_and(|area| area < 0.5);
            ascending(judged, falls, missing_is_odd)
        }
        (Grouped::Categories(learned), Grouped::Categories(judged)) => {
            let known = learned.by_name();
            let share = |counts: Option<&Counts>| counts.copied().unwrap_or_default().share(all);
            let levels = judged.levels.iter().zip(&judged.counts);
            let mut groups: Vec<(f64, Counts)> =
                levels.map(|(level, &counts)| (share(known.get(level.as_str())), counts)).collect();
            groups.push((share(Some(&learned.missing)), judged.missing));
            groups.sort_by(|a, b| a.0.total_cmp(&b.0));
            // Categories with one share are one score.
            let same = groups.chunk_by(|a, b| a.0 == b.0);
            roc_auc(same.map(|of| of.iter().fold(Counts::default(), |sum, (_, c)| sum.plus(*c))))
        }
        _ => None,
    }
}

/// The area of numbers where higher ones, or lower ones if it `falls`, are called outliers.
fn ascending(numbers: &Numbers, falls: bool, missing_is_odd: bool) -> Option<f64> {
    let groups = numbers.groups.iter().map(|(_, counts)| *counts);
    let missing = numbers.missing;
    let (first, last) = match missing_is_odd {
        true => (Counts::default(), missing),
        false => (missing, Counts::default()),
    };
    match falls {
        false => roc_auc([first].into_iter().chain(groups).chain([last])),
        true => roc_auc([first].into_iter().chain(groups.rev()).chain([last])),
    }
}

/// The value that tells the most rows of one label apart from the rows of the other label.
fn telling_value(judged: &Grouped<'_>, of: Counts) -> Option<TellingValue> {
    let share = |part: u64, whole: u64| part as f64 / whole as f64;
    let gap =
        |counts: &Counts| share(counts.outliers, of.outliers) - share(counts.inliers, of.inliers);
    let values = judged.values();
    let candidates = values.iter().filter_map(|(value, counts)| {
        let outliers = gap(counts) > 0.0;
        let (own, other) = match outliers {
            true => ((counts.outliers, of.outliers), (counts.inliers, of.inliers)),
            false => ((counts.inliers, of.inliers), (counts.outliers, of.outliers)),
        };
        let figure = |(part, whole): (u64, u64)| {
            Some(Estimate { value: share(part, whole), interval: proportion(part, whole, LEVEL)? })
        };
        // Cheap first: most values of a measurement are rare.
        let worth = share(own.0, own.1) >= super::named::TELLING_SHARE
            && share(other.0, other.1) <= super::named::TELLING_ELSEWHERE;
        worth.then(|| {
            let (own, elsewhere) = (figure(own)?, figure(other)?);
            Some((*value, outliers, own, elsewhere))
        })?
    });
    let best = candidates.max_by(|a, b| a.2.value.total_cmp(&b.2.value));
    best.map(|(value, outliers, share, elsewhere)| TellingValue {
        value: value.words(),
        outliers,
        share,
        elsewhere,
    })
}

/// Where the column has one value: all inliers, and each class of outliers.
fn constant_in(column: &Column, judge: &Sample<'_>) -> Vec<ConstantIn> {
    let classes = judge.classes.names.len();
    // Inliers are one group, before the groups of the classes.
    let group = |at: usize| match judge.labels[at] {
        true => 1 + usize::from(judge.classes.codes[judge.rows[at]]),
        false => 0,
    };
    let mut groups: Vec<(usize, Option<Value<'_>>)> = vec![(0, None); 1 + classes];
    let mut varies = vec![false; 1 + classes];
    for (at, &row) in judge.rows.iter().enumerate() {
        let group = group(at);
        let (rows, first) = &mut groups[group];
        *rows += 1;
        if varies[group] {
            continue;
        }
        let value = Value::at(column, row);
        varies[group] = *first.get_or_insert(value) != value;
    }
    let counts = judge.counts();
    let elsewhere = |value: Value<'_>, outlier: bool| {
        let other = judge.rows.iter().zip(&judge.labels).filter(|(_, label)| **label != outlier);
        let same = other.filter(|(row, _)| Value::at(column, **row) == value).count();
        same as f64 / (if outlier { counts.inliers } else { counts.outliers }) as f64
    };
    // Many classes share a value, such as 0.
    let mut known: Vec<(Value<'_>, bool, f64)> = Vec::new();
    let mut found = Vec::new();
    for (group, (rows, first)) in groups.into_iter().enumerate() {
        let Some(value) = first.filter(|_| !varies[group] && rows >= CLASS_ROWS) else { continue };
        let outlier = group > 0;
        let kept = known.iter().find(|(of, label, _)| *of == value && *label == outlier);
        let elsewhere = kept.map_or_else(|| elsewhere(value, outlier), |kept| kept.2);
        known.push((value, outlier, elsewhere));
        let class = outlier.then(|| judge.classes.names[group - 1].clone());
        found.push(ConstantIn { class, rows, value: value.words(), elsewhere });
    }
    found
}
