//! One false positive rate: its threshold, and the figures of the judged rows at it.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::settings::OperatorSettings;
use crate::metrics::{Confusion, Counted, Cuts, Metric};
use crate::scores::{ScoredPart, Scores};
use crate::stats::{Bootstrap, Interval, interval_of};
use crate::threshold::{Fpr, Rule, TunedRows};

/// How many false alarms a part must be expected to have for a rate to be resolved. With fewer, the rate
/// that is reached is mostly chance: if 10 are expected, the count has a standard deviation of a third.
pub const MIN_FALSE_ALARMS: f64 = 10.0;

/// A figure and where it may lie at 95 %, given that the judged rows are a sample. The threshold is held fixed.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Estimate {
    /// The figure.
    pub value: f64,
    /// Where it may lie.
    pub interval: Interval,
}

impl Estimate {
    /// The same in another unit.
    fn times(self, factor: f64) -> Self {
        let Interval { low, high } = self.interval;
        let interval = Interval { low: low * factor, high: high * factor };
        Self { value: self.value * factor, interval }
    }
}

/// A part that has too few benign rows for a rate.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Unresolvable {
    /// Which part.
    pub part: Part,
    /// How many benign rows it has.
    pub inliers: u64,
    /// How many it needs: [`MIN_FALSE_ALARMS`] over the rate, rounded up.
    pub needed: u64,
}

/// A part of the rows that decides whether a rate is resolved.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Part {
    /// The rows that the threshold is chosen on.
    Validation,
    /// The test rows.
    Test,
    /// Rows of another table.
    Transfer,
}

impl Part {
    /// Its name in files and tables.
    pub fn name(self) -> &'static str {
        match self {
            Self::Validation => "validation",
            Self::Test => "test",
            Self::Transfer => "transfer",
        }
    }
}

impl fmt::Display for Unresolvable {
    /// `not resolvable: the validation part has 812 benign rows and this rate needs 10000`
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { part, inliers, needed } = self;
        let part = part.name();
        write!(
            f,
            "not resolvable: the {part} part has {inliers} benign rows and this rate needs {needed}"
        )
    }
}

/// Precision where attacks are as rare as that.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AtPrevalence {
    /// The share of rows that are attacks.
    pub prevalence: f64,
    /// The share of alarms that are attacks; `None` where no judged row is called, or a class is absent.
    pub precision: Option<Estimate>,
}

/// What the judged rows say at the threshold of one false positive rate.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OperatingPoint {
    /// The false positive rate that is asked for.
    pub fpr: f64,
    /// Why there are no figures: every one below is then `None`, and `precision` is empty.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unresolvable: Option<Unresolvable>,
    /// The smallest threshold at which at most this share of the benign validation rows is called.
    pub threshold: Option<f64>,
    /// Counts of the judged rows at the threshold.
    pub confusion: Option<Confusion>,
    /// The share of attacks that are found; `None` without attacks.
    pub recall: Option<Estimate>,
    /// The share of benign judged rows that are called: what the rate has become on rows that did not choose
    /// the threshold.
    pub fpr_reached: Option<Estimate>,
    /// One for each stated prevalence, in that order.
    pub precision: Vec<AtPrevalence>,
    /// False alarms in a million benign rows.
    pub false_alarms_per_million: Option<Estimate>,
    /// False alarms in a day of the stated volume; `None` where no volume is stated.
    pub false_alarms_per_day: Option<Estimate>,
}

/// The test rows and the transfer rows at every rate that is asked for. Scores are finite.
pub fn operating_points(
    scores: &Scores,
    settings: &OperatorSettings,
) -> (Vec<OperatingPoint>, Vec<OperatingPoint>) {
    let of = |part, rows: &ScoredPart| -> Vec<OperatingPoint> {
        let at = |&fpr| OperatingPoint::of(&scores.validation, (part, rows), fpr, settings);
        settings.fpr.iter().map(at).collect()
    };
    let transfer = scores.transfer.as_ref().map(|rows| of(Part::Transfer, rows));
    (of(Part::Test, &scores.test), transfer.unwrap_or_default())
}

