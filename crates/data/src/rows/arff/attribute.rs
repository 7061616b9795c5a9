//! One `@attribute`: a column's name and type.

use super::Value;
use super::values::{first_word, values};
use crate::rows::shorten;

/// What is wrong, and what to do.
pub(super) type Fault = (String, &'static str);

/// A column.
#[derive(Debug)]
pub(super) struct Attribute {
    pub(super) name: String,
    pub(super) kind: Kind,
}

/// What a column holds.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Number,
    Integer,
    /// One of these names.
    Nominal(Vec<String>),
    Text,
    Date,
}

impl Attribute {
    /// What stands behind `@attribute`.
    pub(super) fn parse(text: &str) -> Result<Self, Fault> {
        let (name, rest) = first_word(text.trim())?;
        let rest = rest.trim();
        if let Some(names) = rest.strip_prefix('{') {
            let Some((names, _)) = names.rsplit_once('}') else {
                let what = format!("the values of {name:?} have no closing brace");
                return Err((what, "write them as {a, b, c} in one line"));
            };
            let names = values(names)?.into_iter().map(|value| value.text).collect();
            return Ok(Self { name, kind: Kind::Nominal(names) });
        }
        let word = rest.split_whitespace().next().unwrap_or_default();
        let kind = match word.to_ascii_lowercase().as_str() {
            "numeric" | "real" => Kind::Number,
            "integer" => Kind::Integer,
            "string" => Kind::Text,
            "date" => Kind::Date,
            _ => {
                let what = format!("the attribute {name:?} has the type {:?}", shorten(word));
                return Err((what, "numeric, real, integer, string, date and {names} are read"));
            }
        };
        Ok(Self { name, kind })
    }

    /// An error if a value is none of this attribute.
    pub(super) fn check(&self, value: &Value) -> Result<(), Fault> {
        if value.is_missing() {
            return Ok(());
        }
        let text = &value.text;
        match &self.kind {
            // Weka writes whole numbers of integer attributes with a fraction, too.
            Kind::Number | Kind::Integer if text.parse::<f64>().is_err() => {
                let what = format!(
                    "the attribute {:?} holds numbers, and here the text {:?}",
                    self.name,
                    shorten(text)
                );
                Err((what, "mend the value, or write ? where it is not known"))
            }
            Kind::Nominal(names) if !names.contains(text) => {
                let what = format!(
                    "the attribute {:?} has no value {:?}; it has {}",
                    self.name,
                    shorten(text),
                    crate::rows::listed(names)
                );
                Err((what, "add it to the @attribute, or write ? where it is not known"))
            }
            _ => Ok(()),
        }
    }

    /// The value that a sparse row leaves out: zero, or the first of the names.
    pub(super) fn zero(&self) -> Value {
        let text = match &self.kind {
            Kind::Nominal(names) => names.first().cloned().unwrap_or_default(),
            Kind::Number | Kind::Integer => "0".into(),
            Kind::Text | Kind::Date => String::new(),
        };
        Value { text, quoted: true }
    }
}
