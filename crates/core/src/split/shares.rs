//! Shares of rows, drawn at random: row by row within each side, or with rows of equal features together.

use std::collections::HashMap;

use serde::{Deserialize, Serialize};

use super::{DefaultValue, Key, KeyFault, Values};
use crate::numpy_rng;

/// Which rows a random split draws at once.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Duplicates {
    /// Each row is drawn by itself, so that rows of equal features may stand in several parts.
    #[default]
    Apart,
    /// Rows of equal features are drawn for one part together.
    Together,
}

impl Duplicates {
    /// Whether it is the default, which settings leave out.
    pub(super) fn is_apart(&self) -> bool {
        *self == Self::Apart
    }
}

pub(super) const DUPLICATES: Key = Key {
    name: "duplicates",
    values: Values::OneOf(&["apart", "together"]),
    default: DefaultValue::Word("apart"),
    meaning: "Whether rows of equal features are drawn row by row, or `together`, so that no copy of a training row is validated or tested on",
};

/// Refuses shares that leave no rows to train on.
pub(super) fn leave_training_rows(test: f64, validation: f64) -> Result<(), KeyFault> {
    match test + validation < 1.0 {
        true => Ok(()),
        false => Err(KeyFault::of(
            &["test", "validation"],
            format!("test ({test}) and validation ({validation}) leave no rows to train on"),
            "their sum must be below 1",
        )),
    }
}

/// Draws parts of some rows: for each share a part, and last the rest. Each part has its inliers and its
/// outliers apart, in the order in which they were drawn.
///
/// Row by row, each side gives its share to each part. With `vectors`, rows of equal numbers are drawn
/// together: in random order, first groups that are mostly inliers and then the others, each group goes to
/// the part that lacks most rows. So no part differs from its share by more than the largest group.
pub(super) fn draw(
    labels: &[bool],
    rows: &[usize],
    vectors: Option<&[u32]>,
    seed: u32,
    shares: &[f64],
) -> Vec<[Vec<usize>; 2]> {
    match vectors {
        None => draw_singly(labels, rows, seed, shares),
        Some(vectors) => draw_together(labels, rows, vectors, seed, shares),
    }
}

fn draw_singly(labels: &[bool], rows: &[usize], seed: u32, shares: &[f64]) -> Vec<[Vec<usize>; 2]> {
    let mut parts = vec![<[Vec<usize>; 2]>::default(); shares.len() + 1];
    for label in [false, true] {
        let of_label: Vec<usize> =
            rows.iter().copied().filter(|&row| labels[row] == label).collect();
        let order = numpy_rng::permutation(seed, of_label.len());
        let mut drawn = order.into_iter().map(|position| of_label[position]);
        for (part, share) in parts.iter_mut().zip(shares) {
            let count = numpy_rng::fraction(of_label.len(), *share);
            part[usize::from(label)].extend(drawn.by_ref().take(count));
        }
        parts[shares.len()][usize::from(label)].extend(drawn);
    }
    parts
}

fn draw_together(
    labels: &[bool],
    rows: &[usize],
    vectors: &[u32],
    seed: u32,
    shares: &[f64],
) -> Vec<[Vec<usize>; 2]> {
    let mut parts = vec![<[Vec<usize>; 2]>::default(); shares.len() + 1];
    let mut lacking = vec![0i64; parts.len()];
    for groups in groups(labels, rows, vectors, seed) {
        let total: usize = groups.iter().map(Vec::len).sum();
        let counts = shares.iter().map(|share| numpy_rng::fraction(total, *share));
        let counts: Vec<usize> = counts.collect();
        let rest = total - counts.iter().sum::<usize>().min(total);
        for (lacking, count) in lacking.iter_mut().zip(counts.iter().chain([&rest])) {
            *lacking += *count as i64;
        }
        for group in groups {
            let part = neediest(&lacking);
            lacking[part] -= group.len() as i64;
            for row in group {
                parts[part][usize::from(labels[row])].push(row);
            }
        }
    }
    parts
}

/// The part that lacks most rows, of several the last.
pub(super) fn neediest(lacking: &[i64]) -> usize {
    let most = lacking.iter().enumerate().max_by_key(|(_, lacking)| **lacking);
    most.map_or(0, |(part, _)| part)
}

/// The rows in groups of equal vectors, in shuffled order: groups of inliers, and groups of which at least half
/// are outliers.
pub(super) fn groups(
    labels: &[bool],
    rows: &[usize],
    vectors: &[u32],
    seed: u32,
) -> [Vec<Vec<usize>>; 2] {
    let mut at: HashMap<u32, usize> = HashMap::new();
    let mut members: Vec<Vec<usize>> = Vec::new();
    for &row in rows {
        let next = members.len();
        let at = *at.entry(vectors[row]).or_insert(next);
        match members.get_mut(at) {
            Some(group) => group.push(row),
            None => members.push(vec![row]),
        }
    }
    let mut shuffled: [Vec<Vec<usize>>; 2] = Default::default();
    for position in numpy_rng::permutation(seed, members.len()) {
        let rows = std::mem::take(&mut members[position]);
        let outliers = rows.iter().filter(|&&row| labels[row]).count();
        shuffled[usize::from(outliers * 2 >= rows.len())].push(rows);
    }
    shuffled
}
