//! The same models on several backends: time, agreement, memory, and where one overtakes another.

use oddbench_core::record::ExperimentResults;

use super::{Cell, Group, Table, caption, heads};
use crate::aggregate::SummaryRow;
use crate::backends::{Agreement, Case, Crossing, Over, Study, crossing};
use crate::format::{self, UNKNOWN};
use crate::section::Section;

/// The section on backends; `None` unless some model ran on two.
pub fn backends(results: &ExperimentResults, rows: &[SummaryRow]) -> Option<Section> {
    let study = Study::new(results, rows)?;
    let tables = [
        training(results, &study),
        scoring(results, &study),
        crossings(results, &study),
        agreement(results, &study),
        costs(results, &study),
    ];
    Some(Section {
        id: "backends",
        title: "Backends",
        text: text(results, &study),
        tables: tables.into_iter().filter(|table| !table.groups[0].rows.is_empty()).collect(),
        sortable: true,
    })
}

fn text(results: &ExperimentResults, study: &Study) -> Vec<String> {
    let mut devices: Vec<String> = Vec::new();
    for case in &study.cases {
        let named = format!("{}: {}", case.backend, case.device);
        if !devices.contains(&named) {
            devices.push(named);
        }
    }
    let mut text = vec![
        format!(
            "Each model with the same seed, initial weights, batches and noise on every backend. Baseline: {}. {}.",
            study.baseline,
            devices.join(". ")
        ),
        "The cpu backend trains by code that is written out for each network; the others run burn's tensors and automatic differentiation. What is compared is how this program does on each of them, not the devices as such.".to_owned(),
    ];
    if study.cases.iter().any(|case| case.device.contains("software renderer")) {
        text.push(
            "A software renderer is the processor in the guise of a graphics card: its times say nothing about any GPU.".to_owned(),
        );
    }
    if results.manifest.environment.jobs > 1 {
        text.push(format!(
            "Up to {} trials ran at the same time and took time from each other: run with --jobs 1 to compare times.",
            results.manifest.environment.jobs
        ));
    }
    text
}

/// A case's name in the first column, its backend in the second.
fn start(case: &Case) -> Vec<Cell> {
    vec![Cell::new(&case.model), Cell::new(&case.backend)]
}

fn figure(value: Option<f64>, show: impl Fn(f64) -> String) -> Cell {
    Cell { text: value.map_or(UNKNOWN.into(), show), value, ..Cell::default() }
}

fn size(value: Option<usize>) -> Cell {
    figure(value.map(|rows| rows as f64), |rows| format::count(rows as usize))
}

/// `3.2×`; below 1 the backend is slower than the baseline.
fn times(value: f64) -> String {
    format!("{}×", format::significant(value, 3))
}

fn per_second(value: f64) -> String {
    format::count(value.round() as usize)
}

fn table(
    results: &ExperimentResults,
    words: &str,
    head: &[(&str, bool)],
    rows: Vec<Vec<Cell>>,
    notes: &[&str],
) -> Table {
    Table {
        caption: caption(results, words),
        head: heads(head),
        groups: vec![Group { title: None, rows }],
        notes: notes.iter().map(|&note| note.to_owned()).collect(),
    }
}

fn training(results: &ExperimentResults, study: &Study) -> Table {
    let head = [
        ("Model", false),
        ("Backend", false),
        ("Batch", true),
        ("Training rows", true),
        ("First epoch, s", true),
        ("Epoch, s", true),
        ("Warm-up, s", true),
        ("µs a row", true),
        ("Rows a second", true),
        ("Speed-up", true),
    ];
    let rows = study.cases.iter().filter(|case| case.first_epoch.is_some()).map(|case| {
        let per_row = case.epoch.map(|seconds| seconds / case.epoch_rows as f64);
        let base = study.base(case).and_then(|base| base.epoch);
        let mut cells = start(case);
        cells.extend([
            size(case.batch),
            size(Some(case.train_rows)),
            figure(case.first_epoch, format::seconds),
            figure(case.epoch, format::seconds),
            figure(
                case.first_epoch.zip(case.epoch).map(|(a, b)| (a - b).max(0.0)),
                format::seconds,
            ),
            figure(per_row.map(|seconds| seconds * 1e6), format::seconds),
            figure(per_row.map(|seconds| 1.0 / seconds), per_second),
            figure(base.zip(case.epoch).map(|(base, own)| base / own), times),
        ]);
        cells
    });
    table(
        results,
        "Training, medians over seeds",
        &head,
        rows.collect(),
        &[
            "Epoch: the median of those after the first, without the validation loss. Warm-up: how much longer the first one took: kernels are compiled and rows sent over; 0 where it was no longer.",
            "Speed-up: the baseline's epoch over this one; below 1 it is slower.",
        ],
    )
}

