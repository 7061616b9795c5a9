//! Every way in which a command can fail, its exit code, and how it is shown.

use std::fmt::Display;

use miette::{Diagnostic, LabeledSpan, NamedSource, SourceCode};
use oddbench_engine::PlanError;
use oddbench_engine::spec::{Place, SpecError};
use serde_json::{Value, json};
use thiserror::Error as ThisError;

/// How a command that did not fail ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Status {
    /// All done.
    Done,
    /// Some trial failed; its row says why.
    TrialFailed,
    /// `compare` found something worse, and was asked to say so.
    Regressed,
    /// Interrupted; run again to go on.
    Interrupted,
}

impl Status {
    /// The exit code.
    pub fn code(self) -> u8 {
        match self {
            Self::Done => 0,
            Self::TrialFailed | Self::Regressed => 1,
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
    /// A data set could not be had: exit code 3.
    #[error("{0}")]
    Data(String),
    /// A backend is not there: exit code 4.
    #[error(transparent)]
    Device(#[from] oddbench_models::DeviceError),
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
}

impl From<SpecError> for CliError {
    fn from(error: SpecError) -> Self {
        let file = error.path().display().to_string();
        let headline = match &error.place {
            Place::Text(_) => error.headline(),
            Place::Override(option) => format!("{option}: {}", error.headline()),
            Place::File => format!("{file}: {}", error.headline()),
        };
        let source = NamedSource::new(file, error.text().to_owned());
        Self::Spec(Box::new(LocatedSpec { headline, error, source }))
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

impl CliError {
    /// A mistake in the arguments.
    pub fn user(message: impl Into<String>) -> Self {
        Self::User { message: message.into(), help: None }
    }

    /// A name that does not exist, with those that do.
    pub fn unknown<'a>(what: &str, name: &str, known: impl Iterator<Item = &'a str>) -> Self {
        let known: Vec<&str> = known.collect();
        Self::User {
            message: format!("there is no {what} {name:?}"),
            help: Some(format!("it is one of: {}", known.join(", "))),
        }
    }

    /// The exit code.
    pub fn code(&self) -> u8 {
        match self {
            Self::System { .. } => 1,
            Self::Spec(_) | Self::User { .. } => 2,
            Self::Data(_) => 3,
            Self::Device(_) => 4,
        }
    }

    /// For `--json`.
    pub fn to_json(&self) -> Value {
        let mut value = json!({ "message": self.to_string(), "exit_code": self.code() });
        if let Self::Spec(located) = self {
            value["file"] = json!(located.error.path());
            value["line"] = json!(located.error.line_column().map(|(line, _)| line));
            value["key"] = json!(located.error.key);
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
