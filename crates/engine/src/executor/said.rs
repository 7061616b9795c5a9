//! What the process of a trial says, and how it ended.

use std::collections::VecDeque;
use std::io::{BufRead, BufReader};
use std::process::{ChildStderr, ChildStdout, ExitStatus};

use super::child::{CLAIMED, STORED};
use crate::progress::TrialEvent;

/// How many of the last lines of a child's stderr are kept, for when it dies.
const LAST_LINES: usize = 8;

/// What a child says of one of its trials.
pub(super) enum Said {
    /// How far it is.
    Event(TrialEvent),
    /// It has a record.
    Stored,
    /// Another process runs it.
    Claimed,
}

/// A line of a child: the place of a trial among those that it runs, and what it says of it.
pub(super) fn line(place: usize, said: &str) -> String {
    format!("{place} {said}")
}

/// Passes on what a child says, with the place of the trial, until it closes its stdout.
pub(super) fn relay(stdout: Option<ChildStdout>, hear: &mut dyn FnMut(usize, Said)) {
    let lines = stdout.map(BufReader::new).into_iter().flat_map(BufRead::lines);
    for line in lines.map_while(Result::ok) {
        // Other lines are from a library that prints to stdout.
        let Some((place, said)) = line.split_once(' ') else { continue };
        let Ok(place) = place.parse() else { continue };
        match said {
            STORED => hear(place, Said::Stored),
            CLAIMED => hear(place, Said::Claimed),
            _ => {
                let event = serde_json::from_str(said).map(Said::Event);
                event.into_iter().for_each(|event| hear(place, event));
            }
        }
    }
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

/// Why trials of a child have no record.
pub(super) fn why_it_died(status: ExitStatus, last_lines: &[String], trials: usize) -> String {
    let (mut text, fewer) = match trials {
        1 => (
            format!("the trial's process ended without a record ({status})"),
            "run fewer trials at the same time, such as with `oddbench run --jobs 1`",
        ),
        _ => (
            format!(
                "the process of {trials} trials that trained together ended without a record of this one ({status}); \
                 with --together 1, each trial has its own process"
            ),
            "train fewer models at once (--together)",
        ),
    };
    #[cfg(unix)]
    if std::os::unix::process::ExitStatusExt::signal(&status) == Some(9) {
        text.push_str(&format!("; signal 9 often means that memory ran out: {fewer}"));
    }
    if !last_lines.is_empty() {
        text.push_str("; it printed last: ");
        text.push_str(&last_lines.join(" | "));
    }
    text
}
