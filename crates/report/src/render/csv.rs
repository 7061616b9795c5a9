//! `table.csv`: one line per row and threshold rule, and one more for its transfer rows; every figure
//! unrounded. Unknown is an empty cell.

use std::fmt::Write;

use super::escape::csv as field;
use crate::aggregate::{Column, RuleSummary, Spread, SummaryRow};
use crate::subject::Subject;

/// The whole table.
pub fn write(subject: Subject<'_>) -> String {
    let mut out = String::from(
        "experiment,row,model,kind,backend,device,supervised,synthetic,split,rule,tuned_on,oracle,trials,completed,failed,not_run",
    );
    let measured =
        Column::all().map(Column::name).chain(["fit_seconds", "score_seconds", "peak_rss_mb"]);
    for name in measured.chain(["oracle_f1", "peeking"]) {
        for part in ["mean", "sd", "median", "min", "max", "n"] {
            let _ = write!(out, ",{name}_{part}");
        }
    }
    out.push('\n');
    for row in subject.rows {
        for rule in &row.rules {
            write_row(&mut out, subject, row, rule, Part::Test);
            if rule.transfer.is_some() {
                write_row(&mut out, subject, row, rule, Part::Transfer);
            }
        }
    }
    out
}

/// Which rows a line judges.
#[derive(Clone, Copy, PartialEq)]
enum Part {
    Test,
    Transfer,
}

fn write_row(
    out: &mut String,
    subject: Subject<'_>,
    row: &SummaryRow,
    rule: &RuleSummary,
    part: Part,
) {
    let manifest = &subject.results.manifest;
    let split = &manifest.data.split;
    let (split, metrics) = match (part, &rule.transfer) {
        (Part::Transfer, Some(transfer)) => (format!("{split}/transfer"), &transfer.metrics),
        _ => (split.clone(), &rule.metrics),
    };
    let tuned_on = rule.settings.tuned_on().unwrap_or_default();
    let texts = [
        manifest.experiment.name.as_str(),
        &row.name,
        &row.model,
        &row.kind,
        &row.backend,
        row.device.as_deref().unwrap_or_default(),
    ];
    let fields: Vec<String> = texts.into_iter().map(field).collect();
    let counts = row.progress();
    let _ = write!(
        out,
        "{},{},{},{},{},{tuned_on},{},{},{},{},{}",
        fields.join(","),
        row.supervised,
        manifest.data.synthetic,
        field(&split),
        rule.settings.rule_name(),
        rule.oracle,
        counts.total(),
        counts.completed,
        counts.failed,
        counts.missing,
    );
    for column in Column::all() {
        write_spread(out, metrics.get(&column).copied());
    }
    // The time of scoring is that of the test rows alone.
    let score_seconds = row.score_seconds.filter(|_| part == Part::Test);
    for spread in [row.fit_seconds, score_seconds, row.peak_rss_mb] {
        write_spread(out, spread);
    }
    // So is what a look at them is worth.
    let peeking = Some(rule.peeking).filter(|_| part == Part::Test).unwrap_or_default();
    for spread in [peeking.oracle_f1, peeking.difference] {
        write_spread(out, spread);
    }
    out.push('\n');
}

fn write_spread(out: &mut String, spread: Option<Spread>) {
    let Some(s) = spread else { return out.push_str(",,,,,,") };
    let sd = s.sd.map_or(String::new(), |sd| sd.to_string());
    let _ = write!(out, ",{},{sd},{},{},{},{}", s.mean, s.median, s.min, s.max, s.n);
}
