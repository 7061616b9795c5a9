//! `[threshold]`: how scores become decisions.

use oddbench_core::keys::{DefaultValue, Key, Values};
use oddbench_core::threshold::{RULES, ThresholdSettings, TuneOn};
use schemars::{Schema, json_schema};
use toml::Table;

use super::misplaced;
use super::section::Section;
use crate::spec::error::Fault;
use crate::spec::locate::KeyPath;
use crate::spec::wire::OneOrMany;

/// The section as the registry of rules describes it.
const SECTION: Section = Section {
    tag: "rule",
    entries: RULES,
    shared: &[Key {
        name: TUNE_ON,
        values: Values::OneOf(&["validation", "test"]),
        default: DefaultValue::Word("validation"),
        meaning: "The rows that a rule is tuned on; `test` is an oracle, which every table marks",
    }],
    several: "the rules",
    example: "max-f1",
};

const TUNE_ON: &str = "tune_on";

pub(super) fn thresholds(
    wire: OneOrMany<Table>,
    has_validation: bool,
) -> Result<Vec<ThresholdSettings>, Fault> {
    let section = KeyPath::of(&["threshold"]);
    let list: Vec<(KeyPath, Table)> = match wire {
        OneOrMany::One(one) => vec![(section, one)],
        OneOrMany::Many(many) if many.is_empty() => {
            let help = "add a [threshold] section with rule = \"max-f1\"";
            return Err(Fault::value(&section, "there is no threshold rule", help));
        }
        OneOrMany::Many(many) => {
            many.into_iter().enumerate().map(|(at, one)| (section.index(at), one)).collect()
        }
    };
    list.into_iter().map(|(at, one)| threshold(&at, &one, has_validation)).collect()
}

fn threshold(
    at: &KeyPath,
    table: &Table,
    has_validation: bool,
) -> Result<ThresholdSettings, Fault> {
    let settings: ThresholdSettings = SECTION.read(at, table)?;
    settings.rule.check().map_err(|fault| Section::fault(at, table, fault))?;
    let key = at.key(TUNE_ON);
    if !settings.is_tuned() {
        misplaced(&key, table.contains_key(TUNE_ON), "rules that are tuned")?;
    } else if settings.tune_on == TuneOn::Validation && !has_validation {
        return Err(Fault::value(
            &key,
            "there are no validation rows to tune on: split.validation is 0",
            "give split.validation a share, such as 0.2",
        ));
    }
    Ok(settings)
}

/// One section, or several.
pub(crate) fn schema(_: &mut schemars::SchemaGenerator) -> Schema {
    let one = SECTION.schema();
    let item = one.clone();
    json_schema!({ "oneOf": [one, { "type": "array", "minItems": 1, "items": item }] })
}
