//! Data sets by models: the median of each metric over the trials.

use oddbench_core::metrics::Metric;
use oddbench_core::quote;

use super::over_sets::OverSets;
use super::{METRICS, SetResults, SuiteResults};
use crate::aggregate::Spread;
use crate::contenders::contends;
use crate::document::{Block, Section};
use crate::format;
use crate::table::{Cell, Group, SUPERVISED_NOTE, Table, heads};

/// A table per metric.
pub fn section(suite: &SuiteResults, over: &[OverSets]) -> Section {
    let tables = over.iter().map(|over| table(suite, over));
    Section {
        id: "medians",
        title: "Models on each data set",
        blocks: Block::tables(tables).collect(),
        paper: true,
        terminal: true,
    }
}

fn table(suite: &SuiteResults, over: &OverSets) -> Table {
    let (metric, models) = (over.metric, suite.models());
    let names: Vec<&str> = models.iter().map(String::as_str).collect();
    let rows = suite.sets.iter().map(|set| {
        let contends = |model: &&String| set.row(model).is_some_and(contends);
        let contenders = models.iter().filter(contends);
        let best = contenders.filter_map(|model| set.median(model, metric)).max_by(f64::total_cmp);
        let cells = models.iter().map(|model| cell(set, model, metric, best));
        [Cell::linked(&set.name)].into_iter().chain(cells).collect()
    });
    let sets = Group { title: None, rows: rows.collect() };
    let summary = Group { title: Some("Over all data sets".into()), rows: summaries(suite, over) };
    let caption = format!("{}, median over the trials of each model", metric.title());
    let mut notes = vec!["The best model of each data set is marked, sanity models aside. A count behind a figure says how many of its trials completed.".to_owned()];
    if models.iter().any(|model| model.ends_with("(s)")) {
        notes.push(SUPERVISED_NOTE.to_owned());
    }
    let table = Table::grouped(caption, heads(&["Data set"], &names), vec![sets, summary]);
    let ranks = match &over.ranks {
        Ok(_) => format!("Mean ranks by {}: 1 is the best.", metric.title()),
        Err(why) => why.clone(),
    };
    Table { terminal_notes: vec![ranks], ..table.notes(notes) }
}

/// The median of a model on a data set, with a count where trials are missing.
fn cell(set: &SetResults, model: &str, metric: Metric, best: Option<f64>) -> Cell {
    let Some(row) = set.row(model) else { return Cell::new(format::UNKNOWN) };
    let whole = row.status.completed == row.status.total();
    let value = set.median(model, metric);
    let mut cell = Cell::known(value, format::share);
    if !whole {
        let counts = row.progress();
        let count = format!(" ({} of {})", counts.completed, counts.total());
        cell.text.push_str(&count);
    }
    Cell { best: contends(row) && value.is_some() && value == best, attention: !whole, ..cell }
}

/// The mean over the data sets and the mean rank.
fn summaries(suite: &SuiteResults, over: &OverSets) -> Vec<Vec<Cell>> {
    let models = suite.models();
    let mean = |model: &String| {
        let values: Vec<Option<f64>> =
            suite.sets.iter().map(|set| set.median(model, over.metric)).collect();
        // A mean over other data sets than those of its neighbours would mislead.
        let all: Option<Vec<f64>> = values.into_iter().collect();
        Cell::known(Spread::of(all.unwrap_or_default()).map(|spread| spread.mean), format::share)
    };
    let rank = |model: &String| Cell::known(over.mean_rank(model), |rank| format!("{rank:.2}"));
    let line = |name: &str, cell: &dyn Fn(&String) -> Cell| {
        [Cell::new(name)].into_iter().chain(models.iter().map(cell)).collect()
    };
    vec![line("mean", &mean), line("mean rank", &rank)]
}

/// `table.csv`: a line per data set and model.
pub fn csv(suite: &SuiteResults) -> String {
    let mut text = "set,model,kind,completed,failed,missing".to_owned();
    METRICS.iter().for_each(|metric| text.push_str(&format!(",{}", metric.name())));
    text.push('\n');
    for set in &suite.sets {
        for row in &set.rows {
            let counts = row.progress();
            let mut cells = vec![set.name.clone(), row.name.clone(), row.kind.clone()];
            let counts = [counts.completed, counts.failed, counts.missing];
            cells.extend(counts.map(|count| count.to_string()));
            let median = |metric| row.metric(0, metric).map(|spread| spread.median.to_string());
            cells.extend(METRICS.map(|metric| median(metric).unwrap_or_default()));
            let quoted: Vec<_> = cells.iter().map(|cell| quote::csv(cell)).collect();
            text.push_str(&quoted.join(","));
            text.push('\n');
        }
    }
    text
}
