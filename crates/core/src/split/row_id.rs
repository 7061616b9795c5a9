//! Ids of rows that leave the program: `5c1f0e9a3b7d2c44-test-1234` names the split by the first 16 digits of its
//! fingerprint, the part, and the row by its number in the table of the part. Scores that come back under
//! such ids cannot be taken for scores of another split, part or row.

use std::fmt;
use std::str::FromStr;

/// A part of a split.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum PartName {
    /// Rows to fit on.
    Train,
    /// Rows to tune on.
    Validation,
    /// Rows that figures are computed on.
    Test,
}

impl PartName {
    /// Every part, in the order of a fingerprint.
    pub const ALL: [Self; 3] = [Self::Train, Self::Validation, Self::Test];

    /// The name, as in `split.json`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Train => "train",
            Self::Validation => "validation",
            Self::Test => "test",
        }
    }
}

/// The first digits of a split's fingerprint that stand in the ids of its rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct SplitId(u64);

/// Digits of a fingerprint in an id.
const DIGITS: usize = 16;

impl SplitId {
    /// The id of the split with that fingerprint; `None` if the fingerprint has too few digits.
    pub fn of(fingerprint: &str) -> Option<Self> {
        Self::from_digits(fingerprint.get(..DIGITS)?)
    }

    fn from_digits(digits: &str) -> Option<Self> {
        let is_digit = |c: u8| matches!(c, b'0'..=b'9' | b'a'..=b'f');
        let fits = digits.len() == DIGITS && digits.bytes().all(is_digit);
        u64::from_str_radix(digits, 16).ok().filter(|_| fits).map(Self)
    }
}

impl fmt::Display for SplitId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:016x}", self.0)
    }
}

/// The id of a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct RowId {
    /// The split.
    pub split: SplitId,
    /// The part of the split.
    pub part: PartName,
    /// The number of the row in the table of the part, from 0.
    pub row: u32,
}

impl fmt::Display for RowId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-{}-{}", self.split, self.part.name(), self.row)
    }
}

/// A text that is no id of a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NoRowId;

impl FromStr for RowId {
    type Err = NoRowId;

    fn from_str(text: &str) -> Result<Self, NoRowId> {
        let mut words = text.split('-');
        let mut word = || words.next().ok_or(NoRowId);
        let (split, part, row) = (word()?, word()?, word()?);
        if words.next().is_some() || !row.bytes().all(|c| c.is_ascii_digit()) {
            return Err(NoRowId);
        }
        Ok(Self {
            split: SplitId::from_digits(split).ok_or(NoRowId)?,
            part: PartName::ALL.into_iter().find(|known| known.name() == part).ok_or(NoRowId)?,
            row: row.parse().map_err(|_| NoRowId)?,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_is_read_as_it_is_written() {
        let split = SplitId::of("00c5e1f0a93b7d2c44ffff").unwrap();
        for part in PartName::ALL {
            let id = RowId { split, part, row: 1234 };
            assert_eq!(id.to_string(), format!("00c5e1f0a93b7d2c-{}-1234", part.name()));
            assert_eq!(id.to_string().parse(), Ok(id));
        }
        assert_eq!(SplitId::of("00c5e1"), None);
    }

    #[test]
    fn what_is_no_id_is_not_taken_for_one() {
        for text in [
            "",
            "17",
            "test-17",
            "00c5e1f0a93b7d2c-test",
            "00c5e1f0a93b7d2c-test-",
            "00c5e1f0a93b7d2c-test-+1",
            "00c5e1f0a93b7d2c-test-1.0",
            "00c5e1f0a93b7d2c-test-1-2",
            "00c5e1f0a93b7d2c-transfer-1",
            "00C5E1F0A93B7D2C-test-1",
            "+0c5e1f0a93b7d2c-test-1",
            "0c5e1f0a93b7d2c-test-1",
            "00c5e1f0a93b7d2c-test-4294967296",
        ] {
            assert_eq!(text.parse::<RowId>(), Err(NoRowId), "{text}");
        }
    }
}
