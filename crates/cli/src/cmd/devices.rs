//! `oddbench devices`: which backends this build contains and which can be used here.

use oddbench_models::Backend;
use serde_json::json;

use crate::error::{CliError, Status};
use crate::table::table;
use crate::terminal::Terminal;

/// Probes each backend and prints what it says.
pub fn run(terminal: &Terminal) -> Result<Status, CliError> {
    let mut view = table(terminal, &["backend", "here", "device"], &[]);
    let mut found = Vec::new();
    for backend in Backend::ALL {
        let (here, text) = match backend.open() {
            Ok(device) => (true, device.describe()),
            Err(error) => (false, format!("{}; {}", error.reason, error.remedy)),
        };
        found.push(json!({ "backend": backend.name(), "available": here, "device": text }));
        view.add_row([backend.name(), if here { "yes" } else { "no" }, &text]);
    }
    terminal.result(&view.to_string());
    terminal.json(&json!({ "devices": found }));
    Ok(Status::Done)
}
