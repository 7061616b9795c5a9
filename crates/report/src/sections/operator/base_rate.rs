//! Precision over the base rate of all models in one figure: what share of the alarms is right where outliers are as
//! rare as they are in use (Axelsson, "The base-rate fallacy and the difficulty of intrusion detection", 2000). The
//! rates of a model do not depend on the base rate, so that nothing is resampled (Brabec et al., ICCS 2020).

use std::cmp::Ordering;

use oddbench_core::metrics::{Confusion, Counted};
use oddbench_core::results::TrialResult;
use oddbench_core::stats::{Bootstrap, interval_of, middle_two};
use plotters::style::text_anchor::{HPos, VPos};

use crate::aggregate::SummaryRow;
use crate::contenders::best_first;
use crate::figures::{
    Axes, Axis, Canvas, Dash, DrawError, Figure, Frame, INK, Key, Pen, SIZE, Scale, annotate,
    draw_curve, draw_series, line, open, series_line, switches, take, text,
};
use crate::format;
use crate::subject::Subject;

use super::{AT_LEAST, precision};

/// The rarest outliers of the axis: one row in 100,000.
const RAREST: f64 = 1e-5;

/// The commonest, unless the test rows have more.
const COMMONEST: f64 = 0.5;

/// Straight pieces of a curve.
const PIECES: i32 = 240;

/// Room for the names on the right.
const LEGEND: i32 = 190;

/// A model at its threshold.
pub struct Model {
    /// The position of its row, which decides its colour in every figure.
    index: usize,
    /// Its row's name, marked if it is supervised.
    name: String,
    /// The test rows at the threshold, of the trial in the middle; of an even number of trials, of the middle two.
    middle: [Confusion; 2],
}

impl Model {
    /// The share of the alarms that are right where that share of the rows are outliers; `None` if no row is called
    /// an outlier, or a class is absent.
    fn precision(&self, prevalence: f64) -> Option<f64> {
        self.mean(|counts| counts.weighted().precision_at(prevalence))
    }

    /// Of the middle two trials, as the table has it.
    fn mean(&self, of: impl Fn(&Confusion) -> Option<f64>) -> Option<f64> {
        let [low, high] = self.middle.each_ref().map(of);
        Some(f64::midpoint(low?, high?))
    }

    /// Whether a false alarm was seen.
    fn has_false_alarms(&self) -> bool {
        self.middle.iter().any(|counts| counts.fp > 0)
    }

    /// What its curve shows: precision or, where no false alarm was seen, the low end of its 95 % interval. Precision
    /// itself is then 1 at every base rate, however few inliers were tested.
    fn drawn(&self, prevalence: f64) -> Option<f64> {
        let precision = self.precision(prevalence)?;
        if self.has_false_alarms() {
            return Some(precision);
        }
        self.mean(|&counts| {
            let figure = Counted::PrecisionAt { counts, prevalence };
            Some(interval_of(&figure, Bootstrap::default().level)?.low)
        })
    }

    /// `0.429`, or `≥ 0.025` where no false alarm was seen.
    fn in_words(&self, drawn: f64) -> String {
        let mark = if self.has_false_alarms() { "" } else { AT_LEAST };
        format!("{mark}{}", precision(drawn))
    }

    /// Whether it has a curve.
    pub fn has_line(&self) -> bool {
        self.precision(COMMONEST).is_some()
    }
}

/// The rows with a threshold: that of the rate at `main` or, where the rows resolve no rate, of the first threshold
/// rule. Of several trials they are those in the middle by precision. They are the same ones for every base rate, because
/// precision falls with the ratio of the false positive rate to recall alone.
pub fn models(subject: Subject<'_>, main: Option<usize>) -> Vec<Model> {
    let counts = |trial: &TrialResult| match main {
        Some(main) => trial.operating.get(main)?.confusion,
        None => trial.evaluations.first()?.confusion,
    };
    let model = |(index, row): (usize, &SummaryRow)| {
        let trials = row.trials.iter().map(|&at| &subject.results.trials[at]);
        let mut known: Vec<Confusion> = trials.filter_map(counts).collect();
        let precision = |counts: &Confusion| counts.weighted().precision_at(COMMONEST);
        // A trial that calls nothing has no precision, and stands for the row only if all do.
        if known.iter().any(|counts| precision(counts).is_some()) {
            known.retain(|counts| precision(counts).is_some());
        }
        known.sort_by(|a, b| precision(a).partial_cmp(&precision(b)).unwrap_or(Ordering::Equal));
        Some(Model { index, name: row.marked_name(), middle: middle_two(&known)? })
    };
    subject.rows.iter().enumerate().filter_map(model).collect()
}

