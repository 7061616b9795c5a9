//! Experiments built by hand: a small one whose figures can be checked by eye, and a large one with
//! the size and shape of the published study.

use oddbench_core::dataset::Classes;
use oddbench_core::detector::Epoch;
use oddbench_core::evaluate::{Evaluation, Rule, ThresholdSettings, TuneOn};
use oddbench_core::metrics::Confusion;
use oddbench_core::record::{
    Anchor, AnchorSet, DataInfo, Environment, ExperimentResults, FORMAT_VERSION, Manifest, Outcome,
    PartSizes, Projection, Record, ScoredPart, Scores, Stage, TrialInfo, TrialResult,
};
use serde_json::json;

/// The study's rule: an oracle.
pub const ORACLE: ThresholdSettings = ThresholdSettings {
    rule: Rule::MaxAccuracy,
    tune_on: TuneOn::Test,
    contamination: None,
    decimals: Some(3),
};

/// A rule that can be used in practice.
pub const SOUND: ThresholdSettings = ThresholdSettings {
    rule: Rule::MaxF1,
    tune_on: TuneOn::Validation,
    contamination: Some(0.2),
    decimals: None,
};

pub fn environment() -> Environment {
    Environment {
        oddbench: "0.1.0".into(),
        platform: "linux x86_64".into(),
        cpu: Some("Imaginary CPU @ 2 GHz".into()),
        cores: 2,
        jobs: 2,
    }
}

pub fn data(dataset: &str, synthetic: bool) -> DataInfo {
    DataInfo {
        dataset: dataset.into(),
        synthetic,
        digest: "547dfb9c0f0dc1d9944219ec79e851191faebaeb8acbfa1cd171c418397052a4".into(),
        features: "published-18".into(),
        labels: "published".into(),
        split: "published-8020".into(),
        preprocess: json!({"encode": "one-hot", "missing": "error", "scale": "min-max"}),
    }
}

pub fn manifest(data: DataInfo, thresholds: Vec<ThresholdSettings>) -> Manifest {
    Manifest {
        format_version: FORMAT_VERSION,
        experiment: "fixture".into(),
        description: "An experiment that was never run.".into(),
        spec: json!({"name": "fixture"}),
        spec_path: "experiments/fixture.toml".into(),
        overrides: vec![],
        data,
        thresholds,
        trials: vec![],
        anchors: vec![],
        oddbench: "0.1.0".into(),
        git_revision: Some("0123abc".into()),
        environment: environment(),
    }
}

/// A trial that was not run.
pub fn trial(label: &str, kind: &str, seed: Option<u64>) -> TrialResult {
    let seed_part = seed.map_or("any".to_owned(), |seed| seed.to_string());
    TrialResult {
        trial: TrialInfo {
            id: format!("{label}-{seed_part}-0123456789abcdef"),
            label: label.into(),
            kind: kind.into(),
            params: json!({}),
            seed,
            backend: "cpu".into(),
            supervised: false,
        },
        record: None,
        scores: None,
        evaluations: vec![],
    }
}

pub fn record(trial: &TrialInfo, data: &DataInfo, sizes: PartSizes, outcome: Outcome) -> Record {
    Record {
        format_version: FORMAT_VERSION,
        trial: trial.clone(),
        data: data.clone(),
        sizes: Some(sizes),
        device: "cpu".into(),
        environment: environment(),
        finished_at: "2026-11-21T06:00:00Z".into(),
        outcome,
    }
}

