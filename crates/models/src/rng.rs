//! Seeded random streams: one per purpose, so that a new draw for one changes no other.

use oddbench_core::SplitMix64;
use rand_xoshiro::{Xoshiro256PlusPlus, rand_core::SeedableRng};

/// The stream of random numbers that belongs to `purpose` (such as `"isolation-forest/tree/7"`)
/// under `seed`.
///
/// The same pair gives the same stream on every machine and in every version; two purposes, or two
/// seeds, give streams that have nothing in common.
pub fn stream(seed: u64, purpose: &str) -> Xoshiro256PlusPlus {
    Xoshiro256PlusPlus::seed_from_u64(mix(seed ^ mix(fnv1a(purpose.bytes()))))
}

/// Spreads the bits of a seed.
fn mix(seed: u64) -> u64 {
    SplitMix64(seed).draw()
}

/// FNV-1a, 64 bits (Fowler, Noll, Vo): a hash that no release of a library can change.
pub(crate) fn fnv1a(bytes: impl IntoIterator<Item = u8>) -> u64 {
    bytes.into_iter().fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3)
    })
}

#[cfg(test)]
mod tests {
    use rand::RngExt;

    use super::*;

    #[test]
    fn hashes_as_the_published_vectors_say() {
        assert_eq!(fnv1a(*b""), 0xcbf2_9ce4_8422_2325);
        assert_eq!(fnv1a(*b"a"), 0xaf63_dc4c_8601_ec8c);
        assert_eq!(fnv1a(*b"foobar"), 0x8594_4171_f739_67e8);
        // The first output of SplitMix64 seeded with 0.
        assert_eq!(mix(0), 0xe220_a839_7b1d_cdaf);
    }

    #[test]
    fn one_stream_per_seed_and_purpose() {
        let first = |seed, purpose| stream(seed, purpose).random::<u64>();
        assert_eq!(first(1, "noise"), first(1, "noise"));
        assert_ne!(first(1, "noise"), first(2, "noise"));
        assert_ne!(first(1, "noise"), first(1, "weights"));
    }
}
