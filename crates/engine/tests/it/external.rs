//! Commands as detectors: what they are given, what becomes of their answers, and how they fail.
#![cfg(unix)]

mod checked;

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::Command;

use oddbench_core::external::ExternalRun;
use oddbench_core::metrics::Metric;
use oddbench_core::record::{Outcome, Record, Stage};
use oddbench_core::results::TrialResult;
use oddbench_core::{Dataset, Matrix};
use oddbench_data::Cache;
use oddbench_engine::executor::InProcess;
use oddbench_engine::prepared::Prepared;
use oddbench_engine::run::Run;
use oddbench_engine::spec::{self, Overrides, Spec};
use oddbench_engine::store::Store;
use tempfile::TempDir;

use crate::fakes::{Ear, NoDownload, run_whole};

/// Carries out every order: reads nothing, and scores each row with the sum of its columns.
const SUMS: &str = r#"
while read -r order rows scores; do
  if [ $order = score ]; then
    awk -F, 'NR > 1 { s = 0; for (i = 1; i <= NF; i++) s += $i; printf "%.17g\n", s }' $rows > $scores
  fi
  echo @done
done
"#;

/// A folder with an experiment and the files of its command.
struct Bench(TempDir);

impl Bench {
    /// With `model.sh`, and with more keys of the model.
    fn new(script: &str, keys: &str) -> Self {
        let bench = Self(tempfile::tempdir().unwrap());
        bench.write("model.sh", script);
        bench.experiment(&format!(
            "command = [\"sh\", \"model.sh\"]\nfiles = [\"model.sh\"]\n{keys}"
        ));
        bench
    }

    fn write(&self, name: &str, text: &str) {
        fs::write(self.0.path().join(name), text).unwrap();
    }

    fn experiment(&self, model: &str) {
        let text = format!(
            "name = \"external\"\n[dataset]\nkind = \"synthetic\"\nrows = 3000\n\
             features = [\"src_bytes\", \"dst_bytes\", \"count\"]\n\
             [split]\nkind = \"holdout\"\n[preprocess]\nconstant = \"drop\"\n\
             [threshold]\nrule = \"max-f1\"\n\
             [[model]]\nkind = \"external\"\nname = \"mine\"\nformat = \"csv\"\n{model}\n"
        );
        self.write("experiment.toml", &text);
    }

    /// Has the rows written as parquet.
    fn with_parquet(&self) {
        let text = fs::read_to_string(self.0.path().join("experiment.toml")).unwrap();
        self.write("experiment.toml", &text.replace("format = \"csv\"", "format = \"parquet\""));
    }

    fn spec(&self) -> Spec {
        self.parsed().unwrap_or_else(|error| panic!("{error}"))
    }

    fn parsed(&self) -> Result<Spec, spec::SpecError> {
        let path = self.0.path().join("experiment.toml");
        let text = fs::read_to_string(&path).unwrap();
        spec::parse(&path, text, &Overrides::default())
    }

    /// What is wrong with it, and at which key.
    fn refused(&self) -> String {
        let error = self.parsed().unwrap_err();
        format!("{}: {}; {}", error.key, error.message, error.help)
    }

    fn run(&self) -> Run {
        let results = self.0.path().join("results");
        run_whole(&self.spec(), &results, &Ear::default(), false, &InProcess::new()).unwrap()
    }

    fn trial(&self) -> TrialResult {
        self.run().results.trials.remove(0)
    }

    /// The message of the failed trial. Its folder is removed.
    fn failure(&self) -> (Stage, String) {
        let record = self.trial().record.unwrap();
        // The folder of a failed trial is kept.
        let folder = record.external.unwrap().folder.unwrap();
        assert!(Path::new(&folder).join("trial.json").is_file());
        fs::remove_dir_all(folder).unwrap();
        match record.outcome {
            Outcome::Failed { stage, message } => (stage, message),
            Outcome::Completed { .. } => panic!("completed"),
        }
    }

