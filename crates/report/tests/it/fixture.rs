//! A small experiment built by hand, whose figures can be checked by eye, and the parts to build others.

use std::collections::BTreeMap;

use oddbench_core::LabelPolicy;
use oddbench_core::dataset::Classes;
use oddbench_core::detector::Epoch;
use oddbench_core::evaluate::Evaluation;
use oddbench_core::experiment::{DatasetSettings, Experiment, ReportSettings, RunSettings};
use oddbench_core::metrics::{Confusion, Metric, PerMetric};
use oddbench_core::operating::{OperatorSettings, operating_points};
use oddbench_core::preprocess::{
    Constant, Encode, Infinite, Missing, PreprocessSettings, Scale, Transform, Unseen,
};
use oddbench_core::record::{
    Anchor, AnchorSet, DataInfo, Environment, FORMAT_VERSION, Manifest, Outcome, PartSizes,
    Projection, Record, Stage, TrialInfo,
};
use oddbench_core::results::{ExperimentResults, TrialResult};
use oddbench_core::scores::{ScoredPart, Scores};
use oddbench_core::split::{Published8020, SplitSettings};
use oddbench_core::threshold::{Max, Native, Rule, ThresholdSettings, TuneOn, Undefined};
use serde_json::json;

/// The study's rule: an oracle.
pub const ORACLE: ThresholdSettings = ThresholdSettings {
    rule: Rule::MaxAccuracy(Max { prevalence: None, decimals: Some(3) }),
    tune_on: TuneOn::Test,
};

/// A rule that can be used in practice.
pub const SOUND: ThresholdSettings = ThresholdSettings {
    rule: Rule::MaxF1(Max { prevalence: Some(0.2), decimals: None }),
    tune_on: TuneOn::Validation,
};

/// Each model's own decision boundary.
pub const NATIVE: ThresholdSettings =
    ThresholdSettings { rule: Rule::Native(Native {}), tune_on: TuneOn::Validation };

pub fn environment() -> Environment {
    Environment {
        oddbench: "0.1.0".into(),
        platform: "linux x86_64".into(),
        cpu: Some("Imaginary CPU @ 2 GHz".into()),
        cores: 2,
        jobs: 2,
        ..Environment::default()
    }
}

pub fn data(dataset: &str, synthetic: bool) -> DataInfo {
    DataInfo {
        left_out: Vec::new(),
        dataset: dataset.into(),
        synthetic,
        digest: "547dfb9c0f0dc1d9944219ec79e851191faebaeb8acbfa1cd171c418397052a4".into(),
        features: "published-18".into(),
        labels: "published".into(),
        split: "published-8020".into(),
        transfer: None,
        preprocess: json!({"encode": "one-hot", "missing": "error", "scale": "min-max"}),
        time: None,
    }
}

/// The experiment of those rows, as far as a report reads it.
fn experiment(data: &DataInfo, thresholds: Vec<ThresholdSettings>) -> Experiment {
    Experiment {
        name: "fixture".into(),
        description: "An experiment that was never run.".into(),
        dataset: DatasetSettings {
            kind: data.dataset.clone(),
            features: data.features.clone(),
            columns: vec!["src_bytes".into()],
            labels: data.labels.clone(),
            policy: LabelPolicy::InliersAre(["normal".to_owned()].into()),
            params: serde_json::Map::new(),
        },
        transfer: None,
        split: SplitSettings::Published8020(Published8020 {}),
        preprocess: PreprocessSettings {
            scale: Scale::MinMax,
            encode: Encode::OneHot,
            missing: Missing::Error,
            infinite: Infinite::Error,
            unseen: Unseen::Oddest,
            constant: Constant::Drop,
            transform: Transform::None,
        },
        thresholds,
        operator: OperatorSettings::default(),
        run: RunSettings { backends: vec!["cpu".into()] },
        measure: None,
        models: vec![],
        ensembles: vec![],
        report: ReportSettings { anchors: vec![], measured_epochs: vec![] },
    }
}

