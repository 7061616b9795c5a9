//! The folder of a model that is named by the beginning of a trial's id, as reports print it.

use std::fs;
use std::path::{Path, PathBuf};

use crate::error::CliError;

/// Fewer characters name too much.
const LEAST: usize = 4;

/// The folder itself if it is there, else the only trial whose id begins like its last part: beside it, in
/// `trials/` beside it, or for an id alone in the results of any experiment.
pub fn folder(named: &Path) -> Result<PathBuf, CliError> {
    let Some(start) = named.file_name().and_then(|name| name.to_str()) else {
        return Ok(named.to_owned());
    };
    let is_id = start.len() >= LEAST && start.bytes().all(|byte| byte.is_ascii_hexdigit());
    if named.exists() || !is_id {
        return Ok(named.to_owned());
    }
    let mut found: Vec<PathBuf> = Vec::new();
    for folder in places(named) {
        found.extend(folders(&folder).into_iter().filter(|path| {
            path.file_name()
                .and_then(|name| name.to_str())
                .is_some_and(|name| name.starts_with(start))
        }));
    }
    found.sort();
    match found.as_slice() {
        [] => Ok(named.to_owned()),
        [one] => Ok(one.clone()),
        several => {
            let list: Vec<String> = several.iter().map(|path| path.display().to_string()).collect();
            Err(CliError::User {
                message: format!("{}: {} trials begin like this", named.display(), several.len()),
                help: Some(format!("name one of them: {}", list.join(", "))),
            })
        }
    }
}

/// The folders that hold trials' folders.
fn places(named: &Path) -> Vec<PathBuf> {
    match named.parent().filter(|parent| !parent.as_os_str().is_empty()) {
        Some(parent) => vec![parent.to_owned(), parent.join("trials")],
        None => {
            let experiments = folders(Path::new("results"));
            // The results of several data sets have a folder for each.
            let sets: Vec<PathBuf> = experiments.iter().flat_map(|dir| folders(dir)).collect();
            experiments.into_iter().chain(sets).map(|dir| dir.join("trials")).collect()
        }
    }
}

fn folders(of: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(of).into_iter().flatten().flatten();
    entries.map(|entry| entry.path()).filter(|path| path.is_dir()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_beginning_of_an_id_names_the_trial_unless_two_begin_like_it() {
        let folder = tempfile::tempdir().unwrap();
        let trials = folder.path().join("results/x/trials");
        for id in ["0123456789abcdef", "0123456789abffff", "fedc"] {
            fs::create_dir_all(trials.join(id)).unwrap();
        }
        let found = |path: PathBuf| super::folder(&path).map_err(|error| error.to_string());
        let whole = trials.join("0123456789abcdef");
        assert_eq!(found(trials.join("0123456789abcd")), Ok(whole.clone()));
        assert_eq!(found(folder.path().join("results/x/0123456789abcd")), Ok(whole));
        let unknown = trials.join("9999aaaa");
        assert_eq!(found(unknown.clone()), Ok(unknown));
        let error = super::folder(&trials.join("0123456789ab")).unwrap_err();
        assert!(error.to_string().contains("2 trials begin like this"), "{error}");
        let help = miette::Diagnostic::help(&error).unwrap().to_string();
        assert!(help.contains("0123456789abcdef") && help.contains("0123456789abffff"), "{help}");
    }
}
