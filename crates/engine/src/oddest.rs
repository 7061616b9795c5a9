//! Scores of rows with values that training never saw. Such a row is scored with each of its stand-ins
//! ([`Preprocessor::stand_ins`]) and as it is, and the greatest score counts. Other rows are scored
//! once. A change of a constant column also guarantees a least score ([`ChangeFloor`]). Trials, `score`
//! and the server share this code.

use std::borrow::Cow;

use oddbench_core::preprocess::{Preprocessor, UnseenCell};
use oddbench_core::{DetectorError, FittedDetector, Matrix};

use crate::change_floor::ChangeFloor;

/// A row with several unseen cells is scored with every combination of stand-ins if there are at most
/// so many. Beyond that, one cell after the other takes the stand-in with the greatest score.
const MOST_COMBINATIONS: usize = 1_024;

/// How often cell after cell is gone through before it is enough.
const MOST_ROUNDS: usize = 4;

/// Values of variants that are held at a time: 16 MiB.
const CHUNK_VALUES: usize = 1 << 22;

/// A detector with everything that is needed to score rows with values that training never saw.
pub(crate) struct Scorer<'a> {
    pub(crate) detector: &'a dyn FittedDetector,
    pub(crate) preprocessor: &'a Preprocessor,
    /// Whether a score depends on a row's position: stand-ins do not apply then.
    pub(crate) positional: bool,
    /// The least score of a row that differs in a column that was constant in training.
    pub(crate) floor: ChangeFloor,
}

/// Scores, and what they belong to.
pub(crate) struct Oddest {
    /// One a row.
    pub(crate) scores: Vec<f64>,
    /// The rows with unseen cells, in order.
    rows: Vec<usize>,
    /// These rows with the stand-ins that were chosen.
    chosen: Matrix,
    /// By how much a row's score exceeds what the detector gives it, and the changed input that it is for.
    /// A row with several changes has a part for each.
    pub(crate) raised: Vec<(UnseenCell, f64)>,
}

impl Oddest {
    fn plain(scores: Vec<f64>, x: &Matrix) -> Self {
        let chosen = Matrix::zeros(0, x.cols());
        Self { scores, rows: Vec::new(), chosen, raised: Vec::new() }
    }

    /// The rows that were scored, with the stand-ins that were chosen.
    pub(crate) fn as_scored<'x>(&self, x: &'x Matrix) -> Cow<'x, Matrix> {
        if self.rows.is_empty() {
            return Cow::Borrowed(x);
        }
        let (mut all, width) = (x.clone(), x.cols());
        for (&row, values) in self.rows.iter().zip(self.chosen.iter_rows()) {
            all.as_mut_slice()[row * width..][..width].copy_from_slice(values);
        }
        Cow::Owned(all)
    }
}

impl Scorer<'_> {
    /// Scores the rows. `unseen` are their cells in order of rows.
    pub(crate) fn score(&self, x: &Matrix, unseen: &[UnseenCell]) -> Result<Oddest, DetectorError> {
        let mut scores = match x.is_empty() {
            true => Vec::new(),
            false => self.detector.score(x)?,
        };
        // The caller reports a wrong number of scores.
        if unseen.is_empty() || self.positional || scores.len() != x.rows() {
            return Ok(Oddest::plain(scores, x));
        }
        let cells: Vec<&[UnseenCell]> = unseen.chunk_by(|a, b| a.row == b.row).collect();
        let rows: Vec<usize> = cells.iter().map(|cells| cells[0].row as usize).collect();
        let mut search = Search {
            detector: self.detector,
            inputs: inputs(self.preprocessor, unseen),
            scores: rows.iter().map(|&row| scores[row]).collect(),
            best: x.select(&rows),
            variants: Vec::new(),
            owners: Vec::new(),
        };
        search.run(&cells)?;
        for (&row, score) in rows.iter().zip(&search.scores) {
            scores[row] = *score;
        }
        let raised = self.raise(&mut scores, &cells);
        Ok(Oddest { scores, rows, chosen: search.best, raised })
    }

    /// Raises rows with a change to the floor.
    fn raise(&self, scores: &mut [f64], rows: &[&[UnseenCell]]) -> Vec<(UnseenCell, f64)> {
        let Some(floor) = self.floor.least_score else { return Vec::new() };
        let flags: Vec<bool> = self.preprocessor.flags().collect();
        let mut raised = Vec::new();
        for cells in rows {
            let changed: Vec<&UnseenCell> =
                cells.iter().filter(|cell| flags[cell.input as usize]).collect();
            let Some(first) = changed.first() else { continue };
            let score = &mut scores[first.row as usize];
            if *score < floor {
                let part = (floor - *score) / changed.len() as f64;
                raised.extend(changed.iter().map(|cell| (**cell, part)));
                *score = floor;
            }
        }
        raised
    }
}

