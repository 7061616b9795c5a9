//! One line to stderr: what the person who started the server must know, and no request's content.

use std::io::Write;

/// Writes a line; a closed stderr is no reason to stop serving.
pub fn line(text: &str) {
    let _ = writeln!(std::io::stderr(), "oddbench serve: {text}");
}
