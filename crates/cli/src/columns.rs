//! Columns on the command line: the flags that decide about them, and the table of what they are taken for.

use clap::Args;
use oddbench_core::quote;
use oddbench_data::columns::{Choices, ColumnVerdict, Judgement, Remedies, setting, split_names};

use crate::table::{borrowed, figures_and_prose, width};
use crate::terminal::Terminal;

/// What a user decides about columns. A name that holds a comma is given alone (the flags may be repeated), or
/// in double quotes: --ignore '"a, b",c'.
#[derive(Debug, Clone, Default, Args)]
pub struct ColumnFlags {
    /// The column that holds the class of each row; it is no feature
    #[arg(long, value_name = "NAME")]
    pub label: Option<String>,
    /// Columns that are no features; may be repeated
    #[arg(long, value_name = "NAME,...")]
    pub ignore: Vec<String>,
    /// Columns to keep although they look like labels, identifiers, addresses or times
    #[arg(long, value_name = "NAME,...")]
    pub keep: Vec<String>,
    /// Columns to take for categories, whatever they hold
    #[arg(long, value_name = "NAME,...")]
    pub categorical: Vec<String>,
}

impl ColumnFlags {
    /// The choices among columns of these names.
    pub fn choices(&self, names: &[String]) -> Choices {
        Choices {
            label: self.label.clone(),
            ignore: split_names(&self.ignore, names),
            keep: split_names(&self.keep, names),
            categorical: split_names(&self.categorical, names),
            ..Choices::default()
        }
    }
}

/// The flags that say the same, for a shell.
pub fn flags(choices: &Choices) -> String {
    let mut text = String::new();
    let lists = [
        ("ignore", &choices.ignore),
        ("keep", &choices.keep),
        ("categorical", &choices.categorical),
    ];
    for (key, names) in lists.into_iter().filter(|(_, names)| !names.is_empty()) {
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        text.push_str(&format!(" {}", setting(key, &names, Remedies::Shell)));
    }
    if let Some(label) = &choices.label {
        text.push_str(&format!(" --label {}", quote::shell(label)));
    }
    text
}

/// What every column is taken for, and why.
pub fn view(terminal: &Terminal, judgement: &Judgement) -> String {
    let (head, rows) = shown(judgement);
    figures_and_prose(terminal, &head, &borrowed(&rows), width())
}

/// The names of the table's columns, each with whether it holds figures.
type Head = Vec<(&'static str, bool)>;

/// The head and the rows of the table. Counts of missing and of infinite values are left out where all are zero.
fn shown(judgement: &Judgement) -> (Head, Vec<Vec<String>>) {
    let any = |count: fn(&ColumnVerdict) -> u64| judgement.columns.iter().any(|one| count(one) > 0);
    let head = [
        ("column", false, true),
        ("distinct", true, true),
        ("missing", true, any(|one| one.missing)),
        ("infinite", true, any(|one| one.infinite)),
        ("taken as", false, true),
        ("examples", false, true),
        ("why", false, true),
    ];
    let row = |column: &ColumnVerdict| {
        let cells = cells(column).into_iter().zip(&head).filter(|(_, (.., shown))| *shown);
        // Names and values come from the file: an attacker may have written them.
        cells.map(|(cell, _)| quote::line(&cell)).collect()
    };
    let rows = judgement.columns.iter().map(row).collect();
    let head = head.into_iter().filter(|(.., shown)| *shown);
    (head.map(|(name, numeric, _)| (name, numeric)).collect(), rows)
}

/// The cells of a column.
fn cells(column: &ColumnVerdict) -> [String; 7] {
    let some = |count: u64| if count == 0 { String::new() } else { count.to_string() };
    [
        column.name.clone(),
        column.distinct.map_or_else(|| "many".to_owned(), |values| values.to_string()),
        some(column.missing),
        some(column.infinite),
        taken_as(column),
        examples(column),
        match &column.note {
            Some(note) => format!("{}; {note}", column.reason),
            None => column.reason.clone(),
        },
    ]
}

fn taken_as(column: &ColumnVerdict) -> String {
    match column.kind {
        Some(_) => column.role.words().to_owned(),
        None => format!("left out: {}", column.role.words()),
    }
}

/// The first values, each cut to a few letters, and no more of them than leave room for the reason.
fn examples(column: &ColumnVerdict) -> String {
    const LETTERS: usize = 16;
    const ALL: usize = 40;
    let mut text = String::new();
    for example in &column.examples {
        let short = match example.char_indices().nth(LETTERS) {
            Some((at, _)) => format!("{}...", &example[..at]),
            None => example.clone(),
        };
        if text.is_empty() {
            text = short;
        } else if text.chars().count() + short.chars().count() < ALL {
            text.push_str(&format!(", {short}"));
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use oddbench_data::columns::judge_rows;
    use oddbench_data::rows::Rows;
    use serde_json::{Value, json};

    use super::*;

    fn judged(gaps: bool) -> Judgement {
        let row = |at: usize| {
            let rate = if gaps && at < 5 { Value::Null } else { json!(at % 7) };
            json!({
                "dst_host_srv_diff_host_rate": rate,
                "protocol type": if at.is_multiple_of(2) { "tcp" } else { "udp" },
                "session_identifier": format!("session-{at}"),
            })
        };
        let rows: Vec<Value> = (0..60).map(row).collect();
        judge_rows(&Rows::from_json(&rows).unwrap(), &Choices::default()).unwrap()
    }

    #[test]
    fn the_table_breaks_no_word_in_80_columns() {
        let (head, rows) = shown(&judged(true));
        let text = figures_and_prose(&Terminal::PLAIN, &head, &borrowed(&rows), Some(80));
        assert!(text.lines().all(|line| line.chars().count() <= 80), "{text}");
        let found: Vec<&str> = text.split_whitespace().collect();
        for word in rows.iter().flatten().flat_map(|cell| cell.split_whitespace()) {
            assert!(found.contains(&word), "{word} is cut in\n{text}");
        }
    }

    #[test]
    fn counts_are_shown_where_there_are_any() {
        let names = |gaps| shown(&judged(gaps)).0.into_iter().map(|(name, _)| name).collect();
        let names: [Vec<&str>; 2] = [names(true), names(false)];
        assert!(names[0].contains(&"missing") && !names[0].contains(&"infinite"), "{names:?}");
        assert!(!names[1].contains(&"missing"), "{names:?}");
    }
}
