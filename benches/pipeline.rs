//! Times of everything around the models: parsing, splitting, encoding, metrics, thresholds, and the
//! first experiment from its file to its records. `cargo bench --workspace --bench pipeline -- metrics`
//! runs one group.
//!
//! Rows are generated from a fixed seed. With ODDBENCH_MIRROR set, KDD Cup 99 is parsed too.

#![expect(clippy::unwrap_used, reason = "a bench that panics has failed")]

use std::fmt::Write as _;
use std::hint::black_box;
use std::path::Path;
use std::sync::atomic::AtomicBool;

use criterion::{Criterion, criterion_group, criterion_main};
use oddbench_core::evaluate::evaluate;
use oddbench_core::metrics::{average_precision, roc_auc};
use oddbench_core::preprocess::Preprocessor;
use oddbench_core::scores::{ScoredPart, Scores};
use oddbench_core::split::{Holdout, TrainOn, holdout};
use oddbench_core::threshold::{Max, Rule, ThresholdSettings, TuneOn};
use oddbench_data::{Cache, Mirror, Silent};
use oddbench_engine::prepared::Prepared;
use oddbench_engine::progress::Quiet;
use oddbench_engine::spec::{self, Overrides, Spec};
use oddbench_engine::{InProcess, RunOptions, run};

const QUICKSTART: &str = include_str!("../experiments/quickstart.toml");

fn cache(dir: &Path) -> Cache {
    let mirror = std::env::var_os("ODDBENCH_MIRROR").map(|dir| Mirror::Folder(dir.into()));
    Cache { dir: dir.into(), mirror, offline: true, watch: Box::new(Silent) }
}

/// An experiment of the quickstart's protocol on other data.
fn on_data(dir: &Path, dataset: &str) -> Spec {
    let text = format!(
        "name = \"bench\"\n[dataset]\n{dataset}\n[split]\nkind = \"holdout\"\ntest = 0.3\n\
         validation = 0.2\n[threshold]\nrule = \"max-f1\"\ntune_on = \"validation\"\n\
         [[model]]\nkind = \"pca\"\n"
    );
    spec::parse(&dir.join("bench.toml"), text, &Overrides::default()).unwrap()
}

/// A table of 20,000 rows of eight numbers and a class.
fn table(path: &Path) {
    let mut text = "a,b,c,d,e,f,g,h,class\n".to_owned();
    for row in 0..20_000_u32 {
        for column in 0..8_u32 {
            let value = f64::from((row * 31 + column * 17) % 1009) / 1009.0;
            let _ = write!(text, "{value:.6},");
        }
        let _ = writeln!(text, "{}", if row % 10 == 0 { "attack" } else { "normal" });
    }
    std::fs::write(path, text).unwrap();
}

fn parse(criterion: &mut Criterion) {
    let dir = tempfile::tempdir().unwrap();
    let cache = cache(&dir.path().join("cache"));
    table(&dir.path().join("table.csv"));
    let own = "kind = \"csv\"\npath = \"table.csv\"\nlabel = \"class\"\ninliers = [\"normal\"]";
    let mut tables = vec![("csv, 20,000 rows of 9", on_data(dir.path(), own))];
    if std::env::var_os("ODDBENCH_MIRROR").is_some() {
        tables.push(("KDD Cup 99, both files", on_data(dir.path(), "kind = \"kdd99\"")));
    }
    let mut group = criterion.benchmark_group("parse");
    group.sample_size(10);
    for (name, spec) in tables {
        group.bench_function(name, |bench| {
            bench.iter(|| spec.source.load(&cache, &spec.experiment.dataset.columns, &[]).unwrap());
        });
    }
    group.finish();
}

