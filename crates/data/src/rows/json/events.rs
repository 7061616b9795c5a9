//! Suricata's EVE log holds events of several types, each with its own keys: one type makes a table.

use std::collections::BTreeMap;

use super::Object;
use crate::rows::{Place, ReadOptions, RowError};

/// The key that names the type.
pub(in crate::rows) const KEY: &str = "event_type";

/// Takes all types for one table.
const ALL: &str = "*";

/// Which objects are rows.
#[derive(Debug, Clone, Default)]
pub(in crate::rows) struct Choice {
    event_type: Option<String>,
}

impl Choice {
    pub(in crate::rows) fn of(options: &ReadOptions) -> Self {
        Self { event_type: options.event_type.clone() }
    }

    /// Whether something was chosen, all types included.
    pub(in crate::rows) fn is_made(&self) -> bool {
        self.event_type.is_some()
    }

    /// Whether an object is a row.
    pub(in crate::rows) fn takes(&self, object: &Object<'_>) -> bool {
        match self.event_type.as_deref() {
            None | Some(ALL) => true,
            Some(wanted) => object.text_at(KEY).as_deref() == Some(wanted),
        }
    }

    /// An error if nothing says which of several types are rows, or if no object is of the chosen one.
    pub(super) fn check(
        &self,
        types: &BTreeMap<String, u64>,
        place: &Place,
    ) -> Result<(), RowError> {
        let mut counted: Vec<(&String, &u64)> = types.iter().collect();
        counted.sort_by_key(|(_, count)| std::cmp::Reverse(**count));
        let listed = counted.iter().map(|(name, count)| format!("{name} ({count})"));
        let listed = listed.collect::<Vec<_>>().join(", ");
        match self.event_type.as_deref() {
            None if types.len() > 1 => {
                let most = counted.first().map_or("flow", |(name, _)| name.as_str());
                let example = if types.contains_key("flow") { "flow" } else { most };
                let what = format!("there are events of {} types: {listed}", types.len());
                let remedy = format!(
                    "choose one with --event-type {example}, or event_type = \"{example}\" in [dataset]; \"{ALL}\" takes all as one table"
                );
                Err(place.error(what, &remedy))
            }
            Some(wanted) if wanted != ALL && !types.contains_key(wanted) => {
                let what = match types.is_empty() {
                    true => format!("no object has the key \"{KEY}\""),
                    false => format!("no event is of the type \"{wanted}\"; there are {listed}"),
                };
                Err(place.error(what, "choose a type that is there, or leave the choice out"))
            }
            _ => Ok(()),
        }
    }
}
