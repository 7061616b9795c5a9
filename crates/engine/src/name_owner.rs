//! Which experiment a name belongs to. Results are kept under the name of an experiment. The same file with the same
//! options makes them again when it has changed; another file, or other options under the same name, is refused.

use std::fmt;
use std::path::{Path, PathBuf};

use oddbench_core::record::{Manifest, SuiteManifest};
use oddbench_core::settings::{self, Setting};
use serde_json::Value;

use crate::run_error::RunError;
use crate::store::{EARLIER, Store, StoreError, SuiteStore};

/// How many differences a message names.
const NAMED: usize = 5;
/// How many characters of a value it shows.
const SHOWN: usize = 60;

/// The results under a name are of another experiment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Taken {
    /// The name.
    pub name: String,
    /// The file and the options of the existing results.
    pub there: String,
    /// The file and the options of this run.
    pub here: String,
    /// What is different, one line for each difference.
    pub differences: Vec<String>,
    /// The folder in which `--replace` would keep the existing figures.
    pub earlier: PathBuf,
}

impl fmt::Display for Taken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { name, there, here, differences, .. } = self;
        write!(
            f,
            "the results \"{name}\" are of another experiment\n  there: {there}\n  here:  {here}"
        )?;
        differences.iter().try_for_each(|line| write!(f, "\n  {line}"))
    }
}

impl std::error::Error for Taken {}

impl Taken {
    /// What to do.
    pub fn help(&self) -> String {
        format!(
            "give this run a name of its own, with --name or as `name` in its file; or take this name with \
             --replace: the figures that stand there are then kept in {}",
            self.earlier.display()
        )
    }
}

/// What happens to the existing figures of a name.
#[derive(Debug)]
pub(crate) enum Standing {
    /// There are none, or this run has all of them too.
    Included,
    /// They are put aside.
    Aside {
        /// The experiment of the figures; `None` if their manifest cannot be read.
        manifest: Option<Box<Manifest>>,
        /// Why they differ, in one line.
        why: String,
    },
}

/// Looks at the results that stand where this run's will be. With `replace` a name may be taken from
/// another experiment.
///
/// A copy that says the same as the file whose results stand there makes them too, and the name stays that
/// file's: `manifest` then names it.
pub(crate) fn standing(
    store: &Store,
    manifest: &mut Manifest,
    replace: bool,
) -> Result<Standing, RunError> {
    let earlier = match store.manifest() {
        Ok(earlier) => earlier,
        Err(StoreError::Missing { .. }) => return Ok(Standing::Included),
        Err(StoreError::Corrupt { message, .. }) => {
            return Ok(Standing::Aside {
                manifest: None,
                why: format!("manifest.json: {message}"),
            });
        }
        Err(error) => return Err(error.into()),
    };
    let differences = differences(&earlier, manifest);
    if differences.is_empty() {
        let is_there = |file: &String| store.dir().join(file).exists();
        let other_file = !same_source(Source::of(&earlier), Source::of(manifest));
        if !replace && earlier.spec_file.as_ref().is_some_and(is_there) {
            let Manifest { spec_path, spec_file, spec_text, overrides, .. } = earlier;
            (manifest.spec_path, manifest.spec_file) = (spec_path, spec_file);
            manifest.overrides = overrides;
            if other_file {
                manifest.spec_text = spec_text;
            }
        }
        return Ok(Standing::Included);
    }
    if !replace && !same_source(Source::of(&earlier), Source::of(manifest)) {
        return Err(RunError::Taken(Box::new(Taken {
            name: manifest.experiment.name.clone(),
            there: Source::of(&earlier).to_string(),
            here: Source::of(manifest).to_string(),
            differences,
            earlier: store.dir().join(EARLIER),
        })));
    }
    Ok(match includes(store, &earlier, manifest) {
        true => Standing::Included,
        false => {
            let why = differences.join("; ");
            Standing::Aside { manifest: Some(Box::new(earlier)), why }
        }
    })
}

/// Whether data sets that stand under a suite's name are not among this run's. Their figures leave the
/// table of the whole, so that only the same file with the same options may do it, or `replace`.
pub(crate) fn dropped_sets(
    store: &SuiteStore,
    manifest: &SuiteManifest,
    replace: bool,
) -> Result<bool, RunError> {
    let earlier = match store.manifest() {
        Ok(earlier) => earlier,
        Err(StoreError::Missing { .. } | StoreError::Corrupt { .. }) => return Ok(false),
        Err(error) => return Err(error.into()),
    };
    let names = |of: &SuiteManifest| of.sets.iter().map(|set| set.name.clone()).collect::<Vec<_>>();
    let [there, here] = [&earlier, manifest].map(names);
    if there.iter().all(|name| here.contains(name)) {
        return Ok(false);
    }
    if replace || same_source(Source::of_suite(&earlier), Source::of_suite(manifest)) {
        return Ok(true);
    }
    let difference = format!("data sets: {} there, {} here", there.join(", "), here.join(", "));
    Err(RunError::Taken(Box::new(Taken {
        name: manifest.name.clone(),
        there: Source::of_suite(&earlier).to_string(),
        here: Source::of_suite(manifest).to_string(),
        differences: vec![difference],
        earlier: store.dir().join(EARLIER),
    })))
}

