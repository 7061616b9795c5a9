//! `oddbench compare`: two results side by side, and whether the second is worse.

use std::path::{Path, PathBuf};
use std::process::Command;

use oddbench_core::record::ExperimentResults;
use oddbench_engine::Store;
use oddbench_report::Metric;
use oddbench_report::changes::{Tolerances, changes, markdown};
use serde_json::json;

use crate::args::CompareArgs;
use crate::error::{CliError, Status};
use crate::terminal::Terminal;

/// Compares, and says by its exit code whether something has become worse, if asked to.
pub fn run(terminal: &Terminal, args: &CompareArgs) -> Result<Status, CliError> {
    let tolerances = tolerances(&args.tolerance)?;
    let first = load(&args.first, &args.results)?;
    let second = load(&args.second, &args.results)?;
    let changes = changes([&args.first, &args.second], [&first, &second], tolerances);
    terminal.result(&markdown(&changes));
    terminal.json(|| json!({ "compare": changes }));
    match args.fail_on_regression && !changes.regressions.is_empty() {
        true => Ok(Status::Regressed),
        false => Ok(Status::Done),
    }
}

/// The defaults, or what was asked for in their place.
fn tolerances(given: &[String]) -> Result<Tolerances, CliError> {
    let mut tolerances = Tolerances::default();
    for text in given {
        let help = "write it like this: --tolerance roc_auc=0.005,f1=0.01";
        let fault = |message: String| CliError::User { message, help: Some(help.into()) };
        let Some((name, value)) = text.split_once('=') else {
            return Err(fault(format!("--tolerance {text}: there is no `=`")));
        };
        let judged = Metric::of_key(name.trim()).filter(|metric| *metric != Metric::Threshold);
        let Some(metric) = judged else {
            let known = Metric::ALL.iter().filter(|metric| **metric != Metric::Threshold);
            return Err(CliError::unknown("metric", name, known.map(|metric| metric.key())));
        };
        match value.trim().parse::<f64>() {
            Ok(number) if (0.0..=1.0).contains(&number) => tolerances.0.insert(metric, number),
            _ => return Err(fault(format!("--tolerance {text}: use a number from 0 to 1"))),
        };
    }
    Ok(tolerances)
}

/// A folder, an experiment's name, or either as a git revision has it.
fn load(name: &str, results: &Path) -> Result<ExperimentResults, CliError> {
    if let Some(dir) = folder(name, results) {
        return read(name, &dir);
    }
    match name.rsplit_once('@') {
        Some((inner, revision)) if !inner.is_empty() && !revision.is_empty() => {
            let folder = if Path::new(inner).components().count() > 1 {
                PathBuf::from(inner)
            } else {
                results.join(inner)
            };
            let kept = checked_out(&folder, revision)?;
            read(name, kept.path())
        }
        _ => Err(CliError::User {
            message: format!("there are no results {name:?}"),
            help: Some(format!(
                "name a folder with a manifest.json, an experiment in {}, or either at a git revision: {name}@HEAD~1",
                results.display()
            )),
        }),
    }
}

fn folder(name: &str, results: &Path) -> Option<PathBuf> {
    [PathBuf::from(name), results.join(name)]
        .into_iter()
        .find(|dir| dir.join("manifest.json").is_file())
}

/// Results that cannot be read are the user's to mend.
fn read(name: &str, dir: &Path) -> Result<ExperimentResults, CliError> {
    Store::load(dir).map_err(|error| CliError::User {
        message: format!("the results {name:?} cannot be compared"),
        help: Some(error.to_string()),
    })
}

/// The manifest, records and scores of a results folder as a revision has them, without its models.
fn checked_out(folder: &Path, revision: &str) -> Result<tempfile::TempDir, CliError> {
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
