//! NumPy's legacy `RandomState`: MT19937 and its permutation, because the published split was drawn
//! with it.
//!
//! Written here rather than taken from a crate because the generator is a screenful, `core` depends on
//! nothing but serde, serde_json and thiserror, and the part that matters is NumPy's bounded draw and shuffle
//! order, which no crate has. After Matsumoto and Nishimura (1998), "Mersenne Twister", and the
//! behaviour of `numpy.random.RandomState.permutation`, which NumPy has frozen.

const N: usize = 624;
const M: usize = 397;

/// MT19937, seeded as `RandomState(seed)` with an integer.
struct Mt19937 {
    state: [u32; N],
    next: usize,
}

impl Mt19937 {
    fn new(seed: u32) -> Self {
        let mut state = [0u32; N];
        state[0] = seed;
        for i in 1..N {
            let previous = state[i - 1] ^ (state[i - 1] >> 30);
            let index = i as u32;
            state[i] = previous.wrapping_mul(1_812_433_253).wrapping_add(index);
        }
        Self { state, next: N }
    }

    fn twist(&mut self) {
        for i in 0..N {
            let y = (self.state[i] & 0x8000_0000) | (self.state[(i + 1) % N] & 0x7fff_ffff);
            let magic = if y & 1 == 1 { 0x9908_b0df } else { 0 };
            self.state[i] = self.state[(i + M) % N] ^ (y >> 1) ^ magic;
        }
        self.next = 0;
    }

    fn next_u32(&mut self) -> u32 {
        if self.next == N {
            self.twist();
        }
        let mut y = self.state[self.next];
        self.next += 1;
        y ^= y >> 11;
        y ^= (y << 7) & 0x9d2c_5680;
        y ^= (y << 15) & 0xefc6_0000;
        y ^ (y >> 18)
    }

    /// Uniform in `[0, max]`: masked to the smallest 2^k − 1 that holds `max`, rejected above it.
    fn up_to(&mut self, max: u32) -> u32 {
        let mask = u32::MAX.checked_shr(max.leading_zeros()).unwrap_or(0);
        loop {
            let value = self.next_u32() & mask;
            if value <= max {
                return value;
            }
        }
    }
}

/// `RandomState(seed).permutation(n)`. Panics for more than 2³² rows, where NumPy draws differently.
pub fn permutation(seed: u32, n: usize) -> Vec<usize> {
    assert!(u32::try_from(n).is_ok(), "a permutation of {n} rows needs 64-bit draws");
    let mut rng = Mt19937::new(seed);
    let mut order: Vec<usize> = (0..n).collect();
    for i in (1..n).rev() {
        let j = rng.up_to(i as u32) as usize;
        order.swap(i, j);
    }
    order
}

/// The rows that pandas' `sample(n=count, random_state=seed)` takes of `n` rows: the first `count` entries of
/// the permutation (all, if there are fewer).
pub fn sample(seed: u32, n: usize, count: usize) -> Vec<usize> {
    let mut order = permutation(seed, n);
    order.truncate(count);
    order
}

/// The number of rows that pandas' `sample(frac=fraction)` takes of `n`: Python's `round`, half to even.
pub fn fraction(n: usize, fraction: f64) -> usize {
    (n as f64 * fraction).round_ties_even() as usize
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn small_permutations_are_numpys() {
        assert_eq!(permutation(200, 10), [8, 3, 5, 6, 1, 7, 2, 4, 0, 9]);
        assert_eq!(permutation(250, 10), [4, 8, 6, 9, 3, 2, 1, 5, 7, 0]);
        assert_eq!(permutation(1, 1), [0]);
        assert!(permutation(1, 0).is_empty());
    }

    /// Σ i·perm[i] mod 2³² over a permutation of the size of `corrected`, as NumPy gives it.
    #[test]
    fn a_long_permutation_has_numpys_checksum() {
        let checksum = |order: &[usize]| {
            order
                .iter()
                .enumerate()
                .fold(0u32, |sum, (i, &p)| sum.wrapping_add((i as u32).wrapping_mul(p as u32)))
        };
        let order = permutation(200, 311_029);
        assert_eq!(order[..5], [248_605, 261_202, 145_152, 142_400, 19_241]);
        assert_eq!(checksum(&order), 378_692_386);
        assert_eq!(checksum(&permutation(250, 311_029)), 2_709_237_825);
    }

    #[test]
    fn a_fraction_is_rounded_half_to_even() {
        assert_eq!(fraction(5, 0.5), 2);
        assert_eq!(fraction(7, 0.5), 4);
        assert_eq!(fraction(79_322, 0.2), 15_864);
        assert_eq!(fraction(231_707, 0.2), 46_341);
    }

    #[test]
    fn a_sample_is_the_head_of_the_permutation() {
        assert_eq!(sample(200, 10, 3), [8, 3, 5]);
        assert_eq!(sample(200, 10, 99).len(), 10);
    }
}
