//! Several experiments side by side: which models are better over all of them.

use std::path::{Path, PathBuf};

use oddbench_core::results::ExperimentResults;

use crate::document::{Block, Document, Section};
use crate::figures::{Plot, draw_all};
use crate::sections::ranks;
use crate::{ReportError, write_files};

/// Writes how the models that all the experiments have (rows of one name) rank over them: mean ranks,
/// the Friedman test, Nemenyi's critical difference and its diagram, or why they can't be ranked. The
/// files are `index.html`, `report.md` and, where there is a ranking, the figure as SVG and PNG.
pub fn write_across(
    experiments: &[ExperimentResults],
    out: &Path,
) -> Result<Vec<PathBuf>, ReportError> {
    let ranks = ranks::across(experiments);
    let synthetic = experiments.iter().any(|results| results.manifest.data.synthetic);
    let plot = ranks::plot(&ranks, synthetic.then_some("synthetic data"));
    let figures = draw_all(vec![plot.into_iter().collect::<Vec<Plot<'_>>>()])?;
    let mut blocks = vec![Block::Text(said(experiments))];
    blocks.extend(ranks::said(&ranks, figures.into_iter().flatten().collect()));
    blocks.extend(Block::tables(ranks.as_ref().ok().map(ranks::values)));
    let title = "Ranks over experiments";
    let section = Section { id: "ranks", title, blocks, paper: false, terminal: false };
    let document = Document::of_sections("Models over experiments".into(), vec![section]);
    write_files(&document, vec![], out)
}

/// Which experiments these are, and on what.
fn said(experiments: &[ExperimentResults]) -> String {
    let listed: Vec<String> = experiments
        .iter()
        .map(|results| {
            let manifest = &results.manifest;
            let data = &manifest.data;
            let mark = if data.synthetic { ", synthetic data" } else { "" };
            format!(
                "{} ({}, labels {}, {}{mark})",
                manifest.experiment.name, data.dataset, data.labels, data.split
            )
        })
        .collect();
    format!(
        "Experiments: {}. Blocks that share rows or differ in the protocol alone are not independent data sets.",
        listed.join("; ")
    )
}
