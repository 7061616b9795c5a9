//! `oddbench check`: experiment files resolved to the last parameter, and their rows prepared as a run
//! would, without running anything.

mod contract;

use std::path::{Path, PathBuf};

use oddbench_core::counts::counted;
use oddbench_core::quote;
use oddbench_data::{Cache, Mirror};
use oddbench_engine::{ExperimentFile, Lacking, RowCheck, Spec, Suite, check_rows, plan, spec};
use serde_json::{Value, json};

use crate::args::Global;
use crate::downloads;
use crate::error::{CliError, Status};
use crate::terminal::Terminal;

/// `oddbench check`
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  oddbench check experiments/*.toml
  oddbench check my.toml --no-rows
  oddbench check --contract my.toml

Rows that are here (tables of your own, generated rows, data sets in the cache) are loaded, split and
preprocessed as a run would, and every model is asked whether its parameters suit them. Nothing is
fetched, fitted or written. With --contract, every command of yours (kind = \"external\") is also
started on small made-up tables and held against what a detector must keep.")]
pub struct CheckArgs {
    /// The experiment files
    #[arg(value_name = "FILE", required = true)]
    pub files: Vec<PathBuf>,
    /// Do not load rows; only a table of yours is read, for its columns
    #[arg(long)]
    pub no_rows: bool,
    /// Also start every model of kind "external" on small made-up tables, and say which promises of a detector it
    /// keeps; exit code 1 if it breaks one
    #[arg(long)]
    pub contract: bool,
}

/// Checks every file, and names the mistakes of all.
pub fn run(global: &Global, terminal: &Terminal, args: &CheckArgs) -> Result<Status, CliError> {
    let cache = (!args.no_rows).then(|| downloads::cache(global, terminal)).transpose()?;
    let (mut checked, mut wrong) = (Vec::new(), None::<CliError>);
    let mut status = Status::Done;
    for file in &args.files {
        match check(terminal, file, cache.as_ref()) {
            Ok(value) => checked.push(value),
            Err(error) => wrong = Some(CliError::joined(wrong, error)?),
        }
    }
    if let Some(error) = wrong {
        return Err(error);
    }
    if args.contract {
        for (file, value) in args.files.iter().zip(&mut checked) {
            let (verdicts, kept) = contract::check(terminal, file)?;
            value["contract"] = verdicts;
            if !kept {
                status = Status::ContractBroken;
            }
        }
    }
    terminal.json(|| json!({ "checked": checked }));
    if let ([file], Status::Done) = (args.files.as_slice(), status) {
        let command = format!("oddbench run {}", quote::shell(&file.display().to_string()));
        terminal.next(&command, "fit the models, and write the report");
    }
    Ok(status)
}

/// Without a cache the rows are not looked at.
fn check(terminal: &Terminal, file: &Path, cache: Option<&Cache>) -> Result<Value, CliError> {
    let checked = spec::load_file(file, &spec::Overrides::default())?;
    let hints = checked.hints();
    hints.iter().for_each(|hint| terminal.note(&format!("{}: {hint}", file.display())));
    let hints = json!(hints);
    let mut value = match checked {
        ExperimentFile::One(spec) => {
            let found = Found::of(&spec, cache)?;
            terminal.result(&format!("{}: ok, {}", file.display(), counted(found.trials, "trial")));
            found.lines().for_each(|line| terminal.result(&format!("  {line}")));
            let name = json!({ "file": file, "experiment": spec.experiment.name });
            found.json(name)
        }
        ExperimentFile::Suite(suite) => several(terminal, file, &suite, cache)?,
    };
    value["hints"] = hints;
    Ok(value)
}

/// The same of a file of several data sets.
fn several(
    terminal: &Terminal,
    file: &Path,
    suite: &Suite,
    cache: Option<&Cache>,
) -> Result<Value, CliError> {
    let (mut sets, mut wrong) = (Vec::new(), None::<CliError>);
    for set in &suite.sets {
        match Found::of(&set.spec, cache) {
            Ok(found) => sets.push((&set.name, found)),
            Err(error) => wrong = Some(CliError::joined(wrong, error)?),
        }
    }
    if let Some(error) = wrong {
        return Err(error);
    }
    let trials: usize = sets.iter().map(|(_, found)| found.trials).sum();
    let (shown, number) = (file.display(), counted(sets.len(), "data set"));
    terminal.result(&format!("{shown}: ok, {} on {number}", counted(trials, "trial")));
    for (name, found) in &sets {
        found.lines().for_each(|line| terminal.result(&format!("  {name}: {line}")));
    }
    let sets: Vec<Value> =
        sets.iter().map(|(name, found)| found.json(json!({ "set": name }))).collect();
    Ok(json!({ "file": file, "experiment": suite.name, "trials": trials, "sets": sets }))
}

/// Why the rows were not checked, where a run takes them from, and what fetches them now.
fn not_here(lacking: &[Lacking], mirror: Option<&Mirror>) -> String {
    let kinds: Vec<&str> = lacking.iter().map(|one| one.kind).collect();
    let verb = if kinds.len() == 1 { "is" } else { "are" };
    let (it, fetch) = (kinds.join(" and "), format!("oddbench data fetch {}", kinds.join(" ")));
    let here = format!("rows not checked: {it} {verb} not in the cache");
    match mirror {
        Some(Mirror::Folder(folder)) if !folder.is_dir() => format!(
            "{here}, and there is no folder {}, which --mirror (ODDBENCH_MIRROR) names: name another one, or none; {fetch}",
            folder.display()
        ),
        Some(Mirror::Folder(folder)) if lacking.iter().all(|one| one.in_mirror) => format!(
            "{here} yet; a run copies the files from the mirror {}; to check the rows first: {fetch}",
            folder.display()
        ),
        Some(Mirror::Url(url)) => {
            format!(
                "{here}; a run asks the mirror {url} for the files; to check the rows first: {fetch}"
            )
        }
        Some(Mirror::Folder(folder)) => {
            format!("{here}, and the mirror {} does not have all files; {fetch}", folder.display())
        }
        None => format!("{here}; {fetch}"),
    }
}

/// What was found of an experiment that can be run.
struct Found {
    trials: usize,
    /// Which columns no model sees, and why.
    left_out: Vec<String>,
    /// Whether the rows were looked at.
    rows: &'static str,
    notes: Vec<String>,
}

impl Found {
    fn of(spec: &Spec, cache: Option<&Cache>) -> Result<Self, CliError> {
        let plan = plan::resolve(spec)?;
        let (rows, notes) = match cache.map(|cache| check_rows(spec, cache)).transpose()? {
            None => ("skipped", Vec::new()),
            Some(RowCheck::Checked(notes)) => ("checked", notes),
            Some(RowCheck::NotHere(lacking)) => {
                let mirror = cache.and_then(|cache| cache.mirror.as_ref());
                ("not here", vec![not_here(&lacking, mirror)])
            }
        };
        Ok(Self { trials: plan.trials.len(), left_out: plan.data.left_out, rows, notes })
    }

    fn lines(&self) -> impl Iterator<Item = String> {
        let notes = self.notes.iter().map(|note| format!("note: {note}"));
        self.left_out.iter().cloned().chain(notes)
    }

    /// The same for a program; `name` says of what.
    fn json(&self, mut name: Value) -> Value {
        name["trials"] = json!(self.trials);
        name["left_out"] = json!(self.left_out);
        name["rows"] = json!(self.rows);
        name["notes"] = json!(self.notes);
        name
    }
}
