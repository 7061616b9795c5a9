//! The report of several data sets: medians, ranks, published figures and failures.

use oddbench_core::metrics::{Metric, PerMetric};
use oddbench_core::record::{
    Anchor, AnchorSet, FORMAT_VERSION, PartSizes, SuiteManifest, SuiteSet,
};
use oddbench_core::results::ExperimentResults;
use oddbench_report::{SetResults, SuiteResults, suite_terminal, summarize, write_suite};

use crate::documents::assert_every_head_says_something;
use crate::fixture::{SOUND, completed, data, evaluation, failed, manifest, part, record, trial};
use crate::{names, read};

const MODELS: [&str; 4] = ["A", "B", "C", "D"];

/// ROC-AUC of the four models on six data sets.
const AUC: [[f64; 4]; 6] = [
    [0.95, 0.90, 0.70, 0.60],
    [0.80, 0.85, 0.85, 0.55],
    [0.99, 0.97, 0.98, 0.50],
    [0.70, 0.60, 0.65, 0.75],
    [0.91, 0.91, 0.80, 0.70],
    [0.85, 0.80, 0.60, 0.62],
];

/// One data set: three seeds of each model, of which the last one collapsed. A mean would show that
/// seed, a median does not.
fn results(name: &str, values: &[f64; 4]) -> ExperimentResults {
    let data = data("csv", false);
    let mut manifest = manifest(data.clone(), vec![SOUND]);
    manifest.experiment.name = format!("six/{name}");
    let sizes = PartSizes {
        train: 70,
        train_outliers: 7,
        validation: 0,
        validation_outliers: 0,
        test: 30,
        test_outliers: 3,
        transfer: None,
        transfer_outliers: None,
        columns: 5,
    };
    let mut trials = Vec::new();
    for (model, &value) in MODELS.iter().zip(values) {
        for (seed, value) in [value, value, 0.1].into_iter().enumerate() {
            let mut trial = trial(model, "loda", Some(seed as u64));
            trial.record = Some(record(&trial.trial, &data, sizes, completed(1.0)));
            let labels = [false, true];
            let mut evaluation = evaluation(SOUND, 0.5, &labels, &[0.0, 1.0]);
            evaluation.metrics = PerMetric::from_fn(|metric| match metric {
                Metric::RocAuc => Some(value),
                Metric::AveragePrecision => Some(value / 2.0),
                _ => None,
            });
            trial.evaluations = vec![evaluation];
            let scored = part(&["normal", "attack"], &labels, &[0.0, 1.0]);
            trial.scores = Some(oddbench_core::scores::Scores {
                validation: scored.clone(),
                test: scored,
                transfer: None,
            });
            trials.push(trial);
        }
    }
    manifest.trials = trials.iter().map(|trial| trial.trial.clone()).collect();
    ExperimentResults { manifest, trials, projection: None, audit: None, sweeps: vec![] }
}

fn set_name(at: usize) -> String {
    format!("set-{at}")
}

fn suite(change: impl Fn(usize, &mut ExperimentResults)) -> SuiteResults {
    let sets = AUC.iter().enumerate().map(|(at, values)| {
        let mut results = results(&set_name(at), values);
        change(at, &mut results);
        SetResults::new(&set_name(at), &results, &summarize(&results))
    });
    SuiteResults { sets: sets.collect(), manifest: suite_manifest() }
}

fn suite_manifest() -> SuiteManifest {
    let set = |at| SuiteSet { name: set_name(at), trouble: None };
    SuiteManifest {
        format_version: FORMAT_VERSION,
        name: "six".into(),
        description: "Six <sets>.".into(),
        spec_path: "six.toml".into(),
        spec_file: None,
        spec_text: None,
        overrides: vec!["--seeds 0,1,2".into()],
        sets: (0..6).map(set).collect(),
        oddbench: "0.1.0".into(),
    }
}

fn written(suite: &SuiteResults) -> tempfile::TempDir {
    let dir = tempfile::tempdir().unwrap();
    write_suite(suite, dir.path()).unwrap();
    dir
}

