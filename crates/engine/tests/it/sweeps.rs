//! Sweeps: what they expand to, who wins, and that nobody learns what the losers would have reached.

use std::path::Path;

use oddbench_core::metrics::Metric;
use oddbench_core::record::TrialInfo;
use oddbench_core::{Detector, DetectorError, FittedDetector, Matrix, Train, Watch};
use oddbench_engine::executor::InProcess;
use oddbench_engine::plan;
use oddbench_engine::progress::{Event, RunSummary};
use oddbench_engine::run::RunError;
use oddbench_engine::spec::{self, Overrides, SpecError};
use oddbench_engine::store::Store;
use oddbench_engine::trial::Built;
use serde_json::{Value, json};

use crate::fakes::{Ear, run_with, small};

const FILE: &str = r#"
name = "sweep"
dataset = { kind = "synthetic", rows = 600, features = ["src_bytes", "dst_bytes", "count"] }
split = { kind = "holdout" }
threshold = { rule = "max-f1" }
run = { seeds = [1, 2] }

[[model]]
kind = "random"
name = "plain"

[[model]]
kind = "autoencoder"
name = "AE"
params = { hidden = [4] }
sweep = { latent = [1, 2, 3], learning_rate = [0.01, 0.001] }
"#;

fn trials(text: &str) -> Vec<TrialInfo> {
    plan::resolve(&small(text)).unwrap().trials.into_iter().map(|trial| trial.info).collect()
}

fn values(text: &str) -> Vec<Value> {
    let mut values: Vec<Value> =
        trials(text).into_iter().filter_map(|trial| Some(trial.sweep?.values)).collect();
    values.dedup();
    values
}

#[test]
fn a_grid_is_every_combination_with_every_seed() {
    let trials = trials(FILE);
    assert_eq!(trials.len(), 2 + 6 * 2);
    let of_sweep: Vec<_> = trials.iter().filter(|trial| trial.sweep.is_some()).collect();
    let mut expected = Vec::new();
    for latent in [1, 2, 3] {
        for rate in [0.01, 0.001] {
            for seed in [1, 2] {
                expected.push((json!({ "latent": latent, "learning_rate": rate }), Some(seed)));
            }
        }
    }
    let found: Vec<_> =
        of_sweep.iter().map(|t| (t.sweep.as_ref().unwrap().values.clone(), t.seed)).collect();
    assert_eq!(found, expected);
    for trial in of_sweep {
        let point = trial.sweep.as_ref().unwrap();
        assert_eq!((point.configurations, point.select), (6, Metric::RocAuc));
        for key in ["latent", "learning_rate"] {
            assert_eq!(trial.params[key], point.values[key], "the parameter is the swept one");
        }
        assert_eq!(trial.params["hidden"], json!([4]), "and the rest is shared");
    }
}

#[test]
fn a_configuration_is_the_trial_that_it_would_be_without_a_sweep() {
    let alone = FILE.replace(
        "params = { hidden = [4] }\nsweep = { latent = [1, 2, 3], learning_rate = [0.01, 0.001] }",
        "params = { hidden = [4], latent = 2, learning_rate = 0.001 }",
    );
    let alone = trials(&alone);
    let swept = trials(FILE);
    let same = swept.iter().find(|trial| trial.id == alone[2].id).unwrap();
    assert_eq!(same.sweep.as_ref().unwrap().values, json!({ "latent": 2, "learning_rate": 0.001 }));
}

const RANDOM: &str = "sweep = { random = 20, seed = 1, learning_rate = { min = 1e-4, max = 1e-2, log = true }, latent = [1, 2, 3] }";

fn random() -> String {
    FILE.replace("sweep = { latent = [1, 2, 3], learning_rate = [0.01, 0.001] }", RANDOM)
}

#[test]
fn random_configurations_keep_the_budget_the_ranges_and_the_seed() {
    let drawn = values(&random());
    assert_eq!(drawn.len(), 20);
    for point in &drawn {
        let rate = point["learning_rate"].as_f64().unwrap();
        assert!((1e-4..=1e-2).contains(&rate), "{point}");
        assert!([1, 2, 3].contains(&point["latent"].as_i64().unwrap()), "{point}");
    }
    assert_eq!(drawn, values(&random()), "the same file, the same configurations");
    assert_ne!(drawn, values(&random().replace("seed = 1,", "seed = 2,")));
}

