//! The figures of a report: which there are, drawn in parallel, as SVG and PNG.
//!
//! Plotters lays them out on a [`canvas`], which [`svg`] and [`png`] write.

mod backends;
mod bars;
mod canvas;
mod chart;
mod confusion;
pub mod critical_difference;
mod font;
mod heatmap;
mod histogram;
mod learning;
mod palette;
mod png;
mod precision_recall;
mod roc;
mod scatter;
mod svg;
mod sweep;
mod thin;
mod threshold_curve;
mod ticks;

use oddbench_core::metrics::{RocCurve, roc_curve};
use oddbench_core::record::{ExperimentResults, Outcome, ScoredPart};
use rayon::prelude::*;

use crate::aggregate::SummaryRow;
use crate::attacks::{Attacks, Judged};
use crate::backends::{Over, Study};
use crate::ranks::{Ranks, within};
use crate::runs::run_name;
use crate::slug::slugs;
use crate::{ReportError, SvgFigure};
use canvas::{Canvas, DrawError};

/// A drawn figure with the words that belong to it.
pub struct Sketch {
    /// One line.
    pub title: String,
    /// What a reader must know to read it.
    pub caption: String,
    /// What it shows, for those who don't see it.
    pub alt: String,
    /// The drawing.
    pub canvas: Canvas,
}

/// Where a figure belongs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    /// To the experiment as a whole.
    Overview,
    /// To the section of that id.
    Section(&'static str),
    /// To the row at that position.
    Row(usize),
}

/// A figure as the report's folder holds it.
pub struct Figure {
    /// The file name without its ending.
    pub stem: String,
    /// Where it belongs.
    pub place: Place,
    /// One line.
    pub title: String,
    /// What a reader must know to read it.
    pub caption: String,
    /// What it shows, for those who don't see it.
    pub alt: String,
    /// The SVG document.
    pub svg: String,
    /// The PNG file.
    pub png: Vec<u8>,
}

/// What the figures are drawn from.
pub struct Scene<'a> {
    /// The experiment.
    pub results: &'a ExperimentResults,
    /// Its rows.
    pub rows: &'a [SummaryRow],
    /// One ROC curve per trial, where it has scores of both classes.
    curves: Vec<Option<RocCurve>>,
    /// What becomes of each class of test rows, and of transfer rows.
    pub attacks: Vec<Attacks>,
    /// The order of the models over blocks.
    pub ranks: Result<Ranks, String>,
    /// The comparison of backends, if there are several.
    study: Option<Study>,
}

impl<'a> Scene<'a> {
    /// Computes the curves of all trials.
    pub fn new(results: &'a ExperimentResults, rows: &'a [SummaryRow]) -> Self {
        let curve = |trial: &oddbench_core::record::TrialResult| {
            let test = &trial.scores.as_ref()?.test;
            roc_curve(&test.labels, &test.scores)
        };
        let curves = results.trials.par_iter().map(curve).collect();
        let judged = [Judged::Test, Judged::Transfer];
        let attacks = judged.into_iter().filter_map(|of| Attacks::new(results, rows, of));
        Self {
            results,
            rows,
            curves,
            attacks: attacks.collect(),
            ranks: within(results, rows),
            study: Study::new(results, rows),
        }
    }

    /// What must stand on every figure of generated rows.
    fn stamp(&self) -> Option<&'static str> {
        self.results.manifest.data.synthetic.then_some("synthetic data")
    }

    /// The test rows of the trials that the scatter is of: those of any trial, or of the first fold.
    fn test(&self) -> Option<&'a ScoredPart> {
        let trials = self.results.trials.iter();
        let mut shown = trials.filter(|trial| trial.trial.fold.is_none_or(|fold| fold == 1));
        Some(&shown.find_map(|trial| trial.scores.as_ref())?.test)
    }

    /// `seed 7, the median of 10 by ROC-AUC`, `seed 7`, or that there is nothing to tell apart.
    fn seed_words(&self, row: &SummaryRow) -> String {
        let name = row.median_trial.map(|at| run_name(&self.results.trials[at].trial));
        match (name.filter(|name| !name.is_empty()), row.status.completed) {
            (None, _) => "the same for every seed".into(),
            (Some(name), 1) => name,
            (Some(name), n) => format!("{name}, the median of {n} by ROC-AUC"),
        }
    }

    /// What `(s)` in a legend means, if it is there.
    fn supervised_note(&self) -> &'static str {
        let any = self.rows.iter().any(|row| row.supervised);
        if any { " (s): supervised, trained with labels." } else { "" }
    }
}