/// Mean ranks, the statistic and p are scipy's `rankdata` and `friedmanchisquare`; the critical
/// difference is from scipy's `studentized_range`.
#[test]
fn models_are_ranked_over_data_sets_by_their_medians() {
    let dir = written(&suite(|_, _| ()));
    let said = read(&dir, "report.md");
    assert!(said.contains("over 6 data sets and 4 models is 6.052, p 0.109"), "{said}");
    assert!(said.contains("Nemenyi's critical difference at 0.05 is 1.915 ranks"));
    // Mean rank, median and range over data sets, data sets, wins (ties count for both), group.
    assert!(said.contains("| A | 1.58 | 0.880 (0.700 to 0.990) | "), "{said}");
    for (model, rank, wins) in
        [("A", "1.58", 4), ("B", "2.33", 2), ("C", "2.75", 1), ("D", "3.33", 1)]
    {
        let line = said.lines().find(|l| l.starts_with(&format!("| {model} | {rank} |"))).unwrap();
        assert!(line.ends_with(&format!("| 6 | {wins} | a |")), "{line}");
    }
    // The medians, not the means, which the last seed spoils; the best of each is marked.
    assert!(
        said.contains("| [set-0](set-0/report.md) | **0.950** | 0.900 | 0.700 | 0.600 |"),
        "{said}"
    );
    assert!(said.contains("| [set-1](set-1/report.md) | 0.800 | **0.850** | **0.850** | 0.550 |"));
    assert!(said.contains("| mean | 0.867 | 0.838 | 0.763 | 0.620 |"));
    assert!(said.contains("| mean rank | 1.58 | 2.33 | 2.75 | 3.33 |"));
    let page = read(&dir, "index.html");
    assert!(page.contains("<a href=\"set-0/index.html\">set-0</a>"));
    assert!(page.contains("Six &lt;sets&gt;."));
    assert!(said.contains("oddbench run six.toml --seeds 0,1,2"));
    let figures = names(&dir.path().join("figures"));
    assert!(figures.contains(&"critical-difference-roc-auc.svg".to_owned()), "{figures:?}");
    assert!(figures.contains(&"critical-difference-average-precision.png".to_owned()));
    let table = read(&dir, "table.csv");
    assert!(table.contains("set-3,D,loda,3,0,0,0.75,0.375\n"), "{table}");
    assert_eq!(table.lines().count(), 1 + 6 * 4);
}

/// `set-1` has the rows of `set-0` under another split, and so has `set-2` with other labels.
#[test]
fn the_same_rows_under_two_splits_stand_side_by_side() {
    let time =
        serde_json::json!({ "kind": "time", "test": 0.3, "validation": 0.2, "train_on": "all" });
    let splits = suite(|at, results| match at {
        1 => results.manifest.experiment.split = serde_json::from_value(time.clone()).unwrap(),
        2 => {
            results.manifest.experiment.split = serde_json::from_value(time.clone()).unwrap();
            results.manifest.data.labels = "others".into();
        }
        _ => results.manifest.data.digest = format!("{at}"),
    });
    assert!(!read(&written(&splits), "report.md").contains("under other splits"));
    let splits = suite(|at, results| match at {
        0 => (),
        1 => results.manifest.experiment.split = serde_json::from_value(time.clone()).unwrap(),
        _ => results.manifest.data.digest = format!("{at}"),
    });
    let said = read(&written(&splits), "report.md");
    let start = said.find("## The same rows under other splits").unwrap();
    let table: Vec<&str> = said[start..].lines().filter(|line| line.starts_with('|')).collect();
    // Medians of set-0 and set-1 by hand; average precision is half of the ROC-AUC in this fixture.
    assert_eq!(table[2], "| A | 0.950 | 0.800 | +0.150 | 0.475 | 0.400 | +0.075 |");
    assert_eq!(table[4], "| C | 0.700 | 0.850 | −0.150 | 0.350 | 0.425 | −0.075 |");
    assert!(said.contains("set-1: time (test 0.3"), "{said}");
    assert!(said.contains("Difference: set-0 less set-1."));
    let shown = suite_terminal(&splits, |head, rows| format!("{head:?} {rows:?}"));
    assert!(shown.contains("+0.150") && !shown.contains("+0.075"), "{shown}");
}

