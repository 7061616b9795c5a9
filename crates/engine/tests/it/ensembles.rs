//! Ensembles: planned beside the models, computed from stored scores.

use std::path::Path;

use oddbench_core::metrics::roc_auc;
use oddbench_core::record::{Outcome, Stage};
use oddbench_engine::plan;
use oddbench_engine::spec::{self, Overrides};
use oddbench_engine::store::Store;

use crate::fakes::{Ear, run_fakes, small};

fn file(models: &str, ensembles: &str) -> String {
    format!(
        r#"
name = "joined"
dataset = {{ kind = "synthetic", rows = 600, features = ["src_bytes", "dst_bytes", "count"] }}
split = {{ kind = "holdout" }}
threshold = {{ rule = "max-f1" }}
run = {{ seeds = [1, 2] }}
model = [{models}]
ensemble = [{ensembles}]
"#
    )
}

const MODELS: &str = r#"{ kind = "constant", name = "sum" }, { kind = "random" }"#;
const JOINED: &str = r#"{ members = ["sum", "random"], limit = 3 }"#;

fn ids(text: &str) -> Vec<(String, Option<u64>, String)> {
    let plan = plan::resolve(&small(text)).unwrap();
    plan.trials.into_iter().map(|t| (t.info.name, t.info.seed, t.info.id)).collect()
}