pub fn manifest(data: DataInfo, thresholds: Vec<ThresholdSettings>) -> Manifest {
    Manifest {
        format_version: FORMAT_VERSION,
        experiment: experiment(&data, thresholds),
        spec_path: "experiments/fixture.toml".into(),
        spec_file: None,
        spec_text: None,
        overrides: vec![],
        data,
        files: vec![],
        trials: vec![],
        anchors: vec![],
        measured_epochs: vec![],
        oddbench: "0.1.0".into(),
        git_revision: Some("0123abc".into()),
        devices: vec![],
        environment: environment(),
    }
}

/// A trial that was not run.
pub fn trial(label: &str, kind: &str, seed: Option<u64>) -> TrialResult {
    let seed_part = seed.map_or("any".to_owned(), |seed| seed.to_string());
    TrialResult {
        trial: TrialInfo {
            id: format!("{label}-{seed_part}-0123456789abcdef"),
            name: label.into(),
            kind: kind.into(),
            params: json!({}),
            seed,
            fold: None,
            fold_name: None,
            backend: "cpu".into(),
            train_rows: None,
            supervised: false,
            view: None,
            external: None,
            given: None,
            sweep: None,
        },
        record: None,
        scores: None,
        evaluations: vec![],
        transfer: vec![],
        operating: vec![],
        transfer_operating: vec![],
    }
}

pub fn record(trial: &TrialInfo, data: &DataInfo, sizes: PartSizes, outcome: Outcome) -> Record {
    Record {
        format_version: FORMAT_VERSION,
        trial: trial.clone(),
        data: data.clone(),
        sizes: Some(sizes),
        fingerprint: None,
        device: "cpu".into(),
        environment: environment(),
        finished_at: "2026-11-21T06:00:00Z".into(),
        outcome,
        timing: None,
        external: None,
        files: BTreeMap::new(),
        score_sha256: None,
        members: vec![],
    }
}

pub fn completed(fit_seconds: f64) -> Outcome {
    Outcome::Completed {
        fit_seconds: Some(fit_seconds),
        score_seconds: Some(fit_seconds / 10.0),
        peak_rss_mb: Some(100.0 + fit_seconds),
        native_threshold: None,
        epochs: vec![],
        notes: vec![],
    }
}

pub fn failed(message: &str) -> Outcome {
    Outcome::Failed { stage: Stage::Fit, message: message.into() }
}

pub fn part(classes: &[&str], labels: &[bool], scores: &[f64]) -> ScoredPart {
    let mut names: Vec<String> = Vec::new();
    let mut codes = Vec::new();
    for class in classes {
        let code = names.iter().position(|name| name == class).unwrap_or_else(|| {
            names.push((*class).to_owned());
            names.len() - 1
        });
        codes.push(code as u16);
    }
    ScoredPart {
        rows: (0..labels.len() as u32).collect(),
        classes: Classes { names, codes }.into(),
        labels: labels.into(),
        scores: scores.to_vec(),
        times: None,
    }
}

