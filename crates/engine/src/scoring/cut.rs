//! The threshold of `fit` and `score --quantile`: a quantile of scores, with the rows that tie at it.

use oddbench_core::counts::{agreed, counted, thousands};
use oddbench_core::threshold::quantile;
use oddbench_data::columns::Remedies;

/// A quantile, and how the scores lie around it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Cut {
    /// Rows with a greater score are called anomalous.
    pub value: f64,
    /// How many are.
    pub above: usize,
    /// How many would be if no two rows had the same score.
    pub asked: usize,
    /// Rows with exactly this score.
    pub ties: usize,
    /// Rows with a lower one.
    pub below: usize,
}

impl Cut {
    /// Cuts scores, of which there is at least one; `None` without any.
    pub fn at(scores: &[f64], q: f64) -> Option<Self> {
        let value = quantile(scores, q)?;
        let last = scores.len() - 1;
        let position = (q * last as f64).clamp(0.0, last as f64).floor() as usize;
        let count = |wanted: &dyn Fn(f64) -> bool| scores.iter().filter(|s| wanted(**s)).count();
        Some(Self {
            value,
            above: count(&|score| score > value),
            asked: last - position,
            ties: count(&|score| score == value),
            below: count(&|score| score < value),
        })
    }

    /// What a user must know: ties keep rows from being called anomalous. A shortfall of less than a
    /// twentieth is not reported.
    pub fn note(&self, remedies: Remedies) -> Option<String> {
        if self.above * 20 > self.asked * 19 || self.above >= self.asked {
            return None;
        }
        let rows = self.above + self.ties + self.below;
        let told = format!(
            "{} of {} {} exactly the score of the threshold and {} not called anomalous: {} {} it instead of {}",
            thousands(self.ties),
            counted(rows, "row"),
            agreed(self.ties, "has", "have"),
            agreed(self.ties, "is", "are"),
            counted(self.above, "row"),
            agreed(self.above, "exceeds", "exceed"),
            thousands(self.asked)
        );
        Some(match self.lower() {
            None => format!(
                "{told}; no lower quantile calls {}, for no row has a lower score",
                agreed(self.ties, "it", "them")
            ),
            Some(q) => {
                let setting = match remedies {
                    Remedies::Shell => format!("--quantile {q}"),
                    Remedies::Toml => format!("quantile = {q}"),
                    Remedies::Page => format!("a threshold at the quantile {q}"),
                };
                let all = counted(self.above + self.ties, "row");
                format!(
                    "{told}; {setting} calls {} too, {all} in all",
                    agreed(self.ties, "it", "them")
                )
            }
        })
    }

    /// The shortest decimal that as a quantile cuts just below the ties; `None` if nothing is below.
    fn lower(&self) -> Option<f64> {
        let last = (self.above + self.ties + self.below - 1) as f64;
        let position = self.below.checked_sub(1)? as f64;
        let cuts = |q: f64| q > 0.0 && (q * last).floor() == position;
        (1..=17).find_map(|digits| {
            let unit = 10_f64.powi(digits);
            // The lowest one that is high enough, or the next if rounding spoils it.
            let first = (position / last * unit).ceil();
            [first, first + 1.0].map(|steps| steps / unit).into_iter().find(|q| cuts(*q))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ties_at_the_quantile_are_told_with_a_quantile_that_calls_them() {
        // 13 of 50 rows have the greatest score.
        let scores: Vec<f64> = (0..50).map(|i| f64::from(i.min(37))).collect();
        let cut = Cut::at(&scores, 0.8).unwrap();
        assert_eq!((cut.value, cut.above, cut.asked, cut.ties), (37.0, 0, 10, 13));
        let note = cut.note(Remedies::Shell).unwrap();
        assert!(
            note.starts_with("13 of 50 rows have exactly the score of the threshold"),
            "{note}"
        );
        assert!(note.contains("0 rows exceed it instead of 10"), "{note}");
        let q: f64 =
            note.split("--quantile ").nth(1).unwrap().split(' ').next().unwrap().parse().unwrap();
        let threshold = quantile(&scores, q).unwrap();
        assert_eq!(scores.iter().filter(|score| **score > threshold).count(), 13);
        assert_eq!(Cut::at(&scores, q).unwrap().note(Remedies::Shell), None);
    }

    #[test]
    fn nothing_is_told_where_the_share_is_kept() {
        let scores: Vec<f64> = (0..1_000).map(f64::from).collect();
        for q in [0.5, 0.9, 0.95, 0.99, 0.999] {
            let cut = Cut::at(&scores, q).unwrap();
            assert_eq!((cut.above, cut.note(Remedies::Shell)), (cut.asked, None), "{q}");
        }
    }

    #[test]
    fn rows_of_one_score_cannot_be_told_apart() {
        let note = Cut::at(&[2.0; 9], 0.5).unwrap().note(Remedies::Page).unwrap();
        assert!(note.contains("no lower quantile calls them"), "{note}");
    }

    #[test]
    fn the_quantile_that_calls_ties_does_so_wherever_they_lie() {
        for below in [1, 2, 7, 30, 61, 333] {
            for ties in [2, 3, 40, 900] {
                let mut scores: Vec<f64> = (0..below).map(f64::from).collect();
                scores.extend(std::iter::repeat_n(1e6, ties));
                // Half of the ties lie above it.
                let half = 0.5 * ties as f64 / scores.len() as f64;
                let cut = Cut::at(&scores, 1.0 - half).unwrap();
                assert_eq!((cut.below, cut.ties), (below as usize, ties));
                let Some(q) = cut.lower() else { panic!("{below} {ties}") };
                let threshold = quantile(&scores, q).unwrap();
                let above = scores.iter().filter(|score| **score > threshold).count();
                assert_eq!(above, ties, "{below} below, {ties} ties, {q}");
            }
        }
    }
}
