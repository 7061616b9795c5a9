//! Every way in which a command can fail, its exit code, and how it is shown.

use std::fmt::Display;
use std::path::Path;

use miette::{Diagnostic, LabeledSpan, NamedSource, SourceCode};
use oddbench_data::DataError;
use oddbench_data::rows::RowError;
use oddbench_engine::executor::{ExecuteError, SlurmError};
use oddbench_engine::reproduce::ReproduceError;
use oddbench_engine::scoring::ScoringError;
use oddbench_engine::spec::{self, Place, SpecError};
use oddbench_engine::{PlanError, RunError, StoreError};
use oddbench_serve::{MIN_TOKEN, ServeError};
use serde_json::{Value, json};
use thiserror::Error as ThisError;

/// How a command that did not fail ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Status {
    /// All done.
    Done,
    /// Some trial failed; its row says why.
    TrialFailed,
    /// One of several data sets could not be used; this is the exit code of that mistake.
    SetFailed(u8),
    /// `compare` found something worse, and was asked to say so.
    Regressed,
    /// `reproduce` found scores or metrics that are not the same.
    NotReproduced,
    /// `doctor` found a problem.
    Unhealthy,
    /// A command breaks a promise that every detector must keep.
    ContractBroken,
    /// Another process runs the trial; its result is not there yet.
    Elsewhere,
    /// The run as a whole took longer than its limit; run again to go on.
    TimedOut,
    /// Interrupted; run again to go on.
    Interrupted,
}

impl Status {
    /// The exit code.
    pub fn code(self) -> u8 {
        match self {
            Self::Done => 0,
            Self::TrialFailed | Self::Regressed | Self::ContractBroken | Self::Unhealthy => 1,
            Self::NotReproduced => 5,
            Self::SetFailed(code) => code,
            // EX_TEMPFAIL of sysexits.h: try again later.
            Self::Elsewhere => 75,
            // As `timeout` of the coreutils does.
            Self::TimedOut => 124,
            Self::Interrupted => 130,
        }
    }
}

/// Why a command failed.
#[derive(Debug, ThisError)]
pub enum CliError {
    /// The experiment file is wrong: exit code 2.
    #[error("{}", .0.headline)]
    Spec(Box<LocatedSpec>),
    /// The arguments are wrong: exit code 2.
    #[error("{message}")]
    User {
        /// What is wrong.
        message: String,
        /// What to do.
        help: Option<String>,
    },
    /// Several mistakes in the arguments, each told by itself: exit code 2.
    #[error("{}", .0.first().map(ToString::to_string).unwrap_or_default())]
    Several(Vec<CliError>),
    /// A data set is not available: exit code 3.
    #[error("{0}")]
    Data(String),
    /// A backend is not there: exit code 4.
    #[error(transparent)]
    Device(#[from] oddbench_models::DeviceError),
    /// Stopped by a signal before there was a result: exit code 130.
    #[error("{message}")]
    Interrupted {
        /// What it was waiting for.
        message: String,
    },
    /// The cluster is not there: exit code 4.
    #[error("{message}")]
    NoCluster {
        /// What is missing.
        message: String,
        /// What to do.
        help: String,
    },
    /// Another process runs the experiment: exit code 75.
    #[error("{message}")]
    Elsewhere {
        /// Where, and what to do.
        message: String,
    },
    /// Something of this machine failed, such as a full disk: exit code 1.
    #[error("{message}")]
    System {
        /// What was being done and what went wrong.
        message: String,
    },
}

/// A [`SpecError`] with its text ready to be shown.
#[derive(Debug)]
pub struct LocatedSpec {
    headline: String,
    error: SpecError,
    source: NamedSource<String>,
    /// What else is wrong with this file, or with another one.
    others: Vec<CliError>,
}

impl From<SpecError> for CliError {
    fn from(mut error: SpecError) -> Self {
        let others =
            std::mem::take(&mut error.others).into_vec().into_iter().map(Self::from).collect();
        let file = error.path().display().to_string();
        let headline = match &error.place {
            Place::Text(_) => error.headline(),
            Place::Override(option) => format!("{option}: {}", error.headline()),
            Place::File => format!("{file}: {}", error.headline()),
        };
        let source = NamedSource::new(file, error.text().to_owned());
        Self::Spec(Box::new(LocatedSpec { headline, error, source, others }))
    }
}

impl From<PlanError> for CliError {
    fn from(error: PlanError) -> Self {
        match error {
            PlanError::Spec(error) => error.into(),
            PlanError::Device(error) => Self::Device(error),
        }
    }
}

impl From<DataError> for CliError {
    fn from(error: DataError) -> Self {
        match error {
            DataError::Unwritten { .. } => Self::System { message: error.to_string() },
            other => Self::Data(other.to_string()),
        }
    }
}

impl From<StoreError> for CliError {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Missing { .. } => Self::user(error.to_string()),
            StoreError::Locked { .. } => Self::Elsewhere { message: error.to_string() },
            other => Self::System { message: other.to_string() },
        }
    }
}

