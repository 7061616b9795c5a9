//! The `oddbench` program as these sources make it, and what it prints.

use std::path::PathBuf;
use std::process::Command;

use serde_json::Value;

/// The program, built from the sources of this repository.
pub struct Program(PathBuf);

impl Program {
    /// Builds it, if it is not built yet.
    ///
    /// # Errors
    /// Says that the build has failed, or that the program is not where cargo puts it.
    pub fn build() -> Result<Self, String> {
        let arguments = ["build", "--release", "--quiet", "--package", "oddbench-cli"];
        let built = crate::cargo().args(arguments).current_dir(crate::root()).status();
        if !built.map_err(|error| format!("cargo does not start: {error}"))?.success() {
            return Err("oddbench cannot be built, see above".to_owned());
        }
        // This program is in the same folder, or, as a test, in its folder `deps`.
        let own = std::env::current_exe().map_err(|error| error.to_string())?;
        let name = format!("oddbench{}", std::env::consts::EXE_SUFFIX);
        let beside = own.ancestors().skip(1).take(2).map(|folder| folder.join(&name));
        let found = beside.into_iter().find(|path| path.is_file());
        found.map(Self).ok_or_else(|| format!("{name} is not beside {}", own.display()))
    }

    /// What it prints on stdout, 100 columns wide.
    ///
    /// # Errors
    /// Shows what it has printed on stderr if it fails.
    pub fn ask(&self, arguments: &[&str]) -> Result<String, String> {
        let mut command = Command::new(&self.0);
        command.args(arguments).env("COLUMNS", "100");
        // A help text shows the values of its variables.
        command.env_remove("ODDBENCH_MIRROR").env_remove("ODDBENCH_DATA_DIR");
        command.env_remove("ODDBENCH_TOKEN");
        let output = command.output().map_err(|error| format!("{}: {error}", self.0.display()))?;
        if !output.status.success() {
            let said = String::from_utf8_lossy(&output.stderr);
            return Err(format!("oddbench {}: {said}", arguments.join(" ")));
        }
        String::from_utf8(output.stdout).map_err(|error| error.to_string())
    }

    /// The JSON that it prints.
    ///
    /// # Errors
    /// As for `ask`, and if it is no JSON.
    pub fn ask_json(&self, arguments: &[&str]) -> Result<Value, String> {
        let text = self.ask(arguments)?;
        serde_json::from_str(&text).map_err(|error| format!("oddbench {arguments:?}: {error}"))
    }
}