    fn prepared(&self) -> Prepared {
        let spec = self.spec();
        Prepared::from_dataset(&loaded(&spec), &spec, None).unwrap()
    }
}

fn loaded(spec: &Spec) -> Dataset {
    let (dir, watch) = (PathBuf::from("no-cache"), Box::new(NoDownload));
    spec.load(&Cache { dir, mirror: None, offline: true, watch }).unwrap()
}

fn example(name: &str) -> String {
    let path = format!("{}/../../examples/external/{name}", env!("CARGO_MANIFEST_DIR"));
    fs::read_to_string(path).unwrap()
}

/// Whether `python3` can import that; otherwise a word that the test did not run. A machine that tests oddbench
/// needs Python, so a test without it counts as skipped. It needs no package of Python.
fn python_has(module: &str, test: &str) -> bool {
    let import = format!("import {module}");
    let found = Command::new("python3").args(["-c", &import]).output();
    let found = found.is_ok_and(|output| output.status.success());
    if !found {
        let word = if module.contains("pyarrow") { "NOT RUN" } else { "SKIPPED" };
        let _ = writeln!(std::io::stderr(), "{word} (no python3 with {module}): {test}");
    }
    found
}

fn external(record: &Option<Record>) -> &ExternalRun {
    record.as_ref().unwrap().external.as_ref().unwrap()
}

/// The distance of each row of `x` from the mean of the training rows.
fn distances(train: &Matrix, x: &Matrix) -> Vec<f64> {
    let mean = |column| train.column(column).map(f64::from).sum::<f64>() / train.rows() as f64;
    let mean: Vec<f64> = (0..train.cols()).map(mean).collect();
    let distance = |row: &[f32]| {
        let squares = row.iter().zip(&mean).map(|(v, m)| (f64::from(*v) - m).powi(2));
        squares.sum::<f64>().sqrt()
    };
    x.iter_rows().map(distance).collect()
}

fn assert_near(found: &[f64], expected: &[f64]) {
    assert_eq!(found.len(), expected.len());
    for (at, (found, expected)) in found.iter().zip(expected).enumerate() {
        assert!((found - expected).abs() <= 1e-9 * expected.abs(), "{at}: {found} {expected}");
    }
}

/// Each score must come back to its row, although the command saw all rows shuffled.
fn assert_scores_are_distances(bench: &Bench) {
    let (trial, prepared) = (bench.trial(), bench.prepared());
    let outcome = &trial.record.as_ref().unwrap().outcome;
    let scores = trial.scores.as_ref().unwrap_or_else(|| panic!("{outcome:?}"));
    assert_near(&scores.test.scores, &distances(&prepared.train, &prepared.test.x));
    assert_near(&scores.validation.scores, &distances(&prepared.train, &prepared.validation.x));
    assert_eq!(scores.test.labels, prepared.test.labels);
}

#[test]
fn the_example_in_awk_scores_what_it_says() {
    assert_scores_are_distances(&Bench::new(&example("mean_distance.sh"), ""));
}

#[test]
fn the_example_in_python_scores_what_it_says_and_stands_in_the_manual() {
    let source = example("mean_distance.py");
    let manual = format!("{}/../../docs/EXTERNAL.md", env!("CARGO_MANIFEST_DIR"));
    assert!(fs::read_to_string(manual).unwrap().contains(&source));
    if !python_has("csv", "the example in Python") {
        return;
    }
    let bench = Bench::new("", "");
    bench.write("model.py", &source);
    bench.experiment("command = [\"python3\", \"model.py\"]\nfiles = [\"model.py\"]");
    assert_scores_are_distances(&bench);
}

