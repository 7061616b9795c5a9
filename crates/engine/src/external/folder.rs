//! The folder that a command is started in, and the environment that it gets.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Once;

use oddbench_core::DetectorError;
use oddbench_core::external::{ExternalFile, ExternalSettings};
use oddbench_data::digest;
use serde_json::{Value, json};
use tempfile::TempDir;

use super::leftovers::{self, LOCK};

/// The version of the protocol.
const PROTOCOL: u32 = 1;

/// The settings, as a file in the folder.
const SETTINGS: &str = "trial.json";

/// Variables by which libraries learn how many threads to start.
const THREADS: [&str; 9] = [
    "OMP_NUM_THREADS",
    "OPENBLAS_NUM_THREADS",
    "MKL_NUM_THREADS",
    "BLIS_NUM_THREADS",
    "VECLIB_MAXIMUM_THREADS",
    "NUMEXPR_NUM_THREADS",
    "NUMBA_NUM_THREADS",
    "JULIA_NUM_THREADS",
    "RAYON_NUM_THREADS",
];

/// Other variables of the shell that say where the experiment is.
const PLACES: [&str; 3] = ["PWD", "OLDPWD", "_"];

/// Folders of earlier processes are looked for once in a process.
static REMOVED: Once = Once::new();

/// The start of the names of variables that are oddbench's own: they lead to the data.
const OWN: &str = "ODDBENCH_";

/// A name that the protocol uses itself.
pub(crate) fn is_reserved(name: &str) -> bool {
    let own = ["part-", "scores-", "train."];
    [SETTINGS, LOCK, "labels.txt", "tmp"].contains(&name)
        || own.iter().any(|own| name.starts_with(own))
}

/// A folder of a command's own.
pub(super) struct Folder {
    /// Held as long as the folder is needed. Some systems remove no folder with an open file, so it is dropped first.
    held: Option<File>,
    dir: TempDir,
    settings: Value,
    seed: u64,
    threads: u32,
}

impl Folder {
    /// Makes it in the system's folder for temporary files, with the files of the command and the settings
    /// of the trial. An error if a file is not there or has changed since the experiment was read.
    pub(super) fn new(
        external: &ExternalSettings,
        params: &Value,
        seed: u64,
        columns: usize,
    ) -> Result<Self, DetectorError> {
        let temporary = std::env::temp_dir();
        REMOVED.call_once(|| leftovers::remove_from(&temporary));
        let dir = tempfile::Builder::new().prefix(leftovers::PREFIX).tempdir();
        let dir = dir.map_err(|error| stuck(&temporary, &error))?;
        let held = leftovers::hold(dir.path()).map_err(|error| stuck(dir.path(), &error))?;
        let threads = external.threads.unwrap_or_else(share_of_cores);
        let settings = json!({
            "protocol": PROTOCOL,
            "params": params,
            "seed": seed,
            "threads": threads,
            "supervised": external.supervised,
            "format": external.format,
            "columns": columns,
            "timeout_seconds": external.timeout_seconds,
            "max_memory_mb": external.max_memory_mb,
        });
        let folder = Self { dir, held, settings, seed, threads };
        external.named.iter().try_for_each(unchanged)?;
        external.files.iter().try_for_each(|file| folder.copy(file))?;
        let written = fs::create_dir(folder.path("tmp"))
            .and_then(|()| fs::write(folder.path(SETTINGS), format!("{:#}\n", folder.settings)));
        written.map_err(|error| stuck(folder.dir.path(), &error))?;
        Ok(folder)
    }

    fn copy(&self, file: &ExternalFile) -> Result<(), DetectorError> {
        let (source, target) = (Path::new(&file.path), self.path(&file.name));
        digest::must_be_file(source)
            .and_then(|()| fs::copy(source, &target))
            .map_err(|error| stuck(source, &error))?;
        let found = digest::of_file(&target).map_err(|error| stuck(&target, &error))?;
        same(source, &found, &file.sha256)
    }

    /// A file in it.
    pub(super) fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    /// The folder itself.
    pub(super) fn dir(&self) -> &Path {
        self.dir.path()
    }

    /// The command, in this folder and with an environment that does not lead to the data.
    pub(super) fn command(&self, external: &ExternalSettings) -> Option<Command> {
        let (program, arguments) = external.command.split_first()?;
        // A path is one from this folder; a bare name is looked up where programs are.
        let mut command = match program.contains('/') {
            true => Command::new(self.path(program)),
            false => Command::new(program),
        };
        command.args(arguments).current_dir(self.dir());
        for (name, _) in std::env::vars_os() {
            if name.to_string_lossy().starts_with(OWN) {
                command.env_remove(name);
            }
        }
        for name in PLACES {
            command.env_remove(name);
        }
        for name in THREADS {
            command.env(name, self.threads.to_string());
        }
        command
            .env("ODDBENCH_SEED", self.seed.to_string())
            .env("ODDBENCH_THREADS", self.threads.to_string())
            .env("ODDBENCH_PARAMS", self.settings["params"].to_string())
            // Python: `print` reaches us at once, sets have one order, nothing is left beside the files.
            .env("PYTHONUNBUFFERED", "1")
            .env("PYTHONHASHSEED", (self.seed % (1 << 32)).to_string())
            .env("PYTHONDONTWRITEBYTECODE", "1")
            .env("TMPDIR", self.path("tmp"));
        Some(command)
    }

    /// Leaves it where it is.
    pub(super) fn keep(&mut self) {
        self.dir.disable_cleanup(true);
        self.held = None;
        // Without it, no later run removes the folder.
        let _ = fs::remove_file(self.path(LOCK));
    }
}

/// An error unless a file that stays where it is has the content that the trial's address covers.
fn unchanged(file: &ExternalFile) -> Result<(), DetectorError> {
    let path = Path::new(&file.path);
    same(path, &digest::of_file(path).map_err(|error| stuck(path, &error))?, &file.sha256)
}

fn same(path: &Path, found: &str, expected: &str) -> Result<(), DetectorError> {
    match found == expected {
        true => Ok(()),
        false => Err(DetectorError::Store {
            path: path.to_owned(),
            message: "the file has changed since the experiment was read: run it again".into(),
        }),
    }
}

/// As many threads as a trial of this run may use.
fn share_of_cores() -> u32 {
    u32::try_from(rayon::current_num_threads()).unwrap_or(1)
}

fn stuck(path: &Path, error: &std::io::Error) -> DetectorError {
    DetectorError::Store { path: path.to_owned(), message: error.to_string() }
}
