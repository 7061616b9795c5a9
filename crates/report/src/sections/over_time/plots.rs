//! Alarms and the false-positive rate over time, one line a model.

use oddbench_core::over_time::TENTHS;
use oddbench_core::time::Notation;

use super::measured::{ModelOverTime, OverTime};
use crate::figures::{
    Axis, BESIDE, Canvas, Dash, DrawError, Figure, Frame, GRID, Key, MUTED, Pen, SIZE, Scale,
    Series, draw_curve, draw_series, line, open, series_line, switches, take,
};
use crate::format;
use crate::subject::Subject;

/// Room for the names on the right.
const LEGEND: i32 = 190;

/// The models that are measured, the best ROC-AUC first; where it is undefined, in the order of the rows.
fn ranked(over: &OverTime) -> Vec<&ModelOverTime> {
    let mut models: Vec<&ModelOverTime> = over.models.iter().collect();
    // Undefined values sort behind all others, and the sort keeps the order of equal ones.
    let value = |model: &ModelOverTime| model.roc_auc.unwrap_or(f64::NEG_INFINITY);
    models.sort_by(|a, b| value(b).total_cmp(&value(a)));
    models
}

/// Legend entries: the name, and the ROC-AUC where it is defined.
fn keys(subject: Subject<'_>, models: &[&ModelOverTime]) -> Vec<(Option<usize>, Key, String)> {
    let entry = |model: &&ModelOverTime| {
        let (style, dash) = series_line(model.row);
        let name = subject.rows[model.row].marked_name();
        let text = match model.roc_auc {
            Some(value) => format!("{}  {name}", format::share(value)),
            None => name,
        };
        (Some(model.row), Key::Line(style, dash), text)
    };
    models.iter().map(entry).collect()
}

/// Alarms of every model, and the attack rows.
pub fn alarms(subject: Subject<'_>, over: &OverTime) -> Result<Figure, DrawError> {
    let (bucket, models) = (over.bucket.word(), ranked(over));
    let title = format!("Alarms by {bucket}");
    let beside = match models.iter().any(|model| model.roc_auc.is_some()) {
        true => "ROC-AUC beside each name; ",
        false => "",
    };
    let of_fold = over.of_its_fold();
    let subtitle =
        format!("right and false alarms on test rows{of_fold}; {beside}grey: attack rows");
    let place = |start: f64| (start - over.period.from) / over.bucket.seconds() + 0.5;
    let points = |model: &ModelOverTime, count: fn(&_) -> u64| -> Vec<(f64, f64)> {
        let point = |b| {
            let b: &oddbench_core::over_time::AlarmBucket = b;
            (place(b.start), count(b) as f64)
        };
        model.alarms.iter().map(point).collect()
    };
    let lines: Vec<(usize, Vec<(f64, f64)>)> = models
        .iter()
        .map(|model| (model.row, points(model, |b| b.false_alarms + b.true_alarms)))
        .collect();
    let attacks = over.models.first().map(|model| points(model, |b| b.attacks)).unwrap_or_default();
    let all = || lines.iter().map(|(_, line)| line).chain([&attacks]).flatten();
    let most = all().map(|point| point.1).fold(1.0, f64::max);
    let (left, right) = all()
        .fold((0.0, 1.0), |(low, high): (f64, f64), point| (low.min(point.0), high.max(point.0)));
    let from = over.notation().in_words(over.period.from);
    let zone = if over.notation() == Notation::Date { " UTC" } else { "" };
    let canvas = Canvas::draw(SIZE, |area| {
        let frame = Frame {
            title: &title,
            subtitle: &subtitle,
            stamp: subject.stamp(),
            x: Axis::new(format!("{bucket}s since {from}{zone}"), Scale::Linear, left..right),
            y: Axis::new(
                format!("alarms in {}", over.bucket.one()),
                Scale::Linear,
                0.0..most * 1.05,
            ),
            legend: LEGEND,
        };
        let mut plot = open(area, &frame)?;
        let grey = (line(MUTED, 0.6, 3.0), Dash::Solid);
        draw_series(&mut plot, (BESIDE, "attack rows"), &attacks, grey)?;
        for (row, points) in lines.iter().rev() {
            let name = subject.rows[*row].marked_name();
            draw_series(&mut plot, (*row, &name), points, series_line(*row))?;
        }
        let mut keys = keys(subject, &models);
        keys.push((Some(BESIDE), Key::Line(grey.0, grey.1), "attack rows".into()));
        switches(area, LEGEND, &keys)
    })?;
    let said = |(row, points): &(usize, Vec<(f64, f64)>)| {
        let total = points.iter().map(|point| point.1).sum::<f64>();
        format!("{} {}", subject.rows[*row].name, format::count(total as usize))
    };
    let listed: Vec<String> = lines.iter().map(said).collect();
    Ok(Figure {
        caption: format!(
            "Alarms on test rows{of_fold} by {bucket}, right and false ones together, of each model's median seed under the first threshold rule. Grey: attack rows, found or not.{}",
            subject.supervised_note()
        ),
        alt: format!("Alarms by {bucket}. All alarms: {}.", listed.join(", ")),
        title,
        canvas,
        ..Figure::default()
    })
}

