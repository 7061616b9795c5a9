//! The verdict of an experiment as the API has it: the sentences of the report, and the comparisons below them.

use oddbench_report::{Answer, Best, ComparedPair, Shown, Verdict};
use schemars::JsonSchema;
use serde::Serialize;

/// Who is the best model, how sure that is, what it costs and misses, and what would change the answer.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "Verdict")]
pub struct VerdictLine {
    /// The answer: a paragraph for models that saw no labels, and one for those that did.
    sentences: Vec<String>,
    /// What would change it.
    caveats: Vec<String>,
    /// The best of each group.
    best: Vec<BestLine>,
    /// The comparisons that it rests on.
    pairs: Vec<PairLine>,
}

/// The best model of a group.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "Best")]
struct BestLine {
    name: String,
    supervised: bool,
    /// The median over its trials.
    roc_auc: f64,
    trials: usize,
    /// Models that do not differ from it significantly.
    ties: Vec<String>,
}

/// Two rows compared by ROC-AUC.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "Comparison")]
struct PairLine {
    first: String,
    second: String,
    /// Over the trials of each.
    medians: [Option<f64>; 2],
    /// First less second.
    difference: f64,
    /// The low end of the 95 % interval over seeds and test rows.
    low: f64,
    /// The high end.
    high: f64,
    /// Two-sided, corrected by Holm's method for all comparisons here.
    p: f64,
    /// `better`, `worse`, `tie` (the interval holds 0) or `unsure` (it does not, but p is not below 0.05).
    #[schemars(with = "String")]
    answer: Answer,
    /// How many seeds, or folds, of each are drawn. 1: what another seed would change is not in the interval.
    units: [usize; 2],
    /// Its figures in text, with the digits that the report shows.
    shown: ShownLine,
}

/// A comparison in text.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "ComparisonText")]
struct ShownLine {
    /// `+0.012`.
    difference: String,
    /// `+0.003 to +0.021`; it shows no 0 if the interval leaves 0 out.
    interval: String,
    /// `0.007`.
    p: String,
}

impl VerdictLine {
    /// The lines of a verdict.
    pub fn of(verdict: &Verdict) -> Self {
        Self {
            sentences: verdict.sentences.clone(),
            caveats: verdict.caveats.clone(),
            best: verdict.best.iter().map(best).collect(),
            pairs: verdict.pairs.iter().map(pair).collect(),
        }
    }
}

fn best(best: &Best) -> BestLine {
    let Best { name, supervised, roc_auc, trials, ties } = best.clone();
    BestLine { name, supervised, roc_auc, trials, ties }
}

fn pair(pair: &ComparedPair) -> PairLine {
    let ComparedPair { first, second, medians, difference, low, high, p, answer, units, shown } =
        pair.clone();
    let shown = shown_line(shown);
    PairLine { first, second, medians, difference, low, high, p, answer, units, shown }
}

fn shown_line(Shown { difference, interval, p }: Shown) -> ShownLine {
    ShownLine { difference, interval, p }
}