#[test]
fn an_ensemble_has_a_trial_for_every_seed_of_its_members() {
    let text = file(MODELS, JOINED);
    let plan = plan::resolve(&small(&text)).unwrap();
    let trials: Vec<_> = plan.trials.iter().filter(|trial| trial.is_ensemble()).collect();
    assert_eq!(trials.iter().map(|t| t.info.seed).collect::<Vec<_>>(), [Some(1), Some(2)]);
    let id = |label: &str, seed| {
        let found = plan.trials.iter().find(|t| t.info.name == label && t.info.seed == seed);
        found.unwrap().info.id.clone()
    };
    for trial in &trials {
        assert_eq!(trial.info.kind, "ensemble");
        assert!(!trial.info.supervised);
        assert_eq!(trial.members, [id("sum", None), id("random", trial.info.seed)]);
    }
    let alone = plan::resolve(&small(&file(MODELS, r#"{ members = ["sum"] }"#))).unwrap();
    assert_eq!(alone.trials.last().unwrap().info.seed, None);
}

#[test]
fn its_address_is_that_of_its_members_and_settings() {
    let of = |ensemble: &str| ids(&file(MODELS, ensemble)).last().unwrap().2.clone();
    let first = of(JOINED);
    assert_eq!(of(r#"{ name = "both", members = ["sum", "random"], limit = 3 }"#), first);
    for other in [
        r#"{ members = ["sum", "random"], limit = 4 }"#,
        r#"{ members = ["sum", "random"], limit = 3, combine = "max" }"#,
        r#"{ members = ["sum", "random"], limit = 3, maximise = "f1" }"#,
        r#"{ members = ["sum", "random"], limit = 3, prevalence = 0.2 }"#,
        r#"{ members = ["random"], limit = 3 }"#,
    ] {
        assert_ne!(of(other), first, "{other}");
    }
    let reseeded = file(MODELS, JOINED).replace("[1, 2]", "[1, 3]");
    assert_ne!(ids(&reseeded).last().unwrap().2, first);
}

#[test]
fn a_member_that_is_also_a_configuration_of_a_sweep_has_scores() {
    let folder = tempfile::tempdir().unwrap();
    let models = r#"
        { kind = "autoencoder", name = "AE", sweep = { epochs = [1, 2] } },
        { kind = "autoencoder", name = "twin", params = { epochs = 1 } },
        { kind = "random" }"#;
    let text =
        file(&models.replace('\n', ""), r#"{ members = ["twin", "random"], select = "all" }"#);
    let summary = run_fakes(&small(&text), folder.path(), &Ear::default());
    assert_eq!(summary.failed, 0);
    let results = Store::load(&summary.dir).unwrap();
    let joined = results.trials.last().unwrap().record.as_ref().unwrap();
    let names: Vec<&str> = joined.members.iter().map(|member| member.name.as_str()).collect();
    assert_eq!(names, ["twin", "random"]);
}

#[test]
fn a_run_computes_it_from_stored_scores_and_a_second_run_finds_it() {
    let folder = tempfile::tempdir().unwrap();
    let text = file(MODELS, r#"{ members = ["sum", "random"], select = "all" }"#);
    let first = run_fakes(&small(&text), folder.path(), &Ear::default());
    assert_eq!((first.completed, first.cached, first.failed), (5, 0, 0));
    let results = Store::load(&first.dir).unwrap();
    let area = |at: usize| {
        let test = &results.trials[at].scores.as_ref().unwrap().test;
        roc_auc(&test.labels, &test.scores).unwrap()
    };
    for joined in &results.trials[3..] {
        let record = joined.record.as_ref().unwrap();
        assert_eq!(record.members.iter().map(|m| m.weight).collect::<Vec<_>>(), [0.5, 0.5]);
        assert_eq!(record.members[0].trial, results.trials[0].trial.id);
        let Outcome::Completed { notes, .. } = &record.outcome else { panic!("{record:?}") };
        assert_eq!(notes, &["made of 0.50 sum, 0.50 random; times are without the members'"]);
        assert!(record.sizes.is_some());
        assert!(!first.dir.join("trials").join(&joined.trial.id).join("model").exists());
        assert_eq!(joined.evaluations.len(), 1);
    }
    // The fakes rank rows alike, so that what joins them must too, but for ties beyond all inliers.
    assert!((area(3) - area(0)).abs() < 0.02);
    let ear = Ear::default();
    let second = run_fakes(&small(&text), folder.path(), &ear);
    assert_eq!((second.completed, second.cached), (0, 5));
    assert!(!ear.loaded());
    // Only an ensemble is new: still nothing is loaded.
    let more = file(MODELS, r#"{ members = ["sum", "random"], select = "all", combine = "max" }"#);
    let ear = Ear::default();
    let third = run_fakes(&small(&more), folder.path(), &ear);
    assert_eq!((third.completed, third.cached), (2, 3));
    assert!(!ear.loaded());
}

#[test]
fn a_member_that_failed_makes_it_fail() {
    let folder = tempfile::tempdir().unwrap();
    let models = r#"{ kind = "constant", name = "errs" }, { kind = "random" }"#;
    let text = file(models, r#"{ members = ["random", "errs"] }"#);
    let summary = run_fakes(&small(&text), folder.path(), &Ear::default());
    assert_eq!((summary.completed, summary.failed), (2, 3));
    let results = Store::load(&summary.dir).unwrap();
    let record = results.trials[4].record.as_ref().unwrap();
    let Outcome::Failed { stage: Stage::Prepare, message } = &record.outcome else {
        panic!("{record:?}")
    };
    assert!(message.starts_with("member \"errs\" (trial "), "{message}");
}

#[test]
fn a_faulty_section_is_refused_with_a_remedy() {
    for (models, ensemble, fault) in [
        (MODELS, r#"{ members = ["sum", "rndom"] }"#, "no model has the name \"rndom\""),
        (MODELS, r#"{ members = [] }"#, "the list is empty"),
        (MODELS, r#"{ members = ["sum", "sum"] }"#, "\"sum\" is named twice"),
        (MODELS, r#"{ name = "sum", members = ["sum"] }"#, "the name \"sum\" is taken"),
        (MODELS, r#"{ members = ["sum"], combine = "median" }"#, "\"median\" is unknown"),
        (MODELS, r#"{ members = ["sum"], limit = 0 }"#, "0 is out of range"),
        (MODELS, r#"{ members = ["sum"], select = "all", limit = 3 }"#, "belongs to"),
        (MODELS, r#"{ members = ["sum"], prevalence = 20.0 }"#, "20"),
        (
            r#"{ kind = "random", seeds = [1] }, { kind = "random", name = "r2", seeds = [2] }"#,
            r#"{ members = ["random", "r2"] }"#,
            "no seed in common",
        ),
    ] {
        let text = file(models, ensemble);
        let error = spec::parse(Path::new("joined.toml"), text, &Overrides::default())
            .map_err(|error| format!("{error:?}"))
            .and_then(|spec| plan::resolve(&spec).map_err(|error| format!("{error:?}")))
            .unwrap_err();
        let plain = error.replace("\\\"", "\"");
        assert!(plain.contains(fault), "{ensemble}: {plain}");
    }
    let without = file(MODELS, JOINED).replace(
        "split = { kind = \"holdout\" }",
        "split = { kind = \"holdout\", validation = 0.0 }",
    );
    let without = without.replace("rule = \"max-f1\"", "rule = \"max-f1\", tune_on = \"test\"");
    assert!(spec::parse(Path::new("joined.toml"), without, &Overrides::default()).is_err());
}