/// Every metric, straight from its definition; areas by comparing all pairs or by ranks if there are many.
pub fn evaluation(
    settings: ThresholdSettings,
    threshold: f64,
    labels: &[bool],
    scores: &[f64],
) -> Evaluation {
    let count = |label: bool, above: bool| {
        labels
            .iter()
            .zip(scores)
            .filter(|(l, s)| **l == label && (**s > threshold) == above)
            .count() as u64
    };
    let c = Confusion {
        tp: count(true, true),
        fp: count(false, true),
        tn: count(false, false),
        fn_: count(true, false),
    };
    let ratio = |a: u64, b: u64| (b > 0).then(|| a as f64 / b as f64);
    let (precision, recall) = (ratio(c.tp, c.tp + c.fp), ratio(c.tp, c.tp + c.fn_));
    let f = |beta2: f64| {
        let (p, r) = (precision?, recall?);
        let below = beta2 * p + r;
        (below > 0.0).then(|| (1.0 + beta2) * p * r / below)
    };
    let mut order: Vec<usize> = (0..scores.len()).collect();
    order.sort_by(|&a, &b| scores[a].total_cmp(&scores[b]));
    let (mut rank_sum, mut ap, mut start) = (0.0, 0.0, 0);
    let (mut called, mut right) = (0.0, 0.0);
    // From the highest score down, ties together.
    order.reverse();
    while start < order.len() {
        let tied = order[start..].iter().take_while(|&&at| scores[at] == scores[order[start]]);
        let (n, hits) = tied
            .fold((0.0, 0.0), |(n, hits), &at| (n + 1.0, hits + f64::from(u8::from(labels[at]))));
        rank_sum += hits * (scores.len() as f64 - start as f64 - (n - 1.0) / 2.0);
        called += n;
        right += hits;
        ap += hits * right / called;
        start += n as usize;
    }
    let positives = labels.iter().filter(|l| **l).count() as f64;
    let negatives = labels.len() as f64 - positives;
    let both = positives > 0.0 && negatives > 0.0;
    let pairs = rank_sum - positives * (positives + 1.0) / 2.0;
    let mut metrics = PerMetric::from_fn(|metric| metric.of_counts(&c));
    // Computed here, so that the tables are not held against what fills them.
    for (metric, value) in [
        (Metric::Accuracy, ratio(c.tp + c.tn, labels.len() as u64)),
        (Metric::Precision, precision),
        (Metric::Recall, recall),
        (Metric::F1, f(1.0)),
        (Metric::F2, f(4.0)),
        (Metric::RocAuc, both.then(|| pairs / (positives * negatives))),
        (Metric::AveragePrecision, (positives > 0.0).then(|| ap / positives)),
    ] {
        metrics[metric] = value;
    }
    Evaluation {
        settings,
        oracle: settings.is_oracle(),
        threshold: Some(threshold),
        undefined: None,
        confusion: Some(c),
        metrics,
    }
}

const CLASSES: [&str; 8] =
    ["normal", "normal", "normal", "mailbomb", "normal", "smurf", "smurf", "neptune"];
const LABELS: [bool; 8] = [false, false, false, false, false, true, true, true];

/// Marks a trial as completed with these test scores, judged at `threshold` under every rule.
pub fn complete(results: &mut ExperimentResults, at: usize, scores: &[f64], threshold: f64) {
    let sizes = PartSizes {
        train: 100,
        train_outliers: 0,
        validation: 20,
        validation_outliers: 4,
        test: 8,
        test_outliers: 3,
        transfer: None,
        transfer_outliers: None,
        columns: 18,
    };
    let trial = &mut results.trials[at];
    let fit = 0.5 + at as f64;
    trial.record = Some(record(&trial.trial, &results.manifest.data, sizes, completed(fit)));
    let test = part(&CLASSES, &LABELS, scores);
    let scored = Scores { validation: ScoredPart::default(), test, transfer: None };
    trial.operating = operating_points(&scored, &results.manifest.experiment.operator).0;
    trial.scores = Some(scored);
    trial.evaluations = results
        .manifest
        .experiment
        .thresholds
        .iter()
        .map(|settings| evaluation(*settings, threshold, &LABELS, scores))
        .collect();
}

/// Gives a completed trial six transfer rows, four of them outliers of a class of their own, judged at
/// `threshold` under every rule.
pub fn transfer(results: &mut ExperimentResults, at: usize, scores: &[f64; 6], threshold: f64) {
    let labels = [false, false, true, true, true, true];
    let classes = ["normal", "normal", "apache2", "apache2", "apache2", "apache2"];
    let thresholds = results.manifest.experiment.thresholds.iter();
    let trial = &mut results.trials[at];
    trial.transfer = thresholds.map(|s| evaluation(*s, threshold, &labels, scores)).collect();
    trial.scores.as_mut().unwrap().transfer = Some(part(&classes, &labels, scores));
    let sizes = trial.record.as_mut().unwrap().sizes.as_mut().unwrap();
    (sizes.transfer, sizes.transfer_outliers) = (Some(6), Some(4));
}

/// Takes the threshold of a trial away, as where a model has no decision boundary of its own.
pub fn without_threshold(trial: &mut TrialResult, rule: usize) {
    for evaluation in [trial.evaluations.get_mut(rule), trial.transfer.get_mut(rule)] {
        let Some(evaluation) = evaluation else { continue };
        let kept =
            |metric: Metric| evaluation.metrics[metric].filter(|_| !metric.needs_threshold());
        *evaluation = Evaluation {
            threshold: None,
            undefined: Some(Undefined::NO_NATIVE_THRESHOLD),
            confusion: None,
            metrics: PerMetric::from_fn(kept),
            ..*evaluation
        };
    }
}

