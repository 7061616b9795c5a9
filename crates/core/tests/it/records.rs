//! Records, manifests and evaluations come back from JSON as they were, and refuse unknown keys.

use std::collections::BTreeMap;

use oddbench_core::evaluate::evaluate;
use oddbench_core::experiment::{
    DatasetSettings, Draws, Experiment, Limits, Measure, ModelSettings, ReportSettings,
    RunSettings, SweepConfiguration, SweepSettings, View,
};
use oddbench_core::metrics::Metric;
use oddbench_core::operating::OperatorSettings;
use oddbench_core::preprocess::{
    Constant, Encode, Infinite, Missing, PreprocessSettings, Scale, Transform, Unseen,
};
use oddbench_core::record::{
    Anchor, AnchorSet, Build, DataFile, DataInfo, DeviceInfo, Environment, FORMAT_VERSION,
    Manifest, MeasuredEpoch, Outcome, PartSizes, Projection, Record, ScoreTiming, Stage, Timing,
    TrialInfo,
};
use oddbench_core::scores::{ScoredPart, Scores};
use oddbench_core::split::{Holdout, SplitSettings, TrainOn};
use oddbench_core::threshold::{
    Fixed, Max, Native, Quantile, RowsOf, Rule, ThresholdSettings, TuneOn,
};
use oddbench_core::{Epoch, LabelPolicy};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, json};

fn trial() -> TrialInfo {
    TrialInfo {
        id: "0f3a".into(),
        name: "AE \"wide\"".into(),
        kind: "autoencoder".into(),
        params: json!({"hidden": [15, 7], "learning_rate": 0.01}),
        seed: Some(u64::MAX),
        fold: None,
        fold_name: None,
        backend: "cpu".into(),
        train_rows: None,
        supervised: false,
        view: None,
        external: None,
        given: None,
        sweep: None,
    }
}

fn data() -> DataInfo {
    DataInfo {
        left_out: vec!["left out \"id\": it counts the rows".into()],
        dataset: "kdd99".into(),
        synthetic: false,
        digest: "8045".into(),
        features: "published-18".into(),
        labels: "published".into(),
        split: "published-8020".into(),
        transfer: None,
        preprocess: json!({"scale": "min-max"}),
        time: None,
    }
}

fn experiment(thresholds: Vec<ThresholdSettings>) -> Experiment {
    let preprocess = PreprocessSettings {
        scale: Scale::MinMax,
        encode: Encode::OneHot,
        missing: Missing::Error,
        infinite: Infinite::Error,
        unseen: Unseen::Oddest,
        constant: Constant::Drop,
        transform: Transform::None,
    };
    let columns = vec!["src_bytes".to_owned(), "count".to_owned()];
    let values = json!({ "latent": 2 });
    Experiment {
        name: "kdd99".into(),
        description: String::new(),
        dataset: DatasetSettings {
            kind: "synthetic".into(),
            features: "src_bytes,count".into(),
            columns: columns.clone(),
            labels: "published".into(),
            policy: LabelPolicy::InliersAre(["normal".to_owned()].into()),
            params: Map::from_iter([("rows".to_owned(), json!(500))]),
        },
        transfer: None,
        split: SplitSettings::Holdout(Holdout {
            test: 0.3,
            validation: 0.1 + 0.2,
            seed: 1,
            train_on: TrainOn::Inliers,
            test_prevalence: Some(0.2),
            transfer: false,
            rows: Some(400),
            repeats: Some(3),
            duplicates: Default::default(),
        }),
        preprocess,
        thresholds,
        operator: OperatorSettings { flows_per_day: Some(1e6), ..OperatorSettings::default() },
        run: RunSettings { backends: vec!["cpu".into()] },
        measure: Some(Measure { score_rows: vec![100, 10_000], repeats: 5 }),
        models: vec![ModelSettings {
            name: "AE".into(),
            kind: "autoencoder".into(),
            seeds: vec![1, u64::MAX],
            params: values.clone(),
            train_rows: Some(100),
            view: Some(View { features: "all".into(), columns, preprocess }),
            external: None,
            given: None,
            limits: Limits { timeout_seconds: Some(60), max_memory_mb: None },
            sweep: Some(SweepSettings {
                select: Metric::RocAuc,
                draws: Some(Draws { number: 1, seed: 2 }),
                configurations: vec![SweepConfiguration { values: values.clone(), params: values }],
            }),
        }],
        ensembles: vec![],
        report: ReportSettings {
            anchors: vec!["study".into()],
            measured_epochs: vec!["epochs.csv".into()],
        },
    }
}

