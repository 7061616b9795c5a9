//! The results to reproduce, and their experiment.

use std::path::{Path, PathBuf};

use oddbench_core::record::{Manifest, SuiteManifest};

use super::{REPRODUCED, ReproduceError, refused, same};
use crate::spec::{self, ExperimentFile, Overrides, Spec, Suite};
use crate::store::{Store, StoreError, SuiteStore};

/// Which trials are run again.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Part {
    /// The names of the models and ensembles; empty: all.
    pub only: Vec<String>,
    /// How many seeds of each model are run again, from the first; `None`: all.
    pub seeds: Option<usize>,
}

impl Part {
    fn is_all(&self) -> bool {
        *self == Self::default()
    }
}

/// Results on one data set, or on several.
#[derive(Debug)]
pub struct Original {
    dir: PathBuf,
    suite: Option<SuiteManifest>,
    /// Each data set that has results. An experiment on one data set has one.
    pub(super) sets: Vec<OriginalSet>,
}

/// Results on one data set.
#[derive(Debug)]
pub(super) struct OriginalSet {
    pub(super) store: Store,
    pub(super) manifest: Manifest,
}

/// The experiment file as a manifest knows it.
struct Source<'a> {
    text: Option<&'a str>,
    path: &'a str,
    file: Option<&'a str>,
    overrides: &'a [String],
}

impl Original {
    /// Reads the manifests of a results folder, or of a folder that has no more than the small files of one.
    pub fn open(dir: &Path) -> Result<Self, ReproduceError> {
        let set = |store: Store| store.manifest().map(|manifest| OriginalSet { store, manifest });
        if !SuiteStore::is_at(dir) {
            return Ok(Self { dir: dir.to_owned(), suite: None, sets: vec![set(Store::at(dir))?] });
        }
        let store = SuiteStore::at(dir);
        let suite = store.manifest()?;
        let mut sets = Vec::new();
        for of in &suite.sets {
            match set(store.set(&of.name)) {
                Ok(set) => sets.push(set),
                Err(StoreError::Missing { .. }) => {}
                Err(error) => return Err(error.into()),
            }
        }
        Ok(Self { dir: dir.to_owned(), suite: Some(suite), sets })
    }

    /// Where they are.
    pub fn dir(&self) -> &Path {
        &self.dir
    }

    /// The name under which the experiment is run again, unless another folder is asked for.
    pub fn name_again(&self) -> String {
        let name = match &self.suite {
            Some(suite) => suite.name.as_str(),
            None => self.sets.first().map_or("", |set| set.manifest.experiment.name.as_str()),
        };
        format!("{}{REPRODUCED}", name.replace('/', "-"))
    }

    /// The experiment under that name, from the manifest alone. Relative paths of its file start at `base`, or else
    /// where they started then.
    pub fn again(
        &self,
        name: &str,
        part: &Part,
        base: Option<&Path>,
    ) -> Result<ExperimentFile, ReproduceError> {
        let source = self.source();
        let path = self.path(&source, base);
        let options = Overrides::described(source.overrides).map_err(|words| {
            let help = "it was made by another version of oddbench: use that one";
            refused(format!("the manifest has an option that is none: {words}"), help)
        })?;
        let file = match source.text {
            Some(text) => spec::parse_file(&path, text.to_owned(), &options)?,
            None => spec::load_file(&path, &options)?,
        };
        match (&self.suite, file) {
            (Some(_), ExperimentFile::Suite(suite)) => {
                self.suite_again(suite, name, part).map(ExperimentFile::Suite)
            }
            (None, file) => {
                let spec = self.one_again(file, name, part)?;
                Ok(ExperimentFile::One(Box::new(spec)))
            }
            (Some(_), ExperimentFile::One(_)) => Err(no_such_set()),
        }
    }

