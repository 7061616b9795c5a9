//! Prepared rows in memory: processes that map one file share its pages, so that trials of the same rows hold them
//! once, although the size of each process includes them.

use std::collections::HashMap;
use std::fs;
use std::path::PathBuf;

use super::{Batch, MIB};

/// The memory that the rows of the trials of a batch take.
#[derive(Debug, Default)]
pub(super) struct RowMemory {
    /// The file of each trial.
    files: Vec<usize>,
    /// The size of each file, in MiB.
    sizes: Vec<f64>,
}

impl RowMemory {
    pub(super) fn of(batch: &Batch<'_>) -> Self {
        let mut rows = Self::default();
        let mut known: HashMap<PathBuf, usize> = HashMap::new();
        for queued in batch.trials {
            let path = queued.prepared();
            // Without a file nothing is held of it.
            let size = || fs::metadata(&path).map_or(0, |file| file.len()) as f64 / MIB;
            let file = known.get(&path).copied().unwrap_or_else(|| {
                rows.sizes.push(size());
                rows.sizes.len() - 1
            });
            rows.files.push(file);
            known.insert(path, file);
        }
        rows
    }

    /// For trials whose files have these numbers and these sizes in MiB.
    #[cfg(test)]
    pub(super) fn new(files: &[usize], sizes: &[f64]) -> Self {
        Self { files: files.to_vec(), sizes: sizes.to_vec() }
    }

    /// MiB that the rows of a trial take.
    pub(super) fn size_mb(&self, at: usize) -> f64 {
        self.files.get(at).map_or(0.0, |&file| self.sizes[file])
    }

    /// MiB that these trials take together, each of which takes so many alone.
    pub(super) fn together_mb(&self, trials: impl Iterator<Item = (usize, f64)>) -> f64 {
        let mut seen = vec![false; self.sizes.len()];
        let own = trials.map(|(at, alone)| match self.files.get(at) {
            // The rows are there. A trial that was seen to take less than they do has not read all of them.
            Some(&file) if std::mem::replace(&mut seen[file], true) => {
                (alone - self.sizes[file]).max(0.0)
            }
            _ => alone,
        });
        own.sum()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_of_one_file_count_once() {
        let rows = RowMemory::new(&[0, 0, 1, 0], &[400.0, 50.0]);
        let together = |trials: &[usize]| rows.together_mb(trials.iter().map(|&at| (at, 500.0)));
        assert_eq!(together(&[]), 0.0);
        assert_eq!(together(&[0]), 500.0);
        assert_eq!(together(&[0, 1]), 600.0);
        assert_eq!(together(&[0, 2]), 1000.0);
        assert_eq!(together(&[3, 2, 1, 0]), 1200.0);
        assert_eq!((rows.size_mb(1), rows.size_mb(2)), (400.0, 50.0));
        // Smaller than its rows: it takes nothing more, and never less than nothing.
        assert_eq!(rows.together_mb([(0, 500.0), (1, 300.0)].into_iter()), 500.0);
    }
}
