//! Tables, figures and pages, made from records and scores alone.

mod across;
pub mod aggregate;
pub mod anchors;
mod attacks;
mod backends;
mod ceiling;
pub mod changes;
mod defects;
mod facts;
mod figures;
mod folder;
mod format;
mod known_rows;
mod peeking;
mod ranks;
mod render;
mod runs;
mod section;
mod slug;
mod spread;
mod tables;

use std::io;
use std::path::{Path, PathBuf};

use oddbench_core::record::ExperimentResults;
use thiserror::Error;

pub use across::write_across;
pub use aggregate::{Counts, Metric, RuleSummary, Spread, SummaryRow, Transfer, summarize};
pub use anchors::{Comparison, compare};
pub use facts::contaminated;
pub use peeking::Peeking;
pub use tables::{SUPERVISED, undefined_notes};

use folder::File;

/// Why a report could not be made.
#[derive(Debug, Error)]
pub enum ReportError {
    /// A file or folder could not be written.
    #[error("{}: {source}", path.display())]
    Write {
        /// Which.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// A figure could not be drawn.
    #[error("figure {figure}: {message}")]
    Figure {
        /// Its file name without ending.
        figure: String,
        /// Why.
        message: String,
    },
}

/// A figure for a page that serves it by itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SvgFigure {
    /// Its name, unique among the figures of an experiment: `[a-z0-9-]+`.
    pub stem: String,
    /// The position of the row ([`summarize`]) that it belongs to; `None`: to all.
    pub row: Option<usize>,
    /// One line.
    pub title: String,
    /// What a reader must know to read it.
    pub caption: String,
    /// What it shows, for those who don't see it.
    pub alt: String,
    /// The SVG document.
    pub svg: String,
}

/// Every figure that the results allow, as SVG alone: [`write()`] draws the same ones.
pub fn svg_figures(results: &ExperimentResults) -> Result<Vec<SvgFigure>, ReportError> {
    let rows = summarize(results);
    figures::draw_svg(&figures::Scene::new(results, &rows))
}

/// Writes the report of an experiment into a folder and returns the paths of its files: `index.html`,
/// `report.md`, `table.csv`, `table.tex`, and each figure as SVG and PNG under `figures/`.
///
/// The same results give the same bytes. Figures of an earlier report that this one no longer has
/// are removed; other files in the folder are left alone.
pub fn write(results: &ExperimentResults, out: &Path) -> Result<Vec<PathBuf>, ReportError> {
    let rows = summarize(results);
    let scene = figures::Scene::new(results, &rows);
    let figures = figures::draw(&scene)?;
    let document = render::Document::new(&scene, compare(results, &rows), &figures);
    let mut files = vec![
        File::text("index.html", render::html::write(&document)),
        File::text("report.md", render::markdown::write(&document)),
        File::text("table.csv", render::csv::write(&document)),
        File::text("table.tex", render::latex::write(&document)),
    ];
    for figure in figures {
        files.push(File::text(format!("figures/{}.svg", figure.stem), figure.svg));
        files.push(File { path: format!("figures/{}.png", figure.stem), bytes: figure.png });
    }
    folder::write(out, &files)
}
