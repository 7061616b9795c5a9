//! From scores (and labels, where the rule needs them) to one number: a row is called an outlier if its
//! score is greater than the threshold.

mod rules;

use serde::{Deserialize, Serialize};

pub use rules::*;
pub(crate) use rules::{NoThreshold, TunedRows};

/// The part whose rows a threshold is chosen on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum TuneOn {
    /// Rows that are not tested on.
    #[default]
    Validation,
    /// The test rows themselves: an oracle.
    Test,
}

impl TuneOn {
    /// All of them.
    pub const ALL: [Self; 2] = [Self::Validation, Self::Test];

    /// The part's name in files and tables.
    pub fn name(self) -> &'static str {
        match self {
            Self::Validation => "validation",
            Self::Test => "test",
        }
    }
}

/// A threshold rule with everything that it depends on.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct ThresholdSettings {
    /// How. An unknown key is refused here.
    #[serde(flatten)]
    pub rule: Rule,
    /// On which rows.
    pub tune_on: TuneOn,
}

impl ThresholdSettings {
    /// Whether the threshold was chosen with knowledge of the test rows.
    pub fn is_oracle(&self) -> bool {
        self.tune_on == TuneOn::Test && self.is_tuned()
    }

    /// Whether the threshold is chosen from the scores of `tune_on`, and not given or the model's own.
    pub fn is_tuned(&self) -> bool {
        self.rule.is_tuned()
    }

    /// The part that the threshold is chosen on, if it is chosen from scores.
    pub fn tuned_on(&self) -> Option<&'static str> {
        self.is_tuned().then(|| self.tune_on.name())
    }

    /// The rule's name as in the experiment file.
    pub fn rule_name(&self) -> &'static str {
        self.rule.name()
    }

    /// In words: `max-accuracy on the test rows †, candidates rounded to 3 decimals`. `oracle` marks a
    /// threshold that was chosen on the test rows.
    pub fn describe(&self, oracle: &str) -> String {
        let mark = if self.is_oracle() { format!(" {oracle}") } else { String::new() };
        self.rule.describe(self.tune_on.name(), &mark)
    }
}

/// What is wrong with a quantile that decides a threshold, and what helps.
pub fn check_quantile(q: f64) -> Result<(), String> {
    if q > 0.0 && q < 1.0 {
        return Ok(());
    }
    let hint = match q > 1.0 && q < 100.0 {
        true => format!("{q} % is {}", (1e4 * q).round() / 1e6),
        false => "0.99 calls the highest 1 % anomalous".to_owned(),
    };
    Err(format!("quantile must be above 0 and below 1, got {q}: {hint}"))
}

/// The `q` quantile with linear interpolation, as `numpy.quantile`; `None` without values.
pub fn quantile(values: &[f64], q: f64) -> Option<f64> {
    quantiles(values, [q]).map(|[value]| value)
}

/// Several quantiles of one list, which is copied once.
pub(crate) fn quantiles<const N: usize>(values: &[f64], qs: [f64; N]) -> Option<[f64; N]> {
    let mut values = values.to_vec();
    (!values.is_empty()).then(|| qs.map(|q| quantile_of(&mut values, q)))
}

/// The `q` quantile of at least one value. Only the two values that it lies between are put in their
/// places. With millions of rows, a sort would take most of the time of a fit.
fn quantile_of(values: &mut [f64], q: f64) -> f64 {
    let last = values.len() - 1;
    let position = (q * last as f64).clamp(0.0, last as f64);
    let (_, &mut a, above) =
        values.select_nth_unstable_by(position.floor() as usize, f64::total_cmp);
    let b = above.iter().copied().min_by(f64::total_cmp).unwrap_or(a);
    let share = position.fract();
    // NumPy interpolates from the nearer end.
    if share >= 0.5 { b - (b - a) * (1.0 - share) } else { a + (b - a) * share }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantiles_are_numpys() {
        let values = [3.0, 1.0, 2.0, 10.0];
        assert_eq!(quantile(&values, 0.5), Some(2.5));
        assert!((quantile(&values, 0.9).unwrap() - 7.9).abs() < 1e-12);
        assert_eq!(quantile(&values, 1.0), Some(10.0));
        assert_eq!(quantile(&[], 0.5), None);
        let [low, middle, high] = quantiles(&values, [0.25, 0.5, 0.75]).unwrap();
        assert_eq!((low, middle, high), (1.75, 2.5, 4.75));
        let labels = [false, true, false, false];
        let rule = Rule::Quantile(Quantile { quantile: 0.5, of: RowsOf::Inliers });
        let rows = TunedRows { labels: &labels, scores: &values, native: None };
        assert_eq!(rule.choose(&rows), Ok(3.0));
    }

    #[test]
    fn settings_survive_json_and_unknown_keys_are_refused() {
        let text = r#"{"rule":"quantile","quantile":0.95,"of":"inliers","tune_on":"test"}"#;
        let settings: ThresholdSettings = serde_json::from_str(text).unwrap();
        assert_eq!(serde_json::to_string(&settings).unwrap(), text);
        for wrong in ["\"k\":3", "\"rule\":\"pot\""] {
            let text = text.replacen('{', &format!("{{{wrong},"), 1);
            assert!(serde_json::from_str::<ThresholdSettings>(&text).is_err(), "{text}");
        }
    }
}
