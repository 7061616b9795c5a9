//! Runs the built command in its own folder.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use tempfile::TempDir;

/// The workspace's root: where `experiments/` is.
pub fn workspace() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").canonicalize().unwrap()
}

/// A committed experiment file.
pub fn experiment(name: &str) -> PathBuf {
    workspace().join("experiments").join(name)
}

/// The folder with the real data, or a word to stderr that the test is skipped. libtest captures what
/// `eprintln!` prints, so this writes to the stream itself.
pub fn real_data(test: &str) -> Option<PathBuf> {
    let found = std::env::var_os("ODDBENCH_MIRROR").map(PathBuf::from);
    if found.is_none() {
        use std::io::Write;
        let _ = writeln!(std::io::stderr(), "SKIPPED (no ODDBENCH_MIRROR): {test}");
    }
    found
}

/// Whether a program is here that carries that out; otherwise a word to stderr that the test did not run. A machine that
/// tests oddbench has Python and awk, so that a test without them counts as skipped. Packages of Python, and R, are extra.
pub fn answers(command: &[&str], test: &str) -> bool {
    let done = Command::new(command[0]).args(&command[1..]).output();
    let answers = done.is_ok_and(|output| output.status.success());
    if !answers {
        use std::io::Write;
        let needed = command[0] == "awk" || command == PYTHON;
        let word = if needed { "SKIPPED" } else { "NOT RUN" };
        let _ = writeln!(std::io::stderr(), "{word} (no `{}`): {test}", command.join(" "));
    }
    answers
}

/// For [`answers`]: Python, whatever its packages.
pub const PYTHON: &[&str] = &["python3", "--version"];

/// A folder in which the command runs, without the caller's settings.
pub struct Sandbox {
    pub dir: TempDir,
}

impl Sandbox {
    pub fn new() -> Self {
        Self { dir: tempfile::tempdir().unwrap() }
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    /// A file in the folder.
    pub fn write(&self, name: &str, text: &str) -> PathBuf {
        let path = self.path(name);
        std::fs::write(&path, text).unwrap();
        path
    }

    pub fn command(&self) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_oddbench"));
        command
            .current_dir(self.dir.path())
            .env_remove("ODDBENCH_MIRROR")
            .env_remove("NO_COLOR")
            .env_remove("ODDBENCH_TOKEN")
            .env("ODDBENCH_DATA_DIR", self.path("cache"));
        command
    }

    pub fn run(&self, args: &[&str]) -> Output {
        self.command().args(args).output().unwrap()
    }

    /// Runs with the real data as mirror.
    pub fn run_with(&self, mirror: &Path, args: &[&str]) -> Output {
        self.command().env("ODDBENCH_MIRROR", mirror).args(args).output().unwrap()
    }
}

pub fn stdout(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).unwrap()
}

pub fn stderr(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).unwrap()
}

/// Panics with everything that was printed unless the exit code is the expected one.
pub fn assert_code(output: &Output, code: i32) {
    assert_eq!(
        output.status.code(),
        Some(code),
        "stdout:\n{}\nstderr:\n{}",
        stdout(output),
        stderr(output)
    );
}

/// `summary.csv` as one map per line.
pub fn summary(path: &Path) -> Vec<std::collections::BTreeMap<String, String>> {
    let text = std::fs::read_to_string(path).unwrap();
    let mut reader = csv::Reader::from_reader(text.as_bytes());
    reader.deserialize().map(|row| row.unwrap()).collect()
}

/// A number of such a line.
pub fn number(row: &std::collections::BTreeMap<String, String>, column: &str) -> f64 {
    row[column].parse().unwrap_or_else(|_| panic!("{column} is {:?} in {row:?}", row[column]))
}
