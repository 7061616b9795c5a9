//! What `oddbench reproduce` prints at the end: a table with a row per model, the trials that are not the same, and
//! the differences of program and machine.

use oddbench_core::counts::counted;
use oddbench_engine::reproduce::{Compared, Elsewhere, MetricDifference, Reproduced, Verdict};
use serde_json::Value;

use crate::table;
use crate::terminal::Terminal;

/// How many trials are named at most.
const NAMED: usize = 20;

/// Prints it.
pub fn show(terminal: &Terminal, found: &Reproduced) {
    terminal.result(&by_model(terminal, &found.trials).to_string());
    let others = found.trials.iter().filter(|of| of.verdict != Verdict::BitEqual);
    let others: Vec<&Compared> = others.collect();
    for of in others.iter().take(NAMED) {
        terminal.result(&format!("{}: {}", name(of), in_words(&of.verdict)));
    }
    if others.len() > NAMED {
        terminal.result(&format!("and {} more, see reproduction.csv", others.len() - NAMED));
    }
    terminal.result(&totals(found));
    for line in environment(found) {
        terminal.result(&line);
    }
    terminal.note(&format!("results: {}", found.dir.join("reproduction.csv").display()));
}

/// `84 trials: 80 bit-equal, 4 within tolerance`.
fn totals(found: &Reproduced) -> String {
    let count = &found.count;
    let words = [
        (count.bit_equal, "bit-equal"),
        (count.within_tolerance, "within tolerance"),
        (count.different, "different"),
        (count.not_bit_equal, "not bit-equal"),
        (count.without_scores, "failed or not run"),
        (count.nothing_there, "with nothing to compare with"),
    ];
    let words = words.iter().filter(|(number, _)| *number > 0);
    let words: Vec<String> = words.map(|(number, word)| format!("{number} {word}")).collect();
    format!("{}: {}", counted(found.trials.len(), "trial"), words.join(", "))
}

fn by_model(terminal: &Terminal, trials: &[Compared]) -> comfy_table::Table {
    let several = trials.iter().any(|of| of.set.is_some());
    let mut head =
        vec!["model", "trials", "bit-equal", "within tolerance", "others", "largest difference"];
    if several {
        head.insert(0, "set");
    }
    let first = head.len() - 5;
    let numeric: Vec<usize> = (first..head.len()).collect();
    let mut view = table::table(terminal, &head, &numeric);
    let mut rows: Vec<(&Option<String>, &String)> = Vec::new();
    for of in trials {
        if !rows.contains(&(&of.set, &of.name)) {
            rows.push((&of.set, &of.name));
        }
    }
    for (set, name) in rows {
        let own = || trials.iter().filter(|of| (&of.set, &of.name) == (set, name));
        let number = |which: fn(&Verdict) -> bool| own().filter(|of| which(&of.verdict)).count();
        let equal = number(|verdict| *verdict == Verdict::BitEqual);
        let within = number(|verdict| matches!(verdict, Verdict::WithinTolerance { .. }));
        let known = own().map(|of| of.verdict.difference()).collect::<Option<Vec<_>>>();
        let largest = known.map(|all| all.into_iter().fold(0.0, f64::max));
        let mut cells: Vec<String> = set.iter().cloned().collect();
        cells.extend([
            name.clone(),
            own().count().to_string(),
            equal.to_string(),
            within.to_string(),
            (own().count() - equal - within).to_string(),
            largest.map_or_else(|| "–".into(), short),
        ]);
        view.add_row(cells);
    }
    view
}

fn name(of: &Compared) -> String {
    let set = of.set.as_ref().map(|set| format!("{set}: ")).unwrap_or_default();
    let seed = of.seed.map(|seed| format!(" seed {seed}")).unwrap_or_default();
    let fold = of.fold.as_ref().map(|fold| format!(" fold {fold}")).unwrap_or_default();
    let backend = if of.backend == "cpu" { String::new() } else { format!(" {}", of.backend) };
    format!("{set}{}{seed}{fold}{backend} (trial {})", of.name, of.trial)
}

fn in_words(verdict: &Verdict) -> String {
    let metric = match verdict.metric() {
        Some(metric) => metric_in_words(metric),
        None => "all metrics equal".into(),
    };
    let words = verdict.words();
    match verdict {
        Verdict::BitEqual | Verdict::NotRun => words.to_owned(),
        Verdict::WithinTolerance { difference, .. } => {
            format!("{words}: scores by {} at most; {metric}", short(*difference))
        }
        Verdict::Different { difference: Some(difference), .. } => {
            format!("{words}: scores by {} at most; {metric}", short(*difference))
        }
        Verdict::Different { difference: None, .. } => format!("{words}: other rows; {metric}"),
        Verdict::NotBitEqual { .. } => {
            format!("{words}, and the scores of then are gone; {metric}")
        }
        Verdict::Failed { message } | Verdict::NothingThere { message } => {
            format!("{words}: {message}")
        }
    }
}

fn metric_in_words(of: &MetricDifference) -> String {
    let value =
        |value: Option<f64>| value.map_or_else(|| "undefined".into(), |v| format!("{v:.6}"));
    let (there, here) = (value(of.there), value(of.here));
    format!(
        "most of the metrics {} by {} ({there} there, {here} here)",
        of.metric,
        short(of.distance())
    )
}

fn short(number: f64) -> String {
    if number == 0.0 { "0".into() } else { format!("{number:.1e}") }
}

fn environment(found: &Reproduced) -> Vec<String> {
    let mut lines = Vec::new();
    if found.environment.is_empty() && found.not_told_there.is_empty() {
        lines.push("no difference of program or machine is known".into());
    }
    if !found.environment.is_empty() {
        lines.push("other than there:".into());
    }
    let trials = found.trials.len();
    lines.extend(found.environment.iter().map(|of: &Elsewhere| {
        let some = of.trials.filter(|number| *number < trials);
        let some =
            some.map(|number| format!(" ({})", counted(number, "trial"))).unwrap_or_default();
        format!("  {}: {} there, {} here{some}", of.key, told(&of.there), told(&of.here))
    }));
    if !found.not_told_there.is_empty() {
        lines.push(format!("the results do not tell: {}", found.not_told_there.join(", ")));
    }
    lines
}

fn told(value: &Value) -> String {
    match value {
        Value::Null => "not told".into(),
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}
