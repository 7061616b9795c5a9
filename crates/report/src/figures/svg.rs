//! A [`Canvas`] as SVG: compact, and readable without the page around it.
//!
//! Attributes tell a script what a reader can ask for. `data-x` and `data-y` of the root are the axes: the ends in
//! figure units, the plotted values there, `log` or `lin`, the name, with a vertical bar between. A group of class `s`
//! is a series: `data-k` is its key, `data-n` its name, `data-v` its value in words. A group of class `k` is the entry
//! of a key in the legend, one of class `a` are marks of the axes.

use std::fmt::Write;

use super::canvas::{Anchor, Canvas, Paint, SUB, Shape, Text};
use super::marks::{Measure, Role};
use super::palette::hex;
use crate::render::escape;

/// The drawing as an SVG document; `title` and `alt` are its accessible name and description.
pub fn write(canvas: &Canvas, title: &str, alt: &str) -> String {
    let (width, height) = canvas.size;
    let mut out = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {width} {height}\" role=\"img\" \
         font-family=\"DejaVu Sans,Verdana,sans-serif\" fill=\"none\"{}>\n<title>{}</title>\n<desc>{}</desc>\n\
         <path fill=\"#FFFFFF\" d=\"M0 0H{width}V{height}H0z\"/>\n",
        canvas.axes.as_ref().map_or(String::new(), axes),
        escape::xml(title),
        escape::xml(alt),
    );
    let mut role = Role::Frame;
    for drawn in &canvas.shapes {
        if drawn.role != role {
            close_group(&mut out, role);
            open_group(&mut out, canvas, drawn.role);
            role = drawn.role;
        }
        write_shape(&mut out, drawn.paint, &drawn.shape);
    }
    close_group(&mut out, role);
    out.push_str("</svg>\n");
    out
}

fn axes([x, y]: &[Measure; 2]) -> String {
    let of = |axis: &Measure| {
        let scale = if axis.logarithmic { "log" } else { "lin" };
        let ((from, to), (low, high)) = (axis.pixels, axis.values);
        let name = escape::xml(&axis.name);
        format!("{}|{}|{low}|{high}|{scale}|{name}", Tenth(from), Tenth(to))
    };
    format!(" data-x=\"{}\" data-y=\"{}\"", of(x), of(y))
}

fn open_group(out: &mut String, canvas: &Canvas, role: Role) {
    let _ = match role {
        Role::Frame => Ok(()),
        Role::Scale => writeln!(out, "<g class=\"a\">"),
        Role::Legend(at) => writeln!(out, "<g class=\"k\" data-k=\"{}\">", canvas.series[at].key),
        Role::Series(at) => {
            let series = &canvas.series[at];
            let value = match series.value.as_str() {
                "" => String::new(),
                value => format!(" data-v=\"{}\"", escape::xml(value)),
            };
            let name = escape::xml(&series.name);
            writeln!(out, "<g class=\"s\" data-k=\"{}\" data-n=\"{name}\"{value}>", series.key)
        }
    };
}

fn close_group(out: &mut String, role: Role) {
    if role != Role::Frame {
        out.push_str("</g>\n");
    }
}

fn write_shape(out: &mut String, paint: Paint, shape: &Shape) {
    match shape {
        Shape::Stroke { paths, width, dash } => {
            let _ = write!(out, "<path {}", color("stroke", paint));
            let lengths: Vec<String> = dash.lengths().iter().map(f32::to_string).collect();
            if !lengths.is_empty() {
                let _ = write!(out, " stroke-dasharray=\"{}\"", lengths.join(" "));
            }
            let _ =
                write!(out, " stroke-width=\"{}\" stroke-linejoin=\"round\" d=\"", unit(*width));
            paths.iter().for_each(|path| write_path(out, path));
            out.push_str("\"/>\n");
        }
        Shape::Fill(paths) => {
            let _ = write!(out, "<path {} d=\"", color("fill", paint));
            for path in paths {
                write_path(out, path);
                out.push('z');
            }
            out.push_str("\"/>\n");
        }
        // A line of no length with round ends is a dot, at a third of the bytes of a circle.
        Shape::Dots { centres, radius } => {
            let _ = write!(out, "<path {}", color("stroke", paint));
            let _ =
                write!(out, " stroke-width=\"{}\" stroke-linecap=\"round\" d=\"", unit(2 * radius));
            for &(x, y) in centres {
                let _ = write!(out, "M{} {}h0", Tenth(x), Tenth(y));
            }
            out.push_str("\"/>\n");
        }
        Shape::Text(text) => write_text(out, paint, text),
    }
}

fn write_text(out: &mut String, paint: Paint, text: &Text) {
    let (x, y) = (text.at.0, text.at.1);
    let base = y + (text.drop * f64::from(SUB)).round() as i32;
    let _ =
        write!(out, "<text x=\"{}\" y=\"{}\" font-size=\"{}\"", Tenth(x), Tenth(base), text.size);
    match text.anchor {
        Anchor::Start => {}
        Anchor::Middle => out.push_str(" text-anchor=\"middle\""),
        Anchor::End => out.push_str(" text-anchor=\"end\""),
    }
    if text.bold {
        out.push_str(" font-weight=\"bold\"");
    }
    if text.upwards {
        let _ = write!(out, " transform=\"rotate(-90 {} {})\"", Tenth(x), Tenth(y));
    }
    let _ = writeln!(out, " {}>{}</text>", color("fill", paint), escape::xml(&text.content));
}

fn write_path(out: &mut String, path: &[(i32, i32)]) {
    let Some((&(mut x, mut y), rest)) = path.split_first() else { return };
    let _ = write!(out, "M{} {}", Tenth(x), Tenth(y));
    for &(next_x, next_y) in rest {
        let (dx, dy) = (Tenth(next_x - x), Tenth(next_y - y));
        let _ = match (dx.0, dy.0) {
            (0, 0) => Ok(()),
            (_, 0) => write!(out, "h{dx}"),
            (0, _) => write!(out, "v{dy}"),
            (_, 1..) => write!(out, "l{dx} {dy}"),
            _ => write!(out, "l{dx}{dy}"),
        };
        (x, y) = (next_x, next_y);
    }
}

fn color(attribute: &str, paint: Paint) -> String {
    let mut text = format!("{attribute}=\"{}\"", hex(paint.rgb));
    if paint.alpha < 1.0 {
        let _ = write!(text, " {attribute}-opacity=\"{}\"", paint.alpha);
    }
    text
}

fn unit(backend_pixels: u32) -> f64 {
    f64::from(backend_pixels) / f64::from(SUB)
}

/// A backend length in figure units, with one decimal at most and no float noise.
struct Tenth(i32);

impl std::fmt::Display for Tenth {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let sign = if self.0 < 0 { "-" } else { "" };
        let (whole, tenth) = (self.0.unsigned_abs() / 10, self.0.unsigned_abs() % 10);
        match (whole, tenth) {
            (_, 0) => write!(f, "{sign}{whole}"),
            (0, _) => write!(f, "{sign}.{tenth}"),
            _ => write!(f, "{sign}{whole}.{tenth}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tenths_are_exact_and_short() {
        let shown = [0, 5, -5, 10, -123, 7205].map(|t| Tenth(t).to_string());
        assert_eq!(shown, ["0", ".5", "-.5", "1", "-12.3", "720.5"]);
    }

    #[test]
    fn paths_are_relative() {
        let mut out = String::new();
        write_path(&mut out, &[(10, 10), (25, 10), (25, 5), (30, 0), (30, 0), (35, 5)]);
        assert_eq!(out, "M1 1h1.5v-.5l.5-.5l.5 .5");
    }
}