type Draw = fn(&Scene<'_>, Place) -> Result<Sketch, DrawError>;

/// A figure that is still to be drawn.
struct Job {
    stem: String,
    place: Place,
    draw: Draw,
}

/// Draws every figure that the results allow.
pub fn draw(scene: &Scene<'_>) -> Result<Vec<Figure>, ReportError> {
    jobs(scene).into_par_iter().map(|job| finish(scene, job)).collect()
}

/// The same without PNG files, which take most of the time.
pub fn draw_svg(scene: &Scene<'_>) -> Result<Vec<SvgFigure>, ReportError> {
    let draw = |job: Job| {
        let sketch = (job.draw)(scene, job.place).map_err(|error| ReportError::Figure {
            figure: job.stem.clone(),
            message: error.to_string(),
        })?;
        let svg = svg::write(&sketch.canvas, &sketch.title, &sketch.alt);
        let Sketch { title, caption, alt, .. } = sketch;
        let row = match job.place {
            Place::Overview => None,
            Place::Row(position) => Some(position),
            Place::Section(_) => None,
        };
        Ok(SvgFigure { stem: job.stem, row, title, caption, alt, svg })
    };
    jobs(scene).into_par_iter().map(draw).collect()
}

fn finish(scene: &Scene<'_>, job: Job) -> Result<Figure, ReportError> {
    let failed = |message: String| ReportError::Figure { figure: job.stem.clone(), message };
    let sketch = (job.draw)(scene, job.place).map_err(|error| failed(error.to_string()))?;
    let png = png::write(&sketch.canvas).map_err(|error| failed(error.to_string()))?;
    let svg = svg::write(&sketch.canvas, &sketch.title, &sketch.alt);
    let Sketch { title, caption, alt, .. } = sketch;
    Ok(Figure { stem: job.stem, place: job.place, title, caption, alt, svg, png })
}

fn jobs(scene: &Scene<'_>) -> Vec<Job> {
    let mut jobs = Vec::new();
    let mut add = |stem: String, place, draw: Draw| jobs.push(Job { stem, place, draw });
    if scene.rows.iter().any(|row| row.median_trial.is_some()) {
        add("metrics".into(), Place::Overview, bars::draw);
    }
    if scene.curves.iter().any(Option::is_some) {
        add("roc".into(), Place::Overview, roc::draw_all);
        add("precision-recall".into(), Place::Overview, precision_recall::draw);
    }
    if scene.results.projection.is_some() && scene.test().is_some() {
        add("pca-scatter".into(), Place::Overview, scatter::draw);
    }
    let compared: [(&str, Over, Draw); 3] = [
        ("backends-batch", Over::Batch, backends::over_batch),
        ("backends-rows", Over::TrainRows, backends::over_train_rows),
        ("backends-score", Over::ScoreRows, backends::over_score_rows),
    ];
    for (stem, over, draw) in compared {
        if scene.study.as_ref().is_some_and(|study| !backends::lines(study, over).is_empty()) {
            add(stem.into(), Place::Section("backends"), draw);
        }
    }
    if sweep::any(&scene.results.sweeps) {
        add("sweep".into(), Place::Section("sweep"), sweep::draw);
    }
    let attacks = Place::Section("attacks");
    if !scene.attacks.is_empty() {
        add("attacks-called".into(), attacks, heatmap::draw_called);
        add("attacks-scores".into(), attacks, heatmap::draw_place);
    }
    if scene.attacks.len() > 1 {
        add("attacks-called-transfer".into(), attacks, heatmap::draw_called_transfer);
        add("attacks-scores-transfer".into(), attacks, heatmap::draw_place_transfer);
    }
    if scene.ranks.is_ok() {
        add("critical-difference".into(), Place::Section("ranks"), critical_difference::draw);
    }
    let names = slugs(scene.rows.iter().map(|row| row.name.as_str()));
    for (position, (row, slug)) in scene.rows.iter().zip(names).enumerate() {
        let place = Place::Row(position);
        let Some(trial) = row.median_trial else { continue };
        add(format!("histogram-{slug}"), place, histogram::draw);
        if scene.curves[trial].is_some() {
            add(format!("roc-{slug}"), place, roc::draw_one);
            add(format!("threshold-{slug}"), place, threshold_curve::draw);
        }
        let evaluation = scene.results.trials[trial].evaluations.first();
        if evaluation.is_some_and(|evaluation| evaluation.confusion.is_some()) {
            add(format!("confusion-{slug}"), place, confusion::draw);
        }
        if row.trials.iter().any(|&at| has_epochs(scene, at)) {
            add(format!("learning-{slug}"), place, learning::draw);
        }
    }
    jobs
}

fn has_epochs(scene: &Scene<'_>, trial: usize) -> bool {
    let outcome = scene.results.trials[trial].record.as_ref().map(|record| &record.outcome);
    matches!(outcome, Some(Outcome::Completed { epochs, .. }) if !epochs.is_empty())
}

/// The row of a place; jobs of rows are only made for rows that exist.
fn row_of<'s>(scene: &'s Scene<'_>, place: Place) -> &'s SummaryRow {
    match place {
        Place::Row(position) => &scene.rows[position],
        Place::Overview | Place::Section(_) => &scene.rows[0],
    }
}