pub fn anchors() -> AnchorSet {
    let figures = [("accuracy", 0.846), ("f1", 0.515), ("roc_auc", 0.956)];
    let metrics = |shift: f64| figures.map(|(key, value)| (key.to_owned(), value + shift)).into();
    AnchorSet {
        mean: false,
        name: "study-2020".into(),
        source: "A study of 2020".into(),
        notes: vec!["Thresholds were chosen on the test rows.".into()],
        anchors: vec![
            Anchor {
                name: "AE".into(),
                set: None,
                metrics: metrics(0.0),
                note: Some("One run of several.".into()),
            },
            Anchor { name: "BiGAN".into(), set: None, metrics: metrics(0.01), note: None },
        ],
    }
}

/// Three seeds of an autoencoder, a PCA, a model that failed, one that calls nothing an outlier, one
/// that was not run, and a supervised one.
pub fn small(synthetic: bool, thresholds: Vec<ThresholdSettings>) -> ExperimentResults {
    let data = data(if synthetic { "synthetic" } else { "kdd99" }, synthetic);
    let mut results = ExperimentResults {
        manifest: manifest(data.clone(), thresholds),
        trials: vec![
            trial("AE", "autoencoder", Some(1)),
            trial("AE", "autoencoder", Some(2)),
            trial("AE", "autoencoder", Some(3)),
            trial("PCA", "pca", None),
            trial("OCSVM", "ocsvm", None),
            trial("constant", "constant", None),
            trial("VAE", "vae", Some(1)),
            trial("forest", "random-forest", Some(1)),
        ],
        sweeps: vec![],
        projection: None,
        audit: None,
    };
    results.trials[7].trial.supervised = true;
    for at in 0..3 {
        results.trials[at].trial.params = json!({"hidden": [15, 7], "epochs": 2});
    }
    complete(&mut results, 0, &[0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8], 0.55);
    complete(&mut results, 1, &[0.1, 0.2, 0.3, 0.4, 0.65, 0.6, 0.7, 0.8], 0.55);
    complete(&mut results, 2, &[0.9, 0.2, 0.3, 0.4, 0.5, 0.6, 0.1, 0.8], 0.55);
    complete(&mut results, 3, &[1.0, 2.0, 3.0, 4.0, 5.0, 4.5, 7.0, 8.0], 4.2);
    complete(&mut results, 5, &[0.0; 8], 0.0);
    complete(&mut results, 7, &[0.0, 0.0, 0.1, 0.9, 0.2, 1.0, 0.95, 0.99], 0.5);
    let refused = failed("nu = 0 is out of range: 0 < nu <= 1");
    let mut failure = record(&results.trials[4].trial, &data, NO_SIZES, refused);
    failure.sizes = None;
    results.trials[4].record = Some(failure);
    for at in 0..3 {
        let Some(Record { outcome: Outcome::Completed { epochs, notes, .. }, .. }) =
            &mut results.trials[at].record
        else {
            continue;
        };
        *epochs = (1..=2)
            .map(|epoch| Epoch {
                epoch,
                epochs: 2,
                loss: 0.1 / f64::from(epoch),
                validation_loss: Some(0.2 / f64::from(epoch)),
            })
            .collect();
        if at == 2 {
            notes.push("the encoder's units died".into());
        }
    }
    results.manifest.anchors = vec![anchors()];
    results.manifest.trials = results.trials.iter().map(|t| t.trial.clone()).collect();
    results.projection = Some(Projection {
        positions: (0..8).collect(),
        x: vec![0.0, 0.1, 0.2, 0.1, 0.3, 2.0, 2.1, 1.0],
        y: vec![0.0, 0.1, 0.0, 0.2, 0.1, 1.0, 1.1, 3.0],
        explained: [0.61, 0.22],
    });
    results
}

const NO_SIZES: PartSizes = PartSizes {
    train: 0,
    train_outliers: 0,
    validation: 0,
    validation_outliers: 0,
    test: 0,
    test_outliers: 0,
    transfer: None,
    transfer_outliers: None,
    columns: 0,
};
