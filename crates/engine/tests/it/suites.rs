//! Files of several data sets: how they are read, named and refused, and how they run.

use std::path::Path;

use oddbench_core::record::Outcome;
use oddbench_engine::executor::InProcess;
use oddbench_engine::progress::Event;
use oddbench_engine::run::RunError;
use oddbench_engine::spec::{self, ExperimentFile, Overrides, SpecError, Suite};
use oddbench_engine::{Store, StoreError, SuiteRun, SuiteStore, plan, run_suite};

use crate::fakes::{Ear, build, no_cache, options, run_with, small};

/// Two generated sets and one that cannot be had offline; `sum` runs once, `random` with two seeds.
const FILE: &str = r#"
name = "three"
dataset = [
    { kind = "synthetic", name = "few", rows = 600, features = ["src_bytes", "count"] },
    { kind = "kdd99" },
    { kind = "synthetic", rows = 700, features = ["src_bytes", "dst_bytes", "count"] },
]
split = { kind = "holdout" }
threshold = { rule = "max-f1" }
run = { seeds = [1, 2] }
model = [{ kind = "constant", name = "sum" }, { kind = "random" }]
"#;

fn read(text: &str, overrides: &Overrides) -> Result<ExperimentFile, SpecError> {
    spec::parse_file(Path::new("three.toml"), text.to_owned(), overrides)
}

fn suite(text: &str) -> Suite {
    match read(text, &Overrides::default()) {
        Ok(ExperimentFile::Suite(suite)) => suite,
        other => panic!("{other:?}"),
    }
}

fn refused(text: &str) -> SpecError {
    read(text, &Overrides::default()).unwrap_err()
}

fn run(suite: &Suite, results: &Path, ear: &Ear) -> Result<SuiteRun, RunError> {
    let cache = no_cache(results);
    let executor = InProcess::with(Box::new(build));
    let options = options(results, &cache, ear, &executor);
    run_suite(suite, &options, ear)
}

#[test]
fn each_data_set_is_an_experiment_with_the_addresses_that_it_has_alone() {
    let suite = suite(FILE);
    let names: Vec<_> = suite.sets.iter().map(|set| set.name.as_str()).collect();
    assert_eq!(names, ["few", "kdd99", "synthetic"]);
    let names: Vec<_> = suite.sets.iter().map(|set| set.spec.experiment.name.as_str()).collect();
    assert_eq!(names, ["three/few", "three/kdd99", "three/synthetic"]);
    let alone = FILE.replace("kind = \"synthetic\", name = \"few\"", "kind = \"synthetic\"");
    let (start, end) = (alone.find("dataset = [").unwrap(), alone.find("]\nsplit").unwrap());
    let first = alone[start..].lines().nth(1).unwrap().trim().trim_end_matches(',');
    let alone = format!("{}dataset = {first}\n{}", &alone[..start], &alone[end + 2..]);
    let ids = |spec| -> Vec<String> {
        plan::resolve(spec).unwrap().trials.into_iter().map(|trial| trial.info.id).collect()
    };
    assert_eq!(ids(&suite.sets[0].spec), ids(&small(&alone)));
}

#[test]
fn sections_and_a_list_mean_the_same() {
    let sections = "[[dataset]]\nkind = \"synthetic\"\nrows = 500\n[[dataset]]\nkind = \"kdd99\"\n";
    let list = "dataset = [{ kind = \"synthetic\", rows = 500 }, { kind = \"kdd99\" }]\n";
    let rest = "name = \"x\"\nsplit = { kind = \"holdout\" }\nthreshold = { rule = \"max-f1\" }\nmodel = [{ kind = \"knn\" }]\n";
    let specs = |text: String| -> Vec<_> {
        suite(&text).sets.into_iter().map(|set| set.spec.experiment).collect()
    };
    assert_eq!(specs(format!("{rest}{sections}")), specs(format!("{list}{rest}")));
}

