//! Intervals of shares of counted rows, and of the ratio of two such shares. They are functions of the
//! counts alone, so they take no time, whatever the number of rows. They are right where a bootstrap is
//! wrong: if there is no false alarm, no resample has one.

use super::distributions::normal_quantile;
use super::interval::Interval;
use crate::metrics::Counted;

/// Wilson's score interval (1927) of the share `part / whole`; `None` of nothing.
pub fn proportion(part: u64, whole: u64, level: f64) -> Option<Interval> {
    if whole == 0 {
        return None;
    }
    let (k, n) = (part as f64, whole as f64);
    let z = normal_quantile(0.5 + level / 2.0);
    let squared = z * z;
    let middle = (k + squared / 2.0) / (n + squared);
    let reach = z / (n + squared) * (k * (n - k) / n + squared / 4.0).sqrt();
    // The ends are these numbers; rounding would miss them.
    let low = if part == 0 { 0.0 } else { middle - reach };
    let high = if part == whole { 1.0 } else { middle + reach };
    Some(Interval { low, high })
}

/// The interval of a figure of counts; `None` where the figure is undefined.
pub fn interval_of(figure: &Counted, level: f64) -> Option<Interval> {
    match *figure {
        Counted::Share { part, whole } => proportion(part, whole, level),
        Counted::PrecisionAt { counts, prevalence } => {
            // Precision falls with the ratio of the false positive rate to recall, and depends on nothing else.
            let alarms = (counts.fp, counts.fp + counts.tn);
            let found = (counts.tp, counts.tp + counts.fn_);
            let ratio = ratio_of_proportions(alarms, found, level)?;
            let at = |ratio: f64| 1.0 / (1.0 + ratio * (1.0 - prevalence) / prevalence);
            Some(Interval { low: at(ratio.high), high: at(ratio.low) })
        }
    }
}

/// The interval of the ratio of two independent shares, each given as part and whole: the method of
/// variance estimates recovery (MOVER-R) with Wilson's intervals of both (Donner and Zou 2012; Newcombe
/// 2016). Its high end is infinite where the second part is 0. `None` if a whole or both parts are 0.
pub fn ratio_of_proportions(first: (u64, u64), second: (u64, u64), level: f64) -> Option<Interval> {
    let a = proportion(first.0, first.1, level)?;
    let b = proportion(second.0, second.1, level)?;
    if first.0 == 0 && second.0 == 0 {
        return None;
    }
    let (p, q) = (first.0 as f64 / first.1 as f64, second.0 as f64 / second.1 as f64);
    let end = |sign: f64, of_first: f64, of_second: f64| {
        let under =
            (p * q).powi(2) - of_first * of_second * (2.0 * p - of_first) * (2.0 * q - of_second);
        (p * q + sign * under.max(0.0).sqrt()) / (of_second * (2.0 * q - of_second))
    };
    let low = if first.0 == 0 { 0.0 } else { end(-1.0, a.low, b.high).max(0.0) };
    let high = if second.0 == 0 { f64::INFINITY } else { end(1.0, a.high, b.low) };
    Some(Interval { low, high })
}
