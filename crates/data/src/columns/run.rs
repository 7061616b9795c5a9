//! Whole numbers in the order of the rows: whether they count them.

/// What is remembered of the order of a column's numbers.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Run {
    previous: Option<f64>,
    /// Numbers so far, as long as none came twice.
    count: u64,
    repeated: bool,
    /// Each number was greater than the one before it.
    pub(super) increasing: bool,
    /// Each number was less than the one before it.
    pub(super) decreasing: bool,
    /// No number was less than the one before it.
    pub(super) never_falls: bool,
    /// Sums of the numbers and of their squares, wrapping: two sets of numbers with the same sums, size and
    /// range are the same set but for an accident.
    sums: (u128, u128),
}

impl Default for Run {
    fn default() -> Self {
        Self {
            previous: None,
            count: 0,
            repeated: false,
            increasing: true,
            decreasing: true,
            never_falls: true,
            sums: (0, 0),
        }
    }
}

impl Run {
    /// Whether nothing that comes can say anything more: some number came twice, and they neither rise nor
    /// fall.
    pub(super) fn is_settled(&self) -> bool {
        self.repeated && !self.never_falls && !self.increasing && !self.decreasing
    }

    /// Some number came twice.
    pub(super) fn repeat(&mut self) {
        self.repeated = true;
    }

    pub(super) fn push(&mut self, value: f64) {
        if self.is_settled() {
            return;
        }
        if let Some(previous) = self.previous {
            self.increasing &= value > previous;
            self.decreasing &= value < previous;
            self.never_falls &= value >= previous;
        }
        self.previous = Some(value);
        if self.repeated {
            return;
        }
        self.count += 1;
        let whole = value as i128 as u128;
        self.sums.0 = self.sums.0.wrapping_add(whole);
        self.sums.1 = self.sums.1.wrapping_add(whole.wrapping_mul(whole));
    }

    /// Whether the numbers are those from `min` to `max`, each once, in any order.
    pub(super) fn is_permutation(&self, min: f64, max: f64) -> bool {
        let count = u128::from(self.count);
        if self.repeated
            || !(min.is_finite() && max.is_finite())
            || max - min + 1.0 != self.count as f64
        {
            return false;
        }
        if min.abs() > 1e15 || max.abs() > 1e15 {
            return false;
        }
        let offset = min as i128 as u128;
        // 0 + 1 + ... + (n - 1), and the squares; then shifted by the smallest number.
        let (Some(first), Some(second)) = (sum(count), sum_of_squares(count)) else { return false };
        let shifted = first.wrapping_add(count.wrapping_mul(offset));
        let squares = second
            .wrapping_add(offset.wrapping_mul(2).wrapping_mul(first))
            .wrapping_add(count.wrapping_mul(offset.wrapping_mul(offset)));
        self.sums == (shifted, squares)
    }
}

fn sum(count: u128) -> Option<u128> {
    Some(count.checked_mul(count.checked_sub(1)?)? / 2)
}

fn sum_of_squares(count: u128) -> Option<u128> {
    let last = count.checked_sub(1)?;
    Some(last.checked_mul(count)?.checked_mul(2 * last + 1)? / 6)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn run(values: &[f64]) -> Run {
        let mut run = Run::default();
        values.iter().for_each(|value| run.push(*value));
        run
    }

    #[test]
    fn a_permutation_is_known_by_its_sums() {
        assert!(run(&[3.0, 1.0, 2.0, 5.0, 4.0]).is_permutation(1.0, 5.0));
        assert!(run(&[-1.0, 1.0, 0.0, -2.0]).is_permutation(-2.0, 1.0));
        assert!(!run(&[3.0, 1.0, 2.0, 5.0, 5.0]).is_permutation(1.0, 5.0));
        assert!(!run(&[1.0, 1.0, 4.0, 4.0]).is_permutation(1.0, 4.0));
        assert!(!run(&[1.0, 3.0]).is_permutation(1.0, 3.0));
    }

    #[test]
    fn order_is_remembered() {
        assert!(run(&[1.0, 5.0, 9.0]).increasing);
        assert!(run(&[9.0, 5.0, 1.0]).decreasing);
        let run = run(&[1.0, 1.0, 2.0]);
        assert!(run.never_falls && !run.increasing && !run.decreasing);
    }
}
