//! The shortcuts of `oddbench data audit`: the most telling columns, then a sentence for each shortcut.

use oddbench_core::counts::counted;
use oddbench_core::operating::Estimate;
use oddbench_core::shortcuts::{ColumnShortcut, Named, Order, Shortcuts};

use crate::table::table;
use crate::terminal::Terminal;

/// Columns and sentences that are shown unless all are asked for.
const SHOWN: usize = 10;

/// The table, the order of the rows, and the named shortcuts.
pub(super) fn text(terminal: &Terminal, shortcuts: &Shortcuts, all: bool) -> String {
    let shown = if all { usize::MAX } else { SHOWN };
    let mut lines = Vec::new();
    if let Some(why) = &shortcuts.unmeasured {
        lines.push(format!("\nwhat single columns tell of the labels cannot be measured: {why}"));
    } else if !shortcuts.columns.is_empty() {
        lines.push(format!("\n{}", columns(terminal, &shortcuts.columns, shown)));
    }
    let more = shortcuts.columns.len().saturating_sub(shown);
    if more > 0 && shortcuts.unmeasured.is_none() {
        lines.push(format!("... and {}: --all shows them", counted(more, "more column")));
    }
    if let Some(on) = shortcuts.learned_on {
        let on = on.words();
        lines.push(format!("* balanced accuracy; directions and rules were learned on {on}"));
    }
    if !shortcuts.skipped.is_empty() {
        lines.push(format!(
            "not audited, too many different values or not in every file: {}",
            shortcuts.skipped.join(", ")
        ));
    }
    lines.extend(order(&shortcuts.order));
    lines.push(match shortcuts.named.len() {
        0 => "\nno shortcut is named".to_owned(),
        1 => "\n1 shortcut:".to_owned(),
        n => format!("\n{n} shortcuts:"),
    });
    // Shortcuts with one remedy stand together: it is said once, below them.
    let named: Vec<&Named> = shortcuts.named.iter().take(shown).collect();
    for alike in named.chunk_by(|a, b| a.remedy == b.remedy) {
        lines.extend(alike.iter().map(|named| format!("  {}", named.says)));
        lines.extend(alike.first().map(|named| format!("    What to do: {}", named.remedy)));
    }
    if shortcuts.named.len() > shown {
        lines.push(format!("  ... and {} more: --all shows them", shortcuts.named.len() - shown));
    }
    lines.join("\n")
}

fn columns(terminal: &Terminal, columns: &[ColumnShortcut], shown: usize) -> comfy_table::Table {
    let head = ["one column alone", "ROC-AUC", "95 %", "one rule*", "95 %", "F1", ""];
    let mut view = table(terminal, &head, &[1, 3, 5]);
    for of in columns.iter().take(shown) {
        let rule = of.one_rule.as_ref();
        let [area, area_range] = figure(of.roc_auc);
        let [right, right_range] = figure(rule.map(|rule| rule.balanced_accuracy));
        let f1 = rule.and_then(|rule| rule.f1).map_or_else(dash, |f1| format!("{f1:.3}"));
        let remarks = of.remarks().join("; ");
        view.add_row([of.column.clone(), area, area_range, right, right_range, f1, remarks]);
    }
    view
}

fn dash() -> String {
    "–".to_owned()
}

/// A figure and its interval.
fn figure(figure: Option<Estimate>) -> [String; 2] {
    figure.map_or_else(
        || [dash(), dash()],
        |Estimate { value, interval }| {
            [format!("{value:.3}"), format!("{:.3} to {:.3}", interval.low, interval.high)]
        },
    )
}

/// What the order of the rows says about the labels, if it can be measured.
fn order(order: &Order) -> Option<String> {
    let (expected, z) = (order.expected_runs?, order.z?);
    let rule = order.one_rule.as_ref().map(|rule| rule.balanced_accuracy);
    let [area, _] = figure(order.roc_auc);
    let [right, _] = figure(rule);
    Some(format!(
        "order of the rows: {} runs of equal labels, {expected:.0} in random order, z = {z:.1}; of the row number ROC-AUC {area}, balanced accuracy {right}",
        order.runs
    ))
}
