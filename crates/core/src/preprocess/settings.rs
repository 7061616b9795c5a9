//! What preprocessing depends on: the keys of `[preprocess]` and their words.

use serde::{Deserialize, Serialize};

use crate::keys::{DefaultValue, Key, Values};

/// How numeric columns are scaled.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Scale {
    /// To [0, 1] by the training minimum and maximum; values outside are not clipped.
    MinMax,
    /// To mean 0 and standard deviation 1 (the population's, as scikit-learn).
    Standard,
    /// To median 0 and interquartile range 1.
    Robust,
    /// Left as they are.
    None,
}

/// How categorical columns become numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Encode {
    /// One 0/1 column per category seen in training; an unseen category is all zeros. How a row with
    /// one is scored, [`super::Preprocessor::stand_ins`] says.
    OneHot,
    /// The same columns, each scaled as a numeric column is: under [`Scale::Standard`] a rare category
    /// lies far out, so that it weighs in distances and kernels. Under [`Scale::MinMax`] and
    /// [`Scale::None`] they are the same as with [`Encode::OneHot`].
    OneHotScaled,
    /// The position of the category in the sorted list of those seen in training; an unseen one is -1.
    Ordinal,
}

/// What to do with missing values.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Missing {
    /// Refuse them.
    Error,
    /// The training median (numeric) or the most frequent category.
    Median,
    /// Leave out the rows that have them, before the split.
    DropRow,
}

/// What to do with infinite values, which CICFlowMeter for one writes as the rate of a flow that took
/// no time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Infinite {
    /// Refuse them.
    #[default]
    Error,
    /// Take them for missing values, which [`Missing`] decides on.
    Missing,
}

impl Infinite {
    /// Whether it is the default: then it is left out where settings are written.
    fn is_error(&self) -> bool {
        *self == Self::Error
    }

    /// Whether a number counts as missing.
    pub fn is_gap(self, value: f64) -> bool {
        value.is_nan() || (self == Self::Missing && value.is_infinite())
    }
}

/// What to do with a column that has one value in all training rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Constant {
    /// One matrix column that is 0 where the value is the training value, and 1 where it is another.
    /// A change is one unit, however large the value, so that the column needs no scale.
    /// [`super::Preprocessor::flagged`] names these columns.
    Flag,
    /// Leave it out: all training rows have the same value. Models do not see later changes.
    /// [`super::Preprocessor::dropped`] names it.
    Drop,
    /// Pass it on, its range taken for 1: a later value lies as far out as its raw unit says.
    Keep,
}

/// What a row with a category that training never saw scores.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Unseen {
    /// The row scores as high as its oddest stand-in, see [`super::Preprocessor::stand_ins`].
    #[default]
    Oddest,
    /// The row scores as a row that has no known category: all zeros, or -1. scikit-learn's encoders do the same if they
    /// ignore unknown categories. Such a row may score lower than every row with known categories.
    None,
}

impl Unseen {
    /// Whether it is the default: then it is left out where settings are written.
    fn is_oddest(&self) -> bool {
        *self == Self::Oddest
    }
}

/// What is done to numeric columns before they are scaled.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Transform {
    /// Nothing.
    #[default]
    None,
    /// ln(1 + x) in every numeric column whose training values are all 0 or more, as counts of bytes
    /// are. A later value below 0 becomes -ln(1 + |x|), so that order is kept; a column with such a
    /// value in training is left as it is.
    Log,
}

impl Transform {
    /// Whether it does nothing: then it is left out where settings are written.
    fn is_none(&self) -> bool {
        *self == Self::None
    }
}

/// Everything that preprocessing depends on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PreprocessSettings {
    /// Numeric columns.
    pub scale: Scale,
    /// Categorical columns.
    pub encode: Encode,
    /// Missing values.
    pub missing: Missing,
    /// Infinite values.
    #[serde(default, skip_serializing_if = "Infinite::is_error")]
    pub infinite: Infinite,
    /// Categories that training never saw.
    #[serde(default, skip_serializing_if = "Unseen::is_oddest")]
    pub unseen: Unseen,
    /// Constant columns.
    pub constant: Constant,
    /// Numeric columns, before they are scaled.
    #[serde(default, skip_serializing_if = "Transform::is_none")]
    pub transform: Transform,
}

impl PreprocessSettings {
    /// The keys of `[preprocess]`. The types above give the words that each key takes.
    pub const KEYS: &[Key] = &[
        word("scale", &["min-max", "standard", "robust", "none"], "Scaling of numeric columns"),
        word(
            "encode",
            &["one-hot", "one-hot-scaled", "ordinal"],
            "Encoding of categorical columns",
        ),
        word("missing", &["error", "median", "drop-row"], "What is done about missing values"),
        word(
            "infinite",
            &["error", "missing"],
            "`missing`: infinite values count as missing values, and the run says how many there are",
        ),
        word(
            "unseen",
            &["oddest", "none"],
            "Categories that training never saw. `oddest`: the row scores as the oddest category that could stand there; `none`: as none of the known ones",
        ),
        word(
            "constant",
            &["flag", "drop", "keep"],
            "Columns that have one value in all training rows. `flag`: a column that is 1 where the value is another; the trials say which",
        ),
        word(
            "transform",
            &["none", "log"],
            "`log`: ln(1 + x) in numeric columns without training values below 0, before scaling",
        ),
    ];

    /// The words that a key takes, the default first; none if there is no such key.
    pub fn words(key: &str) -> &'static [&'static str] {
        match Self::KEYS.iter().find(|known| known.name == key).map(|known| &known.values) {
            Some(Values::OneOf(words)) => words,
            _ => &[],
        }
    }
}

/// A key of a few words, of which the first is the default.
const fn word(name: &'static str, words: &'static [&'static str], meaning: &'static str) -> Key {
    let default = DefaultValue::Word(words[0]);
    Key { name, values: Values::OneOf(words), default, meaning }
}