fn environment() -> Environment {
    let (oddbench, platform) = ("0.1.0".into(), "linux x86_64".into());
    Environment { oddbench, platform, cores: 2, jobs: 1, ..Environment::default() }
}

fn record(outcome: Outcome, sizes: Option<PartSizes>) -> Record {
    Record {
        format_version: FORMAT_VERSION,
        trial: trial(),
        data: data(),
        sizes,
        fingerprint: Some("ab12".into()),
        device: "CPU".into(),
        environment: environment(),
        finished_at: "2026-11-21T07:00:00Z".into(),
        outcome,
        timing: None,
        external: None,
        files: BTreeMap::new(),
        score_sha256: None,
        members: vec![],
    }
}

fn completed() -> Record {
    let last = Epoch { epoch: 2, epochs: 2, loss: 0.1 + 0.2, validation_loss: None };
    let outcome = Outcome::Completed {
        fit_seconds: Some(1.0 / 3.0),
        score_seconds: Some(1e-9),
        peak_rss_mb: None,
        native_threshold: None,
        epochs: vec![Epoch { epoch: 1, validation_loss: Some(5e-324), ..last }, last],
        notes: vec!["the posterior collapsed".into()],
    };
    let sizes = PartSizes {
        train: 97_278,
        train_outliers: 0,
        validation: 62_205,
        validation_outliers: 46_341,
        test: 10_000,
        test_outliers: 2_000,
        transfer: None,
        transfer_outliers: None,
        columns: 18,
    };
    record(outcome, Some(sizes))
}

fn assert_round_trip<T: Serialize + DeserializeOwned + PartialEq + std::fmt::Debug>(value: &T) {
    let text = serde_json::to_string_pretty(value).unwrap();
    assert_eq!(&serde_json::from_str::<T>(&text).unwrap(), value, "{text}");
}

#[test]
fn records_survive_json() {
    assert_round_trip(&completed());
    for stage in [Stage::Prepare, Stage::Fit, Stage::Score, Stage::Store, Stage::Process] {
        let message = "out of memory\n(killed)".into();
        assert_round_trip(&record(Outcome::Failed { stage, message }, None));
    }
}

/// A new key of a record is left out where it says nothing, and old records stay readable.
#[test]
fn folds_boundaries_and_transfer_rows_are_optional() {
    let text = serde_json::to_string(&completed()).unwrap();
    for key in ["fold", "native_threshold", "transfer", "train_rows", "timing", "members"] {
        assert!(!text.contains(key), "{key}");
    }
    let mut record = completed();
    record.trial.fold = Some(3);
    record.trial.train_rows = Some(10_000);
    let scoring = vec![ScoreTiming { rows: 100, first_seconds: 0.5, seconds: 0.1 + 0.2 }];
    record.timing = Some(Timing {
        epoch_seconds: vec![1.5, 1.0 / 3.0],
        engine: Some(oddbench_core::Engine::Fused),
        models_at_once: Some(16),
        compile_seconds: Some(1.25),
        scoring,
        device_memory_mb: Some(12.5),
    });
    let sizes = record.sizes.as_mut().unwrap();
    (sizes.transfer, sizes.transfer_outliers) = (Some(311_029), Some(250_436));
    let Outcome::Completed { native_threshold, .. } = &mut record.outcome else { panic!() };
    *native_threshold = Some(0.1 + 0.2);
    assert_round_trip(&record);
}

