//! What can be wrong with a user's table, and which key of the experiment file it concerns.

use std::path::Path;

use crate::datasets::keys::{Help, KeyFault, Trouble};

/// The key of `[dataset]` at fault.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum About {
    /// `path`
    Path,
    /// `test_path`
    TestPath,
    /// Another key.
    Key(&'static str),
    /// An item of a list, from 0.
    Item(&'static str, usize),
}

/// Why a table cannot be used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TableFault {
    /// The key at fault.
    pub about: About,
    /// What is wrong, with the file and the line where they are known.
    pub message: String,
    /// What to do.
    pub help: Help,
}

impl TableFault {
    /// Something in a file.
    pub(super) fn new(about: About, path: &Path, what: impl AsRef<str>, help: &str) -> Self {
        let message = format!("{}: {}", path.display(), what.as_ref());
        Self { about, message, help: Help::Text(help.into()) }
    }

    /// Something in a line of a file.
    pub(super) fn line(about: About, path: &Path, line: u64, what: &str, help: &str) -> Self {
        let message = format!("{}, line {line}: {what}", path.display());
        Self { about, message, help: Help::Text(help.into()) }
    }

    /// Message and remedy, without the path at the start.
    pub(super) fn in_words(&self, path: &Path) -> String {
        let path = path.display().to_string();
        let message = self.message.strip_prefix(&path).unwrap_or(&self.message);
        let message = message.trim_start_matches([':', ',', ' ']);
        match &self.help {
            Help::Text(help) => format!("{message}\n{help}"),
            Help::Choose { among, .. } => format!("{message}\nit is one of: {}", among.join(", ")),
        }
    }
}

pub(super) fn unreadable(about: About, path: &Path, error: &std::io::Error) -> TableFault {
    match error.kind() {
        std::io::ErrorKind::NotFound => TableFault::new(
            about,
            path,
            "there is no such file",
            "a relative path starts at the folder of the experiment file",
        ),
        _ => TableFault::new(
            about,
            path,
            format!("it cannot be read: {error}"),
            "give the path of a file that you may read",
        ),
    }
}

impl From<TableFault> for KeyFault {
    fn from(fault: TableFault) -> Self {
        let (key, item) = match fault.about {
            About::Path => ("path", None),
            About::TestPath => ("test_path", None),
            About::Key(key) => (key, None),
            About::Item(key, item) => (key, Some(item)),
        };
        let trouble = Trouble::Value { message: fault.message, help: fault.help };
        Self { item, ..Self::new(key, trouble) }
    }
}
