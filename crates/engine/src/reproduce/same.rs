//! Whether an experiment that was read again is the experiment of the results: the same rows, and the same
//! trials.

use oddbench_core::counts::{agreed, counted};
use oddbench_core::record::{DataFile, Manifest};
use oddbench_core::settings;
use oddbench_data::Source;

use super::{ReproduceError, refused};
use crate::plan::{self, Plan};
use crate::spec::Spec;

/// How many differences are named.
const NAMED: usize = 8;

/// An error says what is different.
pub(super) fn check(spec: &Spec, manifest: &Manifest) -> Result<(), ReproduceError> {
    let plan = plan::resolve(spec)?;
    same_rows(&plan, manifest)?;
    let then = manifest.trials.iter().map(|trial| trial.id.as_str());
    let now: Vec<&str> = plan.trials.iter().map(|trial| trial.info.id.as_str()).collect();
    let missing = then.filter(|id| !now.contains(id)).count();
    if missing == 0 && now.len() == manifest.trials.len() {
        return Ok(());
    }
    let here = Manifest { experiment: plan.spec.experiment.clone(), ..manifest.clone() };
    let value = |value: &Option<serde_json::Value>| match value {
        None => "nothing".to_owned(),
        Some(value) => value.to_string(),
    };
    let lines = settings::settings([manifest, &here]).into_iter().take(NAMED).map(|setting| {
        let [then, now] = &setting.values;
        format!("\n  {}: {} then, {} now", setting.key, value(then), value(now))
    });
    let message = format!(
        "this is another experiment than that of the results: {missing} of their {} {} not among its {}{}",
        counted(manifest.trials.len(), "trial"),
        agreed(missing, "is", "are"),
        now.len(),
        lines.collect::<String>()
    );
    Err(refused(message, remedy(manifest)))
}

fn remedy(manifest: &Manifest) -> String {
    let build = manifest.environment.build.as_ref();
    let made_by = match build.and_then(|build| build.revision.as_ref()) {
        Some(revision) => format!("oddbench {} at revision {revision}", manifest.oddbench),
        None => format!("oddbench {}", manifest.oddbench),
    };
    let file = match &manifest.spec_text {
        Some(_) => String::new(),
        None => format!(
            "; the manifest is from before it kept the experiment's text, so {} is read: put back what it said then",
            manifest.spec_path
        ),
    };
    format!(
        "the results were made by {made_by}: use that one, with the same settings of the environment{file}"
    )
}

fn same_rows(plan: &Plan, manifest: &Manifest) -> Result<(), ReproduceError> {
    let digests = |data: &oddbench_core::record::DataInfo| {
        let other = data.transfer.as_ref().map(|other| other.digest.clone());
        (data.digest.clone(), other)
    };
    if digests(&plan.data) == digests(&manifest.data) {
        return Ok(());
    }
    let files: Vec<DataFile> = plan.spec.sources().flat_map(Source::contents).collect();
    let changed = manifest.files.iter().zip(&files).filter(|(then, now)| then.sha256 != now.sha256);
    let mut lines: Vec<String> = changed
        .map(|(then, now)| {
            format!("{}: SHA-256 {} then, {} now", now.name, then.sha256, now.sha256)
        })
        .collect();
    if lines.is_empty() {
        let (then, now) = (&manifest.data.digest, &plan.data.digest);
        lines.push(format!("{}: digest {then} then, {now} now", manifest.data.dataset));
    }
    Err(refused(
        format!("the rows are others than those of the results\n  {}", lines.join("\n  ")),
        "put the file of then back, or name the folder that has it with --base; `oddbench run` makes results of the rows of now",
    ))
}
