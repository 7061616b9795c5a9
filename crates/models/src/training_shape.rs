//! What is known about training rows before a fit: enough to decide whether parameters suit them.

use crate::params::ParamError;

/// The size of the rows that a fit is given.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TrainingShape {
    /// Training rows.
    pub rows: usize,
    /// Columns of a row.
    pub columns: usize,
    /// Training rows that are outliers. Only supervised kinds look at it.
    pub outliers: usize,
    /// Inliers that are not trained on.
    pub validation_inliers: usize,
}

impl TrainingShape {
    /// Rows of the rarer class, of the other one, and what the rarer one is called.
    pub(crate) fn classes(&self) -> (usize, usize, &'static str) {
        let inliers = self.rows - self.outliers;
        match self.outliers < inliers {
            true => (self.outliers, inliers, "outliers"),
            false => (inliers, self.outliers, "inliers"),
        }
    }

    /// What a supervised kind needs: rows of both classes.
    pub(crate) fn check_classes(&self) -> Result<(), ParamError> {
        let missing = match (self.outliers, self.rows - self.outliers) {
            (0, _) => "outlier",
            (_, 0) => "inlier",
            _ => return Ok(()),
        };
        Err(ParamError::general(format!(
            "a supervised detector needs rows of both classes, and there is no {missing} among the {} \
             training rows: choose a split that trains on both",
            self.rows
        )))
    }
}