/// The threshold that the rule `fpr` chooses on the benign validation rows, if they and the benign judged
/// rows are enough for the rate.
pub fn threshold_at(
    validation: &ScoredPart,
    (part, judged): (Part, &ScoredPart),
    fpr: f64,
) -> Result<f64, Unresolvable> {
    let needed = benign_rows_for(fpr);
    for (part, rows) in [(Part::Validation, validation), (part, judged)] {
        let inliers = inliers(rows);
        if inliers < needed {
            return Err(Unresolvable { part, inliers, needed });
        }
    }
    let rows = TunedRows { labels: &validation.labels, scores: &validation.scores, native: None };
    let too_few = Unresolvable { part: Part::Validation, inliers: inliers(validation), needed };
    Rule::Fpr(Fpr { rate: fpr }).choose(&rows).map_err(|_| too_few)
}

/// The thresholds at which a part is judged: the rule's, and those for the rates of metrics.
pub fn cuts(validation: &ScoredPart, judged: (Part, &ScoredPart), threshold: Option<f64>) -> Cuts {
    let at_fprs = Metric::FPRS.map(|fpr| threshold_at(validation, judged, fpr).ok());
    Cuts { threshold, at_fprs }
}

fn inliers(rows: &ScoredPart) -> u64 {
    rows.labels.iter().filter(|&&outlier| !outlier).count() as u64
}

/// The least number of benign rows that [`MIN_FALSE_ALARMS`] are expected of.
pub(crate) fn benign_rows_for(fpr: f64) -> u64 {
    let exact = MIN_FALSE_ALARMS / fpr;
    // The quotient is rounded: a whole number must not become the next one.
    let whole = exact.round();
    if (exact - whole).abs() <= 1e-9 * exact { whole as u64 } else { exact.ceil() as u64 }
}

impl OperatingPoint {
    fn of(
        validation: &ScoredPart,
        judged: (Part, &ScoredPart),
        fpr: f64,
        settings: &OperatorSettings,
    ) -> Self {
        match threshold_at(validation, judged, fpr) {
            Err(why) => Self::unresolvable(fpr, why),
            Ok(threshold) => {
                let counts = Confusion::at(&judged.1.labels, &judged.1.scores, threshold);
                Self::at(fpr, threshold, counts, settings)
            }
        }
    }

    fn unresolvable(fpr: f64, why: Unresolvable) -> Self {
        Self {
            fpr,
            unresolvable: Some(why),
            threshold: None,
            confusion: None,
            recall: None,
            fpr_reached: None,
            precision: vec![],
            false_alarms_per_million: None,
            false_alarms_per_day: None,
        }
    }

    /// Every figure, from the counts alone.
    fn at(fpr: f64, threshold: f64, counts: Confusion, settings: &OperatorSettings) -> Self {
        let share = |part, rest| estimate(Counted::Share { part, whole: part + rest });
        let reached = share(counts.fp, counts.tn);
        let at = |&prevalence: &f64| AtPrevalence {
            prevalence,
            precision: estimate(Counted::PrecisionAt { counts, prevalence }),
        };
        let benign = settings.benign_per_day();
        Self {
            fpr,
            unresolvable: None,
            threshold: Some(threshold),
            confusion: Some(counts),
            recall: share(counts.tp, counts.fn_),
            fpr_reached: reached,
            precision: settings.prevalence.iter().map(at).collect(),
            false_alarms_per_million: reached.map(|share| share.times(1e6)),
            false_alarms_per_day: reached.zip(benign).map(|(share, flows)| share.times(flows)),
        }
    }
}

/// A figure of counts with its interval; `None` where it is undefined.
fn estimate(figure: Counted) -> Option<Estimate> {
    let interval = interval_of(&figure, Bootstrap::default().level)?;
    Some(Estimate { value: figure.value()?, interval })
}
