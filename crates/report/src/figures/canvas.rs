//! A plotters backend that records what is drawn: one drawing serves the SVG and the PNG.
//!
//! Plotters thinks in whole pixels. A pixel of this backend is a tenth of a figure unit, so lines
//! keep their shape, and neighbouring shapes of one style become one path, so files stay small.

use std::convert::Infallible;

use plotters::coord::Shift;
use plotters::prelude::{DrawingArea, DrawingBackend, IntoDrawingArea};
use plotters_backend::text_anchor::{HPos, VPos};
use plotters_backend::{
    BackendColor, BackendCoord, BackendStyle, BackendTextStyle, DrawingErrorKind, FontStyle,
    FontTransform,
};

use super::font;
use super::marks::{Dash, Measure, Role, Series};

/// Backend pixels in a figure unit.
pub const SUB: i32 = 10;

/// Where text sits horizontally around its point.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Anchor {
    /// It starts there.
    Start,
    /// It is centred there.
    Middle,
    /// It ends there.
    End,
}

/// A run of text; `x` and `y` are backend pixels, the rest figure units.
#[derive(Debug, Clone, PartialEq)]
pub struct Text {
    /// What it says.
    pub content: String,
    /// The point that it is anchored and turned at.
    pub at: BackendCoord,
    /// From the point down to the base line.
    pub drop: f64,
    /// Em size.
    pub size: f64,
    /// Where it sits around the point.
    pub anchor: Anchor,
    /// Whether it is bold (SVG) or drawn heavier (PNG).
    pub bold: bool,
    /// Whether it runs upwards.
    pub upwards: bool,
}

/// What was drawn, in drawing order.
#[derive(Debug, Clone, PartialEq)]
pub enum Shape {
    /// Open lines.
    Stroke {
        /// The lines.
        paths: Vec<Vec<BackendCoord>>,
        /// Width in backend pixels.
        width: u32,
        /// How they are broken.
        dash: Dash,
    },
    /// Closed areas.
    Fill(Vec<Vec<BackendCoord>>),
    /// Filled circles of one radius in backend pixels.
    Dots {
        /// The centres.
        centres: Vec<BackendCoord>,
        /// The radius.
        radius: u32,
    },
    /// Text.
    Text(Text),
}

/// A colour with its opacity.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Paint {
    /// Red, green and blue.
    pub rgb: (u8, u8, u8),
    /// 0 is invisible, 1 opaque.
    pub alpha: f64,
}

impl From<BackendColor> for Paint {
    fn from(color: BackendColor) -> Self {
        Self { rgb: color.rgb, alpha: color.alpha }
    }
}

/// What was drawn, with its paint and what it belongs to.
#[derive(Debug, Clone, PartialEq)]
pub struct Drawn {
    /// Its colour.
    pub paint: Paint,
    /// Its form.
    pub shape: Shape,
    /// What it belongs to.
    pub role: Role,
}

/// A finished drawing.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Canvas {
    /// Width and height in figure units.
    pub size: (u32, u32),
    /// The shapes in drawing order.
    pub shapes: Vec<Drawn>,
    /// What shapes may belong to.
    pub series: Vec<Series>,
    /// The horizontal and the vertical axis, of a figure with one pair of them.
    pub axes: Option<[Measure; 2]>,
}

/// What drawing on a [`Canvas`] can fail with: plotters has no way of its own to say "it cannot".
pub type DrawError = plotters::drawing::DrawingAreaErrorKind<Infallible>;

impl Canvas {
    /// Draws on an empty canvas of that many figure units.
    pub fn draw(
        size: (u32, u32),
        paint: impl FnOnce(&DrawingArea<Recorder<'_>, Shift>) -> Result<(), DrawError>,
    ) -> Result<Self, DrawError> {
        let mut canvas = Self { size, ..Self::default() };
        let recorder =
            Recorder { canvas: &mut canvas, role: Role::default(), dash: Dash::default() };
        let area = recorder.into_drawing_area();
        paint(&area)?;
        drop(area);
        Ok(canvas)
    }

    /// Adds a shape; an opaque one joins the last if that looks the same and belongs to the same.
    fn push(&mut self, paint: Paint, shape: Shape, role: Role) {
        if paint.alpha <= 0.0 {
            return;
        }
        if let Some(last) = self.shapes.last_mut()
            && last.paint == paint
            && last.role == role
        {
            match (&mut last.shape, &shape) {
                (
                    Shape::Stroke { paths, width, dash },
                    Shape::Stroke { paths: more, width: same, dash: alike },
                ) if width == same && dash == alike && paint.alpha >= 1.0 => {
                    paths.extend_from_slice(more);
                    return;
                }
                // Areas of one histogram touch but don't overlap, so joining them shows no seam.
                (Shape::Fill(paths), Shape::Fill(more)) => {
                    paths.extend_from_slice(more);
                    return;
                }
                (Shape::Dots { centres, radius }, Shape::Dots { centres: more, radius: same })
                    if radius == same =>
                {
                    centres.extend_from_slice(more);
                    return;
                }
                _ => {}
            }
        }
        self.shapes.push(Drawn { paint, shape, role });
    }
}

impl Canvas {
    /// The position of a series, which may be a new one.
    pub(super) fn place(&mut self, series: &Series) -> usize {
        if let Some(known) = self.series.iter().position(|known| known == series) {
            return known;
        }
        self.series.push(series.clone());
        self.series.len() - 1
    }
}

/// The backend that plotters draws with.
pub struct Recorder<'a> {
    pub(super) canvas: &'a mut Canvas,
    /// What the next shapes belong to.
    pub(super) role: Role,
    /// How the next lines are broken.
    pub(super) dash: Dash,
}

