//! `scaled-distance`: the distance of a row from the mean of the training rows, each column measured by its spread.

use oddbench_core::{DetectorError, Matrix};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{
    kind::Kind,
    model::{Fit, Model},
    parallel::{map_rows, score_rows},
    params::{ParamError, Params, require},
    save::Saved,
};

/// The parameters of `scaled-distance`.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct ScaledDistanceParams {
    /// What the distance of a value from the mean is raised to, 1 to 3.
    pub power: f64,
}

impl Default for ScaledDistanceParams {
    fn default() -> Self {
        Self { power: 2.0 }
    }
}

impl Params for ScaledDistanceParams {
    fn check(&self) -> Result<(), ParamError> {
        require("power", (1.0..=3.0).contains(&self.power), "from 1 to 3", self.power)
    }
}

/// What a fit learns of a column.
pub struct Column {
    mean: f64,
    /// The standard deviation; 1 if the column never varies.
    spread: f64,
}

impl Column {
    fn of(values: impl Iterator<Item = f32> + Clone) -> Self {
        let n = values.clone().count() as f64;
        let mean = values.clone().map(f64::from).sum::<f64>() / n;
        let variance = values.map(|v| (f64::from(v) - mean).powi(2)).sum::<f64>() / n;
        Self { mean, spread: if variance > 0.0 { variance.sqrt() } else { 1.0 } }
    }
}

impl ScaledDistanceParams {
    /// What a value adds to the score of its row.
    fn part(&self, value: f32, column: &Column) -> f64 {
        ((f64::from(value) - column.mean).abs() / column.spread).powf(self.power)
    }
}

impl Model for ScaledDistanceParams {
    type Learned = Vec<Column>;

    const KIND: Kind = Kind::of::<Self>(
        "scaled-distance",
        "the distance from the mean of the training rows, each column measured by its spread",
        "none: an example",
    );

    fn fit(&self, Fit { x, .. }: Fit<'_>) -> Result<Vec<Column>, DetectorError> {
        Ok((0..x.cols()).map(|at| Column::of(x.column(at))).collect())
    }

    fn score(&self, columns: &Vec<Column>, x: &Matrix) -> Result<Vec<f64>, DetectorError> {
        let score = |row: &[f32]| row.iter().zip(columns).map(|(&v, c)| self.part(v, c)).sum();
        Ok(score_rows(x, score))
    }

    /// What each value adds to the score.
    fn explain(&self, columns: &Vec<Column>, x: &Matrix) -> Result<Option<Matrix>, DetectorError> {
        Ok(Some(map_rows(x, x.cols(), |row, out| {
            for ((share, &value), column) in out.iter_mut().zip(row).zip(columns) {
                *share = self.part(value, column) as f32;
            }
        })))
    }

    fn save(columns: &Vec<Column>, saved: Saved) -> Saved {
        let means: Vec<f64> = columns.iter().map(|column| column.mean).collect();
        let spreads: Vec<f64> = columns.iter().map(|column| column.spread).collect();
        saved.with("means", &[means.len()], means).with("spreads", &[spreads.len()], spreads)
    }

    fn load(&self, saved: &Saved) -> Result<Vec<Column>, DetectorError> {
        let means = saved.tensor_f64("means", &[saved.n_features])?;
        let spreads = saved.tensor_f64("spreads", &[saved.n_features])?;
        let columns = means.iter().zip(spreads);
        Ok(columns.map(|(&mean, &spread)| Column { mean, spread }).collect())
    }
}

/// It is no kind of oddbench: docs/ADDING-A-MODEL.md shows it, up to here.
#[cfg(test)]
mod tests {
    use oddbench_core::{Silent, Train};
    use serde_json::json;

    use super::*;
    use crate::contract::{for_each_clause, test_clauses};

    mod keeps_the_contract {
        use super::*;

        for_each_clause!(test_clauses ScaledDistanceParams::KIND);
    }

    #[test]
    fn scores_are_those_computed_by_hand() {
        let x = Matrix::new(4, 2, vec![1., 5., 3., 5., 1., 5., 3., 5.]).unwrap();
        let device = crate::Backend::Cpu.open().unwrap();
        for (power, expected) in [(2.0, 4.0 + 0.25), (1.0, 2.0 + 0.5)] {
            let detector = ScaledDistanceParams::KIND.build(&json!({ "power": power }), &device);
            let train = Train { x: &x, labels: None, validation: None };
            let fitted = detector.unwrap().fit(train, 1, &mut Silent).unwrap();
            // The first column has mean 2 and spread 1, the second one mean 5 and no spread.
            let row = Matrix::new(1, 2, vec![4.0, 5.5]).unwrap();
            assert_eq!(fitted.score(&row).unwrap(), [expected]);
        }
    }

    #[test]
    fn the_document_shows_this_file() {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/ADDING-A-MODEL.md");
        let document = std::fs::read_to_string(path).unwrap();
        let shown = include_str!("example.rs").split("\n/// It is no kind").next().unwrap();
        assert!(
            document.contains(&format!("```rust\n{shown}```\n")),
            "docs/ADDING-A-MODEL.md shows another one"
        );
    }
}
