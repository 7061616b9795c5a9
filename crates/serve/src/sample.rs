//! Evenly spaced positions: what charts of many rows show.

/// At most `most` of `n` positions, evenly spaced and in order.
pub fn evenly(n: usize, most: usize) -> Vec<usize> {
    let shown = n.min(most);
    (0..shown).map(|i| i * n / shown).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn positions_are_distinct_and_cover_the_range() {
        assert_eq!(evenly(3, 10), [0, 1, 2]);
        assert_eq!(evenly(10, 4), [0, 2, 5, 7]);
        assert!(evenly(0, 4).is_empty());
    }
}
