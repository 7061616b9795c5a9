//! Shares of rows, drawn at random: row by row within each label, or with rows of equal features together.

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
/// Row by row, each label gives its share to each part. With `vectors`, rows of equal numbers are drawn
/// together: the groups of each label (that of most of their rows) fill a part in random order with
/// whatever does not exceed its share, and one more group if that comes closer. So no part differs from
/// its share by more than the largest group.
pub(super) fn draw(
    labels: &[bool],
    rows: &[usize],
    vectors: Option<&[u32]>,
    seed: u32,
    shares: &[f64],
) -> Vec<[Vec<usize>; 2]> {
    let mut parts = vec![<[Vec<usize>; 2]>::default(); shares.len() + 1];
    match vectors {
        None => {
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
        }
        Some(vectors) => {
            for mut groups in groups(labels, rows, vectors, seed) {
                let total: usize = groups.iter().map(Vec::len).sum();
                for (part, share) in parts.iter_mut().zip(shares) {
                    let wanted = numpy_rng::fraction(total, *share);
                    let (taken, left) = fill(groups, wanted, Vec::len);
                    groups = left;
                    put(labels, taken, part);
                }
                put(labels, groups, &mut parts[shares.len()]);
            }
        }
    }
    parts
}

fn put(labels: &[bool], groups: Vec<Vec<usize>>, part: &mut [Vec<usize>; 2]) {
    for row in groups.into_iter().flatten() {
        part[usize::from(labels[row])].push(row);
    }
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

/// Takes things, in their order, as long as their sizes do not exceed what is wanted, and then the smallest
/// of the others if that comes closer. What is taken differs from what is wanted by at most half of the
/// smallest thing that is left, unless nothing is left. Returns what is taken and what is left.
pub(super) fn fill<T>(
    things: Vec<T>,
    wanted: usize,
    size: impl Fn(&T) -> usize,
) -> (Vec<T>, Vec<T>) {
    let mut have = 0;
    let (mut taken, mut left): (Vec<T>, Vec<T>) = things.into_iter().partition(|thing| {
        let fits = have + size(thing) <= wanted;
        have += if fits { size(thing) } else { 0 };
        fits
    });
    let smallest = (0..left.len()).min_by_key(|&at| size(&left[at]));
    if let Some(at) = smallest.filter(|&at| size(&left[at]) < 2 * (wanted - have)) {
        taken.push(left.remove(at));
    }
    (taken, left)
}