impl From<RunError> for CliError {
    fn from(error: RunError) -> Self {
        match error {
            RunError::Plan(error) => error.into(),
            RunError::Data(error) => error.into(),
            RunError::Rows(error) => (*error).into(),
            RunError::Taken(taken) => {
                Self::User { message: taken.to_string(), help: Some(taken.help()) }
            }
            RunError::UnknownTrial { .. } | RunError::EnsembleTrial { .. } => {
                Self::user(error.to_string())
            }
            RunError::Interrupted => Self::Interrupted { message: error.to_string() },
            RunError::Store(error) => error.into(),
            RunError::Execute(ExecuteError::Slurm(error)) => error.into(),
            RunError::Execute(error) => Self::System { message: error.to_string() },
        }
    }
}

impl From<ReproduceError> for CliError {
    fn from(error: ReproduceError) -> Self {
        match error {
            ReproduceError::Store(error) => error.into(),
            ReproduceError::Spec(error) => (*error).into(),
            ReproduceError::Plan(error) => (*error).into(),
            ReproduceError::Refused { message, help } => Self::User { message, help: Some(help) },
        }
    }
}

impl From<SlurmError> for CliError {
    fn from(error: SlurmError) -> Self {
        let (message, help) = (error.to_string(), error.help());
        match error.is_users_fault() {
            true => Self::User { message, help: Some(help) },
            false => Self::NoCluster { message, help },
        }
    }
}

impl From<RowError> for CliError {
    fn from(error: RowError) -> Self {
        if error.unwritten {
            return Self::System { message: error.to_string() };
        }
        let place = error.line.map(|line| format!(", {} {line}", error.unit)).unwrap_or_default();
        Self::User {
            message: format!("{}{place}: {}", error.name, error.what),
            help: Some(error.remedy),
        }
    }
}

impl From<ScoringError> for CliError {
    fn from(error: ScoringError) -> Self {
        match error {
            ScoringError::Rows(error) => error.into(),
            ScoringError::NoModel { path, message, remedy } => {
                Self::User { message: format!("{}: {message}", path.display()), help: Some(remedy) }
            }
            ScoringError::Store(error) => error.into(),
            ScoringError::Device(error) => Self::Device(error),
            error if error.is_users_fault() => Self::user(error.to_string()),
            error => Self::System { message: error.to_string() },
        }
    }
}

impl From<ServeError> for CliError {
    fn from(error: ServeError) -> Self {
        let help = match &error {
            ServeError::NeedsToken(addr) => format!(
                "add --token with {MIN_TOKEN} characters or more that nobody can guess, or listen on this machine alone: --addr 127.0.0.1:{}",
                addr.port()
            ),
            ServeError::WeakToken => {
                format!(
                    "give --token {MIN_TOKEN} characters or more, e.g. from: openssl rand -hex 24"
                )
            }
            ServeError::Bind { .. } => {
                "choose another --addr; port 0 lets the system choose one".to_owned()
            }
            ServeError::Folder { .. } => "give a folder that is there and may be read".to_owned(),
            ServeError::System(_) => return Self::System { message: error.to_string() },
        };
        Self::User { message: error.to_string(), help: Some(help) }
    }
}

impl CliError {
    /// A mistake in the arguments.
    pub fn user(message: impl Into<String>) -> Self {
        Self::User { message: message.into(), help: None }
    }

