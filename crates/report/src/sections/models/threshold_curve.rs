//! Every metric over every threshold, for the median seed of a row, with the chosen thresholds marked.

use oddbench_core::metrics::{Confusion, Metric, sweep};
use plotters::prelude::{Circle, RGBColor};
use plotters::style::text_anchor::{HPos, VPos};

use crate::aggregate::SummaryRow;
use crate::figures::{
    Axis, Canvas, Dash, DrawError, Figure, Frame, INK, Key, MUTED, SERIES, SIZE, annotate, bold,
    draw_curve, fill, legend, line, open, px,
};
use crate::format;
use crate::subject::Subject;

/// The curves with the position of their colour; F1 is drawn last, on top.
const CURVES: [(&str, usize, Metric); 5] = [
    ("accuracy", 7, Metric::Accuracy),
    ("precision", 0, Metric::Precision),
    ("recall", 1, Metric::Recall),
    ("F2", 4, Metric::F2),
    ("F1", 2, Metric::F1),
];

/// The share of rows that are not called outliers: a threshold's place among the test scores.
fn place(counts: &Confusion) -> f64 {
    (counts.tn + counts.fn_) as f64 / counts.total().max(1) as f64
}

/// Draws the curves of a row's median seed.
pub fn draw(subject: Subject<'_>, row: &SummaryRow) -> Result<Figure, DrawError> {
    let trial = subject.shown(row);
    let swept = match &trial.scores {
        Some(scores) => sweep(&scores.test.labels, &scores.test.scores),
        None => Vec::new(),
    };
    let best = swept
        .iter()
        .filter_map(|(_, counts)| Some((place(counts), Metric::F1.of_counts(counts)?)))
        .max_by(|a, b| a.1.total_cmp(&b.1));
    let title = format!("{}: metrics over the threshold", row.name);
    let subtitle = subject.seed_words(row);
    let marks: Vec<Mark> = marks(trial);
    let canvas = Canvas::draw(SIZE, |area| {
        let x = Axis::unit("share of test rows at or below the threshold");
        let y = Axis::unit("metric on the test rows");
        let frame =
            Frame { title: &title, subtitle: &subtitle, stamp: subject.stamp(), x, y, legend: 128 };
        let mut plot = open(area, &frame)?;
        for (_, color, metric) in CURVES {
            for run in runs(&swept, metric) {
                draw_curve(&mut plot, &run, line(SERIES[color], 1.0, width(color)), Dash::Solid)?;
            }
        }
        for mark in &marks {
            draw_curve(
                &mut plot,
                &[(mark.at, 0.0), (mark.at, 1.0)],
                line(mark.color, 1.0, 1.2),
                Dash::Dashed,
            )?;
        }
        for (i, mark) in marks.iter().enumerate() {
            let right = mark.at > 0.5;
            let shift =
                (if right { -4.0 } else { 4.0 }, -6.0 - 14.0 * (marks.len() - 1 - i) as f64);
            let side = if right { HPos::Right } else { HPos::Left };
            let style = bold(10.0, mark.color, side, VPos::Bottom);
            annotate(&mut plot, (mark.at, 0.0), shift, mark.name.clone(), style)?;
        }
        if let Some(point) = best {
            plot.draw_series([Circle::new(point, px(3.5), fill(SERIES[2], 1.0))])?;
        }
        let mut keys: Vec<(Key, String)> = CURVES
            .iter()
            .rev()
            .map(|&(name, color, _)| {
                (Key::Line(line(SERIES[color], 1.0, width(color)), Dash::Solid), name.to_owned())
            })
            .collect();
        keys.push((Key::Dot(fill(SERIES[2], 1.0)), "best F1".into()));
        if !marks.is_empty() {
            keys.push((Key::Line(line(INK, 1.0, 1.2), Dash::Dashed), "chosen".into()));
        }
        legend(area, 128, &keys)
    })?;
    Ok(Figure {
        alt: alt(&row.name, &marks, best),
        caption: caption(subject),
        title,
        canvas,
        ..Figure::default()
    })
}

fn width(color: usize) -> f64 {
    if color == 2 { 2.2 } else { 1.4 }
}

/// A metric's runs of thresholds at which it is defined.
fn runs(swept: &[(f64, Confusion)], metric: Metric) -> Vec<Vec<(f64, f64)>> {
    let mut runs = vec![Vec::new()];
    for (_, counts) in swept {
        match (metric.of_counts(counts), runs.last_mut()) {
            (Some(value), Some(run)) => run.push((place(counts), value)),
            _ => runs.push(Vec::new()),
        }
    }
    runs.retain(|run| run.len() > 1);
    runs
}

/// A chosen threshold.
struct Mark {
    at: f64,
    name: String,
    f1: Option<f64>,
    color: RGBColor,
}

fn marks(trial: &oddbench_core::results::TrialResult) -> Vec<Mark> {
    let mark = |(rule, evaluation): (usize, &oddbench_core::evaluate::Evaluation)| {
        let counts = evaluation.confusion?;
        let oracle = if evaluation.oracle { " †" } else { "" };
        let number =
            if trial.evaluations.len() > 1 { format!("{}: ", rule + 1) } else { String::new() };
        Some(Mark {
            at: place(&counts),
            name: format!("{number}{}{oracle}", evaluation.settings.rule_name()),
            f1: evaluation.metrics[Metric::F1],
            color: if rule == 0 { INK } else { MUTED },
        })
    };
    trial.evaluations.iter().enumerate().filter_map(mark).collect()
}

fn caption(subject: Subject<'_>) -> String {
    let mut text = String::from(
        "Dashed: the chosen thresholds. Dot: the best F1 that a threshold could give these rows, known only to an oracle.",
    );
    if subject.has_oracle() {
        text.push_str(" † threshold chosen on the test rows.");
    }
    text
}

fn alt(name: &str, marks: &[Mark], best: Option<(f64, f64)>) -> String {
    let mut text = format!("Accuracy, precision, recall, F1 and F2 of {name} over the threshold.");
    if let Some((at, f1)) = best {
        text.push_str(&format!(
            " F1 is best, {}, where {} % of the rows are below.",
            format::share(f1),
            format::percent(at)
        ));
    }
    for mark in marks {
        let f1 = mark.f1.map_or(format::UNKNOWN.into(), format::share);
        let at = format::percent(mark.at);
        text.push_str(&format!(" {} chose {at} %: F1 {f1}.", mark.name));
    }
    text
}
