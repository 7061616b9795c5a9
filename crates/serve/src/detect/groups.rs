//! Rows that are odd for the same reasons: the same features, each on the same side of what is usual, or of the same
//! category. An attack is often many rows of one kind, of which a reader wants to see one. Where a model does not tell
//! its reasons, rows are alike if they are equal in all that it reads.

use std::collections::HashMap;

use super::jobs::Job;
use super::outcome::Outcome;
use super::reasons::Reasons;
use crate::error::Answer;
use crate::features::{Cell, Usual};

/// A feature is a reason to tell rows apart by from this share of the first one's contribution on.
const TELLING: f64 = 0.5;

/// Where a value lies.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
enum Side {
    Missing,
    Below,
    Within,
    Above,
    Category(String),
}

impl Side {
    fn of(value: Cell, usual: Option<&Usual>) -> Self {
        match (value, usual) {
            (Cell::Missing, _) => Self::Missing,
            (Cell::Category(name), _) => Self::Category(name),
            (Cell::Number(value), Some(Usual::Numeric(Some([low, _, high])))) => {
                if value < *low {
                    Self::Below
                } else if value > *high {
                    Self::Above
                } else {
                    Self::Within
                }
            }
            (Cell::Number(_), _) => Self::Within,
        }
    }
}

/// The number of the group of each row, from 0 in the order of the rows.
pub fn groups<'a>(job: &Job, outcome: &'a Outcome) -> Answer<&'a [u32]> {
    outcome.groups(|| {
        let reasons = Reasons::of(&job.upload, outcome)?;
        let explains = outcome.scored.contributions.is_some();
        let width = outcome.model.columns().len();
        let mut known: HashMap<Vec<(usize, Side)>, u32> = HashMap::new();
        let mut found = Vec::with_capacity(outcome.scored.scores.len());
        for row in 0..outcome.scored.scores.len() {
            let key = match explains {
                true => of_reasons(&reasons, row),
                false => (0..width).map(|at| (at, exact(reasons.value(row, at)))).collect(),
            };
            // An upload has far fewer than 2^32 rows.
            let next = known.len() as u32;
            found.push(*known.entry(key).or_insert(next));
        }
        Ok(found)
    })
}

fn of_reasons(reasons: &Reasons<'_>, row: usize) -> Vec<(usize, Side)> {
    let top = reasons.top(row);
    let least = top.first().map_or(0.0, |(_, share)| TELLING * share);
    let telling = top.iter().filter(|(_, share)| *share >= least);
    let side = |at: usize| Side::of(reasons.value(row, at), reasons.usual(at));
    let mut key: Vec<(usize, Side)> = telling.map(|&(at, _)| (at, side(at))).collect();
    // Which of two large contributions is the larger one says little.
    key.sort();
    key
}

fn exact(value: Cell) -> Side {
    match value {
        Cell::Missing => Side::Missing,
        Cell::Number(value) => Side::Category(value.to_string()),
        Cell::Category(name) => Side::Category(name),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_alike_on_one_side_of_what_is_usual() {
        let usual = Usual::Numeric(Some([1.0, 2.0, 3.0]));
        let side = |value| Side::of(Cell::Number(value), Some(&usual));
        assert_eq!(side(3.5), side(1e9));
        assert_ne!(side(3.5), side(0.5));
        assert_eq!((side(1.0), side(0.9)), (Side::Within, Side::Below));
        let name = |text: &str| Side::of(Cell::Category(text.into()), None);
        assert_ne!(name("http"), name("ftp"));
        assert_ne!(exact(Cell::Number(3.5)), exact(Cell::Number(3.6)));
    }
}
