//! Columns on the command line: the flags that decide about them, and the table of what they are taken for.

use clap::Args;
use oddbench_core::quote;
use oddbench_data::columns::{Choices, ColumnVerdict, Judgement, Remedies, setting, split_names};

use crate::table::table;
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
    let head = ["column", "taken as", "missing", "infinite", "distinct", "examples", "why"];
    let mut view = table(terminal, &head, &[2, 3, 4]);
    let some = |count: u64| if count == 0 { String::new() } else { count.to_string() };
    for column in &judgement.columns {
        let cells = [
            column.name.clone(),
            taken_as(column),
            some(column.missing),
            some(column.infinite),
            column.distinct.map_or_else(|| "many".to_owned(), |values| values.to_string()),
            examples(column),
            match &column.note {
                Some(note) => format!("{}; {note}", column.reason),
                None => column.reason.clone(),
            },
        ];
        // Names and values come from the file: an attacker may have written them.
        view.add_row(cells.map(|cell| quote::line(&cell)));
    }
    view.to_string()
}

fn taken_as(column: &ColumnVerdict) -> String {
    match column.kind {
        Some(_) => column.role.words().to_owned(),
        None => format!("left out: {}", column.role.words()),
    }
}

/// The first values, each cut to a few letters.
fn examples(column: &ColumnVerdict) -> String {
    const LETTERS: usize = 24;
    let short = |text: &String| match text.char_indices().nth(LETTERS) {
        Some((at, _)) => format!("{}...", &text[..at]),
        None => text.clone(),
    };
    column.examples.iter().map(short).collect::<Vec<_>>().join(", ")
}