pub fn completed(fit_seconds: f64) -> Outcome {
    Outcome::Completed {
        fit_seconds,
        score_seconds: fit_seconds / 10.0,
        peak_rss_mb: Some(100.0 + fit_seconds),
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
        classes: Classes { names, codes },
        labels: labels.to_vec(),
        scores: scores.to_vec(),
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
    let (mut rank_sum, mut above, mut ap) = (0.0, 0.0, 0.0);
    for (i, &at) in order.iter().enumerate() {
        rank_sum += if labels[at] { (i + 1) as f64 } else { 0.0 };
    }
    for (i, &at) in order.iter().rev().enumerate() {
        if labels[at] {
            above += 1.0;
            ap += above / (i + 1) as f64;
        }
    }
    let positives = labels.iter().filter(|l| **l).count() as f64;
    let negatives = labels.len() as f64 - positives;
    let both = positives > 0.0 && negatives > 0.0;
    Evaluation {
        settings,
        oracle: settings.is_oracle(),
        threshold,
        confusion: c,
        accuracy: ratio(c.tp + c.tn, labels.len() as u64),
        precision,
        recall,
        f1: f(1.0),
        f2: f(4.0),
        roc_auc: both
            .then(|| (rank_sum - positives * (positives + 1.0) / 2.0) / (positives * negatives)),
        average_precision: (positives > 0.0).then(|| ap / positives),
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
        columns: 18,
    };
    let trial = &mut results.trials[at];
    let fit = 0.5 + at as f64;
    trial.record = Some(record(&trial.trial, &results.manifest.data, sizes, completed(fit)));
    trial.scores =
        Some(Scores { validation: ScoredPart::default(), test: part(&CLASSES, &LABELS, scores) });
    trial.evaluations = results
        .manifest
        .thresholds
        .iter()
        .map(|settings| evaluation(*settings, threshold, &LABELS, scores))
        .collect();
}

pub fn anchors() -> AnchorSet {
    let figures = [("accuracy", 0.846), ("f1", 0.515), ("roc_auc", 0.956)];
    let metrics = |shift: f64| figures.map(|(key, value)| (key.to_owned(), value + shift)).into();
    AnchorSet {
        name: "study-2020".into(),
        source: "A study of 2020".into(),
        notes: vec!["Thresholds were chosen on the test rows.".into()],
        anchors: vec![
            Anchor {
                label: "AE".into(),
                metrics: metrics(0.0),
                note: Some("One run of several.".into()),
            },
            Anchor { label: "BiGAN".into(), metrics: metrics(0.01), note: None },
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
        projection: None,
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
    columns: 0,
};

/// Numbers that look random and are the same everywhere (SplitMix64).
pub struct Noise(pub u64);

impl Noise {
    /// In [0, 1).
    pub fn unit(&mut self) -> f64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        ((z ^ (z >> 31)) >> 11) as f64 / (1_u64 << 53) as f64
    }

    /// Roughly normal: mean 0, deviation 1.
    pub fn normal(&mut self) -> f64 {
        (0..12).map(|_| self.unit()).sum::<f64>() - 6.0
    }
}

/// `models` models with `seeds` seeds each on `rows` test rows, a fifth of them outliers.
pub fn large(models: usize, seeds: u64, rows: usize) -> ExperimentResults {
    const LARGE: [(&str, &str); 16] = [
        ("PCA", "pca"),
        ("OCSVM", "ocsvm"),
        ("AE", "autoencoder"),
        ("VAE", "vae"),
        ("BiGAN", "bigan"),
        ("seq2seq", "seq2seq"),
        ("Isolation forest", "isolation-forest"),
        ("PCA reconstruction", "pca"),
        ("AE sound", "autoencoder"),
        ("VAE sound", "vae"),
        ("HBOS", "hbos"),
        ("ECOD", "ecod"),
        ("kNN", "knn"),
        ("Random forest", "random-forest"),
        ("constant", "constant"),
        ("random", "random"),
    ];
    let data = data("kdd99", false);
    let mut manifest = manifest(data.clone(), vec![ORACLE]);
    manifest.experiment = "kdd99-published".into();
    manifest.description =
        "The 2020 study as it was run, its label policy and threshold rule included.".into();
    let outliers = rows / 5;
    let names = ["normal", "mailbomb", "snmpguess", "smurf", "neptune", "portsweep"];
    let mut noise = Noise(7);
    let classes: Vec<&str> = (0..rows)
        .map(|row| match (row < rows - outliers, (noise.unit() * 10.0) as usize) {
            (true, 0) => names[1],
            (true, 1) => names[2],
            (true, _) => names[0],
            (false, 0..=6) => names[3],
            (false, 7..=8) => names[4],
            (false, _) => names[5],
        })
        .collect();
    let labels: Vec<bool> = (0..rows).map(|row| row >= rows - outliers).collect();
    let sizes = PartSizes {
        train: 97_278,
        train_outliers: 0,
        validation: 20_000,
        validation_outliers: 16_000,
        test: rows,
        test_outliers: outliers,
        columns: 18,
    };
    let mut trials = Vec::new();
    for (m, (label, kind)) in LARGE.into_iter().take(models).enumerate() {
        let deterministic = matches!(kind, "pca" | "ocsvm" | "hbos" | "ecod" | "knn" | "constant");
        for seed in 1..=(if deterministic { 1 } else { seeds }) {
            let mut trial = trial(label, kind, (!deterministic).then_some(seed));
            trial.trial.supervised = kind == "random-forest";
            trial.trial.params = json!({"hidden": [15, 7], "latent": 2, "epochs": 14, "batch_size": 128, "learning_rate": 0.01});
            let mut noise = Noise(1000 * m as u64 + seed);
            let gap = match kind {
                "random" => 0.0,
                _ => 1.5 + 0.15 * m as f64 - if seed == 3 { 1.2 } else { 0.0 },
            };
            let scores: Vec<f64> = classes
                .iter()
                .zip(&labels)
                .map(|(class, outlier)| match (kind, *class) {
                    ("constant", _) => 1.0,
                    (_, "smurf") => ((gap + 0.05 * noise.normal()) * 0.7).exp() / 20.0,
                    _ => {
                        ((noise.normal() + if *outlier { gap * 1.6 } else { 0.0 }) * 0.7).exp()
                            / 20.0
                    }
                })
                .collect();
            let epochs = if matches!(kind, "autoencoder" | "vae" | "bigan" | "seq2seq") {
                (1..=14)
                    .map(|epoch| Epoch {
                        epoch,
                        epochs: 14,
                        loss: 0.1 * (0.7_f64).powi(epoch as i32) + 0.01 + 0.002 * noise.unit(),
                        validation_loss: Some(
                            0.11 * (0.7_f64).powi(epoch as i32) + 0.012 + 0.004 * noise.unit(),
                        ),
                    })
                    .collect()
            } else {
                vec![]
            };
            let outcome = Outcome::Completed {
                fit_seconds: 0.3 + 1.7 * m as f64 * noise.unit(),
                score_seconds: 0.02 + 0.01 * noise.unit(),
                peak_rss_mb: Some(150.0 + 20.0 * noise.unit()),
                epochs,
                notes: if label == "VAE" {
                    vec!["the posterior has collapsed: every KL term is below 0.01".into()]
                } else {
                    vec![]
                },
            };
            trial.record = Some(record(&trial.trial, &data, sizes, outcome));
            trial.evaluations =
                vec![evaluation(ORACLE, (0.25 + gap * 0.4).exp() / 20.0, &labels, &scores)];
            trial.scores = Some(Scores {
                validation: ScoredPart::default(),
                test: part(&classes, &labels, &scores),
            });
            trials.push(trial);
        }
    }
    manifest.trials = trials.iter().map(|t| t.trial.clone()).collect();
    let anchor = |label: &str, v: [f64; 6]| Anchor {
        label: label.into(),
        metrics: ["accuracy", "precision", "recall", "f1", "f2", "roc_auc"]
            .into_iter()
            .map(String::from)
            .zip(v)
            .collect(),
        note: (label == "seq2seq")
            .then(|| "The study scores 480 rows drawn from the first 100 of each set.".into()),
    };
    manifest.anchors = vec![AnchorSet {
        name: "deepad-2020".into(),
        source: "\"Deep Learning for Anomaly Detection\", 2020 (repository fastforwardlabs/deepad)".into(),
        notes: vec!["Thresholds rounded to 3 decimals were tried on the test rows; the one with the best accuracy won.".into()],
        anchors: vec![
            anchor("BiGAN", [0.923, 0.793, 0.833, 0.812, 0.825, 0.947]),
            anchor("AE", [0.846, 0.697, 0.408, 0.515, 0.445, 0.956]),
            anchor("seq2seq", [0.838, 0.507, 0.888, 0.645, 0.772, 0.806]),
            anchor("OCSVM", [0.949, 0.907, 0.832, 0.868, 0.846, 0.958]),
            anchor("VAE", [0.931, 0.821, 0.836, 0.829, 0.833, 0.947]),
            anchor("PCA", [0.919, 0.871, 0.700, 0.776, 0.728, 0.754]),
        ],
    }];
    let sample: Vec<u32> = (0..rows as u32).step_by((rows / 4000).max(1)).collect();
    let place = |at: &u32| {
        let mut noise = Noise(u64::from(*at));
        let (dx, dy) = match classes[*at as usize] {
            "normal" => (0.0, 0.0),
            "smurf" => (2.2, -0.4),
            "neptune" => (1.0, 1.6),
            _ => (0.4, -1.0),
        };
        ((dx + 0.3 * noise.normal()) as f32, (dy + 0.25 * noise.normal()) as f32)
    };
    let (x, y) = sample.iter().map(place).unzip();
    let projection = Some(Projection { positions: sample, x, y, explained: [0.482, 0.213] });
    ExperimentResults { manifest, trials, projection }
}