fn rows(criterion: &mut Criterion) {
    let dir = tempfile::tempdir().unwrap();
    let spec = on_data(dir.path(), "kind = \"synthetic\"\nrows = 100000");
    let dataset =
        spec.source.load(&cache(dir.path()), &spec.experiment.dataset.columns, &[]).unwrap();
    let labels = spec.experiment.dataset.policy.labels(dataset.train.classes.as_ref().unwrap());
    let shares = Holdout {
        test: 0.3,
        validation: 0.2,
        seed: 1,
        train_on: TrainOn::Inliers,
        test_prevalence: None,
        transfer: false,
        rows: None,
        repeats: None,
        duplicates: Default::default(),
    };
    let mut group = criterion.benchmark_group("rows");
    group.sample_size(10);
    group.bench_function("split 100,000", |bench| {
        bench.iter(|| holdout(black_box(&labels), None, shares).unwrap());
    });
    let train = holdout(&labels, None, shares).unwrap().train.rows;
    let (table, columns) = (&dataset.train, &spec.experiment.dataset.columns);
    group.bench_function("fit the encoding", |bench| {
        bench.iter(|| {
            Preprocessor::fit(table, &train, columns, spec.experiment.preprocess).unwrap()
        });
    });
    let preprocessor =
        Preprocessor::fit(table, &train, columns, spec.experiment.preprocess).unwrap();
    let all: Vec<usize> = (0..100_000).collect();
    group.bench_function("encode 100,000 rows of 41 columns", |bench| {
        bench.iter(|| preprocessor.transform(table, black_box(&all)).unwrap());
    });
    group.bench_function("split and encode, all parts", |bench| {
        bench.iter(|| Prepared::from_dataset(&dataset, &spec, None).unwrap());
    });
    group.finish();
}

/// Scores with ties, as networks give them; one row in ten is an outlier.
fn part(n: u64) -> ScoredPart {
    let score = |row: u64| {
        let noise = (row.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 48) as f64;
        let shift = if row.is_multiple_of(10) { 0.4 } else { 0.0 };
        ((noise / 65_536.0 + shift) * 1e3).round() / 1e3
    };
    ScoredPart {
        labels: (0..n).map(|row| row.is_multiple_of(10)).collect(),
        scores: (0..n).map(score).collect(),
        ..ScoredPart::default()
    }
}

fn metrics(criterion: &mut Criterion) {
    let scores = Scores { validation: part(60_000), test: part(100_000), transfer: None };
    let test = &scores.test;
    let mut group = criterion.benchmark_group("metrics");
    group.bench_function("ROC-AUC of 100,000", |bench| {
        bench.iter(|| roc_auc(black_box(&test.labels), black_box(&test.scores)));
    });
    group.bench_function("average precision of 100,000", |bench| {
        bench.iter(|| average_precision(black_box(&test.labels), black_box(&test.scores)));
    });
    let settings =
        ThresholdSettings { rule: Rule::MaxF1(Max::default()), tune_on: TuneOn::Validation };
    group.bench_function("threshold on 60,000 and all metrics of 100,000", |bench| {
        bench.iter(|| evaluate(black_box(&scores), &settings, None).unwrap());
    });
    group.finish();
}

/// Every kind of detector, three seeds each, one trial after the other in this process.
fn quickstart(criterion: &mut Criterion) {
    let dir = tempfile::tempdir().unwrap();
    let path = Path::new("quickstart.toml");
    let spec = spec::parse(path, QUICKSTART.to_owned(), &Overrides::default()).unwrap();
    let mut group = criterion.benchmark_group("quickstart");
    group.sample_size(10);
    group.bench_function("from the file to the records", |bench| {
        bench.iter(|| {
            let options = RunOptions {
                results: dir.path().join("results"),
                cache: &cache(dir.path()),
                fresh: true,
                replace: false,
                jobs: Some(1),
                max_memory_mb: None,
                together: 1,
                executor: &InProcess::new(),
                cancel: &AtomicBool::new(false),
            };
            run(&spec, &options, &Quiet).unwrap()
        });
    });
    group.finish();
}

criterion_group!(benches, parse, rows, metrics, quickstart);
criterion_main!(benches);
