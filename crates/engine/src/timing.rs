//! Timed scoring calls: what `[measure]` asks of every trial.

use std::time::Instant;

use oddbench_core::experiment::Measure;
use oddbench_core::record::ScoreTiming;
use oddbench_core::stats::median;
use oddbench_core::{DetectorError, FittedDetector, Matrix};

/// Times calls of each number of rows: test rows, again from the first one on where there are fewer.
/// The first call is kept apart, because on a GPU it compiles kernels for its shape.
pub(crate) fn scoring(
    fitted: &dyn FittedDetector,
    test: &Matrix,
    measure: &Measure,
) -> Result<Vec<ScoreTiming>, DetectorError> {
    let timed = |&rows: &usize| {
        let positions: Vec<usize> = (0..rows).map(|row| row % test.rows()).collect();
        let x = test.select(&positions);
        let first_seconds = call(fitted, &x)?;
        let seconds: Vec<f64> =
            (0..measure.repeats).map(|_| call(fitted, &x)).collect::<Result<_, _>>()?;
        // `repeats` is checked to be 1 or more, so that there is a median.
        let seconds = median(seconds).unwrap_or(first_seconds);
        Ok(ScoreTiming { rows, first_seconds, seconds })
    };
    measure.score_rows.iter().map(timed).collect()
}

fn call(fitted: &dyn FittedDetector, x: &Matrix) -> Result<f64, DetectorError> {
    let started = Instant::now();
    fitted.score(x)?;
    Ok(started.elapsed().as_secs_f64())
}

#[cfg(test)]
mod tests {
    use std::path::Path;
    use std::sync::Mutex;

    use super::*;

    /// Remembers the first column of what it was asked to score.
    struct Recording(Mutex<Vec<Vec<f32>>>);

    impl FittedDetector for Recording {
        fn score(&self, x: &Matrix) -> Result<Vec<f64>, DetectorError> {
            self.0.lock().unwrap().push(x.column(0).collect());
            Ok(vec![0.0; x.rows()])
        }
        fn save(&self, _: &Path) -> Result<(), DetectorError> {
            Ok(())
        }
        fn n_features(&self) -> usize {
            1
        }
    }

    #[test]
    fn each_number_of_rows_is_called_once_and_then_as_often_as_asked() {
        let fitted = Recording(Mutex::new(Vec::new()));
        let test = Matrix::new(3, 1, vec![1.0, 2.0, 3.0]).unwrap();
        let measure = Measure { score_rows: vec![2, 5], repeats: 2 };
        let timings = scoring(&fitted, &test, &measure).unwrap();
        assert_eq!(timings.iter().map(|t| t.rows).collect::<Vec<_>>(), [2, 5]);
        let (few, many) = (vec![1.0, 2.0], vec![1.0, 2.0, 3.0, 1.0, 2.0]);
        let expected = [few.clone(), few.clone(), few, many.clone(), many.clone(), many];
        assert_eq!(fitted.0.into_inner().unwrap(), expected);
    }
}
