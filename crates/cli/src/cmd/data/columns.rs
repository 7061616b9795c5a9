//! `oddbench data describe FILE`: what the columns of a file are taken for, without fitting anything.

use std::fmt::Write;
use std::path::Path;

use oddbench_core::quote;
use oddbench_data::columns::{Choices, Judgement, Wrong, judge_source};
use serde_json::json;

use crate::args::InputLayout;
use crate::columns::{self, ColumnFlags};
use crate::error::{CliError, Status};
use crate::input;
use crate::terminal::Terminal;

/// Whether the argument is a file and not the name of a data set.
pub fn is_file(argument: &str) -> bool {
    let path = Path::new(argument);
    input::is_stdin(path)
        || argument.contains(['/', '\\'])
        || path.extension().is_some()
        || path.exists()
}

/// Prints the verdicts, the troubles, and the command that fits a model on these columns.
pub fn describe(
    terminal: &Terminal,
    file: &Path,
    layout: &InputLayout,
    flags: &ColumnFlags,
) -> Result<Status, CliError> {
    let reader = input::open(file, layout, false)?;
    let choices = flags.choices(reader.names());
    let judgement = judge_source(reader, &choices)?;
    let command = fit(file, layout, &choices, &judgement);
    terminal.result(&in_words(terminal, file, &judgement, &command));
    terminal.json(|| {
        json!({
            "file": file,
            "rows": judgement.rows,
            "notes": judgement.notes,
            "columns": judgement.columns,
            "troubles": judgement.troubles,
            "fit": command,
        })
    });
    Ok(Status::Done)
}

fn in_words(terminal: &Terminal, file: &Path, judgement: &Judgement, command: &str) -> String {
    let kept = judgement.features().len();
    let mut text = format!(
        "{}: {} rows, {} columns, {kept} of them features\n\n{}\n",
        file.display(),
        judgement.rows,
        judgement.columns.len(),
        columns::view(terminal, judgement),
    );
    for line in judgement.told() {
        let _ = writeln!(text, "{line}");
    }
    for trouble in &judgement.troubles {
        let what = match trouble.wrong {
            Wrong::Infinite => "taken for missing values by fit",
            Wrong::Mixed => "refused, unless it is taken for categories or left out",
        };
        let _ = writeln!(text, "{}: {what}", trouble.message);
    }
    let _ = write!(text, "\n{command}");
    text
}

/// The command that fits a model on these columns.
fn fit(file: &Path, layout: &InputLayout, choices: &Choices, judgement: &Judgement) -> String {
    let path = file.display().to_string();
    let name = file.file_stem().map(|stem| stem.to_string_lossy().into_owned());
    let name = name.map(|name| name.split('.').next().unwrap_or_default().to_owned());
    let name = name.filter(|name| !name.is_empty() && name != "-").unwrap_or("model".into());
    let mut choices = choices.clone();
    // What holds numbers and texts would be refused.
    let mixed = judgement.troubles.iter().filter(|trouble| trouble.wrong == Wrong::Mixed);
    choices.categorical.extend(mixed.map(|trouble| trouble.column.clone()));
    format!(
        "oddbench fit --model isolation-forest --input {} --output {}{}{}",
        quote::shell(&path),
        quote::shell(&format!("models/{name}")),
        layout.flags(),
        columns::flags(&choices),
    )
}
