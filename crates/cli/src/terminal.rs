//! What goes to stdout and what to stderr: results on the one, everything else on the other, with
//! colour only where it is wanted.

use std::collections::BTreeSet;
use std::io::{IsTerminal, Write};

use miette::{GraphicalReportHandler, GraphicalTheme};
use oddbench_core::counts::counted;
use oddbench_core::quote;
use serde_json::Value;

use crate::args::{ColorChoice, Global};
use crate::error::CliError;

/// Where and how this run prints.
#[derive(Debug, Clone, Copy)]
pub struct Terminal {
    /// Errors only.
    pub quiet: bool,
    /// The result as JSON.
    pub json: bool,
    /// Colour on stdout.
    pub color: bool,
    /// Colour on stderr.
    pub color_stderr: bool,
    /// Whether stderr is a terminal that bars can be drawn on.
    pub interactive: bool,
}

impl Terminal {
    /// Prints results without colour, into a pipe.
    #[cfg(test)]
    pub const PLAIN: Self =
        Self { quiet: false, json: false, color: false, color_stderr: false, interactive: false };

    /// Decides from the options, the environment and what the streams are connected to.
    pub fn new(global: &Global) -> Self {
        let no_color = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
        let wants = |is_terminal: bool| match global.color {
            ColorChoice::Always => true,
            ColorChoice::Never => false,
            ColorChoice::Auto => is_terminal && !no_color,
        };
        let stderr = std::io::stderr().is_terminal();
        Self {
            quiet: global.quiet,
            json: global.json,
            color: wants(std::io::stdout().is_terminal()),
            color_stderr: wants(stderr),
            interactive: stderr && !global.quiet,
        }
    }

    /// Prints a result for a person; nothing under `--json` or `--quiet`.
    pub fn result(&self, text: &str) {
        if !self.json && !self.quiet {
            write_stdout(text);
        }
    }

    /// Prints a result for a program, under `--json`.
    pub fn json(&self, value: impl FnOnce() -> Value) {
        if self.json {
            write_stdout(&format!("{:#}", value()));
        }
    }

    /// Prints to stdout whatever the options: the output is what the verb is for.
    pub fn raw(&self, text: &str) {
        write_stdout(text);
    }

    /// Lines about what is going on. They may name what a file holds, so that no character in them commands the
    /// terminal.
    pub fn note(&self, text: &str) {
        if !self.quiet {
            let lines: Vec<String> = text.split('\n').map(quote::line).collect();
            let _ = writeln!(std::io::stderr(), "{}", lines.join("\n"));
        }
    }

    /// The last line: the command to go on with, and what it is for.
    pub fn next(&self, command: &str, purpose: &str) {
        self.note(&format!("next: {command}   ({purpose})"));
    }

    /// An error, with the snippet of the file where there is one. Several mistakes are counted at the end.
    pub fn error(&self, error: &CliError) {
        if self.json {
            write_stdout(&format!("{:#}", serde_json::json!({ "error": error.to_json() })));
        }
        let all = error.all();
        let mut texts: Vec<String> = all.iter().map(|error| self.rendered(error)).collect();
        if all.len() > 1 {
            let files: BTreeSet<_> = all.iter().filter_map(|error| error.file()).collect();
            let place = match files.len() {
                0 => "the command".to_owned(),
                files => counted(files, "file"),
            };
            texts.push(format!("{} in {place}", counted(all.len(), "mistake")));
        }
        let _ = writeln!(std::io::stderr(), "{}", texts.join("\n\n"));
    }

    /// One mistake without those that were found with it.
    fn rendered(&self, error: &CliError) -> String {
        let theme = match (self.color_stderr, self.interactive) {
            (true, _) => GraphicalTheme::unicode(),
            (false, true) => GraphicalTheme::unicode_nocolor(),
            (false, false) => GraphicalTheme::none(),
        };
        let handler = GraphicalReportHandler::new_themed(theme).with_links(false);
        let mut text = String::new();
        if handler.render_report(&mut text, error).is_err() {
            text = error.to_string();
        }
        text.trim_end().to_owned()
    }
}

/// A reader that has gone (`oddbench ... | head`) ends the output, not the program.
fn write_stdout(text: &str) {
    let mut out = std::io::stdout().lock();
    let _ = writeln!(out, "{}", text.trim_end());
    let _ = out.flush();
}
