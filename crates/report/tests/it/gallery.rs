//! A made-up experiment of the size and shape of the published study.

use oddbench_core::SplitMix64;
use oddbench_core::detector::Epoch;
use oddbench_core::record::{Anchor, AnchorSet, Outcome, PartSizes, Projection};
use oddbench_core::results::ExperimentResults;
use oddbench_core::scores::{ScoredPart, Scores};
use serde_json::json;

use crate::fixture::{ORACLE, data, evaluation, manifest, part, record, trial};

/// Numbers that look random and are the same everywhere .
pub struct Noise(pub u64);

impl Noise {
    /// In [0, 1).
    pub fn unit(&mut self) -> f64 {
        let mut random = SplitMix64(self.0);
        let bits = random.draw();
        self.0 = random.0;
        (bits >> 11) as f64 / (1_u64 << 53) as f64
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
    manifest.experiment.name = "kdd99-published".into();
    manifest.experiment.description =
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
        transfer: None,
        transfer_outliers: None,
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
                fit_seconds: Some(0.3 + 1.7 * m as f64 * noise.unit()),
                score_seconds: Some(0.02 + 0.01 * noise.unit()),
                peak_rss_mb: Some(150.0 + 20.0 * noise.unit()),
                native_threshold: None,
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
                transfer: None,
            });
            trials.push(trial);
        }
    }
    manifest.trials = trials.iter().map(|t| t.trial.clone()).collect();
    let anchor = |label: &str, v: [f64; 6]| Anchor {
        set: None,
        name: label.into(),
        metrics: ["accuracy", "precision", "recall", "f1", "f2", "roc_auc"]
            .into_iter()
            .map(String::from)
            .zip(v)
            .collect(),
        note: (label == "seq2seq")
            .then(|| "The study scores 480 rows drawn from the first 100 of each set.".into()),
    };
    manifest.anchors = vec![AnchorSet {
        mean: false,
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
    ExperimentResults { manifest, trials, sweeps: vec![], projection, audit: None }
}
