//! `[threshold]`: how scores become decisions.

use oddbench_core::keys::{DefaultValue, Key, Values};
use oddbench_core::split::SplitKind;
use oddbench_core::threshold::{RULES, Rule, ThresholdSettings, TuneOn};
use schemars::Schema;
use toml::Table;

use super::misplaced;
use super::section::{Section, as_schema};
use crate::spec::error::Fault;
use crate::spec::locate::KeyPath;
use crate::spec::schema::once_or_several;
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
    split: &dyn SplitKind,
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
    let mut rules: Vec<ThresholdSettings> = Vec::new();
    for (at, one) in list {
        let settings = threshold(&at, &one, split)?;
        if let Some(first) = rules.iter().position(|earlier| *earlier == settings) {
            let message = format!("this is the rule of threshold[{first}] with the same keys");
            let help = "keep one of them, or change a key: the tables would be equal";
            return Err(Fault::value(&at.key(SECTION.tag), message, help));
        }
        rules.push(settings);
    }
    Ok(rules)
}

/// PyOD's share of the rows that a threshold calls outliers, in the words of the rule.
fn refuse_contamination(at: &KeyPath, table: &Table) -> Result<(), Fault> {
    const KEY: &str = "contamination";
    let Some(share) = table.get(KEY) else { return Ok(()) };
    let rule = table.get(SECTION.tag).and_then(toml::Value::as_str).unwrap_or_default();
    let entry = RULES.iter().find(|entry| entry.name == rule);
    let has = |key: &str| entry.is_some_and(|entry| entry.keys.iter().any(|k| k.name == key));
    if has("prevalence") {
        // It is the old name of this key.
        return Ok(());
    }
    let share = share.as_float().filter(|share| (0.0..1.0).contains(share));
    let quantile = share.map_or("1 - contamination".to_owned(), |share| {
        // 1 - 0.05 is not 0.95 in every digit.
        ((1.0 - share) * 1e9)
            .round()
            .to_string()
            .parse::<f64>()
            .map_or(String::new(), |q| (q / 1e9).to_string())
    });
    let help = match has("quantile") {
        true => format!("write quantile = {quantile} in place of contamination"),
        false => {
            format!("the rule \"quantile\" has it: rule = \"quantile\" with quantile = {quantile}")
        }
    };
    let message = "a share of rows to call outliers is no key of this rule";
    Err(Fault::name(&at.key(KEY), message, help))
}

fn threshold(
    at: &KeyPath,
    table: &Table,
    split: &dyn SplitKind,
) -> Result<ThresholdSettings, Fault> {
    refuse_contamination(at, table)?;
    let settings: ThresholdSettings = SECTION.read(at, table)?;
    settings
        .rule
        .check()
        .map_err(|fault| Section::fault(at, |key| table.contains_key(key), fault))?;
    let key = at.key(TUNE_ON);
    if !settings.is_tuned() {
        misplaced(&key, table.contains_key(TUNE_ON), "rules that are tuned")?;
    } else if settings.tune_on == TuneOn::Validation && !split.has_validation() {
        return Err(Fault::value(
            &key,
            "there are no validation rows to tune on",
            split.to_validate(),
        ));
    }
    Ok(settings)
}

/// One section, or several.
pub(crate) fn schema(_: &mut schemars::SchemaGenerator) -> Schema {
    // A threshold that is given, or the model's own, is tuned on nothing.
    let one = SECTION.schema(|rule| match Rule::untuned().any(|untuned| untuned == rule) {
        true => &[TUNE_ON],
        false => &[],
    });
    as_schema(once_or_several(&one))
}
