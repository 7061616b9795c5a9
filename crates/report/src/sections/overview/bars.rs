//! Metric bars: one panel per metric, one bar per row, so that any number of models stays readable.

use oddbench_core::metrics::Metric;
use plotters::prelude::{PathElement, Rectangle};
use plotters::style::text_anchor::{HPos, VPos};

use crate::aggregate::{Spread, SummaryRow};
use crate::figures::{
    Area, Canvas, DrawError, Figure, GRID, INK, INLIER, MUTED, Pen, SIZE, Series, bold, fill, fit,
    head, line, px, text,
};
use crate::format;
use crate::subject::Subject;

const METRICS: [Metric; 6] = [
    Metric::Accuracy,
    Metric::Precision,
    Metric::Recall,
    Metric::F1,
    Metric::RocAuc,
    Metric::AveragePrecision,
];
const ROW: f64 = 22.0;
const TOP: f64 = 86.0;
const NAMES: f64 = 136.0;

/// Draws the medians over the trials, with a line from the least to the greatest.
pub fn draw(subject: Subject<'_>) -> Result<Figure, DrawError> {
    let title = "Metrics of all models, medians";
    let settings = subject.results.manifest.experiment.thresholds.first();
    let oracle = subject.is_oracle();
    let rule = settings.map_or(String::new(), format::rule);
    let short = rule.split_once(',').map_or(rule.as_str(), |(first, _)| first);
    let subtitle =
        format!("medians over trials, lines from least to greatest · threshold: {short}");
    let height = TOP + ROW * subject.rows.len() as f64 + 18.0;
    let canvas = Canvas::draw((SIZE.0, height.ceil() as u32), |area| {
        head(area, title, &subtitle, subject.stamp())?;
        let width = (f64::from(SIZE.0) - NAMES - 16.0) / METRICS.len() as f64;
        for (i, metric) in METRICS.into_iter().enumerate() {
            let left = NAMES + width * i as f64;
            let mark = if oracle && metric.needs_threshold() { " †" } else { "" };
            let label = format!("{}{mark}", metric.title());
            area.draw_text(
                &label,
                &bold(10.5, INK, HPos::Left, VPos::Center),
                (px(left), px(TOP - 16.0)),
            )?;
        }
        for (i, row) in subject.rows.iter().enumerate() {
            let middle = TOP + ROW * (i as f64 + 0.5);
            draw_row(area, (i, row), middle, width)?;
        }
        Ok(())
    })?;
    let mut caption =
        format!("One panel per metric, bars from 0 to 1 up to the median. Threshold: {rule}.");
    caption.push_str(subject.supervised_note());
    if oracle {
        caption.push_str(" † depends on a threshold chosen on the test rows.");
    }
    Ok(Figure { title: title.into(), caption, alt: alt(subject.rows), canvas, ..Figure::default() })
}

/// The bars of a model. Its name stands for the legend: it is drawn after the bars that it switches.
fn draw_row(
    area: &Area<'_>,
    (key, row): (usize, &SummaryRow),
    middle: f64,
    width: f64,
) -> Result<(), DrawError> {
    for (i, metric) in METRICS.into_iter().enumerate() {
        let (left, spread) = (NAMES + width * i as f64, row.metric(0, metric));
        let value = format!("{} {}", metric.title(), in_words(spread));
        area.draw(&Pen::Series(Series { key, name: row.marked_name(), value }))?;
        draw_bar(area, spread, (left, middle), width - 38.0)?;
    }
    let name = fit(&row.marked_name(), 11.0, NAMES - 28.0);
    area.draw(&Pen::Legend(key))?;
    area.draw_text(
        &name,
        &text(11.0, INK, HPos::Right, VPos::Center),
        (px(NAMES - 10.0), px(middle)),
    )?;
    area.draw(&Pen::Frame)
}

/// `median 0.960 (0.458 to 0.969) of 30`, `0.754`.
fn in_words(spread: Option<Spread>) -> String {
    let range = format::range(spread, format::share);
    match (spread, range) {
        (Some(spread), Some(range)) => {
            format!("median {} ({range}) of {}", format::share(spread.median), spread.n)
        }
        (Some(spread), None) => format::share(spread.median),
        (None, _) => "undefined".to_owned(),
    }
}

fn draw_bar(
    area: &Area<'_>,
    spread: Option<Spread>,
    (left, middle): (f64, f64),
    length: f64,
) -> Result<(), DrawError> {
    let bar = |to: f64| [(px(left), px(middle - 6.0)), (px(left + length * to), px(middle + 6.0))];
    area.draw(&Rectangle::new(bar(1.0), fill(GRID, 1.0)))?;
    let Some(spread) = spread else {
        let at = (px(left + length + 5.0), px(middle));
        return area.draw_text(format::UNKNOWN, &text(10.0, MUTED, HPos::Left, VPos::Center), at);
    };
    area.draw(&Rectangle::new(bar(spread.median.clamp(0.0, 1.0)), fill(INLIER, 1.0)))?;
    if spread.n > 1 {
        let at = |value: f64| (px(left + length * value.clamp(0.0, 1.0)), px(middle));
        area.draw(&PathElement::new(vec![at(spread.min), at(spread.max)], line(INK, 1.0, 1.4)))?;
    }
    let at = (px(left + length + 5.0), px(middle));
    area.draw_text(&format::share(spread.median), &text(10.0, INK, HPos::Left, VPos::Center), at)
}

fn alt(rows: &[SummaryRow]) -> String {
    let of = |row: &SummaryRow| {
        let shown = |metric: Metric| {
            row.metric(0, metric).map_or(format::UNKNOWN.into(), |s| format::share(s.median))
        };
        format!("{}: F1 {}, ROC-AUC {}", row.name, shown(Metric::F1), shown(Metric::RocAuc))
    };
    format!(
        "Bars of six metrics per model. {}.",
        rows.iter().map(of).collect::<Vec<_>>().join("; ")
    )
}