#[test]
fn options_change_every_data_set_or_one() {
    let overrides = Overrides {
        set: vec!["dataset.few.rows=500".into(), "split.test=0.5".into()],
        seeds: Some(vec![9]),
        ..Overrides::default()
    };
    let Ok(ExperimentFile::Suite(suite)) = read(FILE, &overrides) else { panic!() };
    assert_eq!(suite.sets[0].spec.experiment.dataset.params["rows"], 500);
    assert_eq!(suite.sets[2].spec.experiment.dataset.params["rows"], 700);
    for set in &suite.sets {
        assert_eq!(set.spec.experiment.models[1].seeds, [9]);
        assert!(serde_json::to_string(&set.spec.experiment.split).unwrap().contains("0.5"));
        assert_eq!(set.spec.overrides.len(), 3);
    }
    let wrong = Overrides { set: vec!["dataset.few.rows=1".into()], ..Overrides::default() };
    let error = read(FILE, &wrong).unwrap_err().to_string();
    assert!(
        error.contains("with --set dataset.few.rows=1: dataset[0].rows: data set \"few\""),
        "{error}"
    );
}

#[test]
fn a_fault_names_its_data_set_and_a_fault_of_all_names_none() {
    let error = refused(&FILE.replace("rows = 700", "rowz = 700"));
    assert_eq!(error.key, "dataset[2].rowz");
    assert!(error.message.starts_with("data set \"synthetic\": there is no key"), "{error}");
    assert_eq!(error.line_column(), Some((6, 27)));

    // The generated sets have no separate test table; kdd99 has one.
    let error = refused(&FILE.replace("\"holdout\" }", "\"holdout\", transfer = true }"));
    assert_eq!(error.key, "split.transfer");
    assert!(error.message.starts_with("data set \"few\": there is nothing to transfer"), "{error}");

    let error = refused(&FILE.replace("max-f1", "max-f9"));
    assert!(error.message.starts_with("\"max-f9\" is unknown"), "{error}");
}

#[test]
fn names_of_data_sets_are_checked() {
    let two = |first: &str, second: &str| {
        FILE.replace("name = \"few\"", first)
            .replace("{ kind = \"kdd99\" }", &format!("{{ kind = \"kdd99\", {second} }}"))
    };
    for (text, key, message) in [
        (two("name = \"a\"", "name = \"A\""), "dataset[1].name", "two data sets are called"),
        (two("name = \"a/b\"", "name = \"c\""), "dataset[0].name", "cannot name a folder"),
        (two("name = \"figures\"", "name = \"c\""), "dataset[0].name", "cannot be called"),
        (two("name = 3", "name = \"c\""), "dataset[0].name", "expected a text"),
        (two("seed = 1", "name = \"c\""), "dataset[2]", "two data sets are called \"synthetic\""),
    ] {
        let error = refused(&text);
        assert_eq!(error.key, key, "{error}");
        assert!(error.message.contains(message), "{error}");
    }
    let empty = refused("name = \"x\"\ndataset = []\n");
    assert_eq!(
        empty.to_string().lines().next().unwrap(),
        "three.toml:2:11: dataset: the list is empty"
    );
    let one = "name = \"x\"\ndataset = { kind = \"synthetic\", name = \"a\" }\nsplit = { kind = \"holdout\" }\nthreshold = { rule = \"max-f1\" }\nmodel = [{ kind = \"knn\" }]\n";
    let alone = refused(one);
    assert_eq!(alone.key, "dataset.name", "{alone}");
    assert!(alone.help.contains("below [[dataset]] it names one of several data sets"), "{alone}");
    let asked = spec::parse(Path::new("x.toml"), FILE.into(), &Overrides::default()).unwrap_err();
    assert!(asked.message.contains("several data sets, and one is asked for"), "{asked}");
}

