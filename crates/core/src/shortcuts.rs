//! Shortcuts: single columns that nearly separate inliers from outliers, identifiers that models see, and an order
//! of the rows that follows the labels. A model that finds one looks good, and says nothing about the next
//! network (Arp et al. 2022, "Dos and don'ts of machine learning in computer security"; Flood et al. 2024, "Bad
//! design smells in benchmark NIDS datasets"). Measured on test rows, by rules that were learned elsewhere.

mod measure;
mod named;
mod one_rule;
mod order;
mod sample;
#[cfg(test)]
mod tests;
mod values;

use serde::{Deserialize, Serialize};

use crate::counts::counted;
use crate::operating::Estimate;

pub use named::{Named, Reason};
pub use order::Order;
pub use sample::{LearnedOn, Sample};

/// The share of every interval here.
const LEVEL: f64 = 0.95;

/// Rows of a class at least before a column that is constant in it says anything.
const CLASS_ROWS: usize = 30;

/// What single columns say about the labels.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Shortcuts {
    /// Which rows directions and rules were learned from; `None`: nothing could be measured.
    pub learned_on: Option<LearnedOn>,
    /// Why nothing could be measured, as a clause.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unmeasured: Option<String>,
    /// The columns, the most telling ones first.
    pub columns: Vec<ColumnShortcut>,
    /// Columns that could not be looked at: a category of too many different values that no model sees, or a
    /// column that one of the files lacks.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub skipped: Vec<String>,
    /// What the order of the rows says.
    pub order: Order,
    /// What must not be overlooked, by a stated rule.
    pub named: Vec<Named>,
}

/// What one column says about the labels of the test rows.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ColumnShortcut {
    /// Its name.
    pub column: String,
    /// Whether some model sees it: it is a feature.
    pub seen: bool,
    /// What its name or its values say that it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mark: Option<Mark>,
    /// Test rows without a value.
    pub missing: u64,
    /// The ROC-AUC of the column alone, on the test rows. Other rows decide how a value is scored. A number scores as it
    /// is, or negated if outliers are low in the other rows. A category scores as its share of outliers there. A missing
    /// value scores as the end of the scale that it resembles there.
    pub roc_auc: Option<Estimate>,
    /// The one-rule classifier of the column.
    pub one_rule: Option<OneRule>,
    /// Classes of the test rows with one value in all of their rows, although the column varies elsewhere.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub constant_in: Vec<ConstantIn>,
    /// A value that many rows of one label have and hardly any of the other.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub telling_value: Option<TellingValue>,
}

impl ColumnShortcut {
    /// How telling it is: the greater of its ROC-AUC and the balanced accuracy of its rule.
    pub fn strength(&self) -> Option<f64> {
        let rule = self.one_rule.as_ref().map(|rule| rule.balanced_accuracy.value);
        self.roc_auc.map(|area| area.value).into_iter().chain(rule).reduce(f64::max)
    }

    /// What a row of a table says beside the figures, a few words each.
    pub fn remarks(&self) -> Vec<String> {
        let unseen = (!self.seen).then(|| "no model sees it".to_owned());
        let mark = self.mark.map(|mark| mark.words().to_owned());
        let missing =
            (self.missing > 0).then(|| format!("{} without a value", counted(self.missing, "row")));
        let telling = self.telling_value.as_ref().map(named::telling);
        let away = self.gives_away().map(|of| of.class.as_deref().unwrap_or("all inliers"));
        let away: Vec<&str> = away.collect();
        let constant = match away.as_slice() {
            [] => None,
            [first] => Some(format!("gives away {first}")),
            [first, rest @ ..] => Some(format!("gives away {first} and {} more", rest.len())),
        };
        [unseen, mark, missing, telling, constant].into_iter().flatten().collect()
    }
}

/// How good the one-rule classifier of a column is on test rows.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OneRule {
    /// Mean of the shares of outliers and of inliers that it calls rightly.
    pub balanced_accuracy: Estimate,
    /// Its F1; `None` if it calls nothing an outlier and there is none.
    pub f1: Option<f64>,
    /// The number of its intervals or categories.
    pub parts: usize,
}

/// A class in which a column has one value.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ConstantIn {
    /// The class; `None`: all inliers.
    pub class: Option<String>,
    /// Its test rows, 30 at least.
    pub rows: usize,
    /// The value.
    pub value: String,
    /// The share of the rows of the other label that have it too.
    pub elsewhere: f64,
}

/// A value that gives the label away.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TellingValue {
    /// The value.
    pub value: String,
    /// Whether outliers have it; else inliers.
    pub outliers: bool,
    /// The share of the rows of that label that have it.
    pub share: Estimate,
    /// The share of the rows of the other label.
    pub elsewhere: Estimate,
}

/// What a column is by its name or its values, where that speaks against learning from it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Mark {
    /// The name or the number of a row, or of a thing.
    Identifier,
    /// An IP or hardware address.
    Address,
    /// A point in time.
    Time,
    /// A label, or something that is derived from it.
    Label,
    /// A port: the number of a service, or a number that an operating system counts up.
    Port,
}

impl Mark {
    /// In a word or two.
    pub fn words(self) -> &'static str {
        match self {
            Self::Identifier => "identifier",
            Self::Address => "address",
            Self::Time => "point in time",
            Self::Label => "label",
            Self::Port => "port",
        }
    }
}

/// A column that is to be audited.
#[derive(Debug, Clone, PartialEq)]
pub struct Audited {
    /// Its name.
    pub name: String,
    /// Whether some model sees it; else it is among [`crate::Table::beside`].
    pub seen: bool,
    /// What it is, where that speaks against it.
    pub mark: Option<Mark>,
}

/// The audit of an experiment's rows.
pub struct ShortcutAudit<'a> {
    halves: Result<sample::Halves<'a>, String>,
    test: Sample<'a>,
}

impl<'a> ShortcutAudit<'a> {
    /// Prepares the audit of the rows of a split.
    pub fn new(train: &Sample<'a>, validation: &Sample<'a>, test: &Sample<'a>) -> Self {
        Self { halves: sample::choose(train, validation, test), test: test.clone() }
    }

    /// What a column says about the labels. `None` if a table does not have it. Columns may be audited on several
    /// threads.
    pub fn column(&self, column: &Audited) -> Option<ColumnShortcut> {
        measure::column(self.halves.as_ref().ok(), &self.test, column)
    }

    /// All of it together, from every audited column with what was found.
    pub fn finish(self, audited: &[Audited], found: Vec<Option<ColumnShortcut>>) -> Shortcuts {
        let pairs = || audited.iter().zip(&found);
        let skipped = pairs().filter(|(_, found)| found.is_none());
        let skipped = skipped.map(|(column, _)| column.name.clone()).collect();
        let mut columns: Vec<ColumnShortcut> = found.iter().flatten().cloned().collect();
        columns.sort_by(|a, b| {
            let strength = |of: &ColumnShortcut| of.strength().unwrap_or(f64::NEG_INFINITY);
            strength(b).total_cmp(&strength(a)).then_with(|| a.column.cmp(&b.column))
        });
        let order = Order::of(&self.test, self.halves.as_ref().ok());
        let named = named::name(&columns, &order);
        let (learned_on, unmeasured) = match self.halves {
            Ok(halves) => (Some(halves.learned_on), None),
            Err(why) => (None, Some(why)),
        };
        Shortcuts { learned_on, unmeasured, columns, skipped, order, named }
    }
}
