//! Programs that some commands start: whether they are here.

use std::path::PathBuf;
use std::process::Command;

use super::Finding;

/// Slurm, Python, git and a browser.
pub(super) fn all() -> Vec<Finding> {
    vec![slurm(), python(), git(), browser()]
}

fn slurm() -> Finding {
    const NEEDED: [&str; 4] = ["sbatch", "squeue", "scontrol", "scancel"];
    let missing: Vec<&str> = NEEDED.into_iter().filter(|name| on_path(name).is_none()).collect();
    match missing.as_slice() {
        [] => Finding::ok("slurm", version("sbatch").unwrap_or_else(|| "here".to_owned())),
        missing => Finding::note(
            "slurm",
            format!("not here: {}", missing.join(", ")),
            "only `oddbench run --executor slurm` needs it; run that on a machine of the cluster",
        ),
    }
}

fn python() -> Finding {
    let Some(version) = version("python3") else {
        return Finding::note(
            "python",
            "python3 is not here",
            "only models of kind \"external\" in Python need it",
        );
    };
    let has = |package: &str| {
        let found = Command::new("python3").args(["-c", &format!("import {package}")]).output();
        found.is_ok_and(|output| output.status.success())
    };
    let missing: Vec<&str> = ["numpy", "pyarrow"].into_iter().filter(|name| !has(name)).collect();
    match missing.as_slice() {
        [] => Finding::ok("python", format!("{version}, with numpy and pyarrow")),
        missing => Finding::note(
            "python",
            format!("{version}, without {}", missing.join(" and ")),
            format!(
                "models of kind \"external\" can read rows as CSV without them; or: pip install {}",
                missing.join(" ")
            ),
        ),
    }
}

fn git() -> Finding {
    match version("git") {
        Some(version) => Finding::ok("git", version),
        None => Finding::note(
            "git",
            "not here",
            "only `oddbench compare NAME@REVISION` needs it; it also records the revision of your files",
        ),
    }
}

/// What can print a page as PDF.
fn browser() -> Finding {
    const NAMES: [&str; 4] = ["chromium", "chromium-browser", "google-chrome", "chrome"];
    match NAMES.into_iter().find_map(on_path) {
        Some(path) => Finding::ok("browser", path.display().to_string()),
        None => Finding::note(
            "browser",
            "Chromium and Chrome are not here",
            "reports open in any browser; only a report as PDF needs one of these two",
        ),
    }
}

/// Where a program is.
fn on_path(name: &str) -> Option<PathBuf> {
    let folders = std::env::var_os("PATH")?;
    let ending = std::env::consts::EXE_SUFFIX;
    let paths =
        std::env::split_paths(&folders).map(|folder| folder.join(format!("{name}{ending}")));
    paths.into_iter().find(|path| path.is_file())
}

/// The first line that a program answers with if it is asked for its version.
fn version(name: &str) -> Option<String> {
    let output = Command::new(name).arg("--version").output().ok()?;
    let text = String::from_utf8_lossy(&output.stdout);
    let line = text.lines().next().unwrap_or_default().trim().to_owned();
    (output.status.success() && !line.is_empty()).then_some(line)
}
