//! Tables, figures and pages, made from records and scores alone.

mod across;
mod aggregate;
mod chance;
pub mod changes;
mod contenders;
mod document;
pub mod elsewhere;
mod few;
mod figures;
mod folder;
mod format;
pub mod operating;
mod pairs;
mod peeking;
mod render;
mod runs;
mod scene;
mod sections;
mod slug;
mod spread;
mod subject;
mod suite;
mod table;
mod times;
mod topic;
mod tried;
mod verdict;
mod warnings;

use std::io;
use std::path::{Path, PathBuf};

use oddbench_core::remedy;
use oddbench_core::results::ExperimentResults;
use rayon::prelude::*;
use thiserror::Error;

pub use across::write_across;
pub use aggregate::{
    Column, Counts, RuleSummary, Spread, SummaryRow, Transfer, in_the_middle, summarize,
};
pub use contenders::contends;
pub use figures::Figure;
pub use folder::own;
pub use pairs::Answer;
pub use peeking::Peeking;
pub use sections::published::{Published, published};
pub use suite::{SetResults, SuiteResults, suite_terminal, write_suite};
pub use verdict::{Best, ComparedPair, Shown, Verdict, verdict};
pub use warnings::contaminated;

use document::Document;
use folder::File;
use render::html::Html;
pub use render::html::{FIGURES_SCRIPT, FIGURES_STYLE};
use render::latex::Latex;
use render::markdown::Markdown;
use render::terminal::Terminal;
use scene::Scene;

/// Why a report could not be made.
#[derive(Debug, Error)]
pub enum ReportError {
    /// A file or folder could not be written.
    #[error("{}: {source}; {}", path.display(), remedy::of_io(source))]
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

/// Every figure that the results and their rows ([`summarize`]) allow: [`write()`] draws the same ones.
pub fn figures(
    results: &ExperimentResults,
    rows: &[SummaryRow],
) -> Result<Vec<Figure>, ReportError> {
    let drawn = sections::figures(&Scene::new(results, rows))?;
    Ok(drawn.into_iter().flatten().collect())
}

/// What a terminal shows of the results and their rows: the verdict, the operator's table, and the comparison under the first
/// threshold rule, in the order of the report.
/// `draw` draws a table from its heads, which say whether their columns are numeric, and its rows.
pub fn terminal(
    results: &ExperimentResults,
    rows: &[SummaryRow],
    draw: impl Fn(&[(&str, bool)], &[Vec<&str>]) -> String,
) -> String {
    let document = sections::for_terminal(&Scene::new(results, rows));
    render::write(&document, Terminal::new(draw))
}

/// Writes the report of results and their rows ([`summarize`]) into a folder and returns the paths of its
/// files: `index.html`, `report.md`, `table.csv`, `table.tex`, and each figure as SVG and PNG under
/// `figures/`.
///
/// The same results give the same bytes. Figures of an earlier report that this one no longer has
/// are removed; other files in the folder are left alone.
pub fn write(
    results: &ExperimentResults,
    rows: &[SummaryRow],
    out: &Path,
) -> Result<Vec<PathBuf>, ReportError> {
    let scene = Scene::new(results, rows);
    let document = sections::document(&scene)?;
    let tables = vec![
        File::text("table.csv", render::csv::write(scene.subject())),
        File::text("table.tex", render::write(&document, Latex::default())),
    ];
    write_files(&document, tables, out)
}

/// The page that [`write()`] writes as `index.html`.
pub fn page(results: &ExperimentResults, rows: &[SummaryRow]) -> Result<String, ReportError> {
    let document = sections::document(&Scene::new(results, rows))?;
    Ok(render::write(&document, Html::default()))
}

/// The table that [`write()`] writes as `table.csv`.
pub fn table_csv(results: &ExperimentResults, rows: &[SummaryRow]) -> String {
    render::csv::write(Scene::new(results, rows).subject())
}

/// Writes a document as pages, with its figures and other files.
fn write_files(
    document: &Document,
    others: Vec<File>,
    out: &Path,
) -> Result<Vec<PathBuf>, ReportError> {
    let mut files = vec![
        File::text("index.html", render::write(document, Html::default())),
        File::text("report.md", render::write(document, Markdown::default())),
    ];
    files.extend(others);
    let drawn: Result<Vec<_>, _> = document.figures().into_par_iter().map(Figure::files).collect();
    files.extend(drawn?.into_iter().flatten());
    folder::write(out, &files)
}
