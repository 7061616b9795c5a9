//! `[[ensemble]]`: which models' scores are combined, and how.

use oddbench_core::ensemble::{Combine, Criterion, EnsembleSettings, Select};
use oddbench_core::experiment::{EnsembleModel, ModelSettings};
use oddbench_core::split::SplitKind;

use super::{choose, misplaced, share};
use crate::spec::error::Fault;
use crate::spec::locate::KeyPath;
use crate::spec::suggest::allowed;
use crate::spec::wire::WireEnsemble;

const DEFAULT_NAME: &str = "ensemble";
const DEFAULT_LIMIT: u32 = 10;
const MOST: u32 = 100;

pub(super) fn ensembles(
    wire: Vec<WireEnsemble>,
    models: &[ModelSettings],
    split: &dyn SplitKind,
) -> Result<Vec<EnsembleModel>, Fault> {
    let section = KeyPath::of(&["ensemble"]);
    let mut ensembles: Vec<EnsembleModel> = Vec::new();
    for (index, wire) in wire.into_iter().enumerate() {
        let at = section.index(index);
        if !split.has_validation() {
            return Err(Fault::value(
                &at,
                "an ensemble compares scores with those of validation rows, and this split has none",
                split.to_validate(),
            ));
        }
        let ensemble = ensemble(&at, wire, models)?;
        let taken = models.iter().map(|model| &model.name);
        let mut taken = taken.chain(ensembles.iter().map(|earlier| &earlier.name));
        if taken.any(|name| *name == ensemble.name) {
            return Err(Fault::value(
                &at.key("name"),
                format!("the name \"{}\" is taken", ensemble.name),
                "give each ensemble a name of its own: name = \"...\"",
            ));
        }
        ensembles.push(ensemble);
    }
    Ok(ensembles)
}

fn ensemble(
    at: &KeyPath,
    wire: WireEnsemble,
    models: &[ModelSettings],
) -> Result<EnsembleModel, Fault> {
    let name = super::model::name(at, wire.name.clone(), DEFAULT_NAME)?;
    let key = at.key("members");
    if wire.members.is_empty() {
        let help = "name at least one model by its name: members = [\"PCA\", \"AE\"]";
        return Err(Fault::value(&key, "the list is empty", help));
    }
    let known: Vec<&str> = models.iter().map(|model| model.name.as_str()).collect();
    for (index, member) in wire.members.iter().enumerate() {
        if !known.contains(&member.as_str()) {
            let message = format!("no model has the name \"{member}\"");
            return Err(Fault::value(&key.index(index), message, allowed(member, &known)));
        }
        if models.iter().any(|model| model.name == *member && model.sweep.is_some()) {
            let message =
                format!("\"{member}\" is a sweep, whose winner is not known before the run");
            let help = "write the winner as a [[model]] of its own, and name that";
            return Err(Fault::value(&key.index(index), message, help));
        }
        if wire.members[..index].contains(member) {
            let message = format!("\"{member}\" is named twice");
            return Err(Fault::value(&key.index(index), message, "name each member once"));
        }
    }
    let settings = settings(at, &wire)?;
    Ok(EnsembleModel { name, members: wire.members, settings })
}

fn settings(at: &KeyPath, wire: &WireEnsemble) -> Result<EnsembleSettings, Fault> {
    let combine = [("mean", Combine::Mean), ("max", Combine::Max)];
    let select = [("greedy", Select::Greedy), ("all", Select::All)];
    let criteria: Vec<(&str, Criterion)> = Criterion::all().map(|c| (c.name(), c)).collect();
    let given = |value: &Option<String>, default: &str| value.clone().unwrap_or(default.to_owned());
    let select = choose(&at.key("select"), &given(&wire.select, "greedy"), &select)?;
    if select == Select::All {
        let idle = [
            ("maximise", wire.maximise.is_some()),
            ("prevalence", wire.prevalence.is_some()),
            ("limit", wire.limit.is_some()),
        ];
        for (name, set) in idle {
            misplaced(&at.key(name), set, "select = \"greedy\"")?;
        }
    }
    let limit = wire.limit.unwrap_or(DEFAULT_LIMIT);
    if !(1..=MOST).contains(&limit) {
        let message = format!("{limit} is out of range");
        return Err(Fault::value(&at.key("limit"), message, format!("use 1 to {MOST}")));
    }
    let maximise = given(&wire.maximise, Criterion::F1RocAuc.name());
    Ok(EnsembleSettings {
        combine: choose(&at.key("combine"), &given(&wire.combine, "mean"), &combine)?,
        select,
        maximise: choose(&at.key("maximise"), &maximise, &criteria)?,
        prevalence: wire.prevalence.map(|value| share(&at.key("prevalence"), value)).transpose()?,
        limit: limit as usize,
    })
}
