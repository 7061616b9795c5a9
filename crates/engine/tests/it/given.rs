//! Scores that were computed elsewhere: they come back to their rows, or are refused with the place and a remedy.

mod refused;

use std::fmt::Write as _;
use std::fs;
use std::path::PathBuf;

use oddbench_core::Dataset;
use oddbench_core::given::NOTE;
use oddbench_core::record::Outcome;
use oddbench_core::split::row_id::{PartName, RowId, SplitId};
use oddbench_data::Cache;
use oddbench_engine::executor::InProcess;
use oddbench_engine::plan;
use oddbench_engine::prepared::Prepared;
use oddbench_engine::run::{Run, RunError};
use oddbench_engine::spec::{self, Overrides, Spec};
use oddbench_engine::store::Store;
use oddbench_engine::trial_rows::TrialRows;
use oddbench_engine::{RowCheck, check_rows};
use oddbench_models::Seat;
use tempfile::TempDir;

use crate::checked_rows::cache;
use crate::fakes::{Ear, run_whole};

const FILE: &str = r#"name = "given"
dataset = { kind = "synthetic", rows = 600, features = ["src_bytes", "dst_bytes", "count"] }
split = { kind = "holdout", seed = 3 }
threshold = { rule = "max-f1" }
run = { seeds = [1, 2] }
model = [{ kind = "scores", name = "mine", file = "scores.csv" }]
"#;

/// A folder with an experiment file and files of scores.
struct Desk(TempDir);

