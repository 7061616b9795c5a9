//! A [`Canvas`] as PNG, antialiased by tiny-skia.

use std::io;

use ab_glyph::{Font, OutlineCurve, Point};
use tiny_skia::{
    Color, FillRule, LineCap, LineJoin, Path, PathBuilder, Pixmap, Rect, Stroke, StrokeDash,
    Transform,
};

use super::canvas::{Anchor, Canvas, Paint, SUB, Shape, Text};
use super::font;

/// Image pixels in a figure unit.
pub const DENSITY: f32 = 1.5;

/// The drawing as the bytes of a PNG file.
pub fn write(canvas: &Canvas) -> io::Result<Vec<u8>> {
    let width = (canvas.size.0 as f32 * DENSITY).round() as u32;
    let height = (canvas.size.1 as f32 * DENSITY).round() as u32;
    let mut pixmap = Pixmap::new(width, height)
        .ok_or_else(|| io::Error::other(format!("an image of {width} x {height} pixels")))?;
    pixmap.fill(Color::WHITE);
    for drawn in &canvas.shapes {
        draw_shape(&mut pixmap, drawn.paint, &drawn.shape);
    }
    encode(&pixmap)
}

/// RGB without alpha: the paper is opaque. The fast setting halves the time of a report.
fn encode(pixmap: &Pixmap) -> io::Result<Vec<u8>> {
    let rgb: Vec<u8> = pixmap.data().chunks_exact(4).flat_map(|p| [p[0], p[1], p[2]]).collect();
    let mut bytes = Vec::with_capacity(64 << 10);
    let mut encoder = png::Encoder::new(&mut bytes, pixmap.width(), pixmap.height());
    encoder.set_color(png::ColorType::Rgb);
    encoder.set_depth(png::BitDepth::Eight);
    encoder.set_compression(png::Compression::Fast);
    encoder.set_filter(png::Filter::Paeth);
    let mut writer = encoder.write_header()?;
    writer.write_image_data(&rgb)?;
    writer.finish()?;
    Ok(bytes)
}

fn draw_shape(pixmap: &mut Pixmap, paint: Paint, shape: &Shape) {
    let (r, g, b) = paint.rgb;
    let mut brush = tiny_skia::Paint { anti_alias: true, ..Default::default() };
    brush.set_color_rgba8(r, g, b, (paint.alpha * 255.0).round() as u8);
    match shape {
        Shape::Stroke { paths, width, dash } => {
            let Some(path) = polygons(paths, false) else { return };
            let lengths = dash.lengths().iter().map(|length| length * DENSITY).collect();
            let stroke = Stroke {
                width: pixels(*width as i32),
                line_join: LineJoin::Round,
                line_cap: LineCap::Butt,
                dash: StrokeDash::new(lengths, 0.0),
                ..Default::default()
            };
            pixmap.stroke_path(&path, &brush, &stroke, Transform::identity(), None);
        }
        Shape::Fill(paths) => {
            let Some(path) = polygons(paths, true) else { return };
            pixmap.fill_path(&path, &brush, FillRule::Winding, Transform::identity(), None);
        }
        Shape::Dots { centres, radius } => {
            let Some(path) = circles(centres, pixels(*radius as i32)) else { return };
            pixmap.fill_path(&path, &brush, FillRule::Winding, Transform::identity(), None);
        }
        Shape::Text(text) => {
            let Some(path) = letters(text) else { return };
            pixmap.fill_path(&path, &brush, FillRule::Winding, Transform::identity(), None);
            if text.bold {
                let stroke =
                    Stroke { width: 0.05 * text.size as f32 * DENSITY, ..Default::default() };
                pixmap.stroke_path(&path, &brush, &stroke, Transform::identity(), None);
            }
        }
    }
}

fn pixels(backend_pixels: i32) -> f32 {
    backend_pixels as f32 * DENSITY / SUB as f32
}

fn polygons(paths: &[Vec<(i32, i32)>], close: bool) -> Option<Path> {
    let mut builder = PathBuilder::new();
    for path in paths {
        let Some((&(x, y), rest)) = path.split_first() else { continue };
        builder.move_to(pixels(x), pixels(y));
        rest.iter().for_each(|&(x, y)| builder.line_to(pixels(x), pixels(y)));
        if close {
            builder.close();
        }
    }
    builder.finish()
}

fn circles(centres: &[(i32, i32)], radius: f32) -> Option<Path> {
    let mut builder = PathBuilder::new();
    for &(x, y) in centres {
        let (x, y) = (pixels(x), pixels(y));
        if let Some(bounds) = Rect::from_ltrb(x - radius, y - radius, x + radius, y + radius) {
            builder.push_oval(bounds);
        }
    }
    builder.finish()
}

/// The outlines of a line of text, in image pixels.
fn letters(text: &Text) -> Option<Path> {
    let em = text.size * f64::from(DENSITY);
    let (glyphs, width) = font::layout(&text.content, em);
    let left = match text.anchor {
        Anchor::Start => 0.0,
        Anchor::Middle => -width as f32 / 2.0,
        Anchor::End => -width as f32,
    };
    let drop = text.drop as f32 * DENSITY;
    let (at_x, at_y) = (pixels(text.at.0), pixels(text.at.1));
    let place = |x: f32, y: f32| match text.upwards {
        false => (at_x + x, at_y + y),
        true => (at_x + y, at_y - x),
    };
    let face = font::face();
    let factor = em as f32 / face.units_per_em().unwrap_or(2048.0);
    let mut builder = PathBuilder::new();
    for glyph in glyphs {
        let Some(outline) = face.outline(glyph.id) else { continue };
        let origin = left + glyph.position.x;
        let map = |p: Point| place(origin + p.x * factor, drop - p.y * factor);
        draw_outline(&mut builder, &outline.curves, map);
    }
    builder.finish()
}

fn draw_outline(
    builder: &mut PathBuilder,
    curves: &[OutlineCurve],
    map: impl Fn(Point) -> (f32, f32),
) {
    let mut end: Option<Point> = None;
    for curve in curves {
        let start = match curve {
            OutlineCurve::Line(a, _) | OutlineCurve::Quad(a, ..) | OutlineCurve::Cubic(a, ..) => *a,
        };
        if end != Some(start) {
            let (x, y) = map(start);
            builder.move_to(x, y);
        }
        end = Some(match *curve {
            OutlineCurve::Line(_, b) => {
                let (x, y) = map(b);
                builder.line_to(x, y);
                b
            }
            OutlineCurve::Quad(_, c, b) => {
                let ((cx, cy), (x, y)) = (map(c), map(b));
                builder.quad_to(cx, cy, x, y);
                b
            }
            OutlineCurve::Cubic(_, c, d, b) => {
                let ((cx, cy), (dx, dy), (x, y)) = (map(c), map(d), map(b));
                builder.cubic_to(cx, cy, dx, dy, x, y);
                b
            }
        });
    }
}
