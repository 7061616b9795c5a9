//! What share of the attacks each model finds on each data set at a stated share of false alarms.

use super::{SetResults, SuiteResults};
use crate::contenders::contends;
use crate::document::{Block, Section};
use crate::format::{self, UNKNOWN};
use crate::operating::OperatingSummary;
use crate::table::{Cell, SUPERVISED_NOTE, Table, heads};

/// The section; `None` without a data set. Where the rows of no data set resolve a rate, a sentence says so.
pub fn section(suite: &SuiteResults) -> Option<Section> {
    let (known, few): (Vec<&SetResults>, Vec<_>) =
        suite.sets.iter().partition(|set| set.main_rate.is_some());
    if suite.sets.is_empty() {
        return None;
    }
    if known.is_empty() {
        let said = "No data set has benign rows enough for a stated false positive rate. A rate needs ten expected false alarms in the validation part and in the test part: 1,000 benign rows for a rate of 0.01, 10,000 for 0.001. `[operator] fpr` states the rates.";
        return Some(section_of(Block::Text(said.to_owned()), false));
    }
    let models = suite.models();
    let names: Vec<&str> = models.iter().map(String::as_str).collect();
    let rows = known.iter().map(|set| row(set, &models)).collect();
    let mut notes = vec!["FPR: the share of benign rows that raise a false alarm; of the stated rates one in a thousand or the one next to it that the rows can tell. Its threshold is chosen on benign validation rows alone. The best of each data set is marked, where the threshold held on its test rows. Each data set's own report has intervals, precision where attacks are rare, and the rates that were reached.".to_owned()];
    if !few.is_empty() {
        let names: Vec<&str> = few.iter().map(|set| set.name.as_str()).collect();
        notes.push(format!("Too few benign rows for every stated rate: {}.", names.join(", ")));
    }
    if models.iter().any(|model| model.ends_with("(s)")) {
        notes.push(SUPERVISED_NOTE.to_owned());
    }
    let caption = "Recall at a stated false positive rate, median over the trials of each model";
    let head = heads(&["Data set"], &[&["FPR"], names.as_slice()].concat());
    Some(section_of(Block::Table(Table::new(caption, head, rows).notes(notes)), true))
}

/// The section with its one block; a table is for papers, too.
fn section_of(block: Block, is_table: bool) -> Section {
    Section {
        id: "operator",
        title: "Operator's view",
        blocks: vec![block],
        paper: is_table,
        terminal: true,
    }
}

/// The rate of a data set and the recall of each model at it.
fn row(set: &SetResults, models: &[String]) -> Vec<Cell> {
    let at = |model: &String| Some(&set.row(model)?.operating[set.main_rate?]);
    let recall = |point: &OperatingSummary| Some(point.recall?.median.value);
    let held = |model: &String| at(model).filter(|point| point.held() == Some(true));
    let contenders = models.iter().filter(|model| set.row(model).is_some_and(contends));
    let best = contenders.filter_map(|model| recall(held(model)?)).max_by(f64::total_cmp);
    let cell = |model: &String| {
        let value = at(model).and_then(recall);
        let is_best = set.row(model).is_some_and(contends)
            && held(model).is_some()
            && value.is_some()
            && value == best;
        Cell { best: is_best, ..Cell::known(value, format::share) }
    };
    let rate = set.main_rate.and_then(|at| Some(set.rows.first()?.operating.get(at)?.fpr));
    let rate = rate.map_or(UNKNOWN.into(), format::rate);
    [Cell::linked(&set.name), Cell::new(rate)].into_iter().chain(models.iter().map(cell)).collect()
}
