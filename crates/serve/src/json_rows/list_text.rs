//! A list as its JSON text, written while it is parsed: a list of values would take many times the memory.

use std::fmt::{self, Display, Write as _};

use serde::de::{DeserializeSeed, Deserializer, Error, MapAccess, SeqAccess, Visitor};
use serde_json::Value;

/// Appends whatever value comes to a text.
pub(super) struct ListText<'a>(pub(super) &'a mut String);

impl ListText<'_> {
    fn push<E: Error>(self, value: impl Display) -> Result<(), E> {
        // Writing to a String cannot fail.
        let _ = write!(self.0, "{value}");
        Ok(())
    }
}

impl<'de> DeserializeSeed<'de> for ListText<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for ListText<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }

    fn visit_bool<E: Error>(self, value: bool) -> Result<(), E> {
        self.push(value)
    }

    fn visit_i64<E: Error>(self, value: i64) -> Result<(), E> {
        self.push(value)
    }

    fn visit_u64<E: Error>(self, value: u64) -> Result<(), E> {
        self.push(value)
    }

    fn visit_f64<E: Error>(self, value: f64) -> Result<(), E> {
        self.push(Value::from(value))
    }

    fn visit_str<E: Error>(self, value: &str) -> Result<(), E> {
        self.push(Value::from(value))
    }

    fn visit_unit<E: Error>(self) -> Result<(), E> {
        self.push("null")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<(), A::Error> {
        self.0.push('[');
        let begun = self.0.len();
        loop {
            let end = self.0.len();
            if end > begun {
                self.0.push(',');
            }
            if items.next_element_seed(ListText(&mut *self.0))?.is_none() {
                self.0.truncate(end);
                break;
            }
        }
        self.0.push(']');
        Ok(())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        self.0.push('{');
        let begun = self.0.len();
        while let Some(key) = map.next_key::<String>()? {
            if self.0.len() > begun {
                self.0.push(',');
            }
            let _ = write!(self.0, "{}:", Value::from(key));
            map.next_value_seed(ListText(&mut *self.0))?;
        }
        self.0.push('}');
        Ok(())
    }
}
