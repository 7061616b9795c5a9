//! `[threshold]`: how scores become decisions.

use oddbench_core::evaluate::{QuantileOf, Rule, SpreadMethod, ThresholdSettings, TuneOn};

use super::{choose, misplaced, share};
use crate::spec::SplitSpec;
use crate::spec::error::Fault;
use crate::spec::locate::KeyPath;
use crate::spec::wire::{OneOrMany, WireThreshold};

pub(super) fn thresholds(
    wire: OneOrMany<WireThreshold>,
    split: SplitSpec,
) -> Result<Vec<ThresholdSettings>, Fault> {
    let section = KeyPath::of(&["threshold"]);
    let has_validation = split.has_validation();
    let list: Vec<(KeyPath, WireThreshold)> = match wire {
        OneOrMany::One(one) => vec![(section, one)],
        OneOrMany::Many(many) if many.is_empty() => {
            let help = "add a [threshold] section with rule = \"max-f1\"";
            return Err(Fault::value(&section, "there is no threshold rule", help));
        }
        OneOrMany::Many(many) => {
            many.into_iter().enumerate().map(|(at, one)| (section.index(at), one)).collect()
        }
    };
    list.into_iter().map(|(key, one)| threshold(&key, &one, has_validation)).collect()
}

#[derive(Clone, Copy)]
enum RuleName {
    Max(Rule),
    Quantile,
    Spread(SpreadMethod),
    Pot,
    Mixture,
    Fixed,
    Native,
}

fn threshold(
    section: &KeyPath,
    wire: &WireThreshold,
    has_validation: bool,
) -> Result<ThresholdSettings, Fault> {
    let names = [
        ("max-accuracy", RuleName::Max(Rule::MaxAccuracy)),
        ("max-f1", RuleName::Max(Rule::MaxF1)),
        ("max-f2", RuleName::Max(Rule::MaxF2)),
        ("quantile", RuleName::Quantile),
        ("k-sigma", RuleName::Spread(SpreadMethod::KSigma)),
        ("mad", RuleName::Spread(SpreadMethod::Mad)),
        ("iqr", RuleName::Spread(SpreadMethod::Iqr)),
        ("pot", RuleName::Pot),
        ("mixture", RuleName::Mixture),
        ("fixed", RuleName::Fixed),
        ("native", RuleName::Native),
    ];
    let chosen = choose(&section.key("rule"), &wire.rule, &names, &[])?;
    refuse_idle_keys(section, wire, chosen)?;
    let rule = match chosen {
        RuleName::Max(rule) => rule,
        RuleName::Quantile => quantile(section, wire)?,
        RuleName::Spread(method) => spread(section, wire, method)?,
        RuleName::Pot => peaks_over_threshold(section, wire)?,
        RuleName::Mixture => Rule::Mixture { log: wire.log.unwrap_or(false) },
        RuleName::Fixed => fixed(section, wire)?,
        RuleName::Native => Rule::Native,
    };
    let tuned = !matches!(chosen, RuleName::Fixed | RuleName::Native);
    let tune_on = tune_on(section, wire, has_validation || !tuned)?;
    if let Some(prevalence) = wire.prevalence {
        share(&section.key("prevalence"), prevalence)?;
    }
    if let Some(decimals) = wire.decimals.filter(|decimals| *decimals > 15) {
        let message = format!("{decimals} is out of range");
        return Err(Fault::value(&section.key("decimals"), message, "use 0 to 15"));
    }
    Ok(ThresholdSettings { rule, tune_on, prevalence: wire.prevalence, decimals: wire.decimals })
}

