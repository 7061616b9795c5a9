//! Parameters that are a number or one of a few words, such as `max_features = "sqrt"`.

use std::{fmt, marker::PhantomData};

use schemars::{Schema, json_schema};
use serde::{Deserializer, Serialize, Serializer, de};
use serde_json::{Value, json};

/// A number or a word. [`worded!`] makes it readable, writable and known to JSON Schema.
pub(crate) trait Worded: Copy + PartialEq + 'static {
    /// The words and what they mean.
    const WORDS: &'static [(&'static str, Self)];
    /// What is allowed, as an error message says it.
    const ALLOWED: &'static str;

    /// What a number means; its range is checked with the other parameters.
    fn of_number(number: f64) -> Self;

    /// The number, unless it is a word.
    fn number(self) -> Option<f64>;
}

/// Gives a [`Worded`] type serde's and schemars' traits.
macro_rules! worded {
    ($type:ident) => {
        impl serde::Serialize for $type {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                $crate::worded::serialize(*self, serializer)
            }
        }

        impl<'de> serde::Deserialize<'de> for $type {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                $crate::worded::deserialize(deserializer)
            }
        }

        impl schemars::JsonSchema for $type {
            fn schema_name() -> std::borrow::Cow<'static, str> {
                stringify!($type).into()
            }

            fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
                $crate::worded::schema::<$type>()
            }
        }
    };
}
pub(crate) use worded;

/// Writes the word or the number, whole numbers without a point.
pub(crate) fn serialize<T: Worded, S: Serializer>(
    value: T,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    /// Up to here every whole number is a double.
    const EXACT: f64 = 9_007_199_254_740_992.0;
    match (T::WORDS.iter().find(|(_, meaning)| *meaning == value), value.number()) {
        (Some((word, _)), _) => serializer.serialize_str(word),
        (None, Some(n)) if n.fract() == 0.0 && (0.0..EXACT).contains(&n) => {
            serializer.serialize_u64(n as u64)
        }
        (None, number) => number.serialize(serializer),
    }
}

/// Reads a word or a number.
pub(crate) fn deserialize<'de, T: Worded, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<T, D::Error> {
    deserializer.deserialize_any(Reader(PhantomData))
}

/// The schema: one of the words, or a number.
pub(crate) fn schema<T: Worded>() -> Schema {
    let mut allowed: Vec<Value> =
        T::WORDS.iter().map(|(word, _)| json!({ "const": word })).collect();
    allowed.push(json!({ "type": "number" }));
    json_schema!({ "oneOf": allowed })
}

struct Reader<T>(PhantomData<T>);

impl<T: Worded> de::Visitor<'_> for Reader<T> {
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
