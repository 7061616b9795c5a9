//! A name belongs to one experiment: what other options, another file and an edited file do to the results
//! that stand under it.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use oddbench_engine::progress::Event;
use oddbench_engine::run::RunError;
use oddbench_engine::spec::{self, ExperimentFile, Overrides, Spec};
use oddbench_engine::store::Store;
use oddbench_engine::{InProcess, RunOptions, RunSummary, Taken, run, run_suite};

use crate::fakes::{Ear, FILE, build, no_cache, options, run_fakes, run_with, small};

fn with(text: &str, overrides: &Overrides) -> Spec {
    spec::parse(Path::new("small.toml"), text.to_owned(), overrides).unwrap()
}

fn seeds(seeds: &[u64]) -> Overrides {
    Overrides { seeds: Some(seeds.to_vec()), ..Overrides::default() }
}

/// The files directly in a folder, but for the lock, which holds a process number.
fn files(dir: &Path) -> BTreeMap<String, Vec<u8>> {
    let entries = fs::read_dir(dir).unwrap().map(|entry| entry.unwrap());
    let files = entries.filter(|entry| entry.file_type().unwrap().is_file());
    files
        .map(|entry| (entry.file_name().into_string().unwrap(), fs::read(entry.path()).unwrap()))
        .filter(|(name, _)| name != ".lock")
        .collect()
}

fn told(ear: &Ear) -> Vec<String> {
    let events = ear.events.lock().unwrap();
    let text = |event: &Event| match event {
        Event::Told { text, .. } => Some(text.clone()),
        _ => None,
    };
    events.iter().filter_map(text).collect()
}

fn taken(spec: &Spec, results: &Path) -> Taken {
    let executor = InProcess::with(Box::new(build));
    match run_with(spec, results, &Ear::default(), false, &executor) {
        Err(RunError::Taken(taken)) => *taken,
        other => panic!("{other:?}"),
    }
}

/// Takes the name, whoever has it.
fn replacing(spec: &Spec, results: &Path, ear: &Ear) -> RunSummary {
    let cache = no_cache(results);
    let executor = InProcess::with(Box::new(build));
    let options = RunOptions { replace: true, ..options(results, &cache, ear, &executor) };
    run(spec, &options, ear).unwrap().summary
}

#[test]
fn options_make_results_of_their_own_and_share_the_trials() {
    let folder = tempfile::tempdir().unwrap();
    let study = run_fakes(&small(FILE), folder.path(), &Ear::default());
    let before = files(&study.dir);
    let ear = Ear::default();
    let other = run_fakes(&with(FILE, &seeds(&[2, 3])), folder.path(), &ear);
    assert_eq!(other.dir, folder.path().join("small+seeds=2,3"));
    // Seed 2 and the model without a seed come from the study.
    assert_eq!((other.completed, other.cached), (1, 2));
    assert_eq!(told(&ear).len(), 1);
    assert!(told(&ear)[0].contains("are taken over: 2 from"), "{ear:?}", ear = told(&ear));
    assert_eq!(files(&study.dir), before);
    let scores = |dir: &Path| {
        let trials = Store::load(dir).unwrap().trials.into_iter();
        trials.map(|trial| (trial.trial.id, trial.scores)).collect::<BTreeMap<_, _>>()
    };
    let (there, here) = (scores(&study.dir), scores(&other.dir));
    assert_eq!(here.iter().filter(|(id, scores)| there.get(*id) == Some(scores)).count(), 2);
    // The file takes over what its options have run.
    let ear = Ear::default();
    let more = run_fakes(&small(&FILE.replace("[1, 2]", "[1, 2, 3]")), folder.path(), &ear);
    assert_eq!((more.completed, more.cached), (0, 4));
    assert!(!ear.loaded());
    // Results stand on their own: without the study's folder they are whole.
    fs::remove_dir_all(&study.dir).unwrap();
    assert_eq!(scores(&other.dir), here);
    let again = run_fakes(&with(FILE, &seeds(&[2, 3])), folder.path(), &Ear::default());
    assert_eq!((again.completed, again.cached), (0, 3));
}

