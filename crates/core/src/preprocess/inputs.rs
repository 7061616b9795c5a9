//! A fitted preprocessor seen from the table's side: what it reads, which matrix columns belong
//! together, and the way back from a matrix to raw units.

use super::Preprocessor;
use super::feature::{Encoding, Feature, Usual, exponential};
use crate::dataset::Column;
use crate::matrix::Matrix;

/// A table column that a preprocessor reads.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Input<'a> {
    /// Its name.
    pub name: &'a str,
    /// The categories seen in training, sorted; `None` for a column of numbers.
    pub levels: Option<&'a [String]>,
}

impl Preprocessor {
    /// The table columns that it reads, in order.
    pub fn inputs(&self) -> impl Iterator<Item = Input<'_>> {
        self.features.iter().map(|feature| Input {
            name: &feature.name,
            levels: match &feature.encoding {
                Encoding::Numeric { .. } | Encoding::Flag { usual: Usual::Number(_), .. } => None,
                Encoding::OneHot { levels, .. } | Encoding::Ordinal { levels, .. } => Some(levels),
                Encoding::Flag { usual: Usual::Category(usual), .. } => {
                    Some(std::slice::from_ref(usual))
                }
            },
        })
    }

    /// Sums over the matrix columns that one table column became: `n x d` to `n x inputs`. Panics if
    /// `x` has other columns than [`Self::columns`].
    pub fn per_input(&self, x: &Matrix) -> Matrix {
        assert_eq!(x.cols(), self.columns.len(), "one matrix column per name");
        let mut sums = Matrix::zeros(x.rows(), self.features.len());
        let width = self.features.len().max(1);
        for (row, out) in x.iter_rows().zip(sums.as_mut_slice().chunks_exact_mut(width)) {
            let mut rest = row;
            for (feature, out) in self.features.iter().zip(out) {
                let (own, after) = rest.split_at(feature.width());
                *out = own.iter().sum();
                rest = after;
            }
        }
        sums
    }

    /// The rows of a matrix in the units of the table, one column per input: numbers as they were
    /// before they were scaled, and of categories the one with the largest value (one-hot) or the
    /// nearest position (ordinal). A flag gives the value of training: there is no other to name. Panics if `x` has other columns than [`Self::columns`].
    pub fn invert(&self, x: &Matrix) -> Vec<(String, Column)> {
        assert_eq!(x.cols(), self.columns.len(), "one matrix column per name");
        let mut at = 0;
        let columns = self.features.iter().map(|feature| {
            let column = feature.invert(x, at);
            at += feature.width();
            (feature.name.clone(), column)
        });
        columns.collect()
    }
}

impl Feature {
    fn invert(&self, x: &Matrix, at: usize) -> Column {
        match &self.encoding {
            Encoding::Flag { usual: Usual::Number(usual), .. } => {
                Column::Numeric(vec![*usual; x.rows()])
            }
            Encoding::Flag { usual: Usual::Category(usual), .. } => {
                Column::Categorical { codes: vec![0; x.rows()], levels: vec![usual.clone()] }
            }
            Encoding::Numeric { scaling, log, .. } => {
                let raw = x.column(at).map(|value| scaling.invert(f64::from(value)));
                Column::Numeric(raw.map(|v| if *log { exponential(v) } else { v }).collect())
            }
            Encoding::OneHot { levels, scalings, .. } => {
                let unscaled = |(level, value): (usize, &f32)| {
                    let value = f64::from(*value);
                    scalings.get(level).map_or(value, |scaling| scaling.invert(value))
                };
                let code = |row: &[f32]| {
                    largest(row[at..at + levels.len()].iter().enumerate().map(unscaled))
                };
                Column::Categorical {
                    codes: x.iter_rows().map(code).collect(),
                    levels: levels.clone(),
                }
            }
            Encoding::Ordinal { levels, scaling, .. } => {
                let last = levels.len().saturating_sub(1);
                let code = |value: f32| {
                    scaling.invert(f64::from(value)).round().clamp(0.0, last as f64) as u32
                };
                Column::Categorical {
                    codes: x.column(at).map(code).collect(),
                    levels: levels.clone(),
                }
            }
        }
    }
}

/// The position of the largest value, the first of equals.
fn largest(values: impl Iterator<Item = f64>) -> u32 {
    let best = values.enumerate().reduce(|best, next| if next.1 > best.1 { next } else { best });
    best.and_then(|(at, _)| u32::try_from(at).ok()).unwrap_or(Column::MISSING)
}