#[test]
fn one_queue_runs_all_and_a_set_that_cannot_be_had_stops_no_other() {
    let (folder, ear) = (tempfile::tempdir().unwrap(), Ear::default());
    let suite = suite(FILE);
    let done = run(&suite, folder.path(), &ear).unwrap();
    assert_eq!((done.summary.completed, done.summary.failed, done.summary.cached), (6, 0, 0));
    assert!(!done.summary.interrupted);
    let troubles: Vec<bool> = done.sets.iter().map(|set| set.trouble.is_some()).collect();
    assert_eq!(troubles, [false, true, false]);
    assert!(matches!(done.sets[1].trouble, Some(RunError::Data(_))));
    assert!(done.manifest.sets[1].trouble.as_ref().unwrap().contains("offline"));

    // Every trial is told once, under its number in the plan.
    let events = ear.events.lock().unwrap().clone();
    let Some(Event::Planned { trials, .. }) =
        events.iter().find(|event| matches!(event, Event::Planned { .. }))
    else {
        panic!()
    };
    let told: Vec<&str> = events
        .iter()
        .filter_map(|event| match event {
            Event::Done { trial, outcome: Outcome::Completed { .. }, .. } => {
                Some(trials[*trial].name.as_str())
            }
            _ => None,
        })
        .collect();
    assert_eq!(trials.len(), 9);
    let of = |set: &str| ["sum", "random", "random"].map(|model| format!("{set}: {model}"));
    assert_eq!(told, [of("few"), of("synthetic")].concat());
    assert_eq!(
        ear.heard(|event| matches!(event, Event::SetFailed { set, .. } if set == "kdd99")),
        1
    );
    assert_eq!(ear.heard(|event| matches!(event, Event::Prepared { set: Some(_), .. })), 2);

    // Each has its own folder, and the suite a summary of all.
    let store = SuiteStore::at(&folder.path().join("three"));
    assert_eq!(store.manifest().unwrap(), done.manifest);
    let loaded = store.load_set("few").unwrap();
    assert_eq!(loaded, done.sets[0].run.results);
    assert!(!folder.path().join("three/few/.prepared").exists());
    let summary = std::fs::read_to_string(folder.path().join("three/summary.csv")).unwrap();
    let head = summary.lines().next().unwrap();
    assert!(head.starts_with("set,experiment,name,"), "{head}");
    let sets: Vec<&str> = summary.lines().skip(1).map(|l| l.split(',').next().unwrap()).collect();
    assert_eq!(sets, [["few"; 3], ["kdd99"; 3], ["synthetic"; 3]].concat());
    let own = std::fs::read_to_string(folder.path().join("three/few/summary.csv")).unwrap();
    let few: Vec<&str> = summary.lines().filter_map(|line| line.strip_prefix("few,")).collect();
    assert_eq!(own.lines().skip(1).collect::<Vec<_>>(), few);
}

#[test]
fn a_stopped_run_goes_on_where_it_stopped() {
    let folder = tempfile::tempdir().unwrap();
    let suite = suite(FILE);
    let stopped = Ear { stop_after_one: true, ..Ear::default() };
    let first = run(&suite, folder.path(), &stopped).unwrap().summary;
    assert!(first.interrupted);
    assert_eq!(first.completed, 1);
    let ear = Ear::default();
    let second = run(&suite, folder.path(), &ear).unwrap().summary;
    assert_eq!((second.cached, second.completed, second.interrupted), (1, 5, false));
    let third = run(&suite, folder.path(), &Ear::default()).unwrap();
    assert_eq!((third.summary.cached, third.summary.completed), (6, 0));
}

#[test]
fn a_folder_is_of_one_data_set_or_of_several() {
    let folder = tempfile::tempdir().unwrap();
    let suite = suite(FILE);
    run(&suite, folder.path(), &Ear::default()).unwrap();
    let executor = InProcess::with(Box::new(build));
    let named = crate::fakes::FILE.replace("\"small\"", "\"three\"");
    let one = run_with(&small(&named), folder.path(), &Ear::default(), false, &executor);
    let said = one.unwrap_err().to_string();
    assert!(said.contains("several data sets; give this experiment another name"), "{said}");

    let other = tempfile::tempdir().unwrap();
    run_with(&small(&named), other.path(), &Ear::default(), false, &executor).unwrap();
    let refused = run(&suite, other.path(), &Ear::default());
    assert!(matches!(refused, Err(RunError::Store(StoreError::Corrupt { .. }))));
    assert!(Store::load(&other.path().join("three")).is_ok());
}

/// One generated set under two splits.
const SPLITS: &str = r#"
name = "two-splits"
threshold = { rule = "max-f1" }
model = [{ kind = "constant", name = "sum" }]