/// These are in users' addresses: other draws are other trials.
#[test]
fn random_configurations_are_stable() {
    let first: Vec<String> = values(&random()).iter().take(4).map(Value::to_string).collect();
    insta::assert_snapshot!("random_configurations", first.join("\n"));
}

#[test]
fn broken_sweeps_name_the_place_and_the_remedy() {
    let mut text = String::new();
    for (case, sweep) in [
        ("unknown parameter", "{ latnet = [2, 4] }"),
        ("an empty list", "{ latent = [] }"),
        ("a bad value in one combination", "{ latent = [2, 0] }"),
        ("a value of the wrong type", "{ learning_rate = [0.1, \"fast\"] }"),
        ("no list", "{ latent = 2 }"),
        ("a value twice", "{ latent = [2, 2] }"),
        ("nothing swept", "{ select = \"f1\" }"),
        ("a parameter that is in params too", "{ hidden = [[4], [8]] }"),
        ("a range in a grid", "{ learning_rate = { min = 0.1, max = 1.0 } }"),
        ("unknown metric", "{ latent = [2], select = \"accuracy\" }"),
        ("a seed without draws", "{ latent = [2, 4], seed = 3 }"),
        ("no draws", "{ random = 0, latent = [2, 4] }"),
        ("more draws than combinations", "{ random = 5, latent = [2, 4] }"),
        ("a range upside down", "{ random = 5, learning_rate = { min = 0.1, max = 0.01 } }"),
        (
            "a logarithm of nothing",
            "{ random = 5, learning_rate = { min = 0.0, max = 0.01, log = true } }",
        ),
        ("a range without an end", "{ random = 5, learning_rate = { min = 0.01 } }"),
        (
            "an unknown key of a range",
            "{ random = 5, learning_rate = { min = 0.1, max = 0.2, step = 3 } }",
        ),
        (
            "a range that leaves what is allowed",
            "{ random = 5, learning_rate = { min = -2.0, max = -1.0 } }",
        ),
    ] {
        let file = FILE.replace("{ latent = [1, 2, 3], learning_rate = [0.01, 0.001] }", sweep);
        let error = error_of(&file);
        assert!(!error.help.is_empty(), "{case}: no remedy in {error}");
        let (line, _) = error.line_column().unwrap_or_else(|| panic!("{case}: no line in {error}"));
        let shown = file.lines().nth(line - 1).unwrap();
        assert!(shown.starts_with("sweep"), "{case}: {error}");
        text.push_str(&format!("{case}\n{error}\n\n"));
    }
    let no_validation = FILE.replace("kind = \"holdout\"", "kind = \"holdout\", validation = 0.0");
    let no_validation = no_validation.replace("\"max-f1\"", "\"max-f1\", tune_on = \"test\"");
    text.push_str(&format!("nothing to choose on\n{}\n\n", error_of(&no_validation)));
    let joined = format!("{FILE}\n[[ensemble]]\nmembers = [\"plain\", \"AE\"]\n");
    text.push_str(&format!("a member of an ensemble\n{}\n", error_of(&joined)));
    insta::assert_snapshot!("broken_sweeps", text);
}

fn error_of(text: &str) -> SpecError {
    spec::parse(Path::new("x.toml"), text.to_owned(), &Overrides::default()).unwrap_err()
}

/// Scores rows by one column, forwards or backwards by how `latent` is: what the validation rows make of
/// it can be computed by hand from the stored scores.
struct Column {
    latent: usize,
    seed_matters: bool,
}

impl Detector for Column {
    fn fit(
        &self,
        train: Train<'_>,
        seed: u64,
        _: &mut dyn Watch,
    ) -> Result<Box<dyn FittedDetector>, DetectorError> {
        if self.latent == 9 {
            return Err(DetectorError::Diverged("nine is right out".into()));
        }
        let flipped = self.seed_matters && seed == 2 && self.latent == 3;
        let column = (self.latent - 1).min(train.x.cols() - 1);
        Ok(Box::new(Fitted {
            column,
            sign: if flipped { -1.0 } else { 1.0 },
            cols: train.x.cols(),
        }))
    }

