//! Random configurations of a sweep: the same for a seed on every machine, and a parameter's draws do
//! not depend on what other parameters are swept.

use oddbench_models::rng::stream;
use rand::RngExt;
use serde_json::{Map, Value, json};

/// What a swept parameter may be.
pub(super) enum Choices {
    /// One of these, each as likely.
    List(Vec<Value>),
    /// Something between two numbers.
    Range(Range),
}

/// The numbers from `low` to `high`.
#[derive(Clone, Copy)]
pub(super) struct Range {
    pub(super) low: f64,
    pub(super) high: f64,
    /// Whether the logarithm is drawn evenly, and not the number.
    pub(super) log: bool,
    /// Whether only whole numbers are meant, both ends among them.
    pub(super) whole: bool,
}

impl Choices {
    /// How many there are; `None`: any number between two.
    pub(super) fn count(&self) -> Option<usize> {
        match self {
            Self::List(values) => Some(values.len()),
            Self::Range(range) if range.whole => Some((range.high - range.low) as usize + 1),
            Self::Range(_) => None,
        }
    }

    /// The choice for an even draw from [0, 1).
    fn at(&self, u: f64) -> Value {
        match self {
            Self::List(values) => {
                values[((u * values.len() as f64) as usize).min(values.len() - 1)].clone()
            }
            Self::Range(range) => range.at(u),
        }
    }
}

impl Range {
    fn at(self, u: f64) -> Value {
        // Whole numbers take the room of half a number below and above.
        let (low, high) = match self.whole {
            true => (self.low - 0.5, self.high + 0.5),
            false => (self.low, self.high),
        };
        let drawn = match self.log {
            true => (low.ln() + u * (high.ln() - low.ln())).exp(),
            false => low + u * (high - low),
        };
        match self.whole {
            true => json!(drawn.round().clamp(self.low, self.high) as i64),
            false => json!(four_digits(drawn).clamp(self.low, self.high)),
        }
    }
}

/// Four significant digits say as much as a draw means, and can be typed again.
fn four_digits(value: f64) -> f64 {
    format!("{value:.3e}").parse().unwrap_or(value)
}

/// That many configurations, all different; there are more than that.
pub(super) fn draw(
    choices: &[(String, Choices)],
    number: usize,
    seed: u64,
) -> Vec<Map<String, Value>> {
    let mut streams: Vec<_> =
        choices.iter().map(|(name, _)| stream(seed, &format!("sweep/{name}"))).collect();
    let mut drawn: Vec<Map<String, Value>> = Vec::new();
    // More combinations than draws: a new one turns up, but ask no further than this.
    for _ in 0..number.saturating_mul(10_000) {
        if drawn.len() == number {
            break;
        }
        let point: Map<String, Value> = choices
            .iter()
            .zip(&mut streams)
            .map(|((name, choices), stream)| (name.clone(), choices.at(stream.random::<f64>())))
            .collect();
        if !drawn.contains(&point) {
            drawn.push(point);
        }
    }
    drawn
}

#[cfg(test)]
mod tests {
    use super::*;

    fn range(low: f64, high: f64, log: bool, whole: bool) -> Choices {
        Choices::Range(Range { low, high, log, whole })
    }

    fn numbers(choices: Choices, n: usize) -> Vec<f64> {
        let drawn = draw(&[("x".to_owned(), choices)], n, 7);
        drawn.iter().map(|point| point["x"].as_f64().unwrap()).collect()
    }

    #[test]
    fn draws_stay_between_the_ends_and_spread_over_the_decades() {
        let drawn = numbers(range(1e-4, 1e-1, true, false), 300);
        assert_eq!(drawn.len(), 300);
        assert!(drawn.iter().all(|x| (1e-4..=1e-1).contains(x)));
        // Three decades, a third each: 100, and 30 is eight standard deviations below.
        for decade in [1e-4, 1e-3, 1e-2] {
            let in_it = drawn.iter().filter(|x| (decade..10.0 * decade).contains(*x)).count();
            assert!(in_it > 70, "{in_it} from {decade}");
        }
        let even = numbers(range(0.0, 1.0, false, false), 300);
        assert!(even.iter().filter(|x| **x < 0.5).count() > 110);
    }

    #[test]
    fn whole_numbers_reach_both_ends_and_no_further() {
        let mut drawn = numbers(range(2.0, 6.0, false, true), 4);
        drawn.extend(numbers(range(2.0, 6.0, true, true), 4));
        assert!(drawn.iter().all(|x| (2.0..=6.0).contains(x) && x.fract() == 0.0));
        for u in [0.0, 1.0 - 1e-12] {
            let end = Range { low: 2.0, high: 6.0, log: true, whole: true }.at(u);
            assert!(end == json!(2) || end == json!(6));
        }
    }

    #[test]
    fn a_parameter_more_changes_no_other_draw() {
        let one = || ("a".to_owned(), range(0.0, 1.0, false, false));
        let other = ("b".to_owned(), range(0.0, 1.0, false, false));
        let alone = draw(&[one()], 5, 1);
        let both = draw(&[one(), other], 5, 1);
        assert!(alone.iter().zip(&both).all(|(x, y)| x["a"] == y["a"]));
        assert_ne!(alone, draw(&[one()], 5, 2), "the seed decides");
    }

    #[test]
    fn no_configuration_is_drawn_twice() {
        let list = || Choices::List(vec![json!(1), json!(2), json!(3)]);
        let drawn = draw(&[("a".into(), list()), ("b".into(), list())], 8, 3);
        assert_eq!(drawn.len(), 8);
        for (at, point) in drawn.iter().enumerate() {
            assert!(!drawn[..at].contains(point));
        }
    }
}
