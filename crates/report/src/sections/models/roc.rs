//! ROC curves of all seeds of a row.

use oddbench_core::metrics::{Metric, RocCurve};
use plotters::prelude::Circle;

use crate::aggregate::SummaryRow;
use crate::figures::{
    BESIDE, Canvas, Dash, DrawError, Figure, INK, INLIER, Key, MUTED, Pen, SIZE, Series,
    draw_series, fill, line, px, switches, take,
};
use crate::format;
use crate::sections::overview::roc::{curve, open_unit, points};
use crate::subject::Subject;

/// Every seed of a row, the median one bold, with the point of the first threshold rule.
pub fn draw(
    subject: Subject<'_>,
    curves: &[Option<RocCurve>],
    row: &SummaryRow,
) -> Result<Figure, DrawError> {
    let title = format!("{}: ROC curve", row.name);
    let others: Vec<&RocCurve> = row
        .trials
        .iter()
        .filter(|at| Some(**at) != row.median_trial)
        .filter_map(|&at| curves[at].as_ref())
        .collect();
    let auc = row
        .median_trial
        .and_then(|at| subject.results.trials[at].evaluations.first()?.metrics[Metric::RocAuc])
        .map_or(String::new(), |auc| format!("AUC {auc:.3}"));
    let subtitle = subject.seed_words(row);
    let operating = operating_point(subject, row);
    let oracle = subject.is_oracle();
    let (bold, thin) = (line(INLIER, 1.0, 2.2), line(INLIER, 0.45, 1.0));
    let canvas = Canvas::draw(SIZE, |area| {
        let mut plot = open_unit(area, subject, &title, &subtitle, 150)?;
        for curve in &others {
            draw_series(&mut plot, (1, "another seed"), &points(curve), (thin, Dash::Solid))?;
        }
        if let Some(curve) = curve(curves, row) {
            draw_series(&mut plot, (0, &row.name), &points(curve), (bold, Dash::Solid))?;
        }
        let mut keys = vec![(Some(0), Key::Line(bold, Dash::Solid), auc.clone())];
        if !others.is_empty() {
            let label = format::counted(others.len(), "other seed");
            keys.push((Some(1), Key::Line(thin, Dash::Solid), label));
        }
        if let Some(point) = operating {
            let name = "threshold".to_owned();
            take(&plot, &Pen::Series(Series { key: 2, name, value: String::new() }))?;
            plot.draw_series([Circle::new(point, px(4.0), fill(INK, 1.0))])?;
            take(&plot, &Pen::Frame)?;
            let mark = if oracle { " †" } else { "" };
            keys.push((Some(2), Key::Dot(fill(INK, 1.0)), format!("threshold{mark}")));
        }
        let chance = Key::Line(line(MUTED, 1.0, 1.0), Dash::Dashed);
        keys.push((Some(BESIDE), chance, "chance".into()));
        switches(area, 150, &keys)
    })?;
    let mut caption = match others.len() {
        0 => String::new(),
        _ => "Bold: the median seed; thin: every other seed. ".to_owned(),
    };
    caption.push_str("Dot: the first rule's threshold.");
    if oracle {
        caption.push_str(" † chosen on the test rows.");
    }
    let alt = match operating {
        Some((fpr, tpr)) => format!(
            "ROC curve of {}, {auc}. At the threshold the false positive rate is {fpr:.3} and the true positive rate {tpr:.3}.",
            row.name
        ),
        None => format!("ROC curve of {}, {auc}.", row.name),
    };
    Ok(Figure { title, caption, alt, canvas, ..Figure::default() })
}

/// False and true positive rate at the first rule's threshold of the median seed.
fn operating_point(subject: Subject<'_>, row: &SummaryRow) -> Option<(f64, f64)> {
    let confusion = subject.results.trials[row.median_trial?].evaluations.first()?.confusion?;
    let (inliers, outliers) = (confusion.fp + confusion.tn, confusion.tp + confusion.fn_);
    let rate = |part: u64, of: u64| (of > 0).then(|| part as f64 / of as f64);
    Some((rate(confusion.fp, inliers)?, rate(confusion.tp, outliers)?))
}