/// How the thresholds were chosen.
fn threshold(subject: Subject<'_>, main: Option<usize>) -> String {
    let experiment = &subject.results.manifest.experiment;
    match (main, experiment.thresholds.first()) {
        (Some(main), _) => {
            format!("FPR {} on benign validation rows", format::rate(experiment.operator.fpr[main]))
        }
        (None, Some(rule)) => format::rule(rule),
        (None, None) => format::UNKNOWN.into(),
    }
}

/// A curve for each model.
pub fn draw(
    subject: Subject<'_>,
    main: Option<usize>,
    models: &[Model],
) -> Result<Figure, DrawError> {
    let title = "Precision and base rate";
    let labels = subject.test().map_or(&[][..], |test| &test.labels);
    let outliers = labels.iter().filter(|&&label| label).count();
    let inliers = labels.len() - outliers;
    let stated = &subject.results.manifest.experiment.operator.prevalence;
    let stated = stated.iter().copied().reduce(f64::min).unwrap_or(RAREST);
    let threshold = threshold(subject, main);
    let own = outliers as f64 / (inliers + outliers).max(1) as f64;
    let most = if own > COMMONEST { 1.0 } else { COMMONEST };
    let named = format!("{} %", format::percent(own));
    let subtitle = format!("{threshold}; precision at {} beside each name", format::rate(stated));
    // Models are in the order of their rows.
    let ranked = best_first(models.iter().filter_map(|model| Some((model, model.drawn(stated)?))));
    let key = |(model, drawn): &(&Model, f64)| {
        let (style, dash) = series_line(model.index);
        let text = format!("{}  {}", model.in_words(*drawn), model.name);
        (Some(model.index), Key::Line(style, dash), text)
    };
    let keys: Vec<(Option<usize>, Key, String)> = ranked.iter().map(key).collect();
    let canvas = Canvas::draw(SIZE, |area| {
        let ends = Scale::Log.place(RAREST)..Scale::Log.place(most);
        let x = Axis::powers("base rate: share of rows that are outliers (logarithmic)", ends);
        let y = Axis::unit("precision");
        let stamp = subject.stamp();
        let frame = Frame { title, subtitle: &subtitle, stamp, x, y, legend: LEGEND };
        let mut plot = open(area, &frame)?;
        if own > 0.0 {
            // An enlarged part has no place for its words: both go with the grid.
            take(&plot, &Pen::Scale)?;
            mark(&mut plot, own, &format!("test rows: {named}"))?;
            take(&plot, &Pen::Frame)?;
        }
        for (model, _) in ranked.iter().rev() {
            let (key, points) = ((model.index, model.name.as_str()), curve(model, most));
            draw_series(&mut plot, key, &points, series_line(model.index))?;
        }
        switches(area, LEGEND, &keys)
    })?;
    let said: Vec<String> = ranked
        .iter()
        .map(|(model, at)| format!("{} {}", model.name, model.in_words(*at)))
        .collect();
    Ok(Figure {
        title: title.into(),
        caption: caption(subject, models, (&threshold, inliers, outliers)),
        alt: format!(
            "Precision over the base rate. At base rate {}: {}.",
            format::rate(stated),
            said.join(", ")
        ),
        canvas,
        ..Figure::default()
    })
}

/// What a reader must know, the models without false alarms or alarms included.
fn caption(
    subject: Subject<'_>,
    models: &[Model],
    (threshold, inliers, outliers): (&str, usize, usize),
) -> String {
    let own = format::percent_of(outliers, inliers + outliers);
    let mut caption = format!(
        "Share of the alarms that are right in traffic of which that share is outliers, from recall and the false positive rate on the test rows ({}, {}), at one threshold per model: {threshold}. The dashed line is the test rows' own share of outliers, {own} %. The precision there is that of the test rows as they are. To its left outliers are rarer, as they are in a network.",
        format::counted(inliers, "inlier"),
        format::counted(outliers, "outlier"),
    );
    let named = |is: &dyn Fn(&Model) -> bool| {
        let names: Vec<&str> = models.iter().filter(|m| is(m)).map(|m| m.name.as_str()).collect();
        (!names.is_empty()).then(|| names.join(", "))
    };
    if let Some(names) = named(&|model| !model.has_false_alarms() && model.has_line()) {
        caption.push_str(&format!(
            " No false alarm among these inliers: {names}. The line is the low end of the 95 % interval of precision (≥), because a false positive rate up to {} would often show none either.",
            format::significant(3.0 / inliers.max(1) as f64, 1)
        ));
    }
    if let Some(names) = named(&|model| !model.has_line()) {
        caption.push_str(&format!(" No line, because no row is called an outlier: {names}."));
    }
    caption.push_str(subject.supervised_note());
    caption
}