#[test]
fn parquet_holds_the_same_rows() {
    if !python_has("pyarrow.parquet", "parquet for a command") {
        return;
    }
    let source = example("mean_distance.py").replace(
        "    return [[float(value) for value in row] for row in list(csv.reader(open(path)))[1:]]",
        "    import pyarrow.parquet\n    table = pyarrow.parquet.read_table(path)\n    return list(zip(*[column.to_pylist() for column in table.columns]))",
    );
    assert!(source.contains("pyarrow"), "the example reads its rows in another way");
    let bench = Bench::new("", "");
    bench.write("model.py", &source);
    bench.experiment("command = [\"python3\", \"model.py\"]\nfiles = [\"model.py\"]");
    bench.with_parquet();
    assert_scores_are_distances(&bench);
}

#[test]
fn the_record_tells_what_the_command_reported() {
    let script = r#"
echo "a line of its own"; echo "a warning" >&2
echo "@version my-library 2.1.0"
while read -r order rows scores; do
  if [ $order = score ]; then
    awk 'NR > 1 { print NR }' $rows > $scores; echo "@seconds 0.000002"
  else
    echo "@seconds 0.000001"; echo "@note did not converge"
  fi
  echo @done
done
exit 3
"#;
    let bench = Bench::new(script, "params = { depth = 3 }\ndeterministic = true");
    let trial = bench.trial();
    let run = external(&trial.record);
    assert_eq!((run.exit_code, run.parts, run.reports_seconds), (Some(3), 1, true));
    assert_eq!(run.versions["my-library"], "2.1.0");
    assert_eq!(
        (&run.stdout[..], &run.stderr[..]),
        (&["a line of its own".into()][..], &["a warning".into()][..])
    );
    assert!(run.folder.is_none() && run.files_seconds > 0.0 && run.waiting_seconds > 0.0);
    let record = trial.record.as_ref().unwrap();
    let Outcome::Completed { fit_seconds, score_seconds, notes, .. } = &record.outcome else {
        panic!("{:?}", record.outcome)
    };
    assert_eq!(*fit_seconds, Some(0.000001));
    let score_seconds = score_seconds.unwrap();
    // The test rows are a share of the part.
    assert!(score_seconds > 0.0 && score_seconds < 0.000002, "{score_seconds}");
    assert!(notes.contains(&"did not converge".to_owned()), "{notes:?}");
    assert_eq!(record.device, "external command: sh model.sh");
    // There is nothing that could be scored with, and a second run finds the trial done.
    let dir = bench.0.path().join("results/external");
    assert!(!Store::at(&dir).trial_dir(&trial.trial.id).join("model").exists());
    assert_eq!(bench.run().summary.cached, 1);
}

/// A terminal obeys such characters: they could hide a line, or write to the clipboard.
#[test]
fn what_a_command_prints_reaches_no_terminal_as_an_order() {
    let script = SUMS.replace(
        "  echo @done",
        "  printf '@note a\\033[2Jb\\n@version c\\007d 1\\n\\033]0;title\\007\\n'\n  printf 'e\\033[31mf\\n' >&2\n  echo @done",
    );
    let record = Bench::new(&script, "").trial().record.unwrap();
    let text = serde_json::to_string(&record).unwrap();
    assert!(text.contains("a [2Jb") && text.contains("c d") && text.contains("e [31mf"), "{text}");
    assert!(!text.contains("\\u001b") && !text.contains("\\u0007"), "{text}");
}

#[test]
fn the_command_gets_settings_and_no_labels() {
    let script = r#"
while read -r order rows more; do
  if [ $order = fit ]; then
    [ -z "$more" ] && [ ! -e labels.txt ] || { echo "@error labels: $more"; exit; }
    [ "$ODDBENCH_SEED/$ODDBENCH_THREADS/$OMP_NUM_THREADS" = 7/2/2 ] || echo "@error threads"
    [ "$ODDBENCH_PARAMS" = '{"depth":3}' ] || echo "@error $ODDBENCH_PARAMS"
    grep -q '"depth": 3' trial.json && grep -q '"columns": 3' trial.json || echo "@error settings"
    [ "$(ls | tr '\n' ' ')" = "model.sh tmp train.csv trial.json " ] || echo "@error $(ls)"
    [ "$(head -n 1 $rows)" = x1,x2,x3 ] || echo "@error header"
  else
    awk 'NR > 1 { print 1 }' $rows > $more
  fi
  echo @done
done
"#;
    let trial = Bench::new(script, "params = { depth = 3 }\nthreads = 2\nseeds = [7]").trial();
    let record = trial.record.as_ref().unwrap();
    assert!(record.outcome.is_completed(), "{:?}", record.outcome);
}

