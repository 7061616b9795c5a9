//! Where the rows of `score` and `fit` come from, and how they are read.

use std::fs::File;
use std::io::{BufReader, Read};
use std::path::Path;
use std::sync::Arc;

use oddbench_data::columns::Choices;
use oddbench_data::rows::{FileFormat, ReadOptions, RowReader};
use oddbench_engine::scoring::TrainingInput;
use tempfile::NamedTempFile;

use crate::args::InputLayout;
use crate::error::CliError;

/// Whether the input is `-`.
pub fn is_stdin(input: &Path) -> bool {
    input == Path::new("-")
}

/// What messages call the input.
pub fn name(input: &Path) -> String {
    if is_stdin(input) { "stdin".to_owned() } else { input.display().to_string() }
}

/// What is wrong with choices among the columns of an input.
pub fn faults(input: &str, columns: &[String], choices: &Choices) -> Vec<CliError> {
    choices.faults(input, columns).into_iter().map(CliError::from).collect()
}

/// How the options say that the input is read.
pub fn options(layout: &InputLayout, skip_bad: bool) -> Result<ReadOptions, CliError> {
    let format = layout.input_format;
    if layout.delimiter.is_some() && format.is_some_and(|format| format != FileFormat::Csv) {
        return Err(CliError::user("--delimiter is for csv alone"));
    }
    let options = layout.request().options().map_err(|fault| CliError::User {
        message: format!("--{}: {}", fault.key, fault.what),
        help: Some(fault.help.into()),
    })?;
    Ok(ReadOptions { skip_bad, ..options })
}

/// Opens a file, or stdin.
pub fn open(input: &Path, layout: &InputLayout, skip_bad: bool) -> Result<RowReader, CliError> {
    let options = options(layout, skip_bad)?;
    Ok(match is_stdin(input) {
        true => RowReader::new(Box::new(std::io::stdin()), "stdin", &options)?,
        false => RowReader::open(input, &options)?,
    })
}

/// An input that can be read more than once. What gives its bytes only once is copied to a temporary file,
/// which goes with this value.
pub struct Repeatable<'a> {
    path: &'a Path,
    name: String,
    copy: Option<NamedTempFile>,
    options: ReadOptions,
    names: Arc<[String]>,
}

impl<'a> Repeatable<'a> {
    /// Opens a file, a pipe or stdin, and reads the names of the columns.
    pub fn open(path: &'a Path, layout: &InputLayout) -> Result<Self, CliError> {
        let options = options(layout, false)?;
        let name = name(path);
        let copy = match is_stdin(path) {
            true => Some(copied(std::io::stdin(), &name)?),
            false => {
                let is_pipe = path.metadata().is_ok_and(|of| !of.is_file() && !of.is_dir());
                let copy = is_pipe.then(|| match File::open(path) {
                    Ok(pipe) => copied(pipe, &name),
                    Err(error) => {
                        Err(CliError::user(format!("{name}: it cannot be read: {error}")))
                    }
                });
                copy.transpose()?
            }
        };
        let reader = match &copy {
            None => RowReader::open(path, &options)?,
            Some(copy) => {
                let file = copy.reopen().map_err(|error| unreadable(&name, &error))?;
                RowReader::new(Box::new(BufReader::new(file)), &name, &options)?
            }
        };
        let names = Arc::clone(reader.names());
        Ok(Self { path, name, copy, options, names })
    }

    /// The names of the columns.
    pub fn names(&self) -> &[String] {
        &self.names
    }

    /// What is wrong with choices among its columns.
    pub fn faults(&self, choices: &Choices) -> Vec<CliError> {
        faults(&self.name, &self.names, choices)
    }

    /// The rows, as a fit reads them.
    pub fn rows(&self) -> TrainingInput<'_> {
        let options = &self.options;
        match &self.copy {
            None => TrainingInput::File { path: self.path, name: None, options },
            Some(copy) => {
                TrainingInput::File { path: copy.path(), name: Some(&self.name), options }
            }
        }
    }
}

/// Copies what can be read once.
fn copied(mut source: impl Read, name: &str) -> Result<NamedTempFile, CliError> {
    let copy = || {
        let mut file = NamedTempFile::new()?;
        std::io::copy(&mut source, &mut file)?;
        Ok(file)
    };
    let mut copy = copy;
    copy().map_err(|error| unreadable(name, &error))
}

fn unreadable(name: &str, error: &std::io::Error) -> CliError {
    CliError::user(format!("{name}: it cannot be kept in a temporary file: {error}"))
}
