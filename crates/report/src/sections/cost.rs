//! What a model costs: the time of a fit and of a scored row, and memory, beside the quality they buy.

use oddbench_core::metrics::Metric;
use plotters::prelude::{Circle, Cross};

use crate::aggregate::{SummaryRow, score_seconds};
use crate::document::Block;
use crate::figures::{
    Axes, Axis, Canvas, DrawError, Figure, Frame, Key, Pen, Plot, SERIES, SIZE, Scale, Series,
    fill, line, open, padded, px, switches, take,
};
use crate::format::{self, UNKNOWN};
use crate::runs;
use crate::scene::Scene;
use crate::spread::Spread;
use crate::subject::Subject;
use crate::table::{Cell, Table, by_supervision, heads};
use crate::times;
use crate::topic::Topic;

/// The section; none where no trial completed.
pub const TOPIC: Topic = Topic::new("cost", "Cost", blocks);

/// Room for the names on the right.
const LEGEND: i32 = 190;

/// Shorter fits cannot be distinguished, in seconds.
const LEAST_SECONDS: f64 = 1e-4;

fn blocks(scene: &Scene<'_>, figures: Vec<Figure>) -> Vec<Block> {
    let fitted: Vec<&SummaryRow> =
        scene.rows.iter().filter(|row| row.fit_seconds.is_some()).collect();
    if fitted.is_empty() {
        return vec![];
    }
    let head = heads(&["Model"], &["Fit, s", "Score, µs a row", "Peak, MB", "Median ROC-AUC"]);
    let cells = |row: &SummaryRow| {
        let median = |spread: Option<Spread>| spread.map(|spread| spread.median);
        vec![
            Cell::new(&row.name),
            Cell::known(median(row.fit_seconds), format::seconds),
            Cell::known(microseconds_a_row(scene.subject(), row), format::seconds),
            Cell::known(median(row.peak_rss_mb), format::megabytes),
            Cell::known(median(row.metric(0, Metric::RocAuc)), format::share),
        ]
    };
    let words = format!("Cost of each model, medians over {}", runs::varied(scene.results));
    let groups = by_supervision(fitted.into_iter(), cells);
    let table = Table::grouped(scene.caption(&words), head, groups)
        .notes([format!("{UNKNOWN} undefined or unknown.")])
        .sortable()
        .folded();
    Block::usual(text(scene.subject()), figures, [table])
}

/// How it was measured.
fn text(subject: Subject<'_>) -> Vec<String> {
    let Subject { results, rows } = subject;
    let mut text = vec![
        "Fit: wall time from the prepared training rows to the fitted model. Score: wall time of scoring all test rows in one call, over their number. Peak: the most resident memory of the trial's process, which holds the rows too. Reading and preparing the rows is not in the times.".to_owned(),
    ];
    text.extend(times::crowded(results));
    text.extend(times::shared(results, rows));
    text
}

/// The median over trials, each with its own number of test rows.
pub fn microseconds_a_row(subject: Subject<'_>, row: &SummaryRow) -> Option<f64> {
    let of_trial = |&at: &usize| {
        let record = subject.results.trials[at].record.as_ref()?;
        Some(
            1e6 * score_seconds(&record.outcome)?
                / record.sizes.filter(|sizes| sizes.test > 0)?.test as f64,
        )
    };
    Spread::of(row.trials.iter().filter_map(of_trial)).map(|spread| spread.median)
}

/// The figure of quality and cost, which stands below the verdict.
pub fn plots<'s>(scene: &'s Scene<'_>) -> Vec<Plot<'s>> {
    let subject = scene.subject();
    let any = !points(subject).is_empty();
    any.then(|| Plot::new("cost", move || draw(subject))).into_iter().collect()
}

/// A model in the figure.
struct Point<'a> {
    row: &'a SummaryRow,
    /// Its position among the rows, which decides its colour in every figure.
    series: usize,
    seconds: f64,
    roc_auc: f64,
}

impl Point<'_> {
    /// Where it stands on the axis of time.
    fn place(&self) -> f64 {
        self.seconds.max(LEAST_SECONDS).log10()
    }
}

/// The best first.
fn points(subject: Subject<'_>) -> Vec<Point<'_>> {
    let point = |(series, row)| -> Option<Point<'_>> {
        let row: &SummaryRow = row;
        let seconds = row.fit_seconds?.median;
        Some(Point { row, series, seconds, roc_auc: row.metric(0, Metric::RocAuc)?.median })
    };
    let mut points: Vec<Point<'_>> = subject.rows.iter().enumerate().filter_map(point).collect();
    points.sort_by(|a, b| b.roc_auc.total_cmp(&a.roc_auc).then(a.series.cmp(&b.series)));
    points
}

fn draw(subject: Subject<'_>) -> Result<Figure, DrawError> {
    let points = points(subject);
    let title = "Quality and the time of a fit";
    let subtitle = "medians over trials; the median ROC-AUC beside each name; the best place is the upper left";
    let x = padded(points.iter().map(Point::place), 0.1);
    let y = padded(points.iter().map(|point| point.roc_auc), 0.005);
    let canvas = Canvas::draw(SIZE, |area| {
        let frame = Frame {
            title,
            subtitle,
            stamp: subject.stamp(),
            x: Axis::new("median seconds of a fit (logarithmic)", Scale::Log, x.clone()),
            y: Axis::new("median ROC-AUC", Scale::Linear, y.clone()),
            legend: LEGEND,
        };
        let mut plot = open(area, &frame)?;
        let mut keys = Vec::new();
        for point in &points {
            let name = point.row.marked_name();
            let (auc, fit) = (format::share(point.roc_auc), format::duration(point.seconds));
            let value = format!("median ROC-AUC {auc}, {fit} to fit");
            let key = point.series;
            take(&plot, &Pen::Series(Series { key, name: name.clone(), value }))?;
            keys.push((Some(key), draw_point(&mut plot, point)?, format!("{auc}  {name}")));
        }
        take(&plot, &Pen::Frame)?;
        switches(area, LEGEND, &keys)
    })?;
    let said = |point: &Point<'_>| {
        let (auc, fit) = (format::share(point.roc_auc), format::duration(point.seconds));
        format!("{} {auc} in {fit}", point.row.name)
    };
    let listed: Vec<String> = points.iter().map(said).collect();
    Ok(Figure {
        title: title.into(),
        caption: format!(
            "Median ROC-AUC over the median seconds of a fit. Times depend on the machine and on what else it did.{}",
            subject.supervised_note()
        ),
        alt: format!("Models by ROC-AUC and seconds of a fit: {}.", listed.join("; ")),
        canvas,
        ..Figure::default()
    })
}

/// A dot; a cross once every colour is taken.
fn draw_point(plot: &mut Axes<'_>, point: &Point<'_>) -> Result<Key, DrawError> {
    let color = SERIES[point.series % SERIES.len()];
    let (dot, stroke) = (fill(color, 1.0), line(color, 1.0, 1.8));
    let at = (point.place(), point.roc_auc);
    if point.series < SERIES.len() {
        plot.draw_series([Circle::new(at, px(4.0), dot)])?;
        return Ok(Key::Dot(dot));
    }
    plot.draw_series([Cross::new(at, px(4.0), stroke)])?;
    Ok(Key::Cross(stroke))
}
