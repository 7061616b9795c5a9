//! What sweeps tried, as their validation rows saw it, and which configuration was chosen.

use oddbench_core::record::ExperimentResults;
use oddbench_core::sweeps::{Configuration, Select, Sweep};
use serde_json::Value;

use super::{Cell, Group, Head, Table, caption};
use crate::aggregate::{Metric, Spread};
use crate::format::{self, UNKNOWN};
use crate::runs;
use crate::section::Section;

/// The best so many are listed.
const LISTED: usize = 50;

/// The section, if the experiment sweeps.
pub fn sweep(results: &ExperimentResults) -> Option<Section> {
    if results.sweeps.is_empty() {
        return None;
    }
    let text = vec![
        "Each configuration is judged on validation rows alone; the first of those with the best mean is chosen. Only then, and only the chosen one, is judged on the test rows: no other table or figure here knows what the rest would have reached there. The more configurations are tried, the more the best validation figure flatters.".to_owned(),
    ];
    let tables = results.sweeps.iter().map(|sweep| table(results, sweep)).collect();
    Some(Section { id: "sweep", title: "Sweep", text, tables, sortable: true })
}

/// The title of the metric that chooses.
pub fn metric_title(select: Select) -> &'static str {
    match select {
        Select::RocAuc => Metric::RocAuc.title(),
        Select::AveragePrecision => Metric::AveragePrecision.title(),
        Select::F1 => "Best F1",
    }
}

/// `AE`, or `AE (wgpu)` where the same sweep ran on several backends.
pub fn name(sweeps: &[Sweep], sweep: &Sweep) -> String {
    match sweeps.iter().filter(|other| other.name == sweep.name).count() {
        1 => sweep.name.clone(),
        _ => format!("{} ({})", sweep.name, sweep.backend),
    }
}

/// A value as text without quotes around it.
pub fn shown(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

/// The names of the swept parameters.
pub fn parameters(sweep: &Sweep) -> Vec<&str> {
    let first = sweep.configurations.first().and_then(|first| first.values.as_object());
    first.map(|values| values.keys().map(String::as_str).collect()).unwrap_or_default()
}

fn table(results: &ExperimentResults, sweep: &Sweep) -> Table {
    let parameters = parameters(sweep);
    let column = |text: &str, numeric| Head { text: text.to_owned(), numeric };
    let mut head = vec![column("Rank", true)];
    head.extend(parameters.iter().map(|name| column(name, true)));
    head.push(column(&format!("{}, validation", metric_title(sweep.select)), true));
    head.extend([column("Trials", true), column("Chosen", false)]);
    let mut order: Vec<usize> = (0..sweep.configurations.len()).collect();
    let mean = |at: usize| sweep.configurations[at].mean().unwrap_or(f64::NEG_INFINITY);
    order.sort_by(|&a, &b| mean(b).total_cmp(&mean(a)).then(a.cmp(&b)));
    let listed = order.iter().take(LISTED).enumerate();
    let rows = listed
        .map(|(rank, &at)| {
            let configuration = &sweep.configurations[at];
            row(configuration, &parameters, rank + 1, sweep.winner == Some(at))
        })
        .collect();
    let words = format!(
        "{}: {} tried, validation rows",
        name(&results.sweeps, sweep),
        format::counted(sweep.size, "configuration")
    );
    Table {
        caption: caption(results, &words),
        head,
        groups: vec![Group { title: None, rows }],
        notes: notes(results, sweep),
    }
}

fn row(configuration: &Configuration, parameters: &[&str], rank: usize, chosen: bool) -> Vec<Cell> {
    let mut cells = vec![Cell { value: Some(rank as f64), ..Cell::new(rank.to_string()) }];
    cells.extend(parameters.iter().map(|name| {
        let value = configuration.values.get(*name).unwrap_or(&Value::Null);
        Cell { value: value.as_f64(), ..Cell::new(shown(value)) }
    }));
    let spread = Spread::of(configuration.validation.iter().copied());
    cells.push(Cell {
        text: format::spread(spread, configuration.trials.len(), format::fine),
        best: chosen,
        value: configuration.mean(),
        ..Cell::default()
    });
    let whole = configuration.completed == configuration.trials.len();
    cells.push(Cell { attention: !whole, ..Cell::new(trials(configuration)) });
    cells.push(Cell::new(if chosen { "chosen" } else { "" }));
    cells
}

fn trials(configuration: &Configuration) -> String {
    let parts = [
        (configuration.completed, "completed"),
        (configuration.failed, "failed"),
        (configuration.missing, "not run"),
    ];
    let shown = parts.iter().filter(|(count, _)| *count > 0);
    match configuration.completed == configuration.trials.len() {
        true => configuration.completed.to_string(),
        false => {
            shown.map(|(count, what)| format!("{count} {what}")).collect::<Vec<_>>().join(", ")
        }
    }
}

fn notes(results: &ExperimentResults, sweep: &Sweep) -> Vec<String> {
    let mut notes = Vec::new();
    if sweep.configurations.len() > LISTED {
        notes.push(format!("The best {LISTED} of {}.", sweep.configurations.len()));
    }
    if sweep.configurations.iter().any(|configuration| configuration.trials.len() > 1) {
        let over = runs::varied(results);
        notes.push(format!("Mean ± sample standard deviation over {over}."));
    }
    if sweep.select == Select::F1 {
        notes.push(
            "Best F1: the greatest that any threshold reaches on the validation rows.".into(),
        );
    }
    let missing: usize = sweep.configurations.iter().map(|c| c.missing).sum();
    match sweep.winner {
        Some(_) => {}
        None if missing > 0 => notes
            .push(format!("Nothing is chosen yet: {} not run.", format::counted(missing, "trial"))),
        None => {
            notes.push("Nothing is chosen: no configuration has scores in all its trials.".into())
        }
    }
    if sweep.configurations.iter().any(|configuration| configuration.mean().is_none()) {
        notes.push(format!(
            "A configuration is chosen only if all its trials have scores. {UNKNOWN} undefined or unknown."
        ));
    }
    notes
}