    /// All mistakes in one error; `Ok` without any.
    pub fn all_of(mut mistakes: Vec<Self>) -> Result<(), Self> {
        match mistakes.len() {
            0 => Ok(()),
            1 => Err(mistakes.remove(0)),
            _ => Err(Self::Several(mistakes)),
        }
    }

    /// Two mistakes in one error, where both are mistakes in experiment files; else the second one, as
    /// an error.
    pub fn joined(first: Option<Self>, second: Self) -> Result<Self, Self> {
        match (first, second) {
            (Some(Self::Spec(mut first)), second @ Self::Spec(_)) => {
                first.others.push(second);
                Ok(Self::Spec(first))
            }
            (None, only @ Self::Spec(_)) => Ok(only),
            (_, other) => Err(other),
        }
    }

    /// This mistake and those that were found with it, in the order of the files.
    pub fn all(&self) -> Vec<&Self> {
        let others = match self {
            Self::Spec(located) => &located.others[..],
            Self::Several(mistakes) => return mistakes.iter().flat_map(Self::all).collect(),
            _ => &[],
        };
        std::iter::once(self).chain(others.iter().flat_map(Self::all)).collect()
    }

    /// The experiment file that it is in, if it is a mistake in one.
    pub fn file(&self) -> Option<&Path> {
        match self {
            Self::Spec(located) => Some(located.error.path()),
            _ => None,
        }
    }

    /// A name that does not exist, with those that do.
    pub fn unknown<'a>(what: &str, name: &str, known: impl Iterator<Item = &'a str>) -> Self {
        let known: Vec<&str> = known.collect();
        Self::User {
            message: format!("there is no {what} \"{name}\""),
            help: Some(spec::allowed(name, &known)),
        }
    }

    /// The exit code.
    pub fn code(&self) -> u8 {
        match self {
            Self::System { .. } => 1,
            Self::Spec(_) | Self::User { .. } | Self::Several(_) => 2,
            Self::Data(_) => 3,
            Self::Device(_) | Self::NoCluster { .. } => 4,
            Self::Elsewhere { .. } => Status::Elsewhere.code(),
            Self::Interrupted { .. } => Status::Interrupted.code(),
        }
    }

    /// For `--json`.
    pub fn to_json(&self) -> Value {
        if let Self::Several(mistakes) = self
            && let Some((first, others)) = mistakes.split_first()
        {
            let mut value = first.to_json();
            value["others"] = others.iter().map(Self::to_json).collect();
            return value;
        }
        let mut value = json!({ "message": self.to_string(), "exit_code": self.code() });
        if let Self::Spec(located) = self {
            value["file"] = json!(located.error.path());
            value["line"] = json!(located.error.line_column().map(|(line, _)| line));
            value["column"] = json!(located.error.line_column().map(|(_, column)| column));
            value["key"] = json!(located.error.key);
            let others: Vec<Value> = located.others.iter().map(Self::to_json).collect();
            value["others"] = json!(others);
        }
        if let Some(help) = self.help() {
            value["help"] = json!(help.to_string());
        }
        value
    }
}

impl Diagnostic for CliError {
    fn help<'a>(&'a self) -> Option<Box<dyn Display + 'a>> {
        match self {
            Self::Spec(located) if located.error.help.is_empty() => None,
            Self::Spec(located) => Some(Box::new(&located.error.help)),
            Self::User { help, .. } => help.as_ref().map(|help| Box::new(help) as _),
            Self::NoCluster { help, .. } => Some(Box::new(help)),
            _ => None,
        }
    }

    fn source_code(&self) -> Option<&dyn SourceCode> {
        match self {
            Self::Spec(located) if located.error.span().is_some() => Some(&located.source),
            _ => None,
        }
    }

    fn labels(&self) -> Option<Box<dyn Iterator<Item = LabeledSpan> + '_>> {
        let Self::Spec(located) = self else { return None };
        let span = located.error.span()?;
        Some(Box::new(std::iter::once(LabeledSpan::new_with_span(Some("here".into()), span))))
    }

    fn diagnostic_source(&self) -> Option<&dyn Diagnostic> {
        None
    }
}
