//! What happens during a run, for a program that watches it: `oddbench run --events FILE` writes a JSON object a line.

use std::fs::File;
use std::io::{self, Write};
use std::path::Path;

use oddbench_engine::Event;

use crate::error::CliError;

/// The file.
pub struct EventsFile(File);

impl EventsFile {
    /// A new file, or an old one that is emptied.
    pub fn create(path: &Path) -> Result<Self, CliError> {
        File::create(path).map(Self).map_err(|error| CliError::User {
            message: format!("--events {}: {error}", path.display()),
            help: Some("give a file in a folder that is there and may be written to".into()),
        })
    }

    /// Appends an event in one piece, so that a reader never sees half of it for long.
    pub fn write(&self, event: &Event) -> io::Result<()> {
        let mut line = serde_json::to_vec(event)?;
        line.push(b'\n');
        (&self.0).write_all(&line)
    }
}
