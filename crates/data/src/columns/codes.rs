//! The different values of a column, as far as they are counted, each with a code.

use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hasher};

use super::observed::Class;

/// Different values that are counted.
pub(super) const MOST_DISTINCT: usize = 20_000;
/// Values that have their own code.
pub(super) const MOST_CODES: usize = 62;
/// The code of a missing value.
pub(super) const NOTHING: u8 = 62;
/// The code of all values after the first [`MOST_CODES`].
pub(super) const OTHER: u8 = 63;

/// One of the first different values.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Value {
    pub(super) text: String,
    pub(super) rows: u64,
}

/// A value that was met before.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Known {
    pub(super) class: Class,
    pub(super) code: u8,
}

type Map<V> = HashMap<u64, V, BuildHasherDefault<Hashed>>;

/// The different values. Keys are hashes of 64 bits: among 20,000 two are the same once in 10^11 files.
#[derive(Debug, Default)]
pub(super) struct Codes {
    /// By the text as it is written.
    spellings: Map<Known>,
    /// By the value: 80 and 80.0 are one.
    values: Map<u8>,
    /// The first values.
    pub(super) first: Vec<Value>,
    /// Different values; no longer counted if `full`.
    pub(super) distinct: usize,
    /// There were more than are counted.
    pub(super) full: bool,
    /// Some value came twice.
    pub(super) repeated: bool,
}

impl Codes {
    /// What is known about a spelling.
    pub(super) fn known(&self, spelling: u64) -> Option<Known> {
        self.spellings.get(&spelling).copied()
    }

    /// Remembers a spelling of a value, and says its code and whether the value is new. Nothing is
    /// remembered once it is full.
    pub(super) fn meet(
        &mut self,
        spelling: u64,
        value: u64,
        class: Class,
        text: impl FnOnce() -> String,
    ) -> (u8, bool) {
        if self.full {
            return (OTHER, false);
        }
        let (code, new) = match self.values.get(&value) {
            Some(&code) => {
                self.repeated = true;
                (code, false)
            }
            None => {
                if self.distinct == MOST_DISTINCT {
                    self.forget();
                    return (OTHER, true);
                }
                self.distinct += 1;
                let code = match self.first.len() < MOST_CODES {
                    true => {
                        self.first.push(Value { text: text(), rows: 0 });
                        (self.first.len() - 1) as u8
                    }
                    false => OTHER,
                };
                self.values.insert(value, code);
                (code, true)
            }
        };
        if self.spellings.len() < 2 * MOST_DISTINCT {
            self.spellings.insert(spelling, Known { class, code });
        }
        (code, new)
    }

    /// Forgets the values if there are more than so many.
    pub(super) fn stop_counting(&mut self, most: usize) {
        if !self.full && self.distinct > most {
            self.forget();
        }
    }

    fn forget(&mut self) {
        self.full = true;
        self.spellings = Map::default();
        self.values = Map::default();
    }

    /// Counts a row of that code.
    pub(super) fn count(&mut self, code: u8) {
        if let Some(value) = self.first.get_mut(usize::from(code)) {
            value.rows += 1;
        }
    }

    /// Whether every value has its own code.
    pub(super) fn few(&self) -> bool {
        !self.full && self.distinct <= MOST_CODES
    }
}

/// A hash of a text: eight bytes at a time.
pub(super) fn hash(text: &[u8]) -> u64 {
    let mut state = text.len() as u64;
    let mut chunks = text.chunks_exact(8);
    for chunk in &mut chunks {
        let mut word = [0; 8];
        word.copy_from_slice(chunk);
        state = mix(state ^ u64::from_le_bytes(word));
    }
    let mut word = [0; 8];
    let rest = chunks.remainder();
    word[..rest.len()].copy_from_slice(rest);
    mix(state ^ u64::from_le_bytes(word))
}

/// A hash of a number, the same for 0 and -0.
pub(super) fn hash_number(value: f64) -> u64 {
    mix((value + 0.0).to_bits() ^ 0x5bd1_e995_9e37_79b9)
}

/// Up to here a double holds every whole number.
pub(super) const EXACT: f64 = 9_007_199_254_740_992.0;

/// A hash of a whole number of any size: the same as [`hash_number`] gives if a double holds the number.
pub(super) fn hash_integer(value: i128) -> u64 {
    match (value as f64).abs() <= EXACT {
        true => hash_number(value as f64),
        false => hash(&value.to_le_bytes()),
    }
}

/// The finalizer of MurmurHash3.
fn mix(value: u64) -> u64 {
    let value = (value ^ (value >> 33)).wrapping_mul(0xff51_afd7_ed55_8ccd);
    let value = (value ^ (value >> 33)).wrapping_mul(0xc4ce_b9fe_1a85_ec53);
    value ^ (value >> 33)
}

/// Takes keys that are hashes already.
#[derive(Debug, Default)]
struct Hashed(u64);

impl Hasher for Hashed {
    fn finish(&self) -> u64 {
        self.0
    }
    fn write(&mut self, bytes: &[u8]) {
        self.0 = hash(bytes);
    }
    fn write_u64(&mut self, value: u64) {
        self.0 = value;
    }
}
