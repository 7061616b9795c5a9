//! Values that no training row has: how many rows of each part hold them, by column and by class.

use oddbench_core::audit::{Audit, PartAudit, UnseenValues, is_much_unseen};

use crate::document::Block;
use crate::figures::Figure;
use crate::format;
use crate::scene::Scene;
use crate::table::{Cell, Table, heads};
use crate::topic::Topic;

/// The part that models are judged on, as audits call it.
const TEST: &str = "test";

/// The section; none if every value of every part occurs in training.
pub const TOPIC: Topic = Topic::new("unseen", "Values that training never saw", blocks);

fn blocks(scene: &Scene<'_>, _: Vec<Figure>) -> Vec<Block> {
    let Some(audit) = &scene.results.audit else { return vec![] };
    if audit.parts.iter().all(|part| part.unseen.is_empty()) {
        return vec![];
    }
    let words = "A row with a category that training never saw gets the highest score that a known category would give it. A column that is constant in training is flagged where a row has another value, if the preprocessing says so (constant = \"flag\"); if it is dropped, no model sees the change.";
    let by_class = scene.caption("Rows with values that training never saw, by class");
    vec![
        Block::Text(words.into()),
        Block::Table(columns(scene, audit)),
        Block::Folded("By class".into(), vec![classes(by_class, audit)]),
    ]
}

/// Parts with their columns of unseen values.
fn found(audit: &Audit) -> impl Iterator<Item = (&PartAudit, &UnseenValues)> {
    audit.parts.iter().flat_map(|part| part.unseen.iter().map(move |values| (part, values)))
}

/// A count of rows with its share.
fn share(rows: usize, of: usize) -> Cell {
    let share = format!("{} %", format::percent_of(rows, of));
    Cell { details: vec![share], ..Cell::count(rows) }
}

fn columns(scene: &Scene<'_>, audit: &Audit) -> Table {
    let mut head = heads(&["Part", "Column"], &["Rows", "Of them outliers"]);
    head.extend(heads(&["Values, for example", "In training"], &[]));
    let row = |(part, values): (&PartAudit, &UnseenValues)| {
        let outliers = values.classes.iter().filter(|class| class.outlier);
        let trained = match &values.constant {
            Some(value) => format!("{value} in every row"),
            None => "other categories".to_owned(),
        };
        vec![
            Cell::new(part.part.as_str()),
            Cell::new(values.column.as_str()),
            Cell {
                attention: is_much_unseen(values.rows, part.rows),
                ..share(values.rows, part.rows)
            },
            share(outliers.map(|class| class.rows).sum(), part.outliers),
            Cell::new(values.examples.join(", ")),
            Cell::new(trained),
        ]
    };
    let caption = scene.caption("Rows with values that training never saw, by column");
    Table::new(caption, head, found(audit).map(row).collect()).notes([
        "Rows: with their share of the part's rows; outliers: with their share of the part's outliers. Of a k-fold split it is the first fold.".to_owned(),
    ])
}

fn classes(caption: String, audit: &Audit) -> Table {
    let head = heads(&["Part", "Column", "Class", "Label"], &["Rows", "Of the class"]);
    let rows = found(audit).flat_map(|(part, values)| {
        values.classes.iter().map(move |class| {
            let same = part
                .classes
                .iter()
                .find(|of| of.class == class.class && of.outlier == class.outlier);
            let of_class = same.map(|of| class.rows as f64 / of.rows.max(1) as f64);
            vec![
                Cell::new(part.part.as_str()),
                Cell::new(values.column.as_str()),
                Cell::new(class.class.as_str()),
                Cell::new(if class.outlier { "outlier" } else { "inlier" }),
                Cell::count(class.rows),
                Cell::known(of_class, |share| format!("{} %", format::percent(share))),
            ]
        })
    });
    Table::new(caption, head, rows.collect())
}

/// The warning at the head of the report; `None` if few rows have such values.
pub fn warning(audit: Option<&Audit>) -> Option<String> {
    let much = found(audit?).filter(|(part, values)| is_much_unseen(values.rows, part.rows));
    let said: Vec<String> = much
        .map(|(part, values)| {
            format!(
                "{} in {} of {} ({} %), e.g. {:?}",
                values.column,
                format::count(values.rows),
                format::counted(part.rows, &format!("{} row", part.part)),
                format::percent_of(values.rows, part.rows),
                values.examples.first().map_or("", String::as_str),
            )
        })
        .collect();
    (!said.is_empty()).then(|| {
        format!(
            "Many rows have values that training never saw: {}. Is the column a category, and is it written alike in all files? See Values that training never saw.",
            said.join("; ")
        )
    })
}

/// What would change the verdict: columns whose values are new in every test row, such as a column of captures that the
/// split goes by. All rows get the score of a new value, and what else a row holds hardly counts.
pub fn caveat(audit: Option<&Audit>) -> Option<String> {
    let everywhere = found(audit?)
        .filter(|(part, values)| part.part == TEST && part.rows > 0 && values.rows == part.rows);
    let names: Vec<String> = everywhere.map(|(_, values)| format!("{:?}", values.column)).collect();
    let columns = format::agreed(names.len(), "the column", "the columns");
    let them = format::agreed(names.len(), "it", "them");
    (!names.is_empty()).then(|| {
        format!(
            "New in every test row: training never saw the values that {columns} {} has in the test rows, so that some models judge the rows by {them} alone. If {them} only says where a row comes from, leave {them} out: ignore = [{}].",
            format::listed(&names),
            names.join(", ")
        )
    })
}
