//! What the process of a trial says, and how it ended.

use std::collections::VecDeque;
use std::io::{BufRead, BufReader};
use std::process::{ChildStderr, ChildStdout, ExitStatus};

use super::child::{CLAIMED, STORED};
use crate::progress::TrialEvent;

/// How many of the last lines of a child's stderr are kept, for when it dies.
const LAST_LINES: usize = 8;

/// How a child ended.
pub(super) enum ChildEnd {
    /// The child said that its record is stored.
    Stored,
    /// It said that another process runs the trial.
    Claimed,
    /// It ended without; why.
    Died(String),
}

/// Passes events on until the child closes its stdout; what it said of its end.
pub(super) fn relay(stdout: Option<ChildStdout>, say: &dyn Fn(TrialEvent)) -> Option<ChildEnd> {
    let mut end = None;
    for line in
        stdout.map(BufReader::new).into_iter().flat_map(BufRead::lines).map_while(Result::ok)
    {
        match serde_json::from_str(&line) {
            Ok(event) => say(event),
            Err(_) if line == STORED => end = Some(ChildEnd::Stored),
            Err(_) if line == CLAIMED => end = Some(ChildEnd::Claimed),
            // From a library that prints to stdout.
            Err(_) => {}
        }
    }
    end
}

/// The last lines that a child has printed to stderr.
pub(super) fn last_lines(stderr: Option<ChildStderr>) -> Vec<String> {
    let mut last = VecDeque::new();
    let lines = stderr.map(|stderr| BufReader::new(stderr).split(b'\n'));
    for line in lines.into_iter().flatten().map_while(Result::ok) {
        last.push_back(String::from_utf8_lossy(&line).trim_end().to_owned());
        if last.len() > LAST_LINES {
            last.pop_front();
        }
    }
    last.into()
}

/// Why a child has no record.
pub(super) fn why_it_died(status: ExitStatus, last_lines: &[String]) -> String {
    let mut text = format!("the trial's process ended without a record ({status})");
    #[cfg(unix)]
    if std::os::unix::process::ExitStatusExt::signal(&status) == Some(9) {
        text.push_str("; signal 9 often means that memory ran out: try --jobs 1");
    }
    if !last_lines.is_empty() {
        text.push_str("; it printed last: ");
        text.push_str(&last_lines.join(" | "));
    }
    text
}
