//! `oddbench data describe FILE`: what the columns of a file are taken for, without fitting anything.

use std::collections::BTreeSet;
use std::fmt::Write;
use std::path::Path;

use oddbench_core::counts::counted;
use oddbench_core::quote;
use oddbench_data::columns::{Choices, Judgement, Remedies, Wrong, judge_source, setting};
use serde_json::json;

use crate::args::InputLayout;
use crate::columns::{self, ColumnFlags};
use crate::error::{CliError, Status};
use crate::input;
use crate::terminal::Terminal;
use crate::width;

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
    CliError::all_of(input::faults(&input::name(file), reader.names(), &choices))?;
    let judgement = judge_source(reader, &choices)?;
    let command = fit(file, layout, &choices, &judgement);
    terminal.result(&in_words(terminal, file, &judgement, command.as_deref()));
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

fn in_words(
    terminal: &Terminal,
    file: &Path,
    judgement: &Judgement,
    command: Option<&str>,
) -> String {
    let kept = judgement.features().len();
    let mut text = format!(
        "{}: {}, {}, {kept} of them features\n\n{}\n",
        file.display(),
        counted(judgement.rows, "row"),
        counted(judgement.columns.len(), "column"),
        columns::view(terminal, judgement),
    );
    for line in judgement.told(Remedies::Shell) {
        let _ = writeln!(text, "{}", width::told(&quote::line(&line)));
    }
    for trouble in &judgement.troubles {
        let what = match trouble.wrong {
            Wrong::Infinite => "taken for missing values by fit",
            Wrong::Mixed => "refused as it is",
        };
        let line = format!("{}: {what}", quote::line(&trouble.message));
        let _ = writeln!(text, "{}", width::told(&line));
    }
    if let Some(refusal) = judgement.refusal(false, Remedies::Shell) {
        let _ = writeln!(text, "\n{}", refusal.remedy);
    }
    if let Some(command) = command {
        let _ = write!(text, "\n{command}");
    }
    text
}

/// The command that fits a model on these columns. Texts among numbers that are marks for missing values are
/// named; of any other the user knows what they are, so that there is no command.
fn fit(
    file: &Path,
    layout: &InputLayout,
    choices: &Choices,
    judgement: &Judgement,
) -> Option<String> {
    let mixed = || judgement.troubles.iter().filter(|trouble| trouble.wrong == Wrong::Mixed);
    if mixed().any(|trouble| trouble.marks.is_empty()) {
        return None;
    }
    let marks: BTreeSet<&str> =
        mixed().flat_map(|trouble| &trouble.marks).map(String::as_str).collect();
    let marks: Vec<&str> = marks.into_iter().collect();
    let na = match marks.is_empty() {
        true => String::new(),
        false => format!(" {}", setting("na", &marks, Remedies::Shell)),
    };
    let path = file.display().to_string();
    let name = file.file_stem().map(|stem| stem.to_string_lossy().into_owned());
    let name = name.map(|name| name.split('.').next().unwrap_or_default().to_owned());
    let name = name.filter(|name| !name.is_empty() && name != "-").unwrap_or("model".into());
    Some(format!(
        "oddbench fit --model isolation-forest --input {} --output {}{}{na}{}",
        quote::shell(&path),
        quote::shell(&format!("models/{name}")),
        layout.flags(),
        columns::flags(choices),
    ))
}
