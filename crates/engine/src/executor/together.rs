//! Which trials of a batch train together on a graphics card, in one process. Whether they really do is decided there, by
//! the networks that they make of their parameters and rows.

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use oddbench_models::{Backend, find};
use serde_json::json;

use super::{Batch, MIB, Queued};
use crate::prepared_file;

/// MiB that a further trial takes beside its rows' orders and draws: a thread, a claim, weights.
const MEMBER_MB: f64 = 2.0;

/// The trials of a batch that may train in company.
#[derive(Debug, Default)]
pub(super) struct Together {
    /// The group of each trial and the MiB that it takes in company; `None` for what trains alone.
    members: Vec<Option<(usize, f64)>>,
    /// How many one process takes.
    most: usize,
}

impl Together {
    pub(super) fn of(batch: &Batch<'_>) -> Self {
        let mut groups: HashMap<String, usize> = HashMap::new();
        let mut sizes: HashMap<PathBuf, Option<[usize; 2]>> = HashMap::new();
        let mut size_of = |path: &Path| {
            let size = || prepared_file::training_size(path);
            *sizes.entry(path.to_owned()).or_insert_with(size)
        };
        let mut member = |queued: &Queued<'_>| {
            let (key, mb) = key(queued, &mut size_of)?;
            let next = groups.len();
            Some((*groups.entry(key).or_insert(next), mb))
        };
        let members = batch.trials.iter().map(|queued| match batch.together {
            0 | 1 => None,
            _ => member(queued),
        });
        Self { members: members.collect(), most: batch.together }
    }

    /// For trials of these groups, each of which takes so many MiB in company.
    #[cfg(test)]
    pub(super) fn new(groups: &[Option<usize>], mb: f64, most: usize) -> Self {
        let members = groups.iter().map(|group| group.map(|group| (group, mb))).collect();
        Self { members, most }
    }

    /// The waiting trials that train together with `first`, each with the MiB that it takes. They keep their order. There
    /// are no more of them than the free MiB allow.
    pub(super) fn beside(
        &self,
        first: usize,
        waiting: impl Iterator<Item = usize>,
        free_mb: f64,
    ) -> Vec<(usize, f64)> {
        let member = |at: usize| self.members.get(at).copied().flatten();
        let Some((group, mb)) = member(first) else { return Vec::new() };
        let room = (free_mb / mb).max(0.0) as usize;
        let equals =
            waiting.filter(|&at| at != first && member(at).is_some_and(|it| it.0 == group));
        equals.map(|at| (at, mb)).take(room.min(self.most - 1)).collect()
    }
}

/// What is equal in trials that train together, and the MiB that each takes.
fn key(
    queued: &Queued<'_>,
    size_of: &mut impl FnMut(&Path) -> Option<[usize; 2]>,
) -> Option<(String, f64)> {
    let trial = queued.trial();
    // A limit is that of one process.
    if trial.backend != Backend::Wgpu.name() || !queued.limits().are_none() {
        return None;
    }
    let path = queued.prepared();
    let [rows, columns] = size_of(&path)?;
    let company = find(&trial.kind)?.in_company(&trial.params, columns)?;
    let rows = trial.train_rows.map_or(rows, |most| most.min(rows));
    let mb = MEMBER_MB + (rows * company.bytes_per_row) as f64 / MIB;
    let key = json!([trial.kind, company.alike, trial.train_rows, path, queued.fresh]);
    Some((key.to_string(), mb))
}

#[cfg(test)]
mod tests {
    use super::*;

    const NONE: [usize; 0] = [];

    fn beside(together: &Together, first: usize, waiting: &[usize], free_mb: f64) -> Vec<usize> {
        let beside = together.beside(first, waiting.iter().copied(), free_mb);
        beside.into_iter().map(|(at, _)| at).collect()
    }

    #[test]
    fn equals_train_together_as_many_as_there_is_room_for() {
        let groups = [Some(0), None, Some(1), Some(0), Some(0), Some(0)];
        let together = Together::new(&groups, 10.0, 4);
        let all = [5, 4, 3, 2, 1, 0];
        assert_eq!(beside(&together, 0, &all, f64::INFINITY), [5, 4, 3], "at most four");
        assert_eq!(beside(&together, 0, &all, 25.0), [5, 4], "two more fit");
        assert_eq!(beside(&together, 0, &all, 9.0), NONE);
        assert_eq!(beside(&together, 0, &all, -5.0), NONE);
        assert_eq!(beside(&together, 0, &[2, 1, 3], f64::INFINITY), [3]);
        assert_eq!(beside(&together, 1, &all, f64::INFINITY), NONE, "it trains alone");
        assert_eq!(beside(&together, 2, &all, f64::INFINITY), NONE, "it has no equals");
    }
}
