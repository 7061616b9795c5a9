//! What a source itself states about a column: the types of a Zeek log, of a parquet file, of an array, of
//! the attributes of ARFF.

use oddbench_core::FeatureKind;

/// The type that a source states for a column. Most text formats state none.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StatedType {
    /// Numbers with fractions.
    Number,
    /// Whole numbers.
    Integer,
    /// True or false.
    Boolean,
    /// One of a few names.
    Category,
    /// A point in time, a date, or a time of the day.
    Timestamp,
    /// An address of a host or a network.
    Address,
    /// A port: a number that is a name.
    Port,
    /// Any text.
    Text,
}

impl StatedType {
    /// The kind of a feature of that type, unless the user says otherwise.
    pub fn feature_kind(self) -> FeatureKind {
        match self {
            Self::Number | Self::Integer | Self::Boolean => FeatureKind::Numeric,
            Self::Category | Self::Timestamp | Self::Address | Self::Port | Self::Text => {
                FeatureKind::Categorical
            }
        }
    }
}