[[dataset]]
name = "one"
kind = "synthetic"
rows = 600
split = { kind = "holdout", test = 0.4 }

[[dataset]]
name = "two"
kind = "synthetic"
rows = 600
split = { kind = "k-fold", folds = 2 }
preprocess = { scale = "standard" }
"#;

#[test]
fn a_data_set_may_have_a_split_and_a_preprocessing_of_its_own() {
    let suite = suite(SPLITS);
    let json = |at: usize| serde_json::json!(suite.sets[at].spec.experiment);
    assert_eq!(json(0)["split"]["test"], 0.4);
    assert_eq!(json(0)["preprocess"]["scale"], "min-max");
    assert_eq!(
        (&json(1)["split"]["kind"], &json(1)["split"]["folds"]),
        (&"k-fold".into(), &2.into())
    );
    assert_eq!(json(1)["preprocess"]["scale"], "standard");
    // The addresses are the same as for a file with that data set and that split alone.
    let alone = "name = \"alone\"\ndataset = { kind = \"synthetic\", rows = 600 }\nsplit = { kind = \"k-fold\", folds = 2 }\npreprocess = { scale = \"standard\" }\nthreshold = { rule = \"max-f1\" }\nmodel = [{ kind = \"constant\", name = \"sum\" }]\n";
    let ids = |spec| -> Vec<String> {
        plan::resolve(spec).unwrap().trials.into_iter().map(|trial| trial.info.id).collect()
    };
    assert_eq!(ids(&suite.sets[1].spec), ids(&small(alone)));
    // One data set may take the file's split, and options reach a split of a data set's own.
    let mixed = SPLITS.replace("split = { kind = \"k-fold\", folds = 2 }\n", "");
    let mixed = format!("split = {{ kind = \"holdout\", test = 0.1 }}\n{mixed}");
    let overrides =
        Overrides { set: vec!["dataset.one.split.test=0.2".into()], ..Overrides::default() };
    let Ok(ExperimentFile::Suite(suite)) = read(&mixed, &overrides) else { panic!() };
    let tests =
        suite.sets.iter().map(|set| serde_json::json!(set.spec.experiment.split)["test"].clone());
    assert_eq!(tests.collect::<Vec<_>>(), [0.2, 0.1]);
}

#[test]
fn faults_of_a_sets_own_sections_stand_where_they_are_written() {
    let error = refused(&SPLITS.replace("folds = 2", "folds = 1"));
    assert_eq!(
        (error.key.as_str(), error.line_column()),
        ("dataset[1].split.folds", Some((16, 36)))
    );
    let error = refused(&SPLITS.replace("scale = \"standard\"", "scale = \"log\""));
    assert_eq!(error.key, "dataset[1].preprocess.scale");
    assert_eq!(error.line_column().unwrap().0, 17);
    let error = refused(&SPLITS.replace("split = { kind = \"k-fold\", folds = 2 }\n", ""));
    assert_eq!(error.key, "split");
    assert!(error.message.contains("data set \"two\": this key is missing"), "{error}");
    let error = refused(&format!("split = {{ kind = \"holdout\" }}\n{SPLITS}"));
    assert!(error.message.contains("every data set has a split of its own"), "{error}");
    assert_eq!((error.key.as_str(), error.line_column()), ("split", Some((1, 1))));
    let one = SPLITS.split("[[dataset]]").take(2).collect::<Vec<_>>().join("[dataset]");
    let error = refused(&one.replace("name = \"one\"\n", ""));
    assert_eq!(error.key, "dataset.split");
    let text = format!("{}; {}", error.message, error.help);
    assert!(text.contains("one of several data sets") && text.contains("[split]"), "{text}");
    assert!(error.others.is_empty(), "{error}");
    let wrong = Overrides { set: vec!["dataset.two.split.folds=0".into()], ..Overrides::default() };
    let error = read(SPLITS, &wrong).unwrap_err().to_string();
    assert!(
        error.contains("with --set dataset.two.split.folds=0: dataset[1].split.folds"),
        "{error}"
    );
}