#[test]
fn a_name_that_is_given_is_the_name() {
    let folder = tempfile::tempdir().unwrap();
    run_fakes(&small(FILE), folder.path(), &Ear::default());
    let named = Overrides { name: Some("mine".into()), ..seeds(&[1]) };
    let spec = with(FILE, &named);
    assert_eq!(spec.overrides, ["--seeds 1", "--name mine"]);
    let summary = run_fakes(&spec, folder.path(), &Ear::default());
    assert_eq!(summary.dir, folder.path().join("mine"));
    assert_eq!((summary.completed, summary.cached), (0, 2));
    let set = Overrides { set: vec!["name=mine".into()], ..seeds(&[1]) };
    assert_eq!(with(FILE, &set).experiment.name, "mine");
    let bad = Overrides { name: Some("a/b".into()), ..Overrides::default() };
    let error = spec::parse(Path::new("small.toml"), FILE.into(), &bad).unwrap_err();
    assert!(
        error.to_string().contains("--name a/b") && error.message.contains("folder"),
        "{error}"
    );
}

#[test]
fn a_copied_file_does_not_take_the_name_of_its_model() {
    let folder = tempfile::tempdir().unwrap();
    let (results, none) = (folder.path().join("results"), Overrides::default());
    let read = |name: &str| spec::load(&folder.path().join(name), &none).unwrap();
    fs::write(folder.path().join("study.toml"), FILE).unwrap();
    let study = run_fakes(&read("study.toml"), &results, &Ear::default());
    let before = files(&study.dir);
    // A copy that says the same makes the same results. They still belong to the first file.
    fs::write(folder.path().join("copy.toml"), FILE).unwrap();
    let same = run_fakes(&read("copy.toml"), &results, &Ear::default());
    assert_eq!((same.completed, same.cached), (0, 3));
    assert_eq!(files(&study.dir), before);
    // A copy that was changed is refused, and says how it differs and what to do.
    let changed = FILE.replace("[1, 2]", "[1]").replace("max-f1", "max-f2");
    fs::write(folder.path().join("copy.toml"), changed).unwrap();
    let refused = taken(&read("copy.toml"), &results);
    assert!(refused.there.ends_with("study.toml") && refused.here.ends_with("copy.toml"));
    let said = refused.differences.join("\n");
    assert!(said.contains("threshold.0.rule: \"max-f1\" there, \"max-f2\" here"), "{said}");
    assert!(said.contains("trials: 3 there, 2 here, 2 of them the same"), "{said}");
    assert!(refused.help().contains("--name") && refused.help().contains("--replace"));
    assert_eq!(files(&study.dir), before);
    // It may be told to take the name. What stood there is kept, and now the first file is refused.
    let ear = Ear::default();
    replacing(&read("copy.toml"), &results, &ear);
    assert!(told(&ear)[0].contains("kept in"), "{:?}", told(&ear));
    let kept = files(&study.dir.join("earlier/1"));
    assert_eq!(kept["summary.csv"], before["summary.csv"]);
    assert_eq!(kept["audit.json"], before["audit.json"]);
    assert!(taken(&read("study.toml"), &results).there.ends_with("copy.toml"));
    // A file that was renamed has its results still.
    fs::rename(folder.path().join("copy.toml"), folder.path().join("renamed.toml")).unwrap();
    run_fakes(&read("renamed.toml"), &results, &Ear::default());
    assert!(taken(&read("study.toml"), &results).there.ends_with("renamed.toml"));
}

#[test]
fn options_under_a_name_that_others_have_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    run_fakes(&small(FILE), folder.path(), &Ear::default());
    let named = Overrides { name: Some("small".into()), ..seeds(&[7]) };
    let refused = taken(&with(FILE, &named), folder.path());
    assert_eq!(refused.here, "small.toml --seeds 7 --name small");
}