#[test]
fn a_supervised_command_gets_the_labels_of_the_training_rows() {
    // It weighs each column by its mean over outliers less its mean over inliers.
    let script = r#"
while read -r order rows more; do
  case $order in
  fit) [ "$more" = labels.txt ] || { echo "@error no labels"; exit; }
    tail -n +2 $rows | paste -d, $more - > both.csv
    awk -F, '{ n[$1]++; for (i = 2; i <= NF; i++) s[$1, i] += $i }
      END { for (i = 2; i <= NF; i++) printf "%.17g\n", s[1, i] / n[1] - s[0, i] / n[0] }' both.csv > weights ;;
  score) awk -F, -v w="$(tr '\n' ' ' < weights)" 'BEGIN { split(w, v, " ") }
      NR > 1 { s = 0; for (i = 1; i <= NF; i++) s += v[i] * $i; printf "%.17g\n", s }' $rows > $more ;;
  esac
  echo @done
done
"#;
    let bench = Bench::new(script, "supervised = true");
    assert!(bench.refused().starts_with("model[0].supervised: "), "{}", bench.refused());
    let path = bench.0.path().join("experiment.toml");
    let text = fs::read_to_string(&path).unwrap();
    fs::write(&path, text.replace("kind = \"holdout\"", "kind = \"holdout\"\ntrain_on = \"all\""))
        .unwrap();
    let trial = bench.trial();
    assert!(trial.trial.supervised);
    // Labels that went to other rows would give other weights.
    let prepared = bench.prepared();
    let mean = |class: bool, column: usize| {
        let rows = prepared.train.column(column).zip(&prepared.train_labels);
        let of: Vec<f64> = rows.filter(|(_, l)| **l == class).map(|(v, _)| v.into()).collect();
        of.iter().sum::<f64>() / of.len() as f64
    };
    let weights: Vec<f64> = (0..3).map(|at| mean(true, at) - mean(false, at)).collect();
    let score = |row: &[f32]| row.iter().zip(&weights).map(|(v, w)| f64::from(*v) * w).sum();
    let expected: Vec<f64> = prepared.test.x.iter_rows().map(score).collect();
    assert_near(&trial.scores.unwrap().test.scores, &expected);
}

/// In the file the outliers stand in runs; scores by position would tell them apart.
#[test]
fn scores_by_the_order_of_rows_are_worth_nothing() {
    let script = SUMS.replace("s += $i", "s = NR");
    let trial = Bench::new(&script, "").trial();
    let area = trial.evaluations[0].metrics[Metric::RocAuc].unwrap();
    assert!((area - 0.5).abs() < 0.1, "{area}");
}

