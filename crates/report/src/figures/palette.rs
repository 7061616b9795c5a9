//! The colours of the figures, after Okabe and Ito ("Color Universal Design", 2008), which people with
//! the common kinds of colour blindness tell apart. `index.html` repaints these values in dark mode.

use plotters::style::RGBColor;

/// Text and axes.
pub const INK: RGBColor = RGBColor(0x1F, 0x29, 0x33);
/// Secondary text.
pub const MUTED: RGBColor = RGBColor(0x5B, 0x66, 0x73);
/// Grid lines.
pub const GRID: RGBColor = RGBColor(0xE3, 0xE7, 0xEC);
/// Inliers.
pub const INLIER: RGBColor = RGBColor(0x00, 0x72, 0xB2);
/// Outliers.
pub const OUTLIER: RGBColor = RGBColor(0xD5, 0x5E, 0x00);

/// Colours of series, used in turn; after one round lines are dashed.
pub const SERIES: [RGBColor; 8] = [
    INLIER,
    OUTLIER,
    RGBColor(0x00, 0x9E, 0x73),
    RGBColor(0xCC, 0x79, 0xA7),
    RGBColor(0xE6, 0x9F, 0x00),
    RGBColor(0x56, 0xB4, 0xE9),
    RGBColor(0x88, 0x22, 0x55),
    RGBColor(0x4D, 0x4D, 0x4D),
];

/// `#RRGGBB`.
pub fn hex((r, g, b): (u8, u8, u8)) -> String {
    format!("#{r:02X}{g:02X}{b:02X}")
}
