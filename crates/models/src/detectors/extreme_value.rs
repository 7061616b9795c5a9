//! `extreme-value`: how extreme the most extreme feature of a row is. A sanity model.
//!
//! P. Röchner, S. Klüttermann, K. Kammler, F. Rothlauf, E. Müller, D. Schlör: *We Need to Rethink
//! Benchmarking in Anomaly Detection*, arXiv 2507.15584: an algorithm that looks at extreme values of
//! single features alone keeps up with deep models on the usual tables. The formula here is ours. Where
//! this row does as well as the models, the data set needs no model that looks at features together.
//!
//! Let a column have `n` training values. Let `t` of them be at least as extreme as the value on its more
//! extreme side: the smaller of the number of values up to it and the number from it on. The value itself
//! joins the training values, so that its two-sided tail probability is p = 2 (t + 1) / (n + 1),
//! at most 1. A value outside of the training range has t = 0. The farther out it lies, the odder it is:
//! with a distance d from the range and a unit u, its oddness is -ln p + ln(1 + d / u). The unit is the
//! width of the range. A column that is constant in training has no width: its unit is the magnitude of the
//! constant, or 1 if the constant is 0. The score of a row is the largest oddness of its values.

use oddbench_core::{DetectorError, Matrix};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::empirical_distribution::Steps;
use crate::{
    kind::Kind,
    model::{Fit, Model},
    parallel::{map_rows, score_rows},
    params::{ParamError, Params},
    save::Saved,
};

/// None.
#[derive(Debug, Clone, Default, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct ExtremeValueParams {}

impl Params for ExtremeValueParams {
    fn check(&self) -> Result<(), ParamError> {
        Ok(())
    }
}

/// Where a value lies among the values of its column.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Place {
    /// How many values are at least as extreme, on the side where they are fewer.
    tail: u32,
    /// The distance from the range of the values, in units; above 0 only if `tail` is 0.
    beyond: f64,
}

impl Place {
    /// The place that is the least odd among any number of values.
    const INSIDE: Self = Self { tail: u32::MAX, beyond: 0.0 };

    /// The place of a new value.
    fn of(value: f32, steps: &Steps) -> Self {
        let (i, n) = (steps.values.partition_point(|&v| v < value), steps.len());
        let up_to = match steps.values.get(i) == Some(&value) {
            true => steps.up_to[i],
            false => steps.before(i),
        };
        let tail = up_to.min(n - steps.before(i));
        Self { tail, beyond: beyond(value, &steps.values) }
    }

    /// The place of one of the values among the others. A value that is not there is a new one.
    fn among_others(value: f32, steps: &Steps) -> Self {
        let i = steps.values.partition_point(|&v| v < value);
        if steps.values.get(i) != Some(&value) {
            return Self::of(value, steps);
        }
        let (values, last) = (&steps.values, steps.values.len() - 1);
        let once = steps.up_to[i] - steps.before(i) == 1;
        let others = match i {
            0 if once => &values[1..],
            _ if once && i == last => &values[..last],
            _ => values,
        };
        let tail = steps.up_to[i].min(steps.len() - steps.before(i)) - 1;
        Self { tail, beyond: beyond(value, others) }
    }

    /// The place that is as odd as the odder of two among equally many values.
    fn odder(self, other: Self) -> Self {
        Self { tail: self.tail.min(other.tail), beyond: self.beyond.max(other.beyond) }
    }

    /// Minus the logarithm of the tail probability among `n` values, and more beyond their range.
    fn oddness(self, n: u32) -> f64 {
        let rarity = (f64::from(n) + 1.0) / (2.0 * (f64::from(self.tail) + 1.0));
        rarity.max(1.0).ln() + self.beyond.ln_1p()
    }
}

/// The distance of a value from the range of ascending values, in units; 0 if there are none.
fn beyond(value: f32, values: &[f32]) -> f64 {
    let (Some(&low), Some(&high)) = (values.first(), values.last()) else { return 0.0 };
    let (value, low, high) = (f64::from(value), f64::from(low), f64::from(high));
    let unit = match high - low {
        width if width > 0.0 => width,
        _ if low != 0.0 => low.abs(),
        _ => 1.0,
    };
    (low - value).max(value - high).max(0.0) / unit
}

/// The oddness of the oddest value of a row among `n` values of each column.
fn oddest(row: &[f32], columns: &[Steps], n: u32, place: impl Fn(f32, &Steps) -> Place) -> f64 {
    let places = row.iter().zip(columns).map(|(&value, steps)| place(value, steps));
    places.fold(Place::INSIDE, Place::odder).oddness(n)
}

impl Model for ExtremeValueParams {
    type Learned = Vec<Steps>;