#[test]
fn manifests_and_projections_survive_json() {
    let rules = [
        Rule::MaxAccuracy(Max { prevalence: Some(0.2), decimals: None }),
        Rule::MaxF1(Max { prevalence: None, decimals: Some(3) }),
        Rule::MaxF2(Max::default()),
        Rule::Quantile(Quantile { quantile: 0.95, of: RowsOf::Inliers }),
        Rule::Fixed(Fixed { value: -0.1 }),
        Rule::Native(Native {}),
    ];
    let settings = |rule| ThresholdSettings { rule, tune_on: TuneOn::Validation };
    let anchor = Anchor {
        name: "PCA".into(),
        set: None,
        metrics: BTreeMap::from([("f1".into(), 0.776)]),
        note: None,
    };
    let anchors = AnchorSet {
        mean: false,
        name: "study".into(),
        source: "a paper".into(),
        notes: vec![],
        anchors: vec![anchor],
    };
    assert_round_trip(&Manifest {
        format_version: FORMAT_VERSION,
        experiment: experiment(rules.map(settings).to_vec()),
        spec_path: "experiments/kdd99.toml".into(),
        spec_file: None,
        spec_text: Some("name = \"kdd99\"\n".into()),
        overrides: vec!["run.seeds=[1]".into()],
        data: data(),
        files: vec![DataFile { name: "kdd99/corrected.gz".into(), sha256: "00ff".into() }],
        trials: vec![trial(), TrialInfo { seed: None, ..trial() }],
        anchors: vec![anchors],
        measured_epochs: vec![MeasuredEpoch {
            network: "vae".into(),
            engine: "pytorch eager".into(),
            device: "a card".into(),
            batch: 128,
            rows: 97_278,
            models: 264,
            seconds: 0.25,
        }],
        oddbench: "0.1.0".into(),
        git_revision: None,
        devices: vec![DeviceInfo {
            backend: "wgpu".into(),
            name: "a card".into(),
            driver: Some("Mesa 22".into()),
            memory_mb: None,
        }],
        environment: Environment {
            threads: Some(1),
            memory_mb: Some(7_000),
            cpu_features: Some(vec!["avx2".into(), "fma".into()]),
            kernels: Some("avx2".into()),
            os: Some("Debian".into()),
            os_kernel: Some("Linux 6.1".into()),
            libc: Some("glibc 2.36".into()),
            build: Some(Build { revision: Some("0123abc-dirty".into()), ..Build::default() }),
            ..environment()
        },
    });
    assert_round_trip(&Projection {
        positions: vec![0, 9_999],
        x: vec![0.1, -1e-30],
        y: vec![f32::MIN_POSITIVE, 3.5],
        explained: [0.5, 1.0 / 3.0],
    });
}

#[test]
fn evaluations_survive_json_with_what_is_undefined() {
    let part = |labels: &[bool]| ScoredPart {
        labels: labels.into(),
        scores: vec![0.25; labels.len()],
        ..ScoredPart::default()
    };
    let scores = Scores { validation: part(&[]), test: part(&[false, false]), transfer: None };
    let settings =
        ThresholdSettings { rule: Rule::Fixed(Fixed { value: 0.5 }), tune_on: TuneOn::Validation };
    let evaluation = evaluate(&scores, &settings, None).unwrap();
    let [precision, area] = [Metric::Precision, Metric::RocAuc].map(|m| evaluation.metrics[m]);
    assert_eq!((precision, area), (None, None));
    assert_round_trip(&evaluation);
}

#[test]
fn an_unknown_key_is_refused_at_every_depth() {
    let value = serde_json::to_value(completed()).unwrap();
    for path in ["", "/trial", "/data", "/sizes", "/environment", "/outcome", "/outcome/epochs/0"] {
        let mut changed = value.clone();
        changed.pointer_mut(path).unwrap().as_object_mut().unwrap().insert("x".into(), json!(1));
        let error = serde_json::from_value::<Record>(changed).unwrap_err();
        assert!(error.to_string().contains("unknown field `x`"), "{path}: {error}");
    }
}
