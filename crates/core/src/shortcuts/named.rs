//! Which shortcuts are named, and in which words. Each rule is meant to be silent on clean data: it asks
//! for the end of an interval instead of a figure, and for rows from which the rule was not learned.

use serde::{Deserialize, Serialize};

use super::{ColumnShortcut, ConstantIn, Mark, Order, TellingValue};
use crate::counts::counted;
use crate::operating::Estimate;
use crate::shares;

/// A column gives the label away if the lower end of its ROC-AUC's interval is at least this: two normal classes of
/// one spread whose means are 2.3 standard deviations apart.
const TELLS_BY_AREA: f64 = 0.95;

/// Or if the lower end of the balanced accuracy of its one rule is: 2.6 standard deviations.
const TELLS_BY_RULE: f64 = 0.9;

/// A telling value: the lower end of the share of one label's rows that have it is at least this ...
pub(super) const TELLING_SHARE: f64 = 0.25;

/// ... and the upper end of the share of the other label's rows at most this.
pub(super) const TELLING_ELSEWHERE: f64 = 0.01;

/// A constant gives its class away if at most this share of the other label's rows have it.
pub(super) const CONSTANT_ELSEWHERE: f64 = 0.05;

/// Rows of one label stand together if there are at most this share of the runs that a random order has, and
/// as many standard deviations fewer as `FAR` says.
const FEW_RUNS: f64 = 0.1;
const FAR: f64 = -5.0;

/// Why a shortcut is named.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Reason {
    /// A model sees an identifier, an address, a point in time or a label.
    Identifies,
    /// The column alone nearly separates inliers from outliers.
    Tells,
    /// One value gives the label away.
    TellingValue,
    /// A class has one value that hardly any row of the other label has.
    Constant,
    /// The order of the rows follows the labels.
    Order,
}

/// A shortcut that must not be overlooked.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Named {
    /// The column; `None`: the order of the rows.
    pub column: Option<String>,
    /// Whether some model sees it. None sees the order of the rows.
    pub seen: bool,
    /// Why, the gravest first.
    pub reasons: Vec<Reason>,
    /// A sentence.
    pub says: String,
    /// What to do, a sentence.
    pub remedy: String,
}

/// The shortcuts: what models see and should not, then the order of the rows, then columns in their order, those
/// that no model sees last.
pub(super) fn name(columns: &[ColumnShortcut], order: &Order) -> Vec<Named> {
    let mut named: Vec<Named> = columns.iter().filter_map(of_column).collect();
    named.extend(of_order(order));
    let first = |named: &Named| named.reasons.first().copied();
    named.sort_by_key(|named| match first(named) {
        Some(Reason::Identifies) => 0,
        Some(Reason::Order) => 1,
        _ if named.seen => 2,
        _ => 3,
    });
    named
}

fn of_column(of: &ColumnShortcut) -> Option<Named> {
    let mut reasons = Vec::new();
    let mut clauses = Vec::new();
    if let Some(mark) = of.mark.filter(|mark| of.seen && *mark != Mark::Port) {
        reasons.push(Reason::Identifies);
        clauses.push(format!("models learn from it although it is {}", article(mark)));
    }
    if let Some(clause) = tells(of.roc_auc, of.one_rule.as_ref().map(|rule| rule.balanced_accuracy))
    {
        reasons.push(Reason::Tells);
        clauses.push(format!("it alone tells most outliers from inliers ({clause})"));
    }
    if let Some(value) = of.telling_value.as_ref().filter(|value| is_telling(value)) {
        reasons.push(Reason::TellingValue);
        clauses.push(telling(value));
    }
    if let Some(constant) = given_away(of).first() {
        reasons.push(Reason::Constant);
        clauses.push(constant_words(constant, given_away(of).len()));
    }
    let first = *reasons.first()?;
    let unseen = if of.seen { "" } else { ", which no model sees" };
    Some(Named {
        column: Some(of.column.clone()),
        seen: of.seen,
        says: format!("{:?}{unseen}: {}.", of.column, clauses.join("; ")),
        remedy: remedy(of, first),
        reasons,
    })
}

impl ColumnShortcut {
    /// The classes that a constant gives away: hardly any row of the other label has its value.
    pub fn gives_away(&self) -> impl Iterator<Item = &ConstantIn> {
        self.constant_in.iter().filter(|of| of.elsewhere <= CONSTANT_ELSEWHERE)
    }
}

