//! The median, by one rule for every figure: of an even number of values it is the mean of the middle two.

use super::interval::Interval;

/// The median; the mean of the middle two of an even number. `None` of nothing.
pub fn median(values: impl IntoIterator<Item = f64>) -> Option<f64> {
    let mut values: Vec<f64> = values.into_iter().collect();
    if values.is_empty() {
        return None;
    }
    let (lower, upper) = ((values.len() - 1) / 2, values.len() / 2);
    let (_, &mut high, _) = values.select_nth_unstable_by(upper, f64::total_cmp);
    let low = if lower == upper {
        high
    } else {
        values[..upper].iter().copied().max_by(f64::total_cmp).unwrap_or(high)
    };
    Some(f64::midpoint(low, high))
}

/// The median of figures that have an interval each, with the interval of that median. Of an even number both are the mean
/// of the middle two figures: value, low end and high end.
///
/// The mean of two figures varies at most as much as the mean of their deviations. So the interval is not too narrow,
/// however much the two figures have in common: here, the same test rows.
pub fn median_with_interval(
    figures: impl IntoIterator<Item = (f64, Interval)>,
) -> Option<(f64, Interval)> {
    let mut sorted: Vec<(f64, Interval)> = figures.into_iter().collect();
    sorted.sort_by(|a, b| a.0.total_cmp(&b.0));
    let [(low, below), (high, above)] = middle_two(&sorted)?;
    let interval = Interval {
        low: f64::midpoint(below.low, above.low),
        high: f64::midpoint(below.high, above.high),
    };
    Some((f64::midpoint(low, high), interval))
}

/// The two in the middle of what is sorted; the same one twice if their number is odd. `None` of nothing.
pub fn middle_two<T: Copy>(sorted: &[T]) -> Option<[T; 2]> {
    let last = sorted.len().checked_sub(1)?;
    Some([sorted[last / 2], sorted[last.div_ceil(2)]])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_median_is_the_middle_or_the_mean_of_the_two_middle_ones() {
        assert_eq!(median([3.0, 1.0, 2.0]), Some(2.0));
        assert_eq!(median([4.0, 1.0, 2.0, 3.0]), Some(2.5));
        assert_eq!(median([7.0]), Some(7.0));
        assert_eq!(median([]), None);
    }

    #[test]
    fn an_even_number_of_figures_has_the_mean_of_the_middle_two_and_of_their_intervals() {
        let figure =
            |value: f64, half: f64| (value, Interval { low: value - half, high: value + half });
        let [least, low, high, most] =
            [figure(1.0, 8.0), figure(2.0, 0.5), figure(4.0, 1.5), figure(9.0, 8.0)];
        let interval = Interval { low: 2.0, high: 4.0 };
        assert_eq!(median_with_interval([most, high, least, low]), Some((3.0, interval)));
        assert_eq!(median_with_interval([most, low, least]), Some(low));
        assert_eq!(median_with_interval([]), None);
    }
}