/// The first matrix column of an input and its stand-ins; `None` for inputs without unseen cells.
type Input = Option<(usize, Vec<Vec<f32>>)>;

fn inputs(preprocessor: &Preprocessor, unseen: &[UnseenCell]) -> Vec<Input> {
    let mut inputs: Vec<Input> = vec![None; preprocessor.features().count()];
    for cell in unseen {
        let input = cell.input as usize;
        inputs[input]
            .get_or_insert_with(|| (preprocessor.span(input).start, preprocessor.stand_ins(input)));
    }
    inputs
}

/// The best variants so far of the rows with unseen cells, and those that wait to be scored.
struct Search<'a> {
    detector: &'a dyn FittedDetector,
    inputs: Vec<Input>,
    scores: Vec<f64>,
    best: Matrix,
    variants: Vec<f32>,
    /// The position of each variant's row among these rows.
    owners: Vec<usize>,
}

/// A row's position among those with unseen cells, and its cells.
type Unseen<'a> = (usize, &'a [UnseenCell]);

impl Search<'_> {
    fn run(&mut self, rows: &[&[UnseenCell]]) -> Result<(), DetectorError> {
        let rows = rows.iter().copied().enumerate();
        let rows = rows.filter(|(_, cells)| self.combinations(cells) > 1);
        let (few, many): (Vec<Unseen<'_>>, Vec<_>) =
            rows.partition(|(_, cells)| self.combinations(cells) <= MOST_COMBINATIONS);
        for row in few {
            self.every_combination(row)?;
        }
        self.flush()?;
        self.one_after_the_other(&many)
    }

    fn stand_ins(&self, cell: &UnseenCell) -> &[Vec<f32>] {
        self.inputs[cell.input as usize].as_ref().map_or(&[], |(_, stand_ins)| stand_ins)
    }

    fn combinations(&self, cells: &[UnseenCell]) -> usize {
        let counts = cells.iter().map(|cell| self.stand_ins(cell).len().max(1));
        counts.fold(1, usize::saturating_mul)
    }

    /// Tries all combinations of the stand-ins of a row's cells.
    fn every_combination(&mut self, (row, cells): Unseen<'_>) -> Result<(), DetectorError> {
        for combination in 0..self.combinations(cells) {
            let mut rest = combination;
            let mut choice = Vec::with_capacity(cells.len());
            for cell in cells {
                let several = self.stand_ins(cell).len().max(1);
                choice.push((*cell, rest % several));
                rest /= several;
            }
            self.try_variant(row, &choice)?;
        }
        Ok(())
    }

    /// Goes through the cells of the rows, one a row at a time, until no score rises.
    fn one_after_the_other(&mut self, rows: &[Unseen<'_>]) -> Result<(), DetectorError> {
        let longest = rows.iter().map(|(_, cells)| cells.len()).max().unwrap_or(0);
        for _ in 0..MOST_ROUNDS {
            let before = self.scores.clone();
            for position in 0..longest {
                for (row, cells) in rows {
                    let Some(cell) = cells.get(position) else { continue };
                    for stand_in in 0..self.stand_ins(cell).len() {
                        self.try_variant(*row, &[(*cell, stand_in)])?;
                    }
                }
                self.flush()?;
            }
            if self.scores == before {
                break;
            }
        }
        Ok(())
    }

    /// Notes a variant of a row's best one; it is scored with others.
    fn try_variant(
        &mut self,
        row: usize,
        choice: &[(UnseenCell, usize)],
    ) -> Result<(), DetectorError> {
        let from = self.variants.len();
        self.variants.extend_from_slice(self.best.row(row));
        for (cell, stand_in) in choice {
            let Some((at, stand_ins)) = &self.inputs[cell.input as usize] else { continue };
            if let Some(values) = stand_ins.get(*stand_in) {
                self.variants[from + at..][..values.len()].copy_from_slice(values);
            }
        }
        self.owners.push(row);
        match self.variants.len() < CHUNK_VALUES {
            true => Ok(()),
            false => self.flush(),
        }
    }

    /// Scores the waiting rows and keeps scores that are higher than before.
    fn flush(&mut self) -> Result<(), DetectorError> {
        let (owners, width) = (std::mem::take(&mut self.owners), self.best.cols());
        if owners.is_empty() {
            return Ok(());
        }
        let variants = Matrix::new(owners.len(), width, std::mem::take(&mut self.variants))
            .map_err(|e| DetectorError::Backend(e.to_string()))?;
        let scores = self.detector.score(&variants)?;
        for ((row, score), values) in owners.into_iter().zip(scores).zip(variants.iter_rows()) {
            // A score that is no number is kept, so the check of scores finds it.
            if score > self.scores[row] || score.is_nan() {
                self.scores[row] = score;
                self.best.as_mut_slice()[row * width..][..width].copy_from_slice(values);
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests;
