//! Figures, and what sections draw them with: axes, legends, colours, and the files they become.
//!
//! Plotters lays them out on a [`canvas`], which [`svg`] and [`png`] write.

mod canvas;
mod chart;
pub mod font;
mod marks;
mod palette;
mod png;
mod svg;
mod thin;
mod ticks;

use rayon::prelude::*;

use crate::ReportError;
use crate::folder::File;
pub use canvas::{Canvas, DrawError, SUB};
pub use chart::*;
pub use marks::{BESIDE, Dash, Pen, Series};
pub use palette::{GRID, INK, INLIER, MUTED, OUTLIER, SERIES};
pub use ticks::{Axis, Scale, is_power, padded};

/// A figure with the words that belong to it.
#[derive(Debug, Clone, Default)]
pub struct Figure {
    /// Its file name without ending, unique among the figures of an experiment: `[a-z0-9-]+`.
    pub stem: String,
    /// The position of the row ([`crate::summarize`]) that it belongs to; `None`: to all.
    pub row: Option<usize>,
    /// One line.
    pub title: String,
    /// What a reader must know to read it.
    pub caption: String,
    /// What it shows, for those who don't see it.
    pub alt: String,
    /// The drawing.
    pub(crate) canvas: Canvas,
}

impl Figure {
    /// The SVG document.
    pub fn svg(&self) -> String {
        svg::write(&self.canvas, &self.title, &self.alt)
    }

    /// The picture as a PNG file.
    pub fn png(&self) -> Result<Vec<u8>, ReportError> {
        png::write(&self.canvas).map_err(|error| failed(&self.stem, &error))
    }

    /// Its files in the folder of a report.
    pub(crate) fn files(&self) -> Result<[File; 2], ReportError> {
        Ok([
            File::text(format!("figures/{}.svg", self.stem), self.svg()),
            File { path: format!("figures/{}.png", self.stem), bytes: self.png()? },
        ])
    }
}

type Draw<'s> = Box<dyn Fn() -> Result<Figure, DrawError> + Send + Sync + 's>;

/// A figure that is still to be drawn.
pub struct Plot<'s> {
    stem: String,
    row: Option<usize>,
    draw: Draw<'s>,
}

impl<'s> Plot<'s> {
    /// A figure of all rows.
    pub fn new(
        stem: impl Into<String>,
        draw: impl Fn() -> Result<Figure, DrawError> + Send + Sync + 's,
    ) -> Self {
        Self { stem: stem.into(), row: None, draw: Box::new(draw) }
    }

    /// A figure of the row at that position.
    pub fn of_row(self, row: usize) -> Self {
        Self { row: Some(row), ..self }
    }

    /// Draws it.
    pub fn draw(&self) -> Result<Figure, ReportError> {
        let figure = (self.draw)().map_err(|error| failed(&self.stem, &error))?;
        Ok(Figure { stem: self.stem.clone(), row: self.row, ..figure })
    }
}

fn failed(figure: &str, error: &dyn std::error::Error) -> ReportError {
    ReportError::Figure { figure: figure.to_owned(), message: error.to_string() }
}

/// Draws the figures of several sections on all cores.
pub fn draw_all(sections: Vec<Vec<Plot<'_>>>) -> Result<Vec<Vec<Figure>>, ReportError> {
    let draw = |plots: Vec<Plot<'_>>| plots.par_iter().map(Plot::draw).collect();
    sections.into_par_iter().map(draw).collect()
}
