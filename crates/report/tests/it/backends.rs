//! The section on backends: what it says of times and scores that were put there by hand.

use oddbench_core::record::{MeasuredEpoch, ScoreTiming, Timing};
use oddbench_core::results::ExperimentResults;
use serde_json::json;

use crate::fixture::{SOUND, complete, data, manifest, trial};
use crate::{names, read, report};

const SCORES: [f64; 8] = [0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.9];

/// An autoencoder in batches of 10 and of 80 on two backends. The GPU is ten times slower with small
/// batches, twice as quick with large ones, and takes 3 s to warm up.
pub fn compared() -> ExperimentResults {
    let data = data("kdd99", false);
    let mut results = ExperimentResults {
        manifest: manifest(data, vec![SOUND]),
        trials: Vec::new(),
        sweeps: vec![],
        projection: None,
        audit: None,
    };
    let cases = [
        ("AE 10", "cpu", 10, 0.1),
        ("AE 10", "wgpu", 10, 1.0),
        ("AE 80", "cpu", 80, 0.1),
        ("AE 80", "wgpu", 80, 0.05),
    ];
    for (at, (label, backend, batch, epoch)) in cases.into_iter().enumerate() {
        let mut one = trial(label, "autoencoder", Some(1));
        one.trial.backend = backend.into();
        one.trial.params = json!({ "batch_size": batch, "epochs": 4, "learning_rate": 0.001 });
        results.trials.push(one);
        let gpu = backend == "wgpu";
        let mut scores = SCORES;
        // The last two rows change places in large batches.
        if gpu && batch == 80 {
            scores.swap(6, 7);
        }
        complete(&mut results, at, &scores, 0.55);
        let record = results.trials[at].record.as_mut().unwrap();
        if gpu {
            record.device = "llvmpipe, a software renderer, not a GPU".into();
        }
        let warm_up = if gpu { 3.0 } else { 0.0 };
        let seconds = if gpu { 0.002 } else { 0.001 };
        record.timing = Some(Timing {
            epoch_seconds: vec![epoch + warm_up, epoch, 9.0 * epoch, epoch],
            scoring: vec![ScoreTiming { rows: 1000, first_seconds: 0.5, seconds }],
            device_memory_mb: gpu.then_some(64.0),
            models_at_once: gpu.then_some(if batch == 80 { 24 } else { 1 }),
            ..Timing::default()
        });
    }
    results
}

/// The cells of the first row of a Markdown table that begins so.
fn row<'t>(text: &'t str, start: &str) -> Vec<&'t str> {
    let line =
        text.lines().find(|line| line.starts_with(start)).unwrap_or_else(|| panic!("{start}"));
    line.trim_matches('|').split('|').map(str::trim).collect()
}

#[test]
fn times_speed_ups_and_crossings_are_what_was_put_there() {
    let dir = report(&compared());
    let text = read(&dir, "report.md");
    let section = &text[text.find("## Backends").unwrap()..];
    // 100 training rows; the median of the epochs after the first, whatever one of them does.
    let expected = ["AE 10", "wgpu", "10", "100", "4.00", "1.00", "3.00", "10000", "100", "0.100×"];
    assert_eq!(row(section, "| AE 10 | wgpu | 10 |"), expected);
    let expected =
        ["AE 80", "wgpu", "80", "100", "3.05", "0.0500", "3.00", "500", "2,000", "2.00×"];
    assert_eq!(row(section, "| AE 80 | wgpu | 80 |"), expected);
    let expected = ["AE 10", "wgpu", "1,000", "0.500", "0.00200", "2.00", "500,000", "0.500×"];
    assert_eq!(row(section, "| AE 10 | wgpu | 1,000 |"), expected);
    // Straight on logarithmic axes: 10 * 8^(ln 10 / ln 20) = 49.5.
    let crossing = row(section, "| autoencoder | wgpu | rows in a batch |");
    assert_eq!(crossing[4..], ["10 to 80", "from about 49 (interpolated)"]);
    assert!(section.contains("say nothing about any GPU"));
    assert!(section.contains("run with --jobs 1"), "the fixture ran two trials at a time");
    assert!(section.contains("in the same dispatches: AE 80 on wgpu: 24. The times"), "{section}");
}

