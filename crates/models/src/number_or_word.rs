//! Parameters that are a number or one of a few words, such as `max_features = "sqrt"`.

use std::{fmt, marker::PhantomData};

use schemars::{Schema, json_schema};
use serde::{Deserializer, Serialize, Serializer, de};
use serde_json::{Value, json};

/// A number or a word. [`number_or_word!`] implements it.
pub(crate) trait NumberOrWord: Copy + PartialEq + 'static {
    /// The words and what they mean.
    const WORDS: &'static [(&'static str, Self)];
    /// What is allowed, as an error message says it.
    const ALLOWED: &'static str;
    /// Whether a whole number is written without a point.
    const WHOLE: bool = true;

    /// What a number means; its range is checked with the other parameters.
    fn of_number(number: f64) -> Self;

    /// The number, unless it is a word.
    fn number(self) -> Option<f64>;

    /// The schema of a number.
    fn number_schema() -> Value {
        json!({ "type": "number" })
    }
}

/// Makes an enum a [`NumberOrWord`] that serde and schemars know. Given are the words of its unit
/// variants, the variant that holds a number, what is allowed, and what differs from the defaults.
macro_rules! number_or_word {
    ($type:ident, [$($variant:ident = $word:literal),+], $number:ident, $allowed:literal
     $(, { $($other:tt)* })?) => {
        impl $crate::number_or_word::NumberOrWord for $type {
            const WORDS: &'static [(&'static str, Self)] = &[$(($word, Self::$variant)),+];
            const ALLOWED: &'static str = $allowed;

            fn of_number(number: f64) -> Self {
                Self::$number(number)
            }

            fn number(self) -> Option<f64> {
                match self {
                    Self::$number(number) => Some(number),
                    $(Self::$variant)|+ => None,
                }
            }

            $($($other)*)?
        }

        impl serde::Serialize for $type {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                $crate::number_or_word::serialize(*self, serializer)
            }
        }

        impl<'de> serde::Deserialize<'de> for $type {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                $crate::number_or_word::deserialize(deserializer)
            }
        }

        impl schemars::JsonSchema for $type {
            fn schema_name() -> std::borrow::Cow<'static, str> {
                stringify!($type).into()
            }

            fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
                $crate::number_or_word::schema::<$type>()
            }
        }
    };
}
pub(crate) use number_or_word;

/// Writes the word or the number, whole numbers without a point.
pub(crate) fn serialize<T: NumberOrWord, S: Serializer>(
    value: T,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    /// Up to here every whole number is a double.
    const EXACT: f64 = 9_007_199_254_740_992.0;
    match (T::WORDS.iter().find(|(_, meaning)| *meaning == value), value.number()) {
        (Some((word, _)), _) => serializer.serialize_str(word),
        (None, Some(n)) if T::WHOLE && n.fract() == 0.0 && (0.0..EXACT).contains(&n) => {
            serializer.serialize_u64(n as u64)
        }
        (None, number) => number.serialize(serializer),
    }
}

/// Reads a word or a number.
pub(crate) fn deserialize<'de, T: NumberOrWord, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<T, D::Error> {
    deserializer.deserialize_any(Reader(PhantomData))
}

/// The schema: one of the words, or a number.
pub(crate) fn schema<T: NumberOrWord>() -> Schema {
    let mut allowed: Vec<Value> =
        T::WORDS.iter().map(|(word, _)| json!({ "const": word })).collect();
    allowed.push(T::number_schema());
    json_schema!({ "oneOf": allowed })
}

struct Reader<T>(PhantomData<T>);

impl<T: NumberOrWord> de::Visitor<'_> for Reader<T> {
    type Value = T;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(T::ALLOWED)
    }

    fn visit_str<E: de::Error>(self, word: &str) -> Result<T, E> {
        let meaning = T::WORDS.iter().find(|(known, _)| *known == word);
        meaning
            .map(|(_, meaning)| *meaning)
            .ok_or_else(|| E::invalid_value(de::Unexpected::Str(word), &self))
    }

    fn visit_f64<E>(self, number: f64) -> Result<T, E> {
        Ok(T::of_number(number))
    }

    fn visit_u64<E>(self, number: u64) -> Result<T, E> {
        Ok(T::of_number(number as f64))
    }

    fn visit_i64<E>(self, number: i64) -> Result<T, E> {
        Ok(T::of_number(number as f64))
    }
}
