//! The distinct rows of a table. Connections repeat by the thousand, and work that is costly per
//! row need be done only once for each of them.

use oddbench_core::Matrix;

/// The distinct rows of a table, in the order in which they first occur.
pub(crate) struct Distinct {
    /// Each row once; -0 has become 0.
    pub rows: Matrix,
    /// How often each of them occurs.
    pub counts: Vec<u32>,
    /// For each row of the table, which of the distinct rows it is.
    pub of: Vec<u32>,
}

impl Distinct {
    /// Finds them by hashing, in time proportional to the size of the table.
    pub fn new(x: &Matrix) -> Self {
        const FREE: u32 = u32::MAX;
        let d = x.cols();
        let mut slots = vec![FREE; (2 * x.rows()).next_power_of_two()];
        let mask = slots.len() - 1;
        let (mut data, mut counts) = (Vec::new(), Vec::new());
        let mut of = Vec::with_capacity(x.rows());
        let mut row = Vec::with_capacity(d);
        for given in x.iter_rows() {
            row.clear();
            row.extend(given.iter().map(|v| v + 0.0));
            let mut slot = hash(&row) as usize & mask;
            while slots[slot] != FREE && data[slots[slot] as usize * d..][..d] != row[..] {
                slot = (slot + 1) & mask;
            }
            if slots[slot] == FREE {
                slots[slot] = counts.len() as u32;
                data.extend_from_slice(&row);
                counts.push(0);
            }
            counts[slots[slot] as usize] += 1;
            of.push(slots[slot]);
        }
        #[expect(clippy::expect_used, reason = "every count has added a row of d values")]
        let rows = Matrix::new(counts.len(), d, data).expect("a row per count");
        Self { rows, counts, of }
    }

    /// One value per distinct row, spread over the rows of the table.
    pub fn spread(&self, values: &[f64]) -> Vec<f64> {
        self.of.iter().map(|&i| values[i as usize]).collect()
    }
}

/// Multiplies and folds, word by word; the folded high half brings every bit into the low ones.
fn hash(row: &[f32]) -> u64 {
    row.iter().fold(0x9e37_79b9_7f4a_7c15, |hash, value| {
        let wide = u128::from(hash ^ u64::from(value.to_bits())) * 0xa076_1d64_78bd_642f;
        (wide as u64) ^ ((wide >> 64) as u64)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn repeated_rows_are_kept_once_and_counted() {
        let x = Matrix::new(5, 2, vec![1., 2., 0., -0., 1., 2., 0., 0., 1., 3.]).unwrap();
        let distinct = Distinct::new(&x);
        assert_eq!(distinct.rows.as_slice(), [1., 2., 0., 0., 1., 3.]);
        assert_eq!(distinct.counts, [2, 2, 1]);
        assert_eq!(distinct.of, [0, 1, 0, 1, 2]);
        assert_eq!(distinct.spread(&[7., 8., 9.]), [7., 8., 7., 8., 9.]);
    }
}
