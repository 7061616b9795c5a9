//! Learning curves: training and validation loss by epoch, every seed.

use crate::aggregate::SummaryRow;
use crate::figures::{
    Axes, Axis, Canvas, Dash, DrawError, Figure, Frame, INLIER, Key, OUTLIER, SIZE, Scale,
    draw_curve, legend, line, open,
};
use crate::format;
use crate::subject::Subject;
use oddbench_core::detector::Epoch;
use oddbench_core::record::Outcome;
use oddbench_core::results::TrialResult;

/// Draws every seed's curves, the median seed's bold.
pub fn draw(subject: Subject<'_>, row: &SummaryRow) -> Result<Figure, DrawError> {
    let seeds: Vec<(bool, &[Epoch])> = row
        .trials
        .iter()
        .filter_map(|&at| {
            Some((Some(at) == row.median_trial, epochs(&subject.results.trials[at])?))
        })
        .collect();
    let losses = || {
        seeds
            .iter()
            .flat_map(|(_, epochs)| epochs.iter())
            .flat_map(|e| [Some(e.loss), e.validation_loss])
            .flatten()
            .filter(|v| v.is_finite())
    };
    let validated =
        seeds.iter().any(|(_, epochs)| epochs.iter().any(|e| e.validation_loss.is_some()));
    let (low, high) =
        losses().fold((f64::MAX, f64::MIN), |(low, high), v| (low.min(v), high.max(v)));
    let scale = if low > 0.0 && high > 20.0 * low { Scale::Log } else { Scale::Linear };
    let last =
        seeds.iter().filter_map(|(_, epochs)| epochs.last()).map(|e| e.epoch).max().unwrap_or(1);
    let title = format!("{}: learning curve", row.name);
    let subtitle = match seeds.len() {
        1 => subject.seed_words(row),
        n => format!("bold: {}; thin: the other {}", subject.seed_words(row), n - 1),
    };
    let canvas = Canvas::draw(SIZE, |area| {
        let name = if scale == Scale::Log { "loss (logarithmic)" } else { "loss" };
        let y = Axis::new(name, scale, padded(scale.place(low), scale.place(high)));
        let mut x = Axis::new("epoch", Scale::Linear, 0.5..f64::from(last) + 0.5);
        x.ticks.retain(|(at, _)| at.fract() == 0.0);
        let frame =
            Frame { title: &title, subtitle: &subtitle, stamp: subject.stamp(), x, y, legend: 132 };
        let mut plot = open(area, &frame)?;
        for pass in [false, true] {
            for (_, epochs) in seeds.iter().filter(|(median, _)| *median == pass) {
                draw_seed(&mut plot, epochs, scale, pass)?;
            }
        }
        let mut keys =
            vec![(Key::Line(line(INLIER, 1.0, 2.0), Dash::Solid), "training".to_owned())];
        if validated {
            keys.push((Key::Line(line(OUTLIER, 1.0, 2.0), Dash::Dashed), "validation".to_owned()));
        }
        legend(area, 132, &keys)
    })?;
    let alt = alt(row.name.as_str(), &seeds);
    let caption =
        "Mean loss of each epoch: solid on training rows, dashed on validation inliers.".into();
    Ok(Figure { title, caption, alt, canvas, ..Figure::default() })
}

/// The epochs of a trial that was trained in epochs.
pub fn epochs(trial: &TrialResult) -> Option<&[Epoch]> {
    match &trial.record.as_ref()?.outcome {
        Outcome::Completed { epochs, .. } if !epochs.is_empty() => Some(epochs),
        _ => None,
    }
}

fn alt(name: &str, seeds: &[(bool, &[Epoch])]) -> String {
    let shown =
        seeds.iter().find(|(median, _)| *median).or(seeds.first()).map(|(_, epochs)| *epochs);
    match shown.and_then(|epochs| Some((epochs.first()?, epochs.last()?))) {
        Some((first, last)) => format!(
            "Learning curve of {name}: the training loss goes from {} after epoch {} to {} after epoch {}.",
            format::significant(first.loss, 3),
            first.epoch,
            format::significant(last.loss, 3),
            last.epoch,
        ),
        None => format!("Learning curve of {name}."),
    }
}

fn padded(low: f64, high: f64) -> std::ops::Range<f64> {
    if low > high {
        return 0.0..1.0;
    }
    let room = ((high - low) * 0.06).max(high.abs() * 1e-3).max(1e-12);
    low - room..high + room
}

fn draw_seed(
    plot: &mut Axes<'_>,
    epochs: &[Epoch],
    scale: Scale,
    median: bool,
) -> Result<(), DrawError> {
    let (alpha, width) = if median { (1.0, 2.0) } else { (0.45, 1.0) };
    for validation in [false, true] {
        let loss = |e: &Epoch| if validation { e.validation_loss } else { Some(e.loss) };
        let place = |e: &Epoch| {
            let loss = loss(e).filter(|loss| loss.is_finite())?;
            Some((f64::from(e.epoch), scale.place(loss)))
        };
        let points: Vec<(f64, f64)> = epochs.iter().filter_map(place).collect();
        let style = line(if validation { OUTLIER } else { INLIER }, alpha, width);
        let dash = if validation { Dash::Dashed } else { Dash::Solid };
        match points[..] {
            [] => {}
            // One epoch has no line: a short one shows where it is.
            [(x, y)] => draw_curve(plot, &[(x - 0.1, y), (x + 0.1, y)], style, Dash::Solid)?,
            _ => draw_curve(plot, &points, style, dash)?,
        }
    }
    Ok(())
}