    fn deterministic(&self) -> bool {
        false
    }
}

struct Fitted {
    column: usize,
    sign: f64,
    cols: usize,
}

impl FittedDetector for Fitted {
    fn score(&self, x: &Matrix) -> Result<Vec<f64>, DetectorError> {
        Ok(x.iter_rows().map(|row| self.sign * f64::from(row[self.column])).collect())
    }
    fn save(&self, _: &Path) -> Result<(), DetectorError> {
        Ok(())
    }
    fn n_features(&self) -> usize {
        self.cols
    }
}

fn column(trial: &TrialInfo) -> Built {
    let latent = trial.params["latent"].as_u64().unwrap_or(1) as usize;
    Ok((Box::new(Column { latent, seed_matters: true }), "a fake".into()))
}

fn run_columns(text: &str, folder: &Path, ear: &Ear) -> Result<RunSummary, RunError> {
    run_with(&small(text), folder, ear, false, &InProcess::with(Box::new(column)))
}

fn one_parameter() -> String {
    FILE.replace("latent = [1, 2, 3], learning_rate = [0.01, 0.001]", "latent = [1, 2, 3]")
}

#[test]
fn the_winner_is_the_best_on_validation_by_hand() {
    let folder = tempfile::tempdir().unwrap();
    let ear = Ear::default();
    let summary = run_columns(&one_parameter(), folder.path(), &ear).unwrap();
    let results = Store::load(&summary.dir).unwrap();
    let sweep = &results.sweeps[0];
    assert_eq!((sweep.name.as_str(), sweep.configurations.len(), sweep.size), ("AE", 3, 3));

    // By hand from the files: the area is the share of pairs that are ranked rightly.
    let by_hand: Vec<f64> = [1, 2, 3].map(|latent| mean_area(&summary, latent)).to_vec();
    for (configuration, area) in sweep.configurations.iter().zip(&by_hand) {
        assert!((configuration.mean().unwrap() - area).abs() < 1e-12);
    }
    let best = (0..3).max_by(|&a, &b| by_hand[a].total_cmp(&by_hand[b])).unwrap();
    assert_eq!(sweep.winner, Some(best));
    // A seed turned round: its mean over both is a half.
    assert!((by_hand[2] - 0.5).abs() < 1e-12, "{by_hand:?}");

    let shown: Vec<_> = results.trials.iter().map(|t| t.trial.params["latent"].clone()).collect();
    let winner = json!(best + 1);
    assert_eq!(shown, [Value::Null, Value::Null, winner.clone(), winner]);
}

fn mean_area(summary: &RunSummary, latent: u64) -> f64 {
    let manifest = Store::at(&summary.dir).manifest().unwrap();
    let of = manifest.trials.iter().filter(|trial| trial.params["latent"] == latent);
    let areas: Vec<f64> = of
        .map(|trial| {
            let path = summary.dir.join("trials").join(&trial.id).join("scores.parquet");
            let part = oddbench_data::scores::read(&path).unwrap().validation;
            let rows = || part.labels.iter().zip(&part.scores);
            let (mut right, mut pairs) = (0.0, 0.0);
            for (_, out) in rows().filter(|(label, _)| **label) {
                for (_, inlier) in rows().filter(|(label, _)| !**label) {
                    pairs += 1.0;
                    right += if out > inlier {
                        1.0
                    } else if out == inlier {
                        0.5
                    } else {
                        0.0
                    };
                }
            }
            right / pairs
        })
        .collect();
    areas.iter().sum::<f64>() / areas.len() as f64
}

/// The cells of a line, in which quotes stand around commas and are doubled inside.
fn cells(line: &str) -> Vec<String> {
    let (mut cells, mut quoted) = (vec![String::new()], false);
    for c in line.chars() {
        match c {
            '"' => {
                quoted = !quoted;
                cells.last_mut().unwrap().push(c);
            }
            ',' if !quoted => cells.push(String::new()),
            _ => cells.last_mut().unwrap().push(c),
        }
    }
    let plain = |cell: String| match cell.strip_prefix('"').and_then(|c| c.strip_suffix('"')) {
        Some(inner) => inner.replace("\"\"", "\""),
        None => cell,
    };
    cells.into_iter().map(plain).collect()
}

