//! A model that is a user's command: how an experiment describes it, and what is known after its process has ended.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

/// The kind of such a model.
pub const EXTERNAL: &str = "external";

/// What an experiment says about a command in addition to its parameters.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ExternalSettings {
    /// The program and its arguments, at least the program.
    pub command: Vec<String>,
    /// The files that are copied into the folder that the command is started in.
    pub files: Vec<ExternalFile>,
    /// The files that the command names by absolute paths, the program among them. They stay where they are;
    /// the name of each is its path.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub named: Vec<ExternalFile>,
    /// Whether it is given the labels of the training rows.
    pub supervised: bool,
    /// Whether the seed makes no difference; such a model runs once, whatever the seeds.
    pub deterministic: bool,
    /// The format of the rows that it is given.
    pub format: RowFormat,
    /// Seconds that it may take for a trial, from its start to its last score.
    pub timeout_seconds: u64,
    /// MiB that its processes may hold together; `None`: no limit.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_memory_mb: Option<u64>,
    /// How many threads the command should use; `None`: the cores, divided by the trials that run at once.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub threads: Option<u32>,
}

/// A file that a command needs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ExternalFile {
    /// Its name in the command's folder.
    pub name: String,
    /// Where it is.
    pub path: String,
    /// SHA-256 of its content.
    pub sha256: String,
}

/// How rows are written for a command. Both formats hold the same numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum RowFormat {
    /// Columns of 32-bit floats, not compressed.
    Parquet,
    /// A header line, then one line a row with commas.
    Csv,
}

impl RowFormat {
    /// Every format, by name.
    pub const ALL: [(&str, Self); 2] = [("parquet", Self::Parquet), ("csv", Self::Csv)];

    /// The name, which is the ending of files too.
    pub fn name(self) -> &'static str {
        match self {
            Self::Parquet => "parquet",
            Self::Csv => "csv",
        }
    }
}

impl ExternalSettings {
    /// What decides the scores. Limits do not, and neither does the place of the files.
    pub fn identity(&self) -> Value {
        let digests = |files: &'_ [ExternalFile]| -> BTreeMap<String, String> {
            files.iter().map(|file| (file.name.clone(), file.sha256.clone())).collect()
        };
        let mut identity = json!({
            "command": self.command,
            "files": digests(&self.files),
            "supervised": self.supervised,
            "format": self.format,
        });
        if !self.named.is_empty() {
            identity["named"] = json!(digests(&self.named));
        }
        identity
    }

    /// The command in one line, for people.
    pub fn words(&self) -> String {
        self.command.join(" ")
    }
}

/// What the process of a command left in addition to its scores.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ExternalRun {
    /// The exit code; `None` if it was killed or never started.
    pub exit_code: Option<i32>,
    /// The most that its processes held together, in MiB; `None` where the system does not say.
    pub peak_rss_mb: Option<f64>,
    /// How many parts it scored.
    pub parts: usize,
    /// Whether it reported the seconds of its fit and scores. Otherwise they are those that its answers took.
    pub reports_seconds: bool,
    /// Seconds that oddbench took to write rows and to read scores.
    pub files_seconds: f64,
    /// Seconds that oddbench waited beyond those that the command reported: the start of the program, its
    /// imports, reading and writing files. 0 if it reported none.
    pub waiting_seconds: f64,
    /// The versions that it reported, by name.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub versions: BTreeMap<String, String>,
    /// The last lines of stdout that are no answers.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub stdout: Vec<String>,
    /// The last lines of stderr.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub stderr: Vec<String>,
    /// The folder that a failed command was started in, which is kept.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub folder: Option<String>,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn settings() -> ExternalSettings {
        ExternalSettings {
            command: vec!["python3".into(), "model.py".into()],
            files: vec![ExternalFile {
                name: "model.py".into(),
                path: "a/model.py".into(),
                sha256: "00ff".into(),
            }],
            named: vec![],
            supervised: false,
            deterministic: false,
            format: RowFormat::Parquet,
            timeout_seconds: 60,
            max_memory_mb: None,
            threads: None,
        }
    }

    #[test]
    fn limits_and_paths_are_no_part_of_the_identity_and_contents_are() {
        let first = settings();
        let mut other = ExternalSettings {
            timeout_seconds: 5,
            max_memory_mb: Some(100),
            threads: Some(2),
            ..settings()
        };
        other.files[0].path = "b/model.py".into();
        assert_eq!(first.identity(), other.identity());
        other.files[0].sha256 = "00fe".into();
        assert_ne!(first.identity(), other.identity());
        let program = |sha256: &str| ExternalSettings {
            named: vec![ExternalFile {
                name: "/opt/model".into(),
                path: "/opt/model".into(),
                sha256: sha256.into(),
            }],
            ..settings()
        };
        assert_ne!(first.identity(), program("00").identity());
        assert_ne!(program("00").identity(), program("01").identity());
        let csv = ExternalSettings { format: RowFormat::Csv, ..settings() };
        assert_ne!(first.identity(), csv.identity());
    }
}
