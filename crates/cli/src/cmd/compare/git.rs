//! Results as a git revision has them.

use std::path::Path;
use std::process::Command;

use crate::error::CliError;

/// The manifest, records and scores of a results folder as a revision has them, without its models.
pub fn checked_out(folder: &Path, revision: &str) -> Result<tempfile::TempDir, CliError> {
    // The folder may be gone from the working tree: ask from the nearest one that is there.
    let here = folder.ancestors().find(|dir| dir.is_dir()).unwrap_or(Path::new("."));
    let inside = folder.strip_prefix(here).unwrap_or(folder);
    let pattern = format!("{}/", Path::new(".").join(inside).display());
    let arguments = ["ls-tree", "-r", "--name-only", "-z", "--end-of-options", revision, &pattern];
    let listed = String::from_utf8_lossy(&git(here, &arguments)?).into_owned();
    let kept = ["manifest.json", "record.json", "scores.parquet"];
    let wanted = |file: &&str| kept.contains(&file.rsplit('/').next().unwrap_or(file));
    let files: Vec<&str> = listed.split('\0').filter(wanted).collect();
    if files.is_empty() {
        return Err(CliError::User {
            message: format!("git has no results in {} at {revision}", folder.display()),
            help: Some(
                "git ignores results unless they are added (git add -f); or compare with a copy of the folder".into(),
            ),
        });
    }
    let failed = |what: &Path, error: std::io::Error| CliError::System {
        message: format!("{}: {error}", what.display()),
    };
    let copy = tempfile::tempdir().map_err(|error| failed(&std::env::temp_dir(), error))?;
    for file in files {
        let bytes = git(here, &["show", "--end-of-options", &format!("{revision}:./{file}")])?;
        let target =
            copy.path().join(Path::new(file).strip_prefix(inside).unwrap_or(Path::new(file)));
        let folder = target.parent().unwrap_or(copy.path());
        std::fs::create_dir_all(folder).map_err(|error| failed(folder, error))?;
        std::fs::write(&target, bytes).map_err(|error| failed(&target, error))?;
    }
    Ok(copy)
}

fn git(here: &Path, arguments: &[&str]) -> Result<Vec<u8>, CliError> {
    // An empty path is the folder that we are in.
    let here = if here.as_os_str().is_empty() { Path::new(".") } else { here };
    let started = Command::new("git").arg("-C").arg(here).args(arguments).output();
    let output = started.map_err(|error| CliError::User {
        message: format!("git cannot be started: {error}"),
        help: Some("install git, or compare two folders".into()),
    })?;
    match output.status.success() {
        true => Ok(output.stdout),
        false => Err(CliError::User {
            message: format!("git {} failed", arguments.first().unwrap_or(&"")),
            help: Some(String::from_utf8_lossy(&output.stderr).trim().to_owned()),
        }),
    }
}
