//! Names as values of options and arguments: a shell completes them, and what they may be is checked where they are
//! used, with a better message than a list of all.

use std::ffi::OsStr;

use clap::builder::{PossibleValue, StringValueParser, TypedValueParser};
use clap::{Arg, Command, Error};
use oddbench_data::datasets;

/// Any text, with names that a shell offers.
#[derive(Clone)]
pub struct Offered(fn() -> Vec<PossibleValue>);

impl TypedValueParser for Offered {
    type Value = String;

    fn parse_ref(
        &self,
        command: &Command,
        arg: Option<&Arg>,
        value: &OsStr,
    ) -> Result<String, Error> {
        StringValueParser::new().parse_ref(command, arg, value)
    }

    fn possible_values(&self) -> Option<Box<dyn Iterator<Item = PossibleValue> + '_>> {
        Some(Box::new((self.0)().into_iter()))
    }
}

/// The kinds of models.
pub fn kinds() -> Offered {
    Offered(|| {
        let kinds = oddbench_models::named();
        kinds.map(|kind| PossibleValue::new(kind.name).help(kind.summary)).collect()
    })
}

/// The data sets that have a name: published ones, and generated rows.
pub fn sets() -> Offered {
    Offered(|| {
        let named = datasets::kinds().iter().filter(|kind| !kind.own_files);
        named.map(|kind| PossibleValue::new(kind.name).help(kind.summary)).collect()
    })
}
