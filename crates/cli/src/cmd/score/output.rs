//! Where scored rows go: a file that is whole or not there, or stdout, whose reader may go away.

use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use oddbench_core::remedy;
use oddbench_data::files::NewFile;
use oddbench_data::rows::RowError;

use crate::error::CliError;
use crate::terminal::Terminal;

/// An output under way.
pub struct Output {
    target: Option<PathBuf>,
    /// The file, unless readers see it grow.
    unfinished: Option<NewFile>,
    replaces: bool,
    file: Option<File>,
    gone: Arc<AtomicBool>,
}

impl Output {
    /// A file that is written under a temporary name, or stdout.
    pub fn create(target: Option<&Path>, force: bool) -> Result<Self, CliError> {
        let Some(target) = target else { return Ok(Self::stdout()) };
        let replaces = refuse_existing(target, force)?;
        let unfinished = NewFile::create(target).map_err(|error| unwritable(target, &error))?;
        let file = unfinished.handle().map_err(|error| unwritable(target, &error))?;
        Ok(Self {
            target: Some(target.to_owned()),
            unfinished: Some(unfinished),
            replaces,
            file: Some(file),
            gone: Arc::default(),
        })
    }

    /// A file that readers see grow, or stdout.
    pub fn growing(target: Option<&Path>, force: bool) -> Result<Self, CliError> {
        let Some(target) = target else { return Ok(Self::stdout()) };
        let replaces = refuse_existing(target, force)?;
        let file = File::create(target).map_err(|error| unwritable(target, &error))?;
        Ok(Self {
            target: Some(target.to_owned()),
            unfinished: None,
            replaces,
            file: Some(file),
            gone: Arc::default(),
        })
    }

    fn stdout() -> Self {
        Self { target: None, unfinished: None, replaces: false, file: None, gone: Arc::default() }
    }

    /// The stream to write to; once.
    pub fn writer(&mut self) -> Box<dyn Write + Send> {
        match self.file.take() {
            Some(file) => Box::new(BufWriter::with_capacity(1 << 18, file)),
            None => {
                let stdout = Stdout { gone: Arc::clone(&self.gone) };
                Box::new(BufWriter::with_capacity(1 << 16, stdout))
            }
        }
    }

    /// An error of what is written here, which then names the file.
    pub fn told(&self, error: RowError) -> CliError {
        match &self.target {
            Some(target) if error.unwritten => {
                RowError { name: target.display().to_string(), ..error }.into()
            }
            _ => error.into(),
        }
    }

    /// Whether stdout is closed: then there is no reason to continue.
    pub fn reader_has_gone(&self) -> bool {
        self.gone.load(Ordering::Relaxed)
    }

    /// Puts the finished file in its place.
    pub fn keep(&mut self, terminal: &Terminal) -> Result<(), CliError> {
        let Some(target) = &self.target else { return Ok(()) };
        if let Some(unfinished) = self.unfinished.take() {
            unfinished.keep_unsynced().map_err(|error| unwritable(target, &error))?;
        }
        let verb = if self.replaces { "replaced" } else { "wrote" };
        terminal.note(&format!("{verb} {}", target.display()));
        Ok(())
    }
}

/// An error if the file is there and must not be replaced; else whether it is there.
fn refuse_existing(target: &Path, force: bool) -> Result<bool, CliError> {
    match (target.exists(), force) {
        (true, false) => Err(CliError::User {
            message: format!("{} is there already", target.display()),
            help: Some("give another name, or --force to replace it".into()),
        }),
        (exists, _) => Ok(exists),
    }
}

fn unwritable(path: &Path, error: &io::Error) -> CliError {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty() && !folder.exists());
    let why = match folder {
        Some(folder) => {
            format!("there is no folder {}; make it first, or write elsewhere", folder.display())
        }
        None => format!("{error}; {}", remedy::of_io(error)),
    };
    CliError::System { message: format!("{}: it cannot be written: {why}", path.display()) }
}

/// Stdout that takes a reader's leave (`| head`) for the end, not for an error.
struct Stdout {
    gone: Arc<AtomicBool>,
}

impl Stdout {
    fn forgive<T>(&self, done: io::Result<T>, otherwise: T) -> io::Result<T> {
        match done {
            Err(error) if error.kind() == io::ErrorKind::BrokenPipe => {
                self.gone.store(true, Ordering::Relaxed);
                Ok(otherwise)
            }
            done => done,
        }
    }
}

impl Write for Stdout {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.forgive(io::stdout().lock().write(bytes), bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.forgive(io::stdout().lock().flush(), ())
    }
}
