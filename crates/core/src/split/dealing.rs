//! Deals whole groups of rows to the parts. Each part comes near to its share of the rows.

use super::shares::neediest;
use crate::numpy_rng;

/// Test, validation and training rows.
pub(super) const PARTS: usize = 3;
/// The part that needs an inlier.
pub(super) const TRAIN: usize = 2;

/// Up to so many groups every assignment is tried: 3^10 are 59,049.
const MOST_TRIED: usize = 10;

/// Random orders in which more groups are dealt; the nearest deal is taken.
const DRAWS: u32 = 32;

/// What counts of a group.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Group {
    pub(super) rows: usize,
    pub(super) inliers: usize,
}

/// Groups and the parts that they are dealt to.
#[derive(Debug, Clone, Copy)]
pub(super) struct Dealing<'a> {
    pub(super) groups: &'a [Group],
    /// How many rows each part lacks; `None`: it takes no group.
    pub(super) wanted: [Option<i64>; PARTS],
    pub(super) seed: u32,
}

/// How far an assignment is from the shares: the rows of the part that is off most, then the squares of all.
type Off = (u64, u128);

impl Dealing<'_> {
    /// The part of each group. Every open part gets a group, and the training part one that has inliers, if
    /// there are any. `None`: there are fewer groups than open parts.
    ///
    /// Up to [`MOST_TRIED`] groups no other assignment is nearer to the shares, and the seed decides between
    /// equally near ones. If there are more groups, it takes the nearest of [`DRAWS`] random deals and of one
    /// that begins with the largest groups.
    pub(super) fn assign(&self) -> Option<Vec<usize>> {
        if self.groups.len() < self.open().count() {
            return None;
        }
        match self.groups.len() <= MOST_TRIED {
            true => self.nearest_of_all(),
            false => self.nearest_of_some(),
        }
    }

    fn open(&self) -> impl Iterator<Item = usize> + '_ {
        (0..PARTS).filter(|&part| self.wanted[part].is_some())
    }

    fn nearest_of_all(&self) -> Option<Vec<usize>> {
        let open: Vec<usize> = self.open().collect();
        // Equal assignments come in the order of the shuffled groups, so that the seed decides.
        let order = numpy_rng::permutation(self.seed, self.groups.len());
        let mut parts = vec![TRAIN; self.groups.len()];
        let mut nearest: Option<(Off, Vec<usize>)> = None;
        for number in 0..open.len().pow(self.groups.len() as u32) {
            let mut rest = number;
            for &at in &order {
                parts[at] = open[rest % open.len()];
                rest /= open.len();
            }
            let Some(off) = self.off(&parts) else { continue };
            if nearest.as_ref().is_none_or(|(least, _)| off < *least) {
                nearest = Some((off, parts.clone()));
            }
        }
        nearest.map(|(_, parts)| parts)
    }

    fn nearest_of_some(&self) -> Option<Vec<usize>> {
        let mut orders: Vec<Vec<usize>> = (0..DRAWS)
            .map(|draw| {
                let seed = self.seed ^ draw.wrapping_mul(0x9e37_79b9);
                numpy_rng::permutation(seed, self.groups.len())
            })
            .collect();
        // Large groups first come close where sizes differ much.
        let mut by_size = orders[0].clone();
        by_size.sort_by_key(|&at| std::cmp::Reverse(self.groups[at].rows));
        orders.push(by_size);
        let nearest = |first: Option<usize>| {
            let deals = orders.iter().filter_map(|order| {
                let parts = self.deal(order, first);
                Some((self.off(&parts)?, parts))
            });
            deals.min_by_key(|(off, _)| *off).map(|(_, parts)| parts)
        };
        // Where hardly any group has an inlier, the one with most of them trains.
        let most = (0..self.groups.len()).max_by_key(|&at| self.groups[at].inliers);
        nearest(None).or_else(|| nearest(most))
    }

    /// Deals groups in that order, each to the part that lacks most rows; a part that is left empty gets the
    /// smallest group of one that has several. `first` is dealt to the training part and stays there.
    fn deal(&self, order: &[usize], first: Option<usize>) -> Vec<usize> {
        let open: Vec<usize> = self.open().collect();
        let mut lacking: Vec<i64> = open.iter().filter_map(|&part| self.wanted[part]).collect();
        let mut held = vec![0; open.len()];
        let mut dealt = vec![0; self.groups.len()];
        let others = order.iter().copied().filter(|at| Some(*at) != first);
        for at in first.into_iter().chain(others.clone()) {
            // The training part is the last of the open ones.
            let part = if first == Some(at) { open.len() - 1 } else { neediest(&lacking) };
            lacking[part] -= self.groups[at].rows as i64;
            held[part] += 1;
            dealt[at] = part;
        }
        while let Some(empty) = held.iter().position(|&groups| groups == 0) {
            let spare = others.clone().filter(|&at| held[dealt[at]] > 1);
            let Some(least) = spare.min_by_key(|&at| self.groups[at].rows) else { break };
            held[dealt[least]] -= 1;
            held[empty] += 1;
            dealt[least] = empty;
        }
        dealt.into_iter().map(|part| open[part]).collect()
    }

    /// How far an assignment is from the shares; `None`: it must not be.
    fn off(&self, parts: &[usize]) -> Option<Off> {
        let mut lacking = self.wanted.map(|wanted| wanted.unwrap_or(0));
        let (mut held, mut inliers) = ([0; PARTS], 0);
        for (group, &part) in self.groups.iter().zip(parts) {
            lacking[part] -= group.rows as i64;
            held[part] += 1;
            inliers += if part == TRAIN { group.inliers } else { 0 };
        }
        let allowed = self.open().all(|part| held[part] > 0)
            && (inliers > 0 || self.groups.iter().all(|group| group.inliers == 0));
        let off = lacking.map(i64::unsigned_abs);
        let squares = off.into_iter().map(|rows| u128::from(rows).pow(2));
        allowed.then(|| (off.into_iter().max().unwrap_or(0), squares.sum()))
    }
}
