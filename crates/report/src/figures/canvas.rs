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

/// A finished drawing.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Canvas {
    /// Width and height in figure units.
    pub size: (u32, u32),
    /// The shapes with their paint.
    pub shapes: Vec<(Paint, Shape)>,
}

/// What drawing on a [`Canvas`] can fail with: plotters has no way of its own to say "it cannot".
pub type DrawError = plotters::drawing::DrawingAreaErrorKind<Infallible>;

impl Canvas {
    /// Draws on an empty canvas of that many figure units.
    pub fn draw(
        size: (u32, u32),
        paint: impl FnOnce(&DrawingArea<Recorder<'_>, Shift>) -> Result<(), DrawError>,
    ) -> Result<Self, DrawError> {
        let mut canvas = Self { size, shapes: Vec::new() };
        let area = Recorder { canvas: &mut canvas }.into_drawing_area();
        paint(&area)?;
        drop(area);
        Ok(canvas)
    }

    /// Adds a shape; an opaque one joins the last if that looks the same.
    fn push(&mut self, paint: Paint, shape: Shape) {
        if paint.alpha <= 0.0 {
            return;
        }
        if let Some((last_paint, last)) = self.shapes.last_mut()
            && *last_paint == paint
        {
            match (last, &shape) {
                (Shape::Stroke { paths, width }, Shape::Stroke { paths: more, width: same })
                    if width == same && paint.alpha >= 1.0 =>
                {
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
        self.shapes.push((paint, shape));
    }
}

/// The backend that plotters draws with.
pub struct Recorder<'a> {
    canvas: &'a mut Canvas,
}

type Drawn = Result<(), DrawingErrorKind<Infallible>>;

impl DrawingBackend for Recorder<'_> {
    type ErrorType = Infallible;

    fn get_size(&self) -> (u32, u32) {
        (self.canvas.size.0 * SUB as u32, self.canvas.size.1 * SUB as u32)
    }

    fn ensure_prepared(&mut self) -> Drawn {
        Ok(())
    }

    fn present(&mut self) -> Drawn {
        Ok(())
    }

    fn draw_pixel(&mut self, point: BackendCoord, color: BackendColor) -> Drawn {
        self.draw_rect(point, (point.0 + 1, point.1 + 1), &color, true)
    }

    fn draw_line<S: BackendStyle>(
        &mut self,
        from: BackendCoord,
        to: BackendCoord,
        style: &S,
    ) -> Drawn {
        self.draw_path([from, to], style)
    }

    fn draw_rect<S: BackendStyle>(
        &mut self,
        (left, top): BackendCoord,
        (right, bottom): BackendCoord,
        style: &S,
        fill: bool,
    ) -> Drawn {
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
    ) -> Drawn {
        let paths = vec![path.into_iter().collect()];
        let shape = Shape::Stroke { paths, width: style.stroke_width() };
        self.canvas.push(style.color().into(), shape);
        Ok(())
    }

    fn draw_circle<S: BackendStyle>(
        &mut self,
        center: BackendCoord,
        radius: u32,
        style: &S,
        _fill: bool,
    ) -> Drawn {
        self.canvas.push(style.color().into(), Shape::Dots { centres: vec![center], radius });
        Ok(())
    }

    fn fill_polygon<S: BackendStyle, I: IntoIterator<Item = BackendCoord>>(
        &mut self,
        vert: I,
        style: &S,
    ) -> Drawn {
        self.canvas.push(style.color().into(), Shape::Fill(vec![vert.into_iter().collect()]));
        Ok(())
    }

    fn draw_text<T: BackendTextStyle>(&mut self, text: &str, style: &T, at: BackendCoord) -> Drawn {
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
        self.canvas.push(style.color().into(), shape);
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
