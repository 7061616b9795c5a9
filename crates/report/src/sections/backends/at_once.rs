//! Seconds of an epoch by the number of models that train at once: the trials of this run that trained together, and what
//! other programs needed for the same networks, if the experiment names files with their measurements.

use oddbench_core::record::MeasuredEpoch;
use oddbench_core::results::ExperimentResults;

use super::curves::{Curve, draw_curves};
use super::study::{Case, case};
use crate::aggregate::SummaryRow;
use crate::figures::{Axis, DrawError, Figure, Plot, Scale, padded};
use crate::format;
use crate::scene::Scene;
use crate::slug::slugs;
use crate::table::{Cell, Head, Table, heads};

/// What the engine of this run's own trials is called.
const THIS_RUN: &str = "this run";

/// The measurements of one network, batch and engine on one device.
#[derive(Debug, Clone, PartialEq)]
pub struct Line {
    network: String,
    engine: String,
    device: String,
    batch: usize,
    rows: usize,
    /// Number of models, and seconds of an epoch of all of them; numbers grow.
    points: Vec<(usize, f64)>,
}

impl Line {
    /// What makes it another line than others.
    fn key(&self) -> (&str, &str, &str, usize, usize) {
        (&self.network, &self.engine, &self.device, self.batch, self.rows)
    }

    /// Its name among lines of its network: it has the device if another line differs in nothing else.
    fn name(&self, among: &[Self]) -> String {
        let short = |line: &Self| format!("batch {}, {}", format::count(line.batch), line.engine);
        let own = short(self);
        let alike = |line: &&Self| line.network == self.network && short(line) == own;
        match among.iter().filter(alike).count() {
            0 | 1 => own,
            _ => format!("{own}, {}", self.device),
        }
    }
}

/// Every line, this run's first. Empty if there are not two points to compare.
pub fn lines(results: &ExperimentResults, rows: &[SummaryRow]) -> Vec<Line> {
    let own = rows.iter().filter_map(|row| of_case(&case(results, row)?));
    let measured = results.manifest.measured_epochs.iter().map(of_measured);
    let mut lines: Vec<Line> = Vec::new();
    for line in own.chain(measured) {
        match lines.iter_mut().find(|known| known.key() == line.key()) {
            Some(known) => known.points.extend(line.points),
            None => lines.push(line),
        }
    }
    for line in &mut lines {
        line.points.sort_by_key(|(models, _)| *models);
        line.points.dedup_by_key(|(models, _)| *models);
    }
    let points: usize = lines.iter().map(|line| line.points.len()).sum();
    if points > 1 { lines } else { vec![] }
}

/// A case that trained by the kernels. Its epoch is a share: that of all models takes as many times as long.
fn of_case(case: &Case) -> Option<Line> {
    let (models, epoch) = (case.models_at_once?, case.epoch?);
    Some(Line {
        network: case.kind.clone(),
        engine: format!("{}, {THIS_RUN}", case.backend),
        device: case.device.clone(),
        batch: case.batch?,
        rows: case.epoch_rows,
        points: vec![(models, epoch * models as f64)],
    })
}

fn of_measured(line: &MeasuredEpoch) -> Line {
    Line {
        network: line.network.clone(),
        engine: line.engine.clone(),
        device: line.device.clone(),
        batch: line.batch,
        rows: line.rows,
        points: vec![(line.models, line.seconds)],
    }
}

/// The table, one line per measurement.
pub fn table(scene: &Scene<'_>, lines: &[Line]) -> Table {
    let mut head = heads(&["Network", "Trained by", "Device"], &[]);
    let numbers = ["Batch", "Rows", "Models at once", "Epoch of all, s", "Epoch a model, s"];
    head.extend(numbers.map(|text| Head::new(text, true)));
    let of_line = |line: &Line| {
        let cells = |&(models, seconds): &(usize, f64)| {
            vec![
                Cell::new(&line.network),
                Cell::new(&line.engine),
                Cell::new(&line.device),
                Cell::count(line.batch),
                Cell::count(line.rows),
                Cell::count(models),
                Cell::known(Some(seconds), format::seconds),
                Cell::known(Some(seconds / models as f64), format::seconds),
            ]
        };
        line.points.iter().map(cells).collect::<Vec<_>>()
    };
    let rows = lines.iter().flat_map(of_line).collect();
    let mut notes = vec![
        "Models at once: how many trained in the same dispatches. Epoch of all: the time that passes until each of them has seen every row once; the first epoch is left out.".to_owned(),
    ];
    if !scene.results.manifest.measured_epochs.is_empty() {
        let files = scene.results.manifest.experiment.report.measured_epochs.join(", ");
        notes.push(match lines.iter().any(|line| line.engine.ends_with(THIS_RUN)) {
            true => format!(
                "Figures without \u{201c}{THIS_RUN}\u{201d} were measured elsewhere: they come from {files}."
            ),
            false => format!("These figures were measured elsewhere: they come from {files}."),
        });
    }
    let caption = scene.caption("Seconds of a training epoch by number of models at once");
    Table::new(caption, head, rows).notes(notes).sortable()
}

/// A figure for each network.
pub fn plots<'s>(stamp: Option<&'s str>, lines: &'s [Line]) -> Vec<Plot<'s>> {
    let mut networks: Vec<&str> = lines.iter().map(|line| line.network.as_str()).collect();
    networks.sort_unstable();
    networks.dedup();
    let stems = slugs(networks.iter().copied());
    let plot = |(stem, network): (String, &'s str)| {
        Plot::new(format!("backends-models-{stem}"), move || draw(stamp, network, lines))
    };
    stems.into_iter().zip(networks).map(plot).collect()
}

/// The lines of a network. Both axes are logarithmic.
fn draw(stamp: Option<&str>, network: &str, lines: &[Line]) -> Result<Figure, DrawError> {
    let title = &format!("Seconds of an epoch by models at once: {network}");
    let own = || lines.iter().filter(|line| line.network == network);
    let curves: Vec<Curve> = own().map(|line| curve(line, lines)).collect();
    let points = || curves.iter().flat_map(|curve| &curve.points);
    let x = padded(points().map(|point| point.0), 0.05);
    let y = padded(points().map(|point| point.1), 0.05);
    let axes = [
        Axis::new("models that train at once (logarithmic)", Scale::Log, x),
        Axis::new("seconds of an epoch of all (logarithmic)", Scale::Log, y),
    ];
    let subtitle = "the lower, the better; a flat line: more models cost nothing";
    let canvas = draw_curves((title, subtitle, stamp), axes, None, &curves)?;
    let said = |line: &Line| {
        let at = |&(models, seconds): &(usize, f64)| {
            format!("{} at {}", format::duration(seconds), format::count(models))
        };
        format!(
            "{}: {}",
            line.name(lines),
            line.points.iter().map(at).collect::<Vec<_>>().join(", ")
        )
    };
    let said: Vec<String> = own().map(said).collect();
    Ok(Figure {
        title: title.to_owned(),
        caption: format!(
            "Wall seconds of a training epoch of all models together ({network}), by how many of them train in the same dispatches."
        ),
        alt: format!("{title}. {}.", said.join("; ")),
        canvas,
        ..Figure::default()
    })
}

fn curve(line: &Line, among: &[Line]) -> Curve {
    let place = |&(models, seconds): &(usize, f64)| ((models as f64).log10(), seconds.log10());
    Curve { name: line.name(among), points: line.points.iter().map(place).collect() }
}