fn scoring(results: &ExperimentResults, study: &Study) -> Table {
    let head = [
        ("Model", false),
        ("Backend", false),
        ("Rows a call", true),
        ("First call, s", true),
        ("Call, s", true),
        ("µs a row", true),
        ("Rows a second", true),
        ("Speed-up", true),
    ];
    let mut rows = Vec::new();
    for case in &study.cases {
        for timing in &case.scoring {
            let base = study.base(case).and_then(|base| {
                base.scoring.iter().find(|other| other.rows == timing.rows).map(|t| t.seconds)
            });
            let per_row = timing.seconds / timing.rows as f64;
            let mut cells = start(case);
            cells.extend([
                size(Some(timing.rows)),
                figure(Some(timing.first_seconds), format::seconds),
                figure(Some(timing.seconds), format::seconds),
                figure(Some(per_row * 1e6), format::seconds),
                figure(Some(1.0 / per_row), per_second),
                figure(base.map(|base| base / timing.seconds), times),
            ]);
            rows.push(cells);
        }
    }
    let note = "A call sends the rows over and brings what they are scored by back; the first call of each size is kept apart, because kernels may be compiled for it.";
    table(results, "Scoring, medians over seeds", &head, rows, &[note])
}

fn crossings(results: &ExperimentResults, study: &Study) -> Table {
    let head = [
        ("Model kind", false),
        ("Backend", false),
        ("Over", false),
        ("At", false),
        ("Range", true),
        ("Quicker than the baseline", false),
    ];
    let mut rows = Vec::new();
    for over in Over::ALL {
        for line in study.lines(over) {
            let Some(found) = crossing(&line.points) else { continue };
            let ends = [line.points[0][0], line.points[line.points.len() - 1][0]];
            let [from, to] = ends.map(|size| format::count(size as usize));
            rows.push(vec![
                Cell::new(&line.kind),
                Cell::new(&line.backend),
                Cell::new(over.words()),
                Cell::new(&line.fixed),
                Cell::new(format!("{from} to {to}")),
                Cell::new(words(found)),
            ]);
        }
    }
    let note = "A size between two that were measured is interpolated: straight lines on logarithmic axes. Outside of the range nothing is said.";
    table(results, "From which size on a backend is quicker", &head, rows, &[note])
}

fn words(crossing: Crossing) -> String {
    let about = |size: f64| format::count(rounded(size));
    match crossing {
        Crossing::Always => "throughout this range".into(),
        Crossing::Never => "nowhere in this range".into(),
        Crossing::From(size) => format!("from about {} (interpolated)", about(size)),
        Crossing::UpTo(size) => format!("up to about {} (interpolated)", about(size)),
        Crossing::Several => "here and there: the lines cross more than once".into(),
    }
}

/// Two digits: an interpolated size has no more.
fn rounded(size: f64) -> usize {
    let step = 10_f64.powf((size.log10().floor() - 1.0).max(0.0));
    ((size / step).round() * step) as usize
}

fn agreement(results: &ExperimentResults, study: &Study) -> Table {
    let head = [
        ("Model", false),
        ("Backend", false),
        ("Trials", true),
        ("Scores, largest difference", true),
        ("of their range", true),
        ("Rank correlation", true),
        ("Last loss, relative", true),
        ("ROC-AUC", true),
        ("F1", true),
    ];
    let small = |value: f64| if value == 0.0 { "0".to_owned() } else { format!("{value:.1e}") };
    let row = |a: &Agreement| {
        vec![
            Cell::new(&a.model),
            Cell::new(&a.backend),
            size(Some(a.trials)),
            figure(Some(a.largest), small),
            figure(a.relative, small),
            figure(a.rank_correlation, |value| format!("{value:.6}")),
            figure(a.loss, small),
            figure(a.roc_auc, small),
            figure(a.f1, small),
        ]
    };
    let note = "The same trials on both; of several the worst. ROC-AUC and F1: the largest difference. Backends add in another order, and training carries such last digits on: what they make of the same rows differs more with every step.";
    let words = format!("Agreement with {} on the test rows", study.baseline);
    table(results, &words, &head, study.agreements.iter().map(row).collect(), &[note])
}

fn costs(results: &ExperimentResults, study: &Study) -> Table {
    let head = [
        ("Model", false),
        ("Backend", false),
        ("Fit, s", true),
        ("Peak MiB, process", true),
        ("MiB, device", true),
        ("Energy", true),
    ];
    let rows = study.cases.iter().map(|case| {
        let mut cells = start(case);
        cells.extend([
            figure(Some(case.fit), format::seconds),
            figure(case.peak_rss_mb, format::megabytes),
            figure(case.device_memory_mb, format::megabytes),
            Cell::new(UNKNOWN),
        ]);
        cells
    });
    table(
        results,
        "Whole fits, medians over seeds",
        &head,
        rows.collect(),
        &[
            "Fit: everything from the rows to the fitted model, warm-up and validation losses included. Device: what burn's allocator held after the last scoring call.",
            "Energy is not measured.",
        ],
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn interpolated_sizes_have_two_digits() {
        assert_eq!([7.4, 46.0, 1_234.0, 98_765.0].map(rounded), [7, 46, 1_200, 99_000]);
    }
}
