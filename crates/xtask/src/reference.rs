//! `cargo xtask reference`: makes docs/REFERENCE.md from what the program says about itself: the help of its commands,
//! the JSON Schema of experiment files, and the parameters of its kinds of model. A test compares the file with it.

mod commands;
mod experiment;
mod models;
mod schema;

use crate::program::Program;

/// The file, from the root of the repository.
pub const PATH: &str = "docs/REFERENCE.md";

const INTRODUCTION: &str = "\
<!-- made by `cargo xtask reference`; a change by hand is lost -->
# Reference

What the program says about itself: the [commands](#commands), the [keys of an experiment file](#keys-of-an-experiment-file)
and the [parameters of the models](#parameters-of-the-models). `cargo xtask reference` makes this page from the program.
[FORMAT.md](FORMAT.md) explains the keys and describes all other files, and [GLOSSARY.md](GLOSSARY.md) the terms.

";

/// The whole page.
///
/// # Errors
/// Says which command of the program failed.
pub fn page(program: &Program) -> Result<String, String> {
    let commands = commands::section(program)?;
    let experiment = experiment::section(&program.ask_json(&["schema"])?);
    let models = models::section(program)?;
    Ok(format!("{INTRODUCTION}{commands}{experiment}{models}"))
}

/// One line of a table: texts of several lines become one, and nothing in them ends a cell.
fn row(cells: &[&str]) -> String {
    let cell = |text: &&str| text.replace('\n', " ").replace('|', "\\|");
    format!("| {} |\n", cells.iter().map(cell).collect::<Vec<_>>().join(" | "))
}

/// The head of a table.
fn head(columns: &[&str]) -> String {
    format!("{}|{}\n", row(columns), "---|".repeat(columns.len()))
}
