//! Figures that are judged by a border: zero for a difference, 0.05 for a p-value. A rounded figure must not stand on the
//! border if the value itself does not.

use oddbench_core::stats::Interval;

use super::{difference, minus, significant};

/// More decimals than this are written as a power of ten.
const MOST_DECIMALS: usize = 6;

/// The value with that many decimals, or with as many more as keep it off the border on which it does not lie.
pub fn apart(value: f64, border: f64, decimals: usize) -> String {
    let on_border = |decimals: usize| {
        let [shown, border] = [value, border].map(|figure| format!("{figure:.decimals$}"));
        shown.trim_start_matches('-') == border
    };
    if value == border {
        return format!("{value:.decimals$}");
    }
    match (decimals..=MOST_DECIMALS).find(|&decimals| !on_border(decimals)) {
        Some(decimals) => format!("{value:.decimals$}"),
        // Near a border other than 0, nobody asks for so many digits.
        None if border == 0.0 => significant(value, 1),
        None => format!("{value:.MOST_DECIMALS$}"),
    }
}

/// A difference that is not 0, with that many decimals or enough to see that: `+0.0003`.
pub fn nonzero(value: f64, decimals: usize) -> String {
    let text = apart(value, 0.0, decimals);
    if value > 0.0 { format!("+{text}") } else { minus(&text) }
}

/// Whether there is a difference, as the interval tells it.
pub fn leaves_zero_out(interval: Interval) -> bool {
    interval.low > 0.0 || interval.high < 0.0
}

/// `+0.0003 to +0.004`: both ends of a difference. An interval that leaves 0 out shows no 0.
pub fn ends_of_difference(interval: Interval) -> String {
    let shown: fn(f64) -> String =
        if leaves_zero_out(interval) { |end| nonzero(end, 3) } else { difference };
    format!("{} to {}", shown(interval.low), shown(interval.high))
}

/// A difference beside its interval: it is not shown as 0 if the interval leaves 0 out.
pub fn difference_with(value: f64, interval: Interval) -> String {
    if leaves_zero_out(interval) { nonzero(value, 3) } else { difference(value) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ends(low: f64, high: f64) -> String {
        ends_of_difference(Interval { low, high })
    }

    #[test]
    fn an_interval_that_leaves_zero_out_shows_no_zero() {
        assert_eq!(ends(0.000_34, 0.004), "+0.0003 to +0.004");
        assert_eq!(ends(-0.2, -0.000_01), "−0.200 to −0.00001");
        assert_eq!(ends(3e-9, 0.01), "+3e-9 to +0.010");
        assert_eq!(ends(0.012, 0.034), "+0.012 to +0.034");
        // It holds 0, so that 0 may be seen.
        assert_eq!(ends(-0.000_1, 0.004), "0.000 to +0.004");
        assert_eq!(ends(0.0, 0.0), "0.000 to 0.000");
    }

    #[test]
    fn the_figure_is_as_fine_as_its_interval() {
        let interval = Interval { low: 0.000_1, high: 0.000_6 };
        assert_eq!(difference_with(0.000_35, interval), "+0.0003");
        assert_eq!(difference_with(0.000_35, Interval { low: -0.1, high: 0.1 }), "0.000");
    }

    #[test]
    fn a_value_beside_the_border_is_not_shown_on_it() {
        let shown = [0.0496, 0.0504, 0.049_96, 0.05, 0.05 + 1e-12].map(|p| apart(p, 0.05, 3));
        assert_eq!(shown, ["0.0496", "0.0504", "0.04996", "0.050", "0.050000"]);
    }
}