/// Where an experiment comes from.
#[derive(Clone, Copy)]
struct Source<'a> {
    path: &'a str,
    file: Option<&'a str>,
    overrides: &'a [String],
}

impl<'a> Source<'a> {
    fn of(manifest: &'a Manifest) -> Self {
        Self {
            path: &manifest.spec_path,
            file: manifest.spec_file.as_deref(),
            overrides: &manifest.overrides,
        }
    }

    fn of_suite(manifest: &'a SuiteManifest) -> Self {
        Self {
            path: &manifest.spec_path,
            file: manifest.spec_file.as_deref(),
            overrides: &manifest.overrides,
        }
    }
}

impl fmt::Display for Source<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.path)?;
        self.overrides.iter().try_for_each(|option| write!(f, " {option}"))
    }
}

/// Whether two experiments come from one file, changed by the same options.
fn same_source(one: Source<'_>, other: Source<'_>) -> bool {
    let same_file = match (one.file, other.file) {
        (Some(one), Some(other)) => one == other,
        _ => one.path == other.path,
    };
    same_file && one.overrides == other.overrides
}

/// A file as seen from a folder, with `/`. Both are followed through links; where they have no folder in
/// common, the whole path.
pub(crate) fn seen_from(folder: &Path, file: &Path) -> Option<String> {
    let whole = |path: &Path| path.canonicalize().or_else(|_| std::path::absolute(path)).ok();
    let (folder, file) = (whole(folder)?, whole(file)?);
    let common = folder.components().zip(file.components()).take_while(|(a, b)| a == b).count();
    if common == 0 {
        return Some(file.display().to_string());
    }
    let up = folder.components().skip(common).map(|_| "..".to_owned());
    let down = file.components().skip(common);
    let down = down.map(|part| part.as_os_str().to_string_lossy().into_owned());
    Some(up.chain(down).collect::<Vec<_>>().join("/"))
}

/// Whether this run has every figure of the existing tables: the same trials, judged by the same rules.
fn includes(store: &Store, earlier: &Manifest, now: &Manifest) -> bool {
    let kept = |id: &str| now.trials.iter().any(|trial| trial.id == id);
    let scored = |id: &str| store.trial_dir(id).join("scores.parquet").exists();
    let rules = &now.experiment.thresholds;
    earlier.trials.iter().all(|trial| kept(&trial.id) || !scored(&trial.id))
        && earlier.experiment.thresholds.iter().all(|rule| rules.contains(rule))
        && earlier.experiment.operator == now.experiment.operator
}

/// Whether two manifests say the same.
pub(crate) fn are_same(one: &Manifest, other: &Manifest) -> bool {
    differences(one, other).is_empty()
}

/// What is different, a line each; empty if the two say the same.
fn differences(earlier: &Manifest, now: &Manifest) -> Vec<String> {
    let both = [earlier, now];
    let mut lines: Vec<String> =
        settings::data(both).iter().chain(&settings::settings(both)).map(line).collect();
    if lines.len() > NAMED {
        let more = lines.len() - NAMED;
        lines.truncate(NAMED);
        lines.push(format!("and {more} more"));
    }
    let ids = both.map(|of| of.trials.iter().map(|trial| trial.id.as_str()).collect::<Vec<_>>());
    if ids[0] != ids[1] {
        let same = ids[0].iter().filter(|id| ids[1].contains(id)).count();
        let [there, here] = ids.map(|ids| ids.len());
        lines.push(format!("trials: {there} there, {here} here, {same} of them the same"));
    }
    lines
}

fn line(setting: &Setting) -> String {
    let word = |value: &Option<Value>| match value {
        None => "nothing".to_owned(),
        Some(value) => shortened(value.to_string()),
    };
    let [there, here] = [0, 1].map(|side: usize| word(&setting.values[side]));
    format!("{}: {there} there, {here} here", setting.key)
}

fn shortened(text: String) -> String {
    match text.char_indices().nth(SHOWN) {
        Some((end, _)) => format!("{}...", &text[..end]),
        None => text,
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    #[test]
    fn a_file_is_seen_from_a_folder_wherever_the_command_is_given() {
        let home = tempfile::tempdir().unwrap();
        let results = home.path().join("results/x");
        fs::create_dir_all(&results).unwrap();
        let file = home.path().join("a.toml");
        fs::write(&file, "").unwrap();
        assert_eq!(seen_from(&results, &file).unwrap(), "../../a.toml");
        let roundabout = home.path().join("results/../a.toml");
        assert_eq!(seen_from(&results, &roundabout).unwrap(), "../../a.toml");
    }
}
