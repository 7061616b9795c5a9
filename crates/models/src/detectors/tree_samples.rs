//! The rows that each tree of an isolation forest is grown on.

use rand::{Rng, seq::index};
use rayon::prelude::*;

use crate::{model::Sample, rng::stream};

/// Which rows the trees of a forest draw.
pub(super) struct TreeSamples {
    /// The kind of the forest: it names the streams of random numbers.
    pub kind: &'static str,
    /// Number of trees.
    pub trees: usize,
    /// Rows that each tree sees, drawn without replacement; all rows if there are fewer.
    pub max_samples: usize,
}

impl TreeSamples {
    /// The rows that a tree draws from so many, and its stream, from which they are drawn first.
    fn draw(&self, tree: usize, rows: usize, seed: u64) -> (Vec<usize>, impl Rng + use<>) {
        let mut rng = stream(seed, &format!("{}/tree/{tree}", self.kind));
        (index::sample(&mut rng, rows, self.max_samples.min(rows)).into_vec(), rng)
    }

    /// Every row that some tree draws, in ascending order; `None` if every tree sees all rows.
    pub fn of_all_trees(&self, rows: usize, seed: u64) -> Option<Vec<usize>> {
        if rows <= self.max_samples {
            return None;
        }
        let drawn = (0..self.trees).into_par_iter();
        let mut drawn: Vec<usize> =
            drawn.flat_map_iter(|tree| self.draw(tree, rows, seed).0).collect();
        drawn.par_sort_unstable();
        drawn.dedup();
        Some(drawn)
    }

    /// The rows of a tree as numbers of rows of the matrix that a fit is given, and its stream.
    pub fn of_tree(
        &self,
        tree: usize,
        rows: usize,
        sample: Option<Sample<'_>>,
        seed: u64,
    ) -> (Vec<usize>, impl Rng + use<>) {
        let (mut drawn, rng) = self.draw(tree, rows, seed);
        if let Some(Sample { rows, .. }) = sample {
            // The rows that are drawn here were drawn for the sample, too: each row is found.
            drawn.iter_mut().for_each(|row| *row = rows.partition_point(|other| other < row));
        }
        (drawn, rng)
    }
}
