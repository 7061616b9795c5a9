//! Values that may be written in more than one way.

use std::fmt;
use std::marker::PhantomData;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::value::{MapAccessDeserializer, SeqAccessDeserializer};
use serde::de::{MapAccess, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer};

/// A section that may be written once, or several times.
#[derive(Debug)]
pub(crate) enum OneOrMany<T> {
    /// `[threshold]`
    One(T),
    /// `[[threshold]]`
    Many(Vec<T>),
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for OneOrMany<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Either<T>(PhantomData<T>);
        impl<'de, T: Deserialize<'de>> Visitor<'de> for Either<T> {
            type Value = OneOrMany<T>;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a section, or an array of sections")
            }
            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Self::Value, A::Error> {
                T::deserialize(MapAccessDeserializer::new(map)).map(OneOrMany::One)
            }
            fn visit_seq<A: SeqAccess<'de>>(self, seq: A) -> Result<Self::Value, A::Error> {
                Vec::deserialize(SeqAccessDeserializer::new(seq)).map(OneOrMany::Many)
            }
        }
        deserializer.deserialize_any(Either(PhantomData))
    }
}

/// A named feature set, or a list of columns.
#[derive(Debug)]
pub(crate) enum SetOrColumns {
    /// `"published-18"`
    Set(String),
    /// `["src_bytes", "dst_bytes"]`
    Columns(Vec<String>),
}

impl<'de> Deserialize<'de> for SetOrColumns {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Either;
        impl<'de> Visitor<'de> for Either {
            type Value = SetOrColumns;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("the name of a feature set, or a list of columns")
            }
            fn visit_str<E>(self, name: &str) -> Result<Self::Value, E> {
                Ok(SetOrColumns::Set(name.to_owned()))
            }
            fn visit_seq<A: SeqAccess<'de>>(self, seq: A) -> Result<Self::Value, A::Error> {
                Vec::deserialize(SeqAccessDeserializer::new(seq)).map(SetOrColumns::Columns)
            }
        }
        deserializer.deserialize_any(Either)
    }
}

impl JsonSchema for SetOrColumns {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Features".into()
    }
    /// Beside a reference, `null` would be a choice between two, of which an editor marks the whole.
    fn inline_schema() -> bool {
        true
    }
    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "type": ["string", "array"],
            "minItems": 1,
            "uniqueItems": true,
            "items": { "type": "string" }
        })
    }
}
