//! `oddbench doctor`: what this machine has of all that oddbench can use. Each finding says what is missing and what to
//! do about it; nothing is fetched, and nothing is left behind.

mod data;
mod folders;
mod programs;

use std::path::PathBuf;

use oddbench_models::Backend;
use serde_json::{Value, json};

use crate::args::Global;
use crate::built;
use crate::cmd::devices::KERNELS_ALONE;
use crate::downloads;
use crate::error::{CliError, Status};
use crate::terminal::Terminal;
use crate::width::{self, indented};

/// `oddbench doctor`
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  oddbench doctor
  oddbench doctor --results /scratch/results --json

Each line is ok, a note (something that you may not need is not here) or a problem (a run will fail). The exit code
is 1 if there is a problem.")]
pub struct DoctorArgs {
    /// Where records and scores are to be kept
    #[arg(long, value_name = "DIR", default_value = "results")]
    pub results: PathBuf,
}

/// How bad a finding is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    /// It is here.
    Ok,
    /// It is not here, and only some uses need it.
    Note,
    /// Something will fail.
    Problem,
}

impl State {
    fn name(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Note => "note",
            Self::Problem => "problem",
        }
    }
}

/// What was looked at, and what was found.
#[derive(Debug, Clone)]
struct Finding {
    state: State,
    /// What was looked at: `cpu`, `cache`.
    subject: String,
    /// What was found, in a clause.
    found: String,
    /// What to do, unless all is well.
    remedy: Option<String>,
}

impl Finding {
    fn ok(subject: impl Into<String>, found: impl Into<String>) -> Self {
        Self { state: State::Ok, subject: subject.into(), found: found.into(), remedy: None }
    }

    fn note(
        subject: impl Into<String>,
        found: impl Into<String>,
        remedy: impl Into<String>,
    ) -> Self {
        Self { state: State::Note, remedy: Some(remedy.into()), ..Self::ok(subject, found) }
    }

    fn problem(
        subject: impl Into<String>,
        found: impl Into<String>,
        remedy: impl Into<String>,
    ) -> Self {
        Self { state: State::Problem, ..Self::note(subject, found, remedy) }
    }

    fn to_json(&self) -> Value {
        json!({
            "state": self.state.name(),
            "subject": self.subject,
            "found": self.found,
            "remedy": self.remedy,
        })
    }
}

/// Looks at everything and says what was found.
pub fn run(global: &Global, terminal: &Terminal, args: &DoctorArgs) -> Result<Status, CliError> {
    let mut findings = vec![Finding::ok("oddbench", built::version())];
    findings.extend(Backend::ALL.map(backend));
    match downloads::cache(global, terminal) {
        Ok(cache) => {
            findings.push(data::mirror(&cache));
            findings.extend(folders::cache(&cache.dir));
            findings.extend(data::sets(&cache));
        }
        Err(error) => findings.push(Finding::problem(
            "cache",
            error.to_string(),
            "give a folder with --data-dir DIR, or set ODDBENCH_DATA_DIR",
        )),
    }
    findings.extend(folders::results(&args.results));
    findings.extend(programs::all());
    let problems = findings.iter().filter(|finding| finding.state == State::Problem).count();
    terminal.result(&text(&findings, problems));
    let listed: Vec<Value> = findings.iter().map(Finding::to_json).collect();
    terminal.json(|| json!({ "problems": problems, "findings": listed }));
    Ok(if problems == 0 { Status::Done } else { Status::Unhealthy })
}

/// A backend without which some experiments cannot run; the CPU must be there.
fn backend(backend: Backend) -> Finding {
    let subject = format!("backend {}", backend.name());
    match backend.open() {
        Ok(device) if backend.has_kernels_alone() => {
            Finding::ok(subject, format!("{}; {KERNELS_ALONE}", device.describe()))
        }
        Ok(device) => Finding::ok(subject, device.describe()),
        Err(error) if backend == Backend::Cpu => {
            Finding::problem(subject, error.reason, error.remedy)
        }
        Err(error) => Finding::note(subject, error.reason, error.remedy),
    }
}

/// A line for each finding, the remedy below it, and the sum.
fn text(findings: &[Finding], problems: usize) -> String {
    let width = width::prose();
    let widest = findings.iter().map(|finding| finding.subject.chars().count()).max();
    let subjects = widest.unwrap_or_default();
    let line = |finding: &Finding| {
        let head = format!("{:7}  {:subjects$}  ", finding.state.name(), finding.subject);
        let blanks = head.chars().count();
        let found = indented(&finding.found, blanks, width.max(blanks + 30));
        let mut text = format!("{head}{}", found.trim_start());
        if let Some(remedy) = &finding.remedy {
            let remedy = indented(&format!("-> {remedy}"), blanks, width.max(blanks + 30));
            text.push_str(&format!("\n{remedy}"));
        }
        text
    };
    let lines: Vec<String> = findings.iter().map(line).collect();
    let sum = match problems {
        0 => "no problem was found".to_owned(),
        1 => "1 problem was found: follow the remedy behind ->".to_owned(),
        more => format!("{more} problems were found: follow the remedies behind ->"),
    };
    format!("{}\n\n{sum}", lines.join("\n"))
}