#[test]
fn the_terminal_shows_data_sets_by_models_with_mean_ranks() {
    let shown = suite_terminal(&suite(|_, _| ()), |head, rows| {
        let head: Vec<&str> = head.iter().map(|(name, _)| *name).collect();
        format!("{head:?} {rows:?}")
    });
    assert!(shown.contains(r#"["Data set", "A", "B", "C", "D"]"#), "{shown}");
    assert!(shown.contains(r#"["mean rank", "1.58", "2.33", "2.75", "3.33"]"#), "{shown}");
    assert!(!shown.contains("0.475"), "one table alone: {shown}");
}

#[test]
fn published_figures_stand_beside_ours_on_their_data_sets() {
    let anchor = |set: usize, name: &str, value: f64| Anchor {
        name: name.into(),
        set: Some(set_name(set)),
        metrics: [("roc_auc".to_owned(), value)].into(),
        note: None,
    };
    let all =
        [anchor(0, "A", 0.94), anchor(0, "B", 0.93), anchor(2, "A", 0.97), anchor(2, "X", 0.5)];
    let dir = written(&suite(|at, results| {
        let of = all.iter().filter(|anchor| anchor.set == Some(set_name(at)));
        let source = AnchorSet {
            mean: at == 2,
            name: "a-study".into(),
            source: "A study".into(),
            notes: vec!["It drew rows twice.".into()],
            anchors: of.cloned().collect(),
        };
        results.manifest.anchors = if source.anchors.is_empty() { vec![] } else { vec![source] };
    }));
    let said = read(&dir, "report.md");
    let section = &said[said.find("## Against the published figures").unwrap()..];
    for line in [
        "| Data set | Figures | A | B | X |",
        "| [set-0](set-0/report.md) | published | 0.9400 | 0.9300 | – |",
        "|  | ours | 0.9500 | 0.9000 | – |",
        "|  | difference | +0.010 | −0.030 | – |",
        "| [set-2](set-2/report.md) | published | 0.9700 | – | 0.5000 |",
        // This one is of means: (0.99 + 0.99 + 0.1) / 3.
        "|  | ours | 0.6933 | – | – |",
        "| all | within 0.02 | 1 of 2 | 0 of 1 | 0 of 0 |",
    ] {
        assert!(section.contains(line), "{line}\n{section}");
    }
    assert!(section.contains("- It drew rows twice."));
    assert_every_head_says_something(&read(&dir, "index.html"));
}

#[test]
fn what_is_missing_is_told_and_is_no_block() {
    let mut suite = suite(|at, results| match at {
        // A trial of B failed: the others stand for it.
        1 => {
            let trial = &mut results.trials[3];
            let sizes = trial.record.as_ref().unwrap().sizes.unwrap();
            trial.record = Some(record(&trial.trial, &data("csv", false), sizes, failed("NaN")));
            (trial.scores, trial.evaluations) = (None, vec![]);
        }
        // Nothing was run.
        4 => results.trials.iter_mut().for_each(|trial| {
            (trial.record, trial.scores, trial.evaluations) = (None, None, vec![]);
        }),
        _ => {}
    });
    suite.manifest.sets[4].trouble = Some("there is no <file>".into());
    let dir = written(&suite);
    let said = read(&dir, "report.md");
    assert!(said.contains("over 5 data sets and 4 models"), "{said}");
    assert!(said.contains("Not among the blocks, because some model has no ROC-AUC there: set-4."));
    assert!(said.contains("| [set-4](set-4/report.md) | all | there is no \\<file\\> |"), "{said}");
    assert!(
        said.contains(
            "| [set-1](set-1/report.md) | B | 2 completed, 1 failed; its report says why |"
        )
    );
    assert!(said.contains("(2 of 3)"), "{said}");
    assert!(said.contains("2 of 6 data sets lack trials; see Failures."), "{said}");
    assert!(said.contains("| mean | – | – | – | – |"), "a mean over other sets would mislead");
}

#[test]
fn each_data_set_has_the_recall_at_the_rate_that_its_rows_resolve() {
    let mut world = crate::operator::operated();
    world.manifest.experiment.name = "two/large".into();
    let rows = summarize(&world);
    let mut one = suite(|_, _| ());
    one.sets.truncate(1);
    one.manifest.sets.truncate(1);
    let unresolved = read(&written(&one), "report.md");
    assert!(unresolved.contains("No data set has benign rows enough"), "{unresolved}");
    one.sets.push(SetResults::new("large", &world, &rows));
    one.manifest.sets.push(SuiteSet { name: "large".into(), trouble: None });
    let said = read(&written(&one), "report.md");
    let section = &said[said.find("## Operator's view").unwrap()..];
    // PCA finds more, but its threshold did not hold.
    let line =
        "| [large](large/report.md) | 0.001 | – | – | – | – | 0.880 | 0.950 | 0.000 | **0.990** |";
    assert!(section.contains(line), "{section}");
    assert!(section.contains("Too few benign rows for every stated rate: set-0."));
}

#[test]
fn one_data_set_is_no_ranking() {
    let mut one = suite(|_, _| ());
    one.sets.truncate(1);
    one.manifest.sets.truncate(1);
    let said = read(&written(&one), "report.md");
    assert!(
        said.contains("it takes at least two data sets in which every model has a ROC-AUC"),
        "{said}"
    );
}