    const KIND: Kind = Kind::of::<Self>(
        "extreme-value",
        "sanity model: the two-sided empirical tail of each feature, the most extreme one alone",
        "after the quantiles of Röchner et al.: We Need to Rethink Benchmarking in Anomaly Detection, 2025",
    );

    fn fit(&self, Fit { x, .. }: Fit<'_>) -> Result<Vec<Steps>, DetectorError> {
        Ok(Steps::of_columns(x))
    }

    fn score(&self, columns: &Vec<Steps>, x: &Matrix) -> Result<Vec<f64>, DetectorError> {
        let n = columns[0].len();
        Ok(score_rows(x, |row| oddest(row, columns, n, Place::of)))
    }

    /// Each row is compared with the others.
    fn score_training(&self, columns: &Vec<Steps>, x: &Matrix) -> Result<Vec<f64>, DetectorError> {
        let others = columns[0].len() - 1;
        Ok(score_rows(x, |row| oddest(row, columns, others, Place::among_others)))
    }

    /// The oddness of each value. The largest of them is the score.
    fn explain(&self, columns: &Vec<Steps>, x: &Matrix) -> Result<Option<Matrix>, DetectorError> {
        let n = columns[0].len();
        Ok(Some(map_rows(x, x.cols(), |row, out| {
            for ((share, &value), steps) in out.iter_mut().zip(row).zip(columns) {
                *share = Place::of(value, steps).oddness(n) as f32;
            }
        })))
    }

    fn save(columns: &Vec<Steps>, saved: Saved) -> Saved {
        Steps::save(columns, saved)
    }

    fn load(&self, saved: &Saved) -> Result<Vec<Steps>, DetectorError> {
        let columns = Steps::load(saved)?;
        match columns.iter().all(|steps| steps.len() == columns[0].len()) {
            true => Ok(columns),
            false => Err(saved.broken("its columns have different numbers of values")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn column(values: &[f32]) -> Steps {
        let x = Matrix::new(values.len(), 1, values.to_vec()).unwrap();
        Steps::of_columns(&x).remove(0)
    }

    #[test]
    fn places_are_as_counted_by_hand() {
        let steps = column(&[3., 1., 2., 2., 9.]);
        let cases = [
            (1.0, 1, 0.0),   // 1 | all
            (1.5, 1, 0.0),   // 1 | 2, 2, 3, 9
            (2.0, 3, 0.0),   // 1, 2, 2 | 2, 2, 3, 9
            (3.0, 2, 0.0),   // four | 3, 9
            (9.0, 1, 0.0),   // all | 9
            (11.0, 0, 0.25), // two above a range of eight
            (-3.0, 0, 0.5),  // four below it
            (-1e30, 0, 1.25e29),
        ];
        for (value, tail, beyond) in cases {
            let place = Place::of(value, &steps);
            assert_eq!(place.tail, tail, "{value}");
            assert!((place.beyond - beyond).abs() <= 1e-7 * beyond, "{value}: {}", place.beyond);
        }
    }

    #[test]
    fn a_training_value_is_held_against_the_others() {
        let steps = column(&[3., 1., 2., 2., 9.]);
        // 1 lies one below 2..9, 9 lies six above 1..3.
        for (value, tail, beyond) in
            [(1.0, 0, 1.0 / 7.0), (2.0, 2, 0.0), (3.0, 1, 0.0), (9.0, 0, 3.0)]
        {
            assert_eq!(Place::among_others(value, &steps), Place { tail, beyond }, "{value}");
        }
        let twice = column(&[1., 1., 2., 3.]);
        assert_eq!(Place::among_others(1.0, &twice), Place { tail: 1, beyond: 0.0 });
        assert_eq!(Place::among_others(5.0, &twice), Place::of(5.0, &twice));
        // There is no other.
        assert_eq!(Place::among_others(4.0, &column(&[4.])).oddness(0), 0.0);
    }

    #[test]
    fn a_constant_column_has_its_magnitude_as_unit() {
        for (constant, value, beyond) in [(4.0, 6.0, 0.5), (-4.0, -5.0, 0.25), (0.0, 3.0, 3.0)] {
            let steps = column(&[constant; 7]);
            assert_eq!(Place::of(value, &steps), Place { tail: 0, beyond }, "{constant}");
            assert_eq!(Place::of(constant, &steps).oddness(7), 0.0);
        }
    }

    #[test]
    fn the_score_of_a_rare_one_is_the_logarithm_of_how_rare_it_is() {
        // 2 of 99 rows have a one: with the new row 3 of 100, on two sides.
        let steps = column(&[&[0.; 97][..], &[1.; 2]].concat());
        assert!((Place::of(1.0, &steps).oddness(99) - (100.0_f64 / 6.0).ln()).abs() < 1e-15);
        assert_eq!(Place::of(0.0, &steps).oddness(99), 0.0);
    }
}
