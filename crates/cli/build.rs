//! Tells the program what it is built from: the git revision of its sources, whether they were changed, the lock
//! file, the compiler and the target. What cannot be known is left out.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::{env, fs, io};

/// What is compiled, as seen from the workspace.
const COMPILED: [&str; 7] = [
    "crates/*/src",
    "crates/*/assets",
    "crates/*/build.rs",
    "crates/*/Cargo.toml",
    "data",
    "Cargo.toml",
    "Cargo.lock",
];

fn main() -> io::Result<()> {
    // Asked at run time: a target folder may be used for several checkouts, and this program is compiled for one.
    let folder = env::var_os("CARGO_MANIFEST_DIR");
    let folder = folder.ok_or_else(|| io::Error::other("CARGO_MANIFEST_DIR is not set"))?;
    let folder = Path::new(&folder);
    let workspace = folder.join("../..");
    watch(&workspace)?;
    tell("REVISION", revision(&workspace));
    tell("RUSTC", env::var("RUSTC").ok().and_then(|rustc| output(&rustc, &["--version"], None)));
    tell("TARGET", target());
    let out = env::var_os("OUT_DIR").ok_or_else(|| io::Error::other("OUT_DIR is not set"))?;
    // A packaged crate has its own lock file.
    let locks = [workspace.join("Cargo.lock"), folder.join("Cargo.lock")];
    let lock = locks.iter().find_map(|lock| fs::read(lock).ok()).unwrap_or_default();
    fs::write(Path::new(&out).join("Cargo.lock"), lock)
}

fn tell(name: &str, value: Option<String>) {
    if let Some(value) = value {
        println!("cargo::rustc-env=ODDBENCH_BUILD_{name}={value}");
    }
}

/// Looks again when a source or the revision changes.
fn watch(workspace: &Path) -> io::Result<()> {
    let mut paths = Vec::new();
    for pattern in COMPILED {
        match pattern.split_once("/*/") {
            None => paths.push(workspace.join(pattern)),
            Some((folder, inner)) => {
                let crates = fs::read_dir(workspace.join(folder)).into_iter().flatten();
                for one in crates {
                    paths.push(one?.path().join(inner));
                }
            }
        }
    }
    // Every commit and checkout adds a line to this log.
    let log = git(workspace, &["rev-parse", "--path-format=absolute", "--git-path", "logs/HEAD"]);
    paths.extend(log.map(PathBuf::from));
    // Cargo takes a path that is not there for one that changes all the time.
    for path in paths.iter().filter(|path| path.exists()) {
        println!("cargo::rerun-if-changed={}", path.display());
    }
    Ok(())
}

/// The commit, with `-dirty` if a file that is compiled is another than there. `None` where the sources are no git
/// repository of their own.
fn revision(workspace: &Path) -> Option<String> {
    let top = git(workspace, &["rev-parse", "--show-toplevel"])?;
    if Path::new(&top).canonicalize().ok()? != workspace.canonicalize().ok()? {
        return None;
    }
    let revision = git(workspace, &["rev-parse", "HEAD"])?;
    let patterns = COMPILED.map(|pattern| {
        format!(":(glob){pattern}{}", if pattern.contains('.') { "" } else { "/**" })
    });
    let mut arguments = vec!["status", "--porcelain", "--"];
    arguments.extend(patterns.iter().map(String::as_str));
    let changes = git(workspace, &arguments)?;
    Some(if changes.is_empty() { revision } else { format!("{revision}-dirty") })
}

/// `x86_64-unknown-linux-gnu, release`, and the processor features that the compiler relies on.
fn target() -> Option<String> {
    let [target, profile] = ["TARGET", "PROFILE"].map(env::var);
    let features = env::var("CARGO_CFG_TARGET_FEATURE").unwrap_or_default();
    let features = if features.is_empty() { String::new() } else { format!(", {features}") };
    Some(format!("{}, {}{features}", target.ok()?, profile.ok()?))
}

fn git(folder: &Path, arguments: &[&str]) -> Option<String> {
    output("git", arguments, Some(folder))
}

fn output(program: &str, arguments: &[&str], folder: Option<&Path>) -> Option<String> {
    let mut command = Command::new(program);
    command.args(arguments);
    if let Some(folder) = folder {
        command.current_dir(folder);
    }
    let output = command.output().ok().filter(|output| output.status.success())?;
    Some(String::from_utf8_lossy(&output.stdout).trim().to_owned())
}
