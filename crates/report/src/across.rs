//! Several experiments side by side: which models are better over all of them.

use std::fmt::Write;
use std::path::{Path, PathBuf};

use oddbench_core::record::ExperimentResults;

use crate::figures::{Figure, critical_difference};
use crate::folder::{self, File};
use crate::ranks::{Ranks, across};
use crate::render::{html, markdown};
use crate::section::Section;
use crate::{ReportError, tables};

/// Writes how the models that all the experiments have (rows of one name) rank over them: mean ranks,
/// the Friedman test, Nemenyi's critical difference and its diagram, or why they can't be ranked. The
/// files are `index.html`, `report.md` and, where there is a ranking, the figure as SVG and PNG.
pub fn write_across(
    experiments: &[ExperimentResults],
    out: &Path,
) -> Result<Vec<PathBuf>, ReportError> {
    let ranks = across(experiments);
    let figure = match &ranks {
        Ok(ranks) => Some(draw(ranks, stamp(experiments))?),
        Err(_) => None,
    };
    let mut section = tables::ranks(&ranks);
    section.title = "Ranks over experiments";
    section.text.insert(0, said(experiments));
    section.tables.extend(ranks.as_ref().ok().map(tables::rank_values));
    let mut files = vec![
        File::text("index.html", page(&section, figure.as_ref())),
        File::text("report.md", text(&section, figure.as_ref())),
    ];
    if let Some(figure) = figure {
        files.push(File::text(format!("figures/{}.svg", figure.stem), figure.svg));
        files.push(File { path: format!("figures/{}.png", figure.stem), bytes: figure.png });
    }
    folder::write(out, &files)
}

fn stamp(experiments: &[ExperimentResults]) -> Option<&'static str> {
    experiments.iter().any(|results| results.manifest.data.synthetic).then_some("synthetic data")
}

fn draw(ranks: &Ranks, stamp: Option<&str>) -> Result<Figure, ReportError> {
    critical_difference::figure(ranks, stamp)
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
                manifest.experiment, data.dataset, data.labels, data.split
            )
        })
        .collect();
    format!(
        "Experiments: {}. Blocks that share rows or differ in the protocol alone are not independent data sets.",
        listed.join("; ")
    )
}

fn page(section: &Section, figure: Option<&Figure>) -> String {
    let mut body = String::new();
    html::write_section(&mut body, section, figure.into_iter());
    html::bare_page("Models over experiments", &body)
}

fn text(section: &Section, figure: Option<&Figure>) -> String {
    let mut out = String::new();
    let _ = writeln!(out, "# Models over experiments\n");
    markdown::write_section(&mut out, section, figure.into_iter());
    out.truncate(out.trim_end().len());
    out.push('\n');
    out
}