/// The classes that are given away, the largest first.
fn given_away(of: &ColumnShortcut) -> Vec<&ConstantIn> {
    let mut constants: Vec<&ConstantIn> = of.gives_away().collect();
    constants.sort_by_key(|of| std::cmp::Reverse(of.rows));
    constants
}

fn tells(area: Option<Estimate>, rule: Option<Estimate>) -> Option<String> {
    let words = |what: &str, figure: Estimate| {
        let Estimate { value, interval } = figure;
        format!("{what} {value:.3}, {:.3} to {:.3}", interval.low, interval.high)
    };
    let area = area.filter(|area| area.interval.low >= TELLS_BY_AREA);
    let rule = rule.filter(|rule| rule.interval.low >= TELLS_BY_RULE);
    let parts = [
        area.map(|area| words("ROC-AUC", area)),
        rule.map(|rule| words("balanced accuracy of one rule", rule)),
    ];
    let parts: Vec<String> = parts.into_iter().flatten().collect();
    (!parts.is_empty()).then(|| parts.join("; "))
}

fn is_telling(value: &TellingValue) -> bool {
    value.share.interval.low >= TELLING_SHARE && value.elsewhere.interval.high <= TELLING_ELSEWHERE
}

/// What a telling value says, as a clause.
pub(super) fn telling(of: &TellingValue) -> String {
    let (own, other) = labels(of.outliers);
    let (share, elsewhere) = (percent(of.share.value), percent(of.elsewhere.value));
    format!("{share} of the {own} and {elsewhere} of the {other} have the value {:?}", of.value)
}

fn constant_words(of: &ConstantIn, classes: usize) -> String {
    let (own, other) = match &of.class {
        Some(class) => (format!("row of {class:?}"), labels(true).1),
        None => ("inlier".to_owned(), labels(false).1),
    };
    let more = match classes {
        1 => String::new(),
        2 => ", and another class is given away alike".to_owned(),
        n => format!(", and {} other classes are given away alike", n - 1),
    };
    let elsewhere = percent(of.elsewhere);
    format!("every {own} has the value {:?}, as {elsewhere} of the {other} do{more}", of.value)
}

fn labels(outliers: bool) -> (&'static str, &'static str) {
    if outliers { ("outliers", "inliers") } else { ("inliers", "outliers") }
}

fn percent(share: f64) -> String {
    match share {
        0.0 => "none".to_owned(),
        _ if share < 0.0005 => "less than 0.1 %".to_owned(),
        _ => format!("{} %", shares::percent(share)),
    }
}

fn article(mark: Mark) -> &'static str {
    match mark {
        Mark::Identifier => "an identifier",
        Mark::Address => "an address",
        Mark::Time => "a point in time",
        Mark::Label => "a label",
        Mark::Port => "a port",
    }
}

fn remedy(of: &ColumnShortcut, first: Reason) -> String {
    match (of.seen, first) {
        (true, Reason::Identifies) => {
            "Leave it out: its values say nothing about rows of another day or network.".into()
        }
        (true, _) => "Ask whether another network would show the same; run once more without the column, and report both figures.".into(),
        (false, _) if of.mark.is_none() => {
            "Keep it out of the features: it may be a label by another name, or what the labels were made from.".into()
        }
        (false, _) => {
            "Keep it out of the features, and split by time or by group: features may follow it.".into()
        }
    }
}

fn of_order(of: &Order) -> Option<Named> {
    let expected = of.expected_runs?;
    let figure = of.one_rule.as_ref().map(|rule| rule.balanced_accuracy);
    let told = tells(of.roc_auc, figure);
    let together = of.runs as f64 <= FEW_RUNS * expected && of.z.is_some_and(|z| z <= FAR);
    (told.is_some() || together).then(|| {
        let told = told.map_or(String::new(), |told| {
            format!("; the number of the row alone tells most outliers from inliers ({told})")
        });
        let z = of.z.map_or(String::new(), |z| format!(", z = {z:.1}"));
        Named {
            column: None,
            seen: false,
            reasons: vec![Reason::Order],
            says: format!(
                "Order of the rows: the labels of the test rows come in {}; a random order has {expected:.0}{z}{told}.",
                counted(of.runs, "run")
            ),
            remedy: "Leave out whatever follows the order of the file, such as row numbers and times; a random split puts rows of one burst on both sides, so also split by time or by group where the file has either.".into(),
        }
    })
}
