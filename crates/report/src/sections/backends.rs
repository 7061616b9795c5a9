//! The same models on several backends: time, agreement, memory, and where one overtakes another.

mod agreement;
pub mod at_once;
mod crossing;
mod curves;
mod speed_up;
pub mod study;

use oddbench_core::results::ExperimentResults;

use crate::document::Block;
use crate::figures::{Figure, Plot};
use crate::format::{self, UNKNOWN};
use crate::scene::Scene;
use crate::subject::Subject;
use crate::table::{Cell, Head, Table, heads};
use crate::times;
use crate::topic::Topic;
use agreement::Agreement;
use crossing::{Crossing, crossing};
use study::{Case, Over, Study};

/// The section; none unless some model ran on two backends, models trained at once, or epochs were measured elsewhere.
pub const TOPIC: Topic = Topic { plots, ..Topic::new("backends", "Backends", blocks) };

fn blocks(scene: &Scene<'_>, figures: Vec<Figure>) -> Vec<Block> {
    let together = scene.at_once();
    let together = (!together.is_empty()).then(|| at_once::table(scene, together));
    let Some(study) = scene.study() else { return Block::usual(vec![], figures, together) };
    let subject = scene.subject();
    let tables = [
        training(subject, study),
        scoring(subject, study),
        crossings(subject, study),
        agreement(subject, study),
        costs(subject, study),
    ];
    let tables = tables.into_iter().chain(together);
    let tables = tables.filter(|table| !table.groups[0].rows.is_empty());
    Block::usual(text(scene.results, study), figures, tables)
}

fn plots<'s>(scene: &'s Scene<'_>) -> Vec<Plot<'s>> {
    let subject = scene.subject();
    let together = at_once::plots(subject.stamp(), scene.at_once());
    let Some(study) = scene.study() else { return together };
    let stems = ["backends-batch", "backends-rows", "backends-score"];
    let drawn = Over::ALL.into_iter().zip(stems).filter_map(|(over, stem)| {
        let lines = speed_up::lines(study, over);
        let any = !lines.is_empty();
        let draw = move || speed_up::draw(subject.stamp(), &study.baseline, over, &lines);
        any.then(|| Plot::new(stem, draw))
    });
    drawn.chain(together).collect()
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
            "Each model has the same seed, initial weights, batches and noise on every backend. Baseline: {}. {}.",
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
    text.extend(times::crowded(results));
    text.extend(trained_together(study));
    text
}

/// Which models trained together; none where each trained alone.
fn trained_together(study: &Study) -> Option<String> {
    let together = study.cases.iter().filter_map(|case| {
        let models = case.models_at_once.filter(|models| *models > 1)?;
        Some(format!("{} on {}: {models}", case.model, case.backend))
    });
    let together: Vec<String> = together.collect();
    (!together.is_empty()).then(|| {
        format!(
            "Models that trained at once, in the same dispatches: {}. The times of such a trial are its share: those of all of them add up to the time that passed.",
            together.join(", ")
        )
    })
}

/// A case's name in the first column, its backend in the second.
fn start(case: &Case) -> Vec<Cell> {
    vec![Cell::new(&case.model), Cell::new(&case.backend)]
}

fn size(value: Option<usize>) -> Cell {
    value.map_or(Cell::new(UNKNOWN), Cell::count)
}

/// `3.2×`; below 1 the backend is slower than the baseline.
fn times(value: f64) -> String {
    format!("{}×", format::significant(value, 3))
}

fn per_second(value: f64) -> String {
    format::count(value.round() as usize)
}

fn table(
    subject: Subject<'_>,
    words: &str,
    head: Vec<Head>,
    rows: Vec<Vec<Cell>>,
    notes: &[&str],
) -> Table {
    Table::new(subject.caption(words), head, rows).notes(notes.iter().copied()).sortable()
}

