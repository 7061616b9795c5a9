//! What shapes of a drawing belong to, so that a reader can ask for their values and switch them off.
//!
//! Plotters knows shapes alone. A [`Pen`] is an element that draws nothing: it tells the canvas what the next shapes
//! belong to and how their lines are broken.

use plotters::element::{Drawable, PointCollection};
use plotters_backend::BackendCoord;

use super::canvas::{Drawing, Recorder};

/// How a line is broken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Dash {
    /// It is not.
    #[default]
    Solid,
    /// Long strokes.
    Dashed,
    /// Short strokes.
    Dotted,
    /// Long and short strokes in turn.
    Mixed,
}

impl Dash {
    /// Lengths of strokes and gaps in figure units; empty for a solid line.
    pub fn lengths(self) -> &'static [f32] {
        match self {
            Self::Solid => &[],
            Self::Dashed => &[7.0, 4.0],
            Self::Dotted => &[2.0, 2.5],
            Self::Mixed => &[9.0, 3.0, 2.0, 3.0],
        }
    }
}

/// What a shape belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Role {
    /// The title, the names of axes, everything without a role.
    #[default]
    Frame,
    /// The grid, the marks of an axis and their labels: another section of the axes has others.
    Scale,
    /// The series of [`Canvas::series`] at that position.
    Series(usize),
    /// Its entry in the legend.
    Legend(usize),
}

/// The key of what is drawn beside the models, such as chance.
pub const BESIDE: usize = 1_000_000;

/// Shapes that a reader can ask for their values, and switch off together.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Series {
    /// What is switched together: those of one key.
    pub key: usize,
    /// What it is called.
    pub name: String,
    /// What it shows, in words; empty where the axes give the values of its points.
    pub value: String,
}

/// An axis as a reader of the drawing needs it to get from a place to a value.
#[derive(Debug, Clone, PartialEq)]
pub struct Measure {
    /// What it shows.
    pub name: String,
    /// The backend pixels of its ends.
    pub pixels: (i32, i32),
    /// The plotted values of its ends; logarithms where [`Measure::logarithmic`].
    pub values: (f64, f64),
    /// Whether plotted values are decimal logarithms.
    pub logarithmic: bool,
}

/// What it says of the shapes that are drawn after it.
#[derive(Debug, Clone)]
pub enum Pen {
    /// They belong to nothing but the frame.
    Frame,
    /// They are marks of an axis.
    Scale,
    /// They show this.
    Series(Series),
    /// They are the entry of this key in a legend.
    Legend(usize),
    /// Their lines are broken like this.
    Dash(Dash),
    /// The axes are these.
    Axes([Measure; 2]),
}

impl<'a, Coord: 'a> PointCollection<'a, Coord> for &'a Pen {
    type Point = Coord;
    type IntoIter = std::iter::Empty<Coord>;

    fn point_iter(self) -> Self::IntoIter {
        std::iter::empty()
    }
}

impl Drawable<Recorder<'_>> for Pen {
    fn draw<I: Iterator<Item = BackendCoord>>(
        &self,
        _: I,
        recorder: &mut Recorder<'_>,
        _: (u32, u32),
    ) -> Drawing {
        let canvas = &mut recorder.canvas;
        match self {
            Self::Frame => recorder.role = Role::Frame,
            Self::Scale => recorder.role = Role::Scale,
            Self::Series(series) => recorder.role = Role::Series(canvas.place(series)),
            Self::Legend(key) => {
                let of_key = canvas.series.iter().position(|series| series.key == *key);
                recorder.role = of_key.map_or(Role::Frame, Role::Legend);
            }
            Self::Dash(dash) => recorder.dash = *dash,
            Self::Axes(axes) => canvas.axes = Some(axes.clone()),
        }
        Ok(())
    }
}
