//! Training rows as a detector sees them, within bounded memory: a typed table of the columns that are
//! features, from which rows are transformed as they are asked for, or one matrix of all rows.

use std::cell::{OnceCell, RefCell};

use oddbench_core::counts::counted;
use oddbench_core::preprocess::{PreprocessSettings, Preprocessor};
use oddbench_core::{
    Column, DetectorError, FeatureKind, FittedDetector, Matrix, Table, TrainingRows,
};
use rayon::prelude::*;

use super::TrainingInput;
use super::told::refused;
use crate::scoring::ScoringError;

/// Below this many bytes the table and the matrix may both be in memory; above it a file is read once more
/// in place of keeping both.
const BOTH: usize = 512 << 20;

/// Bytes of a matrix of rows that are transformed and scored at a time; each thread has one.
const BLOCK: usize = 16 << 20;

/// Training rows with their preprocessing.
pub(super) struct Training<'a> {
    input: TrainingInput<'a>,
    columns: Vec<(String, FeatureKind)>,
    pub(super) preprocessor: Preprocessor,
    /// Given up for the matrix.
    table: RefCell<Option<Table>>,
    matrix: OnceCell<Matrix>,
    rows: usize,
}

impl<'a> Training<'a> {
    /// Reads the features and learns their preprocessing. The values of the label come apart.
    pub(super) fn read(
        input: TrainingInput<'a>,
        columns: Vec<(String, FeatureKind)>,
        label: Option<&str>,
        rows: usize,
        settings: PreprocessSettings,
    ) -> Result<(Self, Option<Column>), ScoringError> {
        let mut wanted = columns.clone();
        wanted.extend(label.map(|label| (label.to_owned(), FeatureKind::Categorical)));
        let mut table = input.table(&wanted, rows)?;
        let labels = label.and_then(|_| table.columns.pop()).map(|(_, column)| column);
        if table.rows() != rows {
            return Err(changed(rows, table.rows()));
        }
        let names: Vec<String> = columns.iter().map(|(name, _)| name.clone()).collect();
        let all: Vec<usize> = (0..rows).collect();
        let preprocessor =
            Preprocessor::fit(&table, &all, &names, settings).map_err(|e| refused(&e))?;
        let (table, matrix) = (RefCell::new(Some(table)), OnceCell::new());
        Ok((Self { input, columns, preprocessor, table, matrix, rows }, labels))
    }

    /// The score of every row, a block at a time, as [`FittedDetector::score_training`] gives it.
    pub(super) fn scores(&self, fitted: &dyn FittedDetector) -> Result<Vec<f64>, ScoringError> {
        let table = self.table.borrow();
        let (table, matrix, preprocessor) = (table.as_ref(), self.matrix.get(), &self.preprocessor);
        let rows = self.rows;
        let size = self.block();
        let block = |start: usize| {
            let block: Vec<usize> = (start..rows.min(start + size)).collect();
            let x = some(table, matrix, preprocessor, &block)?;
            fitted.score_training(&x)
        };
        let starts: Vec<usize> = (0..rows).step_by(size).collect();
        let mut scores = Vec::with_capacity(rows);
        // A thread that waits within a block takes up another one: so many are handed out at a time.
        for some in starts.chunks(rayon::current_num_threads()) {
            let blocks: Vec<Vec<f64>> =
                some.par_iter().map(|&start| block(start)).collect::<Result<_, DetectorError>>()?;
            blocks.iter().for_each(|block| scores.extend_from_slice(block));
        }
        match scores.iter().all(|score| score.is_finite()) {
            true => Ok(scores),
            false => Err(ScoringError::Model("a score of a training row is not finite".into())),
        }
    }

    /// Gives up the rows.
    pub(super) fn into_preprocessor(self) -> Preprocessor {
        self.preprocessor
    }

    /// Rows that are transformed at a time: what fits [`BLOCK`].
    fn block(&self) -> usize {
        let width = self.preprocessor.columns().len().max(1);
        (BLOCK / (width * size_of::<f32>())).clamp(256, 1 << 15)
    }

    fn whole(&self) -> Result<Matrix, ScoringError> {
        let width = self.preprocessor.columns().len();
        let bytes = self.rows * (width * size_of::<f32>() + self.columns.len() * size_of::<f64>());
        let in_memory = matches!(self.input, TrainingInput::Rows(_)) || bytes <= BOTH;
        if let Some(table) = self.table.borrow_mut().take().filter(|_| in_memory) {
            let all: Vec<usize> = (0..self.rows).collect();
            return self.preprocessor.transform(&table, &all).map_err(|e| refused(&e));
        }
        self.read_again()
    }

