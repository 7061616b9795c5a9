//! Which rows of a result are shown.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Deserialize;

use super::groups::groups;
use super::jobs::Job;
use super::labels::Truth;
use super::marks::Mark;
use super::outcome::Outcome;
use super::reasons::Reasons;
use crate::error::{Answer, ApiError};
use crate::models::finite;
use crate::page::Order;

/// Which rows, in which order.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ScoredRowsQuery {
    /// From 0.
    pub page: Option<usize>,
    /// Rows of a page.
    pub size: Option<usize>,
    /// `score`, `position`, or `column:NAME`.
    pub sort: Option<String>,
    /// Which end comes first; the greatest if left out.
    pub order: Option<Order>,
    /// Rows with a greater score are anomalies; the model's own if left out.
    pub threshold: Option<f64>,
    /// Which rows.
    #[serde(default)]
    only: Only,
    /// Rows of that class of the label.
    class: Option<String>,
    /// Rows that have that feature among their reasons.
    reason: Option<String>,
    /// The column that `from`, `to` and `is` are about.
    column: Option<String>,
    /// The least number in `column`.
    from: Option<f64>,
    /// The greatest number in `column`.
    to: Option<f64>,
    /// The text in `column`.
    is: Option<String>,
    /// A text that some value of the row holds, whatever the case of its letters.
    q: Option<String>,
    /// Rows with that mark.
    mark: Option<MarkFilter>,
    /// Rows that are odd for the same reasons as the row at that position.
    like: Option<usize>,
    /// One row, the first in order, for all that are odd for the same reasons.
    #[serde(default)]
    pub group: bool,
}

/// Which rows of an upload.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
enum Only {
    #[default]
    All,
    Anomalies,
    Normal,
    /// Those that are called other than the truth says.
    Wrong,
}

/// Rows with which mark.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
enum MarkFilter {
    Benign,
    LookAgain,
    /// Without one.
    None,
    /// With any.
    Any,
}

impl MarkFilter {
    fn fits(self, mark: Option<Mark>) -> bool {
        match self {
            Self::Benign => mark == Some(Mark::Benign),
            Self::LookAgain => mark == Some(Mark::LookAgain),
            Self::None => mark.is_none(),
            Self::Any => mark.is_some(),
        }
    }
}

/// The threshold that a query names. The ends of a range must be numbers too.
pub fn threshold_of(query: &ScoredRowsQuery) -> Answer<Option<f64>> {
    finite("from", query.from)?;
    finite("to", query.to)?;
    finite("threshold", query.threshold)
}

/// The question that a query asks of each row.
pub struct Filter<'a> {
    job: &'a Job,
    outcome: &'a Outcome,
    query: &'a ScoredRowsQuery,
    truth: Option<&'a Truth>,
    threshold: Option<f64>,
    /// Where `column` is.
    column: Option<usize>,
    /// Where `reason` is among the model's columns.
    reason: Option<(usize, Reasons<'a>)>,
    text: Option<String>,
    marks: BTreeMap<usize, Mark>,
    /// The group of each row, and the one that is wanted.
    like: Option<(&'a [u32], u32)>,
}

impl<'a> Filter<'a> {
    /// An error if the query names what is not there.
    pub fn new(
        job: &'a Job,
        outcome: &'a Outcome,
        query: &'a ScoredRowsQuery,
        truth: Option<&'a Truth>,
    ) -> Answer<Self> {
        let no_column = |name: &String| {
            ApiError::bad(
                format!("there is no column {name:?}"),
                "columns of the result names them",
            )
        };
        let column = query.column.as_ref();
        let column =
            column.map(|name| job.upload.rows.position(name).ok_or_else(|| no_column(name)));
        let reason = query.reason.as_ref().map(|name| -> Answer<_> {
            let at = outcome.model.columns().iter().position(|(column, _)| column == name);
            Ok((at.ok_or_else(|| no_column(name))?, Reasons::of(&job.upload, outcome)?))
        });
        let like = query.like.map(|row| -> Answer<_> {
            let groups = groups(job, outcome)?;
            let none = || ApiError::bad(format!("there is no row {row}"), "rows count from 0");
            Ok((groups, *groups.get(row).ok_or_else(none)?))
        });
        Ok(Self {
            job,
            outcome,
            query,
            truth,
            threshold: threshold_of(query)?.or(outcome.threshold),
            column: column.transpose()?,
            reason: reason.transpose()?,
            text: query
                .q
                .as_deref()
                .map(str::trim)
                .filter(|q| !q.is_empty())
                .map(str::to_lowercase),
            marks: job.upload.marks.all(),
            like: like.transpose()?,
        })
    }

    /// Whether a row is shown. What costs least is asked first.
    pub fn fits(&self, row: usize) -> bool {
        let class = self.query.class.as_ref();
        self.is_called(row)
            && self.query.mark.is_none_or(|mark| mark.fits(self.marks.get(&row).copied()))
            && class.is_none_or(|class| self.truth.is_some_and(|t| t.classes.of(row) == class))
            && self.like.is_none_or(|(groups, wanted)| groups[row] == wanted)
            && self.column.is_none_or(|column| self.value_fits(row, column))
            && self.has_reason(row)
            && self.text.as_ref().is_none_or(|text| self.holds(row, text))
    }

    fn is_called(&self, row: usize) -> bool {
        let anomaly = self.threshold.map(|threshold| self.outcome.scored.scores[row] > threshold);
        let outlier = self.truth.map(|truth| truth.outliers[row]);
        match self.query.only {
            Only::All => true,
            Only::Anomalies => anomaly == Some(true),
            Only::Normal => anomaly == Some(false),
            Only::Wrong => anomaly.zip(outlier).is_some_and(|(a, o)| a != o),
        }
    }

    fn value_fits(&self, row: usize, column: usize) -> bool {
        let text = self.job.upload.rows.text(row, column).trim();
        let (from, to) = (self.query.from, self.query.to);
        let within = || match text.parse::<f64>() {
            Ok(value) => from.is_none_or(|from| value >= from) && to.is_none_or(|to| value <= to),
            Err(_) => false,
        };
        self.query.is.as_ref().is_none_or(|wanted| text == wanted.trim())
            && ((from.is_none() && to.is_none()) || within())
    }

    fn has_reason(&self, row: usize) -> bool {
        let has = |(wanted, reasons): &(usize, Reasons<'_>)| {
            reasons.top(row).iter().any(|(at, _)| at == wanted)
        };
        self.reason.as_ref().is_none_or(has)
    }

    fn holds(&self, row: usize, text: &str) -> bool {
        let rows = &self.job.upload.rows;
        let holds = |column: usize| {
            let value = rows.text(row, column);
            match text.is_ascii() {
                true => contains(value.as_bytes(), text.as_bytes()),
                false => value.to_lowercase().contains(text),
            }
        };
        (0..rows.names().len()).any(holds)
    }
}

/// Whether a text holds another one of plain lower-case letters. Nothing is copied: this is asked of every value.
fn contains(value: &[u8], text: &[u8]) -> bool {
    value.windows(text.len()).any(|part| part.eq_ignore_ascii_case(text))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_found_whatever_its_case() {
        assert!(contains(b"TCP-Reset", b"reset") && contains(b"a", b"a"));
        assert!(!contains(b"rese", b"reset") && !contains(b"", b"a"));
    }
}