/// Precision over the logarithm of the base rate.
fn curve(model: &Model, most: f64) -> Vec<(f64, f64)> {
    let (from, to) = (Scale::Log.place(RAREST), Scale::Log.place(most));
    let at = |piece: i32| from + (to - from) * f64::from(piece) / f64::from(PIECES);
    let point = |place: f64| Some((place, model.drawn(10_f64.powf(place))?));
    (0..=PIECES).map(at).filter_map(point).collect()
}

/// A dashed line at the test rows' own share of outliers, with its name above.
fn mark(plot: &mut Axes<'_>, share: f64, name: &str) -> Result<(), DrawError> {
    let x = Scale::Log.place(share.max(RAREST));
    draw_curve(plot, &[(x, 0.0), (x, 1.0)], line(INK, 1.0, 1.2), Dash::Dashed)?;
    let style = text(11.0, INK, HPos::Center, VPos::Center);
    annotate(plot, (x, 1.01), (0.0, -7.0), name.to_owned(), style)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Of 2,000 outliers and 8,000 inliers.
    fn model(tp: u64, fp: u64) -> Model {
        let counts = Confusion { tp, fn_: 2_000 - tp, fp, tn: 8_000 - fp };
        Model { index: 0, name: "AE".into(), middle: [counts; 2] }
    }

    #[test]
    fn the_studys_autoencoder_is_right_in_two_of_a_hundred_alarms_at_one_in_a_thousand() {
        // Recall 0.97 and precision 0.847 at 20 % outliers are 350 false alarms.
        let study = model(1_940, 350);
        assert!((study.precision(0.2).unwrap() - 0.847).abs() < 5e-4);
        assert!((study.precision(1e-3).unwrap() - 0.0217).abs() < 5e-5);
    }

    #[test]
    fn of_two_trials_the_curve_is_the_mean() {
        let [low, high] = [model(1_800, 350), model(1_900, 80)];
        let both = Model { middle: [low.middle[0], high.middle[0]], ..model(0, 0) };
        let mean = f64::midpoint(low.precision(1e-3).unwrap(), high.precision(1e-3).unwrap());
        assert_eq!(both.drawn(1e-3), Some(mean));
    }

    #[test]
    fn a_curve_rises_with_the_base_rate_from_end_to_end() {
        let points = curve(&model(1_800, 80), 0.5);
        assert!((points[0].0 + 5.0).abs() < 1e-12);
        assert!((points.last().unwrap().0 - 0.5_f64.log10()).abs() < 1e-12);
        assert!(points.windows(2).all(|pair| pair[0].0 < pair[1].0 && pair[0].1 < pair[1].1));
    }

    #[test]
    fn without_alarms_there_is_no_precision_and_without_false_ones_it_is_one() {
        assert!(!model(0, 0).has_line() && curve(&model(0, 0), 0.5).is_empty());
        assert_eq!(model(1_000, 0).precision(1e-5), Some(1.0));
        assert_eq!(model(0, 800).precision(0.1), Some(0.0));
    }

    #[test]
    fn without_a_false_alarm_the_line_is_what_the_inliers_can_tell() {
        let careful = model(1_000, 0);
        // By Wilson's interval the rate may be up to 3.84 / 8,004 = 0.00048, and recall is near 0.5.
        let least = careful.drawn(1e-3).unwrap();
        assert!((0.48..0.53).contains(&least), "{least}");
        assert!(careful.drawn(1e-5).unwrap() < 0.02);
        assert!(careful.in_words(least).starts_with("≥ 0."));
        let seen = model(1_000, 8);
        assert_eq!(seen.drawn(1e-3), seen.precision(1e-3));
        assert!(!seen.in_words(0.3).contains('≥'));
    }
}
