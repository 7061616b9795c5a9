//! `[operator]`: what the operator's figures are for.

use oddbench_core::operating::OperatorSettings;

use super::share;
use crate::spec::error::Fault;
use crate::spec::locate::KeyPath;
use crate::spec::wire::WireOperator;

/// More than this are no table that somebody reads.
const MOST: usize = 10;

/// No data set has rows enough for a smaller share.
const LEAST: f64 = 1e-9;

/// More than any network carries. A greater number of alarms would not be counted exactly.
const MOST_FLOWS: f64 = 1e15;

pub(super) fn operator(wire: WireOperator) -> Result<OperatorSettings, Fault> {
    let section = KeyPath::of(&["operator"]);
    let default = OperatorSettings::default();
    let fpr = shares(&section.key("fpr"), wire.fpr, default.fpr)?;
    let prevalence = shares(&section.key("prevalence"), wire.prevalence, default.prevalence)?;
    if let Some(flows) = wire.flows_per_day.filter(|flows| !(*flows > 0.0 && *flows <= MOST_FLOWS))
    {
        let help = "use a number above 0, such as flows_per_day = 5e6, or leave the key out";
        let message = format!("{flows} is out of range");
        return Err(Fault::value(&section.key("flows_per_day"), message, help));
    }
    let episode_gap = wire.episode_gap.unwrap_or(default.episode_gap);
    if !(episode_gap.is_finite() && episode_gap >= 0.0) {
        let help = "use a number of seconds, 0 or more, such as episode_gap = 600";
        let message = format!("{episode_gap} is out of range");
        return Err(Fault::value(&section.key("episode_gap"), message, help));
    }
    let flows_per_day = wire.flows_per_day;
    Ok(OperatorSettings { fpr, prevalence, flows_per_day, episode_gap })
}

/// A list of shares, each above 0 and below 1, all different.
fn shares(key: &KeyPath, given: Option<Vec<f64>>, default: Vec<f64>) -> Result<Vec<f64>, Fault> {
    let Some(list) = given else { return Ok(default) };
    if list.is_empty() {
        let help = format!("give at least one number, or leave the key out: {default:?}");
        return Err(Fault::value(key, "the list is empty", help));
    }
    if list.len() > MOST {
        let message = format!("the list has {} numbers", list.len());
        return Err(Fault::value(key, message, format!("give at most {MOST}")));
    }
    for (index, &value) in list.iter().enumerate() {
        let at = key.index(index);
        share(&at, value)?;
        if value < LEAST {
            let help = format!("use at least {LEAST:e}: no data set can tell a smaller share");
            return Err(Fault::value(&at, format!("{value:e} is too small"), help));
        }
        if list[..index].contains(&value) {
            let message = format!("{value} is there twice");
            return Err(Fault::value(&at, message, "name each number once"));
        }
    }
    Ok(list)
}