/// What another program took for one and for 24 networks of the same kind.
fn elsewhere(models: usize, seconds: f64) -> MeasuredEpoch {
    MeasuredEpoch {
        network: "autoencoder".into(),
        engine: "pytorch eager".into(),
        device: "llvmpipe, a software renderer, not a GPU".into(),
        batch: 80,
        rows: 100,
        models,
        seconds,
    }
}

#[test]
fn epochs_of_many_models_at_once_stand_beside_those_of_another_program() {
    let mut results = compared();
    results.manifest.measured_epochs = vec![elsewhere(24, 9.6), elsewhere(1, 0.4)];
    results.manifest.experiment.report.measured_epochs = vec!["epochs.csv".into()];
    let dir = report(&results);
    let text = read(&dir, "report.md");
    let section = &text[text.find("## Backends").unwrap()..];
    let device = "llvmpipe, a software renderer, not a GPU";
    // An epoch of a trial is its share of that of 24 models: 0.05 s.
    let own = ["autoencoder", "wgpu, this run", device, "80", "100", "24", "1.20", "0.0500"];
    assert_eq!(
        row(
            section,
            "| autoencoder | wgpu, this run | llvmpipe, a software renderer, not a GPU | 80"
        ),
        own
    );
    let torch: Vec<Vec<&str>> = section
        .lines()
        .filter(|line| line.starts_with("| autoencoder | pytorch eager"))
        .map(|line| line.trim_matches('|').split('|').map(str::trim).collect())
        .collect();
    assert_eq!(torch[0][5..], ["1", "0.400", "0.400"]);
    assert_eq!(torch[1][5..], ["24", "9.60", "0.400"]);
    assert!(section.contains("they come from epochs.csv."), "{section}");
    assert!(
        names(&dir.path().join("figures")).contains(&"backends-models-autoencoder.svg".to_owned())
    );

    // With one backend, and with no trial of a network at all, the measurements are shown alone.
    results.trials.retain(|trial| trial.trial.backend == "cpu");
    let text = read(&report(&results), "report.md");
    assert!(
        text.contains("| autoencoder | pytorch eager |") && !text.contains("this run |"),
        "{text}"
    );
    assert!(!text.contains("Speed-up of training"), "{text}");
}

#[test]
fn agreement_shows_what_differs() {
    let dir = report(&compared());
    let text = read(&dir, "report.md");
    let section = &text[text.find("Agreement with cpu").unwrap()..];
    let same = row(section, "| AE 10 | wgpu |");
    assert_eq!(same[2..6], ["1", "0", "0", "1.000000"]);
    assert_eq!(same[7..], ["0", "0"]);
    let other = row(section, "| AE 80 | wgpu |");
    // Swapped neighbours of eight: 1 - 6 * 2 / (8 * 63); 0.2 of a range of 0.8.
    assert_eq!(other[2..6], ["1", "2.0e-1", "2.5e-1", "0.976190"]);
}

#[test]
fn lines_of_one_size_are_not_drawn_and_one_backend_is_no_comparison() {
    let dir = report(&compared());
    let figures = names(&dir.path().join("figures"));
    assert!(figures.contains(&"backends-batch.svg".to_owned()));
    assert!(!figures.iter().any(|name| name.starts_with("backends-rows")), "{figures:?}");
    assert!(!figures.iter().any(|name| name.starts_with("backends-score")), "{figures:?}");
    let mut results = compared();
    results.trials.retain(|trial| trial.trial.backend == "cpu");
    let dir = report(&results);
    assert!(!read(&dir, "report.md").contains("## Backends"));
    assert!(!read(&dir, "index.html").contains("id=\"backends\""));
}
