//! The verdict on each column, from the statistics of all columns.

use oddbench_core::FeatureKind;

use super::hints::{Finding, natural};
use super::labels::{LabelLike, label_like};
use super::message::{Trouble, troubles};
use super::names::words;
use super::observed::{Class, Observed};
use super::related::Related;
use super::{Choices, ColumnVerdict, Role};
use crate::rows::{ADDED, MARK};

/// Examples that are shown.
const EXAMPLES: usize = 3;

/// All verdicts, and everything that prevents a fit.
pub(super) fn verdicts(
    names: &[String],
    choices: &Choices,
    columns: &[Observed],
    related: &Related,
    rows: u64,
) -> (Vec<ColumnVerdict>, Vec<Trouble>) {
    let words: Vec<Vec<String>> = names.iter().map(|name| words(name)).collect();
    let labels = label_like(names, &words, choices, columns, related);
    let scores = written_by_score(names);
    let mut verdicts = Vec::with_capacity(names.len());
    let mut found = Vec::new();
    for (at, name) in names.iter().enumerate() {
        let seen = &columns[at];
        let mut finding = natural(&words[at], seen, rows, choices.most_categories);
        match &labels[at] {
            _ if scores[at] => {
                let reason = "it is a result that `oddbench score` wrote".into();
                finding =
                    Finding { role: Role::Scores, left_out: true, note: None, reason, ..finding };
            }
            LabelLike::Yes(why) if finding.role != Role::Empty => {
                let reason = why.clone();
                finding =
                    Finding { role: Role::Label, left_out: true, note: None, reason, ..finding };
            }
            LabelLike::Decides(note) if !finding.left_out => {
                let notes = finding.note.iter().chain([note]).map(String::as_str);
                finding.note = Some(notes.collect::<Vec<_>>().join("; "));
            }
            _ => {}
        }
        let verdict = decided(name, finding, choices, seen);
        found.extend(troubles(&verdict, seen));
        verdicts.push(verdict);
    }
    (verdicts, found)
}

/// Names of results that belong together. Anybody may have a column `score` or `feature_1`; both names of a pair tell
/// that the rows have been scored.
const PAIRS: [[&str; 2]; 2] = [["score", ANOMALY], ["feature_1", "share_1"]];
const ANOMALY: &str = "is_anomaly";

/// Whether `oddbench score` or the dashboard wrote a column, by column: a model that is fitted on scored rows must not
/// learn the scores.
fn written_by_score(names: &[String]) -> Vec<bool> {
    let has =
        |prefix: &str, end: &str| names.iter().any(|name| name.strip_prefix(prefix) == Some(end));
    let scored = PAIRS.iter().flat_map(|[first, second]| {
        let prefixes = names.iter().filter_map(move |name| name.strip_suffix(first));
        prefixes.filter(move |prefix| has(prefix, second))
    });
    let prefixes: Vec<&str> = scored.collect();
    let written = |name: &String| {
        // A label may be called so, beside a feature `score`.
        let label = name == ANOMALY && !has("", PAIRS[1][1]);
        let of = |prefix: &&str| name.strip_prefix(prefix).is_some_and(|end| ADDED.contains(&end));
        !label && (prefixes.iter().any(of) || (name == MARK && !prefixes.is_empty()))
    };
    names.iter().map(written).collect()
}

/// The verdict after the user's choices.
fn decided(name: &String, finding: Finding, choices: &Choices, seen: &Observed) -> ColumnVerdict {
    let Finding { role, kind, left_out, reason, note } = finding;
    let mut verdict = ColumnVerdict {
        name: name.clone(),
        role,
        kind: if left_out { None } else { kind },
        kind_if_kept: kind,
        reason,
        note,
        missing: seen.count_of(Class::Missing),
        // In a column of texts, `Infinity` is a text.
        infinite: if kind == Some(FeatureKind::Categorical) { 0 } else { seen.infinite() },
        percentages: Some(seen.count_of(Class::Percentage)),
        distinct: seen.distinct(),
        min: seen.min.is_finite().then_some(seen.min),
        max: seen.max.is_finite().then_some(seen.max),
        examples: seen.codes.first.iter().take(EXAMPLES).map(|value| value.text.clone()).collect(),
    };
    let kept = |kind: Option<FeatureKind>, verdict: &mut ColumnVerdict| {
        let why = std::mem::take(&mut verdict.reason);
        verdict.reason = match left_out {
            true => format!("it was to be kept, although {why}"),
            false => why,
        };
        (verdict.kind, verdict.kind_if_kept) = (kind, kind);
    };
    if choices.ignore.contains(name) {
        (verdict.role, verdict.distinct) = (Role::Ignored, None);
        (verdict.kind, verdict.kind_if_kept, verdict.note) = (None, None, None);
        verdict.reason = "it was to be ignored".into();
    } else if choices.label.as_ref() == Some(name) {
        verdict.role = Role::Label;
        (verdict.kind, verdict.kind_if_kept, verdict.note) = (None, None, None);
        verdict.reason = "it is the label".into();
    } else if choices.categorical.contains(name) {
        if role != Role::Empty {
            kept(Some(FeatureKind::Categorical), &mut verdict);
            if matches!(role, Role::Number | Role::Port | Role::Boolean | Role::Mixed) {
                verdict.role = Role::Category;
                verdict.reason = "it was to be taken for categories".into();
            }
            verdict.note = None;
        }
    } else if choices.keep.contains(name) && role != Role::Empty {
        kept(kind, &mut verdict);
    }
    verdict
}