fn refuse_idle_keys(section: &KeyPath, wire: &WireThreshold, rule: RuleName) -> Result<(), Fault> {
    if !matches!(rule, RuleName::Quantile | RuleName::Pot) {
        let owner = "the rules quantile and pot";
        misplaced(&section.key("quantile"), wire.quantile.is_some(), owner)?;
    }
    if !matches!(rule, RuleName::Quantile | RuleName::Spread(_) | RuleName::Pot) {
        let owner = "the rules quantile, k-sigma, mad, iqr and pot";
        misplaced(&section.key("of"), wire.of.is_some(), owner)?;
    }
    if !matches!(rule, RuleName::Spread(_)) {
        misplaced(&section.key("k"), wire.k.is_some(), "the rules k-sigma, mad and iqr")?;
    }
    if !matches!(rule, RuleName::Pot) {
        misplaced(&section.key("risk"), wire.risk.is_some(), "rule = \"pot\"")?;
    }
    if !matches!(rule, RuleName::Mixture) {
        misplaced(&section.key("log"), wire.log.is_some(), "rule = \"mixture\"")?;
    }
    if !matches!(rule, RuleName::Max(_)) {
        let owner = "the rules max-accuracy, max-f1 and max-f2";
        misplaced(&section.key("prevalence"), wire.prevalence.is_some(), owner)?;
        misplaced(&section.key("decimals"), wire.decimals.is_some(), owner)?;
    }
    if matches!(rule, RuleName::Fixed | RuleName::Native) {
        misplaced(&section.key("tune_on"), wire.tune_on.is_some(), "rules that are tuned")?;
    }
    match rule {
        RuleName::Fixed => Ok(()),
        _ => misplaced(&section.key("value"), wire.value.is_some(), "rule = \"fixed\""),
    }
}

fn quantile(section: &KeyPath, wire: &WireThreshold) -> Result<Rule, Fault> {
    let key = section.key("quantile");
    let q = wire.quantile.ok_or_else(|| {
        Fault::value(
            &key,
            "this key is missing",
            "add quantile = 0.95, or another number between 0 and 1",
        )
    })?;
    Ok(Rule::Quantile { q: share(&key, q)?, of: of(section, wire)? })
}

fn of(section: &KeyPath, wire: &WireThreshold) -> Result<QuantileOf, Fault> {
    let options = [("inliers", QuantileOf::Inliers), ("all", QuantileOf::All)];
    match &wire.of {
        Some(of) => choose(&section.key("of"), of, &options, &[]),
        None => Ok(QuantileOf::Inliers),
    }
}

/// Three spreads are usual, but for the interquartile range, of which Tukey took one and a half.
fn spread(section: &KeyPath, wire: &WireThreshold, method: SpreadMethod) -> Result<Rule, Fault> {
    let usual = if method == SpreadMethod::Iqr { 1.5 } else { 3.0 };
    let k = wire.k.unwrap_or(usual);
    match k > 0.0 && k.is_finite() {
        true => Ok(Rule::Spread { method, k, of: of(section, wire)? }),
        false => {
            let message = format!("{k} is out of range");
            Err(Fault::value(&section.key("k"), message, "use a number above 0, such as 3.0"))
        }
    }
}

fn peaks_over_threshold(section: &KeyPath, wire: &WireThreshold) -> Result<Rule, Fault> {
    let level = share(&section.key("quantile"), wire.quantile.unwrap_or(0.98))?;
    let risk = share(&section.key("risk"), wire.risk.unwrap_or(0.001))?;
    match risk < 1.0 - level {
        true => Ok(Rule::PeaksOverThreshold { level, risk, of: of(section, wire)? }),
        false => {
            let message =
                format!("{risk} is no smaller than the share beyond the {level} quantile");
            let help = "use a smaller risk, or a lower quantile";
            Err(Fault::value(&section.key("risk"), message, help))
        }
    }
}

fn fixed(section: &KeyPath, wire: &WireThreshold) -> Result<Rule, Fault> {
    let key = section.key("value");
    match wire.value {
        Some(value) if value.is_finite() => Ok(Rule::Fixed { value }),
        Some(value) => {
            Err(Fault::value(&key, format!("{value} is no threshold"), "use a finite number"))
        }
        None => {
            Err(Fault::value(&key, "this key is missing", "add value = 0.5, or another number"))
        }
    }
}

fn tune_on(section: &KeyPath, wire: &WireThreshold, has_validation: bool) -> Result<TuneOn, Fault> {
    let key = section.key("tune_on");
    let options = [("validation", TuneOn::Validation), ("test", TuneOn::Test)];
    let tune_on = match &wire.tune_on {
        Some(part) => choose(&key, part, &options, &[])?,
        None => TuneOn::Validation,
    };
    match tune_on == TuneOn::Validation && !has_validation {
        false => Ok(tune_on),
        true => Err(Fault::value(
            &key,
            "there are no validation rows to tune on: split.validation is 0",
            "give split.validation a share, such as 0.2",
        )),
    }
}