/// The false-positive rate of every model by tenth of the benign rows, with intervals.
pub fn rates(subject: Subject<'_>, over: &OverTime) -> Result<Figure, DrawError> {
    let title = "False-positive rate over time";
    let of_fold = over.of_its_fold();
    let subtitle = format!(
        "by tenth of the benign test rows{of_fold} in order of time, with intervals of 95 %"
    );
    let subtitle = subtitle.as_str();
    let mut models = ranked(over);
    models.retain(|model| model.drift.is_some());
    let drifts = || models.iter().filter_map(|model| Some((model.row, model.drift.as_ref()?)));
    let highs =
        drifts().flat_map(|(_, drift)| drift.tenths.iter().map(|tenth| tenth.interval.high));
    let most = highs.fold(1e-3, f64::max);
    let canvas = Canvas::draw(SIZE, |area| {
        let x = Axis::new("tenth of the benign test rows", Scale::Linear, 0.5..TENTHS as f64 + 0.5);
        let y = Axis::new("false-positive rate", Scale::Linear, 0.0..(most * 1.05).min(1.0));
        let frame = Frame { title, subtitle, stamp: subject.stamp(), x, y, legend: LEGEND };
        let mut plot = open(area, &frame)?;
        draw_curve(
            &mut plot,
            &[(0.5, 0.0), (TENTHS as f64 + 0.5, 0.0)],
            line(GRID, 1.0, 1.0),
            Dash::Solid,
        )?;
        let drawn: Vec<_> = drifts().collect();
        for (row, drift) in drawn.into_iter().rev() {
            let (style, dash) = series_line(row);
            let name = subject.rows[row].marked_name();
            take(&plot, &Pen::Series(Series { key: row, name, value: String::new() }))?;
            let thin =
                plotters::style::ShapeStyle { stroke_width: style.stroke_width / 2, ..style };
            for (at, tenth) in drift.tenths.iter().enumerate() {
                let x = at as f64 + 1.0;
                let bar = [(x, tenth.interval.low), (x, tenth.interval.high)];
                draw_curve(&mut plot, &bar, thin, Dash::Solid)?;
            }
            let rates = drift.tenths.iter().enumerate();
            let points: Vec<(f64, f64)> =
                rates.map(|(at, tenth)| (at as f64 + 1.0, tenth.rate())).collect();
            draw_curve(&mut plot, &points, style, dash)?;
        }
        take(&plot, &Pen::Frame)?;
        switches(area, LEGEND, &keys(subject, &models))
    })?;
    let said = drifts().map(|(row, drift)| {
        let rate = |at: usize| format::significant(drift.tenths[at].rate(), 2);
        format!("{} from {} to {}", subject.rows[row].name, rate(0), rate(TENTHS - 1))
    });
    let listed: Vec<String> = said.collect();
    Ok(Figure {
        title: title.into(),
        caption: format!(
            "The share of benign test rows{of_fold} that are alarms, by tenth of these rows in order of time, with Wilson's intervals of 95 %. Median seeds, first threshold rule.{}",
            subject.supervised_note()
        ),
        alt: format!("False-positive rate, first and last tenth: {}.", listed.join("; ")),
        canvas,
        ..Figure::default()
    })
}
