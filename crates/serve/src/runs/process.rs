//! The processes of this executable: what they are called with, and the one of a run.

use std::ffi::OsString;
use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

/// The name under which a server's token comes by the environment.
const TOKEN: &str = "ODDBENCH_TOKEN";

/// The executable and the places that it is called with. All of it is the operator's.
#[derive(Debug, Clone)]
pub struct Program {
    /// The executable.
    pub path: PathBuf,
    /// Options for every command, such as where downloads are kept.
    pub options: Vec<OsString>,
    /// Where results go.
    pub results: PathBuf,
    /// Where reports go.
    pub reports: PathBuf,
}

impl Program {
    fn command(&self, verb: &str, file: &Path) -> Command {
        let mut command = Command::new(&self.path);
        command.args(&self.options).args(["--color", "never"]).arg(verb).arg(file);
        // Experiment files may start commands of their own: they must not learn the token.
        command.env_remove(TOKEN);
        command
    }

    /// `oddbench check FILE`, its output to be read.
    pub fn check(&self, file: &Path) -> io::Result<Child> {
        let mut command = self.command("check", file);
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn()
    }

    /// `oddbench run FILE`. It ends in good order when its stdin ends.
    pub fn run(&self, file: &Path, events: &Path, output: &File) -> io::Result<Child> {
        let mut command = self.command("run", file);
        command.arg("--results").arg(&self.results).arg("--reports").arg(&self.reports);
        command.arg("--events").arg(events).arg("--until-stdin-ends");
        let (out, error) = (output.try_clone()?, output.try_clone()?);
        command.stdin(Stdio::piped()).stdout(out).stderr(error).spawn()
    }
}