impl Recorder<'_> {
    fn push(&mut self, color: BackendColor, shape: Shape) {
        self.canvas.push(color.into(), shape, self.role);
    }
}

pub(super) type Drawing = Result<(), DrawingErrorKind<Infallible>>;

impl DrawingBackend for Recorder<'_> {
    type ErrorType = Infallible;

    fn get_size(&self) -> (u32, u32) {
        (self.canvas.size.0 * SUB as u32, self.canvas.size.1 * SUB as u32)
    }

    fn ensure_prepared(&mut self) -> Drawing {
        Ok(())
    }

    fn present(&mut self) -> Drawing {
        Ok(())
    }

    fn draw_pixel(&mut self, point: BackendCoord, color: BackendColor) -> Drawing {
        self.draw_rect(point, (point.0 + 1, point.1 + 1), &color, true)
    }

    fn draw_line<S: BackendStyle>(
        &mut self,
        from: BackendCoord,
        to: BackendCoord,
        style: &S,
    ) -> Drawing {
        self.draw_path([from, to], style)
    }

    fn draw_rect<S: BackendStyle>(
        &mut self,
        (left, top): BackendCoord,
        (right, bottom): BackendCoord,
        style: &S,
        fill: bool,
    ) -> Drawing {
        let mut corners = vec![(left, top), (right, top), (right, bottom), (left, bottom)];
        if fill {
            return self.fill_polygon(corners, style);
        }
        corners.push((left, top));
        self.draw_path(corners, style)
    }

    fn draw_path<S: BackendStyle, I: IntoIterator<Item = BackendCoord>>(
        &mut self,
        path: I,
        style: &S,
    ) -> Drawing {
        let paths = vec![path.into_iter().collect()];
        let shape = Shape::Stroke { paths, width: style.stroke_width(), dash: self.dash };
        self.push(style.color(), shape);
        Ok(())
    }

    fn draw_circle<S: BackendStyle>(
        &mut self,
        center: BackendCoord,
        radius: u32,
        style: &S,
        _fill: bool,
    ) -> Drawing {
        self.push(style.color(), Shape::Dots { centres: vec![center], radius });
        Ok(())
    }

    fn fill_polygon<S: BackendStyle, I: IntoIterator<Item = BackendCoord>>(
        &mut self,
        vert: I,
        style: &S,
    ) -> Drawing {
        self.push(style.color(), Shape::Fill(vec![vert.into_iter().collect()]));
        Ok(())
    }

    fn draw_text<T: BackendTextStyle>(
        &mut self,
        text: &str,
        style: &T,
        at: BackendCoord,
    ) -> Drawing {
        let size = style.size() / f64::from(SUB);
        let anchor = match style.anchor().h_pos {
            HPos::Left => Anchor::Start,
            HPos::Center => Anchor::Middle,
            HPos::Right => Anchor::End,
        };
        let drop = match style.anchor().v_pos {
            VPos::Top => 0.80,
            VPos::Center => 0.36,
            VPos::Bottom => -0.22,
        };
        let shape = Shape::Text(Text {
            content: text.to_owned(),
            at,
            drop: drop * size,
            size,
            anchor,
            bold: matches!(style.style(), FontStyle::Bold),
            upwards: matches!(style.transform(), FontTransform::Rotate270),
        });
        self.push(style.color(), shape);
        Ok(())
    }

    fn estimate_text_size<T: BackendTextStyle>(
        &self,
        text: &str,
        style: &T,
    ) -> Result<(u32, u32), DrawingErrorKind<Infallible>> {
        Ok((font::width(text, style.size()).ceil() as u32, style.size().ceil() as u32))
    }
}