#[cfg(test)]
mod tests {
    use super::super::{
        Constant, Encode, Infinite, Missing, PreprocessSettings, Scale, Transform, Unseen,
    };
    use super::*;
    use crate::dataset::Table;

    fn table() -> Table {
        let levels = ["tcp", "udp", "icmp"].map(String::from).to_vec();
        Table {
            columns: vec![
                ("bytes".into(), Column::Numeric(vec![0.0, 250.0, 1_000.0, 7.0])),
                ("protocol".into(), Column::Categorical { codes: vec![0, 2, 1, 0], levels }),
                ("rate".into(), Column::Numeric(vec![0.5, -1.0, 3.0, 0.25])),
            ],
            classes: None,
            beside: Vec::new(),
        }
    }

    fn fitted(scale: Scale, encode: Encode, transform: Transform) -> Preprocessor {
        let settings = PreprocessSettings {
            scale,
            encode,
            missing: Missing::Error,
            infinite: Infinite::Error,
            unseen: Unseen::Oddest,
            constant: Constant::Keep,
            transform,
        };
        let features = ["bytes", "protocol", "rate"].map(String::from);
        Preprocessor::fit(&table(), &[0, 1, 2, 3], &features, settings).unwrap()
    }

    /// The level of each row by name: codes depend on their dictionary.
    fn names(column: &Column) -> Vec<String> {
        let Column::Categorical { codes, levels } = column else { panic!("not categorical") };
        codes.iter().map(|&code| levels[code as usize].clone()).collect()
    }

    #[test]
    fn what_was_transformed_comes_back_in_its_own_units() {
        for scale in [Scale::MinMax, Scale::Standard, Scale::Robust, Scale::None] {
            for encode in [Encode::OneHot, Encode::OneHotScaled, Encode::Ordinal] {
                for transform in [Transform::None, Transform::Log] {
                    let fitted = fitted(scale, encode, transform);
                    let back = fitted.invert(&fitted.transform(&table(), &[0, 1, 2, 3]).unwrap());
                    for ((name, raw), (_, expected)) in back.iter().zip(&table().columns) {
                        match (raw, expected) {
                            (Column::Numeric(raw), Column::Numeric(expected)) => {
                                for (raw, expected) in raw.iter().zip(expected) {
                                    let close = (raw - expected).abs() < 1e-3;
                                    assert!(close, "{scale:?} {name}: {raw} != {expected}");
                                }
                            }
                            _ => assert_eq!(names(raw), names(expected)),
                        }
                    }
                }
            }
        }
    }

    #[test]
    fn a_guess_between_categories_is_the_largest_or_the_nearest() {
        let one_hot = fitted(Scale::None, Encode::OneHot, Transform::None);
        let x = Matrix::new(1, 5, vec![3.0, 0.2, 0.3, 0.1, 0.0]).unwrap();
        assert_eq!(names(&one_hot.invert(&x)[1].1), ["tcp"]);
        let ordinal = fitted(Scale::None, Encode::Ordinal, Transform::None);
        let x = Matrix::new(2, 3, vec![3.0, 1.6, 0.0, 3.0, 9.0, 0.0]).unwrap();
        assert_eq!(names(&ordinal.invert(&x)[1].1), ["udp", "udp"]);
    }

    #[test]
    fn shares_of_one_hot_columns_belong_to_their_column() {
        let fitted = fitted(Scale::None, Encode::OneHot, Transform::None);
        let shares = Matrix::new(2, 5, vec![1., 2., 3., 4., 5., 0., 0., 7., 0., 1.]).unwrap();
        assert_eq!(fitted.per_input(&shares).as_slice(), [1., 9., 5., 0., 7., 1.]);
    }

    #[test]
    fn inputs_are_named_with_the_categories_of_training() {
        let fitted = fitted(Scale::None, Encode::OneHot, Transform::None);
        let inputs: Vec<_> = fitted.inputs().collect();
        assert_eq!(
            inputs.iter().map(|input| input.name).collect::<Vec<_>>(),
            ["bytes", "protocol", "rate"]
        );
        assert_eq!(inputs[0].levels, None);
        assert_eq!(inputs[1].levels, Some(&["icmp", "tcp", "udp"].map(String::from)[..]));
    }
}
