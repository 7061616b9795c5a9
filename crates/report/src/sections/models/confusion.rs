//! The confusion matrix of a row's median seed at the first rule's threshold.

use plotters::prelude::Rectangle;
use plotters::style::RGBColor;
use plotters::style::text_anchor::{HPos, VPos};

use crate::aggregate::SummaryRow;
use crate::figures::{
    Area, Canvas, DrawError, Figure, GRID, INK, INLIER, MUTED, OUTLIER, SIZE, bold, fill, head,
    line, px, text,
};
use crate::format;
use crate::subject::Subject;

struct Cell {
    count: u64,
    of: u64,
    what: &'static str,
    color: RGBColor,
}

/// Draws the matrix: a row per truth, a column per call.
pub fn draw(subject: Subject<'_>, row: &SummaryRow) -> Result<Figure, DrawError> {
    let trial = subject.shown(row);
    let evaluation = trial.evaluations.first();
    let counts = evaluation.and_then(|e| e.confusion).unwrap_or_default();
    let oracle = evaluation.is_some_and(|e| e.oracle);
    let threshold = evaluation.and_then(|e| e.threshold);
    let threshold = threshold.map_or(String::new(), |at| format::significant(at, 4));
    let mark = if oracle { " †" } else { "" };
    let title = format!("{}: confusion matrix", row.name);
    let subtitle = format!("threshold {threshold}{mark} · {}", subject.seed_words(row));
    let (inliers, outliers) = (counts.fp + counts.tn, counts.tp + counts.fn_);
    let cell = |count, of, what, color| Cell { count, of, what, color };
    let cells = [
        [
            cell(counts.tn, inliers, "true negatives", INLIER),
            cell(counts.fp, inliers, "false positives", OUTLIER),
        ],
        [
            cell(counts.fn_, outliers, "false negatives", OUTLIER),
            cell(counts.tp, outliers, "true positives", INLIER),
        ],
    ];
    let canvas = Canvas::draw(SIZE, |area| {
        head(area, &title, &subtitle, subject.stamp())?;
        let (left, top, width, height) = (106.0, 94.0, 252.0, 148.0);
        for (i, name) in ["called inlier", "called outlier"].into_iter().enumerate() {
            let at = (px(left + width * (i as f64 + 0.5)), px(top - 14.0));
            area.draw_text(name, &text(12.0, INK, HPos::Center, VPos::Center), at)?;
        }
        for (i, (name, total)) in
            [("inliers", inliers), ("outliers", outliers)].into_iter().enumerate()
        {
            let y = top + height * (i as f64 + 0.5);
            area.draw_text(
                name,
                &text(12.0, INK, HPos::Right, VPos::Center),
                (px(left - 14.0), px(y - 8.0)),
            )?;
            let total = format::count(total as usize);
            area.draw_text(
                &total,
                &text(11.0, MUTED, HPos::Right, VPos::Center),
                (px(left - 14.0), px(y + 9.0)),
            )?;
        }
        for (i, line_of_cells) in cells.iter().enumerate() {
            for (j, cell) in line_of_cells.iter().enumerate() {
                let corner = (left + width * j as f64, top + height * i as f64);
                draw_cell(area, corner, (width, height), cell)?;
            }
        }
        Ok(())
    })?;
    let mut caption = String::from(
        "Counts of test rows, with the share of the row's class. Blue cells are right calls, orange ones wrong; the deeper, the greater the share.",
    );
    if oracle {
        caption.push_str(" † threshold chosen on the test rows.");
    }
    let alt = format!(
        "Confusion matrix of {} at threshold {threshold}{mark}: true negatives {}, false positives {}, false negatives {}, true positives {}.",
        row.name, counts.tn, counts.fp, counts.fn_, counts.tp
    );
    Ok(Figure { title, caption, alt, canvas, ..Figure::default() })
}

fn draw_cell(
    area: &Area<'_>,
    (x, y): (f64, f64),
    (width, height): (f64, f64),
    cell: &Cell,
) -> Result<(), DrawError> {
    let share = if cell.of == 0 { 0.0 } else { cell.count as f64 / cell.of as f64 };
    let corners = [(px(x + 2.0), px(y + 2.0)), (px(x + width - 2.0), px(y + height - 2.0))];
    area.draw(&Rectangle::new(corners, fill(cell.color, 0.05 + 0.4 * share)))?;
    area.draw(&Rectangle::new(corners, line(GRID, 1.0, 1.0)))?;
    let middle = (x + width / 2.0, y + height / 2.0);
    let at = |dy: f64| (px(middle.0), px(middle.1 + dy));
    area.draw_text(cell.what, &text(11.0, INK, HPos::Center, VPos::Center), at(-32.0))?;
    let count = format::count(cell.count as usize);
    area.draw_text(&count, &bold(24.0, INK, HPos::Center, VPos::Center), at(0.0))?;
    let percent =
        if cell.of == 0 { format::UNKNOWN.into() } else { format!("{} %", format::percent(share)) };
    area.draw_text(&percent, &text(12.0, INK, HPos::Center, VPos::Center), at(30.0))
}
