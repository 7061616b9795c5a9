//! What a reader must know of the operator's table, for somebody who has never heard of base rates.

use oddbench_core::operating::{Part, Unresolvable};
use oddbench_core::scores::ScoredPart;

use crate::format::{self, UNKNOWN};
use crate::runs;
use crate::subject::Subject;

use super::answer::{false_alarms, one_in, sentences};
use super::{MISSED, View};

/// More attacks than any network has all day, as a share of its rows.
const COMMON: f64 = 0.05;

/// What [`MISSED`] means.
const NOT_HELD: &str = "The threshold did not hold: the 95 % interval of the rate that was reached lies above the rate that was asked for";

/// Every column in plain words, and what is missing.
pub fn footnotes(view: &View<'_>) -> Vec<String> {
    let mut notes = vec![recall(view), precision(view), alarms(view)];
    notes.extend(unresolvable(view.subject));
    let missed =
        |at: &usize| view.subject.rows.iter().any(|r| r.operating[*at].held() == Some(false));
    if view.rates.iter().any(missed) {
        notes.push(format!("{MISSED} {NOT_HELD}. Test rows may differ from validation rows. Or it is chance, because validation rows are a sample too: with equally many benign rows in both parts, this happens to one threshold in twelve."));
    }
    let spread = match view.subject.rows.iter().any(|row| row.status.completed > 1) {
        true => format!(
            " With several trials, each figure is the median over {}, and the interval is that of the trial in the middle; of an even number, both are the mean of the middle two. \"trials\": the least and the greatest.",
            runs::varied(view.subject.results)
        ),
        false => String::new(),
    };
    notes.push(format!("Ranges: 95 % intervals over test rows, the threshold held fixed (Wilson; of precision, from the ratio of both rates).{spread}"));
    let undefined = match runs::sizes(view.subject.results) {
        Some(sizes) if sizes.test_outliers == 0 => {
            "the test rows have no attack, or no row is called"
        }
        _ => "no row is called",
    };
    notes.push(format!(
        "{UNKNOWN} undefined: {undefined}. Bold: the greatest recall of its group where the threshold held."
    ));
    notes
}

/// What must be known of it in a terminal.
pub fn terminal(view: &View<'_>) -> Vec<String> {
    let mut notes = sentences(view);
    let volume = match view.settings.flows_per_day {
        Some(_) => "Alarms/day: false alarms in a day",
        None => "Alarms/M: false alarms in a million benign rows",
    };
    notes.push(format!(
        "FPR, the false positive rate: the share of benign rows that raise an alarm; the threshold is chosen on benign validation rows. Reached: what it is on the test rows. Prec.: the share of the alarms that are attacks, if this share of all rows are attacks; of the test rows {} are. {volume}.",
        prevalence(view.subject)
    ));
    // Of the rates, a terminal shows the main one alone.
    if view.subject.rows.iter().any(|row| view.at_main(row).held() == Some(false)) {
        notes.push(format!("{MISSED} {NOT_HELD}."));
    }
    notes.extend(unresolvable(view.subject));
    notes
}

fn recall(view: &View<'_>) -> String {
    let benign = view.subject.results.trials.iter().find_map(|trial| {
        let scores = trial.scores.as_ref()?;
        Some((inliers(&scores.validation), inliers(&scores.test)))
    });
    let (validation, test) = benign.unwrap_or_default();
    // A rate that is not one in a whole number has no other words.
    let rate = match false_alarms(view.rate()) {
        words if words.starts_with("one ") => {
            format!("; FPR {} is {words}", format::rate(view.rate()))
        }
        _ => String::new(),
    };
    format!(
        "Recall: the share of the attacks that raise an alarm. FPR, false positive rate: the share of benign rows that raise one{rate}. The threshold is the lowest one that at most this share of the {} exceeds. No attack and no test row decides it. FPR reached: the rate on the {}.",
        format::counted(validation, "benign validation row"),
        format::counted(test, "benign test row"),
    )
}

fn precision(view: &View<'_>) -> String {
    let rarest = view.settings.prevalence.iter().copied().reduce(f64::min).unwrap_or_default();
    format!(
        "Base rate: the share of all rows that are attacks; {} means that {} is one. Precision at a base rate: the share of the alarms that are attacks in such traffic, p · recall / (p · recall + (1 − p) · FPR reached). Of the test rows {} are attacks{}. The precision in the other tables holds for that mix only.",
        format::rate(rarest),
        one_in(rarest),
        prevalence(view.subject),
        if share_of_attacks(view.subject) > COMMON { ", which no network has all day" } else { "" },
    )
}

fn alarms(view: &View<'_>) -> String {
    match view.settings.flows_per_day.zip(view.settings.benign_per_day()) {
        Some((flows, benign)) => format!(
            "False alarms a day: how many benign rows of a day raise an alarm, of {} in all and {}.",
            format::counted(flows.round() as usize, "row"),
            format::counted(benign.round() as usize, "benign row")
        ),
        None => {
            "False alarms per million: how many of a million benign rows raise an alarm.".into()
        }
    }
}

/// Which rates the rows are too few for, and how many they need; once for all models, because they share the rows.
pub fn unresolvable(subject: Subject<'_>) -> Option<String> {
    let rates = &subject.results.manifest.experiment.operator.fpr;
    let mut parts: Vec<(Part, u64, Vec<String>)> = Vec::new();
    for (at, &rate) in rates.iter().enumerate() {
        let Some(Unresolvable { part, inliers, needed }) =
            subject.rows.iter().find_map(|row| row.operating[at].unresolvable)
        else {
            continue;
        };
        let said = format!("FPR {} needs {}", format::rate(rate), format::count(needed as usize));
        match parts.iter_mut().find(|known| (known.0, known.1) == (part, inliers)) {
            Some((.., rates)) => rates.push(said),
            None => parts.push((part, inliers, vec![said])),
        }
    }
    let said = |(part, inliers, rates): &(Part, u64, Vec<String>)| {
        let rows = format::counted(*inliers as usize, "benign row");
        format!("the {rows} of the {} part: {}", part.name(), rates.join(", "))
    };
    let parts: Vec<String> = parts.iter().map(said).collect();
    (!parts.is_empty()).then(|| {
        format!(
            "Not resolvable with {}. With fewer rows, fewer than ten false alarms are expected, and chance decides most of their number.",
            parts.join("; with ")
        )
    })
}

/// `20.0 %`, of the test rows.
fn prevalence(subject: Subject<'_>) -> String {
    format!("{} %", format::percent(share_of_attacks(subject)))
}

fn share_of_attacks(subject: Subject<'_>) -> f64 {
    let labels = subject.test().map_or(&[][..], |test| &test.labels);
    let outliers = labels.iter().filter(|&&label| label).count();
    outliers as f64 / labels.len().max(1) as f64
}

fn inliers(part: &ScoredPart) -> usize {
    part.labels.iter().filter(|&&outlier| !outlier).count()
}