#[test]
fn losers_have_no_figures_in_the_summary_nor_in_events() {
    let folder = tempfile::tempdir().unwrap();
    let ear = Ear::default();
    let summary = run_columns(&one_parameter(), folder.path(), &ear).unwrap();
    let results = Store::load(&summary.dir).unwrap();
    let winner = results.trials[2].trial.params["latent"].as_u64().unwrap();
    let text = std::fs::read_to_string(summary.dir.join("summary.csv")).unwrap();
    let mut records = text.lines().map(cells);
    let head = records.next().unwrap();
    let at = |name: &str| head.iter().position(|column| column == name).unwrap();
    let mut lines = 0;
    for line in records {
        lines += 1;
        let params: Value = serde_json::from_str(&line[at("params")]).unwrap();
        let open = &line[at("name")] == "plain" || params["latent"] == winner;
        for name in ["threshold", "accuracy", "f1", "roc_auc", "average_precision", "tp", "fn"] {
            assert_eq!(line[at(name)].is_empty(), !open, "{name} of {params}");
        }
        assert_eq!(&line[at("status")], "completed");
        assert!(!line[at("fit_seconds")].is_empty());
    }
    assert_eq!(lines, 8, "one line per trial");
    let told = |event: &Event| {
        matches!(event, Event::Done { trial, roc_auc, f1, .. }
            if *trial >= 2 && (roc_auc.is_some() || f1.is_some()))
    };
    assert_eq!(ear.heard(told), 0);
}

#[test]
fn an_unfinished_sweep_shows_nothing_of_the_test_rows() {
    let folder = tempfile::tempdir().unwrap();
    let ear = Ear { stop_after_one: true, ..Ear::default() };
    let only = one_parameter().replace("[[model]]\nkind = \"random\"\nname = \"plain\"\n", "");
    let summary = run_columns(&only, folder.path(), &ear).unwrap();
    assert!(summary.interrupted);
    let results = Store::load(&summary.dir).unwrap();
    assert_eq!(results.sweeps[0].winner, None);
    assert!(results.trials.iter().all(|t| t.evaluations.is_empty() && t.scores.is_none()));
    assert_eq!(results.trials.len(), 1, "there is a row, and it says that it was not run");
    let done = run_columns(&only, folder.path(), &Ear::default()).unwrap();
    assert_eq!((done.completed, done.cached), (5, 1));
    assert!(Store::load(&done.dir).unwrap().sweeps[0].winner.is_some());
}

#[test]
fn a_configuration_that_fails_cannot_win_and_the_run_says_so() {
    let folder = tempfile::tempdir().unwrap();
    let text = one_parameter().replace("[1, 2, 3]", "[1, 9]");
    let summary = run_columns(&text, folder.path(), &Ear::default()).unwrap();
    assert_eq!(summary.failed, 2);
    let results = Store::load(&summary.dir).unwrap();
    let sweep = &results.sweeps[0];
    assert_eq!((sweep.winner, sweep.configurations[1].failed), (Some(0), 2));
}

#[test]
fn another_metric_may_choose_another_winner_without_a_fit() {
    let folder = tempfile::tempdir().unwrap();
    run_columns(&one_parameter(), folder.path(), &Ear::default()).unwrap();
    let text = one_parameter().replace("latent = [1", "select = \"f1\", latent = [1");
    let ear = Ear::default();
    let again = run_columns(&text, folder.path(), &ear).unwrap();
    assert_eq!((again.completed, again.cached, ear.loaded()), (0, 8, false));
    assert_eq!(Store::load(&again.dir).unwrap().sweeps[0].select, Metric::F1);
}

#[test]
fn no_kind_has_a_parameter_that_a_sweep_takes_for_its_own() {
    for kind in oddbench_models::kinds() {
        let params = kind.resolve(&json!({})).unwrap();
        for word in ["random", "seed", "select"] {
            assert_eq!(params.get(word), None, "{}", kind.name);
        }
    }
}
