//! What sweeps tried, as their validation rows saw it, and which configuration was chosen.

mod panels;

use oddbench_core::metrics::Metric;
use oddbench_core::results::ExperimentResults;
use oddbench_core::sweeps::{Configuration, Sweep};
use serde_json::Value;

use crate::aggregate::Spread;
use crate::document::Block;
use crate::figures::{Figure, Plot};
use crate::format::{self, UNKNOWN};
use crate::runs;
use crate::scene::Scene;
use crate::table::{Cell, Head, Table};
use crate::topic::Topic;
use crate::tried;

/// The section, if the experiment sweeps.
pub const TOPIC: Topic = Topic { plots, ..Topic::new("sweep", "Sweep", blocks) };

/// The best so many are listed.
const LISTED: usize = 50;

fn blocks(scene: &Scene<'_>, figures: Vec<Figure>) -> Vec<Block> {
    if scene.results.sweeps.is_empty() {
        return vec![];
    }
    let text = "Each configuration is judged on validation rows alone; the first of those with the best mean is chosen. Only then, and only the chosen one, is judged on the test rows: no other table or figure here knows what the rest would have reached there. The more configurations are tried, the more the best validation figure flatters.";
    let tables = scene.results.sweeps.iter().map(|sweep| table(scene, sweep));
    Block::usual([text.to_owned()], figures, tables)
}

fn plots<'s>(scene: &'s Scene<'_>) -> Vec<Plot<'s>> {
    let subject = scene.subject();
    let any = panels::any(&subject.results.sweeps);
    any.then(|| Plot::new("sweep", move || panels::draw(subject))).into_iter().collect()
}

/// The title of the metric that chooses; of one that needs a threshold it is the best of any.
pub fn metric_title(select: Metric) -> String {
    let best = if select.needs_threshold() { "Best " } else { "" };
    format!("{best}{}", select.title())
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

fn table(scene: &Scene<'_>, sweep: &Sweep) -> Table {
    let results = scene.results;
    let parameters = parameters(sweep);
    let mut head = vec![Head::new("Rank", true)];
    head.extend(parameters.iter().map(|name| Head::new(*name, true)));
    head.push(Head::new(format!("Mean {}, validation", metric_title(sweep.select)), true));
    head.extend([Head::new("Trials", true), Head::new("Chosen", false)]);
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
    Table::new(scene.caption(&words), head, rows).notes(notes(results, sweep)).sortable()
}

fn row(configuration: &Configuration, parameters: &[&str], rank: usize, chosen: bool) -> Vec<Cell> {
    let mut cells = vec![Cell::of(rank as f64, rank.to_string())];
    cells.extend(parameters.iter().map(|name| {
        let value = configuration.values.get(*name).unwrap_or(&Value::Null);
        Cell { value: value.as_f64(), ..Cell::new(shown(value)) }
    }));
    let spread = Spread::of(configuration.validation.iter().copied());
    let mut mean = Cell::new(format::mean_and_deviation(spread, format::fine));
    if let Some(spread) = spread
        && spread.n < configuration.trials.len()
    {
        mean.text.push_str(&format!(" (n = {})", spread.n));
    }
    cells.push(Cell { best: chosen, value: configuration.mean(), ..mean });
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
    if sweep.select.needs_threshold() {
        let title = metric_title(sweep.select);
        notes.push(format!(
            "{title}: the greatest that any threshold reaches on the validation rows."
        ));
    }
    notes.extend(tried::undecided(sweep));
    if sweep.configurations.iter().any(|configuration| configuration.mean().is_none()) {
        notes.push(format!(
            "A configuration is chosen only if all its trials have scores. {UNKNOWN} undefined or unknown."
        ));
    }
    notes
}
