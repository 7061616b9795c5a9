//! Parts of long tables: pages, and evenly spaced rows for charts.

use schemars::JsonSchema;
use serde::Deserialize;

use crate::error::{Answer, ApiError};
use crate::limits::Limits;

/// Rows of a page if the client doesn't say.
const USUAL: usize = 50;

/// Which page.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Page {
    /// From 0.
    pub number: usize,
    /// Rows of a page.
    pub size: usize,
}

impl Page {
    /// A page of 1 to `page_rows` rows.
    pub fn new(number: Option<usize>, size: Option<usize>, limits: &Limits) -> Answer<Self> {
        let size = size.unwrap_or(USUAL);
        match (1..=limits.page_rows).contains(&size) {
            true => Ok(Self { number: number.unwrap_or(0), size }),
            false => Err(ApiError::bad(
                format!("a page of {size} rows"),
                format!("size is 1 to {}", limits.page_rows),
            )),
        }
    }

    /// The items on it; none beyond the last page.
    pub fn of<T>(self, items: &[T]) -> &[T] {
        let start = self.number.saturating_mul(self.size).min(items.len());
        &items[start..items.len().min(start.saturating_add(self.size))]
    }
}

/// Which end of the table comes first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Order {
    /// The least.
    Asc,
    /// The greatest.
    Desc,
}

/// At most `most` of `n` positions, evenly spaced and in order.
pub fn evenly(n: usize, most: usize) -> Vec<usize> {
    let shown = n.min(most);
    (0..shown).map(|i| i * n / shown).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pages_cover_everything_once_and_end() {
        let items: Vec<u32> = (0..7).collect();
        let page = |number| Page { number, size: 3 }.of(&items).to_vec();
        assert_eq!(page(0), [0, 1, 2]);
        assert_eq!(page(2), [6]);
        assert!(page(3).is_empty() && page(usize::MAX).is_empty());
    }

    #[test]
    fn positions_are_distinct_and_cover_the_range() {
        assert_eq!(evenly(3, 10), [0, 1, 2]);
        assert_eq!(evenly(10, 4), [0, 2, 5, 7]);
        assert!(evenly(0, 4).is_empty());
    }
}
