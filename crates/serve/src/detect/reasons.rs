//! Why a row is odd: the features that contributed most, each with its value and what is usual for it.

use oddbench_core::FeatureKind;
use oddbench_data::rows::Rows;
use schemars::JsonSchema;
use serde::Serialize;

use super::outcome::Outcome;
use super::uploads::Upload;
use crate::error::Answer;
use crate::features::{Cell, Usual, UsualRange, outside};
use crate::score::TOP;

/// A feature's part in a score, with its value.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Reason {
    /// The feature.
    pub feature: String,
    contribution: Option<f32>,
    /// The contribution over the sum of all contributions' sizes.
    share: f64,
    value: Cell,
    /// What is usual among the rows that are called normal.
    usual: Option<UsualRange>,
    /// Whether those rows hardly ever have such a value; null where nothing is known of them.
    outside: Option<bool>,
}

impl Reason {
    /// A feature's part in a score. The pair holds the contribution, if the model states
    /// it, and its share.
    pub fn new(
        feature: &str,
        (contribution, share): (Option<f32>, f64),
        value: Cell,
        usual: Option<&Usual>,
    ) -> Self {
        Self {
            feature: feature.to_owned(),
            contribution,
            share,
            outside: usual.map(|usual| outside(&value, usual)),
            usual: usual.map(UsualRange::of),
            value,
        }
    }
}

/// The value of a row in a column that is read as that kind.
pub fn cell(rows: &Rows, row: usize, column: usize, kind: FeatureKind) -> Cell {
    if rows.is_missing(row, column) {
        return Cell::Missing;
    }
    let text = rows.text(row, column).trim();
    let number = (kind == FeatureKind::Numeric).then(|| text.parse::<f64>().ok());
    match number.flatten().filter(|number| number.is_finite()) {
        Some(number) => Cell::Number(number),
        None => Cell::Category(text.to_owned()),
    }
}

/// Finds the reasons for scores. It knows where the upload has the columns of the model, and which values are usual.
pub struct Reasons<'a> {
    upload: &'a Upload,
    outcome: &'a Outcome,
    columns: Vec<Place<'a>>,
}

/// A column of the model.
pub struct Place<'a> {
    /// Where it is in the upload; `None` in a source that leaves out what has no value.
    at: Option<usize>,
    kind: FeatureKind,
    usual: Option<&'a Usual>,
}

impl<'a> Reasons<'a> {
    /// Of a result.
    pub fn of(upload: &'a Upload, outcome: &'a Outcome) -> Answer<Self> {
        let usual = outcome.usual(upload)?;
        let place = |(name, kind): &(String, FeatureKind)| Place {
            at: upload.rows.position(name),
            kind: *kind,
            usual: usual.iter().find(|(column, _)| column == name).map(|(_, usual)| usual),
        };
        let columns = outcome.model.columns().iter().map(place).collect();
        Ok(Self { upload, outcome, columns })
    }

    /// The value of a row in a column of the model.
    pub fn value(&self, row: usize, column: usize) -> Cell {
        let place = &self.columns[column];
        place.at.map_or(Cell::Missing, |at| cell(&self.upload.rows, row, at, place.kind))
    }

    /// What is usual in a column of the model.
    pub fn usual(&self, column: usize) -> Option<&'a Usual> {
        self.columns[column].usual
    }

    /// The columns of the model that contributed most to a row's score, with their shares.
    pub fn top(&self, row: usize) -> Vec<(usize, f64)> {
        self.outcome.scored.top(row, TOP)
    }

    /// The same in words and numbers.
    pub fn told(&self, row: usize) -> Vec<Reason> {
        let columns = &self.outcome.model.info().columns;
        let contributions = self.outcome.scored.contributions.as_ref();
        let reason = |(at, share): (usize, f64)| {
            let contribution = contributions.map(|all| all.row(row)[at]);
            let (value, usual) = (self.value(row, at), self.usual(at));
            Reason::new(&columns[at].name, (contribution, share), value, usual)
        };
        self.top(row).into_iter().map(reason).collect()
    }
}
