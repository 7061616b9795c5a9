//! The letters of the figures: a subset of DejaVu Sans that is compiled in, so that a report looks the
//! same on every machine. Characters outside it (Latin, Greek, some signs) show as boxes in PNG.

use std::sync::LazyLock;

use ab_glyph::{Font, FontRef, Glyph, PxScale, ScaleFont, point};

#[expect(clippy::expect_used, reason = "the bytes are compiled in and a test parses them")]
static FONT: LazyLock<FontRef<'static>> = LazyLock::new(|| {
    FontRef::try_from_slice(include_bytes!("../../assets/DejaVuSans-subset.ttf"))
        .expect("the compiled-in font is a TrueType font")
});

/// The font itself.
pub fn face() -> &'static FontRef<'static> {
    &FONT
}

/// `em` as ab_glyph wants it: the height from the lowest to the highest letter.
fn scale(em: f64) -> PxScale {
    let font = face();
    let units_per_em = font.units_per_em().unwrap_or(2048.0);
    PxScale::from(em as f32 * font.height_unscaled() / units_per_em)
}

/// The width of a line of text at that em size.
pub fn width(text: &str, em: f64) -> f64 {
    layout(text, em).1
}

/// The glyphs of a line of text from (0, 0) on, and its width.
pub fn layout(text: &str, em: f64) -> (Vec<Glyph>, f64) {
    let scale = scale(em);
    let font = face().as_scaled(scale);
    let mut x = 0.0;
    let mut previous = None;
    let mut glyphs = Vec::with_capacity(text.len());
    for character in text.chars() {
        let id = font.glyph_id(character);
        if let Some(previous) = previous {
            x += font.kern(previous, id);
        }
        glyphs.push(id.with_scale_and_position(scale, point(x, 0.0)));
        x += font.h_advance(id);
        previous = Some(id);
    }
    (glyphs, f64::from(x))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_sign_that_figures_use_is_in_the_subset() {
        for sign in "AZaz09±†–·≥≤−×²µéüßµ()[]%,.:;/|".chars() {
            assert_ne!(face().glyph_id(sign).0, 0, "{sign:?} is missing");
        }
    }

    #[test]
    fn a_digit_is_as_wide_as_dejavu_says() {
        // DejaVu Sans: every digit advances 1303 of 2048 units.
        assert!((width("0123456789", 2048.0) - 13030.0).abs() < 1.0);
    }
}