#[test]
fn failures_name_their_cause_and_the_last_words() {
    let scoring = |deed: &str| SUMS.replace("  echo @done", &format!("  {deed}\n  echo @done"));
    let cases = [
        (
            "echo out of cheese >&2; exit 3".to_owned(),
            Stage::Fit,
            vec!["exit status: 3", "out of cheese"],
        ),
        (
            "read -r order; echo '@error too few rows'".to_owned(),
            Stage::Fit,
            vec!["it answered: too few rows"],
        ),
        (
            "read -r order; echo '@error'".to_owned(),
            Stage::Fit,
            vec!["it answered @error and no reason", "@error too few rows"],
        ),
        (
            "read -r order; echo '@seconds 500'; echo @done".to_owned(),
            Stage::Fit,
            vec!["it reported @seconds 500.0 for `fit`", "report the wall time"],
        ),
        (
            scoring("[ $order = fit ] || { rm $scores; ln -s /dev/zero $scores; }"),
            Stage::Score,
            vec!["scores-1.txt is no regular file"],
        ),
        (
            scoring("[ $order = fit ] || { rm $scores; mkfifo $scores; }"),
            Stage::Score,
            vec!["scores-1.txt is no regular file"],
        ),
        (
            scoring("[ $order = fit ] || truncate -s 1G $scores"),
            Stage::Score,
            vec!["scores-1.txt has more scores than the"],
        ),
        (
            "read -r order; echo @finished; sleep 60".to_owned(),
            Stage::Fit,
            vec!["\"@finished\"", "@done"],
        ),
        ("exec 1>&-; sleep 60".to_owned(), Stage::Fit, vec!["closed its stdout"]),
        (
            scoring("[ $order = fit ] || sed -i '5s/.*/nan/' $scores"),
            Stage::Score,
            vec!["scores-1.txt, line 5", "NaN"],
        ),
        (
            scoring("[ $order = fit ] || sed -i '$d' $scores"),
            Stage::Score,
            vec!["scores-1.txt has", "rows"],
        ),
        (
            scoring("[ $order = fit ] || rm $scores"),
            Stage::Score,
            vec!["scores-1.txt was not written"],
        ),
        (
            scoring("[ $order = fit ] || { echo boom >&2; kill -9 $$; }"),
            Stage::Score,
            vec!["signal: 9", "boom"],
        ),
    ];
    for (script, stage, said) in cases {
        let (found, message) = Bench::new(&script, "").failure();
        assert_eq!(found, stage, "{message}");
        for words in said {
            assert!(message.contains(words), "{words:?} is not in {message:?}");
        }
        assert!(message.contains("its folder is kept"), "{message}");
    }
}

/// Processes that the command has started in the background end, too.
#[test]
fn a_command_that_takes_too_long_is_killed_with_all_that_it_started() {
    let bench = Bench::new("", "timeout = \"1s\"");
    let pid = bench.0.path().join("pid");
    let script = format!("sleep 600 & echo $! > '{}'; wait", pid.display());
    bench.write("model.sh", &script);
    let (stage, message) = bench.failure();
    assert_eq!(stage, Stage::Fit);
    assert!(message.contains("timeout = 1 s"), "{message}");
    let pid = fs::read_to_string(pid).unwrap();
    let state = fs::read_to_string(format!("/proc/{}/stat", pid.trim())).unwrap_or_default();
    assert!(state.is_empty() || state.contains(") Z "), "it lives: {state}");
}

/// A progress display without an end of line swallows the answer.
#[test]
fn an_answer_behind_other_text_is_shown_when_the_time_is_over() {
    let script = SUMS.replace("echo @done", "printf 'epoch 3 of 3'; echo @done");
    let (_, message) = Bench::new(&script, "timeout = \"1s\"").failure();
    for words in ["timeout = 1 s", "a line of its own", "stdout ends with: epoch 3 of 3@done"] {
        assert!(message.contains(words), "{words:?} is not in {message:?}");
    }
}

#[test]
fn a_command_that_holds_too_much_is_killed() {
    if !python_has("time", "a command that holds too much") {
        return;
    }
    let script = "exec python3 -c 'import time; x = bytearray(400_000_000); time.sleep(60)'";
    let (_, message) = Bench::new(script, "max_memory = \"100 MB\"").failure();
    assert!(message.contains("max_memory is 95 MiB"), "{message}");
}

#[test]
fn the_peak_of_memory_is_that_of_all_processes() {
    if !python_has("time", "the peak of memory") {
        return;
    }
    let hold = "python3 -c 'x = bytearray(150_000_000); import time; time.sleep(0.5)'";
    let script = format!("{hold} & {hold} & wait\n{SUMS}");
    let trial = Bench::new(&script, "").trial();
    let peak = external(&trial.record).peak_rss_mb.unwrap();
    assert!(peak > 250.0, "{peak} MiB");
}