    fn source(&self) -> Source<'_> {
        match (&self.suite, self.sets.first()) {
            (Some(of), _) => Source {
                text: of.spec_text.as_deref(),
                path: &of.spec_path,
                file: of.spec_file.as_deref(),
                overrides: &of.overrides,
            },
            (None, Some(OriginalSet { manifest: of, .. })) => Source {
                text: of.spec_text.as_deref(),
                path: &of.spec_path,
                file: of.spec_file.as_deref(),
                overrides: &of.overrides,
            },
            (None, None) => Source { text: None, path: "", file: None, overrides: &[] },
        }
    }

    /// Where the experiment file is, or was.
    fn path(&self, source: &Source<'_>, base: Option<&Path>) -> PathBuf {
        let given = Path::new(source.path);
        if let Some(base) = base {
            return base.join(given.file_name().unwrap_or_default());
        }
        // The kept figures of an edited experiment have the path as it was seen from the folder above.
        let store = Store::at(&self.dir);
        let seen_from = store.home_of_earlier().unwrap_or(&self.dir);
        let seen = source.file.map(|file| seen_from.join(file));
        let is_there = |path: &PathBuf| path.parent().is_some_and(Path::is_dir);
        seen.filter(is_there).unwrap_or_else(|| given.to_owned())
    }

    fn one_again(
        &self,
        file: ExperimentFile,
        name: &str,
        part: &Part,
    ) -> Result<Spec, ReproduceError> {
        let [OriginalSet { manifest, .. }] = self.sets.as_slice() else {
            return Err(no_such_set());
        };
        let mut spec = match file {
            ExperimentFile::One(spec) => *spec,
            // The results are of one data set of several.
            ExperimentFile::Suite(suite) => {
                let mut sets = suite.sets.into_iter().map(|set| set.spec);
                let same = |spec: &Spec| spec.experiment.name == manifest.experiment.name;
                sets.find(same).ok_or_else(no_such_set)?
            }
        };
        same::check(&spec, manifest)?;
        keep(&mut spec, part)?;
        rename(&mut spec, name.to_owned());
        Ok(spec)
    }

    fn suite_again(
        &self,
        mut suite: Suite,
        name: &str,
        part: &Part,
    ) -> Result<Suite, ReproduceError> {
        suite.sets.retain(|set| self.of_set(&set.spec.experiment.name).is_some());
        for set in &mut suite.sets {
            let original = self.of_set(&set.spec.experiment.name).ok_or_else(no_such_set)?;
            same::check(&set.spec, &original.manifest)?;
            keep(&mut set.spec, part)?;
            rename(&mut set.spec, format!("{name}/{}", set.name));
        }
        if suite.sets.is_empty() {
            return Err(no_such_set());
        }
        suite.name = name.to_owned();
        suite.document.name.clear();
        Ok(suite)
    }

    fn of_set(&self, name: &str) -> Option<&OriginalSet> {
        self.sets.iter().find(|set| set.manifest.experiment.name == name)
    }
}

fn no_such_set() -> ReproduceError {
    refused(
        "the experiment file has other data sets than the results",
        "reproduce the results of one data set: name its folder",
    )
}

/// Another name, and none in the file: no trial is taken over from the original.
fn rename(spec: &mut Spec, name: String) {
    spec.experiment.name = name;
    spec.document.name.clear();
}

/// Leaves out what is not asked for. An ensemble is run if all its members are, with all their seeds.
fn keep(spec: &mut Spec, part: &Part) -> Result<(), ReproduceError> {
    if part.is_all() {
        return Ok(());
    }
    let experiment = &mut spec.experiment;
    let models = experiment.models.iter().map(|model| model.name.as_str());
    let known: Vec<&str> =
        models.chain(experiment.ensembles.iter().map(|of| of.name.as_str())).collect();
    if let Some(name) = part.only.iter().find(|name| !known.contains(&name.as_str())) {
        return Err(refused(
            format!("the results have no model \"{name}\""),
            format!("they have: {}", known.join(", ")),
        ));
    }
    let asked = |name: &String| part.only.is_empty() || part.only.contains(name);
    experiment.ensembles.retain(|of| asked(&of.name) && part.seeds.is_none());
    let member = |name: &String| experiment.ensembles.iter().any(|of| of.members.contains(name));
    let (only, seeds) = (&part.only, part.seeds);
    experiment.models.retain(|of| only.is_empty() || only.contains(&of.name) || member(&of.name));
    for model in &mut experiment.models {
        model.seeds.truncate(seeds.unwrap_or(usize::MAX).max(1));
    }
    match experiment.models.is_empty() {
        false => Ok(()),
        true => Err(refused(
            "these are ensembles, and a part of the seeds is asked for",
            "leave --trials out",
        )),
    }
}