impl Desk {
    fn new(experiment: &str) -> Self {
        let desk = Self(tempfile::tempdir().unwrap());
        desk.write("given.toml", experiment);
        desk
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    fn write(&self, name: &str, text: &str) {
        fs::write(self.path(name), text).unwrap();
    }

    fn parsed(&self) -> Result<Spec, spec::SpecError> {
        spec::load(&self.path("given.toml"), &Overrides::default())
    }

    fn spec(&self) -> Spec {
        self.parsed().unwrap_or_else(|error| panic!("{error}"))
    }

    fn cache(&self) -> Cache {
        cache(self.0.path())
    }

    fn prepared(&self, fold: Option<u32>) -> Prepared {
        let spec = self.spec();
        let dataset: Dataset = spec.load(&self.cache()).unwrap();
        Prepared::from_dataset(&dataset, &spec, fold).unwrap()
    }

    /// A file of scores of the validation and test rows: the number of the row, halved, and `more`.
    fn scores(&self, fold: Option<u32>, more: f64) -> String {
        let prepared = self.prepared(fold);
        let mut text = "row_id,score\n".to_owned();
        for id in ids(&prepared) {
            let _ = writeln!(text, "{id},{}", f64::from(id.row) / 2.0 + more);
        }
        text
    }

    fn run(&self) -> Run {
        let ear = Ear::default();
        run_whole(&self.spec(), &self.path("results"), &ear, false, &InProcess::new()).unwrap()
    }

    fn trial_ids(&self) -> Vec<String> {
        let plan = plan::resolve(&self.spec()).unwrap();
        plan.trials.into_iter().map(|trial| trial.info.id).collect()
    }

    /// What `check` says with the rows at hand.
    fn checked(&self) -> Result<RowCheck, RunError> {
        check_rows(&self.spec(), &self.cache())
    }
}

fn ids(prepared: &Prepared) -> Vec<RowId> {
    let split = SplitId::of(&prepared.fingerprint).unwrap();
    let of =
        |part, rows: &[u32]| rows.iter().map(|&row| RowId { split, part, row }).collect::<Vec<_>>();
    let validation = of(PartName::Validation, &prepared.validation.rows);
    let test = of(PartName::Test, &prepared.test.rows);
    validation.into_iter().chain(test).collect()
}

#[test]
fn scores_come_back_to_their_rows_in_whatever_order_they_stand() {
    let desk = Desk::new(FILE);
    let text = desk.scores(None, 0.25);
    // Upside down, with a column more, and the columns in another order.
    let lines: Vec<&str> = text.lines().collect();
    let mut turned = "note,score,row_id\n".to_owned();
    for line in lines[1..].iter().rev() {
        let (id, score) = line.split_once(',').unwrap();
        let _ = writeln!(turned, "x,{score},{id}");
    }
    desk.write("scores.csv", &turned);
    let run = desk.run();
    assert_eq!(run.results.trials.len(), 1, "one file, one trial");
    let trial = &run.results.trials[0];
    let scores = trial.scores.as_ref().unwrap();
    for part in [&scores.validation, &scores.test] {
        let expected: Vec<f64> = part.rows.iter().map(|&row| f64::from(row) / 2.0 + 0.25).collect();
        assert_eq!(part.scores, expected);
    }
    let prepared = desk.prepared(None);
    assert_eq!(scores.test.rows, prepared.test.rows);
    assert_eq!(scores.test.labels, prepared.test.labels);
    assert_eq!(scores.transfer, None);
    let record = trial.record.as_ref().unwrap();
    let Outcome::Completed { fit_seconds, score_seconds, peak_rss_mb, notes, .. } = &record.outcome
    else {
        panic!("{:?}", record.outcome)
    };
    assert_eq!((*fit_seconds, *score_seconds, *peak_rss_mb), (None, None, None));
    assert_eq!(notes, &[NOTE]);
    assert_eq!(record.device, "scores from scores.csv");
    assert_eq!((trial.trial.seed, trial.trial.supervised), (None, false));
    assert_eq!(record.fingerprint.as_ref(), Some(&prepared.fingerprint));
    // The stored scores are read again, and nothing is done twice.
    let stored = Store::load(&desk.path("results/given")).unwrap();
    assert_eq!(stored.trials[0].scores.as_ref(), Some(scores));
    assert!(
        !Store::at(&desk.path("results/given")).trial_dir(&trial.trial.id).join("model").exists()
    );
    let summary = fs::read_to_string(desk.path("results/given/summary.csv")).unwrap();
    assert!(summary.contains(",,,,completed,"), "unknown times are empty: {summary}");
    assert_eq!(desk.run().summary.cached, 1);
}

#[test]
fn another_content_is_another_trial_and_another_path_is_not() {
    let desk = Desk::new(FILE);
    desk.write("scores.csv", &desk.scores(None, 0.0));
    let first = desk.trial_ids();
    fs::rename(desk.path("scores.csv"), desk.path("moved.csv")).unwrap();
    desk.write("given.toml", &FILE.replace("scores.csv", "moved.csv"));
    assert_eq!(desk.trial_ids(), first);
    desk.write("moved.csv", &desk.scores(None, 1.0));
    assert_ne!(desk.trial_ids(), first);
}

#[test]
fn a_file_that_changes_while_the_run_begins_is_no_result() {
    let desk = Desk::new(FILE);
    desk.write("scores.csv", &desk.scores(None, 0.0));
    let mut prepared = desk.prepared(None);
    let plan = plan::resolve(&desk.spec()).unwrap();
    desk.write("scores.csv", &desk.scores(None, 1.0));
    let task = oddbench_engine::trial::Task {
        trial: &plan.trials[0].info,
        data: plan.data.clone(),
        environment: desk.run().results.manifest.environment,
        measure: None,
        build: &crate::fakes::build,
        own_process: false,
        seat: Seat::alone(),
    };
    let cancel = std::sync::atomic::AtomicBool::new(false);
    let run = oddbench_engine::trial::run_trial(
        &task,
        TrialRows::Own(&mut prepared),
        &mut |_| {},
        &cancel,
    )
    .unwrap();
    let Outcome::Failed { message, .. } = run.record.outcome else { panic!("it completed") };
    assert!(message.contains("has changed since the experiment was read"), "{message}");
}

#[test]
fn a_file_for_each_seed_and_fold() {
    let text = FILE
        .replace("kind = \"holdout\", seed = 3", "kind = \"k-fold\", folds = 2, seed = 3")
        .replace("scores.csv", "fold-{fold}/scores-{seed}.csv");
    let desk = Desk::new(&text);
    for (fold, seed) in [(1, 1), (1, 2), (2, 1), (2, 2)] {
        fs::create_dir_all(desk.path(&format!("fold-{fold}"))).unwrap();
        let more = f64::from(seed) * 1000.0;
        desk.write(&format!("fold-{fold}/scores-{seed}.csv"), &desk.scores(Some(fold), more));
    }
    let run = desk.run();
    assert_eq!(run.summary.completed, 4);
    for trial in &run.results.trials {
        let test = &trial.scores.as_ref().unwrap().test;
        let more = trial.trial.seed.unwrap() as f64 * 1000.0;
        assert_eq!(test.scores[0], f64::from(test.rows[0]) / 2.0 + more);
    }
    // The file of another fold is one of another split.
    fs::copy(desk.path("fold-1/scores-2.csv"), desk.path("fold-2/scores-2.csv")).unwrap();
    let error = desk.checked().unwrap_err().to_string();
    assert!(error.contains("fold-2/scores-2.csv has scores for the split "), "{error}");
}

#[test]
fn an_ensemble_takes_such_a_model_and_the_seeds_of_others() {
    let text = FILE.replace(
        "file = \"scores.csv\" }",
        "file = \"scores.csv\" }, { kind = \"pca\", params = { n_components = 1 } }",
    ) + "ensemble = [{ members = [\"mine\", \"pca\"], select = \"all\" }]\n";
    let desk = Desk::new(&text);
    desk.write("scores.csv", &desk.scores(None, 0.0));
    let run = desk.run();
    assert_eq!((run.summary.completed, run.summary.failed), (3, 0));
    let ensemble = run.results.trials.iter().find(|trial| trial.trial.kind == "ensemble").unwrap();
    let members = &ensemble.record.as_ref().unwrap().members;
    assert_eq!(members.iter().map(|member| member.weight).collect::<Vec<_>>(), [0.5, 0.5]);
    let experiment = &run.results.manifest.experiment;
    assert_eq!(experiment.elsewhere("mine"), Some("fitted elsewhere"));
    assert_eq!(experiment.elsewhere("ensemble"), Some("a member fitted elsewhere"));
    assert_eq!(experiment.elsewhere("pca"), None);
}

#[test]
fn what_is_measured_of_others_leaves_such_a_model_alone() {
    let desk = Desk::new(&format!("{FILE}measure = {{ score_rows = [10], repeats = 1 }}\n"));
    desk.write("scores.csv", &desk.scores(None, 0.0));
    let run = desk.run();
    let record = run.results.trials[0].record.as_ref().unwrap();
    assert!(record.outcome.is_completed(), "{:?}", record.outcome);
    assert!(record.timing.as_ref().is_none_or(|timing| timing.scoring.is_empty()));
}

#[test]
fn labels_that_the_fit_used_put_the_row_among_the_supervised_ones() {
    let text = FILE
        .replace("seed = 3", "seed = 3, train_on = \"all\"")
        .replace("\"scores.csv\"", "\"scores.csv\", supervised = true");
    let desk = Desk::new(&text);
    desk.write("scores.csv", &desk.scores(None, 0.0));
    assert!(desk.run().results.trials[0].trial.supervised);
}
