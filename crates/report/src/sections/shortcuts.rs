//! Shortcuts: what single columns and the order of the rows say about the labels, before any model.

use oddbench_core::operating::Estimate;
use oddbench_core::shortcuts::{ColumnShortcut, Named, Order, Shortcuts};

pub mod near;

use crate::document::Block;
use crate::figures::Figure;
use crate::format::{self, UNKNOWN};
use crate::scene::Scene;
use crate::table::{Cell, Head, Table, heads};
use crate::topic::Topic;

/// The section; none if no such audit was made.
pub const TOPIC: Topic = Topic::new("shortcuts", "Shortcuts", blocks);

/// The number of columns in the first table; a folded table has the others. As many shortcuts have a sentence of their own.
const SHOWN: usize = 10;

/// The columns of the tables that a phone has no room for: intervals, and the F1 of one rule.
const WIDE: [usize; 3] = [2, 4, 5];

fn blocks(scene: &Scene<'_>, _: Vec<Figure>) -> Vec<Block> {
    let Some(found) = scene.results.audit.as_ref().and_then(|audit| audit.shortcuts.as_ref())
    else {
        return vec![];
    };
    let mut blocks = vec![Block::Text(introduction(found))];
    if let Some(near) = near::near(scene.results, scene.rows) {
        blocks.push(Block::Text(near.sentence()));
    }
    blocks.push(match found.named.is_empty() {
        true => Block::Text("No shortcut is named.".into()),
        false => Block::List(sentences(&found.named)),
    });
    if found.unmeasured.is_none() {
        let caption = scene.caption("What one column alone tells of the labels of the test rows");
        let (first, rest) = found.columns.split_at(found.columns.len().min(SHOWN));
        blocks.push(Block::Table(table(caption, first, &found.order)));
        if !rest.is_empty() {
            let caption = scene.caption("The other columns");
            blocks.push(Block::Folded(
                format::counted(rest.len(), "more column"),
                vec![Table::new(caption, head(), rest.iter().map(cells).collect()).wide(WIDE)],
            ));
        }
    }
    blocks
}

/// A sentence for each of the first shortcuts, with what to do; the columns of the others.
fn sentences(named: &[Named]) -> Vec<String> {
    let (first, rest) = named.split_at(named.len().min(SHOWN));
    let mut lines: Vec<String> =
        first.iter().map(|named| format!("{} {}", named.says, named.remedy)).collect();
    if !rest.is_empty() {
        let name =
            |named: &Named| named.column.clone().unwrap_or_else(|| "order of the rows".into());
        let names: Vec<String> = rest.iter().map(name).collect();
        lines.push(format!(
            "{} more {} named: {}.",
            rest.len(),
            if rest.len() == 1 { "is" } else { "are" },
            names.join(", ")
        ));
    }
    lines
}

fn introduction(found: &Shortcuts) -> String {
    let mut text = match (&found.unmeasured, found.learned_on) {
        (Some(why), _) => {
            format!("What single columns tell of the labels cannot be measured: {why}.")
        }
        (None, Some(on)) => format!(
            "If a single column nearly tells the labels, it may describe the attack itself, or only one testbed. No model deserves praise for finding such a column. Directions and rules were learned on {}. With a k-fold split, this is the first fold.",
            on.words()
        ),
        (None, None) => String::new(),
    };
    if !found.skipped.is_empty() {
        text.push_str(&format!(
            " Not audited, because of too many different values or because a file lacks them: {}.",
            found.skipped.join(", ")
        ));
    }
    text
}

fn head() -> Vec<Head> {
    let mut head = heads(&["Column"], &["ROC-AUC"]);
    head.extend(heads(&["95 %"], &["One rule, balanced accuracy"]));
    head.extend(heads(&["95 %"], &["One rule, F1"]));
    head.extend(heads(&["Remark"], &[]));
    head
}

fn table(caption: String, columns: &[ColumnShortcut], order: &Order) -> Table {
    let mut rows: Vec<Vec<Cell>> = columns.iter().map(cells).collect();
    rows.extend(position(order));
    Table::new(caption, head(), rows).wide(WIDE).notes([
        "ROC-AUC: numbers as they are, in the direction learned; categories by their share of outliers. One rule: Holte's classifier of one column (1993), both classes weighing the same. Intervals: Newcombe 2006 from the numbers of rows for ROC-AUC, Wilson's for the shares of both classes; the rule is held fixed, and rows are taken for independent.",
        "Row number: the place of a row in its file, which no model sees. Fewer runs of equal labels than a random order has: rows of one label stand together (Wald and Wolfowitz 1940).",
    ])
}

fn cells(of: &ColumnShortcut) -> Vec<Cell> {
    let rule = of.one_rule.as_ref();
    let [area, area_range] = figure(of.roc_auc);
    let [right, right_range] = figure(rule.map(|rule| rule.balanced_accuracy));
    let f1 = rule.and_then(|rule| rule.f1);
    let remarks =
        Cell { attention: of.seen && of.mark.is_some(), ..Cell::new(of.remarks().join("; ")) };
    let name = Cell::new(of.column.as_str());
    vec![name, area, area_range, right, right_range, Cell::known(f1, format::share), remarks]
}

/// The number of the row as a column.
fn position(order: &Order) -> Option<Vec<Cell>> {
    let (expected, z) = (order.expected_runs?, order.z?);
    let rule = order.one_rule.as_ref();
    let [area, area_range] = figure(order.roc_auc);
    let [right, right_range] = figure(rule.map(|rule| rule.balanced_accuracy));
    let runs = format!(
        "{} runs of equal labels, {} in random order, z = {}",
        format::count(usize::try_from(order.runs).unwrap_or(usize::MAX)),
        format::count(expected.round() as usize),
        format::minus(&format!("{z:.1}"))
    );
    let f1 = Cell::known(rule.and_then(|rule| rule.f1), format::share);
    let name = Cell::new("row number");
    Some(vec![name, area, area_range, right, right_range, f1, Cell::new(runs)])
}

/// A figure and its interval.
fn figure(figure: Option<Estimate>) -> [Cell; 2] {
    figure.map_or_else(
        || [Cell::new(UNKNOWN), Cell::new(UNKNOWN)],
        |Estimate { value, interval }| {
            let range =
                format!("{} to {}", format::share(interval.low), format::share(interval.high));
            [Cell::of(value, format::share(value)), Cell::new(range)]
        },
    )
}