fn training(subject: Subject<'_>, study: &Study) -> Table {
    let head = heads(
        &["Model", "Backend"],
        &[
            "Batch",
            "Training rows",
            "First epoch, s",
            "Epoch, s",
            "Warm-up, s",
            "µs a row",
            "Rows a second",
            "Speed-up",
        ],
    );
    let rows = study.cases.iter().filter(|case| case.first_epoch.is_some()).map(|case| {
        let per_row = case.epoch.map(|seconds| seconds / case.epoch_rows as f64);
        let base = study.base(case).and_then(|base| base.epoch);
        let mut cells = start(case);
        cells.extend([
            size(case.batch),
            size(Some(case.train_rows)),
            Cell::known(case.first_epoch, format::seconds),
            Cell::known(case.epoch, format::seconds),
            Cell::known(
                case.first_epoch.zip(case.epoch).map(|(a, b)| (a - b).max(0.0)),
                format::seconds,
            ),
            Cell::known(per_row.map(|seconds| seconds * 1e6), format::seconds),
            Cell::known(per_row.map(|seconds| 1.0 / seconds), per_second),
            Cell::known(base.zip(case.epoch).map(|(base, own)| base / own), times),
        ]);
        cells
    });
    table(
        subject,
        "Training, medians over seeds",
        head,
        rows.collect(),
        &[
            "Epoch: the median of those after the first, without the validation loss; fused kernels of a GPU compute that loss within the epoch. Warm-up: how much longer the first one took: kernels are compiled and rows sent over; 0 where it was no longer.",
            "Speed-up: the baseline's epoch over this one; below 1 it is slower.",
        ],
    )
}

fn scoring(subject: Subject<'_>, study: &Study) -> Table {
    let head = heads(
        &["Model", "Backend"],
        &["Rows a call", "First call, s", "Call, s", "µs a row", "Rows a second", "Speed-up"],
    );
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
                Cell::known(Some(timing.first_seconds), format::seconds),
                Cell::known(Some(timing.seconds), format::seconds),
                Cell::known(Some(per_row * 1e6), format::seconds),
                Cell::known(Some(1.0 / per_row), per_second),
                Cell::known(base.map(|base| base / timing.seconds), times),
            ]);
            rows.push(cells);
        }
    }
    let note = "A call sends the rows over and brings what they are scored by back; the first call of each size is kept apart, because kernels may be compiled for it.";
    table(subject, "Scoring, medians over seeds", head, rows, &[note])
}

fn crossings(subject: Subject<'_>, study: &Study) -> Table {
    let mut head = heads(&["Model kind", "Backend", "Over", "At"], &["Range"]);
    head.push(Head::new("Quicker than the baseline", false));
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
    table(subject, "From which size on a backend is quicker", head, rows, &[note])
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

fn agreement(subject: Subject<'_>, study: &Study) -> Table {
    let head = heads(
        &["Model", "Backend"],
        &[
            "Trials",
            "Scores, largest difference",
            "of their range",
            "Rank correlation",
            "Last loss, relative",
            "ROC-AUC",
            "F1",
        ],
    );
    let small = |value: f64| if value == 0.0 { "0".to_owned() } else { format!("{value:.1e}") };
    let row = |a: &Agreement| {
        vec![
            Cell::new(&a.model),
            Cell::new(&a.backend),
            size(Some(a.trials)),
            Cell::known(Some(a.largest), small),
            Cell::known(a.relative, small),
            Cell::known(a.rank_correlation, |value| format!("{value:.6}")),
            Cell::known(a.loss, small),
            Cell::known(a.roc_auc, small),
            Cell::known(a.f1, small),
        ]
    };
    let note = "The same trials on both; of several the worst. ROC-AUC and F1: the largest difference. Backends add in another order, and training carries such last digits on: what they make of the same rows differs more with every step.";
    let words = format!("Agreement with {} on the test rows", study.baseline);
    table(subject, &words, head, study.agreements.iter().map(row).collect(), &[note])
}

fn costs(subject: Subject<'_>, study: &Study) -> Table {
    let head =
        heads(&["Model", "Backend"], &["Fit, s", "Peak MiB, process", "MiB, device", "Energy"]);
    let rows = study.cases.iter().map(|case| {
        let mut cells = start(case);
        cells.extend([
            Cell::known(Some(case.fit), format::seconds),
            Cell::known(case.peak_rss_mb, format::megabytes),
            Cell::known(case.device_memory_mb, format::megabytes),
            Cell::new(UNKNOWN),
        ]);
        cells
    });
    table(
        subject,
        "Whole fits, medians over seeds",
        head,
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