#[test]
fn an_edited_file_makes_its_results_anew_and_keeps_figures_that_go() {
    let folder = tempfile::tempdir().unwrap();
    let first = run_fakes(&small(FILE), folder.path(), &Ear::default());
    let before = files(&first.dir);
    let earlier = first.dir.join("earlier");
    // A model and a threshold rule more: every figure is still there.
    let more = FILE
        .replace(
            "{ kind = \"random\" }",
            "{ kind = \"random\" }, { kind = \"constant\", name = \"nan\", train_rows = 9 }",
        )
        .replace("{ rule = \"max-f1\" }", "[{ rule = \"max-f1\" }, { rule = \"max-f2\" }]");
    let ear = Ear::default();
    let summary = run_fakes(&small(&more), folder.path(), &ear);
    assert_eq!((summary.cached, summary.failed), (3, 1));
    assert!(told(&ear).is_empty() && !earlier.exists());
    // The failed model goes again: it had no figures.
    run_fakes(&small(&more.replace("\"nan\"", "\"mended\"")), folder.path(), &Ear::default());
    assert!(!earlier.exists());
    // A rule, a seed and a model go: the figures before are kept, and a report can be made of them.
    let had = files(&first.dir);
    let ear = Ear::default();
    run_fakes(&small(&FILE.replace("[1, 2]", "[1]")), folder.path(), &ear);
    assert!(
        told(&ear)[0].contains("threshold") && told(&ear)[0].contains("earlier/1"),
        "{:?}",
        told(&ear)
    );
    assert_eq!(files(&earlier.join("1"))["summary.csv"], had["summary.csv"]);
    let kept = Store::load(&earlier.join("1")).unwrap();
    assert_eq!(kept.manifest.experiment.name, "small/earlier/1");
    assert_eq!(kept.trials.len(), 4);
    assert!(kept.trials.iter().all(|trial| trial.scores.is_some()));
    // Run again, nothing more is kept; back at the first file, the figures of the first run are there.
    run_fakes(&small(&FILE.replace("[1, 2]", "[1]")), folder.path(), &Ear::default());
    run_fakes(&small(FILE), folder.path(), &Ear::default());
    assert_eq!(fs::read_dir(&earlier).unwrap().count(), 1);
    assert_eq!(files(&first.dir)["summary.csv"], before["summary.csv"]);
}

#[test]
fn a_manifest_that_cannot_be_read_is_kept_with_its_figures() {
    let folder = tempfile::tempdir().unwrap();
    let first = run_fakes(&small(FILE), folder.path(), &Ear::default());
    let before = files(&first.dir);
    fs::write(first.dir.join("manifest.json"), "{\"format_version\": 2}").unwrap();
    let ear = Ear::default();
    let again = run_fakes(&small(FILE), folder.path(), &ear);
    assert_eq!((again.completed, again.cached), (0, 3));
    assert!(told(&ear)[0].contains("its format version is 2"), "{:?}", told(&ear));
    let kept = files(&first.dir.join("earlier/1"));
    assert_eq!(kept["manifest.json"], b"{\"format_version\": 2}");
    assert_eq!(kept["summary.csv"], before["summary.csv"]);
}

const SUITE: &str = r#"
name = "nets"
split = { kind = "holdout" }
threshold = { rule = "max-f1" }
dataset = [
  { kind = "synthetic", name = "one", rows = 600, features = ["count", "src_bytes"] },
  { kind = "synthetic", name = "two", rows = 700, features = ["count", "src_bytes"] },
]
model = [{ kind = "constant", name = "sum" }, { kind = "random", seeds = [1, 2] }]
"#;

fn run_sets(
    path: &str,
    text: &str,
    overrides: &Overrides,
    results: &Path,
) -> Result<RunSummary, RunError> {
    let file = spec::parse_file(Path::new(path), text.to_owned(), overrides).unwrap();
    let ExperimentFile::Suite(suite) = file else { panic!() };
    let ear = Ear::default();
    let cache = no_cache(results);
    let executor = InProcess::with(Box::new(build));
    let options = options(results, &cache, &ear, &executor);
    run_suite(&suite, &options, &ear).map(|run| run.summary)
}

#[test]
fn several_data_sets_have_one_name_too() {
    let folder = tempfile::tempdir().unwrap();
    let results = folder.path();
    let suite = run_sets("nets.toml", SUITE, &Overrides::default(), results).unwrap();
    let before = files(&suite.dir);
    let other = run_sets("nets.toml", SUITE, &seeds(&[2, 3]), results).unwrap();
    assert_eq!(other.dir, results.join("nets+seeds=2,3"));
    assert_eq!((other.completed, other.cached), (2, 4));
    assert!(other.dir.join("two/manifest.json").exists());
    assert_eq!(files(&suite.dir), before);
    // Another file with other data sets, or with the same ones and other models.
    let one = SUITE.replace("name = \"two\"", "name = \"three\"");
    let other = SUITE.replace("seeds = [1, 2]", "seeds = [1]");
    for text in [&one, &other] {
        let refused = run_sets("copy.toml", text, &Overrides::default(), results);
        assert!(matches!(refused, Err(RunError::Taken(_))), "{refused:?}");
        assert_eq!(files(&suite.dir), before);
    }
    // The file itself may lose a data set; the table that has it is kept.
    run_sets("nets.toml", &one, &Overrides::default(), results).unwrap();
    let kept = files(&suite.dir.join("earlier/1"));
    assert_eq!(kept["summary.csv"], before["summary.csv"]);
}
