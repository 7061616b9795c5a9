//! Several experiments side by side: which models are better over all of them, and who is the best in each.

use std::path::{Path, PathBuf};

use oddbench_core::results::ExperimentResults;

use crate::aggregate::summarize;
use crate::document::{Block, Document, Section};
use crate::figures::{Plot, draw_all};
use crate::format;
use crate::sections::ranks::{self, Ranks};
use crate::suite::overall;
use crate::verdict;
use crate::{ReportError, write_files};

/// Writes the verdict of each experiment, and how the models that all the experiments have (rows of one name) rank
/// over them: mean ranks, the Friedman test, Nemenyi's critical difference and its diagram, or why they can't be
/// ranked. The files are `index.html`, `report.md` and, where there is a ranking, the figure as SVG and PNG.
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
    let sections = vec![verdicts(experiments, &ranks), section];
    let document = Document::of_sections("Models over experiments".into(), sections);
    write_files(&document, vec![], out)
}

/// What the ranks say, then who is the best in each experiment, in the sentences of its own report.
fn verdicts(experiments: &[ExperimentResults], ranks: &Result<Ranks, String>) -> Section {
    let over = match ranks {
        Ok(ranks) => overall(ranks, &format::counted(ranks.names.len(), "experiment")),
        Err(why) => why.clone(),
    };
    let of = |results: &ExperimentResults| {
        let found = verdict::verdict(results, &summarize(results));
        format!("{}: {}", results.manifest.experiment.name, found.sentences.join(" "))
    };
    let blocks = vec![
        Block::Text(over),
        Block::Text("In each experiment:".to_owned()),
        Block::List(experiments.iter().map(of).collect()),
    ];
    Section { id: "verdict", title: "Verdict", blocks, paper: false, terminal: true }
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
        "Experiments: {}. Blocks that share rows, or that differ only in the protocol, are not independent data sets.",
        listed.join("; ")
    )
}