    /// The matrix of all rows from the input itself, without the table.
    fn read_again(&self) -> Result<Matrix, ScoringError> {
        let width = self.preprocessor.columns().len();
        let mut values = Vec::with_capacity(self.rows * width);
        self.input.blocks(&self.columns, self.block(), |table| {
            let all: Vec<usize> = (0..table.rows()).collect();
            let block = self.preprocessor.transform(&table, &all).map_err(|e| refused(&e))?;
            values.extend_from_slice(block.as_slice());
            match values.len() <= self.rows * width {
                true => Ok(()),
                false => Err(changed(self.rows, values.len() / width)),
            }
        })?;
        let found = values.len() / width.max(1);
        Matrix::new(self.rows, width, values).map_err(|_| changed(self.rows, found))
    }
}

fn changed(rows: usize, found: usize) -> ScoringError {
    ScoringError::Request(format!(
        "the input had {} when its columns were judged and has {found} now: it changes while it is read; \
         fit on a copy that stays as it is",
        counted(rows, "row")
    ))
}

/// Rows from whichever of the two is there.
fn some(
    table: Option<&Table>,
    matrix: Option<&Matrix>,
    preprocessor: &Preprocessor,
    rows: &[usize],
) -> Result<Matrix, DetectorError> {
    let failed = |error: ScoringError| DetectorError::BadInput(error.to_string());
    match (matrix, table) {
        (Some(matrix), _) => Ok(matrix.select(rows)),
        (None, Some(table)) => {
            preprocessor.transform(table, rows).map_err(|error| failed(refused(&error)))
        }
        (None, None) => Err(DetectorError::Backend("the training rows are gone".into())),
    }
}

impl TrainingRows for Training<'_> {
    fn count(&self) -> usize {
        self.rows
    }

    fn some(&self, rows: &[usize]) -> Result<Matrix, DetectorError> {
        some(self.table.borrow().as_ref(), self.matrix.get(), &self.preprocessor, rows)
    }

    fn all(&self) -> Result<&Matrix, DetectorError> {
        if self.matrix.get().is_none() {
            let matrix =
                self.whole().map_err(|error| DetectorError::BadInput(error.to_string()))?;
            return Ok(self.matrix.get_or_init(|| matrix));
        }
        self.matrix.get().ok_or_else(|| DetectorError::Backend("the training rows are gone".into()))
    }
}

#[cfg(test)]
mod tests {
    use std::fmt::Write as _;

    use oddbench_core::preprocess::{
        Constant, Encode, Infinite, Missing, Scale, Transform, Unseen,
    };
    use oddbench_data::rows::ReadOptions;

    use super::*;

    #[test]
    fn a_file_that_is_read_again_gives_the_matrix_of_the_table() {
        let mut csv = "service,bytes,gap\n".to_owned();
        for row in 0..5_000 {
            let gap = if row % 7 == 0 { String::new() } else { (row % 11).to_string() };
            let _ = writeln!(csv, "s{},{},{gap}", row * 7 % 1_198, row * 37 % 1_009);
        }
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("rows.csv");
        std::fs::write(&path, csv).unwrap();
        let options = ReadOptions::default();
        let input = TrainingInput::File { path: &path, name: None, options: &options };
        let columns = vec![
            ("service".to_owned(), FeatureKind::Categorical),
            ("bytes".to_owned(), FeatureKind::Numeric),
            ("gap".to_owned(), FeatureKind::Numeric),
        ];
        let settings = PreprocessSettings {
            scale: Scale::MinMax,
            encode: Encode::OneHotScaled,
            missing: Missing::Median,
            infinite: Infinite::Missing,
            unseen: Unseen::Oddest,
            constant: Constant::Flag,
            transform: Transform::None,
        };
        // Above the most categories of a column.
        let ordinal = PreprocessSettings { encode: Encode::Ordinal, ..settings };
        let read = |settings| Training::read(input, columns.clone(), None, 5_000, settings);
        assert!(read(settings).is_err());
        let (training, labels) = read(ordinal).unwrap();
        assert_eq!(labels, None);
        assert!(training.block() >= 256);
        let again = training.read_again().unwrap();
        assert_eq!(again.as_slice(), training.all().unwrap().as_slice());
        assert_eq!(training.some(&[4_999, 3]).unwrap().row(1), again.row(3));

        let wrong = Training::read(input, columns, None, 4_999, ordinal);
        let Err(error) = wrong else { panic!("the file has more rows") };
        assert!(error.to_string().contains("it changes while it is read"), "{error}");
    }
}
