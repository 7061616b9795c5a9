//! All parts of a trial in one file: a command does not learn which rows validate, test or transfer.

use oddbench_core::preprocess::UnseenCell;
use oddbench_core::{DetectorError, Matrix};

use crate::labelled::ScoredRows;
use crate::oddest::Scorer;

/// The scores of each part, in the order of its rows. The rows are scored as one matrix, which the command
/// gets shuffled.
pub(crate) fn score_together(
    scorer: &Scorer<'_>,
    parts: &[&ScoredRows],
) -> Result<Vec<Vec<f64>>, DetectorError> {
    let (x, unseen) = joined(parts)?;
    let mut scores = scorer.score(&x, &unseen)?.scores.into_iter();
    Ok(parts.iter().map(|part| scores.by_ref().take(part.x.rows()).collect()).collect())
}

/// The rows of all parts one below the other, and their unseen cells.
fn joined(parts: &[&ScoredRows]) -> Result<(Matrix, Vec<UnseenCell>), DetectorError> {
    let refuse = |error: String| DetectorError::BadInput(error);
    let (mut values, mut unseen, mut rows) = (Vec::new(), Vec::new(), 0usize);
    for part in parts {
        let first = u32::try_from(rows).map_err(|e| refuse(e.to_string()))?;
        values.extend_from_slice(part.x.as_slice());
        unseen.extend(part.unseen.iter().map(|cell| UnseenCell { row: first + cell.row, ..*cell }));
        rows += part.x.rows();
    }
    if u32::try_from(rows).is_err() {
        return Err(refuse(format!("{rows} rows are more than a command can be given at once")));
    }
    let columns = parts.first().map_or(0, |part| part.x.cols());
    let x = Matrix::new(rows, columns, values).map_err(|error| refuse(error.to_string()))?;
    Ok((x, unseen))
}
